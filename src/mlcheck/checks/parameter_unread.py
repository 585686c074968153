"""A parameter is given that the code reads nowhere: what a person sets has no effect.

A renamed widget, a removed option or a copied block of parameters leaves it
behind: the job looks configurable, and runs with the code's own value. A job's
own parameters reach all its tasks, so that one of them reading it is enough, as
is a reference (`{{job.parameters.name}}`) that passes it on.

Breaks with: nothing: the code runs with another value than the one given
Source: Databricks' documentation of job and task parameters (pushdown); Python's argparse, executed.

Fix: catalog = dbutils.widgets.get("catalog")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.parameters_read import (
    READ,
    UNKNOWN,
    UNREAD,
    Reading,
    arguments_read,
    in_sql,
    names_read,
    widget_reading,
)
from mlcheck.checks.task_arguments import argument_place, argument_texts
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.printable import nearest
from mlcheck.project.model import Bundle, Job, Parameter, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, text_at

NAME = "parameter-unread"
WORDS = ("getArgument", "widgets", "argv", "parse_args", "parse_known_args")
# Kinds of task that get the job's own parameters by name.
_PUSHED_TO = ("notebook_task", "python_wheel_task", "sql_task", "run_job_task")
# Kinds that get a job's parameter by a reference to it, and no other way.
_BY_REFERENCE_ALONE = (
    "spark_python_task",
    "spark_jar_task",
    "spark_submit_task",
    "condition_task",
    "for_each_task",
    "dbt_task",
)
# Kept with the run for a person to see where it came from; no code reads it.
_PROVENANCE = re.compile(r"\$\{bundle\.git\.")


@dataclass(slots=True)
class _JobRead:
    """A job in one target, with what runs for each of its tasks."""

    facts: Facts
    bundle: Bundle
    target: Target
    job: Job
    instance: Instance
    entries: dict[str, list[EntryFacts]] = field(default_factory=dict)

    def of(self, task: Task) -> list[EntryFacts]:
        return self.entries.get(task.key, [])


def run(facts: Facts) -> Iterator[Verdict]:
    names = facts.job_names()
    runs = _runs(facts)
    for bundle, target, job in facts.jobs():
        instance = Instance("job", names[bundle.path, job.key])
        entries = {task.key: runs.get((bundle.path, target.name, job.key, task.key), []) for task in job.tasks}
        read = _JobRead(facts, bundle, target, job, instance, entries)
        for task in job.tasks:
            yield from _task(read, task)
        for parameter in job.parameters:
            yield _job_parameter(read, parameter)
        if job.complete and not job.parameters and not any(one.parameters or one.arguments for one in job.tasks):
            yield Seen(NAME, job.place, "no parameter is given", None, instance)


def _runs(facts: Facts) -> dict[tuple[str, str, str, str], list[EntryFacts]]:
    """The entry points of each task, by bundle, target, job and task."""
    found: dict[tuple[str, str, str, str], list[EntryFacts]] = {}
    for entry in facts.entries:
        for caller in entry.callers:
            if caller.bundle is not None and caller.job is not None and caller.task is not None and caller.target:
                key = (caller.bundle.path, caller.target, caller.job.key, caller.task.key)
                found.setdefault(key, []).append(entry)
    return found


# --- a task's own


def _task(read: _JobRead, task: Task) -> Iterator[Verdict]:
    pushed = {parameter.name for parameter in read.job.parameters}
    if not task.parameters_complete:
        yield Unknown(NAME, "the task's parameters could not all be read", task.place, None, read.instance)
    if task.kind in ("notebook_task", "sql_task"):
        for parameter in task.parameters:
            if parameter.name not in pushed:
                reading = _by_name(read, task, parameter.name)
                yield _verdict(read, task, parameter.name, parameter.place, reading, parameter.value or "")
    elif task.kind in ("spark_python_task", "python_wheel_task"):
        yield from _arguments(read, task, pushed)


def _by_name(read: _JobRead, task: Task, name: str) -> Reading:
    """Whether a notebook or a SQL file reads a parameter."""
    if task.kind == "sql_task":
        return _in_sql_file(read.facts, task, name)
    paths = {entry.path for entry in read.of(task)}
    same = [entry for entry in read.facts.entries if entry.path in paths]  # another task's values may take another path
    if not same:
        return Reading(UNKNOWN, task.file_place or task.place, "what the task runs was not followed")
    return widget_reading(read.facts, same, name)


def _in_sql_file(facts: Facts, task: Task, name: str) -> Reading:
    text = facts.project.texts.get(task.file) if task.file else None
    if text is None or task.file is None:
        return Reading(UNKNOWN, task.file_place or task.place, "the SQL that the task runs is not in the project")
    return Reading(READ if in_sql(text, name) else UNREAD, Place(task.file, 1))


def _arguments(read: _JobRead, task: Task, pushed: set[str]) -> Iterator[Verdict]:
    texts = argument_texts(task)
    readings = arguments_read(read.facts, read.of(task), len(texts))
    by_job = {f"--{name}" for name in pushed} if task.arguments is None else set()
    for first, last in _groups(texts):
        name = texts[first].partition("=")[0] if texts[first].startswith("-") else texts[first]
        if name in by_job:
            continue
        taken = next((one for one in readings[first:last] if one.state == READ), None)
        lost = next((one for one in readings[first:last] if one.state == UNKNOWN), None)
        reading = taken or lost or readings[first]
        yield _verdict(read, task, name, argument_place(task, first), reading, " ".join(texts[first:last]))


def _groups(texts: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """An option with the values after it, or a value alone."""
    first = 0
    while first < len(texts):
        last = first + 1
        if texts[first].startswith("--") and "=" not in texts[first]:
            while last < len(texts) and not texts[last].startswith("-"):
                last += 1
        yield first, last
        first = last


def _verdict(read: _JobRead, task: Task, name: str, place: Place, reading: Reading, value: str) -> Verdict:
    subject = {"parameter": name, "task": task.key}
    if reading.state != READ and _PROVENANCE.search(value):
        return Seen(NAME, place, f"`{name}` is kept with the run", None, read.instance, subject)
    if reading.state == READ:
        return Seen(NAME, place, f"`{name}` is read", None, read.instance, subject)
    if reading.state == UNKNOWN:
        return Unknown(NAME, f"`{name}`: {reading.why}", reading.place or place, None, read.instance, subject)
    near = nearest(name, names_read(read.of(task)) - {one.name for one in task.parameters})
    hint = f"; it reads `{near}`" if near else ""
    message = f"task `{task.key}` gives `{name}`, which its code reads nowhere{hint}"
    return _finding(read, message, place, reading, subject | ({"suggestion": near} if near else {}))


# --- a job's


def _job_parameter(read: _JobRead, parameter: Parameter) -> Verdict:
    name = parameter.name
    subject = {"parameter": name}
    if _is_referred_to(read.job.node, name):
        return Seen(NAME, parameter.place, f"`{name}` is passed on", None, read.instance, subject)
    if _PROVENANCE.search(parameter.value or ""):
        return Seen(NAME, parameter.place, f"`{name}` is kept with the run", None, read.instance, subject)
    lost: Reading | None = None
    for task in read.job.tasks:
        reading = _pushed_down(read, task, name)
        if reading.state == READ:
            return Seen(NAME, parameter.place, f"task `{task.key}` reads `{name}`", None, read.instance, subject)
        if reading.state == UNKNOWN:
            lost = lost or reading
    if lost is None and not read.job.complete:
        lost = Reading(UNKNOWN, None, "the job could not be read whole")
    if lost is not None:
        why = f"`{name}`: {lost.why}"
        return Unknown(NAME, why, lost.place or parameter.place, None, read.instance, subject)
    message = f"job `{read.job.key}` has a parameter `{name}`, which none of its tasks reads"
    return _finding(read, message, parameter.place, Reading(UNREAD), subject)


def _pushed_down(read: _JobRead, task: Task, name: str) -> Reading:
    """Whether a task reads a parameter that its job pushes down to it."""
    if task.kind not in _PUSHED_TO:
        if task.kind in _BY_REFERENCE_ALONE:
            return Reading(UNREAD)
        return Reading(UNKNOWN, task.place, f"whether a `{task.kind or 'task'}` gets the job's parameters is not known")
    if task.kind == "run_job_task":
        return _other_job(read, task, name)
    if task.kind != "python_wheel_task":
        return _by_name(read, task, name)
    if task.arguments is not None:
        return Reading(UNREAD)
    texts = argument_texts(task)
    index = next((i for i, text in enumerate(texts) if text.startswith(f"--{name}=")), None)
    if not task.parameters_complete or index is None:
        return Reading(UNKNOWN, task.place, "whether the job's parameters reach a wheel that names none is not known")
    return arguments_read(read.facts, read.of(task), len(texts))[index]


def _other_job(read: _JobRead, task: Task, name: str) -> Reading:
    """A job that this one runs gets the parameters too: it may have one of that name."""
    given = text_at(task.node, "run_job_task", "job_id") or ""
    found = re.search(r"resources\.jobs\.([\w-]+)\.", given)
    other = next((job for job in read.target.jobs if found and job.key == found.group(1)), None)
    if other is not None and any(one.name == name for one in other.parameters):
        return Reading(READ, task.place)
    return Reading(UNKNOWN, task.place, "the job that the task runs may read it")


def _is_referred_to(node: YamlNode, name: str) -> bool:
    """Whether a reference in the job passes the parameter on."""
    written = re.escape(name)
    pattern = re.compile(rf"job\.parameters\.?\s*(`{written}`|\[\s*[`'\"]?{written}[`'\"]?\s*\]|{written}(?![\w-]))")
    stack: list[YamlNode] = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, YamlScalar):
            if pattern.search(one.text):
                return True
        elif isinstance(one, YamlList):
            stack.extend(one.items)
        elif isinstance(one, YamlMap):
            stack.extend(value for key, value in one.entries)
    return False


def _finding(read: _JobRead, message: str, place: Place, reading: Reading, subject: dict[str, str]) -> Finding:
    name = subject["parameter"]
    task = next((one for one in read.job.tasks if one.key == subject.get("task")), None)
    option = name.startswith("-")
    return Finding(
        NAME,
        "warning",
        place,
        message,
        "what is given has no effect: the code runs with its own value",
        f'parser.add_argument("{name}")' if option else f'{_identifier(name)} = dbutils.widgets.get("{name}")',
        subject,
        None,
        read.instance,
        (read.target.name,),
        ((reading.place, "what it runs"),) if reading.place is not None and task is not None else (),
    )


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name) or "value"


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
              catalog: main
              schema: gold  # error: [parameter-unread] task `train` gives `schema`, which its code reads nowhere
# file: train.py
# Databricks notebook source
catalog = dbutils.widgets.get("catalog")
df = spark.table(f"{catalog}.silver.sales")
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
              catalog: main
              schema: gold
# file: train.py
# Databricks notebook source
catalog = dbutils.widgets.get("catalog")
schema = dbutils.widgets.get("schema")
df = spark.table(f"{catalog}.{schema}.sales")
""",
    mentions=WORDS,
)
