"""A model is named by what Unity Catalog does not know: `latest`, a stage, or the calls that ask for those.

Unity Catalog's registry has aliases and numbers. `models:/c.s.m/latest`, a
stage (`/Production`, `transition_model_version_stage`, `get_latest_versions`,
`stages=`) and `order_by` of `search_model_versions` raise there, and
`latest_versions` is None; in the workspace's older registry they are right. An alias after a slash is taken for
a stage in any registry: it stands after `@`.

Breaks with: Method 'get_latest_versions' is unsupported for models in the Unity Catalog.
Breaks with: Method 'transition_model_version_stage' is unsupported for models in the Unity Catalog.
Breaks with: Argument 'order_by' is unsupported for models in the Unity Catalog.
Breaks with: 'NoneType' object is not subscriptable
Breaks with: Detected attempt to load latest model version in stages ['…'].
Source: mlflow 3.17, read and executed (tests/oracle/test_model_registry.py).

Fix: mlflow.pyfunc.load_model("models:/main.ml.demand@champion")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.branches import settled, undecided
from mlcheck.flow.dotted_names import dotted
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, LatestVersions
from mlcheck.flow.gates import REGISTRY_ASKED
from mlcheck.flow.model_registry import registry_for
from mlcheck.flow.model_uris import STAGES, ModelUri, model_uri, model_uses
from mlcheck.flow.values import Bound, Const, Text, Top, Value, options_of, shown

NAME = "model-reference"
WORDS = ("load_model", "spark_udf", "score_batch", "transition_model_version_stage", "get_latest_versions")
_SEARCHES = ("search_model_versions",)
_ASKED = frozenset((*WORDS, *_SEARCHES, "load_pyfunc", "latest_versions", "get_model_version", "copy_model_version"))
_NO_MODEL = "it uses no model of a registry"
_TAGS = ("set_model_version_tag", "delete_model_version_tag")
_NONE = Const(None)
_NAMED = re.compile(r"name\s*=\s*'([^']*)'")

_ALIAS = 'client.set_registered_model_alias("{name}", "champion", version)'
_BY_STAGE = "Detected attempt to load latest model version in stages ['{stage}']."
_METHOD = "Method '{method}' is unsupported for models in the Unity Catalog."
_NO_LATEST = "'NoneType' object is not subscriptable"
_ORDER = "Argument 'order_by' is unsupported for models in the Unity Catalog."


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, "inference", instance)
        found = [replace(one, role="inference", instance=instance) for one in _entry(facts, entry)]
        yield from undecided(found) if found else nothing_of(NAME, facts, entry, "inference", _ASKED, _NO_MODEL)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(facts: Facts, entry: EntryFacts) -> Iterator[Verdict]:
    for use in model_uses(entry):
        options = options_of(use.uri) if use.uri is not None else ()
        if not options:
            yield Unknown(NAME, "which model is loaded is not seen", use.call.place)
        yield from settled(_address(facts, entry, use.call, option) for option in options)
    for call in entry.calls("transition_model_version_stage", "get_latest_versions", *_TAGS):
        if call.name.startswith("mlflow.") and (call.method not in _TAGS or call.argument("stage", 4) is not None):
            yield from _stage_call(facts, entry, call)
    for latest in entry.of(LatestVersions):
        yield _latest_versions(facts, entry, latest)
    for call in entry.calls(*_SEARCHES):
        if call.name.startswith("mlflow."):
            yield from _search(facts, entry, call)


# --- addresses


def _address(facts: Facts, entry: EntryFacts, call: CallSeen, value: Value) -> Verdict:
    uri = model_uri(value)
    if uri is None:
        return _other_address(call, value)
    match uri.kind:
        case "alias":
            return Seen(NAME, call.place, f"`{shown(value)}`, by alias")
        case "version" | "looked-up":
            note = "by number" if uri.kind == "version" else "by a number that was looked up"
            return Seen(NAME, call.place, f"`{shown(value)}`, {note}")
        case "id":
            return Seen(NAME, call.place, f"`{shown(value)}`, by the logged model's id")
        case "latest":
            return _latest(facts, entry, call, uri)
        case "stage":
            return _stage(facts, entry, call, uri)
        case "none":
            why = f"`models:/{uri.name}` gives neither a version nor an alias"
            return Unknown(NAME, why, call.place)
        case _:
            return _hole(call, uri, value)


def _other_address(call: CallSeen, value: Value) -> Verdict:
    """An address of a run, of files, or what is not known."""
    if isinstance(value, (Const, Text)) and shown(value).startswith("runs:"):
        return Seen(NAME, call.place, "of a run")
    if isinstance(value, Bound) and value.method == "model_uri":
        return Seen(NAME, call.place, "of the model that was logged")
    if isinstance(value, Const):
        return Unknown(NAME, f"`{shown(value)}` is no address of the registry", call.place)
    what = value.why if isinstance(value, Top) else "a value that is not known"
    return Unknown(NAME, f"which model is loaded is not known: {what}", call.place)


def _hole(call: CallSeen, uri: ModelUri, value: Value) -> Verdict:
    what = uri.hole.what if uri.hole is not None else ""
    if uri.kind == "given" and "version" in what.lower():
        return Seen(NAME, call.place, f"`{shown(value)}`, by a version that is given: {what}")
    return Unknown(NAME, f"`{shown(value)}`: whether it ends in a number or an alias is not known: {what}", call.place)


def _latest(facts: Facts, entry: EntryFacts, call: CallSeen, uri: ModelUri) -> Verdict:
    registry = registry_for(facts, entry, call, uri.name)
    if registry != "uc":
        return _elsewhere(call, registry, "`latest`")
    message = f"`models:/{uri.name}/{uri.suffix}`: Unity Catalog has no `latest`"
    return _finding(
        entry, call, "latest", message, _METHOD.format(method="get_latest_versions"), _by_alias(uri), uri.name
    )


def _stage(facts: Facts, entry: EntryFacts, call: CallSeen, uri: ModelUri) -> Verdict:
    why = _BY_STAGE.format(stage=uri.suffix)
    if uri.suffix.lower() not in STAGES:
        message = f"`models:/{uri.name}/{uri.suffix}`: `{uri.suffix}` is taken for a stage; an alias stands after `@`"
        fix = f'"models:/{uri.name}@{uri.suffix}"'
        return _finding(entry, call, "alias-after-slash", message, why, fix, uri.name)
    registry = registry_for(facts, entry, call, uri.name)
    if registry != "uc":
        return _elsewhere(call, registry, f"the stage `{uri.suffix}`")
    message = f"`models:/{uri.name}/{uri.suffix}`: Unity Catalog has no stages"
    return _finding(entry, call, "stage", message, why, _by_alias(uri), uri.name)


def _by_alias(uri: ModelUri) -> str:
    alias = {"production": "champion", "staging": "challenger"}.get(uri.suffix.lower(), "champion")
    return f'"models:/{uri.name}@{alias}"'


def _elsewhere(call: CallSeen, registry: str, what: str) -> Verdict:
    if registry == "unknown":
        why = f"{what}: right in the workspace's registry, refused by Unity Catalog; which one it is is not known"
        return Unknown(NAME, why, call.place)
    return Seen(NAME, call.place, f"{what}, of a registry that is not Unity Catalog's")


# --- calls


def _stage_call(facts: Facts, entry: EntryFacts, call: CallSeen) -> Iterator[Verdict]:
    given = call.argument("name", 0)
    name = dotted(options_of(given)[0]) if given is not None else None
    registry = registry_for(facts, entry, call, name)
    if registry != "uc":
        yield _elsewhere(call, registry, f"`{call.method}`")
        return
    method = "get_latest_versions" if call.method in _TAGS else call.method
    fix = _ALIAS.format(name=name or "main.ml.model")
    if method == "get_latest_versions":
        fix = f'client.get_model_version_by_alias("{name or "main.ml.model"}", "champion")'
    message = f"`{call.method}`{' with a stage' if call.method in _TAGS else ''}: Unity Catalog has no stages"
    yield _finding(entry, call, "stage-call", message, _METHOD.format(method=method), fix, name or "")


def _latest_versions(facts: Facts, entry: EntryFacts, latest: LatestVersions) -> Verdict:
    """`get_registered_model(name).latest_versions[0]`: in Unity Catalog that is None."""
    name = dotted(latest.call.argument("name", 0))
    registry = registry_for(facts, entry, latest.call, name)
    if registry != "uc":
        return replace(_elsewhere(latest.call, registry, "`latest_versions`"), place=latest.place)
    fix = f'client.get_model_version_by_alias("{name or "main.ml.model"}", "champion")'
    message = "`latest_versions` of a registered model is None in Unity Catalog"
    found = _finding(entry, latest.call, "latest-versions", message, _NO_LATEST, fix, name or "")
    return replace(found, place=latest.place)


def _search(facts: Facts, entry: EntryFacts, call: CallSeen) -> Iterator[Verdict]:
    order = call.argument("order_by", 2)
    if order is None or order == _NONE:
        return
    where = call.argument("filter_string", 1 if call.name == "mlflow.search_model_versions" else 0)
    found = _NAMED.search(dotted(where) or "")
    registry = registry_for(facts, entry, call, found.group(1) if found else None)
    if registry != "uc":
        yield _elsewhere(call, registry, "`order_by`")
        return
    fix = "latest = max(versions, key=lambda version: int(version.version))"
    message = "`order_by` of `search_model_versions`: Unity Catalog does not take it"
    yield _finding(entry, call, "order-by", message, _ORDER, fix, found.group(1) if found else "")


def _finding(entry: EntryFacts, call: CallSeen, kind: str, message: str, why: str, fix: str, model: str) -> Verdict:
    if REGISTRY_ASKED in call.guards and kind != "alias-after-slash":
        return Unknown(NAME, f"in one branch, by the registry that is in use, {message}", call.place)
    subject = {"kind": kind, "model": model, "call": call.method}
    return Finding(NAME, "error", call.place, message, why, fix, subject, targets=entry.targets)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.demand/latest")  # error: [model-reference] has no `latest`
model.predict(rows)
""",
    good="""\
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.demand@champion")
model.predict(rows)
""",
    mentions=WORDS,
)
