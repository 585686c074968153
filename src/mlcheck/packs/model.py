"""Packs, items and outcomes: the values from deciding to the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlcheck.checks.base import Finding
from mlcheck.checks.declared.model import DeclaredCheck
from mlcheck.project.model import LeftOut, NotUnderstood
from mlcheck.project.place import Place

Outcome = Literal["pass", "fail", "unknown", "manual", "n/a", "waived", "disputed", "baselined"]
Scope = Literal["project", "bundle", "job", "model", "table"]
AnswerKind = Literal["confirm", "choice", "text", "number", "path", "url", "date"]

# From worst to best: an item's outcome is its worst instance's.
WORST_FIRST: tuple[Outcome, ...] = (
    "fail",
    "unknown",
    "manual",
    "disputed",
    "waived",
    "baselined",
    "pass",
    "n/a",
)
_OF_BUNDLES = frozenset({"bundle", "job", "schedule", "notebook-task"})
OPEN: frozenset[Outcome] = frozenset({"unknown", "manual"})


@dataclass(frozen=True, slots=True)
class Reference:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a pack, as its YAML has it."""

    id: str
    pack: str
    title: str
    question: str
    why: str
    how: str
    killer: bool
    decided_by: tuple[str, ...]
    scope: Scope
    applies_to: tuple[str, ...]
    role: Literal["training", "inference"] | None
    answer: AnswerKind
    choices: tuple[str, ...]
    evidence: str
    references: tuple[Reference, ...]
    prevents: tuple[str, ...]
    digest: str  # sha256 of the item's own text, canonical
    place: Place
    narrow: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # check -> subject that it must have

    @property
    def about_jobs(self) -> bool:
        """Whether the item speaks of what the bundle says, by its scope or by what it applies to."""
        return self.scope in ("job", "bundle") or not _OF_BUNDLES.isdisjoint(self.applies_to)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack: its items in walk order, its version, and the digest of its file."""

    name: str
    title: str
    version: str
    digest: str
    items: tuple[Item, ...]
    source: str  # "mlcheck" for the five that ship, else the project's path
    extends: str | None = None
    checks: tuple[DeclaredCheck, ...] = ()  # those that it declares, and those of the packs that it extends


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who takes which risk, until when (inclusive, ISO date)."""

    risk: str
    reason: str
    approver: str
    until: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person (or an agent that says so) gives for one instance of an item."""

    outcome: Outcome
    value: str | None = None
    note: str = ""
    waiver: Waiver | None = None
    by: Literal["person", "agent"] = "person"
    at: str = ""  # ISO 8601, UTC, the answerer's claim


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place, its line, and the lines around it (number, text), made printable."""

    place: Place
    snippet: str
    context: tuple[tuple[int, str], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What a person is asked about, as data; its digest binds the answer.

    `data` is JSON-able; `digest` is the SHA-256 of its canonical JSON.
    """

    data: Mapping[str, Any]
    digest: str
    paths: tuple[str, ...]  # the files that it rests on


@dataclass(frozen=True, slots=True)
class Table:
    """What an item that is a list knows of its rows; a cell that is not known is empty."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class InstanceOutcome:
    """An item decided for one instance; `name` is "" where the scope is the project."""

    scope: str
    name: str
    outcome: Outcome
    reason: str
    evidence: tuple[Evidence, ...]
    findings: tuple[Finding, ...]
    exhibit: Exhibit
    table: Table | None = None  # None: the item has none, or nothing of it is known


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """An item decided: its worst instance's outcome, and what was searched (globs)."""

    item: Item
    outcome: Outcome
    reason: str
    instances: tuple[InstanceOutcome, ...]
    searched: tuple[str, ...]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(evidence for instance in self.instances for evidence in instance.evidence)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for instance in self.instances for finding in instance.findings)


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding with the items that it fails, its fingerprint, and what became of it."""

    finding: Finding
    items: tuple[str, ...]
    fingerprint: str
    evidence: Evidence
    suppressed: str | None = None  # the reason given on the line
    baselined: str | None = None  # the date on which the baseline took it in


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was understood. Column references count from the frames' own engine.

    `cells_passed_over` are notebooks' cells in languages that are not read: Scala, R, shell and others.
    """

    files: int
    column_references: int
    decided: int
    open: int
    calls: int = 0
    calls_resolved: int = 0
    cells: int = 0
    cells_passed_over: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """All outcomes of one tree under one set of packs: what `check` shows and the walk starts from."""

    packs: tuple[Pack, ...]
    items: tuple[ItemOutcome, ...]
    findings: tuple[ReportedFinding, ...]
    coverage: Coverage
    not_understood: tuple[NotUnderstood, ...]
    left_out: tuple[LeftOut, ...]

    def summary(self) -> dict[str, int]:
        """How many items have each outcome; every outcome of the contract is a key."""
        counts = dict.fromkeys(("pass", "fail", "unknown", "manual", "n/a", "waived"), 0)
        for item in self.items:
            counts[item.outcome] = counts.get(item.outcome, 0) + 1
        return counts
