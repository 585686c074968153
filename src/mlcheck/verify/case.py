"""What rules see: values whose signatures were checked, and what is computed now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mlcheck.packs.model import Decision, InstanceOutcome, Pack
from mlcheck.record.model import DeveloperRecord, Key, RecordItem
from mlcheck.record.opening import RecordFile, VerifiedRecord
from mlcheck.record.refusal import Refusal
from mlcheck.record.trust import Trust
from mlcheck.verify.inputs import Inputs


@dataclass(frozen=True, slots=True)
class Opened:
    """The change's files, and those of them that are verified records."""

    inputs: Inputs
    trust: Trust
    packs: tuple[Pack, ...]
    files: tuple[RecordFile, ...]
    records: tuple[VerifiedRecord, ...]

    @property
    def change(self) -> str:
        return self.inputs.standing.id


@dataclass(frozen=True, slots=True)
class Signed:
    """The current developer's record, its reviews, and the records that its answers come from, by SHA-256."""

    opened: Opened
    developer: VerifiedRecord
    reviews: tuple[VerifiedRecord, ...]
    sources: Mapping[str, VerifiedRecord]

    @property
    def record(self) -> DeveloperRecord:
        return self.developer.developer

    @property
    def trust(self) -> Trust:
        return self.opened.trust

    @property
    def inputs(self) -> Inputs:
        return self.opened.inputs


@dataclass(frozen=True, slots=True)
class Judged:
    """The same, decided again: each instance as the record would hold it if the tool answered.

    `as_signed`: all that was read to decide is as it was when it was signed,
    so that everything that was computed must be the same.
    """

    signed: Signed
    decision: Decision
    items: Mapping[Key, RecordItem]
    instances: Mapping[Key, InstanceOutcome]
    as_signed: bool
    read: frozenset[str]  # the paths that were read to decide

    @property
    def record(self) -> DeveloperRecord:
        return self.signed.record

    @property
    def inputs(self) -> Inputs:
        return self.signed.inputs


OpenedRule = Callable[[Opened], Iterator[Refusal]]
SignedRule = Callable[[Signed], Iterator[Refusal]]
JudgedRule = Callable[[Judged], Iterator[Refusal]]


def about(item: RecordItem) -> str:
    """An item's instance as messages name it."""
    return f"{item.id} ({item.name})" if item.name else item.id
