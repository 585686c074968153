"""A column is named alone that both sides of a join have.

Spark keeps both columns after a join by a condition, and a bare name then means
neither. A join by the name itself (`on="id"`) keeps one.

Breaks with: [AMBIGUOUS_REFERENCE] Reference `destination_id` is ambiguous, could be: [`a`.…, `b`.…]
Source: Spark 4.0.1, executed (tests/oracle); the case study's error 22.

Fix: bookings.join(destinations, "destination_id")
     bookings.join(destinations.drop("name"), bookings.destination_id == destinations.destination_id)
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Unknown, Verdict
from mlcheck.checks.frame_verdicts import looked_up, made_by, problems
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.problems import FrameProblem

NAME = "ambiguous-column"
WORDS = ("join",)
_CONDITION = "AMBIGUOUS_REFERENCE"


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("project", "")
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        broken = set()
        for problem in problems(entry, _CONDITION):
            broken.add(problem.place)
            yield _verdict(entry, problem, instance)
        if any(call.name.startswith("pyspark.") for call in entry.calls("join", "crossJoin")):
            for verdict in looked_up(NAME, entry, instance):
                if verdict.place not in broken:
                    yield verdict
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(entry: EntryFacts, problem: FrameProblem, instance: Instance) -> Verdict:
    if problem.in_try:
        why = f"`{problem.name}` is ambiguous, and a handler stands around it"
        return Unknown(NAME, why, problem.place, entry.role, instance)
    name = problem.name.rpartition(".")[2]
    sides = [one for one in problem.schema if one.called(name)]
    tables = list(dict.fromkeys(source.table for one in sides for source in one.sources))
    both = f", of {' and '.join(f'`{table}`' for table in tables[:3])}" if tables else ""
    count = len(sides) or 2
    return Finding(
        NAME,
        "error",
        problem.place,
        f"`{problem.name}` may be either of {count} columns{both}",
        f"[AMBIGUOUS_REFERENCE] Reference `{problem.name}` is ambiguous, could be: "
        f"[{', '.join([f'`{name}`'] * count)}]",
        f'join by the name, so that it is there once: `.join(other, "{name}")`; or drop one side\'s before:'
        f' `other.drop("{name}")`',
        {"column": problem.name},
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
bookings = spark.createDataFrame([(1, 2)], "booking_id bigint, destination_id bigint")
places = spark.createDataFrame([(2, "x")], "destination_id bigint, name string")
both = bookings.join(places, bookings.destination_id == places.destination_id)
both.select("booking_id", "destination_id")  # error: [ambiguous-column] `destination_id`
""",
    good="""\
# Databricks notebook source
bookings = spark.createDataFrame([(1, 2)], "booking_id bigint, destination_id bigint")
places = spark.createDataFrame([(2, "x")], "destination_id bigint, name string")
both = bookings.join(places, "destination_id")
both.select("booking_id", "destination_id")
""",
    mentions=WORDS,
)
