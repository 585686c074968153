"""A model is registered under one name and looked up under another that nobody registers.

A rename that reached one file, a suffix that only training adds, a hyphen
instead of an underscore: the look-up finds nothing, or an old model that still
bears the name.

Breaks with: RESOURCE_DOES_NOT_EXIST: Registered Model with name=… not found
Source: audits of public pipelines, and fixes in their histories.

Fix: MODEL_NAME = "main.ml.demand"  # one constant, read by training and scoring
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.dotted_names import UNKNOWN, dotted, is_whole, levels, sameness
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.model_names import REGISTERS, ModelName, looked_up, registered
from mlcheck.flow.tables import table_uses

NAME = "name-drift"
WORDS = ("register_model", "create_registered_model")
_PUBLISHED = "system."
_NEAR = 0.75  # of the letters of two names
_MISSING = "RESOURCE_DOES_NOT_EXIST: Registered Model with name={name} not found"


@dataclass(frozen=True, slots=True)
class _Written:
    """What the project registers, and why that may not be all; "" where it is."""

    names: tuple[ModelName, ...]
    doubt: str


def run(facts: Facts) -> Iterator[Verdict]:
    written = _written(facts)
    for read in dict.fromkeys(looked_up(facts)):
        yield _model(read, written)
    yield from _tables(facts)


# --- tables


def _tables(facts: Facts) -> Iterator[Verdict]:
    """Tables that are written in one schema and read in another; whether those are two is for a person to say."""
    uses = [(entry, use, dotted(use.name)) for entry in facts.entries for use in table_uses(entry)]
    written = {name for _, use, name in uses if use.writes and name is not None}
    asked: set[tuple[str, str]] = set()
    for entry, use, name in uses:
        if use.writes or name is None or "." not in name or "/" in name or not is_whole(name):
            continue
        twin = next((one for one in sorted(written) if _is_twin(one, name)), None)
        known = any(sameness(one, name) != "different" for one in written)
        if twin is not None and not known and (entry.path, name) not in asked:
            asked.add((entry.path, name))
            why = f"`{name}` is read, and `{twin}` is what is written: whether those are two tables is not known"
            yield Unknown(NAME, why, use.place, entry.role, _instance(entry), {"kind": "table", "name": name})


def _is_twin(written: str, read: str) -> bool:
    """Whether two names differ in their schema or catalog alone."""
    return levels(written)[-1].casefold() == levels(read)[-1].casefold() and is_whole(written)


# --- models


def _written(facts: Facts) -> _Written:
    names = tuple(dict.fromkeys(registered(facts)))
    lost = next((one for one in names if one.name is None or levels(one.name)[-1] == UNKNOWN), None)
    if lost is not None:
        return _Written(names, f"a model is registered under a name that is not known ({lost.place.shown()})")
    mention = next(facts.unreached_calls(frozenset(WORDS)), None)
    if mention is not None:
        return _Written(names, f"`{mention.word}` at {mention.place.shown()}: {mention.why}")
    words = frozenset(REGISTERS)
    for entry in facts.entries:
        if entry.role == "training" or any(one.entry is entry for one in names):
            gap = next(facts.unfollowed(entry, words), None)
            if gap is not None:
                return _Written(names, f"a model may be registered at {gap[0].shown()}: {gap[1]}")
    return _Written(names, "")


def _model(read: ModelName, written: _Written) -> Verdict:
    role = read.entry.role if read.entry is not None else None
    instance = _instance(read.entry)
    name = read.name
    if name is None or not is_whole(levels(name)[-1]):
        return Unknown(NAME, "under which name a model is looked up is not known", read.place, role, instance)
    subject = {"kind": "model", "name": name}
    found = next(
        (one for one in written.names if one.name is not None and sameness(one.name, name) != "different"), None
    )
    if found is not None:
        note = f"`{name}` is registered at {found.place.shown()}"
        return Seen(NAME, read.place, note, role, instance, subject)
    if name.startswith(_PUBLISHED):
        return Seen(NAME, read.place, f"`{name}` is published by others", role, instance, subject)
    near = _nearest(name, written.names)
    if near is None or written.doubt or not read.certain:
        why = f"nothing here registers `{name}`" + (f"; {written.doubt}" if written.doubt else "")
        return Unknown(NAME, why, read.place, role, instance, subject)
    return _finding(read, name, near, instance)


def _instance(entry: EntryFacts | None) -> Instance:
    return Instance("job", entry.job or entry.path) if entry is not None else Instance("project", "")


def _nearest(name: str, names: tuple[ModelName, ...]) -> ModelName | None:
    """The registered model that a person most likely meant: nearly the same last level, and no other schema."""
    mine, above = _letters(levels(name)[-1]), ".".join(levels(name)[:-1])
    best, score = None, _NEAR
    for one in names:
        *others, last = levels(one.name or "")
        if above and others and sameness(".".join(others), above) == "different":
            continue
        other = _letters(last)
        ratio = _likeness(mine, other)
        if ratio >= score:
            best, score = one, ratio
    return best


def _likeness(one: str, other: str) -> float:
    short, long = sorted((one, other), key=len)
    if len(short) >= 4 and short in long and len(short) * 2 >= len(long):
        return 1.0
    return SequenceMatcher(None, one, other).ratio()


def _letters(level: str) -> str:
    return re.sub(r"[-_]|\{…\}", "", level.casefold())


def _finding(read: ModelName, name: str, near: ModelName, instance: Instance) -> Finding:
    entry = read.entry
    return Finding(
        NAME,
        "error",
        read.place,
        f"`{name}` is looked up, and nobody registers it; `{near.name}` is registered",
        _MISSING.format(name=name),
        f'"{near.name}"',
        {"kind": "model", "name": name, "suggestion": near.name or ""},
        entry.role if entry is not None else None,
        instance,
        entry.targets if entry is not None else (),
        ((near.place, "registered here"),),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: train.py
# Databricks notebook source
import mlflow
mlflow.sklearn.log_model(model.fit(X, y), name="model", registered_model_name="main.ml.demand_model")
# file: score.py
# Databricks notebook source
import mlflow
mlflow.pyfunc.load_model("models:/main.ml.demand@champion").predict(rows)  # error: [name-drift] nobody registers it
""",
    good="""\
# file: train.py
# Databricks notebook source
import mlflow
mlflow.sklearn.log_model(model.fit(X, y), name="model", registered_model_name="main.ml.demand")
# file: score.py
# Databricks notebook source
import mlflow
mlflow.pyfunc.load_model("models:/main.ml.demand@champion").predict(rows)
# file: databricks.yml
bundle: {name: demand}
resources:
  jobs:
    demand:
      tasks:
        - {task_key: train, notebook_task: {notebook_path: train.py}}
        - {task_key: score, depends_on: [{task_key: train}], notebook_task: {notebook_path: score.py}}
""",
    mentions=WORDS,
)
