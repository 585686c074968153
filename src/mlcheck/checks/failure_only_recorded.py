"""A failure is written down, and the job goes on as if nothing was: a list, a status, a tag, a table row.

Four forms. A handler around the run's work notes the failure (in a list, a
count, a tag, a table, the exit's text) and nothing that follows raises on it.
The errors of a loop are collected, and raised only where *all* of them failed.
A function that checks something returns False where it does not hold, and
nobody looks at what it returns. A list of errors is printed, or a tag says
FAILED, where a validation does not hold.

Breaks with: nothing: the job reports SUCCESS with a part of its work undone
Source: Databricks' documentation of jobs (a task fails by an uncaught exception or an exit code); what audits of
    public pipelines met more than once.

Fix: if failures:
         raise RuntimeError(f"{len(failures)} of {len(models)} failed: {failures}")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, Facts, HandlerSeen, ResultSeen, Work
from mlcheck.flow.swallowing import Judged, judged
from mlcheck.flow.works import STRONG, WORDS, kind_of

NAME = "failure-only-recorded"
MENTIONS = ("except",)

_WHY = "what is written down raises nothing, so the task ends as a success and its notifications stay silent"


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(MENTIONS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        yield from _entry(entry, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    seen = False
    for handler in entry.of(HandlerSeen):
        for verdict in _handler(entry, handler, judged(entry, handler), instance):
            seen = True
            yield verdict
    works = any(kind_of(call) in STRONG for calls in entry.by_method.values() for call in calls)
    listed: set[tuple[str, str]] = set()
    for result in entry.of(ResultSeen):
        if not works and not (result.kind == "tag" and _others_wait(entry)):
            continue
        if result.kind == "validation":
            seen = True
            yield _validation(entry, result, instance)
        elif result.kind in _NOTED and (entry.role is not None or entry.callers):
            verdict = _noted(entry, result, instance)
            seen = True
            if not isinstance(verdict, Finding) or (result.place.path, result.name) not in listed:
                yield verdict
            if isinstance(verdict, Finding):
                listed.add((result.place.path, result.name))
    if not seen:
        yield Seen(NAME, entry.place, "no failure is written down in place of a raise", entry.role, instance)


def _others_wait(entry: EntryFacts) -> bool:
    """Whether tasks of its job wait for an entry point: what it finds should keep them from running."""
    return any(
        caller.job is not None and caller.task is not None and any(caller.task.key in one.depends_on for one in tasks)
        for caller in entry.callers
        for tasks in ([caller.job.tasks] if caller.job is not None else [])
    )


def _handler(entry: EntryFacts, handler: HandlerSeen, how: Judged, instance: Instance) -> Iterator[Verdict]:
    match how:
        case Judged("recorded", what, _, Work() as work):
            what = what if what.startswith(("a ", "the ")) else f"`{what}`"
            yield _finding(entry, handler, work, f"only {what} tells of it", "handler", instance)
        case Judged("all", _, place, Work() as work):
            where = f" ({place.seen_from(handler.place)})" if place is not None else ""
            yield _finding(entry, handler, work, f"it raises only where all failed{where}", "all", instance)
        case Judged("told", _, place, Work() as work):
            if entry.callers and all(caller.task is not None for caller in entry.callers):
                yield _finding(entry, handler, work, "only the notebook's exit value tells of it", "exit", instance)
            else:
                why = "a failure is told in the notebook's exit value: who runs it may look at that"
                yield Unknown(NAME, why, place or handler.place, entry.role, instance)
        case Judged("fine"):
            if handler.fate.kind == "leads":
                yield Seen(NAME, handler.place, "what the handler writes down leads to a raise", entry.role, instance)
        case _:
            return


def _finding(entry: EntryFacts, handler: HandlerSeen, work: Work, how: str, kind: str, instance: Instance) -> Finding:
    call = work.name.rpartition(".")[2]
    return Finding(
        NAME,
        "error",
        handler.place,
        f"a failure of {WORDS[work.kind]} (`{call}`, {work.place.seen_from(handler.place)}) is caught, and {how}",
        _WHY,
        _fix(handler, kind),
        {"kind": kind, "call": call},
        entry.role,
        instance,
        entry.targets,
        ((work.place, f"`{call}`, which may fail"),),
    )


def _fix(handler: HandlerSeen, kind: str) -> str:
    left = handler.fate.left
    if kind == "all":
        return f'if {left or "failures"}:\n    raise RuntimeError(f"failed: {{{left or "failures"}}}")'
    if left and not left.startswith("."):
        return f'if {left}:  # after the loop\n    raise RuntimeError(f"failed: {{{left}}}")'
    return "raise  # as the last line of the handler"


def _validation(entry: EntryFacts, result: ResultSeen, instance: Instance) -> Verdict:
    fate = result.fate
    if fate.kind == "lost":
        return Unknown(NAME, fate.why, fate.place or result.place, entry.role, instance)
    if fate.kind not in ("goes-on", "told", "all") or fate.tested is not None:
        return Seen(NAME, result.place, f"what `{result.name}` returns is looked at", entry.role, instance)
    return Finding(
        NAME,
        "warning",
        result.place,
        f"`{result.name}` returns False where it does not hold, and nobody looks at it",
        "a check that raises nothing, and whose result is dropped, stops nothing",
        f'if not {result.name}(…):\n    raise ValueError("{result.name} failed")',
        {"kind": "validation", "call": result.name},
        entry.role,
        instance,
        entry.targets,
    )


_NOTED = {
    "collected": (
        "`{}` collects what does not hold, and nothing raises on it",
        'if {0}:\n    raise ValueError("; ".join(map(str, {0})))',
    ),
    "tag": ("a tag says `{}`, and the run goes on as if it held", 'raise ValueError("{}")  # after the tag'),
}


def _noted(entry: EntryFacts, result: ResultSeen, instance: Instance) -> Verdict:
    """A list of errors, or a tag that says that something failed: what it leads to."""
    fate = result.fate
    if fate.kind in ("lost", "told"):
        why = fate.why or "what does not hold is told in the notebook's exit value: who runs it may look at that"
        return Unknown(NAME, why, fate.place or result.place, entry.role, instance)
    if fate.kind != "goes-on":
        return Seen(NAME, result.place, "what does not hold raises", entry.role, instance)
    if fate.gates:
        why = "what does not hold keeps the run from some of its work: whether it should fail is a person's call"
        return Unknown(NAME, why, fate.tested or result.place, entry.role, instance)
    message, fix = _NOTED[result.kind]
    return Finding(
        NAME,
        "warning",
        result.place,
        message.format(result.name),
        _WHY,
        fix.format(result.name),
        {"kind": result.kind, "name": result.name},
        entry.role,
        instance,
        entry.targets,
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
data = spark.table("main.ml.sales").toPandas()
failures = []
for target in ["price", "nights"]:
    try:
        LinearRegression().fit(data[["area"]], data[target])
    except Exception as e:  # error: [failure-only-recorded] only `failures` tells of it
        failures.append(f"{target}: {e}")
print(f"{len(failures)} failed: {failures}")
""",
    good="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
data = spark.table("main.ml.sales").toPandas()
failures = []
for target in ["price", "nights"]:
    try:
        LinearRegression().fit(data[["area"]], data[target])
    except Exception as e:
        failures.append(f"{target}: {e}")
if failures:
    raise RuntimeError(f"{len(failures)} failed: {failures}")
""",
    mentions=MENTIONS,
)
