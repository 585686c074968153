"""A dataset is logged where no run is open.

`mlflow.log_input` outside a run raises nothing: it starts a run of its own, the
dataset lands there, and the run that holds the model has none. A later
`start_run` then raises.

Breaks with: Run with UUID … is already active. To start a new run, first end the current run with mlflow.end_run()
Source: mlflow 3.17, executed; the case study's silent failure S2.

Fix: with mlflow.start_run():
         mlflow.log_input(dataset, context="training")
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import DatasetLogged, EntryFacts, Facts, LineageLogged, RunOpened
from mlcheck.flow.scope import IN_RUN, NO_RUN

NAME = "dataset-outside-run"
WORDS = ("log_input", "log_inputs")

_WHY = (
    "it starts a run of its own, which the model's run knows nothing of; a later start_run raises "
    "`Run with UUID … is already active`"
)
_HELP = 'with mlflow.start_run():\n    mlflow.log_input(dataset, context="training")'


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
    logged = [fact for fact in entry.facts if isinstance(fact, DatasetLogged)]
    for fact in logged:
        if fact.run == IN_RUN:
            yield Seen(NAME, fact.place, "logged inside a run", entry.role, instance)
        elif fact.run == NO_RUN:
            yield Finding(
                NAME,
                "error",
                fact.place,
                "a dataset is logged where no run is open",
                _WHY,
                _HELP,
                {"call": "log_input"},
                entry.role,
                instance,
                entry.targets,
            )
        else:
            yield Unknown(NAME, "whether a run is open here is not known", fact.place, entry.role, instance)
    lineage = [fact for fact in entry.facts if isinstance(fact, LineageLogged)]
    for one in lineage:
        yield Seen(NAME, one.place, "the feature client logs the training set's lineage", entry.role, instance)
    if not logged and not lineage and entry.role == "training":
        opened = [fact for fact in entry.facts if isinstance(fact, RunOpened)]
        place = opened[0].place if opened else entry.place
        yield Unknown(NAME, "no dataset is logged by this training", place, entry.role, instance)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
from sklearn.linear_model import LinearRegression
mlflow.log_input(dataset, context="training")  # error: [dataset-outside-run] a dataset is logged where no run is open
with mlflow.start_run():
    LinearRegression().fit(X, y)
""",
    good="""\
# Databricks notebook source
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    mlflow.log_input(dataset, context="training")
    LinearRegression().fit(X, y)
""",
    mentions=WORDS,
)
