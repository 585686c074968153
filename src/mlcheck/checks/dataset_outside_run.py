"""A dataset is logged where no run is open.

`mlflow.log_input` outside a run raises nothing: MLflow opens a run by itself,
the dataset lands there, and the run that holds the model has none. A later
`start_run` then raises. Autologging logs the datasets that it sees, and the
feature client the lineage of its training set.

Breaks with: Run with UUID … is already active. To start a new run, first end the current run with mlflow.end_run()
Source: mlflow 3.17, executed; the case study's silent failure S2.

Fix: with mlflow.start_run():
         mlflow.log_input(dataset, context="training")
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.flow.autologging import Autologging, autologging_of
from mlcheck.flow.facts import DatasetLogged, EntryFacts, Facts, LineageLogged, RunOpened
from mlcheck.flow.releases import releases_of
from mlcheck.flow.scope import IMPLICIT_RUN, IN_RUN, NO_RUN

NAME = "dataset-outside-run"
WORDS = ("log_input", "log_inputs")

_APART = (
    "it starts a run of its own, which the model's run knows nothing of; a later start_run raises "
    "`Run with UUID … is already active`"
)
_NO_RUN = (
    "MLflow opens a run by itself for it and leaves it open; a start_run raises `Run with UUID … is already active`"
)
_HELP = 'with mlflow.start_run():\n    mlflow.log_input(dataset, context="training")'
_LOGS_DATASETS = Version("2.4")  # since then autologging does


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        yield from _entry(facts, entry, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(facts: Facts, entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    logged = entry.of(DatasetLogged)
    for fact in logged:
        if fact.run == IN_RUN:
            yield Seen(NAME, fact.place, "logged inside a run", entry.role, instance)
        elif fact.run in (NO_RUN, IMPLICIT_RUN):
            yield _outside(entry, fact, instance)
        else:
            yield Unknown(NAME, "whether a run is open here is not known", fact.place, entry.role, instance)
    lineage = entry.of(LineageLogged)
    for one in lineage:
        yield Seen(NAME, one.place, "the feature client logs the training set's lineage", entry.role, instance)
    if not logged and not lineage and entry.role == "training":
        yield _nothing(facts, entry, instance)


def _outside(entry: EntryFacts, fact: DatasetLogged, instance: Instance) -> Finding:
    """Apart from the runs that the code opens; where it opens none, in the one that MLflow opens for all."""
    apart = bool(entry.of(RunOpened))
    severity: Severity = "error" if apart else "warning"
    return Finding(
        NAME,
        severity,
        fact.place,
        "a dataset is logged where no run is open",
        _APART if apart else _NO_RUN,
        _HELP,
        {"call": "log_input", "kind": "apart" if apart else "no-run"},
        entry.role,
        instance,
        entry.targets,
    )


def _nothing(facts: Facts, entry: EntryFacts, instance: Instance) -> Verdict:
    """No call logs a dataset: autologging may."""
    autologs = next((one for one in autologging_of(entry) if one.on and one.datasets), None)
    if autologs is not None:
        return _autologged(facts, entry, autologs, instance)
    opened = entry.of(RunOpened)
    place = opened[0].place if opened else entry.place
    return Unknown(NAME, "no dataset is logged by this training", place, entry.role, instance)


def _autologged(facts: Facts, entry: EntryFacts, autologs: Autologging, instance: Instance) -> Verdict:
    releases = releases_of(facts, entry, "mlflow")
    if all(row.known and min(row.versions) >= _LOGS_DATASETS for row in releases):
        return Seen(NAME, autologs.place, "autologging logs the dataset", entry.role, instance)
    why = "autologging logs datasets from mlflow 2.4 on; which release runs here is not known"
    return Unknown(NAME, why, autologs.place, entry.role, instance)


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
