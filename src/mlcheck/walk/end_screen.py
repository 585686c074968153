"""The end drawn: what is still open with the shortest way to it, or the signature; and the report as it will be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from mlcheck.packs.model import ItemOutcome
from mlcheck.walk.report_lines import report_lines
from mlcheck.walk.screen_parts import foot_lines, is_answered, item_row, keys_in_short, number_of, title_line
from mlcheck.walk.state import Reading, State
from mlcheck.walk.text import BLANK, Line, Lines, Span, line
from mlcheck.walk.view import View

_FIRST_OF_REPORT = 16  # lines of it below the end
_WANTED = {
    "confirm": "what you confirmed, in words",
    "choice": "one of the choices",
    "text": "your answer",
    "number": "a number",
    "path": "a path",
    "url": "a URL",
    "date": "a date",
}


def end_view(state: State, notice: Line | None, top: tuple[Line, ...]) -> View:
    """The whole; `top` is the change and its packs."""
    body: list[Lines] = [*top, BLANK]
    holding_up = state.holding_up()
    if holding_up:
        held = f"{number_of(len(holding_up), 'item')} open or failed: nothing can be signed yet"
        body.append(line(Span(held, "fail")))
        for number, item in enumerate(holding_up, 1):
            body += _to_do(state, number, item)
        keys = "Enter goes to the next one, a number to that one · q saves and quits"
    elif state.unable:
        body += [
            line(Span("Everything is answered.", "pass")),
            line(Span("Nobody can sign yet: ", "fail"), state.unable),
        ]
        keys = "q saves and quits"
    else:
        body += [
            line(Span("Everything is answered.", "pass")),
            line(f"Signs: {state.signer}"),
            line("It means: I checked these items on these bytes."),
        ]
        keys = "y signs · q saves and quits without signing"
    spoken = [item for item in state.sheet.decision.items if is_answered(state, item)]
    body += [BLANK, line(Span("Answers", "title"))] if spoken else []
    body += [item_row(state, item) for item in spoken]
    body += _begun(state)
    foot = foot_lines(f"{keys} · v the report in full · {keys_in_short('bgp?')}")
    return View("end", (title_line(state, "the whole"),), tuple(body), foot, notice)


def _to_do(state: State, number: int, item: ItemOutcome) -> Iterator[Line]:
    yield line(f"{number:3} ", Span(item.item.id, "title"), f" {item.item.title}", indent=4)
    yield line("    ", Span(state.outcome(item), state.outcome(item)), f": {shortest_way(state, item)}", indent=6)


def shortest_way(state: State, item: ItemOutcome) -> str:
    """What would settle an open or failed item with the least to do."""
    finding = next(iter(item.findings), None)
    if item.outcome == "fail" and finding is not None:
        return f"mend {finding.place.shown()} (o opens it); or w waives it, d disputes the detector"
    if state.outcome(item) == "fail":
        return "you answered that it fails: mend it, then a answers again; or w waives it"
    wanted = item.item.evidence or _WANTED[item.item.answer]
    left = state.unanswered(item)
    several = f", once for {len(left)} instances" if len(left) > 1 else ""
    return f"a answers{several}: {wanted}"


def _begun(state: State) -> Iterator[Line]:
    """The report's first lines."""
    yield BLANK
    yield line(Span("The report, as it will be", "title"))
    lines = list(islice(report_lines(state.report or ""), _FIRST_OF_REPORT + 1))
    yield from lines[:_FIRST_OF_REPORT] or [line("is being made …")]
    if len(lines) > _FIRST_OF_REPORT:
        yield line(Span("v shows all of it", "dim"))


def reading_view(state: State, reading: Reading, notice: Line | None) -> View:
    """The report in full."""
    body = tuple(report_lines(state.report or "")) or (line("is being made …"),)
    head, foot = (title_line(state, "the report, as it will be"),), foot_lines("Enter goes back · q saves and quits")
    return View("report", head, body, foot, notice)
