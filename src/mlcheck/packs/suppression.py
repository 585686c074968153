"""`# mlcheck: ignore[check-name] reason`, on the line of a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlcheck.checks.base import Finding
from mlcheck.project.model import Project
from mlcheck.project.place import Place

NAME = "suppression-unused"
_COMMENT = re.compile(r"(?:#|--)\s*mlcheck:\s*ignore\[([^\]]*)\][ \t]*(.*?)\s*(?:\\n)?\"?,?$")


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that says why a finding on its line is accepted."""

    place: Place
    check: str
    reason: str


def suppressions(project: Project) -> tuple[Suppression, ...]:
    """Every suppression of the project's texts, in code and YAML."""
    found = []
    for path, text in project.texts.items():
        if "mlcheck:" not in text:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = _COMMENT.search(line)
            if match:
                place = Place(path, number, match.start() + 1, number, match.end() + 1)
                for name in match.group(1).split(","):
                    found.append(Suppression(place, name.strip(), match.group(2)))
    return tuple(found)


def suppressed_by(finding: Finding, known: Mapping[tuple[str, int], list[Suppression]]) -> Suppression | None:
    """The suppression that speaks of a finding: on its line or on the statement's last, and with a reason."""
    lines = range(finding.place.line, max(finding.place.line, finding.place.end_line) + 1)
    for line in lines:
        for suppression in known.get((finding.place.path, line), ()):
            if suppression.check == finding.check and suppression.reason:
                return suppression
    return None


def by_line(found: Iterable[Suppression]) -> dict[tuple[str, int], list[Suppression]]:
    lines: dict[tuple[str, int], list[Suppression]] = {}
    for one in found:
        lines.setdefault((one.place.path, one.place.line), []).append(one)
    return lines


def unused(found: Iterable[Suppression], used: set[Suppression]) -> Iterator[Finding]:
    """A finding, under no item, for each suppression that suppresses nothing or gives no reason."""
    for one in found:
        if one in used:
            continue
        what = "suppresses nothing" if one.reason else "gives no reason, so it suppresses nothing"
        yield Finding(
            NAME,
            "warning",
            one.place,
            f"`ignore[{one.check}]` {what}",
            "a comment that silences nothing hides the next finding on its line",
            "remove the comment" if one.reason else f"# mlcheck: ignore[{one.check}] <why this is right here>",
            {"check": one.check},
        )
