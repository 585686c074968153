"""The demo: the case study's errors with what found each, a few findings in full, and both halves' packs."""

from __future__ import annotations

from mlcheck.knowledge.case_study import CaseError, case_errors
from mlcheck.packs.model import Decision, ReportedFinding
from mlcheck.printable import printable
from mlcheck.reports.check_text import finding_lines
from mlcheck.reports.style import OUTCOME_STYLE, Style

_SHOWN = ("pass", "fail", "unknown", "manual", "n/a")
_IN_FULL = 3


def render(before: Decision, after: Decision, into: str | None, *, color: bool = False) -> str:
    """The errors, three findings, the packs of both halves, and how to go on."""
    style = Style(color)
    errors = [(error, found(error, before)) for error in case_errors()]
    lines = [style("bold", "before: five models for a city's bikes, with the errors that cost a team days"), ""]
    lines += _table(errors, style)
    lines += ["", style("bold", "three of them in full"), ""]
    for reported in _first(errors):
        lines += [*finding_lines(reported, style), ""]
    lines += [style("bold", "the five packs, before and after"), ""]
    lines += _side_by_side(before, after, style)
    lines += [
        "",
        f"before: {len(before.findings)} findings · after: {len(after.findings)}",
        "unknown: a check of the item's doesn't exist yet, or something was not followed; a person decides it.",
        "",
        *_next(into),
    ]
    return "\n".join(lines) + "\n"


def found(error: CaseError, decision: Decision) -> ReportedFinding | None:
    """The finding that is this error: by its check, at its line or within a few of it."""
    for reported in decision.findings:
        finding = reported.finding
        if finding.check == error.check and finding.place.path == error.path:
            last = max(finding.place.end_line, finding.place.line)
            if finding.place.line - 1 <= error.line <= last:
                return reported
    return None


def _table(errors: list[tuple[CaseError, ReportedFinding | None]], style: Style) -> list[str]:
    lines = []
    for error, reported in errors:
        sign = style("good", "found") if reported else style("dim", "  ·  ")
        place = style("place", f"{error.path.removeprefix('src/')}:{error.line}")
        by = error.check if reported else f"{error.check}, not decided yet"
        lines.append(f"{sign}  {error.id:>3}  {printable(error.what)}")
        lines.append(f"            {place}  {style('dim', by)}")
    count = sum(reported is not None for _, reported in errors)
    rest = "." if count == len(errors) else "; the others have no check yet."
    lines += ["", f"{count} of {len(errors)} found{rest}"]
    return lines


def _first(errors: list[tuple[CaseError, ReportedFinding | None]]) -> list[ReportedFinding]:
    return [reported for _, reported in errors if reported is not None][:_IN_FULL]


def _side_by_side(before: Decision, after: Decision, style: Style) -> list[str]:
    head = "  ".join(_SHOWN)
    lines = [style("dim", f"{'pack':<10} {head}  |  {head}")]
    for pack in before.packs:
        cells = [_counts(decision, pack.name, style) for decision in (before, after)]
        lines.append(f"{printable(pack.name):<10} {cells[0]}  |  {cells[1]}")
    return lines


def _counts(decision: Decision, pack: str, style: Style) -> str:
    cells = []
    for name in _SHOWN:
        count = sum(item.outcome == name and item.item.pack == pack for item in decision.items)
        cells.append(
            style(OUTCOME_STYLE[name], f"{count:>{len(name)}}") if count else style("dim", "·".rjust(len(name)))
        )
    return "  ".join(cells)


def _next(into: str | None) -> list[str]:
    if into is None:
        return ["next: `mlcheck demo --into FOLDER` lays it out as a repository, to walk, sign, review and verify"]
    return [
        f"laid out in {into}: branch main is the half before, branch follow-checklists the half after",
        "next:",
        f"  cd {into}",
        "  mlcheck check                          what the tool decides",
        "  mlcheck run --answers-template -       the items that are yours, as a file to fill in",
        "  mlcheck run                            the same as a walk; it ends in your signature",
    ]
