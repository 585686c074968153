"""Features are written as DECIMAL, or with keys that may be null.

A DECIMAL column of a feature table arrives in pandas as `decimal.Decimal` objects:
arithmetic with floats raises, and one such column in a sample makes MLflow infer a
signature of `Any`, so that every later type check is lost. Averages and roundings
of a DECIMAL are DECIMAL again. A primary key that is null is refused when the
table is written. In Spark a division gives no NaN and no infinity, whatever is
divided by: it is null, or raises; `sqrt`, `exp`, `pow` and some others do give them.

Breaks with: unsupported operand type(s) for -: 'decimal.Decimal' and 'float'
Breaks with: [DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated for column: station_id
Source: mlflow 3.17 and Spark 4.0.1, executed (tests/oracle); the case study's error 8.

Fix: features = df.filter(F.col("station_id").isNotNull()).withColumn("rate", F.col("rate").cast("double"))
     F.when(~F.isnan("x") & (F.abs("x") != float("inf")), F.col("x"))  # else null
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.dotted_names import dotted, names_in
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_tables import FeatureTable, client_calls, created, known_tables, same_table
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.frames.types import Decimal
from mlcheck.flow.frames.values import Frame, schema_of
from mlcheck.project.place import Place

NAME = "feature-values-unclean"
WORDS = ("create_table", "create_feature_table", "write_table")
_MAKE_NAN = ("sqrt", "exp", "pow", "power", "acos", "asin", "tan", "expm1", "sinh", "cosh", "nanvl")
_CLEAN = ("isnan", "nanvl", "isNaN")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    tables = list(known_tables(facts))
    nullable = frozenset((one.name, column.name) for one in facts.schemas for column in one.columns if column.nullable)
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role)
        for call in client_calls(entry, *WORDS):
            yield from _write(entry, call, _keys(call, tables), nullable)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _keys(call: CallSeen, tables: list[FeatureTable]) -> tuple[str, ...] | None:
    """The primary keys of the table that a call makes or writes, the time-series column with them."""
    given = created(call)
    if call.method != "write_table":
        names, times = names_in(given["primary_keys"]), names_in(given["time"])
        return (*names, *times) if names is not None and times is not None else None
    name = dotted(given["name"])
    found = {
        (*one.keys, *((one.time,) if one.time else ()))
        for one in (same_table(tables, name) if name is not None else ())
        if one.keys is not None
    }
    return found.pop() if len(found) == 1 else None


Columns = frozenset[tuple[str, str]]


def _write(entry: EntryFacts, call: CallSeen, keys: tuple[str, ...] | None, nullable: Columns) -> Iterator[Verdict]:
    given = created(call)
    instance = Instance("table", dotted(given["name"]) or "?")
    value = given["df"] or call.argument("df", 1)
    schema = schema_of(value)
    if schema is None:
        if value is not None:
            yield Unknown(NAME, "the frame that is written was not followed", call.place, entry.role, instance)
        return
    if not schema.closed:
        why = schema.lost.why if schema.lost is not None else "columns whose names are not known"
        yield Unknown(NAME, f"its columns: {why}", call.place, entry.role, instance)
    wrong = [*_decimals(entry, call, instance, schema, keys), *_nulls(entry, call, instance, schema, keys, nullable)]
    yield from wrong
    if schema.closed and not any(isinstance(one, (Finding, Unknown)) for one in wrong):
        yield from _right(entry, call, instance, schema, value)


def _decimals(
    entry: EntryFacts, call: CallSeen, instance: Instance, schema: Schema, keys: tuple[str, ...] | None
) -> Iterator[Verdict]:
    named = {name.lower() for name in keys or ()}
    decimals = [one for one in schema if isinstance(one.type, Decimal) and not one.perhaps and one.name]
    features = [one for one in decimals if (one.name or "").lower() not in named]
    if features:
        yield _decimal(entry, call, instance, features)
    unknown = [one.name for one in schema if one.type is None and one.name is not None]
    if unknown:
        shown = ", ".join(f"`{name}`" for name in unknown[:6])
        yield Unknown(NAME, f"the type of {shown} is not known", call.place, entry.role, instance)


def _decimal(entry: EntryFacts, call: CallSeen, instance: Instance, features: Sequence[Attribute]) -> Finding:
    shown = ", ".join(f"`{one.name}` ({one.type})" for one in features[:6])
    more = f" and {len(features) - 6} more" if len(features) > 6 else ""
    casts = "".join(f'.withColumn("{one.name}", F.col("{one.name}").cast("double"))' for one in features[:3])
    return Finding(
        NAME,
        "warning",
        call.place,
        f"DECIMAL features are written to `{instance.name}`: {shown}{more}",
        "unsupported operand type(s) for -: 'decimal.Decimal' and 'float', where they are trained on",
        f"df = df{casts}",
        {"kind": "decimal", "column": features[0].name or "", "table": instance.name},
        entry.role,
        instance,
        entry.targets,
        _made(features),
    )


def _made(columns: Sequence[Attribute]) -> tuple[tuple[Place, str], ...]:
    return tuple((one.made.place, f"`{one.name}` is made here") for one in columns[:6] if one.made is not None)


def _nulls(
    entry: EntryFacts,
    call: CallSeen,
    instance: Instance,
    schema: Schema,
    keys: tuple[str, ...] | None,
    nullable: Columns,
) -> Iterator[Verdict]:
    if keys is None:
        yield Unknown(NAME, "the keys of the table are not known", call.place, entry.role, instance)
        return
    for name in keys:
        column = schema.one(name)
        if column is None or column.id in schema.rows.present or column.nullable is False:
            continue
        declared = [(one.table, one.column) in nullable for one in column.sources]
        if column.nullable is None or column.perhaps or not declared or not all(declared):
            why = f"whether the key `{name}` may be null is not known"
            yield Unknown(NAME, why, call.place, entry.role, instance)
            continue
        yield Finding(
            NAME,
            "warning",
            call.place,
            f"the key `{name}` of `{instance.name}` may be null",
            f"[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated for column: {name}",
            f'df = df.filter(F.col("{name}").isNotNull())',
            {"kind": "null-key", "column": name, "table": instance.name},
            entry.role,
            instance,
            entry.targets,
            _made([column]),
        )


def _right(entry: EntryFacts, call: CallSeen, instance: Instance, schema: Schema, value: object) -> Iterator[Verdict]:
    risky = next((one for one in entry.calls(*_MAKE_NAN) if one.name.startswith("pyspark.sql.functions.")), None)
    if risky is not None and not any(entry.calls(*_CLEAN)):
        why = f"`{risky.method}` may give NaN or infinity, and nothing looks for them"
        yield Unknown(NAME, why, risky.place, entry.role, instance)
        return
    if isinstance(value, Frame):
        note = "no DECIMAL, no key that may be null, no step that gives NaN"
        yield Seen(NAME, call.place, note, entry.role, instance)


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# file: schemas/price_day.yml
table_name: price_day
schema: gold
columns:
  - {name: station_id, type: BIGINT, nullable: true}
  - {name: price, type: "DECIMAL(6,3)", nullable: true}
# file: notebook.py
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient
from pyspark.sql import functions as F
fe = FeatureEngineeringClient()
prices = spark.table("gold.price_day").filter("station_id IS NOT NULL")
features = prices.groupBy("station_id").agg(F.avg("price").alias("mean_price"))
fe.create_table(name="ml.prices", primary_keys=["station_id"], df=features)  # error: [feature-values-unclean] decimal
""",
    good="""\
# file: schemas/price_day.yml
table_name: price_day
schema: gold
columns:
  - {name: station_id, type: BIGINT, nullable: true}
  - {name: price, type: "DECIMAL(6,3)", nullable: true}
# file: notebook.py
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient
from pyspark.sql import functions as F
fe = FeatureEngineeringClient()
prices = spark.table("gold.price_day").filter("station_id IS NOT NULL")
features = prices.groupBy("station_id").agg(F.avg(F.col("price").cast("double")).alias("mean_price"))
fe.create_table(name="ml.prices", primary_keys=["station_id"], df=features)
""",
    mentions=WORDS,
)
