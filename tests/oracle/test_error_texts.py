"""The errors that released libraries raise today are those that the catalogue knows: each is made, and read back."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlcheck.diagnosis.recognise import Recognised, read_errors

pytest.importorskip("pandas")
pytest.importorskip("sklearn")

# What is run, the entry that its trace must be read as, and a name that must be read from it.
PYTHON = {
    "from sklearn.model_selection import train_test_split as s; s(pd.DataFrame({'a': []}), test_size=0.2)": "split-empty",
    "L().fit(pd.DataFrame({'a': []}), [])": "split-empty",
    "pd.Series([Decimal('1.2')]) - 1.5": "decimal-arithmetic",
    "import json; json.dumps({'a': Decimal('1')})": "decimal-arithmetic",
    "import datetime as d; pd.DataFrame({'d': [d.date(2024, 1, 1)]})['d'].dt.month": "date-accessor",
    "from sklearn.ensemble import RandomForestClassifier as R; R(2).fit([[1], [2]], [0, 0]).predict_proba([[1]])[:, 1]": "one-class",
    "from sklearn.linear_model import LogisticRegression as R; R().fit([[1], [2]], [0, 0])": "one-class",
    "from sklearn.ensemble import GradientBoostingClassifier as G; G().fit([[1], [2]], [0, 0])": "one-class",
    "from sklearn.model_selection import train_test_split as s; s([[1], [2], [3]], [0, 0, 1], stratify=[0, 0, 1])": "one-class",
    "from sklearn.linear_model import LogisticRegression as R; R().fit([[1], [2]], [0.1, 0.7])": "label-type",
    "from sklearn.metrics import accuracy_score as a; a([0, 1], [0.2, 0.8])": "label-type",
    "L().fit(pd.DataFrame({'a': ['red', 'blue']}), [1, 2])": "text-column-in-model",
    "L().fit(pd.DataFrame({'a': [1.0, np.nan]}), [1, 2])": "values-not-clean",
    "L().fit(pd.DataFrame({'a': [1.0, np.inf]}), [1, 2])": "values-not-clean",
    "pd.Series([1.0, np.nan]).astype(int)": "values-not-clean",
    "L().fit(AB, [1, 2]).predict(AB.rename(columns={'b': 'c'}))": "feature-names-differ",
    "L().fit(AB, [1, 2]).predict(AB[['b', 'a']])": "feature-names-differ",
    "L().fit(AB.to_numpy(), [1, 2]).predict([[1]])": "feature-names-differ",
    "from sklearn.preprocessing import OneHotEncoder as O; O().fit([['x']]).transform([['y']])": "category-unseen",
    "from sklearn.preprocessing import LabelEncoder as O; O().fit(['a']).transform(['b'])": "category-unseen",
    "from sklearn.svm import LinearSVC as S; S().fit([[1], [2]], [0, 1]).predict_proba([[1]])": "predict-proba-missing",
    "AB['nights_stayed']": "frame-key-missing",
    "AB[['a', 'nights_stayed']]": "frame-column-missing",
    "AB[['x', 'y']]": "frame-column-missing",
    "AB.drop(columns=['x'])": "frame-column-missing",
    "AB.nights_stayed": "frame-column-missing",
    "pd.to_numeric(pd.Series(['red']))": "text-not-a-number",
    "AA.merge(AA, on='a', validate='one_to_one')": "frame-merge-not-unique",
    "sum([]) / len([])": "zero-division",
    "Decimal(1) / Decimal(0)": "zero-division",
    "undefined_thing": "name-undefined",
    "exec('def f():\\n    print(x)\\n    x = 1\\nf()')": "name-undefined",
    "exec('def f(:')": "code-does-not-parse",
    "exec('def f():\\npass')": "code-does-not-parse",
    "import nowhere_at_all.features": "package-missing",
    "exec('from .helpers import x', {'__name__': 'train', '__package__': ''})": "relative-import",
    "np.float_": "versions-do-not-fit",
}
MLFLOW = {
    "infer(L(), AB, AB.astype('float32'), AB)": "input-type",
    "infer(L(), AB, AB, AB.astype(bool))": "input-type",
    "infer(L(), AB, AB, AB.assign(a=['house', 'flat']))": "input-not-encoded",
    "infer(L(), AB, AB, AB[['a']])": "input-missing",
    "with mlflow.start_run(): mlflow.sklearn.log_model(L(), artifact_path='m', name='m')": "log-model-name",
    "with mlflow.start_run(): mlflow.sklearn.log_model(L(), name='m', reg_model_name='x')": "log-model-name",
    "with mlflow.start_run(): mlflow.sklearn.log_model(L(), name='m', code_paths=['src/helpers'])": "code-path-missing",
    "mlflow.log_metric('a', 1); mlflow.start_run()": "run-already-active",
    "with mlflow.start_run(): mlflow.log_params({'a': 1}); mlflow.log_params({'a': 2})": "parameter-changed",
    "with mlflow.start_run(): mlflow.log_metric('a', 'high')": "metric-not-a-number",
    "C.create_registered_model('demand'); mlflow.pyfunc.load_model('models:/demand@champion')": "model-not-found",
    "mlflow.pyfunc.load_model('models:/other/1')": "model-not-found",
    "C.create_registered_model('m'); mlflow.pyfunc.load_model('models:/m/Production')": "model-stage-unsupported",
    "mlflow.create_experiment('e'); mlflow.create_experiment('e')": "experiment-node-exists",
    "mlflow.set_registry_uri('foo://x'); mlflow.MlflowClient().create_registered_model('a')": "registry-not-unity-catalog",
}
SPARK = {
    "frame.select('nights_stayed')": ("column-unresolved", "nights_stayed"),
    "frame.select(F.col('is_current'))": ("current-flag-unresolved", "is_current"),
    "spark.sql('select nights_stayed from d')": ("column-unresolved", "nights_stayed"),
    "frame.filter('is_current = true')": ("current-flag-unresolved", "is_current"),
    "frame.dropDuplicates(['missing'])": ("column-unresolved", "missing"),
    "frame.na.fill({'missing': 0})": ("column-unresolved", "missing"),
    "frame.join(other, 'destination')": ("join-column-unresolved", "destination"),
    "frame.join(other, frame.id == other.id).select('id')": ("column-ambiguous", "id"),
    "spark.sql('ALTER SCHEMA gold SET TBLPROPERTIES (a = 1)')": ("schema-tblproperties", ""),
    "spark.sql('selct * frm d')": ("sql-syntax", "selct"),
    "spark.sql('select * from dim_propertys')": ("table-not-found", "dim_propertys"),
    "spark.sql('select 1/0').collect()": ("spark-divide-by-zero", ""),
    "spark.sql(\"select cast('red' as double)\").collect()": ("cast-invalid", "red"),
    "frame.select(F.udf(lambda x: 1 / 0)('id')).collect()": ("zero-division", ""),
}


def raised(program: str, names: dict[str, Any]) -> list[Recognised]:
    try:
        exec(compile(program, "train.py", "exec"), names)
    except BaseException:
        return list(read_errors(traceback.format_exc(), frozenset()).recognised)
    pytest.fail(f"nothing was raised: {program}")


def names() -> dict[str, Any]:
    import numpy
    import pandas
    from sklearn.linear_model import LinearRegression

    both = pandas.DataFrame({"a": [1.0, 2.0], "b": [2.0, 3.0]})
    twice = pandas.DataFrame({"a": [1, 1]})
    decimal = __import__("decimal").Decimal
    return {"pd": pandas, "np": numpy, "L": LinearRegression, "AB": both, "AA": twice, "Decimal": decimal}


@pytest.mark.parametrize("program", PYTHON)
def test_what_python_pandas_and_scikit_learn_raise_is_known(program: str) -> None:
    found = raised(program, names())
    assert [one.error.id for one in found][-1] == PYTHON[program]


@pytest.fixture
def tracking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_registry_uri(f"sqlite:///{tmp_path}/mlflow.db")

    def infer(model: Any, fitted: Any, signed: Any, given: Any) -> None:
        """Log a model that was fitted on one frame, signed with another, and let it predict a third."""
        model.fit(fitted, [1, 2])
        signature = mlflow.models.infer_signature(signed, model.predict(fitted))
        with mlflow.start_run():
            info = mlflow.sklearn.log_model(model, name="m", signature=signature)
        mlflow.pyfunc.load_model(info.model_uri).predict(given)

    yield {**names(), "mlflow": mlflow, "C": mlflow.MlflowClient(), "infer": infer}
    while mlflow.active_run():
        mlflow.end_run()


@pytest.mark.parametrize("program", MLFLOW)
def test_what_mlflow_raises_is_known(program: str, tracking: dict[str, Any]) -> None:
    found = raised(program, tracking)
    assert [one.error.id for one in found] == [MLFLOW[program]]


@pytest.fixture(scope="module")
def session() -> Iterator[dict[str, Any]]:
    pytest.importorskip("pyspark")
    from pyspark.sql import SparkSession, functions

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    frame = spark.createDataFrame([(1, "x")], "id int, avg_nights_booked string")
    frame.createOrReplaceTempView("d")
    other = spark.createDataFrame([(1, "x")], "id int, name string")
    yield {"spark": spark, "F": functions, "frame": frame, "other": other}


@pytest.mark.parametrize("program", SPARK)
def test_what_spark_raises_is_known(program: str, session: dict[str, Any]) -> None:
    found = raised(program, session)
    assert found[0].error.id == SPARK[program][0]
    assert SPARK[program][1] in {"", *found[0].names.values()}


def test_what_argparse_says_is_known() -> None:
    parser = "import argparse; p = argparse.ArgumentParser(); p.add_argument('--catalog', required=True); "
    for arguments, name in (("[]", "--catalog"), ("['--catalog', 'x', '--schema', 'y']", "--schema")):
        done = subprocess.run(
            [sys.executable, "-c", f"{parser} p.parse_args({arguments})"], capture_output=True, text=True
        )
        (found,) = read_errors(done.stderr, frozenset()).recognised
        assert found.error.id == "options-wrong" and found.names["parameter"] == name
