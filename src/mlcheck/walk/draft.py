"""A walk's draft as lines of JSON: what was answered, noted and half typed, each bound to its exhibit.

Encoding alone; `commands` reads, appends and locks the file. Lines are ASCII,
so any text that was typed survives. A torn line is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Union

from mlcheck.packs.model import Answer, InstanceOutcome, ItemOutcome, Outcome, Waiver
from mlcheck.record.model import Agreement
from mlcheck.walk.earlier import Earlier
from mlcheck.walk.sheet import NEEDS_A_PERSON, Key, Sheet

FORMAT = "mlcheck/draft/1"


@dataclass(frozen=True, slots=True)
class Bound:
    """What an entry speaks of: an instance of an item, as it looked when it was shown."""

    item: str
    instance: str
    exhibit: str
    text: str  # the digest of the item's own text

    @property
    def key(self) -> Key:
        return self.item, self.instance


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to one instance."""

    bound: Bound
    answer: Answer


@dataclass(frozen=True, slots=True)
class Noted:
    """A note on an instance that is not answered yet."""

    bound: Bound
    note: str


@dataclass(frozen=True, slots=True)
class HalfTyped:
    """A form that was begun. `instance` is None where it is for all instances."""

    item: str
    instance: str | None
    outcome: Outcome | None  # None: a note
    given: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reviewer's word on one instance; `binds` is the digest of what it is about."""

    item: str
    scope: str
    name: str
    binds: str
    verdict: Agreement
    note: str
    at: str


Entry = Union[Answered, Noted, HalfTyped, Spoken]
TypedKey = tuple[str, Union[str, None], Union[Outcome, None]]


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a draft still says about a sheet, and what it said that no longer holds."""

    answers: Mapping[Key, Answer] = field(default_factory=dict)
    notes: Mapping[Key, str] = field(default_factory=dict)
    typed: Mapping[TypedKey, HalfTyped] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    earlier: Mapping[Key, Earlier] = field(default_factory=dict)  # the answers that no longer hold


def bound(item: ItemOutcome, instance: InstanceOutcome) -> Bound:
    """The binding of an entry to what is shown now."""
    return Bound(item.item.id, instance.name, instance.exhibit.digest, item.item.digest)


def encode(entry: Entry) -> str:
    """One line, with its newline."""
    return json.dumps({"type": type(entry).__name__, **asdict(entry)}, sort_keys=True) + "\n"


def header(change: str) -> str:
    """The first line of a draft."""
    return json.dumps({"change": change, "format": FORMAT}, sort_keys=True) + "\n"


def decode(text: str) -> tuple[Entry, ...]:
    """The entries of a draft's text; lines that are torn or unknown are passed over."""
    return tuple(entry for line in text.split("\n") if (entry := _entry(line)) is not None)


def _entry(line: str) -> Entry | None:
    try:
        data = json.loads(line)
        match data.pop("type"):
            case "Answered":
                return Answered(Bound(**data["bound"]), _answer(data["answer"]))
            case "Noted":
                return Noted(Bound(**data["bound"]), str(data["note"]))
            case "HalfTyped":
                return HalfTyped(**{**data, "given": tuple(data["given"])})
            case "Spoken":
                return Spoken(**data)
            case _:
                return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _answer(data: dict[str, Any]) -> Answer:
    waiver = data.pop("waiver")
    return Answer(**data, waiver=Waiver(**waiver) if waiver else None)


def resume(entries: Iterable[Entry], sheet: Sheet) -> Resumed:
    """What the entries say about the sheet as it is now; later ones win.

    An answer whose exhibit or item's text changed is dropped, and `dropped`
    says why, in a sentence for each item.
    """
    answers: dict[Key, Answered] = {}
    notes: dict[Key, str] = {}
    typed: dict[TypedKey, HalfTyped] = {}
    for entry in entries:
        match entry:
            case Answered():
                answers[entry.bound.key] = entry
                notes.pop(entry.bound.key, None)
                _forget(typed, entry)
            case Noted():
                notes[entry.bound.key] = entry.note
                typed.pop((entry.bound.item, entry.bound.instance, None), None)
                typed.pop((entry.bound.item, None, None), None)
            case HalfTyped():
                typed[entry.item, entry.instance, entry.outcome] = entry
    why = {key: mismatch(entry, sheet) for key, entry in answers.items()}
    return Resumed(
        {key: entry.answer for key, entry in answers.items() if not why[key]},
        notes,
        {key: entry for key, entry in typed.items() if entry.text or entry.given},
        tuple(dict.fromkeys(f"{key[0]}: {reason}" for key, reason in why.items() if reason)),
        {key: earlier(entry) for key, entry in answers.items() if why[key]},
    )


def earlier(entry: Answered) -> Earlier:
    """An answer of a walk, as one that no longer holds."""
    return Earlier(entry.answer, "", entry.bound.text, entry.bound.exhibit)


def _forget(typed: dict[TypedKey, HalfTyped], entry: Answered) -> None:
    """What was half typed for an outcome is done with once that outcome is given."""
    for instance in (entry.bound.instance, None):
        typed.pop((entry.bound.item, instance, entry.answer.outcome), None)


def mismatch(entry: Answered, sheet: Sheet) -> str:
    """Why an answer no longer holds, or `""` where it does."""
    item = sheet.item(entry.bound.item)
    if item is None:
        return "the item is no longer in the packs; its answer is dropped"
    instance = next((each for each in item.instances if each.name == entry.bound.instance), None)
    if instance is None:
        return f"`{entry.bound.instance}` is no longer there; its answer is dropped"
    if item.item.digest != entry.bound.text:
        return "the item's text changed; it is asked again"
    if instance.exhibit.digest != entry.bound.exhibit:
        decided = instance.outcome not in NEEDS_A_PERSON
        return f"what it rests on changed; it is {'decided now' if decided else 'asked again'}"
    refusal = sheet.refusal(item, instance, entry.answer)
    return f"its answer is no longer legal ({refusal}); it is asked again" if refusal else ""
