"""Renewal: answers that rest on nothing but code that changed, kept pack by pack in one confirmation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from mlcheck.packs.model import Answer, InstanceOutcome, ItemOutcome, Pack
from mlcheck.walk.earlier import Earlier, code_of
from mlcheck.walk.sheet import NEEDS_A_PERSON, Key, Sheet

_SHOWN = 5  # files named


@dataclass(frozen=True, slots=True)
class Renewable:
    """One answer that may be kept."""

    item: ItemOutcome
    instance: InstanceOutcome
    earlier: Earlier


@dataclass(frozen=True, slots=True)
class Renewal:
    """The answers of a pack that may be kept together."""

    pack: Pack
    answers: tuple[Renewable, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that changed, where the records say which."""
        return tuple(sorted({path for one in self.answers for path in one.earlier.changed(one.instance)}))

    def summary(self) -> str:
        """`12 answers of Training rest on code that changed: src/train.py`."""
        count = len(self.answers)
        head = f"{count} {'answer' if count == 1 else 'answers'} of {self.pack.title}"
        files = ", ".join(self.files[:_SHOWN]) + (
            f" and {len(self.files) - _SHOWN} more" if self.files[_SHOWN:] else ""
        )
        rest = "rests" if count == 1 else "rest"
        return f"{head} {rest} on code that changed{f': {files}' if files else ''}"

    def given(self) -> str:
        """Who gave them, and when: `dana@example.com on 2026-11-20`."""
        who = dict.fromkeys(
            f"{one.earlier.signer or 'this walk'} on {one.earlier.answer.at[:10]}" for one in self.answers
        )
        return ", ".join(who)

    def heads(self) -> tuple[str, ...]:
        """The commits at which they were signed."""
        return tuple(dict.fromkeys(one.earlier.head for one in self.answers if one.earlier.head))


def renewals(sheet: Sheet, answered: Collection[Key] = ()) -> tuple[Renewal, ...]:
    """What may be renewed of what is asked and not answered, pack by pack."""
    found = list(_renewable(sheet, answered))
    packs = ((pack, tuple(one for one in found if one.item.item.pack == pack.name)) for pack in sheet.decision.packs)
    return tuple(Renewal(pack, mine) for pack, mine in packs if mine)


def _renewable(sheet: Sheet, answered: Collection[Key]) -> Iterator[Renewable]:
    for item in sheet.asked():
        for instance in sheet.needing(item):
            key = item.item.id, instance.name
            earlier = sheet.earlier.get(key)
            if earlier is None or key in answered or not _rests_on_code(item, instance, earlier):
                continue
            if not sheet.refusal(item, instance, earlier.answer):
                yield Renewable(item, instance, earlier)


def _rests_on_code(item: ItemOutcome, instance: InstanceOutcome, earlier: Earlier) -> bool:
    """Whether nothing changed but the code of an item that no check decides."""
    return (
        code_of(instance.exhibit.data) is not None
        and earlier.text == item.item.digest
        and earlier.exhibit != instance.exhibit.digest
        and earlier.answer.outcome not in NEEDS_A_PERSON
    )


def kept(one: Renewable, words: str, *, by: Literal["person", "agent"], at: str) -> Answer:
    """The answer as it was, given anew: `words` say what was looked at, after its own note."""
    note = f"{one.earlier.answer.note}; {words}" if one.earlier.answer.note else words
    return replace(one.earlier.answer, note=note, by=by, at=at)


def renewal_refusal(sheet: Sheet, renewal: Renewal, words: str) -> str:
    """Why the answers can't be kept with these words, or `""` where they can."""
    if not words.strip():
        return "say what was looked at"
    refusals = (sheet.refusal(one.item, one.instance, kept(one, words, by="person", at="")) for one in renewal.answers)
    return next((why for why in refusals if why), "")
