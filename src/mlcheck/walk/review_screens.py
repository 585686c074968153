"""A review drawn: what was found, what was answered, and the two words that a reviewer has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from mlcheck.record.model import Cited, RecordItem, Verdict
from mlcheck.record.reviewing import ReviewPoint
from mlcheck.walk.code_lines import code_lines, place_line
from mlcheck.walk.conversation import Talk
from mlcheck.walk.review_changes import answer_since, changed_since, code_since
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
from mlcheck.walk.text import BLANK, Line, Lines, Span, entry, line, padded
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
    ("a", "you agree with the answer, for all instances of the item that are open"),
    ("d", "you dispute it, and say why; one dispute blocks until a new record answers it"),
    ("1 2 …", "speak of one instance, where an item has several; 0 for all of them"),
    ("o", "open the first place shown in $VISUAL or $EDITOR"),
    ("b, Esc", "one step back"),
    ("s", "leave it open for now"),
    ("q, Ctrl-C", "save and quit; the same command goes on from here"),
)
_LABEL = 10
_SHOWN_EVIDENCE = 8


def view(state: ReviewState) -> View:
    """What the state shows; an empty view where the review is over."""
    told = " · ".join(dict.fromkeys(part for part in (state.notice, state.astray) if part))
    notice = line(Span(told, "notice")) if told else None
    match state.screen:
        case Opening():
            return _opening(state, notice)
        case Judging() as judging:
            keys = (
                "Keys: a d o b s ? q"
                if state.hinted
                else "a agree · d dispute · o open · b back · s skip · ? help · q save and quit"
            )
            head, body = _head(state, judging), tuple(_item(state, judging))
            return View(f"item {judging.number} {judging.chosen}", head, body, _foot(keys), notice)
        case Disputing(number, text) as disputing:
            head, body = _head(state, disputing.back), tuple(_item(state, disputing.back))
            prompt = Prompt("Why you dispute it", text)
            foot = _foot("Enter goes on · Esc back; what is typed is kept")
            return View(f"dispute {number} {disputing.chosen}", head, body, foot, notice, prompt)
        case ReviewHelp():
            lines = tuple(each for keys, words in _EXPLAINED for each in _entry(keys, words))
            return View("help", (_title(state, "keys"),), lines, _foot("Enter goes back to where you were"), notice)
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
    count, left = len(state.items), len(state.open_items())
    body: list[Line] = [
        *_entry("Record", f"signed by {state.developer}"),
        *_entry("Reviewer", state.signer),
        *_changed(state),
        BLANK,
        line(Span(f"{count} to agree with or dispute · {count - left} spoken of · {left} left", "title")),
        *(line(Span("note  ", "label"), each, indent=6) for each in state.notes),
    ]
    return View(
        "opening", (_title(state, "review"),), tuple(body), _foot("Enter begins · ? help · q save and quit"), notice
    )


def _changed(state: ReviewState) -> Iterator[Line]:
    """How much changed since the last signature."""
    since = state.since
    if not since.words:
        return
    lines = sum(len(changed) for changed in since.changed.values())
    files = f"{lines} changed lines in {len(since.changed)} files" if since.changed else "no changed line"
    if since.items:
        differ = sum(changed_since(since, point.item) for point in state.points)
        files = f"{differ} of {len(state.points)} answers differ, {files}"
    yield from _entry("Changed", f"{files} {since.words}")


def _closing(state: ReviewState, notice: Line | None) -> View:
    disputed, left = state.disputed(), state.open_items()
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


def _head(state: ReviewState, judging: Judging) -> tuple[Line, ...]:
    points = state.items[judging.number]
    item = points[0].item
    killer = (Span("KILLER ", "killer"),) if item.killer else ()
    named = _named(points[0]) if len(points) == 1 else item.title
    where = f"{judging.number + 1} of {len(state.items)} · {len(state.open_items())} left"
    return (
        line(Span("mlcheck", "title"), f" · review · {where}"),
        line(Span(f"{item.id} ", "title"), *killer, Span(named, "title"), indent=len(item.id) + 1),
        BLANK,
    )


def _item(state: ReviewState, judging: Judging) -> Iterator[Lines]:
    """One item: its question, what was found and answered for each instance, and the places."""
    points = state.items[judging.number]
    question = state.questions.get(points[0].item.id)
    if question:
        yield from _entry("Question", question)
    yield from _entry("Here as", "; ".join(dict.fromkeys(_WHY[point.why] for point in points)))
    numbered = list(enumerate(points, 1))
    for _, group in groupby(numbered, lambda one: _alike(state, judging, *one)):
        together = list(group)
        if len(points) > 1:
            mark = ">" if together[0][0] == judging.chosen else " "
            names = "  ".join(f"{number} {point.item.name or 'the project'}" for number, point in together)
            yield line(Span(f"{mark} {names}", "title"), indent=4)
        yield from _answer(state, together[0][1])
    if len(points) > 1 and not judging.chosen:
        yield _for_all(len(state.spoken_of(judging)), len(points))
    shown = points if not judging.chosen else state.spoken_of(judging)
    yield from _since(state, shown)
    yield BLANK
    cited = list(dict.fromkeys(each for point in shown for each in point.item.evidence))
    for each in cited[:_SHOWN_EVIDENCE]:
        yield from _cited(state, each)
    hidden = sum(point.item.evidence_count for point in shown) - min(len(cited), _SHOWN_EVIDENCE)
    if hidden > 0:
        yield line(f"and {hidden} more")
    searched = dict.fromkeys(glob for point in shown for glob in point.item.searched.globs)
    if searched:
        yield from _entry("Searched", ", ".join(searched))
    files = sorted({path for point in shown for path in _files(point.item)})
    if files:
        yield from _entry("Rests on", ", ".join(files))


def _since(state: ReviewState, shown: Iterable[ReviewPoint]) -> Iterator[Lines]:
    """What changed since the last signature, of the answers and of the code that they rest on."""
    items = [point.item for point in shown]
    for item in items:
        if len(items) > 1 and state.since.items:
            yield line(Span(item.name or "the project", "title"), indent=4)
        yield from answer_since(state.since, item)
    paths = list(dict.fromkeys(path for item in items for path in files_of(item)))
    yield from code_since(state.since, paths)


def files_of(item: RecordItem) -> tuple[str, ...]:
    """The files that an item's answer rests on: those cited, then those of its exhibit."""
    return tuple(dict.fromkeys((*(each.path for each in item.evidence), *_files(item))))


def _alike(state: ReviewState, judging: Judging, number: int, point: ReviewPoint) -> object:
    """What is shown of a point: points of which the same is shown stand together, the chosen one alone."""
    if number == judging.chosen:
        return number
    word = state.word(point)
    return point.item.computed, point.item.given, point.silenced, word and (word.verdict, word.note, word.from_)


def _for_all(spoken: int, count: int) -> Line:
    which = f"all {count} instances" if spoken == count else f"the {spoken} still open"
    return line(Span(f"Your word is for {which}; a number chooses one.", "dim"))


def _answer(state: ReviewState, point: ReviewPoint) -> Iterator[Line]:
    item, given = point.item, point.item.given
    yield _labelled("Found", Span(item.computed.outcome, item.computed.outcome), f": {item.computed.reason}")
    who = f" by {given.signer}" if given.signer else ""
    agent = " (an agent)" if given.by == "agent" else ""
    at = f", {given.at}" if given.at else ""
    yield _labelled("Answered", Span(given.outcome, given.outcome), f"{who}{agent}{at}")
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


def _labelled(label: str, *words: str | Span) -> Line:
    return line(Span(padded(label, _LABEL), "label"), *words, indent=_LABEL)


def _said(word: Verdict | None) -> Iterator[Line]:
    if word is not None:
        when = "before" if word.from_ else "now"
        note = f": {word.note}" if word.note else ""
        yield line(Span(padded("You", _LABEL), "label"), f"{word.verdict} ({when}){note}", indent=_LABEL)


def _cited(state: ReviewState, cited: Cited) -> Iterator[Line]:
    yield place_line(f"{cited.path}:{cited.line}", cited.note)
    yield from code_lines(state.since.code.get((cited.path, cited.line)) or [(cited.line, cited.snippet)], cited.line)


def _files(item: RecordItem) -> Iterable[str]:
    """The files whose code an exhibit rests on, where no check decides the item."""
    try:
        code = json.loads(item.exhibit.data or "null").get("code")
    except (ValueError, AttributeError):
        return ()
    return tuple(code) if isinstance(code, dict) else ()


REVIEW: Talk[ReviewState] = Talk(
    step, view, over=lambda state: isinstance(state.screen, Over), scroll=lambda state: state.scroll
)
