"""A task that may be tried again appends: the second try writes the same rows once more.

A merge, an overwrite, `replaceWhere`, a transaction's id, or a DELETE before
the append make a second try harmless. Where the appended frame was made with a
look at the table itself, it may hold only what is new: unknown.

Breaks with: nothing: rows are there twice after a retry
Source: Databricks' documentation of serverless jobs (retries by auto-optimization) and of Delta's idempotent writes.

Fix: out.write.mode("overwrite").option("replaceWhere", f"day = '{day}'").saveAsTable(table)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlcheck.checks.absence import WRITES, WRITES_NONE, nothing_of, writes_no_table
from mlcheck.checks.base import Absent, Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.other_tasks import WRITE_NOTHING, other_tasks, told
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.tables import TableUse, origins, same_table, sql_uses, table_uses
from mlcheck.flow.values import Top, shown
from mlcheck.project.job_settings import Retries, retries_of
from mlcheck.project.model import Target, Task
from mlcheck.project.place import Place

NAME = "write-not-idempotent"
WORDS = ("saveAsTable", "insertInto", "writeTo", "save")

_SAFE_MODES = frozenset({"overwrite", "replace", "merge", "exists", "change", "gone"})
_EMPTIES = frozenset({"gone", "change", "replace", "overwrite"})
_TRANSACTION = ("txnappid", "txnversion", "replacewhere")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("job", entry.job or entry.path)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        uses = table_uses(entry)
        writes = [use for use in uses if use.writes]
        for use in writes:
            yield _write(entry, uses, use, instance)
        if not writes:
            yield from nothing_of(NAME, facts, entry, entry.role, WRITES, WRITES_NONE, writes_no_table, instance)
    for instance, task in other_tasks(facts):
        yield from _other(facts, instance, task)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _other(facts: Facts, instance: Instance, task: Task) -> Iterator[Verdict]:
    """A task that runs no Python of the project's: its SQL is read, where it is a file of the project's."""
    text = facts.project.text(task.file) if task.kind == "sql_task" and task.file is not None else None
    if task.file is None or text is None:
        yield told(NAME, instance, task, WRITE_NOTHING, "writes no table")
        return
    uses = sql_uses(text, Place(task.file, 1))
    if uses is None:
        yield Unknown(NAME, f"`{task.file}` has SQL that the parser here does not know", task.place, None, instance)
        return
    writes = [use for use in uses if use.writes]
    for use in writes:
        table = shown(use.name)
        if use.mode in _SAFE_MODES:
            yield Seen(NAME, use.place, f"`{table}`: {_words(use.mode)}", None, instance, {"table": table})
        else:
            why = f"`{table}` is appended to by SQL; whether a failed run is tried again is not known"
            yield Unknown(NAME, why, use.place, None, instance, {"table": table})
    if not writes:
        yield Absent(NAME, task.place, f"`{task.file}` writes no table", None, instance)


def _write(entry: EntryFacts, uses: Sequence[TableUse], use: TableUse, instance: Instance) -> Verdict:
    table = shown(use.name)
    subject = {"table": table}
    if use.mode in _SAFE_MODES:
        return Seen(NAME, use.place, f"`{table}`: {_words(use.mode)}", entry.role, instance, subject)
    if any(key in use.options for key in _TRANSACTION):
        note = f"`{table}`: a second try writes nothing, or replaces what the first wrote"
        return Seen(NAME, use.place, note, entry.role, instance, subject)
    why = _why_unknown(uses, use)
    retries = _retries(entry)
    if why is None and retries is not None:
        return _finding(entry, use, retries, instance)
    if why is None and entry.callers and all(one is False for one in _may_retry(entry)):
        note = f"`{table}`: it appends, and a failed run is not tried again"
        return Seen(NAME, use.place, note, entry.role, instance, subject)
    why = why or f"`{table}` is appended to, and whether a failed run is tried again is not known"
    return Unknown(NAME, why, use.place, entry.role, instance, subject)


def _words(mode: str) -> str:
    return {
        "exists": "made only where it is not there yet",
        "gone": "dropped or emptied",
        "change": "changed in place",
    }.get(mode, f"{mode}, so that a second try leaves what one leaves")


def _why_unknown(uses: Sequence[TableUse], use: TableUse) -> str | None:
    """Why an append may be harmless, or None where nothing that is known makes it so."""
    table = shown(use.name)
    if use.mode == "?":
        return f"how `{table}` is written is not known"
    if isinstance(use.name, Top):
        return "a table whose name is not known is appended to"
    if not use.certain:
        return f"`{table}` is appended to on a condition, which may look at what is there"
    calls, complete = origins(use.data)
    looks = {id(call) for call in calls}
    for other in uses:
        if other is use or same_table(other.name, use.name) is False:
            continue
        if other.call is not None and id(other.call) in looks:
            return f"the rows for `{table}` are made with a look at the table itself: they may be the new ones alone"
        if other.mode == "" or other.mode in _EMPTIES:
            return f"`{table}` is read or emptied as well ({other.place.shown()}): a second try may do no harm"
    if not complete and use.data is not None:
        return f"where the rows for `{table}` come from was not followed"
    return None


def _retries(entry: EntryFacts) -> Retries | None:
    for target, retries in _all_retries(entry):
        if retries.may_retry and target.mode != "development":
            return retries
    return None


def _may_retry(entry: EntryFacts) -> list[bool | None]:
    found = [retries.may_retry for _, retries in _all_retries(entry)]
    return found if len(found) == len(entry.callers) else [None]


def _all_retries(entry: EntryFacts) -> Iterator[tuple[Target, Retries]]:
    for caller in entry.callers:
        if caller.bundle is None or caller.job is None or caller.task is None:
            continue
        target = caller.in_target
        if target is not None:
            yield target, retries_of(target, caller.job, caller.task)


def _finding(entry: EntryFacts, use: TableUse, retries: Retries, instance: Instance) -> Finding:
    table = shown(use.name)
    how = f"`max_retries: {retries.limit}`" if retries.limit else "serverless compute tries a failed run again"
    return Finding(
        NAME,
        "warning",
        use.place,
        f"`{table}` is appended to, and a failed run is tried again: its rows are then there twice",
        f"nothing fails: {how}, and the second try appends what the first one did",
        'out.write.mode("overwrite").option("replaceWhere", "…")  # or a MERGE on the key',
        {"table": table},
        entry.role,
        instance,
        entry.targets,
        ((retries.place, how.strip("`")),),
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
    score:
      tasks:
        - task_key: score
          max_retries: 2
          notebook_task: {notebook_path: score.py}
# file: score.py
# Databricks notebook source
out = spark.table("main.ml.customers").select("id")
out.write.mode("append").saveAsTable("main.ml.scores")  # error: [write-not-idempotent] `main.ml.scores`
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    score:
      tasks:
        - task_key: score
          max_retries: 2
          notebook_task: {notebook_path: score.py}
# file: score.py
# Databricks notebook source
out = spark.table("main.ml.customers").select("id")
out.write.mode("overwrite").saveAsTable("main.ml.scores")
""",
    mentions=WORDS,
)
