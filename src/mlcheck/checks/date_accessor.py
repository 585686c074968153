"""`.dt` is used on a column that holds no timestamps.

A DATE of Spark arrives from `toPandas()` as objects of Python's `date`, not as
datetime64, and so does text. pandas then has no `.dt`. A TIMESTAMP does arrive
as datetime64.

Breaks with: AttributeError: Can only use .dt accessor with datetimelike values
Source: pandas 2.2 and 3.1, pyspark 4.0.1, executed (tests/oracle); the case study's error 24.

Fix: df["day"] = pd.to_datetime(df["day"])  # before .dt
     df = df.withColumn("month", F.month("day"))  # or in Spark, where a DATE is a date
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.frame_verdicts import made_by
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.problems import AccessorUsed, FrameProblem

NAME = "date-accessor"
WORDS = ("dt",)
_ACCESSOR = re.compile(r"\.dt\b")


def run(facts: Facts) -> Iterator[Verdict]:
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        problems = {fact.place: fact for fact in entry.of(FrameProblem) if fact.via == "dt"}
        for used in entry.of(AccessorUsed):
            if used.accessor == "dt":
                yield _verdict(entry, used, problems.get(used.place), instance)
        if entry.role == "training" and not any(one.accessor == "dt" for one in entry.of(AccessorUsed)):
            yield from _none_used(facts, entry, instance)


def _none_used(facts: Facts, entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    """No accessor of dates was met: n/a where no code that it reaches has one."""
    for path in sorted(entry.reached):
        code = facts.code(path)
        for number, line in enumerate(code.text.split("\n") if code is not None else (), 1):
            if code is not None and _ACCESSOR.search(line.partition("#")[0]):
                why = "`.dt` of what was not followed"
                yield Unknown(NAME, why, code.lines.at(number), entry.role, instance)
                return
    yield from nothing_of(NAME, facts, entry, "training", frozenset(), "no accessor of dates is used")


def _verdict(entry: EntryFacts, used: AccessorUsed, problem: FrameProblem | None, instance: Instance) -> Verdict:
    name = f"`{used.column}`" if used.column else "the column"
    if problem is None:
        if used.fits:
            return Seen(NAME, used.place, f"{name} holds times ({used.type})", entry.role, instance)
        return Unknown(NAME, f"whether {name} holds times", used.place, entry.role, instance)
    if problem.in_try:
        return Unknown(NAME, f"{name} holds no times, and a handler stands around it", used.place, entry.role, instance)
    of = " (a DATE of Spark)" if getattr(used.type, "holds", "") == "date" else ""
    column = used.column or "column"
    return Finding(
        NAME,
        "error",
        used.place,
        f"`.dt` on {name}, which holds {_said(used)}{of}",
        "AttributeError: Can only use .dt accessor with datetimelike values",
        f'df["{column}"] = pd.to_datetime(df["{column}"])  # before it',
        {"column": used.column},
        entry.role,
        instance,
        entry.targets,
        made_by(problem),
    )


def _said(used: AccessorUsed) -> str:
    holds = getattr(used.type, "holds", "")
    words = {
        "span": "the difference of dates as objects",
        "date": "dates as objects",
        "str": "text",
        "decimal": "Decimals",
    }
    return words.get(holds, f"values of {used.type}")


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
pdf = spark.createDataFrame([], "day date, y double").toPandas()
pdf["month"] = pdf["day"].dt.month  # error: [date-accessor] dates as objects
LinearRegression().fit(pdf[["month"]], pdf["y"])
""",
    good="""\
# Databricks notebook source
import pandas as pd
from sklearn.linear_model import LinearRegression
pdf = spark.createDataFrame([], "day date, y double").toPandas()
pdf["day"] = pd.to_datetime(pdf["day"])
pdf["month"] = pdf["day"].dt.month
LinearRegression().fit(pdf[["month"]], pdf["y"])
""",
    mentions=WORDS,
)
