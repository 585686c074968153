"""A column is read that the frame does not have.

The columns of a frame are known where its table's schema is in the repository,
where the code writes the table itself, or where a selection names them. A name
that is none of them fails when the line runs: in a job, after the cluster has
started and everything above has run.

Breaks with: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable … with name `nights_stayed` cannot be resolved
Breaks with: KeyError: 'nights_stayed'
Source: Spark 4.0.1 and pandas 2.2, executed (tests/oracle); the case study's errors 3, 4, 21 and 23.

Fix: F.col("avg_nights_booked")  # the name that the table has: spark.table("gold.dim_property").printSchema()
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Unknown, Verdict
from mlcheck.checks.dimensions import is_wrong_filter
from mlcheck.checks.frame_verdicts import columns_shown, looked_up, made_by, problems
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.printable import nearest

NAME = "column-not-found"
WORDS = ("select", "withColumn", "groupBy", "selectExpr", "dropDuplicates")
_CONDITIONS = {
    "UNRESOLVED_COLUMN.WITH_SUGGESTION": (
        "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `{name}` cannot be"
        " resolved"
    ),
    "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES": 'Cannot resolve column name "{name}" among ({columns})',
    "UNRESOLVED_USING_COLUMN_FOR_JOIN": (
        "[UNRESOLVED_USING_COLUMN_FOR_JOIN] USING column `{name}` cannot be resolved on one side of the join"
    ),
    "FIELD_NOT_FOUND": "[FIELD_NOT_FOUND] {detail}",
    "KeyError": "KeyError: '{name}'",
}


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model) if entry.role is not None else Instance("project", "project")
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        broken = {one.place for one in problems(entry, *_CONDITIONS)}
        for problem in problems(entry, *_CONDITIONS):
            if not is_wrong_filter(problem):  # `scd2-filter-wrong` says it
                yield _verdict(entry, problem, instance)
        for verdict in looked_up(NAME, entry, instance):
            if verdict.place not in broken:
                yield verdict
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(entry: EntryFacts, problem: FrameProblem, instance: Instance) -> Verdict:
    if problem.in_try:
        why = f"`{problem.name}` is none of the frame's columns, and a handler stands around it"
        return Unknown(NAME, why, problem.place, entry.role, instance)
    near = nearest(problem.name.rpartition(".")[2], dict.fromkeys(problem.schema.names))
    shown = columns_shown(problem.schema)
    error = _CONDITIONS[problem.condition].format(
        name=problem.name, columns=", ".join(problem.schema.names), detail=problem.detail
    )
    tables = {source.table for one in problem.schema for source in one.sources}
    help_ = f"write `{near}`; the frame has {shown}" if near else f"the frame has {shown}: take one of them"
    subject = {"column": problem.name}
    if len(tables) == 1:
        subject["table"] = tables.pop().rpartition(".")[2]
    if near:
        subject["suggestion"] = near
    return Finding(
        NAME,
        "error",
        problem.place,
        f"no column `{problem.name}` here" + (f": did you mean `{near}`?" if near else ""),
        error,
        help_,
        subject,
        entry.role,
        instance,
        entry.targets,
        made_by(problem),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from pyspark.sql import functions as F
df = spark.createDataFrame([(1, 2.0)], "property_id bigint, avg_nights_booked double")
df.withColumn("long_stay", F.col("nights_stayed") > 7)  # error: [column-not-found] `nights_stayed`
""",
    good="""\
# Databricks notebook source
from pyspark.sql import functions as F
df = spark.createDataFrame([(1, 2.0)], "property_id bigint, avg_nights_booked double")
df.withColumn("long_stay", F.col("avg_nights_booked") > 7)
""",
    mentions=WORDS,
)
