"""The demo's two halves side by side: each pack's counts, and each finding with what became of it."""

from __future__ import annotations

from mlcheck.packs.model import Decision
from mlcheck.printable import printable
from mlcheck.reports.check_text import finding_lines
from mlcheck.reports.style import OUTCOME_STYLE, Style

_SHOWN = ("pass", "fail", "unknown", "manual", "n/a")


def render(before: Decision, after: Decision, into: str | None, *, color: bool = False) -> str:
    """The findings of the half before, the packs of both, and how to go on."""
    style = Style(color)
    lines = [style("bold", "before: a demand model for bike stations, as a team first wrote it"), ""]
    for reported in before.findings:
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
        f"laid out in {into}: branch main is the half before, branch mend-demand the half after",
        "next:",
        f"  cd {into}",
        "  mlcheck check                          what the tool decides",
        "  mlcheck run --answers-template -       the items that are yours, as a file to fill in",
        "  mlcheck run                            the same as a walk; it ends in your signature",
    ]
