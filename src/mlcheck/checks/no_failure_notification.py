"""Nobody is told when a job fails: a run in production ends red, and nobody looks.

Someone is told where the job, or every one of its tasks, has recipients under
`on_failure`, by mail or by webhook; an empty list, and recipients under another
event or another field, tell nobody. A job that another one runs is covered by
that one's. Targets in development mode don't count.

Breaks with: nothing: the failed run is found when somebody misses its data
Source: Databricks' documentation of job notifications; Jobs API 2.2, `email_notifications`, `webhook_notifications`.

Fix: email_notifications:
       on_failure: [team@example.com]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.lost_jobs import lost_jobs
from mlcheck.checks.production import in_production, production_targets
from mlcheck.flow.facts import Facts
from mlcheck.project.job_settings import Recipients, recipients_of
from mlcheck.project.model import Job, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import at, text_at

NAME = "no-failure-notification"

_WHY = "a run that fails in production is seen by nobody until its data is missed"
_HELP = "email_notifications:\n  on_failure: [team@example.com]"
_AFTER_FAILURE = ("AT_LEAST_ONE_FAILED", "ALL_FAILED", "ALL_DONE")
_SPEAKS = re.compile(
    r"notif|alert|slack|teams|mail|pager|report[-_ ]?(fail|error)|on[-_ ]?fail|handle[-_ ]?(fail|error)", re.I
)


@dataclass(frozen=True, slots=True)
class _Told:
    """Whether a failure is told to someone: told, nobody, or unknown; and where that is said."""

    state: str
    place: Place
    note: str


def run(facts: Facts) -> Iterator[Verdict]:
    names = facts.job_names()
    for lost in lost_jobs(facts):
        yield Unknown(NAME, f"jobs may be there that were not read: {lost.what}", lost.place)
    for bundle in facts.bundles:
        live = production_targets(bundle)
        for target in bundle.targets:
            for job in target.jobs:
                instance = Instance("job", names[bundle.path, job.key])
                if in_production(bundle, target):
                    yield _verdict(target, job, instance)
                elif not any(one.key == job.key for other in live for one in other.jobs):
                    yield from _developed(target, job, instance, bool(live))


def _developed(target: Target, job: Job, instance: Instance, elsewhere: bool) -> Iterator[Verdict]:
    """A job that no production target has."""
    told = _told(target, job)
    if elsewhere:
        yield Seen(NAME, job.place, f"`{job.key}` is not deployed to production", None, instance)
    elif told.state == "told":
        yield Seen(NAME, told.place, told.note, None, instance)
    else:
        why = f"`{job.key}` is in targets for development alone: who hears of a failure in production is not said"
        yield Unknown(NAME, why, job.place, None, instance)


def _verdict(target: Target, job: Job, instance: Instance) -> Verdict:
    told = _told(target, job)
    subject = {"job": job.key}
    if told.state == "told":
        return Seen(NAME, told.place, told.note, None, instance, subject)
    if told.state == "unknown":
        return Unknown(NAME, told.note, told.place, None, instance, subject)
    return Finding(
        NAME,
        "warning",
        job.place,
        f"nobody is told when job `{job.key}` fails{told.note}",
        _WHY,
        _HELP,
        subject,
        None,
        instance,
        (target.name,),
        ((told.place, "this tells nobody of a failure"),) if told.place != job.place else (),
    )


def _told(target: Target, job: Job, depth: int = 0) -> _Told:
    recipients = [one for one in recipients_of(job) if one.event == "on_failure"]
    at_job = _reached([one for one in recipients if one.task is None])
    if at_job is not None and at_job.state == "told":
        return at_job
    at_tasks = _at_every_task(job, recipients)
    if at_tasks is not None and at_tasks.state == "told":
        return at_tasks
    covered = _by_parent(target, job, depth)
    if covered is not None and covered.state == "told":
        return covered
    unsure = at_job or at_tasks or covered
    if unsure is not None and unsure.state == "unknown":
        return unsure
    return _otherwise(job, recipients)


def _reached(recipients: Sequence[Recipients]) -> _Told | None:
    """Whether these recipients are someone."""
    for one in recipients:
        if any(name.strip() for name in one.names):
            return _Told("told", one.place, f"`on_failure` of `{one.channel}`")
        if one.given_later:
            return _Told("told", one.place, f"`on_failure` of `{one.channel}`, to whom is given when it is deployed")
    for one in recipients:
        if not one.complete:
            return _Told("unknown", one.place, "who is told of a failure is given when it is deployed")
    return None


def _at_every_task(job: Job, recipients: Sequence[Recipients]) -> _Told | None:
    tasks = [task for task in job.tasks if task.kind != "condition_task"]
    told = [_reached([one for one in recipients if one.task == task.key]) for task in tasks]
    if not told or any(one is None for one in told):
        return None
    first = next((one for one in told if one is not None and one.state == "unknown"), told[0])
    return (
        first
        if first is None or first.state == "unknown"
        else _Told("told", first.place, "every task tells of its failure")
    )


def _by_parent(target: Target, job: Job, depth: int) -> _Told | None:
    """What a job tells that runs this one: its own failure follows from this one's."""
    for parent in target.jobs if depth < 4 else ():
        task = next((one for one in parent.tasks if _runs(one, job)), None)
        if task is None or parent.key == job.key:
            continue
        own = _reached([one for one in recipients_of(parent) if one.event == "on_failure" and one.task == task.key])
        told = own or _told(target, parent, depth + 1)
        if told.state == "told":
            return _Told("told", told.place, f"job `{parent.key}`, which runs it, tells of its failure")
        if told.state == "unknown":
            return told
    return None


def _runs(task: Task, job: Job) -> bool:
    given = text_at(task.node, "run_job_task", "job_id") or ""
    return re.search(rf"resources\.jobs\.{re.escape(job.key)}\.", given) is not None


def _otherwise(job: Job, recipients: Sequence[Recipients]) -> _Told:
    """Nobody by a notification: a task may do it, or something that was not read."""
    if not job.complete:
        return _Told("unknown", job.place, f"`{job.key}` could not be read whole")
    for task in job.tasks:
        after = text_at(task.node, "run_if") in _AFTER_FAILURE
        if after and (_SPEAKS.search(task.key) or _SPEAKS.search(task.file_given or "")):
            return _Told("unknown", task.place, f"task `{task.key}` runs after a failure, and may tell of it")
    for channel in ("email_notifications", "webhook_notifications"):
        node = at(job.node, channel)
        if node is not None and "${" in (text_at(node) or ""):
            return _Told("unknown", node.place, f"`{channel}` could not be resolved")
    empty = next((one for one in recipients if one.task is None), None)
    if empty is not None:
        return _Told("nobody", empty.place, ": its `on_failure` is empty")
    some = {one.task for one in recipients if one.names}
    if some:
        silent = next(task.key for task in job.tasks if task.key not in some)
        return _Told("nobody", job.place, f" in task `{silent}`")
    return _Told("nobody", job.place, "")


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# file: databricks.yml
bundle: {name: churn}
targets:
  dev: {mode: development}
  prod: {mode: production}
resources:
  jobs:
    train:  # error: [no-failure-notification] nobody is told when job `train` fails
      email_notifications:
        on_start: [team@example.com]
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
targets:
  dev: {mode: development}
  prod: {mode: production}
resources:
  jobs:
    train:
      email_notifications:
        on_failure: [team@example.com]
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
print(1)
""",
    mentions=(),
)
