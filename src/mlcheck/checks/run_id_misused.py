"""A job's id is kept as a run's, or a run of one kind as a run of another.

`{{job.id}}` is the same in every run: results kept under it as a run's id
overwrite each other, or can't be told apart. A job's run is `{{job.run_id}}`, a
task's `{{task.run_id}}`; `{{job_id}}`, `{{run_id}}` and `{{parent_run_id}}` are
their older names. An MLflow run has an id of its own, which no reference gives.

Breaks with: nothing: every run is recorded under one id
Breaks with: RESOURCE_DOES_NOT_EXIST: Run '…' not found
Source: Databricks' documentation of dynamic value references.

Fix: run_id: "{{job.run_id}}"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.task_arguments import argument_place, argument_texts
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.values import Hole, Text, Value, options_of
from mlcheck.project.model import Job, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlMap, YamlScalar, at

NAME = "run-id-misused"
WORDS = ("start_run", "get_run")

# What each reference gives; the older names are still resolved.
_GIVES = {
    "job.id": "job",
    "job_id": "job",
    "job.run_id": "job run",
    "parent_run_id": "job run",
    "task.run_id": "task run",
    "run_id": "task run",
}
_REFERENCE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_RIGHT = {"job": "{{job.id}}", "run": "{{job.run_id}}", "job run": "{{job.run_id}}", "task run": "{{task.run_id}}"}
# Calls of MLflow that take a run by its id, and where it stands.
_RUN_CALLS = ("start_run", "get_run", "log_artifacts", "set_terminated", "log_batch", "delete_run", "restore_run")
_MODEL_CALLS = ("register_model", "load_model", "create_model_version", "download_artifacts", "spark_udf")


@dataclass(frozen=True, slots=True)
class _Given:
    """A parameter with its value, where it is given."""

    name: str
    value: str
    place: Place


def run(facts: Facts) -> Iterator[Verdict]:
    names = facts.job_names()
    for bundle, target, job in facts.jobs():
        instance = Instance("job", names[bundle.path, job.key])
        for given in _given(job):
            verdict = _verdict(given, instance, target.name)
            if verdict is not None:
                yield verdict
        if not job.complete or not all(task.parameters_complete for task in job.tasks):
            why = f"the parameters of `{job.key}` could not all be read"
            yield Unknown(NAME, why, job.place, None, instance)
    for entry in facts.entries:
        yield from _uses(entry)


# --- by the parameter's name


def _given(job: Job) -> Iterator[_Given]:
    """Every parameter that a job and its tasks give."""
    own = {parameter.place for parameter in job.parameters}
    for parameter in job.parameters:
        yield _Given(parameter.name, parameter.value or "", parameter.place)
    for task in job.tasks:
        for parameter in task.parameters:
            if parameter.place not in own:
                yield _Given(parameter.name, parameter.value or "", parameter.place)
        if task.arguments is not None:
            yield from _arguments(task)
        passed = at(task.node, "run_job_task", "job_parameters")
        for key, value in passed.entries if isinstance(passed, YamlMap) else ():
            if isinstance(value, YamlScalar):
                yield _Given(key.text, value.text, key.place)


def _arguments(task: Task) -> Iterator[_Given]:
    """Options among a task's arguments: `--run-id={{…}}`, and `--run-id` before it."""
    texts = argument_texts(task)
    for index, text in enumerate(texts):
        name, equals, value = text.partition("=")
        if name.startswith("--") and equals:
            yield _Given(name, value, argument_place(task, index))
        elif name.startswith("--") and index + 1 < len(texts) and not texts[index + 1].startswith("-"):
            yield _Given(name, texts[index + 1], argument_place(task, index + 1))


def _verdict(given: _Given, instance: Instance, target: str) -> Verdict | None:
    found = _REFERENCE.fullmatch(given.value.strip())
    gives = _GIVES.get(found.group(1)) if found else None
    if gives is None:
        return None
    says = _says(given.name)
    subject = {"parameter": given.name, "reference": given.value.strip()}
    wrong = (says in ("run", "job run", "task run", "mlflow run") and gives == "job") or (
        (says == "job" and gives != "job") or says == "mlflow run" or (says == "job run" and gives == "task run")
    )
    if not wrong or (says == "job run" and found is not None and found.group(1) == "run_id"):
        note = f"`{given.name}` holds the id of a {gives}"
        return Seen(NAME, given.place, note, None, instance, subject)
    kind = f"{gives} as {says}".replace(" ", "-")
    right = _RIGHT.get(says or "", 'run_id from mlflow, by dbutils.jobs.taskValues or "{{tasks.train.values.run_id}}"')
    return Finding(
        NAME,
        "warning",
        given.place,
        f"`{given.name}` is given {given.value.strip()}, the id of a {gives}",
        _why(gives, says or ""),
        f'{given.name}: "{right}"' if right.startswith("{{") else right,
        {**subject, "kind": kind},
        None,
        instance,
        (target,),
    )


def _says(name: str) -> str | None:
    """What a name says that it is the id of: job, run, job run, task run, mlflow run."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]
    joined = "_".join(words).replace("runid", "run_id").replace("jobid", "job_id")
    if re.search(r"(^|_)run_id$", joined):
        if "mlflow" in words:
            return "mlflow run"
        if re.search(r"(job|parent|workflow)_run_id$", joined):
            return "job run"
        return "task run" if joined.endswith("task_run_id") else "run"
    return "job" if re.fullmatch(r"(databricks_|parent_|current_|workflow_)?job_id", joined) else None


def _why(gives: str, says: str) -> str:
    if says == "mlflow run":
        return "RESOURCE_DOES_NOT_EXIST: Run '…' not found: an MLflow run has another id than a job's or a task's"
    if gives == "job":
        return "the job's id is the same in every run: what is kept under it can't be told apart"
    return f"the id of a {gives} changes with every run, and is not the id of a {says}"


# --- by its use


def _uses(entry: EntryFacts) -> Iterator[Verdict]:
    instance = Instance("job", entry.job or entry.path)
    for call in entry.of(CallSeen):
        if not call.name.startswith("mlflow"):
            continue
        for value in _run_ids(call):
            for option in options_of(value):
                gives = _gives(option)
                if gives is not None:
                    yield _used(entry, call, gives, instance)


def _run_ids(call: CallSeen) -> Iterator[Value]:
    """What a call of MLflow takes for a run's id: its `run_id`, or the part of a `runs:/…` path."""
    if call.method in _RUN_CALLS:
        value = call.argument("run_id", 0)
        if value is not None:
            yield value
    if call.method in _MODEL_CALLS:
        for value in (*call.positional[:2], *call.keywords.values()):
            for option in options_of(value):
                parts = option.parts if isinstance(option, Text) else ()
                if len(parts) > 1 and isinstance(parts[0], str) and parts[0] == "runs:/":
                    yield Text((parts[1],))


def _gives(value: Value) -> str | None:
    """What a reference gives that is a value by itself."""
    if not isinstance(value, Text) or len(value.parts) != 1 or not isinstance(value.parts[0], Hole):
        return None
    found = _REFERENCE.fullmatch(value.parts[0].what)
    return found.group(1) if found and found.group(1) in _GIVES else None


def _used(entry: EntryFacts, call: CallSeen, reference: str, instance: Instance) -> Finding:
    gives = _GIVES[reference]
    return Finding(
        NAME,
        "warning",
        call.place,
        f"`{call.name}` takes {{{{{reference}}}}}, the id of a {gives}, for an MLflow run's",
        _why(gives, "mlflow run"),
        "run.info.run_id, handed on by dbutils.jobs.taskValues",
        {"reference": f"{{{{{reference}}}}}", "kind": "use"},
        entry.role,
        instance,
        entry.targets,
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
            base_parameters:
              run_id: "{{job.id}}"  # error: [run-id-misused] `run_id` is given {{job.id}}, the id of a job
# file: train.py
# Databricks notebook source
run_id = dbutils.widgets.get("run_id")
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task:
            notebook_path: train.py
            base_parameters:
              run_id: "{{job.run_id}}"
              job_id: "{{job.id}}"
# file: train.py
# Databricks notebook source
run_id = dbutils.widgets.get("run_id")
job_id = dbutils.widgets.get("job_id")
""",
    mentions=WORDS,
)
