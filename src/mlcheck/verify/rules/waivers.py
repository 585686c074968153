"""Waivers: complete, allowed, not over, and approved by somebody who signs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mlcheck.packs.legal import approver_refusal, reason_refusal, risk_refusal
from mlcheck.packs.model import Item, Waiver
from mlcheck.record.codes import Code
from mlcheck.record.model import RecordItem
from mlcheck.record.refusal import Refusal
from mlcheck.verify.case import Signed, about

_WARNED = timedelta(weeks=6)


def waivers_are_complete(signed: Signed) -> Iterator[Refusal]:
    """A waiver says risk, reason, approver and last day; nothing else carries one."""
    for item, known in _items(signed):
        given = item.given
        if given.outcome != "waived":
            if given.waiver is not None:
                yield _refusal(signed, item, Code.E_WAIVER_INCOMPLETE, "it carries a waiver and is not waived")
        elif given.by != "tool":
            why = _missing(known, given.waiver, signed)
            if why is not None:
                yield _refusal(signed, item, Code.E_WAIVER_INCOMPLETE, why)


def _missing(item: Item, waiver: Waiver | None, signed: Signed) -> str | None:
    if waiver is None:
        return "the waiver names no risk, reason, approver and last day"
    return (
        risk_refusal(waiver.risk)
        or reason_refusal(waiver.reason)
        or approver_refusal(item, waiver.approver, signed.developer.signer.principal)
        or (None if last_day(waiver) else f"`{waiver.until}` is no date")
    )


def waivers_are_approved(signed: Signed) -> Iterator[Refusal]:
    """The approver is the reviewer; or the developer, where the item is no killer.

    Without a review there is nobody to compare, and that is refused by itself.
    """
    if not signed.reviews and signed.trust.policy.require_review:
        return
    reviewers = {review.signer.principal.casefold() for review in signed.reviews}
    developer = signed.developer.signer.principal.casefold()
    for item, known in _items(signed):
        waiver = item.given.waiver
        if item.given.outcome != "waived" or waiver is None:
            continue
        approvers = reviewers if known.killer else reviewers | {developer}
        if waiver.approver.casefold() not in approvers:
            yield _refusal(
                signed,
                item,
                Code.E_WAIVER_INCOMPLETE,
                f"its approver {waiver.approver} did not sign",
                f"have {waiver.approver} run `mlcheck review`",
            )


def waivers_are_allowed(signed: Signed) -> Iterator[Refusal]:
    """The policy forbids no waiver of the item, nor its length."""
    policy = signed.trust.policy
    for item, _ in _items(signed):
        given = item.given
        if given.outcome != "waived":
            continue
        if item.id in policy.forbid_waiver:
            yield _refusal(signed, item, Code.E_WAIVER_FORBIDDEN, "the policy forbids its waiver", "mend it")
        until = last_day(given.waiver) if given.waiver else None
        since = date.fromisoformat(given.at[:10]) if given.at else None
        if until is not None and since is not None and (until - since).days > policy.max_waiver_days:
            yield _refusal(
                signed,
                item,
                Code.E_WAIVER_FORBIDDEN,
                f"waived until {until}, which is over {policy.max_waiver_days} days",
                "run `mlcheck run` and give an earlier day",
            )


def waivers_are_not_over(signed: Signed) -> Iterator[Refusal]:
    """A waiver holds through its last day, by the verifier's clock in UTC."""
    today = signed.inputs.now.date()
    for item, _ in _items(signed):
        until = last_day(item.given.waiver) if item.given.waiver else None
        if item.given.outcome == "waived" and until is not None and until < today:
            yield _refusal(
                signed, item, Code.E_WAIVER_EXPIRED, f"its waiver ended on {until}", "mend it, or run `mlcheck run`"
            )


def ending_soon(signed: Signed) -> Iterator[str]:
    """A note for each waiver that ends within six weeks."""
    today = signed.inputs.now.date()
    for item in signed.record.items:
        until = last_day(item.given.waiver) if item.given.waiver else None
        if item.given.outcome == "waived" and until is not None and today <= until <= today + _WARNED:
            yield f"the waiver of {about(item)} ends on {until}"


def last_day(waiver: Waiver) -> date | None:
    """A waiver's last day, or None where it names none."""
    try:
        return date.fromisoformat(waiver.until) if len(waiver.until) == 10 else None
    except ValueError:
        return None


def _items(signed: Signed) -> Iterator[tuple[RecordItem, Item]]:
    known = {item.id: item for pack in signed.opened.packs for item in pack.items}
    for item in signed.record.items:
        if item.id in known:
            yield item, known[item.id]


def _refusal(signed: Signed, item: RecordItem, code: Code, why: str, help: str = "run `mlcheck run`") -> Refusal:
    return Refusal(code, f"{about(item)}: {why}", item.id, signed.developer.path, help)
