"""Frames: what mlcheck says of columns, types and refusals is what Spark says."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession
from spark_judge import by_mlcheck, by_spark, disagreement, missed
from spark_programs import PROGRAMS, TABLES
from spark_random import program

RANDOM = int(os.environ.get("MLCHECK_PROGRAMS", "500"))
# What Spark refuses and mlcheck does not see, with the reason.
NOT_SEEN = {
    "mixed aggregate": "whether a selection mixes aggregates with columns is not looked at",
}


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    for name, ddl in TABLES.items():
        session.createDataFrame([], ddl).createOrReplaceTempView(name)
    yield session
    for name in TABLES:
        session.catalog.dropTempView(name)


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_is_followed_as_spark_runs_it(spark: SparkSession, title: str) -> None:
    real, ours = by_spark(spark, PROGRAMS[title]), by_mlcheck(PROGRAMS[title], TABLES)
    assert disagreement(real, ours) is None
    assert (missed(real, ours) is not None) == (title in NOT_SEEN)


def test_programs_made_at_random_are_never_refused_where_spark_runs_them(spark: SparkSession) -> None:
    wrong, refused, unseen = [], 0, 0
    for seed in range(RANDOM):
        text = program(seed)
        real, ours = by_spark(spark, text), by_mlcheck(text, TABLES)
        told = disagreement(real, ours)
        if told is not None:
            wrong.append(f"seed {seed}: {told}")
        refused += real.refused is not None
        unseen += missed(real, ours) is not None
    assert wrong == []
    assert unseen <= refused * 0.08, f"{unseen} of {refused} refusals were not seen"
