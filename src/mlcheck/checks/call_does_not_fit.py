"""A call has arguments that the installed MLflow or feature client doesn't take, or a value that it can't.

Each release adds keywords and takes others away: `code_path=` of
`pyfunc.log_model` ended with mlflow 3, `run_id=` of `log_metric` came with
2.10, the methods of `FeatureEngineeringClient` take keywords alone. The call
raises when it is reached, often after an hour of training. A metric is a
number: a string, a set or a list is refused, and `log_metrics` and `log_params`
want a dict.

Breaks with: TypeError: log_model() got an unexpected keyword argument 'code_path'
Breaks with: TypeError: float() argument must be a string or a real number, not 'set'
Source: the released packages, read by tools/library_signatures.py; mlflow 2.22 and 3.17, executed.

Fix: mlflow.pyfunc.log_model(name="model", python_model=model, code_paths=["src"])
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.log_model_argument import is_about_the_name
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.fitting import Misfit, may_be_avoided
from mlcheck.flow.logged_values import misfit_value
from mlcheck.flow.package_calls import Fit, Fitter, any_release
from mlcheck.knowledge.library_calls import names_of, signature
from mlcheck.printable import nearest

NAME = "call-does-not-fit"
_LIBRARIES = ("mlflow.", "databricks.")
WORDS = (
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_model",
    "log_artifact",
    "register_model",
    "set_experiment",
    "start_run",
    "infer_signature",
    "create_training_set",
    "score_batch",
)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        if not any(call.name.startswith(_LIBRARIES) for call in entry.of(CallSeen)):
            why = "it calls nothing of MLflow or the feature client"
            yield from nothing_of(
                NAME,
                facts,
                entry,
                "training",
                words | {"mlflow", "FeatureEngineeringClient", "FeatureStoreClient"},
                why,
            )
        fitter = Fitter(facts, entry)
        for call in entry.of(CallSeen):
            if not call.name.startswith(_LIBRARIES):
                continue
            others = partial(_concerns, call)
            for fit in fitter.fits(call, others):
                yield from _verdict(facts, entry, call, fit, instance)
            value = misfit_value(call)
            if value is not None:
                yield _wrong_value(entry, call, instance, value.says, value.wants)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _concerns(call: CallSeen, reason: Misfit) -> bool:
    """All but what `log-model-argument` and `feature-store-log-model` speak of."""
    if call.method == "log_model" and reason.name == "flavor" and call.name.startswith(CLIENTS):
        return False
    return reason.kind == "absent" or not is_about_the_name(call, reason.name)


def _verdict(facts: Facts, entry: EntryFacts, call: CallSeen, fit: Fit, instance: Instance) -> Iterator[Verdict]:
    if fit.reason is None:
        yield Seen(NAME, call.place, f"`{call.name}` fits {fit.releases.text}", entry.role, instance, _subject(call))
        return
    avoided = may_be_avoided(facts, entry, call)
    if fit.fails and avoided is None:
        yield _finding(entry, call, fit, instance)
    elif fit.fails or fit.differs:
        which = avoided or f"which release runs is not known: {fit.releases.text}"
        why = f"`{call.name}` fails with some releases ({fit.reason.says}); {which}"
        yield Unknown(NAME, why, call.place, entry.role, instance, _subject(call))
    else:
        yield Seen(NAME, call.place, f"`{call.name}` fits releases in use", entry.role, instance, _subject(call))


def _subject(call: CallSeen) -> dict[str, str]:
    return {"call": call.name}


def _finding(entry: EntryFacts, call: CallSeen, fit: Fit, instance: Instance) -> Finding:
    reason = fit.reason
    assert reason is not None
    where = fit.releases.shown if fit.releases.known else any_release(fit)
    messages = {
        "keyword": f"`{call.name}` takes no `{reason.name}`",
        "twice": f"`{call.name}` is given `{reason.name}` twice",
        "positions": f"`{call.name}` is given {reason.name} positions, more than it takes",
        "missing": f"`{call.name}` is not given `{reason.name}`",
        "absent": f"there is no `{call.name}`",
    }
    return Finding(
        NAME,
        "error",
        call.place,
        f"{messages[reason.kind]} in {where}",
        reason.says,
        _help(call, fit),
        {**_subject(call), "kind": reason.kind, "argument": reason.name},
        entry.role,
        instance,
        fit.releases.targets or entry.targets,
    )


def _help(call: CallSeen, fit: Fit) -> str:
    reason, release = fit.reason, fit.bad[-1]
    assert reason is not None
    taken = signature(fit.releases.package, call.name, release)
    short = call.name.removeprefix("mlflow.MlflowClient.")
    if taken is None:
        owner = call.name.rpartition(".")[0]
        near = nearest(reason.name, names_of(fit.releases.package, owner, release))
        return (
            f"{owner}.{near}(…)"
            if near
            else f"`{owner}` has: {', '.join(names_of(fit.releases.package, owner, release))}"
        )
    if reason.kind == "missing":
        return f"{short}(…, {reason.name}=…)"
    if reason.kind == "keyword":
        near = nearest(reason.name, [name for name in taken.names if name not in call.keywords])
        return f"{short}(…, {near}=…)" if near else f"leave `{reason.name}` out; it takes: {', '.join(taken.names)}"
    return f"it takes: {', '.join(taken.names)}"


def _wrong_value(entry: EntryFacts, call: CallSeen, instance: Instance, says: str, wants: str) -> Finding:
    return Finding(
        NAME,
        "error",
        call.place,
        f"`{call.name}` is given a value that it can't take",
        says,
        wants,
        {**_subject(call), "kind": "value"},
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
# MAGIC %pip install mlflow==3.1.4
# COMMAND ----------
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    LinearRegression().fit(X, y)
    mlflow.pyfunc.log_model(name="m", python_model=m, code_path=["src"])  # error: [call-does-not-fit] no `code_path`
""",
    good="""\
# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4
# COMMAND ----------
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    LinearRegression().fit(X, y)
    mlflow.pyfunc.log_model(name="m", python_model=m, code_paths=["src"])
""",
    mentions=WORDS,
)
