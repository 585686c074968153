"""What reaches a model: the columns, dtypes and origins of what `fit`, `predict` and `infer_signature` get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlcheck.flow.classifiers import estimator_of
from mlcheck.flow.estimators import PREDICTS, TRAINS, role_words
from mlcheck.flow.facts import CallSeen, EntryFacts
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.frames.values import PANDAS_FRAME, Frame, Series
from mlcheck.flow.values import Made, Obj, OneOf, Value

# Constructors of what a library's `train` takes: the features and the label.
_HOLDERS = {
    "xgboost.DMatrix": ("data", "label"),
    "lightgbm.Dataset": ("data", "label"),
    "catboost.Pool": ("data", "label"),
}
# Estimators that are a pipeline: what is done to the columns is inside them.
_PIPELINES = ("Pipeline", "make_pipeline")


@dataclass(frozen=True, slots=True)
class ModelInput:
    """A frame that a model gets. `features` is None where it is no frame that was followed; `label` likewise.

    `estimator` is the class of what is fitted, None where it is not known;
    `in_pipeline`: something is done to the columns before it, inside the model.
    """

    call: CallSeen
    kind: Literal["fit", "predict", "signature"]
    features: Schema | None
    label: Attribute | None
    estimator: str | None
    in_pipeline: bool
    frame: Value | None


def model_inputs(entry: EntryFacts) -> Iterator[ModelInput]:
    """What the models of an entry point get, in the order of each kind."""
    for call in entry.calls("fit", "fit_predict", "partial_fit"):
        if TRAINS in role_words(call.name) and not call.name.startswith(("pyspark.", "prophet.")):
            yield _input(call, "fit", call.argument("X", 0), call.argument("y", 1))
    for call in entry.calls("DMatrix", "Dataset", "Pool"):
        names = _HOLDERS.get(call.name)
        if names is not None:
            yield _input(call, "fit", call.argument(names[0], 0), call.argument(names[1], 1))
    for call in entry.calls("predict", "predict_proba"):
        if PREDICTS in role_words(call.name) and not call.name.startswith(("pyspark.", "prophet.")):
            yield _input(call, "predict", call.argument("data", 0) or call.argument("X", 0), None)
    for call in entry.calls("infer_signature"):
        if call.name.startswith("mlflow."):
            yield _input(call, "signature", call.argument("model_input", 0), None)


def _input(
    call: CallSeen, kind: Literal["fit", "predict", "signature"], given: Value | None, label: Value | None
) -> ModelInput:
    return ModelInput(
        call, kind, features_of(given), label_of(label), estimator_of(call.receiver), in_pipeline(call.receiver), given
    )


def features_of(value: Value | None) -> Schema | None:
    """The columns of a pandas frame that is handed on."""
    if isinstance(value, Frame) and value.cls == PANDAS_FRAME:
        return value.schema
    if isinstance(value, Series):
        return Schema((value.attribute,))
    return None


def label_of(value: Value | None) -> Attribute | None:
    if isinstance(value, Series):
        return value.attribute
    schema = features_of(value)
    return schema.attributes[0] if schema is not None and schema.closed and len(schema.attributes) == 1 else None


def in_pipeline(value: Value | None) -> bool:
    """Whether an estimator is a pipeline, or a search over one, or may be."""
    made = value.made if isinstance(value, Obj) else value.call if isinstance(value, Made) else None
    if isinstance(value, OneOf):
        return any(in_pipeline(one) for one in value.options)
    if made is None:
        return not isinstance(value, Obj)
    if made.name.rpartition(".")[2] in _PIPELINES:
        return True
    if made.method.endswith("SearchCV") or made.method in ("fit", "OneVsRestClassifier", "CalibratedClassifierCV"):
        return in_pipeline(made.receiver if made.method == "fit" else made.argument("estimator", 0))
    return False


def lost_in(schema: Schema) -> str:
    """Why not all of a frame is known: its columns, or the types of some."""
    if schema.lost is not None:
        return schema.lost.why
    unknown = [one.name or "a column" for one in schema.attributes if one.type is None]
    return f"the type of {', '.join(f'`{name}`' for name in unknown[:5])}"
