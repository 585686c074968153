"""Runs a pipeline's notebooks on local Spark: tables made from their schemas, and stand-ins for what is not here.

Every statement of a notebook runs alone, and what Spark refuses is noted. Other
failures, as of a model on made-up rows, are passed over: Spark is the judge of
frames, and of nothing else.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.machinery
import io
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any, ClassVar
from unittest.mock import MagicMock

from feature_client import FeatureEngineeringClient, FeatureLookup
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import types as T

ROWS = 40
CATALOG = "spark_catalog"


@dataclass(frozen=True)
class Refused:
    """What Spark, or the feature client, refuses: the notebook, the statement's first and last line, and the error."""

    path: str
    first: int
    last: int
    error: str


# What pipelines import and Spark itself does not.
_STUBBED = frozenset(
    [
        "databricks",
        "mlflow",
        "sklearn",
        "xgboost",
        "lightgbm",
        "prophet",
        "matplotlib",
        "seaborn",
        "delta",
        "shap",
        "hyperopt",
        "optuna",
        "statsmodels",
        "plotly",
        "imblearn",
        "catboost",
        "category_encoders",
    ]
)


class _Stub(ModuleType):
    """A module that is not installed: whatever is asked of it is there, and does nothing."""

    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=f"{self.__name__}.{name}")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands behind all other finders: a stub for every module that nobody finds."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in _STUBBED:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = _Stub(spec.name)
        if spec.name.startswith(("databricks.feature_engineering", "databricks.feature_store")):
            module.FeatureEngineeringClient = FeatureEngineeringClient  # type: ignore[attr-defined]
            module.FeatureStoreClient = FeatureEngineeringClient  # type: ignore[attr-defined]
            module.FeatureLookup = FeatureLookup  # type: ignore[attr-defined]
        return module

    def exec_module(self, module: ModuleType) -> None:
        return None


def session() -> SparkSession:
    """Spark in this process, with databases `gold` and `ml`, and stubs for modules that are missing."""
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "1").config("spark.sql.ansi.enabled", "true")
    spark = builder.config("spark.sql.warehouse.dir", tempfile.mkdtemp()).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    sys.meta_path.append(_Finder())
    return spark


def make_table(spark: SparkSession, name: str, columns: Sequence[tuple[str, str]]) -> None:
    """A table with some rows; `name` with its schema, columns with their types as DDL."""
    database = name.split(".")[0]
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {database}")
    ddl = ", ".join(f"`{column}` {kind}" for column, kind in columns)
    schema = T.StructType.fromDDL(ddl) if hasattr(T.StructType, "fromDDL") else spark.createDataFrame([], ddl).schema
    rows = [tuple(_value(field.dataType, index) for field in schema) for index in range(ROWS)]
    spark.sql(f"DROP TABLE IF EXISTS {CATALOG}.{name}")
    spark.createDataFrame(rows, schema).coalesce(1).write.mode("overwrite").saveAsTable(f"{CATALOG}.{name}")


def _value(kind: T.DataType, index: int) -> object:
    match kind:
        case T.StringType():
            return ["web", "ios", "android", "north"][index % 4]
        case T.BooleanType():
            return index % 2 == 0
        case T.DecimalType():
            return Decimal(index)
        case T.DateType():
            return date(2024, 1, 1) + timedelta(days=index)
        case T.TimestampType() | T.TimestampNTZType():
            return datetime(2024, 1, 1) + timedelta(days=index)
        case T.DoubleType() | T.FloatType():
            return float(index)
        case T.ArrayType(elementType=inner):
            return [_value(inner, index)]
        case T.MapType():
            return {}
        case T.StructType(fields=fields):
            return tuple(_value(one.dataType, index) for one in fields)
        case _:
            return index


def run(spark: SparkSession, path: str, text: str, parameters: Mapping[str, str]) -> list[Refused]:
    """Run a notebook, statement by statement."""
    scope: dict[str, Any] = {"spark": spark, "dbutils": _utilities(parameters), "display": lambda *a, **k: None}
    scope["sc"] = spark.sparkContext
    found = []
    for node in ast.parse(text).body:
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                exec(compile(ast.Module([node], []), path, "exec"), scope)
        except AnalysisException as error:
            found.append(Refused(path, node.lineno, node.end_lineno or node.lineno, str(error).split("\n")[0][:200]))
        except FeatureRefusal as error:
            found.append(Refused(path, node.lineno, node.end_lineno or node.lineno, str(error)))
        except PySparkException as error:
            if "ATTRIBUTE_NOT_SUPPORTED" in str(error):
                found.append(Refused(path, node.lineno, node.end_lineno or node.lineno, str(error)[:200]))
        except _Exit:
            break
        except Exception:
            pass
    return found


class _Exit(BaseException):
    """`dbutils.notebook.exit`."""


class _Widgets:
    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = dict(given)

    def get(self, name: str) -> str:
        return self.given.get(name, CATALOG if "catalog" in name else "x")

    def text(self, name: str, default: str = "", label: str = "") -> None:
        self.given.setdefault(name, default)

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **keywords: None


def _utilities(parameters: Mapping[str, str]) -> Any:
    def leave(value: str = "") -> None:
        raise _Exit

    utilities = MagicMock(name="dbutils")
    utilities.widgets = _Widgets(parameters)
    utilities.notebook.exit = leave
    return utilities


from feature_client import FeatureRefusal  # noqa: E402


def statements(found: Iterable[Refused]) -> Iterator[tuple[str, int, int]]:
    for one in found:
        yield one.path, one.first, one.last
