"""A job has no time limit: a run that hangs goes on, and costs, until somebody looks.

`timeout_seconds` of 0, or none at all, means no limit, at the job and at each
of its tasks. A limit at the job, or at every task, is enough; a task that runs
another job has that job's. A continuous job has none by nature.

Breaks with: nothing: the run never ends
Source: Databricks' Jobs API, `timeout_seconds`: the default of 0 means no timeout.

Fix: timeout_seconds: 7200
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.lost_jobs import lost_jobs
from mlcheck.flow.facts import Facts
from mlcheck.project.model import Job, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlNode, YamlScalar, at, text_at

NAME = "timeout-missing"


def run(facts: Facts) -> Iterator[Verdict]:
    missing: dict[tuple[Place, str, str], list[str]] = {}
    names = facts.job_names()
    for lost in lost_jobs(facts):
        yield Unknown(NAME, f"jobs may be there that were not read: {lost.what}", lost.place)
    for bundle, target, job in facts.jobs():
        name = names[bundle.path, job.key]
        instance = Instance("job", name)
        limit = _job(target, job)
        if limit.state == MISSING:
            missing.setdefault((job.place, name, limit.note), []).append(target.name)
        elif limit.state == UNKNOWN:
            yield Unknown(NAME, f"the time limit of `{job.key}` could not be resolved", job.place, None, instance)
        else:
            yield Seen(NAME, _limit_place(job), limit.note, None, instance)
    for (place, name, note), targets in missing.items():
        key = name.rpartition(":")[2]
        yield Finding(
            NAME,
            "warning",
            place,
            f"job `{key}` has no time limit{note}",
            "no limit is the default: a run that hangs goes on until somebody stops it",
            "timeout_seconds: 7200",
            {"job": key},
            None,
            Instance("job", name),
            tuple(sorted(set(targets))),
        )


LIMITED, MISSING, UNKNOWN = "limited", "missing", "unknown"
_DEEPEST = 4  # jobs that run jobs


@dataclass(frozen=True, slots=True)
class _Limit:
    """Whether a run ends by itself, and how that is set, or where it is not."""

    state: str
    note: str = ""


def _job(target: Target, job: Job, depth: int = 0) -> _Limit:
    if job.timeout is not None and job.timeout > 0:
        return _Limit(LIMITED, "a limit at the job")
    if job.continuous:
        return _Limit(LIMITED, "a continuous job has no limit by nature")
    if job.timeout is None and not _is_null(job.timeout_node):
        return _Limit(UNKNOWN)
    limits = [(task, _task(target, job, task, depth)) for task in job.tasks]
    free = next((task for task, state in limits if state == MISSING), None)
    if limits and free is None and all(state == LIMITED for _, state in limits):
        return _Limit(LIMITED, "a limit at every task")
    if not job.complete or (limits and free is None):
        return _Limit(UNKNOWN)
    some = free is not None and any(_is_limited(task) for task in job.tasks)
    return _Limit(MISSING, f", and neither has its task `{free.key}`" if free is not None and some else "")


def _task(target: Target, job: Job, task: Task, depth: int) -> str:
    """Whether a task ends by itself: by its own limit, that of the job that it runs, or since it takes no time."""
    if _is_limited(task) or task.kind == "condition_task":
        return LIMITED
    if task.timeout is None and at(task.node, "timeout_seconds") is not None:
        return UNKNOWN
    if task.kind == "for_each_task":  # what it runs is a task of its own
        inner = text_at(task.node, "for_each_task", "task", "task_key")
        held = next((one for one in job.tasks if one.key == inner and one is not task), None)
        return _task(target, job, held, depth) if held is not None else MISSING
    if task.kind == "run_job_task":
        return _other_job(target, task, depth)
    return MISSING


def _other_job(target: Target, task: Task, depth: int) -> str:
    found = re.search(r"resources\.jobs\.([\w-]+)\.", text_at(task.node, "run_job_task", "job_id") or "")
    other = next((job for job in target.jobs if found and job.key == found.group(1)), None)
    if other is None or depth >= _DEEPEST:
        return UNKNOWN
    return _job(target, other, depth + 1).state


def _is_limited(task: Task) -> bool:
    return task.timeout is not None and task.timeout > 0


def _is_null(node: YamlNode | None) -> bool:
    return node is None or (isinstance(node, YamlScalar) and node.value is None)


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
