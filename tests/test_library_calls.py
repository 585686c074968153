"""What functions take by release: the data, its reader, and how a call is bound."""

from __future__ import annotations

from packaging.version import Version

from mlcheck.knowledge.library_calls import knows, names_of, releases, signature


def takes(function: str, release: str, package: str = "mlflow") -> tuple[str, ...]:
    found = signature(package, function, Version(release))
    assert found is not None
    return found.names


def test_a_keyword_is_there_from_the_release_that_brought_it() -> None:
    assert "run_id" not in takes("mlflow.log_metric", "2.9.2")
    assert "run_id" in takes("mlflow.log_metric", "2.10.0")
    assert "name" not in takes("mlflow.sklearn.log_model", "2.22.5")
    assert "name" in takes("mlflow.sklearn.log_model", "3.0.0")


def test_a_keyword_is_gone_from_the_release_that_took_it_away() -> None:
    assert "code_path" in takes("mlflow.pyfunc.log_model", "2.22.5")
    assert "code_path" not in takes("mlflow.pyfunc.log_model", "3.0.0")


def test_a_function_is_missing_before_it_came() -> None:
    assert signature("mlflow", "mlflow.log_input", Version("2.3.2")) is None
    assert signature("mlflow", "mlflow.log_input", Version("2.4.2")) is not None
    assert "set_registered_model_alias" not in names_of("mlflow", "mlflow.MlflowClient", Version("2.2.2"))
    assert "set_registered_model_alias" in names_of("mlflow", "mlflow.MlflowClient", Version("2.9.2"))


def test_what_is_required_and_what_takes_anything_is_known() -> None:
    logs = signature("mlflow", "mlflow.xgboost.log_model", Version("2.9.2"))
    assert logs is not None and logs.any_keywords and logs.required == {"xgb_model", "artifact_path"}
    client = "databricks.feature_engineering.FeatureEngineeringClient.log_model"
    feature = signature("databricks-feature-engineering", client, Version("0.18.2"))
    assert feature is not None and feature.positional == () and {"artifact_path", "flavor"} <= feature.required
    assert "name" not in feature.names


def test_a_module_that_may_have_other_names_is_never_said_to_lack_one() -> None:
    found = signature("mlflow", "mlflow.data.from_something", Version("3.1.4"))
    assert found is not None and found.anything
    assert not knows("mlflow", "mlflow.entities.Metric")


def test_each_minor_release_is_there() -> None:
    minors = {(one.major, one.minor) for one in releases("mlflow")}
    assert {(2, minor) for minor in range(23)} | {(3, minor) for minor in range(18)} <= minors
    engineering = {one.minor for one in releases("databricks-feature-engineering")}
    assert set(range(2, 19)) - engineering == set()
