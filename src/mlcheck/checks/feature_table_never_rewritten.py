"""A feature table is filled when it is made, and nothing writes it again.

`create_table(df=…)` on a table that exists gives the table back and does not
write `df`: the first run fills it, every later one changes nothing, and no
error tells. The features that training and scoring look up stay those of the
first day. Right are a `write_table` beside it, SQL or a frame that writes the
table, or a DROP before it is made.

Breaks with: nothing: the job succeeds, and the table keeps the rows of its first run
Source: databricks-feature-engineering 0.1.0 to 0.18.2, databricks-feature-store 0.10.0, read.

Fix: if not spark.catalog.tableExists(name):
         fe.create_table(name=name, primary_keys=keys, schema=features.schema)
     fe.write_table(name=name, df=features, mode="merge")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.branches import undecided
from mlcheck.flow.dotted_names import UNKNOWN, dotted, is_whole, levels, sameness
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_tables import TableChange, changes, client_calls, created, file_changes
from mlcheck.flow.values import Const, options_of
from mlcheck.project.place import Place

NAME = "feature-table-never-rewritten"
WORDS = ("create_table", "create_feature_table", "write_table")
_MAKES = ("create_table", "create_feature_table")
_OTHER_WRITERS = ("saveAsTable", "insertInto", "drop_table")
_CLIENT = re.compile(r"feature_engineering|feature_store|Feature(Engineering|Store)Client|\b(fe|fs|feature_client)\.")

_WHY = "`create_table` on a table that exists returns without writing `df`: the features stay those of the first run"


@dataclass(frozen=True, slots=True)
class _Writes:
    """All that the project writes or drops, and where more may hide."""

    named: tuple[TableChange, ...]
    lost: tuple[tuple[str, TableChange], ...]  # of a table that is not known, by the entry point's path
    unreached: tuple[Place, ...]


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    made = any(True for entry in facts.entries for _ in client_calls(entry, *_MAKES))
    writes = _writes(facts) if made else _Writes((), (), ())
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role)
        calls = client_calls(entry, *_MAKES)
        yield from undecided(one for call in calls for one in _call(facts, entry, call, writes))
    for mention in facts.unreached_calls(words):
        code = facts.code(mention.place.path)
        if code is None or _CLIENT.search(code.text):
            yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _writes(facts: Facts) -> _Writes:
    all_changes = [(entry.path, one) for entry in facts.entries for one in changes(entry)]
    return _Writes(
        tuple(one for one in (*(one for _, one in all_changes), *file_changes(facts)) if _is_named(one)),
        tuple((path, one) for path, one in all_changes if not _is_named(one)),
        tuple(one.place for one in facts.unreached_calls(frozenset(["write_table"]))),
    )


def _call(facts: Facts, entry: EntryFacts, call: CallSeen, writes: _Writes) -> Iterator[Verdict]:
    given = created(call)
    for option in options_of(given["name"]) if given["name"] is not None else (None,):
        name = dotted(option)
        if name is None:
            yield Unknown(NAME, "which table is made is not known", call.place, entry.role, Instance("table", "?"))
        else:
            yield _table(facts, entry, call, name, writes)


def _table(facts: Facts, entry: EntryFacts, call: CallSeen, name: str, writes: _Writes) -> Verdict:
    instance = Instance("table", name)
    subject = {"table": name}
    again = [one for one in writes.named if _means(one, name)]
    surely = [one for one in again if is_whole(levels(name)[-1]) and is_whole(levels(one.name or "")[-1])]
    reached = next((one for one in surely if one.call is None or one.call.handler is None), None)
    if reached is not None:
        done = "dropped" if reached.how == "drop" else "written"
        note = f"`{name}` is {done} at {reached.place.shown()}"
        return Seen(NAME, call.place, note, entry.role, instance, subject)
    frame = created(call)["df"]
    filled = frame is not None and frame != Const(None)
    doubt = _doubt(facts, entry, call, name, writes, surely or again)
    if not doubt and not filled:
        doubt = f"`{name}` is made without rows, and no call that writes them was found"
    if doubt:
        return Unknown(NAME, doubt, call.place, entry.role, instance, subject)
    return _finding(entry, call, name, instance)


def _is_named(change: TableChange) -> bool:
    return change.name is not None and levels(change.name)[-1] != UNKNOWN


def _means(change: TableChange, name: str) -> bool:
    if change.name is None:
        return False
    if sameness(change.name, name) != "different":
        return True
    schema = name.rpartition(".")[0]
    return change.how == "drop" and bool(schema) and sameness(change.name, schema) == "same"


def _doubt(
    facts: Facts, entry: EntryFacts, call: CallSeen, name: str, writes: _Writes, again: list[TableChange]
) -> str:
    """Why it can't be told that nothing writes the table again; "" where it can."""
    if again and again[0].call is not None and again[0].call.handler is not None:
        at = again[0].place.shown()
        return f"`{name}` is written in a handler alone ({at}); `create_table` raises nothing where the table exists"
    if again:
        return f"`{name}` may be the table that is written at {again[0].place.shown()}"
    lost = (one for path, one in writes.lost if path == entry.path or _by_client(one))
    lost_write = next((one for one in lost if one.name is None or _means(one, name)), None)
    if lost_write is not None:
        return f"`{name}` may be the table that is written at {lost_write.place.shown()}"
    if writes.unreached:
        return f"`{name}` may be written at {writes.unreached[0].shown()}, which no entry point was seen to run"
    if not is_whole(levels(name)[-1]):
        return f"`{name}` may be another table on each run"
    if call.open:
        return f"what `create_table` of `{name}` is given may come from `**`"
    gap = next(facts.unfollowed(entry, frozenset((*WORDS, *_OTHER_WRITERS))), None)
    return f"`{name}` may be written in what was not followed ({gap[0].shown()}: {gap[1]})" if gap else ""


def _by_client(change: TableChange) -> bool:
    """Whether it writes feature tables; a frame's or SQL's write of an unknown table counts in the same notebook."""
    return change.call is not None and change.call.method == "write_table"


def _finding(entry: EntryFacts, call: CallSeen, name: str, instance: Instance) -> Finding:
    client = "fs" if call.name.startswith("databricks.feature_store") else "fe"
    return Finding(
        NAME,
        "error",
        call.place,
        f"`{name}` is filled when it is made, and nothing writes it again",
        _WHY,
        f'{client}.write_table(name="{name}", df=features, mode="merge")  # after create_table, on every run',
        {"table": name},
        entry.role,
        instance,
        entry.targets,
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient
fe = FeatureEngineeringClient()
fe.create_table(  # error: [feature-table-never-rewritten] nothing writes it again
    name="main.ml.customers", primary_keys=["customer_id"], df=features)
""",
    good="""\
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient
fe = FeatureEngineeringClient()
if not spark.catalog.tableExists("main.ml.customers"):
    fe.create_table(name="main.ml.customers", primary_keys=["customer_id"], df=features)
fe.write_table(name="main.ml.customers", df=features, mode="merge")
""",
    mentions=(*WORDS, *_OTHER_WRITERS),
)
