"""A score that wants probabilities is given labels: AUC or log loss of `predict`.

The AUC of hard labels is that of one threshold, and the log loss of them is
enormous; both look like numbers.

Breaks with: nothing: a wrong number is logged, and compared
Source: scikit-learn 1.7, executed (tests/oracle/test_guards.py).

Fix: roc_auc_score(y_test, model.predict_proba(x_test)[:, 1])
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.classifiers import labels_of
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.values import Const, Derived, Made, Value, options_of

NAME = "score-from-labels"

_SCORES = {
    "roc_auc_score": ("y_score", 1),
    "average_precision_score": ("y_score", 1),
    "roc_curve": ("y_score", 1),
    "precision_recall_curve": ("y_score", 1),
    "log_loss": ("y_pred", 1),
    "brier_score_loss": ("y_proba", 1),
}
WORDS = tuple(_SCORES)
_EVALUATOR = "pyspark.ml.evaluation.BinaryClassificationEvaluator"


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        for method, (keyword, position) in _SCORES.items():
            for call in entry.calls(method):
                if call.name.startswith("sklearn.metrics"):
                    yield from _score(entry, call, call.argument(keyword, position), instance)
        yield from _evaluators(entry, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _score(entry: EntryFacts, call: CallSeen, given: Value | None, instance: Instance) -> Iterator[Verdict]:
    for option in options_of(given) if given is not None else ():
        kind = _kind(option)
        if kind == "labels":
            yield _finding(entry, call, instance)
        elif kind == "scores":
            note = f"`{call.method}` is given probabilities"
            yield Seen(NAME, call.place, note, entry.role, instance)
        else:
            why = f"what `{call.method}` is given was not followed: labels, or probabilities"
            yield Unknown(NAME, why, call.place, entry.role, instance)


def _kind(value: Value, depth: int = 0) -> str:
    """Whether a value is labels or scores, as far as the calls that it comes from say."""
    if isinstance(value, Derived):
        return "labels" if value.how in ("compare", "equal") and _of_probabilities(value) else "unknown"
    call = value.call if isinstance(value, Made) else None
    if call is None or depth > 8:
        return "unknown"
    if call.method in ("predict_proba", "decision_function", "predict_log_proba"):
        return "scores"
    if call.method == "predict":
        return labels_of(call)
    if call.method in ("astype", "ravel", "flatten", "to_numpy", "reshape", "squeeze", "copy") and call.receiver:
        return _kind(call.receiver, depth + 1)
    return "unknown"


def _of_probabilities(value: Made) -> bool:
    return bool(value.calls) and all(call.method == "predict_proba" for call in value.calls)


def _evaluators(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    """Spark's evaluator of two classes, told to rank by the prediction."""
    for call in entry.calls("BinaryClassificationEvaluator"):
        if call.name != _EVALUATOR:
            continue
        column = call.argument("rawPredictionCol", 0)
        if isinstance(column, Const) and column.value == "prediction":
            yield _finding(entry, call, instance)
        elif column is None or isinstance(column, Const):
            yield Seen(NAME, call.place, "the evaluator ranks by the raw prediction", entry.role, instance)
        else:
            yield Unknown(NAME, "by which column the evaluator ranks is not known", call.place, entry.role, instance)


def _finding(entry: EntryFacts, call: CallSeen, instance: Instance) -> Finding:
    fix = (
        'BinaryClassificationEvaluator(rawPredictionCol="rawPrediction")'
        if call.name == _EVALUATOR
        else f"{call.method}(y_test, model.predict_proba(x_test)[:, 1])"
    )
    return Finding(
        NAME,
        "warning",
        call.place,
        f"`{call.method}` is given labels, and wants probabilities",
        "nothing fails: the number is that of one threshold, and no measure of the ranking",
        fix,
        {"call": call.method},
        entry.role,
        instance,
        entry.targets,
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
model = RandomForestClassifier().fit(x, y)
auc = roc_auc_score(t, model.predict(z))  # error: [score-from-labels] wants probabilities
""",
    good="""\
# Databricks notebook source
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, roc_auc_score
model = RandomForestClassifier().fit(x, y)
auc = roc_auc_score(t, model.predict_proba(z)[:, 1])
accuracy = accuracy_score(t, model.predict(z))
""",
    mentions=WORDS,
)
