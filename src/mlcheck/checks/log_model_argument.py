"""`log_model` is told the model's name by an argument that the installed MLflow doesn't take.

`name=` came with mlflow 3; before, it is `artifact_path=`, which mlflow 3 still
takes with a warning. Both together are refused. Some flavors never got `name`
(`mlflow.spark`), and the feature client's `log_model` takes `artifact_path` in
every release. A second position is fine everywhere. A name with `/`, `.` or `:`
is refused by mlflow 3's own stores.

Breaks with: TypeError: log_model() got an unexpected keyword argument 'name'
Breaks with: Both `artifact_path` (deprecated) and `name` parameters were specified. Please only specify `name`.
Source: mlflow 2.22 and 3.17, executed; databricks-feature-engineering 0.18.2, read; the case study's error 14.

Fix: mlflow.sklearn.log_model(model, name="model")            # mlflow >= 3
     mlflow.sklearn.log_model(model, artifact_path="model")   # mlflow < 3
     fe.log_model(model=model, artifact_path="model", flavor=mlflow.sklearn, training_set=training_set)
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.fitting import Misfit, may_be_avoided
from mlcheck.flow.package_calls import Fit, Fitter, any_release
from mlcheck.flow.values import NONE, Const, Lib, Value, constant_text
from mlcheck.knowledge.library_calls import releases, signature

NAME = "log-model-argument"
WORDS = ("log_model",)

_NAMES = ("name", "artifact_path")
_THREE = Version("3.0.0")
_REFUSED = set("/:.%\"'")
_BOTH = "Both `artifact_path` (deprecated) and `name` parameters were specified. Please only specify `name`."


def is_about_the_name(call: CallSeen, argument: str) -> bool:
    """Whether an argument of a call is the one that this check speaks of."""
    return call.method == "log_model" and argument in _NAMES


def _concerns(reason: Misfit) -> bool:
    return reason.kind != "absent" and reason.name in _NAMES


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        fitter = Fitter(facts, entry)
        if not any(True for _ in entry.calls("log_model")):
            yield from nothing_of(NAME, facts, entry, "training", words, "it logs no model")
        for call in entry.calls("log_model"):
            for fit in fitter.fits(call, _concerns):
                yield _verdict(facts, entry, call, fit, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _verdict(facts: Facts, entry: EntryFacts, call: CallSeen, fit: Fit, instance: Instance) -> Verdict:
    if call.name.startswith(CLIENTS):
        return _of_feature_client(entry, call, fit, instance)
    if _given(call, "name") and _given(call, "artifact_path"):
        return _both(facts, entry, call, fit, instance)
    if fit.reason is not None:
        return _misfit(facts, entry, call, fit, instance)
    refused = _refused_name(call, fit)
    if refused is not None:
        why = f"mlflow 3's own stores refuse the name `{refused}`; whether the server does is not known"
        return Unknown(NAME, why, call.place, entry.role, instance, _subject(call))
    only_three = fit.releases.known and all(one >= _THREE for one in fit.good)
    if only_three and _given(call, "artifact_path") and "name" in _parameters(call, fit.good[-1]):
        return _finding(
            entry,
            call,
            fit,
            instance,
            "deprecated",
            f"`artifact_path` is deprecated in {fit.releases.shown}",
            "`artifact_path` is deprecated. Please use `name` instead.",
            f'{call.name}(…, name="{_text(call, "artifact_path")}")',
            "info",
        )
    note = "its second position is the name, or its path" if len(call.positional) > 1 else fit.releases.text
    return Seen(NAME, call.place, note, entry.role, instance, _subject(call))


def _both(facts: Facts, entry: EntryFacts, call: CallSeen, fit: Fit, instance: Instance) -> Verdict:
    """Refused by mlflow 3, and before by each flavor that takes no keywords of others."""
    taken = [one for one in fit.good if one < _THREE]
    if not taken:
        return _finding(
            entry,
            call,
            fit,
            instance,
            "both",
            f"`{call.name}` is given `name` and `artifact_path`",
            _BOTH,
            f'{call.name}(…, name="{_text(call, "name")}")',
        )
    why = f"`name` and `artifact_path` are refused together by mlflow 3; {fit.releases.text}"
    return Unknown(NAME, why, call.place, entry.role, instance, _subject(call))


def _misfit(facts: Facts, entry: EntryFacts, call: CallSeen, fit: Fit, instance: Instance) -> Verdict:
    reason = fit.reason
    assert reason is not None
    avoided = may_be_avoided(facts, entry, call)
    if not fit.fails or avoided is not None:
        if not fit.differs and avoided is None:
            return Seen(NAME, call.place, "it fits releases in use", entry.role, instance, _subject(call))
        why = f"`{call.name}` fails with some releases ({reason.says}); {avoided or fit.releases.text}"
        return Unknown(NAME, why, call.place, entry.role, instance, _subject(call))
    where = fit.releases.shown if fit.releases.known else any_release(fit)
    parameters = _parameters(call, fit.bad[-1])
    right = "artifact_path" if "artifact_path" in parameters and "name" not in parameters else "name"
    given = _given(call, "name") or _given(call, "artifact_path")
    name = _text(call, "name") if _given(call, "name") else "model"
    message = f"`{call.name}` takes `{right}` in {where}" if given else f"`{call.name}` needs `{right}` in {where}"
    return _finding(entry, call, fit, instance, "release", message, reason.says, f'{call.name}(…, {right}="{name}")')


def _of_feature_client(entry: EntryFacts, call: CallSeen, fit: Fit, instance: Instance) -> Verdict:
    if fit.reason is None and not _given(call, "name"):
        return Seen(NAME, call.place, "the feature client's `artifact_path`", entry.role, instance, _subject(call))
    says = fit.reason.says if fit.reason is not None else _refused_by_flavor(call)
    if says is None:
        why = "`name` is handed on to the flavor, which may take it"
        return Unknown(NAME, why, call.place, entry.role, instance, _subject(call))
    return _finding(
        entry,
        call,
        fit,
        instance,
        "feature-client",
        "the feature client's `log_model` takes `artifact_path`, and no `name`, in every release",
        says,
        f'log_model(…, artifact_path="{_text(call, "name") if _given(call, "name") else "model"}")',
    )


def _refused_by_flavor(call: CallSeen) -> str | None:
    """What the flavor says of a `name` that the feature client hands on to it; None where it may take it."""
    flavor = call.keywords.get("flavor")
    if not isinstance(flavor, Lib):
        return None
    saves = signature("mlflow", f"{flavor.name}.save_model", releases("mlflow")[-1])
    if saves is None or saves.anything or saves.any_keywords or "name" in saves.names:
        return None
    return "TypeError: save_model() got an unexpected keyword argument 'name'"


def _given(call: CallSeen, name: str) -> bool:
    value: Value | None = call.keywords.get(name)
    return value is not None and value != NONE


def _text(call: CallSeen, name: str) -> str:
    return constant_text(call.keywords.get(name, NONE)) or "model"


def _parameters(call: CallSeen, release: Version) -> tuple[str, ...]:
    taken = signature("mlflow", call.name, release)
    return taken.names if taken is not None else ()


def _refused_name(call: CallSeen, fit: Fit) -> str | None:
    """A name that mlflow 3 refuses, where it is surely mlflow 3 that runs."""
    if not fit.releases.known or not all(one >= _THREE for one in fit.good):
        return None
    names = _parameters(call, fit.good[-1])
    second = names.index("artifact_path") if "artifact_path" in names else None
    for value in (call.keywords.get("name"), call.argument("artifact_path", second)):
        if isinstance(value, Const) and isinstance(value.value, str) and _REFUSED & set(value.value):
            return value.value
    return None


def _subject(call: CallSeen) -> dict[str, str]:
    return {"call": call.name}


def _finding(
    entry: EntryFacts,
    call: CallSeen,
    fit: Fit,
    instance: Instance,
    kind: str,
    message: str,
    why: str,
    fix: str,
    severity: Severity = "error",
) -> Finding:
    subject = {**_subject(call), "kind": kind}
    targets = fit.releases.targets or entry.targets
    return Finding(NAME, severity, call.place, message, why, fix, subject, entry.role, instance, targets)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
# MAGIC %pip install mlflow==2.22.0
# COMMAND ----------
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.sklearn.log_model(model, name="model")  # error: [log-model-argument] takes `artifact_path` in mlflow==2.22.0
""",
    good="""\
# Databricks notebook source
# MAGIC %pip install mlflow==3.1.4
# COMMAND ----------
import mlflow
from sklearn.linear_model import LinearRegression
with mlflow.start_run():
    model = LinearRegression().fit(X, y)
    mlflow.sklearn.log_model(model, name="model")
""",
    mentions=WORDS,
)
