"""The flag of the current version is filtered on a table that does not have it.

A dimension that keeps no history has one row for each key, and no `is_current`.
The filter is copied from one that does, and the job fails at that line.

Breaks with: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable … with name `is_current` cannot be resolved
Source: Spark 4.0.1, executed (tests/oracle); the case study's error 21.

Fix: destinations = spark.table("gold.dim_destination")  # no history: no filter
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.dimensions import dimensions, is_wrong_filter, table_name
from mlcheck.checks.frame_verdicts import columns_shown, made_by, problems
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.flow.frames.rows import VersionsSettled

NAME = "scd2-filter-wrong"
WORDS = ("is_current", "current_flag", "is_latest")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role)
        broken = set()
        for problem in problems(entry, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES"):
            if is_wrong_filter(problem):
                verdict = _verdict(entry, problem)
                broken.add(verdict.instance)
                yield verdict
        yield from _right(entry, broken)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(entry: EntryFacts, problem: FrameProblem) -> Verdict:
    tables = list(dict.fromkeys(source.table for one in problem.schema for source in one.sources))
    instance = Instance("table", tables[0] if tables else "?")
    flag = problem.name.rpartition(".")[2]
    if problem.in_try:
        why = f"`{flag}` is not there, and a handler stands around it"
        return Unknown(NAME, why, problem.place, entry.role, instance)
    of = f"`{tables[0]}` has no `{flag}`" if len(tables) == 1 else f"no `{flag}` here"
    return Finding(
        NAME,
        "error",
        problem.place,
        f"{of}: it keeps no history" if not _had(problem) else f"{of} any more",
        "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name"
        f" `{flag}` cannot be resolved",
        f"take the filter away; the frame has {columns_shown(problem.schema)}"
        if not _had(problem)
        else f"filter on `{flag}` before it is left out of the columns",
        {"column": flag, "table": tables[0].rpartition(".")[2] if tables else ""},
        entry.role,
        instance,
        entry.targets,
        made_by(problem),
    )


def _had(problem: FrameProblem) -> bool:
    """Whether a table behind the frame keeps history: the flag was left out on the way."""
    return bool(problem.schema.rows.versions)


def _right(entry: EntryFacts, broken: set[Instance | None]) -> Iterator[Verdict]:
    for one in entry.of(VersionsSettled):
        yield Seen(NAME, one.place, f"chosen {one.how}", entry.role, Instance("table", one.table))
    for read in dimensions(entry):
        instance = Instance("table", table_name(read))
        if not read.schema.closed:
            lost = read.schema.lost
            yield Unknown(NAME, lost.why if lost else "its columns are not known", read.place, entry.role, instance)
        elif instance not in broken:
            yield Seen(NAME, read.place, "filtered on no flag that it does not have", entry.role, instance)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: schemas/dim_destination.yml
table_name: dim_destination
schema: gold
scd_type: 1
primary_key: [destination_id]
columns:
  - {name: destination_id, type: BIGINT}
  - {name: country, type: STRING}
# file: notebook.py
# Databricks notebook source
from pyspark.sql import functions as F
places = spark.table("gold.dim_destination").filter(F.col("is_current"))  # error: [scd2-filter-wrong] `is_current`
""",
    good="""\
# file: schemas/dim_destination.yml
table_name: dim_destination
schema: gold
scd_type: 1
primary_key: [destination_id]
columns:
  - {name: destination_id, type: BIGINT}
  - {name: country, type: STRING}
# file: notebook.py
# Databricks notebook source
destinations = spark.table("gold.dim_destination").filter("country = 'NZ'")
""",
    mentions=WORDS,
)
