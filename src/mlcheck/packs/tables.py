"""The tables of items that are lists: a model's columns, what is done to each, and what a job installs.

A table is shown, and a person may correct it: what is not known is an empty
cell, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlcheck.flow.environments import environments_of, installs_of
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.model_inputs import ModelInput, model_inputs
from mlcheck.packs.model import Item, Table
from mlcheck.printable import printable

NO_TABLE = Table((), ())

_MOST_ROWS = 200
_COLUMNS, _PREPROCESSING, _PINS = "columns", "preprocessing", "pins"
_OF_ITEMS = {"PRE-04": _COLUMNS, "PRE-06": _PREPROCESSING, "JOB-03": _PINS}


def table_of(facts: Facts, item: Item, instance: str) -> Table:
    """The table of an item for one instance; one without rows where nothing of it is known."""
    match _OF_ITEMS.get(item.id):
        case "columns":
            return _table(("column", "type", "from"), _columns(facts, instance))
        case "preprocessing":
            return _table(("column", "training", "inference"), _preprocessing(facts, instance))
        case "pins":
            return _table(("installed", "by"), _pins(facts, instance))
        case _:
            return NO_TABLE


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    distinct = dict.fromkeys(tuple(printable(cell) for cell in row) for row in rows)
    return Table(header, tuple(distinct)[:_MOST_ROWS])


def _inputs(facts: Facts, model: str, role: str, kind: str) -> Iterator[ModelInput]:
    for entry in facts.entries:
        if entry.role == role and entry.model == model:
            yield from (given for given in model_inputs(entry) if given.kind == kind)


def _named(schemas: Iterable[Schema | None]) -> dict[str, Attribute]:
    """The columns by name, the first of each, in order."""
    found: dict[str, Attribute] = {}
    for schema in schemas:
        for one in schema or ():
            if one.name is not None:
                found.setdefault(one.name, one)
    return found


def _columns(facts: Facts, model: str) -> Iterator[tuple[str, ...]]:
    for name, one in _named(given.features for given in _inputs(facts, model, "training", "fit")).items():
        yield name, _type(one), _origin(one)


def _preprocessing(facts: Facts, model: str) -> Iterator[tuple[str, ...]]:
    training = _named(given.features for given in _inputs(facts, model, "training", "fit"))
    inference = _named(given.features for given in _inputs(facts, model, "inference", "predict"))
    for name in dict.fromkeys((*training, *inference)):
        yield name, _done(training.get(name)), _done(inference.get(name))


def _type(one: Attribute) -> str:
    return str(one.type) if one.type is not None else ""


def _origin(one: Attribute) -> str:
    return ", ".join(f"{source.table}.{source.column}" for source in one.sources[:2])


def _done(one: Attribute | None) -> str:
    """What becomes of a column: where it comes from, the line that makes it, and its type."""
    if one is None:
        return ""
    made = f"made at {one.made.place.shown()}" if one.made is not None else ""
    parts = [_origin(one), made, f"as {_type(one)}" if _type(one) else ""]
    return ", ".join(part for part in parts if part)


def _pins(facts: Facts, job: str) -> Iterator[tuple[str, ...]]:
    names = facts.job_names()
    found: dict[str, dict[str, None]] = {}
    for entry in facts.entries:
        if job in _jobs(entry, names):
            for text, place in _installed(facts, entry):
                found.setdefault(text, {})[place] = None
    for text, places in sorted(found.items()):
        yield text, ", ".join(places)


def _jobs(entry: EntryFacts, names: Mapping[tuple[str, str], str]) -> set[str]:
    keys = ((one.bundle.path, one.job.key) for one in entry.callers if one.bundle is not None and one.job is not None)
    return {names[key] for key in keys} or {entry.path}


def _installed(facts: Facts, entry: EntryFacts) -> Iterator[tuple[str, str]]:
    steps = [step for held in environments_of(facts, entry) for step in held.before]
    for step in (*steps, *installs_of(facts, entry)):
        for requirement in step.environment.requirements:
            yield requirement.text, requirement.place.shown()
