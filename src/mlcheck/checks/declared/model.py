"""What a declared check holds, as plain data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Union

from mlcheck.checks.base import Finding, Instance, Role, Seen, Severity, Unknown, Verdict
from mlcheck.project.place import Place

Scalar = Union[str, int, float, bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a value must be: one of `values`, or a whole match of `matches`; with neither, any value.

    `position` is where an argument stands when it is given by position, from 1.
    """

    values: tuple[Scalar, ...] = ()
    matches: str | None = None
    position: int | None = None

    def shown(self) -> str:
        """`"a" or "b"`, or the pattern; "" where any value will do."""
        if self.matches is not None:
            return f"text like {self.matches}"
        return " or ".join(f"`{value}`" for value in self.values)


@dataclass(frozen=True, slots=True)
class CallRule:
    """A library's call that is never made, or is made with or without some arguments.

    `required`: it is made at least once, in each entry point of `role`, or where
    no role is named in one of the project's.
    """

    names: tuple[str, ...]  # dotted; `*` is one part, `**` any number
    never: bool
    required: bool
    having: Mapping[str, Wanted]
    lacking: Mapping[str, Wanted]
    role: Role | None


@dataclass(frozen=True, slots=True)
class BundleRule:
    """A key of a bundle that is there, is not there, or has a value.

    `optional`: where the key isn't there, that is right too.
    """

    key: tuple[str, ...]  # `*` is any key, or any element of a list
    written: str
    absent: bool
    optional: bool
    wanted: Wanted
    targets: tuple[str, ...]  # none: every target


@dataclass(frozen=True, slots=True)
class ImportRule:
    """Modules that nobody imports but in `allowed_in`, or (`required`) that are imported at least once."""

    modules: tuple[str, ...]
    allowed_in: tuple[str, ...]
    required: bool
    role: Role | None


@dataclass(frozen=True, slots=True)
class FileRule:
    """A file that is there, or (`absent`) isn't; with `contains`, one that holds that text."""

    path: str  # a glob
    absent: bool
    contains: str | None


Rule = Union[CallRule, BundleRule, ImportRule, FileRule]


@dataclass(frozen=True, slots=True)
class DeclaredCheck:
    """A check as a pack declares it. `message` has `{names}` for what a finding speaks of."""

    name: str
    severity: Severity
    message: str
    why: str
    help: str
    rule: Rule
    bad: str
    good: str
    place: Place  # of its name in the pack
    places: Mapping[str, Place]  # of each key's value

    def version(self) -> int:
        """A number that changes with the rule, so that answers which rest on it are asked again."""
        data = json.dumps([type(self.rule).__name__, _plain(self.rule)], sort_keys=True, default=str)
        return int(hashlib.sha256(data.encode()).hexdigest()[:8], 16)

    def finding(self, place: Place, subject: Mapping[str, str], targets: tuple[str, ...] = ()) -> Finding:
        return Finding(
            self.name,
            self.severity,
            place,
            filled(self.message, subject),
            self.why,
            filled(self.help, subject),
            subject,
            targets=targets,
        )

    def unknown(self, why: str, place: Place | None, subject: Mapping[str, str] | None = None) -> Unknown:
        return Unknown(self.name, why, place, subject=subject or {})

    def seen(self, place: Place, note: str, subject: Mapping[str, str] | None = None) -> Seen:
        return Seen(self.name, place, note, subject=subject or {})


def _plain(rule: Rule) -> Any:
    return {key: dict(value) if isinstance(value, Mapping) else value for key, value in asdict(rule).items()}


def filled(text: str, subject: Mapping[str, str]) -> str:
    """The text with each `{name}` that the subject has in its place."""
    for name, value in subject.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def about(verdict: Verdict, role: Role | None, instance: Instance | None) -> Verdict:
    """The verdict, spoken of a role and an instance."""
    return replace(verdict, role=role, instance=instance)
