"""What a reviewer must agree to or dispute, and the record of their words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mlcheck.errors import CouldNotError
from mlcheck.record import statement
from mlcheck.record.chain import reviews
from mlcheck.record.model import (
    REVIEWER_MEANING,
    Change,
    DeveloperRecord,
    Engine,
    Key,
    RecordItem,
    ReviewRecord,
    Signer,
    Silenced,
    Statement,
    Subject,
    Verdict,
)
from mlcheck.record.opening import VerifiedRecord
from mlcheck.record.refusal import Refused
from mlcheck.record.shape import to_json
from mlcheck.record.strict_json import canonical

Why = Literal["failed", "waived", "disputed", "baselined", "answered", "drawn"]


@dataclass(frozen=True, slots=True)
class ReviewPoint:
    """One item's instance that a reviewer speaks of, and why. `binds` is what an agreement agrees to."""

    item: RecordItem
    why: Why
    silenced: tuple[Silenced, ...]
    binds: str

    @property
    def key(self) -> Key:
        return self.item.key


def reviewable(developer: VerifiedRecord, *, open_one_pass: bool = False) -> tuple[ReviewPoint, ...]:
    """Every fail, waiver, dispute, baselined finding and human answer of a developer's record, in order.

    With `open_one_pass`, also one automatic pass, drawn by the record's digest.
    """
    record = developer.developer
    points = [
        ReviewPoint(item, why, _silenced(item, record), _binds(item, record))
        for item in record.items
        if (why := _why(item)) is not None
    ]
    drawn = _drawn(record, developer.sha256) if open_one_pass else None
    if drawn is not None:
        points.append(ReviewPoint(drawn, "drawn", (), _binds(drawn, record)))
    return tuple(points)


def carried_verdicts(
    points: Sequence[ReviewPoint], records: Iterable[VerifiedRecord], principal: str
) -> Mapping[Key, Verdict]:
    """The reviewer's own earlier agreements that hold: the same answer to the same exhibit."""
    wanted = {point.key: point.binds for point in points}
    held: dict[Key, Verdict] = {}
    for record in reviews(records):
        if record.signer.principal != principal:
            continue
        for one in record.review.verdicts:
            if one.verdict == "agree" and one.from_ is None and wanted.get(one.key) == one.binds:
                held[one.key] = Verdict(
                    one.id, one.scope, one.name, one.binds, "agree", one.note, one.at, record.sha256
                )
    return held


def verdict(point: ReviewPoint, word: Literal["agree", "dispute"], note: str, at: str) -> Verdict:
    """A reviewer's word on a point, given now."""
    item = point.item
    return Verdict(item.id, item.scope, item.name, point.binds, word, note, at, None)


def review_record(
    developer: VerifiedRecord,
    verdicts: Sequence[Verdict],
    *,
    change: Change,
    engine: Engine,
    signer: Signer,
    time: str,
    earlier: Sequence[VerifiedRecord] = (),
) -> bytes:
    """The payload of a review, to be signed; `earlier` are the reviews that are there, the oldest first.

    Raises CouldNotError where it holds what `verify` would refuse.
    """
    record = ReviewRecord(
        role="review",
        change=change,
        engine=engine,
        reviews=developer.sha256,
        earlier=tuple(one.sha256 for one in earlier),
        verdicts=tuple(verdicts),
        signer=signer,
        time=time,
        previous=earlier[-1].sha256 if earlier else None,
    )
    subject = Subject(developer.path, {"sha256": developer.sha256}, "file")
    try:
        return statement.write(Statement((subject,), record))
    except Refused as refused:
        raise CouldNotError(f"the review would be refused: {refused.refusal.message}") from None


def reviewer_signer(principal: str, name: str = "") -> Signer:
    """The signer of a review, with what signing means."""
    return Signer(principal, name, REVIEWER_MEANING)


def _why(item: RecordItem) -> Why | None:
    match item.given.outcome:
        case "fail":
            return "failed"
        case "waived" | "disputed" | "baselined" as outcome:
            return outcome
        case _:
            return "answered" if item.given.by != "tool" else None


def _silenced(item: RecordItem, record: DeveloperRecord) -> tuple[Silenced, ...]:
    return tuple(one for one in record.silenced if item.id in one.items)


def _binds(item: RecordItem, record: DeveloperRecord) -> str:
    """The digest of the answer, the exhibit and what was silenced; not of where it was carried from."""
    given = {name: value for name, value in to_json(item.given).items() if name != "from"}
    silenced = sorted((one.fingerprint, one.how, one.reason) for one in _silenced(item, record))
    bound = [list(item.key), item.text, item.computed.outcome, given, item.exhibit.digest, silenced]
    return hashlib.sha256(canonical(bound)).hexdigest()


def _drawn(record: DeveloperRecord, sha256: str) -> RecordItem | None:
    passes = [item for item in record.items if item.given.by == "tool" and item.given.outcome == "pass"]
    return passes[int(sha256, 16) % len(passes)] if passes else None
