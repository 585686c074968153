"""A record belongs to one change of one repository, at about the time that it claims."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mlcheck.record.codes import Code
from mlcheck.record.refusal import Refusal
from mlcheck.record.statement import moment
from mlcheck.verify.case import Opened, Signed

TOLERANCE = timedelta(minutes=5)


def same_repository(opened: Opened) -> Iterator[Refusal]:
    """The record names the repository that the base's config.toml names."""
    for one in opened.records:
        given = one.record.change.repository
        if given != opened.trust.repository:
            yield Refusal(
                Code.E_OTHER_REPO,
                f"signed for the repository `{given}`; this one is `{opened.trust.repository}`",
                path=one.path,
                help="run `mlcheck run` here",
            )


def same_change(opened: Opened) -> Iterator[Refusal]:
    """The record names the change in whose folder it lies."""
    for one in opened.records:
        given = one.record.change.id
        if given != opened.change:
            yield Refusal(
                Code.E_OTHER_CHANGE,
                f"signed for the change `{given}`; this one is `{opened.change}`",
                path=one.path,
                help="run `mlcheck run` on this branch",
            )


def not_from_the_future(opened: Opened) -> Iterator[Refusal]:
    """No claimed time lies more than five minutes ahead."""
    latest = opened.inputs.now + TOLERANCE
    for one in opened.records:
        claimed = moment(one.record.time)
        if claimed is None or claimed > latest:
            yield Refusal(
                Code.E_FUTURE_TIME,
                f"it claims {one.record.time}, which is still to come",
                path=one.path,
                help="set the clock right, here or where it was signed",
            )


def not_too_old(signed: Signed) -> Iterator[Refusal]:
    """The developer's record is within the policy's `max_age_days`."""
    days = signed.trust.policy.max_age_days
    claimed = moment(signed.record.time)
    if days is not None and (claimed is None or signed.inputs.now - claimed > timedelta(days=days)):
        yield Refusal(
            Code.E_TOO_OLD,
            f"signed {signed.record.time}, more than {days} days ago",
            path=signed.developer.path,
            help="run `mlcheck run --all`",
        )


def answers_are_not_later(signed: Signed) -> Iterator[Refusal]:
    """No answer claims to be later than the record that holds it."""
    signing = moment(signed.record.time)
    for item in signed.record.items:
        given = moment(item.given.at) if item.given.at else None
        if given is not None and signing is not None and given > signing + TOLERANCE:
            yield Refusal(
                Code.E_FUTURE_TIME,
                f"answered {item.given.at}, after the record was signed",
                item=item.id,
                path=signed.developer.path,
            )
