"""A model's version or a run's id is fixed in the code, or the newest version is looked for in a way that misses it.

A number in the code goes stale unseen: training registers version 12, and
scoring goes on with 3. A version's `version` is a string on Databricks, so the
largest by it is "9" beside "10", and the first of `search_model_versions` is
the one updated last, in Unity Catalog any. A handler that falls back to
version 1 scores with the first model ever registered whenever the look-up
fails.

Breaks with: nothing: an old model scores, and the job succeeds
Source: mlflow 3.17, read and executed (tests/oracle/test_model_registry.py); audits of public pipelines.

Fix: mlflow.pyfunc.load_model("models:/main.ml.demand@champion")
     newest = max(versions, key=lambda version: int(version.version))
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.branches import undecided, unsure
from mlcheck.flow.dotted_names import dotted, sameness
from mlcheck.flow.facts import (
    CallSeen,
    EntryFacts,
    Facts,
    ModelRegistered,
    NumberFallback,
    VersionPicked,
    VersionWritten,
)
from mlcheck.flow.model_uris import ModelUri, fixed_run, model_uri, model_uses
from mlcheck.flow.model_versions import is_first
from mlcheck.flow.values import Const, Hole, Text, Top, Value, options_of, origins_of, parts_of, shown

NAME = "hardcoded-version"
WORDS = ("load_model", "spark_udf", "score_batch", "get_model_version", "search_model_versions")
_STALE = "the number stays where it is when a newer version is registered: an old model goes on being used"
_BY_TEXT = 'versions are strings: "9" is larger than "10", so from the tenth on the newest is not found'
_FIRST = "the list is in the order of the last update, in Unity Catalog in none that is promised"
_NEWEST = "max(versions, key=lambda version: int(version.version))"
_PUBLISHED = ("system.", "databricks_")
_VERSION_CALLS = ("get_model_version", "transition_model_version_stage", "update_model_version")


@dataclass(frozen=True, slots=True)
class _Given:
    """Numbers that parameters give, or default to, and addresses whose version is surely written in the code."""

    texts: frozenset[str]
    defaults: frozenset[str]
    written: frozenset[Value]
    registered: frozenset[str]  # the names of the models that the project registers


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    registered = frozenset(
        name
        for entry in facts.entries
        for fact in entry.of(ModelRegistered)
        for option in options_of(fact.name)
        if (name := dotted(option)) is not None
    )
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, "inference", instance)
        found = [replace(one, role="inference", instance=instance) for one in _entry(entry, registered)]
        asked = words | {*_VERSION_CALLS, "load_pyfunc", "latest_versions", "copy_model_version"}
        why = "it uses no model of a registry"
        yield from undecided(found) if found else nothing_of(NAME, facts, entry, "inference", asked, why)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(entry: EntryFacts, registered: frozenset[str]) -> Iterator[Verdict]:
    given = _Given(
        _texts_given(entry), _defaults(entry), frozenset(one.uri for one in entry.of(VersionWritten)), registered
    )
    for use in model_uses(entry):
        options = options_of(use.uri) if use.uri is not None else ()
        verdicts = [_address(entry, use.call, option, given) for option in options]
        yield from _together(entry, verdicts)
    for call in entry.calls(*_VERSION_CALLS):
        if call.name.startswith("mlflow."):
            value = call.argument("version", 1)
            options = options_of(value) if value is not None else ()
            yield from _together(entry, [_number(entry, call, option, given) for option in options])
    for call in entry.calls("set_registered_model_alias"):
        value = call.argument("version", 2)
        if call.name.startswith("mlflow.") and value is not None and is_first(value):
            yield _taken_first(entry, call)
    for picked in entry.of(VersionPicked):
        yield _picked(entry, picked)


def _together(entry: EntryFacts, verdicts: list[Verdict]) -> Iterator[Verdict]:
    """What one use comes to: fixed where each value is; a fallback where a handler's number stands beside a look-up."""
    findings = [one for one in verdicts if isinstance(one, Finding)]
    if findings and len(findings) == len(verdicts):
        yield findings[0]
        return
    numbers = {one.subject["version"] for one in findings}
    looked_up = any(isinstance(one, Seen) and one.subject.get("how") == "looked-up" for one in verdicts)
    outside = any(one.subject.get("how") == "given" for one in verdicts)
    fallbacks = [one for one in entry.of(NumberFallback) if one.number in numbers]
    if fallbacks and looked_up:
        yield from (_fallback(entry, one) for one in fallbacks)
        return
    for one in verdicts:
        if not isinstance(one, Finding):
            yield one
        elif not outside and not looked_up:  # what is given from outside has a default; a search begins with a number
            yield unsure(one)


def _texts_given(entry: EntryFacts) -> frozenset[str]:
    """The texts that parameters give: a number among them is not the code's own."""
    texts = [p.value for caller in entry.callers if caller.task for p in caller.task.parameters if p.value is not None]
    for caller in entry.callers:
        for argument in caller.task.arguments or () if caller.task else ():
            texts += [argument, argument.rpartition("=")[2]]
    return frozenset(texts)


def _defaults(entry: EntryFacts) -> frozenset[str]:
    """The texts that widgets default to: what runs where nobody gives another."""
    found = []
    for call in entry.calls("text", "dropdown", "combobox", "multiselect"):
        default = call.argument("defaultValue", 1)
        if call.name.startswith("dbutils.widgets.") and isinstance(default, Const):
            found.append(str(default.value))
    return frozenset(found)


# --- fixed in the code


def _address(entry: EntryFacts, call: CallSeen, value: Value, given: _Given) -> Verdict:
    run = fixed_run(value)
    if run is not None:
        return _run(entry, call, run, given)
    if any(isinstance(part, Hole) and "the first of" in part.what for part in parts_of(value)) or is_first(value):
        return _taken_first(entry, call)
    uri = model_uri(value)
    if uri is None and (isinstance(value, (Const, Text)) or origins_of(value)):
        return _seen(call, "not an address with a version", "")
    if uri is None:
        what = value.why if isinstance(value, Top) else "a value that is not known"
        return Unknown(NAME, f"which model is loaded is not known: {what}", call.place)
    match uri.kind:
        case "version":
            return _version(entry, call, value, uri, given)
        case "looked-up" | "given":
            note = "a version that is looked up" if uri.kind == "looked-up" else "a version that is given"
            return _seen(call, note, uri.kind)
        case "unknown":
            what = uri.hole.what if uri.hole is not None else "what stands after the name is not known"
            return Unknown(NAME, f"`{shown(value)}`: where its version comes from is not known: {what}", call.place)
        case _:
            return _seen(call, f"`{shown(value)}`", "")


def _version(entry: EntryFacts, call: CallSeen, value: Value, uri: ModelUri, given: _Given) -> Verdict:
    if uri.suffix in given.texts and value not in given.written:
        return _seen(call, f"version {uri.suffix}, as a parameter gives it", "given")
    if uri.suffix in given.defaults and value not in given.written:
        return _default(call, f"version {uri.suffix}")
    own = any(sameness(name, uri.name) != "different" for name in given.registered)
    if uri.name.startswith(_PUBLISHED) and not own:
        return _seen(call, f"version {uri.suffix} of a model that is published, and not trained here", "")
    message = f"version {uri.suffix} of `{uri.name}` is fixed in the code"
    fix = f'"models:/{uri.name}@champion"'
    return _finding(entry, call, "version", message, _STALE, fix, {"model": uri.name, "version": uri.suffix})


def _run(entry: EntryFacts, call: CallSeen, run: str, given: _Given) -> Verdict:
    if run in given.texts:
        return _seen(call, "a run that a parameter gives", "given")
    if run in given.defaults:
        return _default(call, f"the run `{run}`")
    message = f"the run `{run}` is fixed in the code"
    why = "the run stays where it is when a newer model is trained, and is gone in another workspace"
    fix = '"models:/main.ml.model@champion"'
    return _finding(entry, call, "run", message, why, fix, {"run": run, "version": run})


def _number(entry: EntryFacts, call: CallSeen, value: Value, given: _Given) -> Verdict:
    """The version that a call of the client is given."""
    if is_first(value):
        return _taken_first(entry, call)
    if isinstance(value, Const) and str(value.value).isdigit():
        number = str(value.value)
        if number in given.texts:
            return _seen(call, f"version {number}, as a parameter gives it", "given")
        if number in given.defaults:
            return _default(call, f"version {number}")
        model = dotted(call.argument("name", 0)) or "…"
        message = f"`{call.method}` of version {number}, which is fixed in the code"
        fix = f'client.get_model_version_by_alias("{model}", "champion")'
        return _finding(entry, call, "version", message, _STALE, fix, {"model": model, "version": number})
    looked = any(one.name.startswith("mlflow.") for one in origins_of(value))
    return _seen(call, "a version that is looked up" if looked else "a version that is given", "looked-up")


def _default(call: CallSeen, what: str) -> Unknown:
    why = f"{what} is a widget's default, and no task that is known gives another: it may be what runs"
    return Unknown(NAME, why, call.place, subject={"how": "given"})


def _seen(call: CallSeen, note: str, how: str) -> Seen:
    return Seen(NAME, call.place, note, subject={"how": how})


# --- looked for


def _picked(entry: EntryFacts, picked: VersionPicked) -> Verdict:
    if picked.how in ("number", "time"):
        return Seen(NAME, picked.place, f"the newest by {picked.how}", subject={"how": "looked-up"})
    message = "the newest version is looked for by its string"
    subject = {"kind": "text-order"}
    return Finding(NAME, "warning", picked.place, message, _BY_TEXT, _NEWEST, subject, targets=entry.targets)


def _taken_first(entry: EntryFacts, call: CallSeen) -> Finding:
    message = "the first of `search_model_versions` is used as the newest version"
    return _finding(entry, call, "first", message, _FIRST, _NEWEST, {"version": "first"})


def _fallback(entry: EntryFacts, fact: NumberFallback) -> Finding:
    message = f"version {fact.number} stands in where the look-up fails"
    why = "whenever the look-up fails, for whatever reason, an old model scores, and nothing tells"
    subject = {"kind": "fallback", "version": fact.number}
    return Finding(NAME, "warning", fact.place, message, why, "raise", subject, targets=entry.targets)


def _finding(
    entry: EntryFacts, call: CallSeen, kind: str, message: str, why: str, fix: str, subject: dict[str, str]
) -> Finding:
    return Finding(NAME, "warning", call.place, message, why, fix, {"kind": kind, **subject}, targets=entry.targets)


CHECK = Check(
    NAME,
    "warning",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow
model = mlflow.pyfunc.load_model("models:/main.ml.demand/3")  # error: [hardcoded-version] version 3 of `main.ml.demand`
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
