"""The cases of the checks on frames, run on Spark: each line that is said to break does, and no other.

The tables that a case declares are made empty; its notebooks run statement by
statement, so that what follows a failure still runs. A case whose heading says
"(not run on Spark: why)" is left out, and one that needs the feature client.
"""

from __future__ import annotations

import ast
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from case_files import Case, read_cases

pytest.importorskip("pyspark")
yaml = pytest.importorskip("yaml")

CHECKS = {
    "column-not-found": ("UNRESOLVED_COLUMN", "UNRESOLVED_USING", "FIELD_NOT_FOUND", "ATTRIBUTE_NOT_SUPPORTED"),
    "ambiguous-column": ("AMBIGUOUS_REFERENCE", "AMBIGUOUS_COLUMN", "UNRESOLVED_COLUMN"),  # the last of a sort
    "scd2-filter-wrong": ("UNRESOLVED_COLUMN", "ATTRIBUTE_NOT_SUPPORTED"),
}
# The feature client, cells of SQL, other catalogs, volumes, tables that can be altered and QUALIFY are not there.
NOT_HERE = ("databricks.feature", "MAGIC %sql", "main.", "/Volumes/", "ALTER TABLE", "QUALIFY")
RUN = re.compile(r"^(?:# MAGIC )?%run (\S+)$", re.MULTILINE)
CASES = [
    case
    for case in read_cases(Path(__file__).parents[1] / "cases" / "checks")
    if case.source.removesuffix(".md").replace("_", "-") in (*CHECKS, "scd2-filter-missing", "join-multiplies-rows")
    and "not run on Spark" not in case.name
    and not any(word in text for text in case.files.values() for word in NOT_HERE)
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("warehouse")
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.warehouse.dir", str(folder)).config("spark.sql.shuffle.partitions", "1")
    session = builder.getOrCreate()
    yield session
    session.stop()


@dataclass
class Ran:
    """What came of a case's notebooks: the lines of each statement that failed, by check, and other failures."""

    failed: set[tuple[str, int, int, str]] = field(default_factory=set)
    others: list[str] = field(default_factory=list)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}: {case.name}")
def test_spark_refuses_the_lines_that_are_said_to_break(
    case: Case, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    made = declare(case, spark)
    for path, text in case.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    ran = Ran()
    known = set(sys.modules)
    called = {name.removeprefix("./").removesuffix(".py") for text in case.files.values() for name in RUN.findall(text)}
    for path, text in case.files.items():
        if text.startswith("# Databricks notebook source") and path.removesuffix(".py") not in called:
            run_notebook(path, case, names(spark), tmp_path, ran)
    for name in set(sys.modules) - known:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]
    clean(spark, made)
    wanted = {(path, line, check) for path, line, check, _ in case.expected("error") if check in CHECKS}
    assert not ran.others
    for path, first, last, condition in ran.failed:
        fits = [row for row in wanted if row[0] == path and first <= row[1] <= last]
        assert any(condition.startswith(CHECKS[check]) for _, _, check in fits), (path, first, condition)
    for path, line, check in wanted:
        assert any(one[0] == path and one[1] <= line <= one[2] for one in ran.failed), (path, line, check)


def test_a_join_by_a_part_of_a_key_gives_each_row_once_for_each_of_the_others(spark: Any) -> None:
    bookings = spark.createDataFrame([(1, 7), (2, 7)], "booking_id int, property_id int")
    days = spark.createDataFrame([(7, 1), (7, 2), (7, 3)], "property_id int, day int")
    assert bookings.join(days, "property_id").count() == 6
    assert bookings.join(days.groupBy("property_id").count(), "property_id").count() == 2


def declare(case: Case, spark: Any) -> list[str]:
    """Make the tables that a case declares, empty."""
    spark.sql("CREATE DATABASE IF NOT EXISTS gold")
    made = []
    for path, text in case.files.items():
        if path.endswith(".yml") and "table_name" in text:
            table = yaml.safe_load(text)
            name = f"gold.{table['table_name'].rpartition('.')[2]}"
            columns = ", ".join(f"`{one['name']}` {one['type']}" for one in table["columns"])
            spark.sql(f"DROP TABLE IF EXISTS {name}")
            spark.sql(f"CREATE TABLE {name} ({columns}) USING parquet")
            made.append(name)
    return made


def clean(spark: Any, made: list[str]) -> None:
    for one in spark.catalog.listTables("gold"):
        spark.sql(f"DROP TABLE IF EXISTS {one.name}" if one.isTemporary else f"DROP TABLE IF EXISTS gold.{one.name}")
    for one in spark.catalog.listTables():
        if one.isTemporary:
            spark.catalog.dropTempView(one.name)


def names(spark: Any) -> dict[str, Any]:
    """What a notebook has without importing it."""
    widgets = SimpleNamespace(get=lambda name: "gold", text=lambda *_: None)
    return {"spark": spark, "dbutils": SimpleNamespace(widgets=widgets), "display": lambda *_: None, "__name__": "n"}


def run_notebook(path: str, case: Case, scope: dict[str, Any], folder: Path, ran: Ran) -> None:
    text = case.files[path]
    called = {text.count("\n", 0, match.start()) + 1: match.group(1) for match in RUN.finditer(text)}
    for statement in ast.parse(text).body:
        for line in [line for line in sorted(called) if line < statement.lineno]:
            run_notebook(f"{called.pop(line).removeprefix('./')}.py", case, scope, folder, ran)
        module = ast.Module([statement], [])
        try:
            exec(compile(module, str(folder / path), "exec"), scope)
        except Exception as error:
            note(error, case, folder, ran)


def note(error: Exception, case: Case, folder: Path, ran: Ran) -> None:
    """The statement that failed, and Spark's name for it; a name that an earlier failure left undefined is none."""
    from pyspark.errors import PySparkException

    if isinstance(error, NameError):
        return
    spots = [(Path(one.filename), one.lineno or 0) for one in traceback.extract_tb(error.__traceback__)]
    inside = [(str(file.relative_to(folder)), line) for file, line in spots if file.is_relative_to(folder)]
    if not inside or not isinstance(error, (PySparkException, AttributeError)):
        ran.others.append(f"{type(error).__name__} at {inside[-1:]}: {error}"[:500])
        return
    path, line = inside[-1]
    condition = error.getCondition() if isinstance(error, PySparkException) else ""
    if not condition and "Cannot resolve column name" in str(error):
        condition = "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES"
    if condition == "_LEGACY_ERROR_TEMP_1201":
        condition = "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES"
    first, last = statement_at(case.files[path], line)
    ran.failed.add((path, first, last, condition or f"{type(error).__name__}: {error}"[:200]))


def statement_at(text: str, line: int) -> tuple[int, int]:
    """The lines of the innermost statement around a line."""
    best = (line, line)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
            body = getattr(node, "body", None)
            if not body:
                best = (node.lineno, node.end_lineno or line)
    return best
