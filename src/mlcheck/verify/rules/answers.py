"""Every item has an answer, and one that may be given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from mlcheck.packs.legal import possible, refusal
from mlcheck.packs.model import OPEN, Answer, Item
from mlcheck.record.codes import Code
from mlcheck.record.model import RecordItem
from mlcheck.record.refusal import Refusal
from mlcheck.verify.case import Judged, Signed, about


def nothing_is_open(signed: Signed) -> Iterator[Refusal]:
    """No item is open or failed."""
    for item in signed.record.items:
        outcome = item.given.outcome
        if outcome in OPEN or outcome == "fail":
            state = "failed" if outcome == "fail" else "open"
            yield Refusal(
                Code.E_OPEN_ITEM,
                f"{about(item)} is {state} ({outcome}): {item.computed.reason}",
                item=item.id,
                path=signed.developer.path,
                help="mend it, answer it or waive it in `mlcheck run`",
            )


def answers_may_stand(signed: Signed) -> Iterator[Refusal]:
    """What somebody answered is an answer that the walk would have taken; waivers have rules of their own."""
    known = {item.id: item for pack in signed.opened.packs for item in pack.items}
    for item in signed.record.items:
        if item.given.by == "tool" or item.id not in known or item.given.outcome in ("fail", *OPEN):
            continue
        why = _refused(known[item.id], item)
        if why is not None:
            contradicts = item.computed.outcome == "fail"
            yield Refusal(
                Code.E_AUTO_DISAGREES if contradicts else Code.E_OPEN_ITEM,
                f"{about(item)}: {why}",
                item=item.id,
                path=signed.developer.path,
                help="answer it in `mlcheck run`",
            )


def _refused(item: Item, given: RecordItem) -> str | None:
    computed = given.computed.outcome
    if given.given.outcome == "waived":
        return None if "waived" in possible(item, computed) else f"computed {computed} is not waived"
    return refusal(item, computed, _answer(given), today=date.min)


def _answer(item: RecordItem) -> Answer:
    given = item.given
    by: Literal["person", "agent"] = "agent" if given.by == "agent" else "person"
    return Answer(given.outcome, given.value, given.note, given.waiver, by, given.at or "")


def the_items_are_all_there(judged: Judged) -> Iterator[Refusal]:
    """The record holds exactly the items, and their instances, that are decided now."""
    signed = {item.key: item for item in judged.record.items}
    known = {item.id for item in judged.record.items}
    ids = {key[0] for key in judged.items}
    path = judged.signed.developer.path
    for key, item in judged.items.items():
        if key not in signed:
            # A model or job that came after the signature is a stale answer, not a forged set.
            new = item.id in known and not judged.as_signed
            code = Code.E_STALE if new else Code.E_ITEM_SET
            yield Refusal(code, f"{about(item)} is not in the record", item.id, path, "run `mlcheck run`")
    for key, item in signed.items():
        if key not in judged.items:
            gone = item.id in ids and not judged.as_signed
            code = Code.E_STALE if gone else Code.E_ITEM_SET
            yield Refusal(code, f"{about(item)} is not to be decided", item.id, path, "run `mlcheck run`")
