"""A feature table is written in a mode that the client refuses.

`FeatureEngineeringClient.write_table` takes `mode="merge"` alone, which is
also its default, in every release. The older `FeatureStoreClient` takes
`overwrite` as well. To replace a table's rows, delete them by SQL first.

Breaks with: Unsupported mode 'overwrite'. 'merge' is the only supported mode.
Source: databricks-feature-engineering 0.1.0 to 0.18.2, databricks-feature-store 0.10.0, read.

Fix: spark.sql("DELETE FROM main.ml.customer_features")
     fe.write_table(name="main.ml.customer_features", df=features, mode="merge")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.branches import settled, undecided
from mlcheck.flow.dotted_names import dotted
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_tables import client_calls, is_newer
from mlcheck.flow.values import Const, Value, options_of

NAME = "feature-write-mode"
WORDS = ("write_table",)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role)
        yield from undecided(one for call in client_calls(entry, "write_table") for one in _call(entry, call))
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _call(entry: EntryFacts, call: CallSeen) -> Iterator[Verdict]:
    table = dotted(call.argument("name", None if is_newer(call) else 0))
    instance = Instance("table", table or "?")
    mode = call.argument("mode", None if is_newer(call) else 2)
    if mode is None:
        if call.open:
            yield Unknown(NAME, "the mode may come from `**`", call.place, entry.role, instance)
        else:
            yield Seen(NAME, call.place, "merges, by default", entry.role, instance)
        return
    yield from settled(_mode(entry, call, option, table, instance) for option in options_of(mode))


def _mode(entry: EntryFacts, call: CallSeen, mode: Value, table: str | None, instance: Instance) -> Verdict:
    if not isinstance(mode, Const):
        return Unknown(NAME, "the mode is not known", call.place, entry.role, instance)
    taken = mode.value == "merge" if is_newer(call) else str(mode.value).strip().lower() in ("merge", "overwrite")
    if taken:
        return Seen(NAME, call.place, "the client takes this mode", entry.role, instance)
    return _finding(entry, call, str(mode.value), table, instance)


def _finding(entry: EntryFacts, call: CallSeen, mode: str, table: str | None, instance: Instance) -> Finding:
    name = table or "…"
    if is_newer(call):
        why = f"Unsupported mode '{mode}'. 'merge' is the only supported mode."
        fix = f'fe.write_table(name="{name}", df=features, mode="merge")'
        if mode == "overwrite":
            fix = f'spark.sql("DELETE FROM {name}")\n{fix}'
    else:
        why = f"Unsupported mode '{mode}'. Use one of 'overwrite', 'merge'"
        fix = f'fs.write_table(name="{name}", df=features, mode="merge")'
    subject = {"mode": mode, "table": name}
    return Finding(
        NAME,
        "error",
        call.place,
        f"`write_table` in mode `{mode}`",
        why,
        fix,
        subject,
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
fe.write_table(name="main.ml.features", df=features, mode="overwrite")  # error: [feature-write-mode] `overwrite`
""",
    good="""\
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient
fe = FeatureEngineeringClient()
fe.write_table(name="main.ml.features", df=features, mode="merge")
""",
    mentions=WORDS,
)
