"""Autologging is on where the code logs parameters or a model of its own.

With both on, a run holds a second model, and parameters that nobody chose. In
notebooks that people run, Databricks logs each `fit` outside of `start_run` by
itself, unless it is told not to. It is a convention, so a finding is a note and
fails nothing. Metrics of one's own beside autologging are its documented use.

Breaks with: nothing: two models in one run
Source: mlflow 3.17, read (`mlflow.autolog`); Databricks' documentation of Databricks Autologging.

Fix: mlflow.autolog(disable=True)  # before the first fit
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.absence import nothing_of, of_other_library
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.autologging import Autologging, autologging_of
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts

NAME = "autolog"
WORDS = ("autolog",)

_OWN = frozenset({"log_param", "log_params", "log_model"})
_WHY = "a run then holds a second model, and parameters that nobody chose"
_DEFAULT = "a convention: in a notebook that a person runs, Databricks logs each fit outside of start_run by itself"


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        if entry.role != "training":
            continue
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        found = list(_entry(entry, instance))
        why = "it logs nothing by hand, and turns no autologging on"
        yield from found or nothing_of(NAME, facts, entry, "training", _OWN | words, why, _of_no_training)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _of_no_training(call: CallSeen) -> bool:
    """Whether a call logs no model's parameters: it is another library's, or tracing's autologging."""
    return of_other_library(call) or call.method == "autolog"


def _entry(entry: EntryFacts, instance: Instance) -> Iterator[Verdict]:
    own = [call for call in entry.of(CallSeen) if call.method in _OWN and call.name.startswith("mlflow.")]
    known = {one.call: one for one in autologging_of(entry)}
    if not own:
        for one in known.values():
            yield Seen(NAME, one.place, "nothing is logged by hand beside it", entry.role, instance)
        return
    standing = _standing(entry, known, frozenset(own))
    turned = standing[own[0]]
    logged, on = _on_beside(standing)
    unsure = next((one for one in turned.values() if one.on is None), None)
    if unsure is not None:
        why = "whether autologging is turned off here is not known"
        yield Unknown(NAME, why, unsure.place, entry.role, instance)
    elif on is not None and logged is not None:
        yield _finding(entry, on.call, logged, "both", "autologging is on, and the code logs by hand", _WHY, instance)
    elif turned:
        off = next(iter(turned.values()))
        yield Seen(NAME, off.place, "autologging is off before anything is logged by hand", entry.role, instance)
    elif entry.kind == "notebook":
        message = "autologging is not turned off before the code logs by hand"
        yield _finding(entry, own[0], own[0], "default", message, _DEFAULT, instance)
    else:
        note = "autologging is off in a script unless it is turned on"
        yield Seen(NAME, own[0].place, note, entry.role, instance)


def _standing(
    entry: EntryFacts, known: dict[CallSeen, Autologging], own: frozenset[CallSeen]
) -> dict[CallSeen, dict[str, Autologging]]:
    """How autologging stands, by flavor, at each call that logs by hand."""
    turned: dict[str, Autologging] = {}
    standing: dict[CallSeen, dict[str, Autologging]] = {}
    for call in entry.of(CallSeen):
        if call in own:
            standing.setdefault(call, turned)
        elif call in known:
            one = known[call]
            turned = {one.flavor: one} if not one.flavor else {**turned, one.flavor: one}
    return standing


def _on_beside(standing: dict[CallSeen, dict[str, Autologging]]) -> tuple[CallSeen | None, Autologging | None]:
    """The first call that logs by hand beside autologging that is on, and the latter."""
    for call, turned in standing.items():
        on = next((one for one in turned.values() if one.on and one.models), None)
        if on is not None:
            return call, on
    return None, None


def _finding(
    entry: EntryFacts, call: CallSeen, own: CallSeen, kind: str, message: str, why: str, instance: Instance
) -> Finding:
    related = ((own.place, "logged by hand here"),) if own is not call else ()
    return Finding(
        NAME,
        "info",
        call.place,
        message,
        why,
        "mlflow.autolog(disable=True)  # before the first fit",
        {"kind": kind},
        entry.role,
        instance,
        entry.targets,
        related,
    )


CHECK = Check(
    NAME,
    "info",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
from sklearn.linear_model import LinearRegression
mlflow.sklearn.autolog()  # error: [autolog] autologging is on, and the code logs by hand
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.log_params(model.get_params())
    mlflow.sklearn.log_model(model, "model")
""",
    good="""\
# Databricks notebook source
import mlflow
from sklearn.linear_model import LinearRegression
mlflow.autolog(disable=True)
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.log_params(model.get_params())
    mlflow.sklearn.log_model(model, "model")
""",
    mentions=WORDS,
)
