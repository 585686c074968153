"""The label's type is none that the estimator takes.

XGBoost wants the classes 0, 1, 2 …; a regressor wants numbers; and Decimals or
dates are a label for none.

Breaks with: ValueError: Invalid classes inferred from unique values of `y`.  Expected: [0 1], got ['no' 'yes']
Breaks with: ValueError: could not convert string to float: 'yes'
Breaks with: ValueError: Unknown label type: unknown
Source: scikit-learn 1.7 and xgboost 3.2, executed or read.

Fix: y = (train["answer"] == "yes").astype("int64")  # classes as integers
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.classifiers import is_classifier
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.types import Dtype
from mlcheck.flow.model_inputs import ModelInput, model_inputs

NAME = "label-type"
WORDS = ("fit",)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        if entry.role == "training":
            for place, why in facts.unfollowed(entry, words):
                yield Unknown(NAME, why, place, entry.role, instance)
        for given in model_inputs(entry):
            if given.kind == "fit":
                yield _verdict(entry, given, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(entry: EntryFacts, given: ModelInput, instance: Instance) -> Verdict:
    place, label = given.call.place, given.label
    classifies = is_classifier(given.estimator)
    kind = label.type if label is not None else None
    if label is None or not isinstance(kind, Dtype) or classifies is None:
        what = "the label's type" if classifies is not None else "what is fitted"
        return Unknown(NAME, f"{what} was not followed", place, entry.role, instance)
    error = _error(kind, classifies, (given.estimator or "").partition(".")[0])
    if error:
        return _finding(entry, given, kind, error, classifies, instance)
    if classifies and all(name.startswith(("float", "object")) and not kind.holds for name in kind.names):
        why = f"whether the values of `{label.name}`, {kind}, are classes"
        return Unknown(NAME, why, place, entry.role, instance)
    what = "a classifier" if classifies else "a regressor"
    return Seen(NAME, place, f"`{label.name}` is {kind}, for {what}", entry.role, instance)


def _error(kind: Dtype, classifies: bool, library: str) -> str:
    if kind.holds == "decimal":
        return "ValueError: Unknown label type: unknown" if classifies else ""
    if kind.holds == "date":
        return "TypeError: float() argument must be a string or a real number, not 'datetime.date'"
    if kind.holds == "str" and kind.name != "category":
        if not classifies:
            return "ValueError: could not convert string to float"
        if library == "xgboost":
            return "ValueError: Invalid classes inferred from unique values of `y`.  Expected: [0 1], got text"
    return ""


def _finding(
    entry: EntryFacts, given: ModelInput, kind: Dtype, error: str, classifies: bool, instance: Instance
) -> Finding:
    label = given.label
    name = label.name if label is not None and label.name else "the label"
    words = {"decimal": "Decimals", "date": "dates", "str": "text"}
    estimator = (given.estimator or "").rpartition(".")[2]
    cast = '(y == "yes").astype("int64"), or LabelEncoder().fit_transform(y)' if classifies else 'y.astype("float64")'
    return Finding(
        NAME,
        "error",
        given.call.place,
        f"the label `{name}` holds {words[kind.holds]}, which `{estimator}` does not take",
        error,
        cast,
        {"column": name},
        entry.role,
        instance,
        entry.targets,
        ((label.made.place, "the label is made here"),) if label is not None and label.made is not None else (),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from xgboost import XGBClassifier
pdf = spark.createDataFrame([], "a double, answer string").toPandas()
XGBClassifier().fit(pdf[["a"]], pdf["answer"])  # error: [label-type] text
""",
    good="""\
# Databricks notebook source
from xgboost import XGBClassifier
pdf = spark.createDataFrame([], "a double, answer string").toPandas()
XGBClassifier().fit(pdf[["a"]], (pdf["answer"] == "yes").astype("int64"))
""",
    mentions=WORDS,
)
