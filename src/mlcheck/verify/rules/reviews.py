"""The review: of the current record, of all that it must speak of, and without a dispute."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.record.codes import Code
from mlcheck.record.opening import VerifiedRecord
from mlcheck.record.refusal import Refusal
from mlcheck.record.reviewing import ReviewPoint, reviewable
from mlcheck.verify.case import Signed, about


def points(signed: Signed) -> tuple[ReviewPoint, ...]:
    """What a review of this record must speak of."""
    return reviewable(signed.developer, open_one_pass=signed.trust.policy.open_one_pass)


def reviewed(signed: Signed) -> Iterator[Refusal]:
    """There is a review of the current record, where the policy requires one, and each is complete."""
    if not signed.reviews:
        if signed.trust.policy.require_review:
            yield Refusal(
                Code.E_NO_REVIEW,
                "nobody has reviewed the current record",
                path=signed.developer.path,
                help="have another person run `mlcheck review`",
            )
        return
    wanted = points(signed)
    for review in signed.reviews:
        yield from _incomplete(review, wanted)


def _incomplete(review: VerifiedRecord, wanted: tuple[ReviewPoint, ...]) -> Iterator[Refusal]:
    given = {one.key: one.binds for one in review.review.verdicts}
    for point in wanted:
        binds = given.get(point.key)
        if binds != point.binds:
            what = "does not speak of" if binds is None else "speaks of another answer to"
            yield Refusal(
                Code.E_NO_REVIEW,
                f"the review {what} {about(point.item)}",
                item=point.item.id,
                path=review.path,
                help="have the reviewer run `mlcheck review`",
            )
    for key in given.keys() - {point.key for point in wanted}:
        yield Refusal(
            Code.E_NO_REVIEW,
            f"the review speaks of {key[0]}, of which nothing is to be reviewed",
            item=key[0],
            path=review.path,
            help="have the reviewer run `mlcheck review`",
        )


def nothing_is_disputed(signed: Signed) -> Iterator[Refusal]:
    """No reviewer of the current record disputes an item."""
    for review in signed.reviews:
        for verdict in review.review.verdicts:
            if verdict.verdict == "dispute":
                yield Refusal(
                    Code.E_DISPUTED,
                    f"{review.signer.principal} disputes {verdict.id}: {verdict.note}",
                    item=verdict.id,
                    path=review.path,
                    help="mend or answer it in `mlcheck run`; the review of the new record settles it",
                )
