"""A training notebook ends without a signal of its success.

An exception that nobody catches fails the task, so `dbutils.notebook.exit("SUCCESS")`
as the last line is a convention, and its absence a note. It is more than that
where the notebook that runs this one looks at what it exits with: without an
exit there is nothing to look at.

Breaks with: nothing in a task; in the notebook that runs it, whatever its comparison does with no value
Source: Databricks' documentation of dbutils.notebook.run and exit; the case study's error 11 and silent failure S3.

Fix: dbutils.notebook.exit("SUCCESS")  # the last line, outside of any handler
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, ExitCall, Facts, ResultSeen
from mlcheck.project.place import Place

NAME = "exit-missing"
WORDS = ("exit",)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    looked = _looked_at(facts)
    for entry in facts.entries:
        if entry.role != "training":
            continue
        instance = Instance("model", entry.model)
        lost = list(facts.unfollowed(entry, words))
        yield from _entry(facts, entry, instance, looked, lost)


def _looked_at(facts: Facts) -> dict[str, list[ResultSeen]]:
    """By a notebook's path, where others run it and look at what it exits with, or may."""
    looked: dict[str, list[ResultSeen]] = {}
    for entry in facts.entries:
        for result in entry.of(ResultSeen):
            if result.kind == "notebook" and (result.fate.kind != "goes-on" or result.fate.tested is not None):
                looked.setdefault(result.name, []).append(result)
    return looked


def _entry(
    facts: Facts,
    entry: EntryFacts,
    instance: Instance,
    looked: dict[str, list[ResultSeen]],
    lost: list[tuple[Place, str]],
) -> Iterator[Verdict]:
    if entry.kind != "notebook":
        yield Seen(NAME, entry.place, "a script: its exit code is the signal", entry.role, instance)
        return
    signal = next((one for one in entry.of(ExitCall) if one.how == "notebook" and one.handler is None), None)
    if signal is not None:
        yield Seen(NAME, signal.place, "success is signalled outside of any handler", entry.role, instance)
        return
    for place, why in lost:
        yield Unknown(NAME, why, place, entry.role, instance)
    asks = looked.get(entry.path, [])
    if lost:
        return
    if not asks:
        yield _finding(facts, entry, instance, None)
        yield Seen(NAME, entry.place, "an exception fails the task; no value is asked for", entry.role, instance)
    elif any(one.fate.kind == "lost" for one in asks):
        yield Unknown(
            NAME, "whether the notebook that runs this looks at its value", asks[0].place, entry.role, instance
        )
    else:
        yield _finding(facts, entry, instance, asks[0])


def _finding(facts: Facts, entry: EntryFacts, instance: Instance, asked: ResultSeen | None) -> Finding:
    code = facts.code(entry.path)
    place = entry.place
    if code is not None:
        lines = [number for number, text in enumerate(code.text.splitlines(), 1) if text.strip()]
        place = code.lines.at(lines[-1]) if lines else place
    message = "training ends without `dbutils.notebook.exit`"
    if asked is not None:
        message += f", and {asked.place.shown()} looks at what it exits with"
    return Finding(
        NAME,
        "info" if asked is None else "warning",
        place,
        message,
        "an uncaught exception fails the task; what is missing is the signal that tells who runs it that it ended well",
        'dbutils.notebook.exit("SUCCESS")',
        {"kind": "convention" if asked is None else "asked"},
        entry.role,
        instance,
        entry.targets,
        ((asked.place, "the value is looked at here"),) if asked is not None else (),
    )


CHECK = Check(
    NAME,
    "info",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
data = spark.table("main.ml.sales").toPandas()
model = LinearRegression().fit(data[["area"]], data["price"])  # error: [exit-missing] ends without
""",
    good="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
data = spark.table("main.ml.sales").toPandas()
model = LinearRegression().fit(data[["area"]], data["price"])
dbutils.notebook.exit("SUCCESS")
""",
    mentions=WORDS,
)
