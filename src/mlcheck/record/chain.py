"""Which records follow which: the current developer's record, and the reviews of it."""

from __future__ import annotations

from collections.abc import Iterable

from mlcheck.record.model import DeveloperRecord, ReviewRecord
from mlcheck.record.opening import VerifiedRecord


def developers(records: Iterable[VerifiedRecord]) -> tuple[VerifiedRecord, ...]:
    """The developers' records, the newest by claimed time first."""
    found = (one for one in records if isinstance(one.record, DeveloperRecord))
    return tuple(sorted(found, key=lambda one: (one.record.time, one.sha256), reverse=True))


def current(records: Iterable[VerifiedRecord]) -> tuple[VerifiedRecord, ...]:
    """The developers' records that no other follows, the newest first: one, where all is well.

    A new record names the first as its `previous` and the others as `merges`.
    """
    found = developers(records)
    followed = {sha256 for one in found for sha256 in (one.developer.previous, *one.developer.merges)}
    return tuple(one for one in found if one.sha256 not in followed)


def reviews_of(records: Iterable[VerifiedRecord], developer: VerifiedRecord) -> tuple[VerifiedRecord, ...]:
    """The reviews of one developer's record, the oldest by claimed time first."""
    found = (one for one in reviews(records) if one.review.reviews == developer.sha256)
    return tuple(found)


def reviews(records: Iterable[VerifiedRecord]) -> tuple[VerifiedRecord, ...]:
    """The reviews of whichever record, the oldest by claimed time first."""
    found = (one for one in records if isinstance(one.record, ReviewRecord))
    return tuple(sorted(found, key=lambda one: (one.record.time, one.sha256)))
