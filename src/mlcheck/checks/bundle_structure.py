"""A bundle's files don't fit the format, or its jobs don't hold together, and a part of them has no effect.

What the CLI does not know it drops, with a warning at most, and deploys the
rest: a field that is mis-spelled or indented too far, a value of the wrong
kind, notifications under `health`, a file that no `include` reaches. What does
not hold together is refused when it is deployed: a task of two types, one with
no compute where its type needs some, a key that nothing defines.

Breaks with: Warning: unknown field: timeout_second
Breaks with: Warning: invalid value "SINGLE-USER" for enum field. Valid values are [DATA_SECURITY_MODE_AUTO …]
Breaks with: Error: Missing required cluster or environment settings: Task "train" requires a cluster or an …
Breaks with: Warning: job_cluster_key main is not defined
Breaks with: nothing: the job fails, and nobody is told
Source: the Databricks CLI's schema and source, read; its acceptance tests' recorded output, compared.

Fix: tasks:
       - task_key: train
         timeout_seconds: 3600                 # a field of the task, beside its type
         notebook_task:
           notebook_path: ../src/train.py      # a field of the type, below it
         email_notifications:                  # not under health
           on_failure: [team@example.com]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.project.bundle_fields import Misfit, misfits, missing_fields
from mlcheck.project.bundle_flaws import Flaw, job_flaws, silent_notifications
from mlcheck.project.job_settings import recipients_of
from mlcheck.project.model import Bundle, Job, Target
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import at

NAME = "bundle-structure"
Names = Mapping[tuple[str, str], str]
_DROPPED = "the CLI drops it, and deploys the rest without it"
_NOTIFICATION = re.compile(r"notif|on_failure|on_success|on_start|on_duration|alert|recipient|webhook|email", re.I)
# Fields that a file named beside them gives.
_FROM_FILE = ("file_path", "dataset_file")
# The kinds of resources whose required fields are asked for, and what of them the API does without.
_REQUIRED_OF = frozenset({"jobs", "pipelines", "experiments", "models", "registered_models", "model_serving_endpoints"})
_OPTIONAL = frozenset({"scale_to_zero_enabled"})
_REFUSED: tuple[str, ...] = ("no-compute", "task-types", "unknown-dependency", "undefined-key", "entry-point")


def run(facts: Facts) -> Iterator[Verdict]:
    for lost in facts.project.lost_jobs():
        if lost not in facts.project.other_jobs:
            yield Unknown(NAME, lost.what, lost.place)
    names = facts.job_names()
    for bundle in facts.bundles:
        instance = Instance("bundle", bundle.path)
        found = [*_fields(bundle, names), *_jobs(facts, bundle, names), *_unreached(bundle, instance)]
        yield from found
        wrong = (one for one in found if isinstance(one, Finding) and one.severity != "info")
        if all(one.subject["kind"] == "notification" for one in wrong):
            note = f"files read: {len(bundle.files)}; they fit the format, and their jobs hold together"
            yield Seen(NAME, Place(bundle.path, 1), note, None, instance, {"kind": "format"})


# --- fields --------------------------------------------------------------------------------


def _fields(bundle: Bundle, names: Names) -> Iterator[Finding]:
    """What does not fit in each file, and what is missing in each target, once for each place."""
    found: dict[tuple[Place, str], tuple[Misfit, dict[str, None]]] = {}
    for _, part in bundle.parts:
        for misfit in misfits(part):
            _, targets = found.setdefault((misfit.place, misfit.kind), (misfit, {}))
            targets.update(dict.fromkeys(_target_of(misfit)))
    for target in bundle.targets:
        for misfit in missing_fields(target.config, "root", ()):
            if _must_be_there(misfit, target):
                found.setdefault((misfit.place, misfit.name), (misfit, {}))[1][target.name] = None
    for misfit, targets in found.values():
        everywhere = len(targets) == len(bundle.targets)
        yield _misfit(bundle, misfit, names, () if everywhere else tuple(targets))


def _target_of(misfit: Misfit) -> tuple[str, ...]:
    return misfit.path[1:2] if misfit.path[:1] in (("targets",), ("environments",)) else ()


def _must_be_there(misfit: Misfit, target: Target) -> bool:
    """Whether a required field that isn't there is missing: another file may hold it, and jobs are judged whole."""
    if misfit.resource is None or misfit.resource[0] not in _REQUIRED_OF or misfit.name in _OPTIONAL:
        return False
    held = at(target.config, *misfit.path[:3])
    return all(at(held, name) is None for name in _FROM_FILE)


def _misfit(bundle: Bundle, misfit: Misfit, names: Names, targets: tuple[str, ...]) -> Finding:
    notification = _concerns_notifications(misfit)
    job = misfit.resource[1] if misfit.resource is not None and misfit.resource[0] == "jobs" else None
    instance = Instance("bundle", bundle.path)
    if notification and job is not None:
        instance = Instance("job", names.get((bundle.path, job), job))
    subject = {"kind": "notification" if notification else misfit.kind, "name": misfit.name}
    if misfit.near:
        subject["suggestion"] = misfit.near
    return Finding(
        NAME,
        _severity(misfit),
        misfit.place,
        _message(misfit),
        _why(misfit),
        _help(misfit),
        subject,
        None,
        instance,
        targets,
    )


def _concerns_notifications(misfit: Misfit) -> bool:
    inside = "health" in misfit.path or any("notifications" in step for step in misfit.path)
    return misfit.kind == "unknown-field" and bool(inside or _NOTIFICATION.search(misfit.name)) and _of_job(misfit)


def _of_job(misfit: Misfit) -> bool:
    return misfit.resource is not None and misfit.resource[0] == "jobs"


def _severity(misfit: Misfit) -> Severity:
    of_variable = misfit.kind == "wrong-value" and misfit.path[:1] == ("variables",)  # `type: string`, say
    return "info" if misfit.kind == "empty" or of_variable else "warning"


def _message(misfit: Misfit) -> str:
    where = ".".join(misfit.path)
    match misfit.kind:
        case "unknown-field" if misfit.belongs:
            return f"`{misfit.name}` is no field of {where or 'a bundle'}: it {misfit.belongs}"
        case "unknown-field":
            hint = f"; did you mean `{misfit.near}`?" if misfit.near else ""
            return f"`{misfit.name}` is no field of {where or 'a bundle'}{hint}"
        case "wrong-type":
            return f"{where} is to be {_kind_shown(misfit.near or '')}"
        case "wrong-value":
            hint = f"; did you mean `{misfit.near}`?" if misfit.near else ""
            return f"`{misfit.name}` is no value of {where}{hint}"
        case "given-twice":
            return f"`{misfit.name}` is given twice in {where or 'the file'}: only the last has an effect"
        case "required":
            return f"{where} has no `{misfit.name}`"
        case _:
            return f"{where} is empty"


def _kind_shown(kind: str) -> str:
    return {"map": "a mapping", "sequence": "a list", "bool": "true or false", "int": "a whole number"}.get(
        kind, f"a {kind}"
    )


def _why(misfit: Misfit) -> str:
    if misfit.kind == "given-twice":
        return "nothing: the CLI takes the last one, and says nothing of the first"
    if misfit.kind in ("required", "wrong-value"):
        return f"Warning: {misfit.error}"
    return f"Warning: {misfit.error}: {_DROPPED}"


def _help(misfit: Misfit) -> str:
    match misfit.kind:
        case "unknown-field" if misfit.near:
            return f"{misfit.near}: …"
        case "unknown-field" if _concerns_notifications(misfit):
            return "email_notifications: {on_failure: [team@example.com]}"
        case "unknown-field" if misfit.belongs:
            return f"{misfit.name}, where it {misfit.belongs}"
        case "wrong-value" if misfit.near:
            return misfit.near
        case "required":
            return f"{misfit.name}: …"
        case "given-twice":
            return f"one `{misfit.name}` with both in it"
        case _:
            return "databricks bundle validate, and see its warnings"


# --- jobs ------------------------------------------------------------------------------------


def _jobs(facts: Facts, bundle: Bundle, names: Names) -> Iterator[Verdict]:
    found: dict[tuple[Place, str], tuple[Flaw, str, list[str]]] = {}
    told: dict[str, Place] = {}
    heard = {job.key for target in bundle.targets for job in target.jobs if _is_heard(job)}
    for target in bundle.targets:
        for job in target.jobs:
            flaws = [*job_flaws(facts.project, target, job)]
            silent = [*silent_notifications(job)] if _is_live(target, job.key in heard) else []
            for flaw in (*flaws, *silent):
                found.setdefault((flaw.place, flaw.what), (flaw, job.key, []))[2].append(target.name)
            if not silent and recipients_of(job):
                told.setdefault(job.key, job.place)
    for flaw, key, targets in found.values():
        yield _flaw(bundle, flaw, names.get((bundle.path, key), key), targets)
    silent_jobs = {key for flaw, key, _ in found.values() if flaw.kind == "notification"}
    for key, place in told.items():
        if key not in silent_jobs:
            instance = Instance("job", names.get((bundle.path, key), key))
            yield Seen(NAME, place, "its notifications name somebody", None, instance, {"kind": "notification"})


def _is_heard(job: Job) -> bool:
    return any(one.event == "on_failure" and (one.names or not one.complete) for one in recipients_of(job))


def _is_live(target: Target, elsewhere: bool) -> bool:
    """Whether a target's failures are to be told: not in development; where others tell, in production alone."""
    if target.mode == "development":
        return False
    return not elsewhere or target.mode == "production" or bool(re.match(r"prod|live", target.name, re.I))


def _flaw(bundle: Bundle, flaw: Flaw, job: str, targets: list[str]) -> Finding:
    notification = flaw.kind == "notification"
    subject = {"kind": flaw.kind, "name": flaw.named, "job": job}
    if flaw.task:
        subject["task"] = flaw.task
    if flaw.near:
        subject["suggestion"] = flaw.near
    everywhere = len(set(targets)) == len(bundle.targets)
    return Finding(
        NAME,
        "error" if flaw.kind in _REFUSED else "warning",
        flaw.place,
        flaw.what,
        flaw.why,
        flaw.help,
        subject,
        None,
        Instance("job", job) if notification else Instance("bundle", bundle.path),
        () if everywhere else tuple(dict.fromkeys(targets)),
    )


def _unreached(bundle: Bundle, instance: Instance) -> Iterator[Finding]:
    files: dict[str, list[str]] = {}
    places: dict[str, Place] = {}
    for key, kind in bundle.unreached:
        files.setdefault(key.place.path, []).append(f"{kind}.{key.text}")
        places.setdefault(key.place.path, key.place)
    for path, resources in files.items():
        shown = ", ".join(resources[:3]) + (f" and {len(resources) - 3} more" if len(resources) > 3 else "")
        relative = path[len(bundle.root) :].lstrip("/")
        yield Finding(
            NAME,
            "warning",
            places[path],
            f"no `include` of {bundle.path} reaches this file: {shown} is not deployed",
            "nothing: the CLI does not see the file, and says nothing of it",
            f"include: [{relative}]",
            {"kind": "unreached", "name": relative},
            None,
            instance,
        )


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
    train:
      tasks:
        - task_key: train
          notebook_task:
            notebook_path: train.py
            timeout_seconds: 3600  # error: [bundle-structure] it belongs to the task around it
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
      tasks:
        - task_key: train
          timeout_seconds: 3600
          notebook_task:
            notebook_path: train.py
# file: train.py
# Databricks notebook source
print(1)
""",
    mentions=(),
)
