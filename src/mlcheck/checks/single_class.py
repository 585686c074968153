"""The second column of probabilities is taken, and nothing looks whether there are two classes.

Where the label has one class alone, some classifiers fit and give one column,
so that `[:, 1]` breaks; others refuse to fit.

Breaks with: index 1 is out of bounds for axis 1 with size 1
Breaks with: This solver needs samples of at least 2 classes in the data, but the data contains only one class
Breaks with: Invalid classes inferred from unique values of `y`. Expected: [0], got [1]
Source: scikit-learn 1.7, executed (tests/oracle/test_guards.py); xgboost 3.2, executed; the case study's error 9.

Fix: if y.nunique() < 2:
         raise ValueError("the label has one class alone")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.classifiers import ONE_COLUMN, estimator_of, is_classifier
from mlcheck.flow.data_origins import data_behind, looked_at
from mlcheck.flow.estimators import TRAINS, role_words
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, HandlerSeen, SecondColumn
from mlcheck.flow.values import Const, DictValue

NAME = "single-class"
WORDS = ("predict_proba",)
_BOOSTS = ("xgboost.", "lightgbm.", "catboost.")

_CLASSES = frozenset(
    [
        "Counter",
        "all",
        "any",
        "bincount",
        "classes_",
        "countDistinct",
        "count_distinct",
        "distinct",
        "groupBy",
        "groupby",
        "len",
        "max",
        "mean",
        "min",
        "n_classes_",
        "nunique",
        "set",
        "shape",
        "std",
        "sum",
        "unique",
        "value_counts",
    ]
)

# What code that trains a classifier, by whatever library, can hardly do without one of.
_OF_CLASSES = re.compile(
    r"(?i)classif\w*|logistic\w*|log_?loss|logit\w*|probit|cross_?entropy\w*|\w*soft_?max\w*|sigmoid\w*|multi:\w+"
    r"|\bbinary(?:[_:]\w+)?\b|multiclass|\w*SVC\b|(?-i:\w+NB\b)|naive_?bayes|discriminant\w*|perceptron|predict_proba|roc_?\w*auc\w*"
    r"|accuracy\w*|f1_score|precision_\w+|recall_\w+|confusion_\w+|n_classes\w*|num_class\w*|num_labels"
)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role != "training":
            continue
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        for fact in entry.of(SecondColumn):
            if fact.call.method == "predict_proba":
                yield _verdict(entry, fact, instance)
        if not any(True for _ in entry.calls("predict_proba")):
            yield from list(_without(entry, instance)) or _no_classifier(facts, entry)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _without(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    """An entry point that takes no probabilities: right, where its estimators are known."""
    for call in entry.calls("fit"):
        if call.receiver is not None and is_classifier(estimator_of(call.receiver)) is not None:
            yield Seen(NAME, call.place, "no column of probabilities is taken", entry.role, instance)


def _no_classifier(facts: Facts, entry: EntryFacts) -> Iterator[Verdict]:
    """No estimator that is known: n/a where all was followed, and no file that trains speaks of classes."""
    training = {call.place.path for call in entry.of(CallSeen) if TRAINS in role_words(call.name)}
    for path in sorted({entry.path, *training}):
        code = facts.code(path)
        for number, line in enumerate(code.text.split("\n") if code is not None else (), 1):
            word = _OF_CLASSES.search(line.partition("#")[0])
            if code is not None and word is not None:
                why = f"whether a classifier is trained is not known: `{word.group()}`"
                yield Unknown(NAME, why, code.lines.at(number), entry.role, Instance("model", entry.model))
                return
    asked = frozenset((*WORDS, "fit", "train"))
    yield from nothing_of(NAME, facts, entry, "training", asked, "it trains no classifier", _trains_no_classes)


def _trains_no_classes(call: CallSeen) -> bool:
    """Whether a training's call has no say in it beyond what the code names: what boosts by parameters must be seen."""
    if call.method == "train" and call.name.startswith(_BOOSTS):
        given = call.argument("params", 0)
        if not isinstance(given, DictValue) or given.open:
            return False
        objectives = [given.entries.get(key, Const("")) for key in ("objective", "loss_function", "application")]
        return all(isinstance(one, Const) and not _OF_CLASSES.search(str(one.value)) for one in objectives)
    return call.method != "predict_proba"


def _verdict(entry: EntryFacts, fact: SecondColumn, instance: Instance) -> Verdict:
    estimator = estimator_of(fact.call.receiver)
    if fact.in_try and _handles_one_column(entry, fact):
        why = "the second column of probabilities is taken where a failure is handled"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    if not is_classifier(estimator):
        why = "the second column of probabilities is taken; of which classifier was not followed"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    fits = _fits(entry, fact.call)
    labels = [call.argument("y", 1) for call in fits]
    data = data_behind(*labels, *(one for call in fits for one in call.positional), fact.call.receiver)
    if looked_at(entry, [*data.calls, fact.call, *fits], _CLASSES) is not None:
        return Seen(NAME, fact.place, "something looks at the classes", entry.role, instance)
    if not data.loads and data.complete and fits:
        return Seen(NAME, fact.place, "the data are made in the code", entry.role, instance)
    if not fits or not data.complete:
        why = "the second column of probabilities is taken; where the label comes from was not followed"
        return Unknown(NAME, why, fact.place, entry.role, instance)
    return _finding(entry, fact, estimator or "", instance)


def _handles_one_column(entry: EntryFacts, fact: SecondColumn) -> bool:
    """Whether a handler of the same file names the error that one column gives."""
    caught = {name for one in entry.of(HandlerSeen) if one.place.path == fact.place.path for name in one.caught}
    return bool(caught & {"IndexError", "ValueError", "LookupError"})


def _fits(entry: EntryFacts, predict: CallSeen) -> list[CallSeen]:
    """The fits of the estimator that predicts."""
    return [call for call in entry.calls("fit") if _same(call.receiver, predict.receiver)]


def _same(one: object, other: object) -> bool:
    made, theirs = getattr(one, "made", None), getattr(other, "made", None)
    return one is other or (made is not None and made is theirs)


def _finding(entry: EntryFacts, fact: SecondColumn, estimator: str, instance: Instance) -> Finding:
    name = estimator.rpartition(".")[2]
    if name in ONE_COLUMN:
        error = "index 1 is out of bounds for axis 1 with size 1"
    elif name.startswith("XGB"):
        error = "Invalid classes inferred from unique values of `y`; in older releases one column of probabilities"
    else:
        error = "the fit refuses: the data contain only one class"
    return Finding(
        NAME,
        "warning",
        fact.place,
        f"the second class's probability is taken of `{name}`, and nothing looks whether the label has two",
        error,
        'if y.nunique() < 2: raise ValueError("the label has one class alone")',
        {"column": "1"},
        entry.role,
        instance,
        entry.targets,
        ((fact.call.place, "the probabilities"),),
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.ensemble import RandomForestClassifier
df = spark.table("main.ml.features").toPandas()
model = RandomForestClassifier()
model.fit(df[["a"]], df["b"])
chances = model.predict_proba(df[["a"]])[:, 1]  # error: [single-class] `RandomForestClassifier`
""",
    good="""\
# Databricks notebook source
from sklearn.ensemble import RandomForestClassifier
df = spark.table("main.ml.features").toPandas()
if df["b"].nunique() < 2:
    raise ValueError("the label has one class alone")
model = RandomForestClassifier()
model.fit(df[["a"]], df["b"])
chances = model.predict_proba(df[["a"]])[:, 1]
""",
    mentions=WORDS,
)
