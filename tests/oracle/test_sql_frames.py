"""Columns, types and errors of SQL, against Spark's own analyser."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.importorskip("pyspark")

from sql_programs import DATABRICKS, TABLES, programs
from sql_random import random_programs

from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.schema import Attribute, Schema, Source, Spot, unknown
from mlcheck.flow.frames.sql_spots import SqlSpot, TextOrigin
from mlcheck.flow.frames.sql_statements import run_sql
from mlcheck.flow.frames.types import INTERVAL, Struct, parse_type
from mlcheck.project.place import LineMap


@dataclass(frozen=True)
class Told:
    """What is said of a statement: the error's condition, "" where it runs; else its columns with their types."""

    condition: str
    columns: tuple[tuple[str | None, str | None], ...] = ()
    closed: bool = True


def ours(text: str) -> Told:
    origin = TextOrigin(LineMap("x.sql", text), text, 1)
    reading = Reading(SqlSpot(origin, 0, len(text)), "SQL")
    result = run_sql(text, origin, _table, reading)
    for problem in reading.problems:
        assert problem.place.line >= 1
    if reading.problems:
        return Told(reading.problems[0].condition)
    columns = tuple((one.name, _shown(one.type)) for one in result.schema)
    return Told("", columns, result.schema.lost is None)


def _shown(kind: object) -> str | None:
    return None if kind is None or kind == INTERVAL or "?" in str(kind) else str(kind)


def _table(name: str, spot: Spot | None) -> Schema:
    levels = name.lower().split(".")
    ddl = TABLES.get(".".join(levels[1:] if levels[0] == "spark_catalog" else levels).removeprefix("default."))
    if ddl is None:
        return unknown(f"no table {name}", spot)
    kind = parse_type(f"struct<{ddl}>")
    assert isinstance(kind, Struct)
    qualifier = tuple(levels)
    return Schema(tuple(Attribute(n, one, True, qualifier, (Source(name, n, one),)) for n, one in kind.fields))


class Judge:
    """Spark's analyser: nothing is executed."""

    def __init__(self, session: object) -> None:
        self.session = session
        self.state = session._jsparkSession.sessionState()  # type: ignore[attr-defined]
        jvm = session._jvm  # type: ignore[attr-defined]
        self.mode = jvm.org.apache.spark.sql.execution.CommandExecutionMode.SKIP()

    def __call__(self, text: str) -> Told:
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import PySparkException

        try:
            plan = self.state.sqlParser().parsePlan(text)
            execution = self.state.executePlan(plan, self.mode)
            execution.assertAnalyzed()
        except PySparkException as error:
            return Told(error.getCondition() or type(error).__name__)
        except Py4JJavaError:  # Spark's own bug
            return Told("INTERNAL_ERROR")
        schema = execution.analyzed().schema()
        fields = [schema.apply(index) for index in range(schema.length())]
        return Told("", tuple((one.name(), one.dataType().catalogString()) for one in fields))


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    from pyspark.sql import SparkSession

    warehouse = tmp_path_factory.mktemp("warehouse")
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", str(warehouse))
        .config("spark.sql.ansi.enabled", "true")
        .getOrCreate()
    )
    session.sql("CREATE DATABASE IF NOT EXISTS other")
    for name, ddl in TABLES.items():
        session.sql(f"DROP TABLE IF EXISTS {name}")
        session.sql(f"CREATE TABLE {name} ({ddl}) USING parquet")
    yield Judge(session)
    for name in TABLES:
        session.sql(f"DROP TABLE IF EXISTS {name}")


RANDOM = int(os.environ.get("MLCHECK_RANDOM_SQL", "200"))
SEED = int(os.environ.get("MLCHECK_RANDOM_SEED", "11"))
OURS = frozenset(["UNRESOLVED_COLUMN.WITH_SUGGESTION", "AMBIGUOUS_REFERENCE"])


def disagreement(text: str, spark: Told, we: Told) -> str | None:
    """What is said otherwise; None where the two agree, or we do not know."""
    if not spark.condition and we.condition:
        return f"refused by us alone: {we.condition}"
    if spark.condition:
        if not we.condition and spark.condition in OURS:
            return f"not seen: {spark.condition}"
        return None
    if we.closed and len(we.columns) != len(spark.columns):
        return f"Spark: {spark.columns}; we: {we.columns}"
    if not we.closed:
        return None
    for (name, kind), (our_name, our_kind) in zip(spark.columns, we.columns, strict=True):
        if our_name is not None and our_name != name:
            return f"the name is {name}, and we say {our_name}"
        if our_kind is not None and our_kind != kind:
            return f"the type of {name} is {kind}, and we say {our_kind}"
    return None


@pytest.mark.parametrize("text", programs())
def test_what_is_said_of_a_statement_is_what_spark_says(text: str, judge: Judge) -> None:
    assert disagreement(text, judge(text), ours(text)) is None


@pytest.mark.parametrize("text", programs(DATABRICKS))
def test_what_only_databricks_takes_is_not_refused(text: str) -> None:
    assert ours(text).condition == ""


def test_random_statements_that_spark_runs_are_never_refused(judge: Judge) -> None:
    wrong, refused, unseen = [], 0, 0
    for text in random_programs(RANDOM, SEED):
        spark = judge(text)
        told = disagreement(text, spark, ours(text))
        refused += spark.condition in OURS
        if told is not None and told.startswith("not seen"):
            unseen += 1
        elif told is not None:
            wrong.append(f"{told}: {text}")
    assert wrong == []
    assert unseen <= refused * 0.2, f"{unseen} of {refused} were not seen"
