"""Real Spark as the judge of expressions: many at once, each with its type, nullability and name, or why it is refused.

The analyser is run without its last check, which stops at the first mistake:
what is refused stays unresolved in the plan, and the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

BATCH, PARTS = 100, 10  # how many are analysed at once, and into how many parts those that fail are cut


@dataclass(frozen=True)
class Answer:
    """`condition` is the error condition where Spark refuses, else ""."""

    type: str = ""
    nullable: bool | None = None
    name: str = ""
    condition: str = ""

    @property
    def runs(self) -> bool:
        return not self.condition


class Judge:
    """One session of Spark, with or without ANSI."""

    def __init__(self, session: Any, ansi: bool = True) -> None:
        self.session = session
        self.java = session._jsparkSession
        self.ansi(ansi)

    def ansi(self, on: bool) -> None:
        self.session.conf.set("spark.sql.ansi.enabled", str(on).lower())

    def table(self, name: str, ddl: str) -> None:
        """An empty table as a view; columns are null unless the DDL says `NOT NULL`."""
        schema = self.session._jvm.org.apache.spark.sql.types.StructType.fromDDL(ddl)
        rows = self.session._jvm.java.util.ArrayList()
        self.java.createDataFrame(rows, schema).createOrReplaceTempView(name)

    def expressions(self, table: str, texts: Sequence[str], where: str = "") -> list[Answer]:
        """Each expression of SQL, as `SELECT` over the table sees it alone. `where`: `GROUP BY` and the like."""
        found: list[Answer] = []
        for start in range(0, len(texts), BATCH):
            found += self._batch(table, list(texts[start : start + BATCH]), where)
        return found

    def _batch(self, table: str, texts: list[str], where: str) -> list[Answer]:
        try:
            found = self._analysed(table, texts, where)
        except Exception as error:
            if len(texts) == 1:
                return [Answer(condition=condition_of(error))]
            found = None
        if found is not None and len(found) == len(texts):
            return found
        if len(texts) == 1:
            return [Answer(condition="SEVERAL_COLUMNS")]
        parts = max(len(texts) // PARTS, 1)
        return [
            answer
            for start in range(0, len(texts), parts)
            for answer in self._batch(table, texts[start : start + parts], where)
        ]

    def _analysed(self, table: str, texts: list[str], where: str) -> list[Answer]:
        state = self.java.sessionState()
        listed = ", ".join(texts)
        plan = state.analyzer().execute(state.sqlParser().parsePlan(f"SELECT {listed} FROM {table} {where}"))
        return [_answer(one) for one in _listed(plan)]


def _listed(plan: Any) -> Iterator[Any]:
    """The expressions of the topmost projection or aggregation, whatever the analyser put above it."""
    for _ in range(8):
        kind = plan.getClass().getSimpleName()
        if kind == "Project":
            yield from items(plan.projectList())
            return
        if kind == "Aggregate":
            yield from items(plan.aggregateExpressions())
            return
        plan = plan.children().apply(0)


def items(found: Any) -> list[Any]:
    return [found.apply(index) for index in range(found.size())]


def _answer(expression: Any) -> Answer:
    if expression.resolved():
        return Answer(expression.dataType().catalogString(), expression.nullable(), expression.name())
    return Answer(condition=_why(expression))


def _why(expression: Any) -> str:
    """The condition of the innermost part that is not resolved."""
    for child in items(expression.children()):
        if not child.resolved():
            return _why(child)
    kind = expression.getClass().getSimpleName()
    if kind.startswith("Unresolved"):
        return str(kind)
    checked = expression.checkInputDataTypes()
    if checked.isSuccess():
        return str(kind)
    return f"DATATYPE_MISMATCH.{checked.errorSubClass()}" if hasattr(checked, "errorSubClass") else kind


def condition_of(error: Exception) -> str:
    condition: str | None = getattr(error, "getCondition", lambda: None)()
    return condition or type(error).__name__


@contextmanager
def spark(ansi: bool = True) -> Iterator[Judge]:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "1").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield Judge(session, ansi)
    session.conf.unset("spark.sql.ansi.enabled")
    session.stop()
