"""A failing `set_experiment` is caught, and the run goes on in another experiment.

Where the experiment can't be set and the handler neither raises nor makes the
experiment or its folder and sets it again, the run lands in the notebook's own
experiment, named after the notebook ("train"), and nobody finds it.

Breaks with: nothing; later, at the first look: BAD_REQUEST: For input string: "None"
Source: mlflow 3.17, read: `start_run` without an experiment takes the notebook's own on Databricks; the case study's
    silent failure S1.

Fix: mlflow.set_experiment("/Shared/demand")  # with no `try` around it: a wrong path must fail the task
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, ExperimentSet, Facts, HandlerSeen, Work

NAME = "experiment-error-swallowed"
WORDS = ("set_experiment",)

_WHY = "the run lands in the notebook's own experiment, named after the notebook, and the task ends as a success"
# What `set_experiment` raises, and what stands above it.
_TAKEN = frozenset(["Exception", "BaseException", "MlflowException", "RestException"])
_FINE = {
    "raises": "a failure raises",
    "picks": "the handler raises what it does not expect",
    "leads": "a failure leads to a raise",
    "later": "what follows a failure raises",
    "retries": "it is tried again until it succeeds",
}


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        yield from _entry(entry, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    caught = set()
    for handler in entry.of(HandlerSeen):
        for work in handler.work:
            if work.kind == "experiment" and (not handler.caught or _TAKEN.intersection(handler.caught)):
                caught.add(work.place)
                yield _handler(entry, handler, work, instance)
    if entry.role == "training" and not entry.of(ExperimentSet):
        yield Seen(NAME, entry.place, "no experiment is set, so no failure of that is caught", entry.role, instance)
    for fact in entry.of(ExperimentSet):
        if not fact.creates and fact.place not in caught:
            yield Seen(NAME, fact.place, "nothing catches a failure", entry.role, instance)


def _handler(entry: EntryFacts, handler: HandlerSeen, work: Work, instance: Instance) -> Verdict:
    fate = handler.fate
    if fate.kind in _FINE:
        return Seen(NAME, work.place, _FINE[fate.kind], entry.role, instance)
    if handler.makes:
        return Seen(NAME, work.place, "the handler makes or sets the experiment", entry.role, instance)
    later = [one for one in entry.of(ExperimentSet) if not one.creates and one.place.path == handler.place.path]
    if any(one.place.line > handler.place.end_line for one in later):
        return Unknown(
            NAME, "a failure is caught, and an experiment is set again later", work.place, entry.role, instance
        )
    if handler.exits or fate.kind == "exits":
        return Unknown(NAME, "a failure is caught, and the handler exits", handler.place, entry.role, instance)
    if fate.kind == "lost":
        return Unknown(NAME, f"a failure is caught, and {fate.why}", fate.place or handler.place, entry.role, instance)
    if any(one.tracking == "local" and one.place == work.place for one in entry.of(ExperimentSet)):
        why = "a failure is caught, and runs are tracked in a local store: where this run lands is not known"
        return Unknown(NAME, why, handler.place, entry.role, instance)
    if fate.tested is not None:
        return Unknown(NAME, "a failure is caught, and a condition looks at it", fate.tested, entry.role, instance)
    return Finding(
        NAME,
        "error",
        handler.place,
        f"a failing `{work.name.rpartition('.')[2]}` ({work.place.seen_from(handler.place)}) is caught, "
        "and the run goes on",
        _WHY,
        "raise  # as the last line of the handler",
        {"call": "set_experiment"},
        entry.role,
        instance,
        entry.targets,
        ((work.place, "the experiment that may not be set"),),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
try:
    mlflow.set_experiment("/Shared/demand")
except Exception as e:  # error: [experiment-error-swallowed] a failing `set_experiment`
    print(f"could not set the experiment: {e}")
with mlflow.start_run():
    mlflow.log_param("depth", 6)
""",
    good="""\
# Databricks notebook source
import mlflow
mlflow.set_experiment("/Shared/demand")
with mlflow.start_run():
    mlflow.log_param("depth", 6)
""",
    mentions=WORDS,
)
