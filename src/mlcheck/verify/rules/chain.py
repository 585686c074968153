"""Records follow records: none that another rests on may be missing, altered, or later than it."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.record.carry import carried_from
from mlcheck.record.chain import current
from mlcheck.record.codes import Code
from mlcheck.record.model import DeveloperRecord, RecordItem
from mlcheck.record.opening import SIGNOFFS, VerifiedRecord
from mlcheck.record.refusal import Refusal
from mlcheck.verify.case import Opened, Signed


def links_are_there(opened: Opened) -> Iterator[Refusal]:
    """Every file that a record of this change names is in the change's folder."""
    there = {file.sha256 for file in opened.files}
    for one in opened.records:
        for what, sha256 in _links(one):
            if sha256 not in there:
                yield Refusal(
                    Code.E_CHAIN,
                    f"{what} {sha256[:12]}… is not in the change's folder as it was",
                    path=one.path,
                    help="restore the file from the branch's history",
                )


def _links(one: VerifiedRecord) -> Iterator[tuple[str, str]]:
    record = one.record
    if record.previous is not None:
        yield "the record that it follows,", record.previous
    if isinstance(record, DeveloperRecord):
        yield from (("the record that it merges,", sha256) for sha256 in record.merges)
    else:
        yield "the record that it reviews,", record.reviews
        yield from (("the earlier review", sha256) for sha256 in record.earlier)


def later_than_what_it_rests_on(opened: Opened) -> Iterator[Refusal]:
    """A record claims no earlier time than the records that it names."""
    by_digest = {one.sha256: one for one in opened.records}
    for one in opened.records:
        for what, sha256 in _links(one):
            other = by_digest.get(sha256)
            if other is not None and other.record.time > one.record.time:
                yield Refusal(
                    Code.E_CHAIN,
                    f"it claims {one.record.time}, before {what} {sha256[:12]}… of {other.record.time}",
                    path=one.path,
                    help="sign it again with the clock set right",
                )


def records_stay(opened: Opened) -> Iterator[Refusal]:
    """A record that a commit of the change touched is still there."""
    touched = {path for commit in opened.inputs.commits for path in commit.paths}
    there = set(opened.inputs.head.list())
    for path in sorted(touched - there):
        if path.startswith(SIGNOFFS) and path.endswith(".json"):
            yield Refusal(
                Code.E_CHAIN,
                "the change holds a commit with this record, and the record is gone",
                path=path,
                help="restore the file from the branch's history",
            )


def one_is_current(opened: Opened) -> Iterator[Refusal]:
    """One developer's record is followed by no other."""
    found = current(opened.records)
    for other in found[1:]:
        yield Refusal(
            Code.E_TWO_CURRENT,
            f"neither {found[0].path.rpartition('/')[2]} nor this record follows the other",
            path=other.path,
            help="run `mlcheck run`, which joins them",
        )


def reviews_name_the_file(signed: Signed) -> Iterator[Refusal]:
    """A review's subject is the developer's file that it reviews."""
    for review in signed.reviews:
        subjects = [(one.name, dict(one.digest)) for one in review.subjects]
        if subjects != [(signed.developer.path, {"sha256": signed.developer.sha256})]:
            yield Refusal(Code.E_CHAIN, "the review's subject is not the record that it reviews", path=review.path)


def carried_answers_have_a_source(signed: Signed) -> Iterator[Refusal]:
    """A carried-over answer stands, as it is, in the valid record that it names."""
    for item in signed.record.items:
        sha256 = item.given.from_
        if sha256 is None:
            continue
        source = signed.sources.get(sha256)
        if source is None:
            why = f"the record {sha256[:12]}… that the answer comes from is not there, or not valid"
        elif not _answers_the_same(item, source, sha256):
            why = f"the record {sha256[:12]}… does not hold this answer to this exhibit"
        else:
            continue
        yield Refusal(Code.E_CHAIN, why, item=item.id, path=signed.developer.path, help="run `mlcheck run`")


def _answers_the_same(item: RecordItem, source: VerifiedRecord, sha256: str) -> bool:
    for other in source.developer.items:
        if other.key == item.key:
            return (
                other.given.from_ is None
                and (other.text, other.exhibit.digest) == (item.text, item.exhibit.digest)
                and carried_from(other, sha256) == carried_from(item, sha256)
            )
    return False


def agreements_have_a_source(signed: Signed) -> Iterator[Refusal]:
    """A carried-over agreement stands in an earlier review of the same person."""
    by_digest = {one.sha256: one for one in signed.opened.records}
    for review in signed.reviews:
        for verdict in review.review.verdicts:
            source = by_digest.get(verdict.from_ or "")
            if verdict.from_ is None or (source is not None and _agreed(verdict.binds, source, review)):
                continue
            yield Refusal(
                Code.E_CHAIN,
                f"the review {verdict.from_[:12]}… does not hold this agreement of {review.signer.principal}",
                item=verdict.id,
                path=review.path,
                help="run `mlcheck review`",
            )


def _agreed(binds: str, source: VerifiedRecord, review: VerifiedRecord) -> bool:
    if isinstance(source.record, DeveloperRecord) or source.signer.principal != review.signer.principal:
        return False
    return any(one.binds == binds and one.verdict == "agree" and one.from_ is None for one in source.review.verdicts)
