"""A column reaches a logged model as another type than its signature has.

`predict` of a pyfunc model holds each column to the signature: an int64 is no
double, a float64 no float, a bool no double, text no number. Extra columns are
left aside, and the order does not matter. `score_batch` and a flavor's own
`load_model` enforce nothing.

Breaks with: Incompatible input types for column views. Can not safely convert int64 to float64.
Breaks with: Failed to convert column device_code from type object to DataType.double
Source: mlflow 2.22 and 3.17, executed (tests/oracle); the case study's errors 16 to 20.

Fix: batch["views"] = batch["views"].astype("float64")  # what training gave, column by column
     F.col("views").cast("double").alias("views")  # or in Spark, as training does
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.flow.frames.schema import Attribute
from mlcheck.flow.frames.types import Dtype
from mlcheck.flow.model_schemas import logged_type, passes, required
from mlcheck.flow.predictions import Prediction, predictions
from mlcheck.project.place import Place

NAME = "inference-type"
WORDS = ("predict", "load_model")
_NUMPY = {"double": "float64", "float": "float32", "long": "int64", "integer": "int32", "boolean": "bool"}
_SPARK = {"double": "double", "float": "float", "long": "bigint", "integer": "int", "boolean": "boolean"}


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role == "inference":
            instance = Instance("model", entry.model)
            for place, why in facts.unfollowed(entry, words):
                yield Unknown(NAME, why, place, entry.role, instance)
            for call in entry.calls("score_batch"):
                yield Seen(NAME, call.place, "`score_batch` looks features up by itself", entry.role, instance)
    for prediction in predictions(facts):
        yield from _verdicts(prediction)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdicts(one: Prediction) -> Iterator[Verdict]:
    entry, place = one.inference, one.call.place
    instance = Instance("model", entry.model)
    if not one.enforced:
        yield Seen(NAME, place, "a flavor's own model: no signature is enforced", entry.role, instance)
        return
    if one.model is None or one.model.inputs is None:
        yield Unknown(NAME, f"the types that the model wants: {one.why}", place, entry.role, instance)
        return
    if one.given is None:
        yield Unknown(NAME, "the columns that the model gets were not followed", place, entry.role, instance)
        return
    unknown, right = [], 0
    for wanted in required(one.model.inputs):
        kind = logged_type(wanted.type)
        given = [column for column in one.given if column.name == wanted.name]
        if not given or kind is None:
            unknown.append(wanted.name or "")
            continue
        fits = passes(given[0].type, kind)
        if fits is False:
            yield _finding(one, given[0], wanted, kind, instance)
        elif fits is None:
            unknown.append(wanted.name or "")
        else:
            right += 1
    if unknown:
        shown = ", ".join(f"`{name}`" for name in unknown[:6])
        yield Unknown(NAME, f"the type of {shown}, at training or here", place, entry.role, instance)
    elif not one.model.inputs.closed:
        lost = one.model.inputs.lost
        why = f"which columns the model wants: {lost.why if lost is not None else 'not all known'}"
        yield Unknown(NAME, why, place, entry.role, instance)
    elif right:
        yield Seen(NAME, place, f"{right} columns are of the types that training gave", entry.role, instance)


def _finding(one: Prediction, given: Attribute, wanted: Attribute, kind: str, instance: Instance) -> Finding:
    entry = one.inference
    name, dtype = given.name or "", given.type
    spot = given.made or given.named
    here = spot.place if spot is not None and spot.place.path == one.call.place.path else one.call.place
    is_text = isinstance(dtype, Dtype) and dtype.holds == "str"
    shown = dtype.name if isinstance(dtype, Dtype) else "?"
    if is_text and kind != "string":
        error = f"Failed to convert column {name} from type object to DataType.{kind}"
    else:
        to = _NUMPY.get(kind, "object")
        error = f"Incompatible input types for column {name}. Can not safely convert {shown} to {to}."
    related: list[tuple[Place, str]] = [(one.call.place, "the model gets it here")]
    made = wanted.made or wanted.named
    if made is not None:
        related.append((made.place, "training makes it here"))
    return Finding(
        NAME,
        "error",
        here,
        f"`{name}` is {'text' if is_text else shown} here, and {kind} in the model's signature",
        error,
        _help(name, kind, is_text),
        {"column": name, "given": shown, "wanted": kind},
        entry.role,
        instance,
        entry.targets,
        tuple(related),
    )


def _help(name: str, kind: str, is_text: bool) -> str:
    if is_text and kind != "string":
        return f"encode `{name}` as training does, with the categories that training had"
    if kind == "string":
        return f'batch["{name}"] = batch["{name}"].astype(str)'
    return (
        f'as training gives it: F.col("{name}").cast("{_SPARK[kind]}") in Spark, or '
        f'batch["{name}"].astype("{_NUMPY[kind]}")'
    )


_TRAIN = """\
# file: train.py
# Databricks notebook source
import mlflow
from pyspark.sql import functions as F
from sklearn.linear_model import LinearRegression
df = spark.createDataFrame([], "views bigint, y double")
pdf = df.withColumn("views", F.col("views").cast("float")).toPandas()
model = LinearRegression().fit(pdf[["views"]], pdf["y"])
signature = mlflow.models.infer_signature(pdf[["views"]], model.predict(pdf[["views"]]))
mlflow.sklearn.log_model(model, name="model", signature=signature, registered_model_name="main.ml.visits")
# file: score.py
# Databricks notebook source
import mlflow
from pyspark.sql import functions as F
model = mlflow.pyfunc.load_model("models:/main.ml.visits@champion")
df = spark.createDataFrame([], "rider bigint, views bigint")
"""

CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad=_TRAIN
    + """\
batch = df.withColumn("views", F.col("views").cast("double")).toPandas()  # error: [inference-type] `views` is
batch["score"] = model.predict(batch[["views"]])
""",
    good=_TRAIN
    + """\
batch = df.withColumn("views", F.col("views").cast("float")).toPandas()
batch["score"] = model.predict(batch[["views"]])
""",
    mentions=WORDS,
)
