"""A review drawn: what was found, what was answered, and the two words that a reviewer has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from mlcheck.record.model import Cited, Verdict
from mlcheck.record.reviewing import ReviewPoint
from mlcheck.walk.conversation import Talk
from mlcheck.walk.review_state import (
    Closing,
    Disputing,
    Judging,
    Opening,
    ReviewHelp,
    ReviewState,
    step,
)
from mlcheck.walk.state import Over
from mlcheck.walk.text import BLANK, Line, Span, entry, line, padded
from mlcheck.walk.view import Prompt, View

_WHY: Mapping[str, str] = {
    "failed": "it failed",
    "waived": "its risk is taken",
    "disputed": "the developer says that the detector is wrong",
    "baselined": "it is in the baseline",
    "answered": "a person answered it",
    "drawn": "an automatic pass, drawn by the record's digest",
}
_EXPLAINED = (
    ("a", "you agree with the answer"),
    ("d", "you dispute it, and say why; one dispute blocks until a new record answers it"),
    ("o", "open the first place shown in $VISUAL or $EDITOR"),
    ("b, Esc", "one step back"),
    ("s", "leave it open for now"),
    ("q, Ctrl-C", "save and quit; the same command goes on from here"),
)
_LABEL = 10
_SHOWN_EVIDENCE = 8


def view(state: ReviewState) -> View:
    """What the state shows; an empty view where the review is over."""
    notice = line(Span(state.notice, "notice")) if state.notice else None
    match state.screen:
        case Opening():
            return _opening(state, notice)
        case Judging(number):
            keys = (
                "Keys: a d o b s ? q"
                if state.hinted
                else "a agree · d dispute · o open · b back · s skip · ? help · q save and quit"
            )
            body = tuple(_point(state, state.points[number]))
            return View(f"point {number}", _head(state, number), body, _foot(keys), notice)
        case Disputing(number, text):
            body = tuple(_point(state, state.points[number]))
            prompt = Prompt("Why you dispute it", text)
            foot = _foot("Enter goes on · Esc back; what is typed is kept")
            return View(f"dispute {number}", _head(state, number), body, foot, notice, prompt)
        case ReviewHelp():
            lines = tuple(each for keys, words in _EXPLAINED for each in _entry(keys, words))
            return View("help", (_title(state, "keys"),), lines, _foot("any key goes back to where you were"), notice)
        case Closing():
            return _closing(state, notice)
        case Over():
            return View("over", (), (), (), notice)


def _title(state: ReviewState, what: str) -> Line:
    return line(Span("mlcheck", "title"), f" · {state.change} · ", Span(what, "title"))


def _foot(words: str) -> tuple[Line, ...]:
    return (line(Span(words, "keys")),)


def _entry(label: str, words: str) -> Iterator[Line]:
    return entry(label, words, _LABEL)


def _opening(state: ReviewState, notice: Line | None) -> View:
    left, held = len(state.unspoken()), len(state.points) - len(state.unspoken())
    body: list[Line] = [
        *_entry("Record", f"signed by {state.developer}"),
        *_entry("Reviewer", state.signer),
        BLANK,
        line(Span(f"{len(state.points)} to agree with or dispute · {held} agreed before · {left} left", "title")),
        *(line(Span("note  ", "label"), each, indent=6) for each in state.notes),
    ]
    return View(
        "opening", (_title(state, "review"),), tuple(body), _foot("Enter begins · ? help · q save and quit"), notice
    )


def _closing(state: ReviewState, notice: Line | None) -> View:
    disputed, left = state.disputed(), state.unspoken()
    body: list[Line] = []
    if left:
        body.append(line(Span(f"{len(left)} not spoken of yet: nothing can be signed", "fail")))
        keys = "Enter goes to the next one"
    else:
        words = f"{len(disputed)} disputed: it blocks" if disputed else "Everything is agreed with."
        body += [
            line(Span(words, "fail" if disputed else "pass")),
            line(f"Signs: {state.signer}"),
            line("It means: I reviewed these answers and agree or dispute as said."),
        ]
        keys = "y signs"
    body.append(BLANK)
    body += [_row(state, point) for point in state.points]
    foot = _foot(f"{keys} · b back · ? help · q saves and quits without signing")
    return View("closing", (_title(state, "the whole"),), tuple(body), foot, notice)


def _row(state: ReviewState, point: ReviewPoint) -> Line:
    word = state.word(point)
    said = word.verdict if word else "open"
    note = f": {word.note}" if word and word.note else ""
    style = {"agree": "pass", "dispute": "fail"}.get(said, "unknown")
    return line(f"  {padded(point.item.id, 8)}", Span(padded(said, 9), style), f"{_named(point)}{note}", indent=19)


def _named(point: ReviewPoint) -> str:
    return f"{point.item.title} ({point.item.name})" if point.item.name else point.item.title


def _head(state: ReviewState, number: int) -> tuple[Line, ...]:
    point = state.points[number]
    killer = (Span("KILLER ", "killer"),) if point.item.killer else ()
    return (
        line(
            Span("mlcheck", "title"), f" · review · {number + 1} of {len(state.points)} · {len(state.unspoken())} left"
        ),
        line(Span(f"{point.item.id} ", "title"), *killer, Span(_named(point), "title"), indent=len(point.item.id) + 1),
        BLANK,
    )


def _point(state: ReviewState, point: ReviewPoint) -> Iterator[Line]:
    item, given = point.item, point.item.given
    yield from _entry("Here as", _WHY[point.why])
    yield line(
        Span(padded("Found", _LABEL), "label"),
        Span(item.computed.outcome, item.computed.outcome),
        f": {item.computed.reason}",
        indent=_LABEL,
    )
    who = f" by {given.signer}" if given.signer else ""
    agent = " (an agent)" if given.by == "agent" else ""
    yield line(
        Span(padded("Answered", _LABEL), "label"),
        Span(given.outcome, given.outcome),
        f"{who}{agent}{f', {given.at}' if given.at else ''}",
        indent=_LABEL,
    )
    if given.value is not None:
        yield from _entry("Value", f"{given.value} ({'checked' if given.checked else 'claimed, not checked'})")
    if given.note:
        yield from _entry("Note", given.note)
    if given.waiver:
        waiver = given.waiver
        yield from _entry(
            "Waiver", f"{waiver.risk} risk until {waiver.until}, approver {waiver.approver}: {waiver.reason}"
        )
    for silenced in point.silenced:
        yield from _entry(
            "Silenced", f"{silenced.path}:{silenced.line} {silenced.message} ({silenced.how}: {silenced.reason})"
        )
    yield from _said(state.word(point))
    yield BLANK
    yield from (_cited(each) for each in item.evidence[:_SHOWN_EVIDENCE])
    hidden = item.evidence_count - min(len(item.evidence), _SHOWN_EVIDENCE)
    if hidden > 0:
        yield line(f"and {hidden} more")
    yield from _entry("Searched", ", ".join(item.searched.globs) or "nothing")
    yield from _exhibit(item.exhibit.data)


def _said(word: Verdict | None) -> Iterator[Line]:
    if word is not None:
        when = "before" if word.from_ else "now"
        note = f": {word.note}" if word.note else ""
        yield line(Span(padded("You", _LABEL), "label"), f"{word.verdict} ({when}){note}", indent=_LABEL)


def _cited(cited: Cited) -> Line:
    note = f"  {cited.note}" if cited.note else ""
    return line(Span(f"{cited.path}:{cited.line}", "place"), f"  {cited.snippet}", Span(note, "dim"), cut=True)


def _exhibit(data: str | None) -> Iterator[Line]:
    """The files that an answer rests on, where no check decides the item."""
    if data is None:
        return
    try:
        code = json.loads(data).get("code")
    except (ValueError, AttributeError):
        return
    if isinstance(code, dict) and code:
        yield from _entry("Rests on", ", ".join(sorted(code)))


REVIEW: Talk[ReviewState] = Talk(
    step, view, over=lambda state: isinstance(state.screen, Over), scroll=lambda state: state.scroll
)
