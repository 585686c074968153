"""Which estimators classify, and what their `predict` gives.

Sources: scikit-learn 1.7, xgboost 3, lightgbm 4, catboost 1.2, read; one-class fits of scikit-learn's executed
(tests/oracle/test_guards.py).
"""

from __future__ import annotations

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.values import ListValue, Made, Obj, Value

_NAMES = frozenset(
    [
        "LogisticRegression",
        "LogisticRegressionCV",
        "SVC",
        "NuSVC",
        "LinearSVC",
        "GaussianNB",
        "BernoulliNB",
        "MultinomialNB",
        "ComplementNB",
        "CategoricalNB",
        "LinearDiscriminantAnalysis",
        "QuadraticDiscriminantAnalysis",
    ]
)
_LIBRARIES = frozenset(["sklearn", "xgboost", "lightgbm", "catboost", "imblearn"])
_FORECASTERS = frozenset(["prophet", "pmdarima", "statsforecast"])
_WRAPPERS = frozenset(["GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "Pipeline", "make_pipeline"])
# These fit on one class, and then give one column of probabilities.
ONE_COLUMN = frozenset(
    [
        "RandomForestClassifier",
        "ExtraTreesClassifier",
        "DecisionTreeClassifier",
        "ExtraTreeClassifier",
        "KNeighborsClassifier",
        "BaggingClassifier",
        "GaussianNB",
        "DummyClassifier",
    ]
)


def estimator_of(value: Value | None, depth: int = 0) -> str | None:
    """The class of an estimator, the last of a pipeline's or the one that a search tries; None where not known."""
    made: CallSeen | None = None
    cls: str | None = None
    if isinstance(value, Obj):
        made, cls = value.made, value.cls
    elif isinstance(value, Made) and value.call is not None:
        made, cls = value.call, value.cls or value.call.name
        if made.method == "fit":
            return estimator_of(made.receiver, depth + 1)
    if cls is None or depth > 6:
        return None
    name = cls.rpartition(".")[2]
    if name in _WRAPPERS and made is not None:
        return _wrapped(made, depth)
    return cls


def _wrapped(made: CallSeen, depth: int) -> str | None:
    given = made.positional[-1] if made.method == "make_pipeline" and made.positional else made.argument("steps", 0)
    if made.method.endswith("SearchCV"):
        given = made.argument("estimator", 0)
    if isinstance(given, ListValue) and given.items and not given.open:
        last = given.items[-1]
        given = last.items[-1] if isinstance(last, ListValue) and last.items else last
    return estimator_of(given, depth + 1)


def is_classifier(cls: str | None) -> bool | None:
    """Whether a class of the known libraries classifies; None for any other."""
    if cls is not None and cls.partition(".")[0] in _FORECASTERS:
        return False
    if cls is None or cls.partition(".")[0] not in _LIBRARIES:
        return None
    name = cls.rpartition(".")[2]
    return name.endswith("Classifier") or name in _NAMES if name[:1].isupper() else None


def labels_of(predict: CallSeen) -> str:
    """What a `predict` gives: labels of a classifier of the known libraries, scores of a regressor, or unknown."""
    known = is_classifier(estimator_of(predict.receiver))
    if known is None:
        return "unknown"
    return "labels" if known else "scores"
