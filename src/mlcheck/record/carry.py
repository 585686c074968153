"""Which earlier answers still hold: the same item, asked in the same words, about the same exhibit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from mlcheck.packs.model import OPEN, Answer, Decision, InstanceOutcome, ItemOutcome, Outcome
from mlcheck.printable import printable
from mlcheck.record.build import AnswerKey, Carried
from mlcheck.record.chain import developers
from mlcheck.record.model import Given, RecordItem
from mlcheck.record.opening import VerifiedRecord

NEEDS_A_PERSON: frozenset[Outcome] = OPEN | {"fail"}


def carried_answers(decision: Decision, records: Iterable[VerifiedRecord], today: str) -> Mapping[AnswerKey, Carried]:
    """The answers of verified records that hold for a decision, the newest first given winning.

    `records` are the developer's of this change and those on the base; an
    answer is taken from the record that first gave it, which `verify` looks up
    again. A waiver that ended before `today` (ISO date) holds no longer.
    """
    answers: dict[tuple[str, str, str, str, str], Carried] = {}
    for record in reversed(developers(records)):
        for item in record.developer.items:
            if item.given.by != "tool" and item.given.from_ is None and _stands(item.given, today):
                answers[_bound(item)] = carried_from(item, record.sha256)
    return {
        (item.item.id, instance.name): answers[key]
        for item in decision.items
        for instance in item.instances
        if instance.outcome in NEEDS_A_PERSON and (key := _asked(item, instance)) in answers
    }


def carried_from(item: RecordItem, sha256: str) -> Carried:
    """An item's answer as it is carried from the record that first gave it."""
    given = item.given
    by: Literal["person", "agent"] = "agent" if given.by == "agent" else "person"
    answer = Answer(given.outcome, given.value, given.note, given.waiver, by, given.at or "")
    return Carried(answer, given.checked, given.signer or "", sha256)


def _stands(given: Given, today: str) -> bool:
    if given.outcome in NEEDS_A_PERSON:
        return False
    return given.waiver is None or given.waiver.until >= today


def _bound(item: RecordItem) -> tuple[str, str, str, str, str]:
    return item.id, item.scope, item.name, item.text, item.exhibit.digest


def _asked(item: ItemOutcome, instance: InstanceOutcome) -> tuple[str, str, str, str, str]:
    return item.item.id, item.item.scope, printable(instance.name), item.item.digest, instance.exhibit.digest
