"""What is called broken SQL is refused by Spark's own parser, and what is called right is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mlcheck.flow.sql import read_sql

pytest.importorskip("pyspark")

BROKEN = (
    "SELECT a b c FROM t",
    "SELECT * FROM (SELECT 1",
    "SELECT a FROM t GROUP a",
    "SELECT * FROM t LIMT 10",
    "CREATE TABLE t (a INT, b STRING,)",
    "INSERT INTO t VALUES (1,2",
    "INSERT INTO t VALUES (1,2),",
    "SELECT 'abc FROM t",
    "MERGE INTO t USING s ON t.a=s.b WHEN MATCHED UPDATE SET *",
    "SELECT a FROM t JOIN s ON",
    "SELECT a FROM t WHERE a IN ()",
    "SELECT CASE WHEN a THEN 1 FROM t",
    "SELECT count(* FROM t",
    "SELECT a,, b FROM t",
    "UPDATE t SET a = 1, WHERE b = 2",
    "WITH a AS (SELECT 1) b AS (SELECT 2) SELECT * FROM a",
    "SELECT a FROM t; SELECT 2",
    "SELECT cast(a int) FROM t",
    "ALTER SCHEMA s SET TBLPROPERTIES ('a'='b')",
    "CREATE SCHEMA s TBLPROPERTIES ('a'='b')",
    "ALTER DATABASE s SET TBLPROPERTIES ('a'='b')",
)
RIGHT = (
    "SELECT a FROM t WHERE x == 1",
    "SELECT 1; -- done",
    "SELECT a, FROM t",
    "SELECT * FROM t WHERE",
    "SELECT a AS FROM t",
    "ALTER SCHEMA s SET DBPROPERTIES ('a'='b')",
    "SELECT a FROM t LIMIT 3 OFFSET 2",
    "SELECT * EXCEPT (a) FROM t",
    "FROM t |> WHERE a > 1",
    "INSERT INTO t BY NAME SELECT 1 AS a",
    "INSERT OVERWRITE t PARTITION (d='x') SELECT 1",
    "SELECT a FROM t LATERAL VIEW explode(b) x AS y",
    "SELECT * FROM t PIVOT (sum(a) FOR b IN (1,2))",
    "MERGE INTO t USING s ON t.a=s.a WHEN NOT MATCHED BY SOURCE THEN DELETE",
    "SELECT * FROM IDENTIFIER(:t)",
    "SELECT r'abc', \"it's\", 'it''s', 'it\\'s'",
    "SELECT a FROM delta.`/x/y`",
    "SELECT transform(a, x -> x + 1) FROM t",
)
# Databricks' alone, so that Spark's parser can't judge: QUALIFY, `raw:path`, `t@v1`
# (https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-qry-select-qualify and its neighbours).
DATABRICKS = (
    "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1",
    "SELECT a:b.c FROM t",
    "OPTIMIZE t ZORDER BY (a)",
    "ALTER SCHEMA s ENABLE PREDICTIVE OPTIMIZATION",
)


@pytest.fixture(scope="session")
def parses() -> Iterator[Callable[[str], bool]]:
    from pyspark.errors import ParseException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = builder.getOrCreate()
    parser = session._jsparkSession.sessionState().sqlParser()

    def judge(text: str) -> bool:
        try:
            parser.parsePlan(text)
        except ParseException:
            return False
        return True

    yield judge
    session.stop()


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_called_broken_spark_refuses(text: str, parses: Callable[[str], bool]) -> None:
    assert read_sql(text).problem is not None
    assert not parses(text)


@pytest.mark.parametrize("text", RIGHT)
def test_what_spark_takes_is_not_called_broken(text: str, parses: Callable[[str], bool]) -> None:
    assert read_sql(text).problem is None
    assert parses(text)


@pytest.mark.parametrize("text", DATABRICKS)
def test_what_only_databricks_takes_is_not_called_broken(text: str) -> None:
    assert read_sql(text).problem is None


def test_the_query_of_a_snapshot_parses(parses: Callable[[str], bool]) -> None:
    from mlcheck.knowledge.snapshot_query import snapshot_query

    text = snapshot_query("main", ["gold", "it's"])
    assert parses(text)
    assert read_sql(text).understood
