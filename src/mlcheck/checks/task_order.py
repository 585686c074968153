"""A task reads what another task of its job writes, and does not wait for it.

Tasks with no `depends_on` between them start together: training reads
yesterday's features, and scoring the model before. Tables are compared by
their names, models by the names that they are registered and loaded under.

Breaks with: nothing: the old table or model is read; on a first run [TABLE_OR_VIEW_NOT_FOUND]
Source: Databricks' documentation of task dependencies.

Fix: - task_key: score
       depends_on: [{task_key: train}]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, Facts, ModelRegistered
from mlcheck.flow.registering import lookups
from mlcheck.flow.tables import same_table, table_uses
from mlcheck.flow.values import Const, Text, Value, options_of, shown
from mlcheck.project.model import Bundle, Job, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import text_at

NAME = "task-order"
WORDS = ("table", "saveAsTable", "sql", "load_model", "score_batch", "write_table", "insertInto")
_LOADS = ("load_model", "spark_udf", "score_batch")
# Tasks whose work is not code of the project: where they are in the chain, their order is taken as meant.
_ELSEWHERE = frozenset({"run_job_task", "pipeline_task", "sql_task", "dbt_task", "condition_task", "dashboard_task"})


@dataclass(frozen=True, slots=True)
class _Thing:
    """A table or model, and where a task writes or reads it. `first`: before the task itself writes it."""

    kind: str
    name: Value
    place: Place


@dataclass(frozen=True, slots=True)
class _Work:
    """What a task writes and reads; `whole` where all of its code was followed."""

    writes: tuple[_Thing, ...]
    reads: tuple[_Thing, ...]
    whole: bool


def run(facts: Facts) -> Iterator[Verdict]:
    works = {id(entry): _work(entry) for entry in facts.entries if entry.callers}
    names = facts.job_names()
    for bundle, target, job in facts.jobs():
        by_task = _by_task(facts, works, bundle, target, job)
        instance = Instance("job", names[bundle.path, job.key])
        if len(job.tasks) < 2:
            yield Seen(NAME, job.place, "one task: nothing to wait for", None, instance)
        else:
            verdicts = list(_job(job, target, by_task, instance))
            yield from verdicts
            if not verdicts:
                yield Seen(NAME, job.place, "no task reads what another writes", None, instance)


def _by_task(
    facts: Facts, works: Mapping[int, _Work], bundle: Bundle, target: Target, job: Job
) -> dict[str, list[_Work]]:
    found: dict[str, list[_Work]] = {}
    for entry in facts.entries:
        for caller in entry.callers:
            if caller.bundle is bundle and caller.target == target.name and caller.job is job and caller.task:
                found.setdefault(caller.task.key, []).append(works[id(entry)])
    return found


def _work(entry: EntryFacts) -> _Work:
    writes: list[_Thing] = []
    reads: list[_Thing] = []
    for table in table_uses(entry):
        if table.writes:
            writes.append(_Thing("table", table.name, table.place))
        elif not any(same_table(own.name, table.name) is not False for own in writes):
            reads.append(_Thing("table", table.name, table.place))
    for fact in entry.of(ModelRegistered):
        writes += [_Thing("model", option, fact.place) for option in options_of(fact.name)]
    for use in lookups(entry):
        loads = use.call.method in _LOADS
        if loads and not any(own.kind == "model" and same_table(own.name, use.name) is not False for own in writes):
            reads.append(_Thing("model", use.name, use.call.place))
    whole = not any(gap.hides_code for gap in entry.gaps)
    return _Work(tuple(writes), tuple(reads), whole)


def _job(job: Job, target: Target, works: Mapping[str, list[_Work]], instance: Instance) -> Iterator[Verdict]:
    before = _before(job.tasks)
    for reader in job.tasks:
        if reader.kind == "for_each_task":
            continue  # its work is its inner task's
        mine = works.get(reader.key, [])
        alone = not before[reader.key] and not any(reader.key in others for others in before.values())
        lost = not mine or not all(work.whole for work in mine)
        if lost and (alone or reader.kind not in _ELSEWHERE):
            why = f"what task `{reader.key}` reads and writes was not followed wholly"
            yield Unknown(NAME, why, reader.place, None, instance)
        missing = next((key for key in before[reader.key] if key not in before), None)
        if missing is not None:  # the job is refused for that; what was meant is not known
            yield Unknown(NAME, f"`{reader.key}` waits for `{missing}`, which is no task", reader.place, None, instance)
            continue
        yield from _reader(reader, mine, job.tasks, works, before, target, instance)


def _reader(
    reader: Task,
    mine: Iterable[_Work],
    tasks: Iterable[Task],
    works: Mapping[str, list[_Work]],
    before: Mapping[str, frozenset[str]],
    target: Target,
    instance: Instance,
) -> Iterator[Verdict]:
    for thing in dict.fromkeys(thing for work in mine for thing in work.reads):
        for writer in tasks:
            if writer.key == reader.key:
                continue
            match = _written(thing, works.get(writer.key, ()))
            if match is None:
                continue
            surely, place = match
            if writer.key in before[reader.key]:
                note = f"`{reader.key}` waits for `{writer.key}`, which writes `{shown(thing.name)}`"
                yield Seen(NAME, reader.place, note, None, instance)
            elif reader.key in before[writer.key]:
                note = f"`{reader.key}` reads `{shown(thing.name)}` before `{writer.key}` writes it anew"
                yield Seen(NAME, reader.place, note, None, instance)
            elif surely:
                yield _finding(reader, writer, thing, place, target, instance)
            else:
                why = f"`{reader.key}` may read what `{writer.key}` writes: `{shown(thing.name)}` is not wholly known"
                yield Unknown(NAME, why, thing.place, None, instance)


def _written(thing: _Thing, works: Iterable[_Work]) -> tuple[bool, Place] | None:
    """Whether a task's work writes a thing: surely, perhaps, or not at all."""
    perhaps: Place | None = None
    for work in works:
        for own in work.writes:
            if own.kind != thing.kind or not isinstance(own.name, (Const, Text)):
                continue
            same = same_table(own.name, thing.name) if isinstance(thing.name, (Const, Text)) else False
            if same:
                return True, own.place
            perhaps = own.place if same is None else perhaps
    return (False, perhaps) if perhaps is not None else None


def _before(tasks: Iterable[Task]) -> dict[str, frozenset[str]]:
    """The tasks that each waits for, directly or through others; who waits for a loop waits for its inner task."""
    direct = {task.key: frozenset(task.depends_on) for task in tasks}
    for task in tasks:
        inner = text_at(task.node, "for_each_task", "task", "task_key")
        if inner in direct:
            for key, waits in direct.items():
                if task.key in waits:
                    direct[key] = waits | {inner}
    found: dict[str, frozenset[str]] = {}
    for key in direct:
        seen: set[str] = set()
        waiting = list(direct[key])
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += direct.get(one, frozenset())
        found[key] = frozenset(seen)
    return found


def _finding(reader: Task, writer: Task, thing: _Thing, place: Place, target: Target, instance: Instance) -> Finding:
    name = shown(thing.name)
    what = "table" if thing.kind == "table" else "model"
    return Finding(
        NAME,
        "warning",
        reader.place,
        f"task `{reader.key}` reads {what} `{name}`, and does not wait for `{writer.key}`, which writes it",
        "the two start together: what the run before left is read, and on a first run there is nothing yet",
        f"depends_on: [{{task_key: {writer.key}}}]",
        {"kind": thing.kind, "name": name, "task": reader.key, "writer": writer.key},
        None,
        instance,
        (target.name,),
        ((place, f"`{writer.key}` writes it here"), (thing.place, "and it is read here")),
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
    nightly:
      tasks:
        - task_key: features
          notebook_task: {notebook_path: features.py}
        - task_key: train  # error: [task-order] does not wait for `features`
          notebook_task: {notebook_path: train.py}
# file: features.py
# Databricks notebook source
spark.table("main.raw.sales").write.mode("overwrite").saveAsTable("main.ml.features")
# file: train.py
# Databricks notebook source
df = spark.table("main.ml.features")
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    nightly:
      tasks:
        - task_key: features
          notebook_task: {notebook_path: features.py}
        - task_key: train
          depends_on: [{task_key: features}]
          notebook_task: {notebook_path: train.py}
# file: features.py
# Databricks notebook source
spark.table("main.raw.sales").write.mode("overwrite").saveAsTable("main.ml.features")
# file: train.py
# Databricks notebook source
df = spark.table("main.ml.features")
""",
    mentions=(),
)
