"""Types, nulls, names and refusals of expressions: what mlcheck says of them is what Spark does, with ANSI and without.

Known disagreements stand in type_disagreements.tsv, each with its reason; a new one fails.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence

import pytest

pytest.importorskip("pyspark")

from type_compare import Tally, compare
from type_judge import Judge, spark
from type_programs import SEED, cases, casts, functions, lambdas, trees, windows

from mlcheck.flow.frames.expr import Expr

TREES = int(os.environ.get("MLCHECK_TREES", "500"))


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with spark() as one:
        yield one


def _agree(judge: Judge, exprs: Sequence[Expr]) -> Tally:
    tally = compare(judge, exprs)
    print(f"\n{tally}")
    assert not tally.new(), "\n".join(str(one) for one in tally.new()[:40])
    return tally


def test_functions_over_every_type_give_what_spark_gives(judge: Judge) -> None:
    tally = _agree(judge, list(functions(random.Random(SEED))))
    assert tally.count["types told"] > 10 * tally.count["types not told"]


def test_casts_cases_and_items_give_what_spark_gives(judge: Judge) -> None:
    _agree(judge, [*casts(), *cases(random.Random(SEED))])


def test_lambdas_and_windows_give_what_spark_gives(judge: Judge) -> None:
    _agree(judge, [*lambdas(), *windows()])


def test_trees_by_chance_give_what_spark_gives(judge: Judge) -> None:
    tally = _agree(judge, trees(TREES))
    assert tally.count["types told"] > 10 * tally.count["types not told"]
