"""A category is encoded by the values that happen to be there, so that inference gives it other codes than training.

`.cat.codes`, `factorize`, `get_dummies` and an encoder's `fit_transform` number
the values that they see: ['b', 'c'] becomes [0, 1], and ['a', 'b', 'c'] becomes
[0, 1, 2]. At inference the same value then has another code, and nothing raises.

Breaks with: nothing: the codes mean other values than those that the model learned
Source: pandas 2.2 and scikit-learn 1.7, executed (tests/oracle).

Fix: pd.Categorical(x, categories=KINDS).codes  # the same list on both sides
     make_pipeline(OneHotEncoder(handle_unknown="ignore"), estimator)  # or inside the model that is logged
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.frames.problems import AccessorUsed
from mlcheck.flow.frames.types import Dtype
from mlcheck.flow.model_inputs import ModelInput, model_inputs
from mlcheck.flow.tables import origins
from mlcheck.flow.values import NONE
from mlcheck.project.place import Place

NAME = "encoding-refitted"
WORDS = ("factorize", "get_dummies", "Categorical", "fit_transform")
_ENCODERS = ("LabelEncoder", "OrdinalEncoder", "OneHotEncoder", "TargetEncoder", "LabelBinarizer")
_ALWAYS = ("factorize", "Categorical")  # whose codes are other ones with other data, at training as well


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role is None:
            continue
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        inputs = [one for one in model_inputs(entry) if one.kind in ("fit", "predict")]
        found = list(_codes(entry, inputs, instance)) + list(_calls(entry, inputs, instance))
        yield from found
        if not found and inputs:
            yield Seen(NAME, inputs[0].call.place, "nothing is encoded by its own values", entry.role, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _codes(entry: EntryFacts, inputs: list[ModelInput], instance: Instance) -> Iterator[Verdict]:
    """`.cat.codes` of a category whose values are not written down."""
    for used in entry.of(AccessorUsed):
        if used.accessor != "cat":
            continue
        fixed = isinstance(used.type, Dtype) and used.type.categories is not None
        if fixed:
            yield Seen(NAME, used.place, "the categories are written down", entry.role, instance)
        elif any(_is_made_at(one, used.place) for one in inputs):
            yield _finding(entry, used.place, used.column, ".cat.codes", instance)
        else:
            why = "whether these codes reach the model, and who fixes their categories"
            yield Unknown(NAME, why, used.place, entry.role, instance)


def _is_made_at(one: ModelInput, place: Place) -> bool:
    columns = one.features.attributes if one.features is not None else ()
    made = [column.made.place for column in columns if column.made is not None]
    return any(spot.path == place.path and spot.line <= place.line <= max(spot.end_line, spot.line) for spot in made)


def _calls(entry: EntryFacts, inputs: list[ModelInput], instance: Instance) -> Iterator[Verdict]:
    for call in entry.calls("factorize", "get_dummies", "Categorical", "fit_transform"):
        owner, _, method = call.name.rpartition(".")
        encoder = owner.rpartition(".")[2]
        if method == "fit_transform" and encoder not in _ENCODERS:
            continue
        if method == "Categorical" and call.argument("categories", 1) not in (None, NONE):
            yield Seen(NAME, call.place, "the categories are written down", entry.role, instance)
            continue
        if not any(_reaches(one, call) for one in inputs):
            if inputs and not _is_label(inputs, call):
                why = f"whether what `{method}` gives reaches the model"
                yield Unknown(NAME, why, call.place, entry.role, instance)
            continue
        if entry.role == "training" and method not in _ALWAYS:
            why = f"whether inference takes the encoding that `{method}` learns here"
            yield Unknown(NAME, why, call.place, entry.role, instance)
            continue
        name = encoder + ".fit_transform" if method == "fit_transform" else f"pd.{method}"
        yield _finding(entry, call.place, "", name, instance)


def _reaches(one: ModelInput, call: CallSeen) -> bool:
    return one.frame is not None and any(found is call for found in origins(one.frame)[0])


def _is_label(inputs: list[ModelInput], call: CallSeen) -> bool:
    """Whether a call makes the label alone."""
    labels = [one.call.argument("y", 1) for one in inputs]
    return any(found is call for label in labels if label is not None for found in origins(label)[0])


def _finding(entry: EntryFacts, place: Place, column: str, how: str, instance: Instance) -> Finding:
    shown = f"`{column}`" if column else "a column"
    where = "inference" if entry.role == "inference" else "training"
    return Finding(
        NAME,
        "error",
        place,
        f"{shown} is encoded by `{how}`: by the values that {where} happens to have",
        "nothing raises: ['b', 'c'] becomes [0, 1], and ['a', 'b', 'c'] becomes [0, 1, 2]",
        "fix the categories and share them: pd.Categorical(x, categories=KINDS).codes; "
        "or put the encoder into the model that is logged",
        {"column": column, "kind": how},
        entry.role,
        instance,
        entry.targets,
    )


_HEAD = """\
# Databricks notebook source
import mlflow
import pandas as pd
model = mlflow.pyfunc.load_model("models:/main.ml.demand@champion")
batch = spark.createDataFrame([], "device string, views double").toPandas()
"""

CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad=_HEAD
    + """\
batch["device"] = batch["device"].astype("category").cat.codes  # error: [encoding-refitted] `.cat.codes`
model.predict(batch[["device", "views"]])
""",
    good=_HEAD
    + """\
batch["device"] = pd.Categorical(batch["device"], categories=["android", "ios", "web"]).codes
model.predict(batch[["device", "views"]])
""",
    mentions=WORDS,
)
