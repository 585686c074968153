"""Each function of `pyspark.sql.functions` gives the column that Spark gives, with its name and type.

The calls stand in python_functions.txt, each such as Spark takes with ANSI and
without (tools/spark_function_calls.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pyspark")

from spark_judge import by_mlcheck, by_spark, disagreement, opened
from type_judge import Judge, spark
from type_programs import DDL

CALLS = Path(__file__).with_name("python_functions.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with spark() as one:
        one.table("t", DDL)
        yield one


@pytest.mark.parametrize("ansi", [True, False])
def test_a_function_of_python_gives_the_column_that_spark_gives(judge: Judge, ansi: bool) -> None:
    judge.ansi(ansi)
    wrong, unknown = [], 0
    for start in range(0, len(CALLS), 40):
        lines = [f"d{index} = t.select({call})" for index, call in enumerate(CALLS[start : start + 40])]
        program = "\n".join(["from pyspark.sql import functions as F", "t = spark.table('t')", *lines])
        real, ours = by_spark(judge.session, program), by_mlcheck(program, {"t": DDL})
        assert real.refused is None
        told = disagreement(real, ours)
        wrong += [told] if told is not None else []
        unknown += len(opened(real, ours))
    assert wrong == []
    assert unknown < len(CALLS) * 0.35
