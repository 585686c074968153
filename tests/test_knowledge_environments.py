"""What is known of runtimes, distributions and pins: each row can be read, and says where it is from."""

from __future__ import annotations

import pytest

from mlcheck.knowledge.bad_pins import bad_names, bad_pairs, python_needs, refusals
from mlcheck.knowledge.distributions import brought_by, distributions_of, is_standard
from mlcheck.knowledge.runtimes import cluster_runtime, in_every, serverless_runtime


def test_every_row_of_pins_says_its_source() -> None:
    sources = [
        *(row.source for row in bad_pairs()),
        *(row.source for row in refusals()),
        *(row.source for row in python_needs()),
        *(row.source for row in bad_names().values()),
    ]
    assert len(sources) > 30
    assert all(sources)


def test_a_pair_says_what_breaks_and_what_to_install() -> None:
    assert all(pair.error and "==" in pair.fix for pair in bad_pairs())


@pytest.mark.parametrize(
    ("spark_version", "name", "python", "package"),
    [
        ("15.4.x-scala2.12", "Databricks Runtime 15.4", "3.11", "pandas"),
        ("15.4.x-cpu-ml-scala2.12", "Databricks Runtime 15.4 ML", "3.11", "xgboost"),
        ("16.4.x-gpu-ml-scala2.12", "Databricks Runtime 16.4 ML", "3.12", "lightgbm"),
        ("13.3.x-photon-scala2.12", "Databricks Runtime 13.3", "3.10", "numpy"),
        ("16.4.x-scala2.13", "Databricks Runtime 16.4", "3.12", "mlflow-skinny"),
    ],
)
def test_a_runtime_is_known_by_its_version(spark_version: str, name: str, python: str, package: str) -> None:
    runtime = cluster_runtime(spark_version)
    assert runtime is not None
    assert (runtime.name, runtime.python) == (name, python)
    assert package in runtime.packages


@pytest.mark.parametrize("spark_version", ["99.9.x-scala2.12", "auto:latest-ml", "custom:image", "", "15.4"])
def test_what_is_not_known_is_none(spark_version: str) -> None:
    assert cluster_runtime(spark_version) is None


def test_a_plain_runtime_has_no_xgboost_and_a_later_ml_runtime_no_hyperopt() -> None:
    plain, early, late = (cluster_runtime(f"{one}-scala2.12") for one in ("15.4.x", "16.4.x-cpu-ml", "17.3.x-cpu-ml"))
    assert plain is not None and early is not None and late is not None
    assert "xgboost" not in plain.packages and "xgboost" not in plain.unlisted
    assert "hyperopt" in early.unlisted
    assert "hyperopt" not in late.unlisted and "hyperopt" not in late.packages


def test_serverless_environments_are_known_by_their_version() -> None:
    one, four = serverless_runtime("1"), serverless_runtime("4")
    assert one is not None and four is not None
    assert (one.python, four.python) == ("3.10", "3.12")
    assert serverless_runtime("99") is None


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("sklearn.linear_model", ("scikit-learn",)),
        ("yaml", ("pyyaml",)),
        ("databricks.sdk.service", ("databricks-sdk",)),
        ("databricks.unheard_of", ()),
        ("PIL.Image", ("pillow",)),
        ("mlflow", ("mlflow", "mlflow-skinny")),
        ("unheard_of", ()),
    ],
)
def test_a_module_is_brought_by_its_distributions(module: str, expected: tuple[str, ...]) -> None:
    assert distributions_of(module) == expected


def test_what_a_distribution_brings_is_followed_to_the_end() -> None:
    brought, unknown = brought_by(["mlflow"])
    assert {"pandas", "numpy", "scikit-learn", "mlflow-skinny", "databricks-sdk"} <= brought
    assert "xgboost" not in brought
    assert "our-own" in brought_by(["our-own"])[1]
    assert "mlflow" not in unknown


def test_the_standard_library_is_that_of_any_python() -> None:
    assert all(is_standard(name) for name in ("os.path", "distutils.core", "tomllib", "imp", "__future__"))
    assert not is_standard("yaml")


def test_pandas_is_everywhere_and_xgboost_is_not() -> None:
    assert {"pandas", "pyspark"} <= in_every(False) < in_every(True)
    assert "xgboost" not in in_every(True)
