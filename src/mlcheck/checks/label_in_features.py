"""The label is among the features that a model is fitted on.

Breaks with: nothing: the metric is perfect, and the model useless
Source: audits of public pipelines: 8 of 17 had a label, or what is made of it, among the features.

Fix: X = train.drop(columns=["demand"])
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.model_inputs import ModelInput, lost_in, model_inputs

NAME = "label-in-features"
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
    place, schema, label = given.call.place, given.features, given.label
    if schema is None or label is None or label.name is None:
        what = "the features" if schema is None else "the label"
        return Unknown(NAME, f"{what} of the model: not followed", place, entry.role, instance)
    same = [one for one in schema if one.name == label.name and not one.perhaps]
    if same and _is_label(same[0], label):
        return _finding(entry, given, label, instance)
    if same:
        why = f"whether the feature `{label.name}` is the label of that name"
        return Unknown(NAME, why, place, entry.role, instance)
    if not schema.closed:
        return Unknown(NAME, f"which features the model gets: {lost_in(schema)}", place, entry.role, instance)
    kin = _kin(schema, label)
    if kin:
        shown = ", ".join(f"`{name}`" for name in kin[:4])
        why = f"whether {shown}, from the same column as the label, is known before it"
        return Unknown(NAME, why, place, entry.role, instance)
    return Seen(NAME, place, f"`{label.name}` is none of the {len(schema.attributes)} features", entry.role, instance)


def _is_label(feature: Attribute, label: Attribute) -> bool:
    """Whether a feature of the label's name is the same column: made by the same step, of the same origin."""
    mine, theirs = feature.made, label.made
    return feature.sources == label.sources and (mine is theirs or (mine is not None and mine == theirs))


def _kin(schema: Schema, label: Attribute) -> list[str]:
    """Features that are made of a column that the label is made of."""
    of = set(label.sources)
    return [one.name for one in schema if one.name is not None and of & set(one.sources)]


def _finding(entry: EntryFacts, given: ModelInput, label: Attribute, instance: Instance) -> Finding:
    return Finding(
        NAME,
        "error",
        given.call.place,
        f"the label `{label.name}` is among the features",
        "nothing raises: the model learns to copy its label, its metric is perfect, and it is useless where it scores",
        f'fit without it: X = train.drop(columns=["{label.name}"])',
        {"column": label.name or ""},
        entry.role,
        instance,
        entry.targets,
        ((label.made.place, "the label is made here"),) if label.made is not None else (),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
pdf = spark.createDataFrame([], "a double, demand double").toPandas()
LinearRegression().fit(pdf, pdf["demand"])  # error: [label-in-features] `demand`
""",
    good="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
pdf = spark.createDataFrame([], "a double, demand double").toPandas()
LinearRegression().fit(pdf.drop(columns=["demand"]), pdf["demand"])
""",
    mentions=WORDS,
)
