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

from collections.abc import Collection, Iterator
from functools import partial

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.log_model_argument import is_about_the_name
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, Imported
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.fitting import Misfit, may_be_avoided
from mlcheck.flow.logged_values import misfit_value
from mlcheck.flow.package_calls import OLDEST_IN_USE, Fit, Fitter, any_release, any_release_of
from mlcheck.flow.releases import Releases
from mlcheck.knowledge.library_calls import knows, names_of, signature, signatures
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
        yield from _imports(entry, fitter, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _imports(entry: EntryFacts, fitter: Fitter, instance: Instance) -> Iterator[Verdict]:
    """Names that are imported from MLflow, and that it doesn't have."""
    for fact in entry.of(Imported):
        if fact.tolerated or fact.module.partition(".")[0] != "mlflow":
            continue
        for name in fact.names:
            dotted = f"{fact.module}.{name}"
            if name.startswith("_") or not knows("mlflow", dotted):
                continue
            for releases in fitter.releases("mlflow"):
                yield from _import(entry, fact, name, releases, instance)


def _import(entry: EntryFacts, fact: Imported, name: str, releases: Releases, instance: Instance) -> Iterator[Verdict]:
    dotted = f"{fact.module}.{name}"
    lacking = [one for one, taken in signatures("mlflow", dotted, releases.versions) if taken is None]
    subject = {"call": dotted, "kind": "import"}
    if not lacking or (not releases.known and lacking[-1] < OLDEST_IN_USE):
        return
    why = f"ImportError: cannot import name '{name}' from '{fact.module}'"
    if len(lacking) < len(releases.versions) or (releases.known and releases.newer):
        which = releases.shown if releases.known else "which release runs is not known"
        yield Unknown(NAME, f"{why} with some releases; {which}", fact.place, entry.role, instance, subject)
        return
    where = releases.shown if releases.known else any_release_of(releases)
    near = near_name(name, names_of("mlflow", fact.module, lacking[-1]))
    yield Finding(
        NAME,
        "error",
        fact.place,
        f"there is no `{dotted}` in {where}",
        why,
        f"from {fact.module} import {near}" if near else f"take it out: nothing of `{fact.module}` is named like it",
        subject,
        entry.role,
        instance,
        releases.targets or entry.targets,
    )


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
        names = names_of(fit.releases.package, owner, release)
        near = near_name(reason.name, names)
        return f"{owner}.{near}(…)" if near else f"take it out: nothing of `{owner}` is named like it"
    if reason.kind == "missing":
        return f"{short}(…, {reason.name}=…)"
    if reason.kind == "keyword":
        near = nearest(reason.name, [name for name in taken.names if name not in call.keywords])
        return f"{short}(…, {near}=…)" if near else f"leave `{reason.name}` out; it takes: {', '.join(taken.names)}"
    return f"it takes: {', '.join(taken.names)}"


def near_name(name: str, names: Collection[str]) -> str | None:
    """A name that is most likely meant: like it, or the one with the most of its words."""
    near = nearest(name, names)
    if near is not None:
        return near
    words = set(name.split("_"))
    shared = {other: len(words & set(other.split("_"))) for other in names}
    most = max(shared.values(), default=0)
    best = [other for other, count in shared.items() if count == most]
    return best[0] if most > 1 and len(best) == 1 else None


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
