"""Which training made the model that an inference loads: by registered name, then by job, then by bundle."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, ModelRegistered
from mlcheck.flow.values import Value, options_of, parts_of

# Calls that take a model's URI, and where it stands in them.
_LOADERS = {"load_model": ("model_uri", 0), "spark_udf": ("model_uri", 1), "score_batch": ("model_uri", 0)}
_URI = re.compile(r"models:/+")


@dataclass(frozen=True, slots=True)
class Pair:
    """An inference and a training that may have made its model; `by` says what speaks for it."""

    training: EntryFacts
    inference: EntryFacts
    by: Literal["name", "job", "bundle", "maybe"]


def pairs(facts: Facts) -> Iterator[Pair]:
    """Every inference with the trainings that it may load from.

    By name where both say one; a training of another name is none. Of the rest
    the one of the same job, else of the same bundle; `maybe` where several are,
    or where nothing but a model that is loaded speaks for them.
    """
    trainings = [entry for entry in facts.entries if entry.role == "training"]
    names = {id(entry): registered_names(entry) for entry in trainings}
    for inference in facts.entries:
        if inference.role == "inference":
            yield from _of(inference, trainings, names)


def _of(inference: EntryFacts, trainings: Sequence[EntryFacts], names: dict[int, frozenset[str]]) -> Iterator[Pair]:
    loaded = loaded_names(inference)
    same = [one for one in trainings if loaded & names[id(one)]]
    if same:
        for name in sorted(loaded):
            yield from _pairs([one for one in same if name in names[id(one)]], inference, "name")
        return
    rest = [one for one in trainings if not (loaded and names[id(one)])]  # of those both names differ
    together = [one for one in rest if _jobs(one) & _jobs(inference)]
    beside = [one for one in rest if _bundles(one) & _bundles(inference)]
    if together:
        yield from _pairs(together, inference, "job")
    elif beside:
        yield from _pairs(beside, inference, "bundle")
    elif any(True for _ in inference.calls(*_LOADERS)):
        yield from (Pair(one, inference, "maybe") for one in _near(inference, rest))


def _pairs(
    trainings: Sequence[EntryFacts], inference: EntryFacts, by: Literal["name", "job", "bundle"]
) -> Iterator[Pair]:
    """The trainings that one thing speaks for: where they are several files, any of them may be meant."""
    sure = len({one.path for one in trainings}) == 1
    yield from (Pair(one, inference, by if sure else "maybe") for one in trainings)


def _near(inference: EntryFacts, trainings: Sequence[EntryFacts]) -> list[EntryFacts]:
    """Trainings of no other bundle: those of the same folder, else all."""
    loose = [one for one in trainings if not (_bundles(one) and _bundles(inference))]
    folder = posixpath.dirname(inference.path)
    return [one for one in loose if posixpath.dirname(one.path) == folder] or loose


def registered_names(entry: EntryFacts) -> frozenset[str]:
    """The last level of each name that an entry point registers a model under, where that is constant."""
    return frozenset(name for fact in entry.of(ModelRegistered) for name in _ends(fact.name, registered=True))


def name_ends(value: Value) -> Iterator[str]:
    """The last level of each name that a value may be, in lower case, where that is constant."""
    return _ends(value, registered=True)


def loaded_by(call: CallSeen) -> frozenset[str]:
    """The last level of each registered name that a call loads."""
    return frozenset(_loaded(call)) if call.method in _LOADERS else frozenset()


def loaded_names(entry: EntryFacts) -> frozenset[str]:
    """The last level of each registered name in the model URIs that an entry point loads."""
    return frozenset(name for call in entry.calls(*_LOADERS) for name in _loaded(call))


def _loaded(call: CallSeen) -> Iterator[str]:
    keyword, position = _LOADERS[call.method]
    value = call.argument(keyword, position)
    if value is not None:
        yield from _ends(value, registered=False)


def _ends(value: Value, registered: bool) -> Iterator[str]:
    for option in options_of(value):
        text = "".join(part if isinstance(part, str) else "\0" for part in parts_of(option))
        if not registered:
            match = _URI.match(text)
            if match is None:
                continue
            text = re.split(r"[@/]", text[match.end() :], maxsplit=1)[0]
        last = text.rpartition(".")[2]
        if last and "\0" not in last:
            yield last.lower()


def _jobs(entry: EntryFacts) -> set[tuple[str, str]]:
    return {(one.bundle.path, one.job.key) for one in entry.callers if one.bundle is not None and one.job is not None}


def _bundles(entry: EntryFacts) -> set[str]:
    return {one.bundle.path for one in entry.callers if one.bundle is not None}
