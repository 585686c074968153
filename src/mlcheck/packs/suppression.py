"""`# mlcheck: ignore[check-name] reason`, on the line of a finding."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mlcheck.checks.base import Finding
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.printable import nearest
from mlcheck.project.model import Project
from mlcheck.project.place import Place

NAME = "suppression-unused"
PAGE = """\
A suppression suppresses nothing.

A finding is accepted on its own line, or on the last line of its statement,
with a reason:

    timeout_seconds: 0  # mlcheck: ignore[timeout-missing] the platform sets one
    catalog = get()     # mlcheck: ignore[parameter-undeclared, undefined-name] set by the runner
    -- mlcheck: ignore[sql-invalid] runs on the warehouse only   (in SQL)

The item is then `waived`, with that reason, and not a pass. Several checks are
named with commas between. A reason is required: a comment without one
suppresses nothing. A killer's finding fails its item all the same.

It is found where the comment's line has no finding of that check (the code was
mended, the line moved, the name is mistyped), or where it gives no reason: such
a comment would hide the next finding on its line, and nobody would know why.
It fails no item. Where only some items are decided (`--item`, `--pack`), the
suppressions of checks that did not run are not judged.

Breaks with: nothing: the next finding on the line is hidden

Fix: remove the comment, or give its reason:
    # mlcheck: ignore[timeout-missing] the platform sets one
"""
_COMMENT = re.compile(r"(?:#|--)\s*mlcheck:\s*ignore\[([^\]]*)\][ \t]*(.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that says why a finding on its line is accepted."""

    place: Place
    check: str
    reason: str


def suppressions(project: Project) -> tuple[Suppression, ...]:
    """Every suppression of the project's texts, in code and YAML."""
    found: list[Suppression] = []
    for path, text in project.texts.items():
        if "mlcheck:" in text:
            for number, line in enumerate(text.splitlines(), 1):
                found += _on_line(line, Place(path, number))
    for path, code in project.code.items():
        if path not in project.texts and "mlcheck:" in code.text:  # an .ipynb
            for number, line in enumerate(code.shown or code.lines.text_lines, 1):
                found += _on_line(line, code.lines.at(number))
    return tuple(found)


def _on_line(line: str, place: Place) -> Iterator[Suppression]:
    match = _COMMENT.search(line)
    if match:
        spot = replace(place, column=match.start() + 1, end_line=place.line, end_column=match.end() + 1)
        for name in match.group(1).split(","):
            yield Suppression(spot, name.strip(), match.group(2))


def suppressed_by(finding: Finding, known: Mapping[tuple[str, int], list[Suppression]]) -> Suppression | None:
    """The suppression that speaks of a finding: on its line or on the statement's last, and with a reason."""
    lines = range(finding.place.line, max(finding.place.line, finding.place.end_line) + 1)
    for line in lines:
        for suppression in known.get((finding.place.path, line), ()):
            if suppression.check == finding.check and suppression.reason and _same_cell(suppression, finding):
                return suppression
    return None


def _same_cell(suppression: Suppression, finding: Finding) -> bool:
    """Whether both stand on a line of one cell: compact JSON has them all on one line of the file."""
    here, there = suppression.place, finding.place
    if here.cell_line is None or there.cell_line is None:
        return True
    last = there.cell_line + max(there.end_line - there.line, 0)
    return here.cell == there.cell and there.cell_line <= here.cell_line <= last


def by_line(found: Iterable[Suppression]) -> dict[tuple[str, int], list[Suppression]]:
    lines: dict[tuple[str, int], list[Suppression]] = {}
    for one in found:
        lines.setdefault((one.place.path, one.place.line), []).append(one)
    return lines


def unused(found: Iterable[Suppression], used: set[Suppression], ran: Collection[str]) -> Iterator[Finding]:
    """A finding, under no item, for each suppression that suppresses nothing or gives no reason.

    `ran` are the checks that were run; a suppression of another that exists is not judged.
    """
    for one in found:
        if one in used or (one.check in CHECK_NAMES and one.check not in ran and one.reason):
            continue
        near = nearest(one.check, CHECK_NAMES) if one.check not in CHECK_NAMES else None
        what = "suppresses nothing" if one.reason else "gives no reason, so it suppresses nothing"
        if one.check not in CHECK_NAMES:
            what = "names no check" + (f"; did you mean `{near}`?" if near else "")
        kept = f"# mlcheck: ignore[{near or one.check}] {one.reason or '<why this is right here>'}"
        yield Finding(
            NAME,
            "warning",
            one.place,
            f"`ignore[{one.check}]` {what}",
            "a comment that silences nothing hides the next finding on its line",
            "remove the comment" if one.reason and not near else kept,
            {"check": one.check},
        )
