"""What is signed: a developer's record and a reviewer's, as values.

These dataclasses are the predicate's format: `shape` writes and reads them
member by member, and docs/record.schema.json publishes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Union

from mlcheck.packs.model import Outcome, Scope, Waiver
from mlcheck.project.tree import FileMode

By = Literal["person", "tool", "agent"]
Agreement = Literal["agree", "dispute"]
Key = tuple[str, str, str]  # an item's id, its instance's scope and name

DEVELOPER_MEANING = "I checked these items on these bytes."
REVIEWER_MEANING = "I reviewed these answers and agree or dispute as said."


@dataclass(frozen=True, slots=True)
class Change:
    """Which change of which repository: `base` and `head` are commits, the refs are in full."""

    repository: str  # [repo] id
    url: str  # [repo] url, or ""
    folder: str  # the project's folder in the repository, "" at its root
    id: str
    ref: str | None  # None on a detached HEAD
    base_ref: str
    base: str
    head: str


@dataclass(frozen=True, slots=True)
class Engine:
    """What outcomes depend on beside the code: versions of the tool, of Python (minor) and of sqlglot."""

    mlcheck: str
    python: str
    sqlglot: str


@dataclass(frozen=True, slots=True)
class PackUsed:
    """A pack in force when it was signed."""

    name: str
    title: str
    version: str
    digest: str
    extends: str | None


@dataclass(frozen=True, slots=True)
class Subject:
    """A file that the record rests on, by digests of its content with CRLF turned to LF.

    `gitBlob` and `sha256`; of an `.ipynb`, `notebookCode` alone: the sources of its code cells.
    """

    name: str
    digest: Mapping[str, str]
    mode: FileMode


@dataclass(frozen=True, slots=True)
class Cited:
    """A place that was seen: `snippet` is its line (cut), `digest` the SHA-256 of the whole line."""

    path: str
    line: int
    end_line: int
    cell: int | None
    snippet: str
    digest: str
    note: str


@dataclass(frozen=True, slots=True)
class Searched:
    """The globs of what was searched, and the SHA-256 of their canonical JSON."""

    globs: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Computed:
    """What the tool decided by itself."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The exhibit: its digest, and, where somebody answered, its data as canonical JSON text."""

    digest: str
    data: str | None


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for one instance. `by` tool: the computed outcome and nothing else.

    `from_` is the SHA-256 of the record in which this answer was first given,
    None where that is this one; `signer` and `at` are then the first ones.
    """

    outcome: Outcome
    by: By
    value: str | None
    checked: bool  # whether the value was looked up; else it is claimed
    note: str
    waiver: Waiver | None
    signer: str | None
    at: str | None
    from_: str | None


@dataclass(frozen=True, slots=True)
class RecordItem:
    """One item for one instance. `evidence_count` counts all places, of which the first are kept."""

    id: str
    pack: str
    title: str
    scope: Scope
    name: str
    text: str  # the item's digest
    killer: bool
    computed: Computed
    given: Given
    exhibit: Shown
    evidence: tuple[Cited, ...]
    evidence_count: int
    searched: Searched

    @property
    def key(self) -> Key:
        return self.id, self.scope, self.name


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that a comment suppressed or the baseline took in: no pass, and the reviewer sees it."""

    check: str
    items: tuple[str, ...]
    path: str
    line: int
    message: str
    how: Literal["suppressed", "baselined"]
    reason: str  # the comment's reason, or the baseline's date
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Understood:
    """How much of the code was understood, and (the first of) what was not."""

    files: int
    column_references: int
    decided: int
    open: int
    calls: int
    calls_resolved: int
    not_understood: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, and what signing means."""

    principal: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class DeveloperRecord:
    """A developer's record: the complete item set, each with what was computed and what was given.

    `content` is the digest of all that was read to decide; `previous` the
    SHA-256 of the record that this one follows, `merges` those of others that
    were current beside it.
    """

    role: Literal["developer"]
    change: Change
    engine: Engine
    packs: tuple[PackUsed, ...]
    coverage: Understood
    content: str
    items: tuple[RecordItem, ...]
    silenced: tuple[Silenced, ...]
    signer: Signer
    time: str
    previous: str | None
    merges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reviewer's word on one item's instance. `binds` is the digest of the answer and the exhibit."""

    id: str
    scope: Scope
    name: str
    binds: str
    verdict: Agreement
    note: str
    at: str
    from_: str | None

    @property
    def key(self) -> Key:
        return self.id, self.scope, self.name


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """A reviewer's record: `reviews` is the developer's file, `earlier` the reviews that were there."""

    role: Literal["review"]
    change: Change
    engine: Engine
    reviews: str
    earlier: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    signer: Signer
    time: str
    previous: str | None


Record = Union[DeveloperRecord, ReviewRecord]


@dataclass(frozen=True, slots=True)
class Statement:
    """A record with the files that it is about."""

    subjects: tuple[Subject, ...]
    record: Record
