"""What breaks on no rows, one class, labels in place of probabilities, and a label of zero."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from mlcheck.flow.classifiers import ONE_COLUMN

np = pytest.importorskip("numpy")
pytest.importorskip("sklearn")

X, ONES = [[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]], [1] * 6


def test_a_split_of_no_rows_is_refused() -> None:
    from sklearn.model_selection import train_test_split

    with pytest.raises(ValueError, match=r"With n_samples=0, test_size=0\.2"):
        train_test_split([], [], test_size=0.2)


def test_a_fit_on_no_rows_is_refused() -> None:
    from sklearn.linear_model import LinearRegression

    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        LinearRegression().fit(np.empty((0, 3)), [])


def estimators() -> dict[str, Any]:
    from sklearn.utils import all_estimators

    return dict(all_estimators(type_filter="classifier"))


@pytest.mark.parametrize("name", sorted(ONE_COLUMN))
def test_these_classifiers_give_one_column_for_one_class(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = estimators()[name]().fit(X, ONES)
        given = model.predict_proba(X)
    assert given.shape == (6, 1)
    with pytest.raises(IndexError, match="index 1 is out of bounds for axis 1 with size 1"):
        given[:, 1]


@pytest.mark.parametrize("name", ["LogisticRegression", "GradientBoostingClassifier"])
def test_these_classifiers_refuse_one_class(name: str) -> None:
    with pytest.raises(ValueError, match="class"):
        estimators()[name]().fit(X, ONES)


def test_the_area_under_labels_is_not_that_under_probabilities() -> None:
    from sklearn.metrics import roc_auc_score

    truth, chances = [0, 0, 1, 1], np.array([0.1, 0.4, 0.45, 0.9])
    assert roc_auc_score(truth, chances) == 1.0
    assert roc_auc_score(truth, (chances > 0.5).astype(int)) == 0.75


def test_a_label_of_zero_makes_a_relative_error_infinite() -> None:
    truth = np.array([0.0, 2.0])
    with pytest.warns(RuntimeWarning, match="divide by zero encountered"):
        assert np.isinf(np.mean(np.abs((truth - 1) / truth)))
