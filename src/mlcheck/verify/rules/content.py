"""The record's own shape: its paths, its files and its items, each once."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator

from mlcheck.record.codes import Code
from mlcheck.record.opening import VerifiedRecord
from mlcheck.record.refusal import Refusal
from mlcheck.verify.case import Signed, about

_DRIVE = re.compile(r"[A-Za-z]:")


def paths_are_inside(signed: Signed) -> Iterator[Refusal]:
    """Every path is relative, normal and below the project."""
    named = [(None, subject.name) for record in _all(signed) for subject in record.subjects]
    cited = [(item.id, each.path) for item in signed.record.items for each in item.evidence]
    for item, path in dict.fromkeys([*named, *cited]):
        if not _is_inside(path):
            yield Refusal(
                Code.E_PATH,
                f"`{path}` is not a path below the project",
                item=item,
                path=signed.developer.path,
            )


def _all(signed: Signed) -> tuple[VerifiedRecord, ...]:
    return (signed.developer, *signed.reviews)


def _is_inside(path: str) -> bool:
    if not path or path.startswith(("/", "\\", "~")) or _DRIVE.match(path) or "\\..\\" in path:
        return False
    return posixpath.normpath(path) == path and path != ".." and not path.startswith("../")


def subjects_once(signed: Signed) -> Iterator[Refusal]:
    """A file stands once among the subjects."""
    counts = Counter(subject.name for subject in signed.developer.subjects)
    for name, count in counts.items():
        if count > 1:
            yield Refusal(
                Code.E_SUBJECT_DUP,
                f"`{name}` stands {count} times among the subjects",
                path=signed.developer.path,
            )


def items_once(signed: Signed) -> Iterator[Refusal]:
    """An item stands once for each instance, and so does a verdict."""
    items = {item.key: item for item in signed.record.items}
    for key, count in Counter(item.key for item in signed.record.items).items():
        if count > 1:
            yield Refusal(
                Code.E_ITEM_DUP,
                f"{about(items[key])} stands {count} times",
                item=key[0],
                path=signed.developer.path,
            )
    for review in signed.reviews:
        for key, count in Counter(one.key for one in review.review.verdicts).items():
            if count > 1:
                yield Refusal(
                    Code.E_ITEM_DUP,
                    f"the review speaks {count} times of {key[0]}",
                    item=key[0],
                    path=review.path,
                )
