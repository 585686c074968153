"""What the tool decided, it decides again: a signed outcome that differs now is a contradiction."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.record.build import silenced, understood
from mlcheck.record.codes import Code
from mlcheck.record.model import RecordItem
from mlcheck.record.refusal import Refusal
from mlcheck.verify.case import Judged, Signed, about


def the_tool_adds_nothing(signed: Signed) -> Iterator[Refusal]:
    """An answer by the tool is the computed outcome and nothing else; only a waiver carries a waiver."""
    for item in signed.record.items:
        given = item.given
        if given.by == "tool":
            bare = (given.value, given.checked, given.note, given.waiver, given.signer, given.at, given.from_)
            if given.outcome != item.computed.outcome or bare != (None, False, "", None, None, None, None):
                why = f"{about(item)} is answered by the tool, and not with what it computed"
            else:
                continue
        elif given.signer is None or given.at is None:
            why = f"{about(item)} does not say who answered it, or when"
        else:
            continue
        yield Refusal(Code.E_AUTO_DISAGREES, why, item.id, signed.developer.path, "run `mlcheck run`")


def outcomes_agree(judged: Judged) -> Iterator[Refusal]:
    """What was signed as computed is computed now.

    An answer whose exhibit changed is stale instead, except where it would
    hide what is computed `fail` now.
    """
    for item in judged.record.items:
        now = judged.items.get(item.key)
        if now is None or now.computed.outcome == item.computed.outcome:
            continue
        asked_again = item.given.by != "tool" and item.exhibit.digest != now.exhibit.digest
        if asked_again and not (now.computed.outcome == "fail" and item.given.outcome in ("pass", "n/a")):
            continue
        yield Refusal(
            Code.E_AUTO_DISAGREES,
            f"{about(item)} was signed as computed `{item.computed.outcome}` and is computed"
            f" `{now.computed.outcome}` now: {now.computed.reason}",
            item=item.id,
            path=now.evidence[0].path if now.evidence else judged.signed.developer.path,
            help=f"see it by `mlcheck check --item {item.id}`, then `mlcheck run`",
        )


def items_are_the_packs(judged: Judged) -> Iterator[Refusal]:
    """Title, pack and rank of an item are those on the base."""
    for item in judged.record.items:
        now = judged.items.get(item.key)
        if now is not None and (item.title, item.pack, item.killer) != (now.title, now.pack, now.killer):
            yield _differs(judged, item, "its title, its pack or whether it is a killer")


def reasons_agree(judged: Judged) -> Iterator[Refusal]:
    """Where all is as it was signed, reasons, coverage and what was silenced are too."""
    if not judged.as_signed:
        return
    for item in judged.record.items:
        now = judged.items.get(item.key)
        if now is not None and item.computed.reason != now.computed.reason:
            yield _differs(judged, item, "its reason")
    if judged.record.coverage != understood(judged.decision):
        yield Refusal(
            Code.E_AUTO_DISAGREES,
            "how much of the code was understood is computed otherwise now",
            path=judged.signed.developer.path,
            help="run `mlcheck run`",
        )
    if judged.record.silenced != silenced(judged.decision.findings):
        yield Refusal(
            Code.E_AUTO_DISAGREES,
            "what comments and the baseline silence is computed otherwise now",
            path=judged.signed.developer.path,
            help="run `mlcheck run`",
        )


def _differs(judged: Judged, item: RecordItem, what: str) -> Refusal:
    return Refusal(
        Code.E_AUTO_DISAGREES,
        f"{about(item)}: {what} is computed otherwise now",
        item=item.id,
        path=judged.signed.developer.path,
        help="run `mlcheck run`",
    )
