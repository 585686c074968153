"""Scoring fills columns that are missing with a value, in place of failing.

A column that a source no longer has is then the same number in every row, and
the model scores on. MLflow fails by itself where an input is missing, and says
which. A frame of dummies is another matter: there an absent category is 0.

Breaks with: nothing; without the fill: Model is missing inputs ['…']
Source: mlflow 3.17, executed.

Fix: missing = [c for c in features if c not in df.columns]
     if missing:
         raise ValueError(f"missing columns: {missing}")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, MissingColumnFilled
from mlcheck.flow.values import Const
from mlcheck.project.place import Place

NAME = "missing-column-filled"
WORDS = ("reindex",)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role != "inference":
            continue
        instance = Instance("model", entry.model)
        lost = list(facts.unfollowed(entry, words))
        for place, why in lost:
            yield Unknown(NAME, why, place, entry.role, instance)
        found = [*_loops(entry, instance), *_reindexed(entry, instance)]
        yield from found
        if not found and not lost:
            yield Seen(NAME, entry.place, "no column is made where it is missing", entry.role, instance)


def _loops(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    for fact in entry.of(MissingColumnFilled):
        if fact.column:
            why = f"`{fact.column}` is made where it is missing: whether the model reads it is not known"
            yield Unknown(NAME, why, fact.place, entry.role, instance)
        elif _dummies(entry):
            why = "columns are made where they are missing, and `get_dummies` is used: an absent category may be meant"
            yield Unknown(NAME, why, fact.place, entry.role, instance)
        else:
            yield _finding(entry, fact.place, fact.value, "loop", instance)


def _reindexed(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    for call in entry.calls("reindex"):
        if not call.name.startswith("pandas.") or not _by_columns(call):
            continue
        if _dummies(entry):
            why = "columns are made where they are missing, and `get_dummies` is used: an absent category may be meant"
            yield Unknown(NAME, why, call.place, entry.role, instance)
            continue
        given = call.argument("fill_value")
        value = str(given.value) if isinstance(given, Const) else "NaN" if given is None else "a value"
        yield _finding(entry, call.place, value, "reindex", instance)


def _by_columns(call: CallSeen) -> bool:
    axis = call.argument("axis")
    return "columns" in call.keywords or (isinstance(axis, Const) and axis.value in (1, "columns"))


def _dummies(entry: EntryFacts) -> bool:
    return any(True for _ in entry.calls("get_dummies", "OneHotEncoder"))


def _finding(entry: EntryFacts, place: Place, value: str, kind: str, instance: Instance) -> Finding:
    return Finding(
        NAME,
        "warning",
        place,
        f"columns that are missing are filled with `{value}`, and the model scores on",
        "nothing fails: without the fill MLflow says `Model is missing inputs […]`",
        'raise ValueError(f"missing columns: {missing}")',
        {"kind": kind, "value": value},
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
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.churn@champion")
df = spark.table("main.ml.customers").toPandas()
for column in features:
    if column not in df.columns:
        df[column] = 0  # error: [missing-column-filled] filled with `0`
df["score"] = model.predict(df)
""",
    good="""\
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.churn@champion")
df = spark.table("main.ml.customers").toPandas()
missing = [column for column in features if column not in df.columns]
if missing:
    raise ValueError(f"missing columns: {missing}")
df["score"] = model.predict(df)
""",
    mentions=WORDS,
)
