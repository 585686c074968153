"""The alias that production loads is moved to a new version, and nothing compared it before.

Whatever training gives becomes the champion: a run on broken data, a worse
model, a version that never scored a row. Right is a comparison with the
champion, or a validation that raises, before the alias is set: an `if` on the
metrics, a task before that validates, an approval. The first version ever has
nothing to be compared with.

Breaks with: nothing: the worse model serves
Source: Databricks' documentation of model aliases; audits of public pipelines.

Fix: if candidate_rmse < champion_rmse:
         client.set_registered_model_alias("main.ml.demand", "champion", version.version)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.branches import settled, undecided
from mlcheck.flow.dotted_names import dotted, sameness
from mlcheck.flow.facts import Caller, CallSeen, EntryFacts, Facts, Gap, ModelRegistered, UnresolvedCall, VersionPicked
from mlcheck.flow.gates import decides_by_comparison, may_refuse
from mlcheck.flow.model_versions import is_first
from mlcheck.flow.names import is_quiet
from mlcheck.flow.scope import COMPARISON, NO_GATE
from mlcheck.flow.values import Const, Hole, Value, constant_text, options_of, origins_of, parts_of, shown

NAME = "alias-unvalidated"
WORDS = ("set_registered_model_alias",)
_STAGES = "transition_model_version_stage"
_SDK = "set_alias"  # of the workspace client's `registered_models`
_VERSION_OF = {
    "set_registered_model_alias": ("version", 2),
    _STAGES: ("version", 1),
    _SDK: ("version_num", 2),
}
_PRODUCTION = re.compile(r"champion|prod|production|live|serving", re.IGNORECASE)
_REGISTERS = re.compile(r"register_model|log_model|create_model_version")
# Calls that raise where a model is not good enough.
_VALIDATES = ("validate_evaluation_results",)
_OWN_RUN = re.compile(r"^mlflow\.((start|active|last_active)_run|\w+\.log_model)\b|^databricks\.automl\.|\.log_model\b")
_WHY = "whatever was registered last is what production loads, a worse model too"


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, "inference", instance)
        found = [replace(one, role="inference", instance=instance) for one in _entry(facts, entry)]
        asked = words | {_STAGES, _SDK}
        yield from undecided(found) if found else nothing_of(NAME, facts, entry, "inference", asked, "it sets no alias")
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(facts: Facts, entry: EntryFacts) -> Iterator[Verdict]:
    for call in entry.calls(*WORDS, _STAGES, _SDK):
        if not call.name.startswith(("mlflow.", "databricks.sdk.")):
            continue
        stage = call.method == _STAGES
        if stage and call.registry == "uc":
            continue  # it raises there
        alias = call.argument("stage" if stage else "alias", 2 if stage else 1)
        for option in options_of(alias) if alias is not None else (None,):
            yield from settled(_set(facts, entry, call, option))


def _set(facts: Facts, entry: EntryFacts, call: CallSeen, alias: Value | None) -> Iterator[Verdict]:
    text = constant_text(alias) if alias is not None else None
    if text is None:
        yield Unknown(NAME, "which alias is set is not known", call.place)
    elif not _PRODUCTION.fullmatch(text):
        yield Seen(NAME, call.place, f"`{text}` is not what production loads")
    else:
        yield _promoted(facts, entry, call, text)


def _promoted(facts: Facts, entry: EntryFacts, call: CallSeen, alias: str) -> Verdict:
    version = call.argument(*_VERSION_OF[call.method])
    if call.gate == COMPARISON and isinstance(version, Const):
        why = f"`{alias}` is set to version {shown(version)} after a comparison; whether of that version is not known"
        return Unknown(NAME, why, call.place)
    if call.gate == COMPARISON:
        return Seen(NAME, call.place, f"`{alias}` is set after a comparison or validation")
    if call.handler is not None:
        return _in_handler(entry, call, alias)
    if call.gate != NO_GATE:
        before = _validated_before(entry)
        if before:
            return Seen(NAME, call.place, f"`{alias}` is set after the task `{before}`")
        return Unknown(NAME, f"`{alias}` is set under a condition; whether it compares is not known", call.place)
    validated = next((one for one in entry.calls(*_VALIDATES, "evaluate") if _validates(one)), None)
    if validated is not None:
        return Seen(NAME, call.place, f"`{validated.method}` at {validated.place.shown()} raises where it is worse")
    return _unconditional(facts, entry, call, alias)


def _in_handler(entry: EntryFacts, call: CallSeen, alias: str) -> Verdict:
    asked = any(one.in_try for one in entry.calls("get_model_version_by_alias"))
    if asked:
        return Seen(NAME, call.place, f"`{alias}` is set where no version has it yet")
    return Unknown(NAME, f"`{alias}` is set in a handler; of what is not known", call.place)


def _validates(call: CallSeen) -> bool:
    given = call.argument("validation_thresholds")
    return call.method in _VALIDATES or (given is not None and given != Const(None))


def _unconditional(facts: Facts, entry: EntryFacts, call: CallSeen, alias: str) -> Verdict:
    """Nothing stands before it in this entry point: what version is it, and who may have looked at it?"""
    version = call.argument(*_VERSION_OF[call.method])
    own = _registered_before(entry, call)
    if version is None or call.open:
        return Unknown(NAME, f"which version `{alias}` is set to is not known", call.place)
    doubt = _elsewhere(facts, entry, call)
    if isinstance(version, Const):
        if own is not None and not doubt:
            return _other_version(entry, call, alias, shown(version), own)
        why = f"`{alias}` is set to version {shown(version)}; whether that was validated is not known"
        return Unknown(NAME, why, call.place)
    if not _is_fresh(entry, version, own):
        return _given(facts, entry, call, alias)
    if doubt:
        return Unknown(NAME, f"`{alias}` is set to the version just registered; {doubt}", call.place)
    return _finding(entry, call, alias, own)


def _is_fresh(entry: EntryFacts, version: Value, own: ModelRegistered | None) -> bool:
    """Whether a version is surely one that this entry point has trained and registered."""
    origins = origins_of(version)
    if origins and all(_REGISTERS.search(one.method) for one in origins):
        return all(_is_own_run(one) for one in origins)
    picked = bool(entry.of(VersionPicked)) or is_first(version)
    looked_up = origins and all(one.method in ("search_model_versions", "get_latest_versions") for one in origins)
    if not looked_up or own is None or not picked:
        return False
    registering = entry.calls("register_model", "log_model", "create_registered_model", "create_model_version")
    return any(_is_own_run(one) for one in registering if one.place == own.place)


def _is_own_run(call: CallSeen) -> bool:
    """Whether a model is logged by the call itself, or registered from a run of this entry point."""
    if call.method == "log_model":
        return True
    source = call.argument("source" if call.method == "create_model_version" else "model_uri", 0)
    if source is None:
        return False
    names = [one.name for one in origins_of(source)]
    names += [part.origin for part in parts_of(source) if isinstance(part, Hole)]
    return any(_OWN_RUN.search(name) for name in names)


def _model(call: CallSeen) -> str | None:
    return dotted(call.argument("full_name" if call.method == _SDK else "name", 0))


def _registered_before(entry: EntryFacts, call: CallSeen) -> ModelRegistered | None:
    """The model that this entry point registered under the alias's name before, as far as names tell."""
    name = _model(call) or ""
    found = None
    for fact in entry.facts:
        if fact is call:
            return found
        if isinstance(fact, ModelRegistered):
            names = [dotted(option) for option in options_of(fact.name)]
            if any(one is None or not name or sameness(one, name) != "different" for one in names):
                found = fact
    return found


def _elsewhere(facts: Facts, entry: EntryFacts, call: CallSeen) -> str:
    """What before it, in this entry point, may have compared or validated; "" where nothing may."""
    for fact in entry.facts:
        if fact is call:
            return ""
        if isinstance(fact, CallSeen):
            chosen = fact.method == "search_runs" and fact.argument("order_by", 4) is not None
            if chosen:
                return f"its run was chosen among others at {fact.place.shown()}"
            if not is_quiet(fact.name) and may_refuse(fact.method):
                return f"`{fact.method}` at {fact.place.shown()} may have validated it"
        elif isinstance(fact, UnresolvedCall) and may_refuse(fact.name):
            return f"`{fact.name}` at {fact.place.shown()} may have validated it"
        elif isinstance(fact, Gap) and fact.hides_code:
            return f"something before it was not followed ({fact.place.shown()}: {fact.why})"
    return ""


def _given(facts: Facts, entry: EntryFacts, call: CallSeen, alias: str) -> Verdict:
    """A version that comes from elsewhere: right where a task before this one validates."""
    before = _validated_before(entry)
    if before:
        return Seen(NAME, call.place, f"`{alias}` is set after the task `{before}`")
    why = f"`{alias}` is set to a version that comes from elsewhere; whether it was validated there is not known"
    return Unknown(NAME, why, call.place)


def _validated_before(entry: EntryFacts) -> str:
    """The task that validates before each task that runs this; "" where one has none."""
    tasks = [caller for caller in entry.callers if caller.task is not None and caller.job is not None]
    found = [_validating(caller) for caller in tasks]
    return found[0] if found and all(found) else ""


def _validating(caller: Caller) -> str:
    """A task before a caller's own that decides or validates, by its kind, key or file; "" where there is none."""
    assert caller.job is not None and caller.task is not None
    tasks = {task.key: task for task in caller.job.tasks}
    waiting, seen = list(caller.task.depends_on), set[str]()
    while waiting:
        key = waiting.pop()
        task = tasks.get(key)
        if task is None or key in seen:
            continue
        seen.add(key)
        if task.kind == "condition_task" or decides_by_comparison(key) or decides_by_comparison(_stem(task.file)):
            return key
        waiting += task.depends_on
    return ""


def _stem(path: str | None) -> str:
    return path.rpartition("/")[2].partition(".")[0] if path else ""


def _finding(entry: EntryFacts, call: CallSeen, alias: str, own: ModelRegistered | None) -> Finding:
    name = _model(call) or "…"
    what = "moved to Production" if call.method == _STAGES else f"the alias `{alias}`"
    related = ((own.place, "registered here"),) if own is not None else ()
    return Finding(
        NAME,
        "warning",
        call.place,
        f"the version just registered gets {what}, and nothing compared it before",
        _WHY,
        f'if candidate_is_better:\n    client.set_registered_model_alias("{name}", "{alias}", version)',
        {"kind": "no-comparison", "alias": alias, "model": name},
        targets=entry.targets,
        related=related,
    )


def _other_version(entry: EntryFacts, call: CallSeen, alias: str, version: str, own: ModelRegistered) -> Finding:
    name = _model(call) or "…"
    return Finding(
        NAME,
        "warning",
        call.place,
        f"`{alias}` is set to version {version}, whatever version was just registered",
        "production goes on with the version that is written down, and never loads what is trained",
        f'client.set_registered_model_alias("{name}", "{alias}", registered.version)',
        {"kind": "other-version", "alias": alias, "model": name},
        targets=entry.targets,
        related=((own.place, "registered here"),),
    )


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
with mlflow.start_run() as run:
    mlflow.sklearn.log_model(model, name="model")
version = mlflow.register_model(f"runs:/{run.info.run_id}/model", "main.ml.demand")
client = mlflow.MlflowClient()
client.set_registered_model_alias("main.ml.demand", "prod", version.version)  # error: [alias-unvalidated] nothing
""",
    good="""\
# Databricks notebook source
import mlflow
with mlflow.start_run() as run:
    mlflow.sklearn.log_model(model, name="model")
version = mlflow.register_model(f"runs:/{run.info.run_id}/model", "main.ml.demand")
client = mlflow.MlflowClient()
if rmse < champion_rmse:
    client.set_registered_model_alias("main.ml.demand", "champion", version.version)
mlflow.pyfunc.load_model("models:/main.ml.demand@champion").predict(rows)
""",
    mentions=WORDS,
)
