"""`diagnose` for a person: which error it is, why, what to do, and where the project makes it."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.diagnosis.diagnose import Cause, Diagnosis, RankedFinding
from mlcheck.packs.model import OPEN, ItemOutcome
from mlcheck.printable import printable
from mlcheck.reports.check_text import finding_lines
from mlcheck.reports.style import Style
from mlcheck.reports.wrapping import WIDTH, code_lines, listed, wrapped

_OWN = ("column", "parameter", "module", "table", "model", "argument", "path", "name", "task", "reference")
_MOST_FINDINGS = 6
_MOST_PLACES = 8
_MOST_OPEN = 4
_LONGEST_TEXT = 320


def render(diagnosis: Diagnosis, *, color: bool = False) -> str:
    """The diagnosis; the root cause first."""
    style = Style(color)
    lines: list[str] = []
    for index, cause in enumerate(diagnosis.causes):
        if index == 1:
            lines += [style("dim", "What else is in this text, caused by it or beside it:"), ""]
        lines += [*_cause(cause, style), ""]
        if index == 0:
            lines += _traced(diagnosis, style)
            lines += [*_project(cause, diagnosis, style)]
        elif cause.findings:
            lines += [*_findings(cause, style)]
    if not diagnosis.causes:
        lines += _unknown(diagnosis, style)
    if diagnosis.left_out:
        lines.append(f"{diagnosis.left_out:,} bytes in the middle of the text were not read.")
    lines += _next(diagnosis)
    return "\n".join(lines).rstrip("\n") + "\n"


def _cause(cause: Cause, style: Style) -> Iterator[str]:
    one = cause.recognised
    yield from _head(printable(one.condition), one.error.title, style)
    yield from (style("dim", line) for line in wrapped(_cut(one.text), "  "))
    yield ""
    for item in cause.items[:1]:
        mark = " (a killer)" if item.killer else ""
        yield from wrapped(f"{item.title}{mark}", f"{item.id}  ")
    others = [item.id for item in cause.items[1:]]
    if others:
        yield f"        and {', '.join(others)}"
    yield from wrapped(one.error.why, "why     ")
    if one.error.cost:
        yield f"cost    {one.error.cost}, where it was met"
    for index, line in enumerate(code_lines(one.error.fix, "")):
        yield f"{'do' if index == 0 else '':<8}{style('fix', line)}"


def _head(condition: str, title: str, style: Style) -> Iterator[str]:
    if not condition:
        yield style("error", title)
    elif len(condition) + len(title) + 2 <= WIDTH:
        yield f"{style('error', condition)}  {style('bold', title)}"
    else:
        yield style("error", condition)
        yield style("bold", title)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT].rsplit(" ", 1)[0] + " …"


def _traced(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    """The lines of the project that the trace goes through, the innermost first."""
    if not diagnosis.traced:
        return
    yield style("bold", "the trace, in this project")
    for traced, evidence in tuple(reversed(diagnosis.traced))[:_MOST_PLACES]:
        note = style("dim", "  (the trace shows other code at this line)") if traced.moved else ""
        yield f"  {style('place', printable(traced.place.shown()))}{note}"
        if evidence.snippet:
            yield f"    {evidence.snippet[:74]}"
    yield ""


def _project(cause: Cause, diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    """What the cause's checks say of this project."""
    yield style("bold", "this project")
    if not diagnosis.code_files:
        yield "  holds no code and no bundle: give its folder with --path"
        yield ""
        return
    yield from _findings(cause, style)
    if cause.findings:
        return
    if cause.checks:
        yield from listed(_named(cause.checks), "  looked at by ")
        for outcome in cause.outcomes:
            yield from _outcome(outcome, style)
    if cause.missing:
        yield from wrapped(
            f"{', '.join(_named(cause.missing))} {'is' if len(cause.missing) == 1 else 'are'} not written yet,"
            " so that was not looked for.",
            "  ",
        )
        for item in cause.items[:1]:
            yield from wrapped(f"Ask yourself: {item.question}", "  ")
    yield ""


def _named(checks: tuple[str, ...]) -> list[str]:
    return [f"`{name}`" for name in checks]


def _outcome(outcome: ItemOutcome, style: Style) -> Iterator[str]:
    """An item's outcome, with the places where it could not be decided."""
    yield from wrapped(f"{outcome.outcome}: {outcome.reason}", f"  {outcome.item.id}  ")
    if outcome.outcome in OPEN:
        worst = [one for one in outcome.instances if one.outcome == outcome.outcome]
        for evidence in list(dict.fromkeys(one.evidence[0] for one in worst if one.evidence))[:_MOST_OPEN]:
            yield f"    {style('place', printable(evidence.place.shown()))}"
            yield from (style("dim", line) for line in wrapped(evidence.note, "      "))


def _findings(cause: Cause, style: Style) -> Iterator[str]:
    shown = cause.findings[:_MOST_FINDINGS]
    sure = [ranked for ranked in shown if ranked.named] or [ranked for ranked in shown if ranked.traced]
    if shown and not sure:
        yield from wrapped(_which(cause), "  ")
        yield ""
    for ranked in shown:
        yield from _finding(ranked, ranked in sure, style)
        yield ""
    more = len(cause.findings) - _MOST_FINDINGS
    if more > 0:
        yield f"and {more} more: mlcheck check --item {cause.items[0].id if cause.items else 'ID'}"
        yield ""


def _which(cause: Cause) -> str:
    """What is said where no finding is surely the one."""
    said = [f"`{value}`" for name, value in cause.recognised.names.items() if name in _OWN and value]
    if said:
        return f"This may be it: found here, but nothing of it names {' or '.join(said)}, as the error does."
    return "This may be it: found here, and nothing in the text says which is meant."


def _finding(ranked: RankedFinding, sure: bool, style: Style) -> Iterator[str]:
    because = [f"the error names {', '.join(f'`{printable(name)}`' for name in ranked.named)}"] if ranked.named else []
    because += ["the trace goes through here"] if ranked.traced else []
    if sure:
        yield from (style("good", line) for line in wrapped(f"This is it: {', and '.join(because)}."))
    yield from finding_lines(ranked.reported, style)
    if ranked.reported.baselined is not None:
        yield style("dim", f"  in the baseline since {ranked.reported.baselined}")


def _unknown(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    yield style("bold", "This error is not known here.")
    if diagnosis.said:
        yield from wrapped(_cut(diagnosis.said), "  ")
    yield ""
    yield from _traced(diagnosis, style)
    if diagnosis.nearest:
        yield "The nearest that are known:"
        for error in diagnosis.nearest:
            yield from wrapped(f"{error.title} ({', '.join(error.items)})", f"  {error.id:<26} ")
        yield ""


def _next(diagnosis: Diagnosis) -> list[str]:
    everything = "`mlcheck check` for all that is found here"
    if diagnosis.causes:
        first = diagnosis.causes[0]
        name = [*first.checks, first.recognised.error.id][0]
        item = f", `mlcheck check --item {first.items[0].id}`" if first.items else ""
        return wrapped(f"`mlcheck explain {name}`{item}", "next: ")
    if diagnosis.nearest:
        return wrapped(f"`mlcheck explain {diagnosis.nearest[0].id}`, or {everything}", "next: ")
    return wrapped(f"paste the whole trace, its last lines too, or {everything}", "next: ")
