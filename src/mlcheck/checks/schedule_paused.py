"""A schedule is paused in production: the job is deployed, and never starts by itself.

A schedule that was paused while it was written stays so in every target, unless
one says otherwise. Development mode pauses all of them, and is right to; a
preset can do it anywhere.

Breaks with: nothing: the job does not run
Source: the Databricks CLI's target modes and presets, read; Jobs API 2.2, `pause_status`.

Fix: targets:
       prod:
         mode: production
         presets: {trigger_pause_status: UNPAUSED}
     and in the job: no `pause_status`
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.production import in_production, production_targets
from mlcheck.flow.facts import Facts
from mlcheck.project.job_settings import Trigger, triggers_of
from mlcheck.project.model import Bundle, Job, Target

NAME = "schedule-paused"


def run(facts: Facts) -> Iterator[Verdict]:
    names = facts.job_names()
    for bundle in facts.bundles:
        live = production_targets(bundle)
        for target in bundle.targets:
            for job in target.jobs:
                instance = Instance("job", names[bundle.path, job.key])
                for trigger in triggers_of(target, job):
                    if in_production(bundle, target):
                        open_ = not _has_targets(bundle) and _by_variable(facts, trigger)
                        yield _in_production(target, job, trigger, instance, open_)
                    elif not live:
                        yield _elsewhere(target, trigger, instance)


def _has_targets(bundle: Bundle) -> bool:
    """Whether the bundle names its targets: with none, one stands for all that it is deployed to."""
    only = bundle.targets[0]
    return len(bundle.targets) > 1 or only.place.path != bundle.path or only.place.line > 1


def _by_variable(facts: Facts, trigger: Trigger) -> bool:
    return any("${var." in line for _, line in facts.project.lines_around(trigger.place, 0, 0))


def _in_production(target: Target, job: Job, trigger: Trigger, instance: Instance, by_variable: bool) -> Verdict:
    subject = {"job": job.key, "trigger": trigger.kind}
    if trigger.paused is False:
        return Seen(
            NAME, trigger.place, f"its {trigger.kind} is not paused in `{target.name}`", None, instance, subject
        )
    if trigger.paused is None or not job.complete:
        why = f"whether the {trigger.kind} of `{job.key}` is paused in `{target.name}` could not be resolved"
        return Unknown(NAME, why, trigger.place, None, instance, subject)
    if by_variable:
        why = f"the {trigger.kind} of `{job.key}` is paused by a variable, and no target says what production has"
        return Unknown(NAME, why, trigger.place, None, instance, subject)
    by = "" if trigger.by == "written" else ", by its preset"
    return Finding(
        NAME,
        "warning",
        trigger.place,
        f"the {trigger.kind} of job `{job.key}` is PAUSED in `{target.name}`{by}",
        "the job is deployed to production, and never starts by itself",
        "pause_status: UNPAUSED" if trigger.by == "written" else "presets:\n  trigger_pause_status: UNPAUSED",
        subject,
        None,
        instance,
        (target.name,),
        ((trigger.node.place, f"the {trigger.kind}"),) if trigger.node.place.line != trigger.place.line else (),
    )


def _elsewhere(target: Target, trigger: Trigger, instance: Instance) -> Verdict:
    """A bundle with no production target: development mode pauses by itself; of others it is not known."""
    if target.mode == "development" or trigger.paused is False:
        note = "paused, as development mode has it" if trigger.paused else "not paused"
        return Seen(NAME, trigger.place, f"its {trigger.kind} is {note}", None, instance)
    why = f"its {trigger.kind} is paused in `{target.name}`, and no target says that it is production"
    return Unknown(NAME, why, trigger.place, None, instance)


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
    train:
      schedule:
        quartz_cron_expression: "0 0 5 * * ?"
        timezone_id: UTC
        pause_status: PAUSED  # error: [schedule-paused] the schedule of job `train` is PAUSED in `prod`
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
      schedule:
        quartz_cron_expression: "0 0 5 * * ?"
        timezone_id: UTC
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
print(1)
""",
    mentions=(),
)
