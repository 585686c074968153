"""A training logs no parameters or no metrics.

A run that can't say what it was trained with can't be repeated, and one without
a number can't be compared. Autologging logs both, where it is on for the
library; so do AutoML, trainers that report by themselves, and `mlflow.evaluate`
for metrics. Whether a baseline was logged beside them is for a person, unless
one is seen.

Breaks with: nothing: the run is empty
Source: mlflow 3.17, read; a rule of the case study.

Fix: with mlflow.start_run():
         mlflow.log_params(params)
         mlflow.log_metric("rmse", rmse)
         mlflow.log_metric("rmse_baseline", rmse_baseline)
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, RunOpened
from mlcheck.flow.run_logs import METRICS, PARAMETERS, Logged, logged, trainings
from mlcheck.project.place import Place

NAME = "run-not-logged"
WORDS = tuple(dict.fromkeys((*PARAMETERS, *METRICS, "autolog", "evaluate")))

_HELP = 'with mlflow.start_run():\n    mlflow.log_params(params)\n    mlflow.log_metric("rmse", rmse)'


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role != "training":
            continue
        instance = Instance("model", entry.model)
        lost = list(facts.unfollowed(entry, words))
        for place, why in lost:
            yield Unknown(NAME, why, place, entry.role, instance)
        verdict = _entry(entry, instance)
        if not lost or isinstance(verdict, Seen):  # what was not followed may log
            yield verdict
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(entry: EntryFacts, instance: Instance) -> Verdict:
    found = logged(entry)
    trained = next((one for one in trainings(entry) if not one.method.startswith("cross_val")), None)
    trained = trained or next(trainings(entry), None)
    place = trained.place if trained is not None else entry.place
    if found.otherwise is not None and (found.parameters is None or found.metrics is None):
        at, what = found.otherwise
        why = f"`{what}` may log parameters and metrics by itself, to MLflow or elsewhere"
        return Unknown(NAME, why, at, entry.role, instance)
    if found.autologs is not None and found.metrics is None:
        why = "autologging logs parameters and metrics of the libraries that it knows, and no baseline"
        return Unknown(NAME, why, found.autologs.place, entry.role, instance)
    if found.metrics is None:
        return _without_metrics(entry, found, place, instance)
    if found.parameters is None and found.autologs is None:
        why = "metrics are logged, and no parameter of this training is"
        return Unknown(NAME, why, place, entry.role, instance)
    if found.baseline is not None:
        note = "parameters, metrics and a baseline are logged"
        return Seen(NAME, found.baseline.place, note, entry.role, instance)
    why = "parameters and metrics are logged; no baseline is seen"
    return Unknown(NAME, why, found.metrics.place, entry.role, instance)


def _without_metrics(entry: EntryFacts, found: Logged, place: Place, instance: Instance) -> Verdict:
    uses = any(call.name.startswith("mlflow.") for call in entry.of(CallSeen))
    if not uses and not entry.callers:
        why = "nothing is logged by this training, which uses no MLflow: whether it is one that counts is not known"
        return Unknown(NAME, why, place, entry.role, instance)
    by_hand = bool(entry.of(RunOpened)) or found.parameters is not None or bool(entry.callers)
    if entry.kind == "notebook" and not by_hand:
        why = "nothing is logged by hand: Databricks may autolog it where a person runs it"
        return Unknown(NAME, why, place, entry.role, instance)
    if found.parameters is not None:
        return _finding(entry, place, "metrics", "no metric of this training is logged", instance)
    return _finding(entry, place, "nothing", "this training logs neither parameters nor metrics", instance)


def _finding(entry: EntryFacts, place: Place, kind: str, message: str, instance: Instance) -> Finding:
    why = "the run says nothing of how good the model is"
    subject = {"kind": kind}
    return Finding(NAME, "warning", place, message, why, _HELP, subject, entry.role, instance, entry.targets)


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)  # error: [run-not-logged] neither parameters nor metrics
    mlflow.sklearn.log_model(model, "model")
""",
    good="""\
# Databricks notebook source
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.log_params(model.get_params())
    mlflow.log_metrics({"r2": model.score(X, y), "r2_baseline": 0.0})
    mlflow.sklearn.log_model(model, "model")
""",
    mentions=WORDS,
)
