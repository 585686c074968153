"""Inference hands a model other columns than training did, or leaves out a step that training did.

Three forms. A column of the signature is not there at inference. A text column
that training encoded arrives as text, or is turned into a number in another
way. And what is done to a training set's frame after `load_df()` is not done by
`score_batch`, which looks the features up by itself and calls the model at once.

Breaks with: Model is missing inputs ['device_code'].
Breaks with: nothing: the scores are simply wrong
Source: mlflow 3.17, executed (tests/oracle); databricks-feature-engineering 0.18.2, `score_batch`, read.

Fix: put the steps into the model that is logged: make_pipeline(steps, estimator), and fit that on `load_df()`'s columns
     or into one function that training and inference both call, before the model
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.frames.types import STRING, Dtype
from mlcheck.flow.frames.values import schema_of
from mlcheck.flow.model_inputs import ModelInput, model_inputs
from mlcheck.flow.model_schemas import required
from mlcheck.flow.predictions import Prediction, predictions
from mlcheck.project.place import Place

NAME = "train-inference-skew"
WORDS = ("predict", "score_batch", "load_df")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role == "inference":
            instance = Instance("model", entry.model)
            for place, why in facts.unfollowed(entry, words):
                yield Unknown(NAME, why, place, entry.role, instance)
    for one in predictions(facts):
        yield from _prediction(one)
    yield from _scored(facts)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


# --- a model that is loaded


def _prediction(one: Prediction) -> Iterator[Verdict]:
    entry, place = one.inference, one.call.place
    instance = Instance("model", entry.model)
    if one.model is None or one.model.inputs is None:
        yield Unknown(NAME, f"what training hands the model: {one.why}", place, entry.role, instance)
        return
    if one.given is None:
        yield Unknown(NAME, "the columns that the model gets were not followed", place, entry.role, instance)
        return
    findings = list(_differences(one, one.model.inputs, one.given, instance))
    yield from findings
    if findings:
        return
    open_ = next((side for side in (one.model.inputs, one.given) if not side.closed), None)
    if open_ is not None:
        why = open_.lost.why if open_.lost is not None else "a column whose name is not known"
        yield Unknown(NAME, f"whether both sides have the same columns: {why}", place, entry.role, instance)
        return
    unsure = [name for name in (_unsure(one.given, wanted) for wanted in required(one.model.inputs)) if name]
    if unsure:
        shown = ", ".join(f"`{name}`" for name in unsure[:6])
        yield Unknown(NAME, f"whether {shown} is made as training makes it", place, entry.role, instance)
    else:
        yield Seen(NAME, place, "the columns are the tables' own on both sides", entry.role, instance)


def _differences(one: Prediction, wanted: Schema, given: Schema, instance: Instance) -> Iterator[Finding]:
    for column in required(wanted):
        held = [there for there in given if there.name == column.name]
        if not held and given.closed:
            yield _missing(one, column, given, instance)
        elif held and not one.enforced and _is_encoded(column) and _is_text(held[0]):  # else `inference-type` says it
            yield _not_encoded(one, column, held[0], instance)


def _is_encoded(column: Attribute) -> bool:
    """Whether training makes a number of a text column."""
    number = isinstance(column.type, Dtype) and column.type.name.startswith(("int", "uint", "float", "bool"))
    return number and len(column.sources) == 1 and column.sources[0].type == STRING


def _is_text(column: Attribute) -> bool:
    return isinstance(column.type, Dtype) and column.type.holds == "str" and column.type.name != "category"


def _unsure(given: Schema, wanted: Attribute) -> str | None:
    """A column whose making may differ between the two sides; None where both take the same table's column as it is."""
    held = [there for there in given if there.name == wanted.name]
    if held and held[0].made is None and wanted.made is None and held[0].sources == wanted.sources and wanted.sources:
        return None
    return wanted.name


def _missing(one: Prediction, column: Attribute, given: Schema, instance: Instance) -> Finding:
    shown = ", ".join(f"`{name}`" for name in given.names[:16])
    return _finding(
        one,
        one.call.place,
        f"the model's column `{column.name}` is not in what it gets here",
        f"Model is missing inputs ['{column.name}'].",
        f"make `{column.name}` as training does; the frame has {shown}",
        {"column": column.name or "", "kind": "missing"},
        column,
        instance,
    )


def _not_encoded(one: Prediction, column: Attribute, held: Attribute, instance: Instance) -> Finding:
    spot = held.made or held.named
    here = spot.place if spot is not None and spot.place.path == one.call.place.path else one.call.place
    return _finding(
        one,
        here,
        f"`{column.name}` is text here; training makes a number of it",
        f"Failed to convert column {column.name} from type object to DataType.double",
        f"encode `{column.name}` here by the same step and categories, or inside the model that is logged",
        {"column": column.name or "", "kind": "encoded"},
        column,
        instance,
    )


def _finding(
    one: Prediction,
    place: Place,
    message: str,
    why: str,
    help_: str,
    subject: dict[str, str],
    column: Attribute,
    instance: Instance,
) -> Finding:
    made = column.made or column.named
    related = ((made.place, "training makes it here"),) if made is not None else ()
    entry = one.inference
    return Finding(NAME, "error", place, message, why, help_, subject, entry.role, instance, entry.targets, related)


# --- score_batch


def _scored(facts: Facts) -> Iterator[Verdict]:
    """Steps between `load_df()` and `fit` where the feature client logs the model: `score_batch` leaves them out."""
    for entry in facts.entries:
        for call in entry.calls("log_model"):
            if call.name.startswith("databricks.") and call.argument("training_set") is not None:
                yield from _logged(entry, call)


def _logged(entry: EntryFacts, call: CallSeen) -> Iterator[Verdict]:
    loaded = schema_of(call.argument("training_set"))
    instance = Instance("model", entry.model)
    for given in model_inputs(entry):
        if given.kind == "fit" and given.features is not None and not given.in_pipeline:
            yield from _steps(entry, given, given.features, loaded, instance)


def _steps(
    entry: EntryFacts, given: ModelInput, features: Schema, loaded: Schema | None, instance: Instance
) -> Iterator[Verdict]:
    place = given.call.place
    if loaded is None or not loaded.closed or not features.closed:
        why = "which columns the training set has, and which of them the model gets"
        yield Unknown(NAME, why, place, "inference", instance)
        return
    own = {one.name: one.made.place if one.made is not None else None for one in loaded}
    new = [one for one in features if one.name not in own]
    changed = [one for one in features if one.name in own and one.made and one.made.place != own[one.name]]
    for one in new:
        yield _new_column(entry, one, place, instance)
    if changed and not new:
        shown = ", ".join(f"`{one.name}`" for one in changed[:6])
        why = f"whether {shown} is to `score_batch` what it is after the steps behind `load_df()`"
        yield Unknown(NAME, why, changed[0].made.place if changed[0].made else place, "inference", instance)
    if not changed and not new:
        yield Seen(NAME, place, "the model is fitted on what the training set has", "inference", instance)


def _new_column(entry: EntryFacts, one: Attribute, fitted: Place, instance: Instance) -> Finding:
    """A feature that no table has: made of a training set's frame, and of nothing that `score_batch` looks up."""
    return Finding(
        NAME,
        "error",
        one.made.place if one.made is not None else fitted,
        f"`{one.name}` is made after `load_df()`: `score_batch` does not make it",
        "`score_batch` hands the model what it looked up, without this step: the column is missing, or the model fails",
        "put the step into the model: make_pipeline(step, estimator), or make the feature in its table",
        {"column": one.name or "", "kind": "after-load"},
        "inference",
        instance,
        entry.targets,
        ((fitted, "the model is fitted on it here"),),
    )


_TRAIN = """\
# file: train.py
# Databricks notebook source
import mlflow
from pyspark.sql import functions as F
from sklearn.linear_model import LinearRegression
df = spark.createDataFrame([], "views double, minutes double, y double")
pdf = df.toPandas()
model = LinearRegression().fit(pdf[["views", "minutes"]], pdf["y"])
signature = mlflow.models.infer_signature(pdf[["views", "minutes"]], model.predict(pdf[["views", "minutes"]]))
mlflow.sklearn.log_model(model, name="model", signature=signature, registered_model_name="main.ml.visits")
# file: score.py
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.visits@champion")
df = spark.createDataFrame([], "rider bigint, views double, minutes double")
"""

CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad=_TRAIN
    + """\
batch = df.select("rider", "views").toPandas()
batch["score"] = model.predict(batch)  # error: [train-inference-skew] `minutes` is not in
""",
    good=_TRAIN
    + """\
batch = df.select("rider", "views", "minutes").toPandas()
batch["score"] = model.predict(batch)
""",
    mentions=WORDS,
)
