"""A job has no time limit: a run that hangs goes on, and costs, until somebody looks.

`timeout_seconds` of 0, or none at all, means no limit, at the job and at each
of its tasks. A limit at the job, or at every task, is enough. A continuous job
has none by nature.

Breaks with: nothing: the run never ends
Source: Databricks' Jobs API, `timeout_seconds`: the default of 0 means no timeout.

Fix: timeout_seconds: 7200
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.project.model import Job, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlScalar

NAME = "timeout-missing"


def run(facts: Facts) -> Iterator[Verdict]:
    missing: dict[tuple[Place, str], list[str]] = {}
    names = facts.job_names()
    for lost in facts.project.not_understood:
        if lost.place.path.endswith((".yml", ".yaml")):
            yield Unknown(NAME, f"jobs may be there that were not read: {lost.what}", lost.place)
    for bundle, target, job in facts.jobs():
        name = names[bundle.path, job.key]
        instance = Instance("job", name)
        verdict = _job(job)
        if verdict == "missing":
            missing.setdefault((job.place, name), []).append(target.name)
        elif verdict == "unknown":
            yield Unknown(NAME, f"the time limit of `{job.key}` could not be resolved", job.place, None, instance)
        else:
            yield Seen(NAME, _limit_place(job), verdict, None, instance)
    for (place, name), targets in missing.items():
        key = name.rpartition(":")[2]
        yield Finding(
            NAME,
            "warning",
            place,
            f"job `{key}` has no time limit",
            "no limit is the default: a run that hangs goes on until somebody stops it",
            "timeout_seconds: 7200",
            {"job": key},
            None,
            Instance("job", name),
            tuple(sorted(set(targets))),
        )


def _job(job: Job) -> str:
    """`missing`, `unknown`, or how the limit is set."""
    if job.timeout is not None and job.timeout > 0:
        return "a limit at the job"
    if job.continuous:
        return "a continuous job has no limit by nature"
    if job.timeout is None and job.timeout_node is not None:
        return "unknown"
    if job.tasks and all(_limited(task) for task in job.tasks):
        return "a limit at every task"
    if not job.complete or any(_unresolved(task) for task in job.tasks):
        return "unknown"
    return "missing"


def _limited(task: Task) -> bool:
    return task.timeout is not None and task.timeout > 0


def _unresolved(task: Task) -> bool:
    return task.timeout is None and task.node.get("timeout_seconds") is not None


def _limit_place(job: Job) -> Place:
    node = job.timeout_node
    return node.place if isinstance(node, YamlScalar) else job.place


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:  # error: [timeout-missing] job `train` has no time limit
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
print(1)
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      timeout_seconds: 3600
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
print(1)
""",
    mentions=(),
)
