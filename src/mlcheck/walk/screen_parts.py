"""What the walk's screens share: titles, labels, the words of keys, counts in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlcheck.packs.model import Answer, ItemOutcome
from mlcheck.walk.state import State
from mlcheck.walk.text import TIED, Line, Span, entry, line, padded

KEY_WORDS: Mapping[str, str] = {
    "a": "answer",
    "f": "fail",
    "x": "doesn't apply",
    "w": "waive",
    "d": "dispute the detector",
    "e": "edit the table",
    "o": "open in the editor",
    "r": "re-check",
    "t": "note",
    "b": "back (Esc too)",
    "s": "skip",
    "g": "go to",
    "p": "what was decided",
    "v": "the report",
    "?": "help",
    "q": "save and quit (Ctrl-C too)",
}
_WIDE_LABEL = 10


def title_line(state: State, what: str) -> Line:
    """The first line of a screen that is no item's."""
    return line(Span("mlcheck", "title"), f" · {state.sheet.change.id} · ", Span(what, "title"))


def foot_lines(words: str) -> tuple[Line, ...]:
    """A screen's foot."""
    return (line(Span(words, "keys")),)


def labelled(label: str, words: str) -> Iterator[Line]:
    """A label and its words."""
    return entry(label, words, _WIDE_LABEL)


def keys_in_short(keys: str) -> str:
    """Keys and the first of their words."""
    return " · ".join(tied(f"{key} {KEY_WORDS[key].split(' (')[0]}") for key in keys)


def tied(words: str) -> str:
    """Words between which no row breaks."""
    return words.replace(" ", TIED)


def number_of(count: int, word: str) -> str:
    """A count with its word."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def item_row(state: State, item: ItemOutcome) -> Line:
    """An item in a list: its id, outcome and title, and what was answered."""
    said = _said(state, item)
    return listed(state, item, f"{item.item.title}: {said}" if said else item.item.title)


def _said(state: State, item: ItemOutcome) -> str:
    """What was answered: once where it is the same for all instances, else with their names."""
    given = {each.name: state.given((item.item.id, each.name)) for each in item.instances}
    said = {name: _words(answer) for name, answer in given.items() if answer}
    if len(said) == len(given) and len({(each and each.outcome, said[name]) for name, each in given.items()}) == 1:
        return next(iter(said.values()))
    named = {name or "the project": words for name, words in said.items()}
    return "; ".join(f"{name}: {words}" if words else name for name, words in named.items())


def _words(answer: Answer) -> str:
    """An answer's own words: its value, else a waiver's reason, else its note."""
    return answer.value or (answer.waiver.reason if answer.waiver else "") or answer.note


def listed(state: State, item: ItemOutcome, words: str) -> Line:
    """An item in a list: its id and outcome before the words."""
    outcome = state.outcome(item)
    return line(f"  {padded(item.item.id, 8)}", Span(padded(outcome, 10), outcome), words, indent=20)


def is_answered(state: State, item: ItemOutcome) -> bool:
    """Whether anything of an item has an answer, of now or carried over."""
    return any(state.given((item.item.id, instance.name)) for instance in item.instances)
