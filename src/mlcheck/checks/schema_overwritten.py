"""A scoring task writes its output with `overwriteSchema`: whoever reads it gets other columns without a word.

A column that is missing, or of another type, then replaces the table's schema
in place of failing the write.

Breaks with: nothing at the write; readers fail with [UNRESOLVED_COLUMN.WITH_SUGGESTION] later
Source: Delta's documentation of overwriting a table's schema.

Fix: out.write.mode("overwrite").saveAsTable(table)      # without overwriteSchema
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.absence import WRITES, WRITES_NONE, nothing_of, writes_no_table
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.tables import TableUse, origins, table_uses
from mlcheck.flow.values import Const, Value, shown

NAME = "schema-overwritten"
WORDS = ("saveAsTable", "save", "overwriteSchema")
_PREDICTS = frozenset({"predict", "predict_proba", "score_batch", "spark_udf", "predict_batch", "transform"})


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role != "inference":
            continue
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        writes = [use for use in table_uses(entry) if use.writes]
        for use in writes:
            yield _by_sql(entry, use, instance) if use.call is None else _write(entry, use, instance)
        if not writes:
            yield from nothing_of(NAME, facts, entry, "inference", WRITES, WRITES_NONE, writes_no_table)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _by_sql(entry: EntryFacts, use: TableUse, instance: Instance) -> Verdict:
    """A statement of SQL keeps the table's schema, unless it makes the table anew."""
    if use.mode in ("replace", "?"):
        why = f"`{shown(use.name)}` is made anew by SQL, with its schema: whether others read it is a person's call"
        return Unknown(NAME, why, use.place, entry.role, instance)
    return Seen(NAME, use.place, f"`{shown(use.name)}` keeps its schema", entry.role, instance)


def _write(entry: EntryFacts, use: TableUse, instance: Instance) -> Verdict:
    given = use.options.get("overwriteschema")
    overwrites = given is not None and _is_true(given)
    if given is None or overwrites is False or use.mode in ("append", "exists"):  # it is for overwriting alone
        note = f"`{shown(use.name)}` keeps its schema"
        return Seen(NAME, use.place, note, entry.role, instance)
    if overwrites is None or use.mode == "?":
        return Unknown(NAME, "whether the schema is overwritten is not known", use.place, entry.role, instance)
    calls, complete = origins(use.data)
    if not any(call.method in _PREDICTS for call in calls):
        if complete and not any(call.name.startswith("pandas.") for call in calls):  # those are changed in place
            note = f"`{shown(use.name)}` is written with its schema, and holds no predictions"
            return Seen(NAME, use.place, note, entry.role, instance)
        why = f"the schema of `{shown(use.name)}` is overwritten; whether predictions are in it is not known"
        return Unknown(NAME, why, use.place, entry.role, instance)
    return Finding(
        NAME,
        "warning",
        use.place,
        f"`{shown(use.name)}` is an output, and its schema is overwritten with each run",
        "a missing or changed column replaces the table's schema instead of failing the write; readers fail later "
        "with [UNRESOLVED_COLUMN.WITH_SUGGESTION]",
        'out.write.mode("overwrite").saveAsTable(…)  # take .option("overwriteSchema", …) out',
        {"table": shown(use.name)},
        entry.role,
        instance,
        entry.targets,
    )


def _is_true(value: Value) -> bool | None:
    if not isinstance(value, Const):
        return None
    return value.value is True or str(value.value).lower() == "true"


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.churn@champion")
scored = model.predict(spark.table("main.ml.customers").toPandas())
out = spark.createDataFrame(scored)
(out.write.mode("overwrite")  # error: [schema-overwritten] `main.ml.scores`
    .option("overwriteSchema", "true")
    .saveAsTable("main.ml.scores"))
# file: same.py
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.churn@champion")
out = spark.createDataFrame(model.predict(spark.table("main.ml.customers").toPandas()))
out.write.mode("overwrite").option("overwriteSchema", "true").saveAsTable("t")  # error: [schema-overwritten] output
""",
    good="""\
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.churn@champion")
out = spark.createDataFrame(model.predict(spark.table("main.ml.customers").toPandas()))
out.write.mode("overwrite").saveAsTable("main.ml.scores")
""",
    mentions=WORDS,
)
