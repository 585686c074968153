"""What a check is, and the four things that it can say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Union

from mlcheck.flow.facts import Facts
from mlcheck.project.place import Place

Severity = Literal["error", "warning", "info"]
Role = Literal["training", "inference"]


@dataclass(frozen=True, slots=True)
class Instance:
    """What an item is decided for: a job, a model, a table by name, or the whole project."""

    scope: str  # project, bundle, job, model, table
    name: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect, proved on a path that runs. `place` is where a person would mend it."""

    check: str
    severity: Severity
    place: Place
    message: str
    why: str  # what breaks, with the real error's text
    help: str  # the fix to paste
    subject: Mapping[str, str] = field(default_factory=dict)
    role: Role | None = None
    instance: Instance | None = None
    targets: tuple[str, ...] = ()
    related: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be decided, where it got lost, and why."""

    check: str
    why: str
    place: Place | None = None
    role: Role | None = None
    instance: Instance | None = None
    subject: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that the check applies to, looked at and found right. A pass rests on these alone."""

    check: str
    place: Place
    note: str = ""
    role: Role | None = None
    instance: Instance | None = None
    subject: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing that the check asks about runs from here, and all of it was followed (`checks.absence`).

    An instance of which each of an item's checks says so is n/a.
    """

    check: str
    place: Place
    why: str  # what is not there
    role: Role | None = None
    instance: Instance | None = None
    subject: Mapping[str, str] = field(default_factory=dict)


Verdict = Union[Finding, Unknown, Seen, Absent]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: a pure function from facts to verdicts, its page and its examples.

    `mentions` are the words by which a file that was not followed is known to
    concern this check (matched as whole words in its bytes). `imports` are the
    modules whose imports it asks about, `files` globs of those that it looks into.
    """

    name: str
    severity: Severity
    run: Callable[[Facts], Iterable[Verdict]]
    page: str
    bad: str
    good: str
    mentions: tuple[str, ...]
    exhibit_version: int = 1
    imports: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
