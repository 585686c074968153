"""A DECIMAL column reaches arithmetic with floats, or a model, as objects.

`toPandas()` gives a DECIMAL as Python's Decimal, in a column of objects.
Averages, sums and roundings of a DECIMAL are DECIMAL still. With a float it
raises; XGBoost and LightGBM refuse the dtype; and where a model takes it,
MLflow's signature becomes Any for every column, with a warning alone.

Breaks with: TypeError: unsupported operand type(s) for -: 'decimal.Decimal' and 'float'
Breaks with: ValueError: DataFrame.dtypes for data must be int, float, bool or category
Source: pandas 2.2, mlflow 3.17 and xgboost 3.2, executed (tests/oracle); the case study's error 8.

Fix: df = df.withColumn("price", F.col("price").cast("double"))  # before toPandas()
     pdf["price"] = pdf["price"].astype("float64")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.frame_verdicts import made_by
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.flow.frames.schema import Attribute
from mlcheck.flow.frames.types import Dtype
from mlcheck.flow.model_inputs import ModelInput, lost_in, model_inputs
from mlcheck.project.place import Place

NAME = "decimal-to-model"
WORDS = ("fit", "infer_signature")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        if entry.role is not None:
            for place, why in facts.unfollowed(entry, words):
                yield Unknown(NAME, why, place, entry.role, instance)
        for problem in entry.of(FrameProblem):
            if problem.condition == "TypeError" and "decimal.Decimal" in problem.detail:
                yield _arithmetic(entry, problem, instance)
        for given in model_inputs(entry):
            yield from _given(entry, given, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _arithmetic(entry: EntryFacts, problem: FrameProblem, instance: Instance) -> Verdict:
    if problem.in_try:
        return Unknown(NAME, "Decimals with floats, where a handler stands", problem.place, entry.role, instance)
    name = f"`{problem.name}`" if problem.name else "a column"
    return Finding(
        NAME,
        "error",
        problem.place,
        f"{name} holds Decimals here, and meets floats",
        problem.detail if problem.detail.startswith("TypeError") else f"TypeError: {problem.detail}",
        _help(problem.name or "price"),
        {"column": problem.name, "kind": "arithmetic"},
        entry.role,
        instance,
        entry.targets,
        made_by(problem),
    )


def _help(name: str) -> str:
    return f'cast it in Spark, before `toPandas()`: df.withColumn("{name}", F.col("{name}").cast("double"))'


def _given(entry: EntryFacts, given: ModelInput, instance: Instance) -> Iterator[Verdict]:
    """The columns that a model gets."""
    schema = given.features
    if given.kind == "predict":
        return
    if schema is None:
        why = "the columns that the model gets were not followed"
        yield Unknown(NAME, why, given.call.place, entry.role, instance)
        return
    decimals = [one for one in (*schema, *([given.label] if given.label else [])) if _is_decimal(one)]
    for one in decimals:
        yield _finding(entry, given, one, instance)
    if decimals:
        return
    if schema.closed and all(one.type is not None for one in schema):
        yield Seen(NAME, given.call.place, f"{len(schema.attributes)} columns, no Decimals", entry.role, instance)
    else:
        why = f"whether Decimals reach the model: {lost_in(schema)}"
        yield Unknown(NAME, why, given.call.place, entry.role, instance)


def _is_decimal(one: Attribute) -> bool:
    return isinstance(one.type, Dtype) and one.type.holds == "decimal" and not one.perhaps


def _finding(entry: EntryFacts, given: ModelInput, one: Attribute, instance: Instance) -> Finding:
    call = given.call
    if given.kind == "signature":
        why = "with one column of Decimals MLflow's signature is Any for every column, with a warning alone"
    elif (given.estimator or "").startswith(("xgboost", "lightgbm")):
        why = "ValueError: DataFrame.dtypes for data must be int, float, bool or category"
    else:
        why = (
            "TypeError: unsupported operand type(s) for -: 'decimal.Decimal' and 'float' in the first arithmetic;"
            " MLflow's signature becomes Any for every column"
        )
    origin = "".join(f", from `{one_.table}`.`{one_.column}`" for one_ in one.sources[:1])
    related: tuple[tuple[Place, str], ...] = ((one.made.place, "the column comes from here"),) if one.made else ()
    what = "the signature" if given.kind == "signature" else "the model"
    return Finding(
        NAME,
        "error",
        call.place,
        f"`{one.name}` reaches {what} as Decimals{origin}",
        why,
        _help(one.name or "price"),
        {"column": one.name or "", "kind": given.kind},
        entry.role,
        instance,
        entry.targets,
        related,
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
pdf = spark.createDataFrame([], "price decimal(10,2), y double").toPandas()
LinearRegression().fit(pdf[["price"]], pdf["y"])  # error: [decimal-to-model] `price`
""",
    good="""\
# Databricks notebook source
from pyspark.sql import functions as F
from sklearn.linear_model import LinearRegression
df = spark.createDataFrame([], "price decimal(10,2), y double")
pdf = df.withColumn("price", F.col("price").cast("double")).toPandas()
LinearRegression().fit(pdf[["price"]], pdf["y"])
""",
    mentions=WORDS,
)
