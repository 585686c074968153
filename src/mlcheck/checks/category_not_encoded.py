"""A text column reaches an estimator that takes numbers.

Breaks with: ValueError: could not convert string to float: 'web'
Breaks with: ValueError: DataFrame.dtypes for data must be int, float, bool or category
Breaks with: ValueError: pandas dtypes must be int, float or bool
Source: scikit-learn 1.7, xgboost 3.2 and lightgbm 4.6, executed or read; the case study's error 16.

Fix: encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
     model = make_pipeline(ColumnTransformer([("text", encoder, ["device"])], remainder="passthrough"), estimator)
     # the encoder is then inside the model that is logged
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.frames.types import Dtype
from mlcheck.flow.model_inputs import ModelInput, lost_in, model_inputs
from mlcheck.flow.values import Const

NAME = "category-not-encoded"
WORDS = ("fit",)
_NUMERIC = ("sklearn.", "xgboost.", "lightgbm.")
# Estimators of scikit-learn that never look at their features.
_BLIND = ("DummyClassifier", "DummyRegressor")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        if entry.role == "training":
            for place, why in facts.unfollowed(entry, words):
                yield Unknown(NAME, why, place, entry.role, instance)
        for given in model_inputs(entry):
            if given.kind == "fit":
                yield from _given(entry, given, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _given(entry: EntryFacts, given: ModelInput, instance: Instance) -> Iterator[Verdict]:
    schema, place = given.features, given.call.place
    if schema is None:
        yield Unknown(NAME, "the columns that the model gets were not followed", place, entry.role, instance)
        return
    texts = [one for one in schema if _is_text(one)]
    if texts and _takes_numbers(given):
        for one in texts:
            yield _finding(entry, given, one, instance)
        return
    if texts:
        names = ", ".join(f"`{one.name}`" for one in texts[:5])
        why = f"what is done to {names} before the estimator was not followed"
        yield Unknown(NAME, why, place, entry.role, instance)
    elif _known(schema):
        yield Seen(NAME, place, f"{len(schema.attributes)} columns, none of text", entry.role, instance)
    else:
        yield Unknown(NAME, f"whether text reaches the model: {lost_in(schema)}", place, entry.role, instance)


def _known(schema: Schema) -> bool:
    return schema.closed and all(one.type is not None for one in schema)


def _is_text(one: Attribute) -> bool:
    return isinstance(one.type, Dtype) and one.type.holds == "str" and one.type.name != "category" and not one.perhaps


def _takes_numbers(given: ModelInput) -> bool:
    """Whether an estimator surely takes numbers alone, and nothing stands before it in a pipeline."""
    cls = given.estimator or ""
    if given.in_pipeline or not cls.startswith(_NUMERIC) or cls.rpartition(".")[2] in _BLIND:
        return False
    return given.call.argument("categorical_feature") in (None, Const("auto"), Const(None))


def _finding(entry: EntryFacts, given: ModelInput, one: Attribute, instance: Instance) -> Finding:
    library = (given.estimator or "").partition(".")[0]
    errors = {
        "sklearn": "ValueError: could not convert string to float",
        "xgboost": f"ValueError: DataFrame.dtypes for data must be int, float, bool or category: {one.name}: object",
        "lightgbm": f"ValueError: pandas dtypes must be int, float or bool. Fields with bad pandas dtypes: {one.name}",
    }
    origin = "".join(f", from `{source.table}`.`{source.column}`" for source in one.sources[:1])
    return Finding(
        NAME,
        "error",
        given.call.place,
        f"`{one.name}` reaches `{(given.estimator or '').rpartition('.')[2]}` as text{origin}",
        errors[library],
        "encode it inside the model that is logged: make_pipeline(ColumnTransformer([(…, OrdinalEncoder(…), "
        f'["{one.name}"])], remainder="passthrough"), estimator)',
        {"column": one.name or ""},
        entry.role,
        instance,
        entry.targets,
        ((one.made.place, "the column comes from here"),) if one.made is not None else (),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
pdf = spark.createDataFrame([], "device string, views double, y double").toPandas()
LinearRegression().fit(pdf[["device", "views"]], pdf["y"])  # error: [category-not-encoded] `device`
""",
    good="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
pdf = spark.createDataFrame([], "device string, views double, y double").toPandas()
pdf["device_code"] = (pdf["device"] == "web").astype("int64")
LinearRegression().fit(pdf[["device_code", "views"]], pdf["y"])
""",
    mentions=WORDS,
)
