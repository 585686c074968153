"""Something is logged where no run is open.

`mlflow.log_*` and `set_tag` then open a run by themselves, and leave it open:
parameters and metrics land apart from the run that has the model, a later
`start_run` raises, and where the process fails that run still shows FINISHED.
A model that is logged outside a run belongs to none with mlflow 3, and to a run
of its own before. The client's methods name their run, and so does `run_id=`.

Breaks with: Run with UUID … is already active. To start a new run, first end the current run with mlflow.end_run()
Source: mlflow 2.22 and 3.17, executed (tests/oracle); the case study's silent failure S2.

Fix: with mlflow.start_run():
         mlflow.log_params(params)
         mlflow.log_metric("rmse", rmse)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from packaging.version import Version

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, RunOpened
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.mlflow import RUN_LOGS
from mlcheck.flow.releases import releases_of
from mlcheck.flow.scope import IMPLICIT_RUN, IN_RUN, NO_RUN
from mlcheck.flow.values import NONE

NAME = "log-outside-run"
WORDS = (*RUN_LOGS, "log_model")

_LOGS = frozenset(f"mlflow.{name}" for name in RUN_LOGS)
_CLIENT = "mlflow.MlflowClient."
_THREE = Version("3.0.0")
_MOST_RELATED = 8


@dataclass(slots=True)
class _Stretch:
    """What is logged outside a run, one after the other, into the same run of MLflow's own."""

    calls: list[CallSeen] = field(default_factory=list)
    clash: RunOpened | None = None  # a `start_run` that then raises

    @property
    def only_models(self) -> bool:
        return all(call.method == "log_model" for call in self.calls)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        found = list(_entry(facts, entry, instance))
        yield from found or nothing_of(NAME, facts, entry, "training", words, "it logs nothing")
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(facts: Facts, entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    stretches = [_Stretch()]
    for fact in entry.facts:
        if isinstance(fact, RunOpened):
            if fact.run == IMPLICIT_RUN and not fact.nested:
                stretches[-1].clash = fact
            stretches.append(_Stretch())
        elif isinstance(fact, CallSeen) and fact.name == "mlflow.end_run":
            stretches.append(_Stretch())
        elif isinstance(fact, CallSeen) and _logs(fact):
            verdict = _in_place(entry, fact, instance)
            if verdict is not None:
                yield verdict
            else:
                stretches[-1].calls.append(fact)
    for stretch in stretches:
        if stretch.calls:
            yield from _outside(facts, entry, stretch, instance)


def _logs(call: CallSeen) -> bool:
    if call.name in _LOGS or (call.name.startswith(_CLIENT) and call.method in RUN_LOGS):
        return True
    return call.method == "log_model" and call.name.startswith(("mlflow.", *CLIENTS))


def _in_place(entry: EntryFacts, call: CallSeen, instance: Instance) -> Verdict | None:
    """The verdict on what is logged into a run that is named or open, or that may be; None where none is."""
    subject = {"call": call.method}
    if call.name.startswith(_CLIENT) or call.keywords.get("run_id", NONE) != NONE:
        return Seen(NAME, call.place, "it names its run", entry.role, instance, subject)
    if call.run == IN_RUN:
        return Seen(NAME, call.place, "logged inside a run", entry.role, instance, subject)
    if call.run in (NO_RUN, IMPLICIT_RUN) and not call.open:
        return None
    why = "whether a run is open here is not known"
    return Unknown(NAME, why, call.place, entry.role, instance, subject)


def _outside(facts: Facts, entry: EntryFacts, stretch: _Stretch, instance: Instance) -> Iterator[Verdict]:
    first = stretch.calls[0]
    subject = {"call": first.method}
    opened = entry.of(RunOpened)
    if stretch.clash is None and any(path.rpartition("/")[2] == "MLproject" for path in facts.project.files):
        why = "no run is opened before this, and `mlflow run` may have opened one for the project"
        yield Unknown(NAME, why, first.place, entry.role, instance, subject)
        return
    if stretch.clash is not None:
        yield _finding(entry, stretch, instance, "start-run-raises", "error", "and a `start_run` follows", _RAISES)
    elif stretch.only_models:
        yield _models(facts, entry, stretch, instance)
    elif opened:
        what = "apart from the run that is opened elsewhere"
        yield _finding(entry, stretch, instance, "apart", "warning", what, _APART)
    else:
        yield _finding(entry, stretch, instance, "no-run", "warning", "and none is opened at all", _NO_RUN)


_RAISES = "MLflow opens a run by itself, and then: Run with UUID … is already active. To start a new run, first end …"
_APART = "MLflow opens another run by itself, which the model's run knows nothing of, and which stays open"
_NO_RUN = "MLflow opens one by itself and leaves it open: it shows FINISHED though the code fails, and start_run raises"
_NO_MODEL_RUN = "with mlflow 3 the model belongs to no run, before it lies in a run of its own: apart from its metrics"


def _models(facts: Facts, entry: EntryFacts, stretch: _Stretch, instance: Instance) -> Verdict:
    """Models alone: apart from the runs of the code, where it opens any; else as mlflow 3 has it."""
    first = stretch.calls[0]
    if entry.of(RunOpened):
        return _finding(entry, stretch, instance, "model", "warning", "apart from its run", _NO_MODEL_RUN)
    three = all(
        one.known and all(version >= _THREE for version in one.versions) for one in releases_of(facts, entry, "mlflow")
    )
    if three and not first.name.startswith(CLIENTS):
        return Seen(NAME, first.place, "mlflow 3 needs no run for a model", entry.role, instance, {"call": "log_model"})
    return _finding(entry, stretch, instance, "model-alone", "info", "and none is opened at all", _NO_MODEL_RUN)


def _finding(
    entry: EntryFacts, stretch: _Stretch, instance: Instance, kind: str, severity: Severity, what: str, why: str
) -> Finding:
    first, *others = stretch.calls
    related = [(call.place, f"`{call.method}`, likewise") for call in others]
    if stretch.clash is not None:
        related.insert(0, (stretch.clash.place, "this then raises"))
    lines = "".join(f"    mlflow.{method}(…)\n" for method in dict.fromkeys(call.method for call in stretch.calls))
    return Finding(
        NAME,
        severity,
        first.place,
        f"`{first.method}` logs where no run is open, {what}",
        why,
        f"with mlflow.start_run():\n{lines}".rstrip("\n"),
        {"call": first.method, "kind": kind},
        entry.role,
        instance,
        entry.targets,
        tuple(related[:_MOST_RELATED]),
    )


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
    model = LinearRegression().fit(X, y)
    mlflow.sklearn.log_model(model, "model")
mlflow.log_metric("rmse", 0.1)  # error: [log-outside-run] `log_metric` logs where no run is open
""",
    good="""\
# Databricks notebook source
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.sklearn.log_model(model, "model")
    mlflow.log_metric("rmse", 0.1)
""",
    mentions=WORDS,
)
