"""The Spark session is stopped: on Databricks it is shared, and nothing after it runs.

Breaks with: IllegalStateException: Cannot call methods on a stopped SparkContext
Source: Databricks' documentation of jobs (shared SparkContext); the case study's rule.

Fix: take spark.stop() out; the platform ends the session
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts

NAME = "session-stopped"
WORDS = ("stop",)
_SESSIONS = frozenset(
    {"pyspark.sql.SparkSession.stop", "pyspark.SparkContext.stop", "pyspark.sql.SparkSession.sparkContext.stop"}
)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        lost = list(facts.unfollowed(entry, words))
        for place, why in lost:
            yield Unknown(NAME, why, place, entry.role, instance)
        stops = [call for call in entry.calls("stop") if call.name in _SESSIONS]
        for call in stops:
            yield _stop(entry, call, instance)
        if not stops and not lost:
            yield Seen(NAME, entry.place, "the session is not stopped", entry.role, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _stop(entry: EntryFacts, call: CallSeen, instance: Instance) -> Verdict:
    if not entry.on_databricks:
        why = "the session is stopped: wrong on Databricks, right in a script that runs elsewhere"
        return Unknown(NAME, why, call.place, entry.role, instance)
    return Finding(
        NAME,
        "warning",
        call.place,
        "the Spark session is stopped, and on Databricks it is not this code's own",
        "IllegalStateException: Cannot call methods on a stopped SparkContext, in whatever runs after it",
        "take this line out: the platform ends the session",
        {},
        entry.role,
        instance,
        entry.targets,
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit(x, y)
spark.stop()  # error: [session-stopped] not this code's own
""",
    good="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit(x, y)
query = spark.readStream.table("t").writeStream.toTable("u")
""",
    mentions=WORDS,
)
