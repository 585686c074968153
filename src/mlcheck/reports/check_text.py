"""`check` for a person: each finding as a good compiler prints it, then where the packs stand."""

from __future__ import annotations

from mlcheck.packs.model import OPEN, Coverage, Decision, ItemOutcome, ReportedFinding
from mlcheck.printable import printable
from mlcheck.reports.excerpt import excerpt
from mlcheck.reports.style import OUTCOME_STYLE, Style

_COUNTED = ("pass", "fail", "unknown", "manual", "n/a", "waived", "baselined", "disputed")
_ORDER = {"error": 0, "warning": 1, "info": 2}


def render(decision: Decision, *, color: bool = False, details: bool = False) -> str:
    """The report. `details`: show every item with its reason and evidence too."""
    style = Style(color)
    lines: list[str] = []
    shown = [one for one in decision.findings if one.suppressed is None and one.baselined is None]
    for reported in sorted(shown, key=lambda one: _ORDER[one.finding.severity]):
        lines += [*finding_lines(reported, style), ""]
    if details:
        for item in decision.items:
            lines += [*_item(item, style), ""]
    lines += _table(decision, style)
    lines += ["", *_closing(decision, shown, style)]
    return "\n".join(lines) + "\n"


def finding_lines(reported: ReportedFinding, style: Style) -> list[str]:
    finding = reported.finding
    severity = finding.severity
    place = finding.place
    about = [*reported.items, *(f"target {', '.join(finding.targets)}" for _ in (1,) if finding.targets)]
    cell = f" (cell {place.cell})" if place.cell else ""
    where = style("place", f"{printable(place.path)}:{place.line}:{place.column}")
    lines = [
        f"{style(severity, f'{severity}[{finding.check}]')} {style('bold', printable(finding.message))}",
        f"  {where}{cell}" + (style("dim", f"  {' · '.join(about)}") if about else ""),
        *excerpt(reported.evidence, style, severity),
    ]
    lines.append(f"  why: {printable(finding.why)}")
    for related, note in finding.related:
        lines.append(style("dim", f"  see: {related.shown()} {printable(note)}"))
    fix = finding.help.splitlines() or [""]
    lines.append(f"  fix: {style('fix', printable(fix[0]))}")
    lines += [f"       {style('fix', printable(line))}" for line in fix[1:]]
    return lines


def _item(item: ItemOutcome, style: Style) -> list[str]:
    killer = " (killer)" if item.item.killer else ""
    head = style(OUTCOME_STYLE[item.outcome], f"{item.outcome:<8}")
    lines = [
        f"{head} {style('bold', item.item.id)} {printable(item.item.title)}{killer}",
        f"  {printable(item.reason)}",
    ]
    for instance in item.instances:
        if instance.name and len(item.instances) > 1:
            lines.append(f"  {instance.outcome:<8} {printable(instance.name)}: {instance.reason}")
        for evidence in instance.evidence[:3]:
            note = f"  {evidence.note}" if evidence.note else ""
            lines.append(f"    {style('place', evidence.place.shown())}{style('dim', note)}")
    if item.searched:
        lines.append(style("dim", f"  searched: {', '.join(item.searched)}"))
    return lines


def _table(decision: Decision, style: Style) -> list[str]:
    """A row a pack: how many of its items have each outcome."""
    used = [name for name in _COUNTED if any(item.outcome == name for item in decision.items)]
    width = max([len(pack.name) for pack in decision.packs] + [4])
    lines = [style("dim", f"{'pack':<{width}}  " + "  ".join(f"{name:>7}" for name in used))]
    for pack in decision.packs:
        items = [item for item in decision.items if item.item.pack == pack.name]
        if not items:
            continue
        cells = []
        for name in used:
            count = sum(item.outcome == name for item in items)
            cells.append(style(OUTCOME_STYLE[name], f"{count:>7}") if count else style("dim", f"{'·':>7}"))
        lines.append(f"{pack.name:<{width}}  " + "  ".join(cells))
    return lines


def _passed_over(coverage: Coverage) -> str:
    count = coverage.cells_passed_over
    return f", {_plural(count, 'cell')} of other languages passed over" if count else ""


def _closing(decision: Decision, shown: list[ReportedFinding], style: Style) -> list[str]:
    counts = {name: sum(one.finding.severity == name for one in shown) for name in _ORDER}
    total = len(decision.items)
    still_open = sum(item.outcome in OPEN for item in decision.items)
    coverage = decision.coverage
    lines = [
        f"{_plural(counts['error'], 'error')}, {_plural(counts['warning'], 'warning')}, {counts['info']} info"
        f" · {total - still_open} of {_plural(total, 'item')} decided, {still_open} for a person",
        style(
            "dim",
            f"{_plural(coverage.files, 'code file')} read{_passed_over(coverage)}"
            f" · {coverage.calls_resolved} of {coverage.calls} calls resolved"
            f" · {_plural(len(decision.not_understood), 'place')} not understood · {len(decision.left_out)} left out",
        ),
    ]
    if not coverage.files and all(item.outcome == "n/a" for item in decision.items):
        lines.append("nothing to check is here: no code and no bundle; give the project's folder")
    silenced = sum(one.suppressed is not None for one in decision.findings)
    known = sum(one.baselined is not None for one in decision.findings)
    if silenced or known:
        lines.append(f"{silenced} suppressed in the code, {known} in the baseline")
    if shown:
        lines.append("next: mend these, then `mlcheck run` walks what is left; `mlcheck explain NAME` tells more")
    elif still_open:
        lines.append("next: `mlcheck run` walks what is left")
    return lines


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
