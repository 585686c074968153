"""Earlier answers that no longer hold: shown, offered again, and what changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlcheck.packs.model import Answer, Decision, InstanceOutcome
from mlcheck.printable import printable
from mlcheck.record.build import AnswerKey
from mlcheck.record.carry import carried_from
from mlcheck.record.chain import developers
from mlcheck.record.opening import VerifiedRecord


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer given before, by whom, and what it was bound to.

    `code` is what its exhibit rested on by name, where no check decided and a
    record kept it; `head` the commit that was signed.
    """

    answer: Answer
    signer: str  # "" where it is of a walk that was not signed
    text: str  # the digest of the item's text
    exhibit: str
    code: Mapping[str, Any] = field(default_factory=dict)
    head: str = ""

    def changed(self, instance: InstanceOutcome) -> tuple[str, ...]:
        """The files that it rested on, or rests on now, and that differ; none where that is not known."""
        now = code_of(instance.exhibit.data) or {}
        differ = (name for name in self.code.keys() | now.keys() if self.code.get(name) != now.get(name))
        return tuple(sorted({name.split(":")[0] for name in differ})) if self.code else ()


def code_of(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The code digests and the jobs of an exhibit that rests on nothing else; None for any other."""
    code, jobs = data.get("code"), data.get("jobs")
    if data.get("checks") or not isinstance(code, dict) or not isinstance(jobs, dict):
        return None
    return {**code, **jobs}


def earlier_answers(decision: Decision, records: Iterable[VerifiedRecord]) -> Mapping[AnswerKey, Earlier]:
    """What verified records answered to the instances of a decision, the newest first given winning."""
    found: dict[tuple[str, str, str], Earlier] = {}
    for record in reversed(developers(records)):
        for item in record.developer.items:
            if item.given.by == "tool" or item.given.from_ is not None:
                continue
            carried = carried_from(item, record.sha256)
            code = _code(item.exhibit.data)
            found[item.key] = Earlier(
                carried.answer, carried.signer, item.text, item.exhibit.digest, code, record.record.change.head
            )
    return {
        (item.item.id, instance.name): found[key]
        for item in decision.items
        for instance in item.instances
        if (key := (item.item.id, item.item.scope, printable(instance.name))) in found
    }


def latest(*several: Mapping[AnswerKey, Earlier]) -> Mapping[AnswerKey, Earlier]:
    """All of them, of two to the same instance the one given last."""
    found: dict[AnswerKey, Earlier] = {}
    for each in several:
        for key, earlier in each.items():
            if key not in found or earlier.answer.at >= found[key].answer.at:
                found[key] = earlier
    return found


def _code(data: str | None) -> Mapping[str, Any]:
    try:
        read = json.loads(data) if data else None
    except (ValueError, RecursionError):
        return {}
    return (code_of(read) or {}) if isinstance(read, dict) else {}


def answer_shown(answer: Answer) -> str:
    """An answer in a line: its outcome, then value, waiver and note, each named where it could be mistaken."""
    waiver = answer.waiver
    taken = f"{waiver.risk} risk until {waiver.until}, approver {waiver.approver}: {waiver.reason}" if waiver else ""
    note = f"note: {answer.note}" if answer.note and (answer.value or waiver) else answer.note
    said = " · ".join(part for part in (answer.value, taken, note) if part)
    return f"{answer.outcome} {said}".rstrip()
