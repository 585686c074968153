"""A review as a state machine: each point agreed or disputed, then the signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Union

from mlcheck.packs.legal import text_refusal
from mlcheck.project.place import Place
from mlcheck.record.model import Agreement, Key, Verdict
from mlcheck.record.reviewing import ReviewPoint, verdict
from mlcheck.walk.draft import Entry, HalfTyped, Spoken
from mlcheck.walk.messages import (
    Append,
    Edited,
    Effect,
    Entered,
    Event,
    Interrupted,
    OpenEditor,
    Pressed,
    SaveAndQuit,
    Scrolled,
    Sign,
    Told,
)
from mlcheck.walk.state import Over


@dataclass(frozen=True, slots=True)
class Opening:
    """Whose record is reviewed, and how much there is to say."""


@dataclass(frozen=True, slots=True)
class Judging:
    """One point, by its number from 0."""

    number: int


@dataclass(frozen=True, slots=True)
class Disputing:
    """The note of a dispute is typed."""

    number: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReviewHelp:
    """The keys, explained."""

    back: Shown


@dataclass(frozen=True, slots=True)
class Closing:
    """The whole, then the signature."""


Shown = Union[Opening, Judging, Closing]
Screen = Union[Opening, Judging, Disputing, ReviewHelp, Closing, Over]
Step = tuple["ReviewState", tuple[Effect, ...]]


@dataclass(frozen=True, slots=True)
class ReviewState:
    """A review at one moment. `held` are earlier agreements that still hold, `given` those of now."""

    change: str
    developer: str  # what is shown of who signed the record: principal and time
    signer: str  # what is shown of who reviews
    points: tuple[ReviewPoint, ...]
    held: Mapping[Key, Verdict] = field(default_factory=dict)
    given: Mapping[Key, Verdict] = field(default_factory=dict)
    typed: Mapping[Key, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    screen: Screen = Opening()
    hinted: bool = False
    notice: str = ""
    scroll: int = 0

    def word(self, point: ReviewPoint) -> Verdict | None:
        """What is said of a point: now, else earlier."""
        return self.given.get(point.key) or self.held.get(point.key)

    def unspoken(self) -> tuple[int, ...]:
        """The numbers of the points of which nothing is said yet."""
        return tuple(number for number, point in enumerate(self.points) if self.word(point) is None)

    def disputed(self) -> tuple[ReviewPoint, ...]:
        """The points that are disputed."""
        words = ((point, self.word(point)) for point in self.points)
        return tuple(point for point, word in words if word is not None and word.verdict == "dispute")

    def verdicts(self) -> tuple[Verdict, ...]:
        """A word for each point, in order; for those without one, none."""
        words = (self.word(point) for point in self.points)
        return tuple(word for word in words if word is not None)

    def at(self, screen: Screen) -> ReviewState:
        """The state on another screen, from its top."""
        hinted = self.hinted or (isinstance(self.screen, Judging) and screen != self.screen)
        return replace(self, screen=screen, scroll=0, hinted=hinted)

    def next(self, after: int = -1) -> ReviewState:
        """The state at the next point of which nothing is said, else at the end."""
        following = next((number for number in self.unspoken() if number > after), None)
        return self.at(Closing() if following is None else Judging(following))


def resumed(state: ReviewState, entries: Iterable[Entry]) -> ReviewState:
    """The state with what an earlier, unfinished review said of the same answers."""
    by_key = {point.key: point for point in state.points}
    by_name = {(point.item.id, point.item.name): point.key for point in state.points}
    given, typed = dict(state.given), dict(state.typed)
    for entry in entries:
        match entry:
            case Spoken(item, scope, name, binds, word, note, at):
                point = next((one for key, one in by_key.items() if key == (item, scope, name)), None)
                if point is not None and point.binds == binds:
                    given[point.key] = verdict(point, word, note, at)
                    typed.pop(point.key, None)
            case HalfTyped(item=item, instance=instance, outcome="disputed", text=text):
                key = by_name.get((item, instance or ""))
                if key is not None:
                    typed[key] = text
    return replace(state, given=given, typed=typed)


def step(state: ReviewState, event: Event) -> Step:
    """The state after an event, and what is to be done."""
    if isinstance(state.screen, Over):
        return state, ()
    match event:
        case Scrolled(offset):
            return replace(state, scroll=max(0, offset)), ()
        case Told(text):
            return replace(state, notice=text), ()
        case Interrupted():
            return _quit(state, interrupted=True)
    state = replace(state, notice="")
    match state.screen, event:
        case Disputing() as disputing, _:
            return _disputing(state, disputing, event)
        case ReviewHelp(back), Pressed():
            return state.at(back), ()
        case (Opening() | Judging() | Closing()) as shown, Pressed(key=key):
            return _key(state, shown, key, event.at)
        case _:
            return state, ()


def _key(state: ReviewState, shown: Shown, key: str, at: str) -> Step:
    match shown, key:
        case _, "q":
            return _quit(state)
        case _, "?":
            return state.at(ReviewHelp(shown)), ()
        case _, ("b" | "escape"):
            return _back(state, shown), ()
        case Opening(), "enter":
            return state.next(), ()
        case Judging(number), _:
            return _judging(state, number, key, at)
        case Closing(), ("y" | "enter") if state.unspoken():
            return replace(state.next(), notice="nothing is signed while a point is open"), ()
        case Closing(), "y":
            return state.at(Over(signing=True)), (Sign(),)
        case _:
            return state, ()


def _judging(state: ReviewState, number: int, key: str, at: str) -> Step:
    point = state.points[number]
    match key:
        case "a":
            return _spoken(state, number, "agree", "", at)
        case "d":
            said = state.given.get(point.key)
            text = state.typed.get(point.key, said.note if said else "")
            return state.at(Disputing(number, text)), ()
        case "s":
            return state.next(number), ()
        case "enter" if state.word(point) is not None:
            return state.next(number), ()
        case "o" if point.item.evidence:
            first = point.item.evidence[0]
            return state, (OpenEditor(Place(first.path, first.line)),)
        case "o":
            return replace(state, notice="this item has no place to open"), ()
        case _:
            return replace(state, notice="`a` agrees, `d` disputes, `s` skips, `?` explains the keys"), ()


def _disputing(state: ReviewState, disputing: Disputing, event: Event) -> Step:
    number, point = disputing.number, state.points[disputing.number]
    match event:
        case Edited(text) if text != disputing.text:
            half = HalfTyped(point.item.id, point.item.name, "disputed", (), text)
            kept = replace(state, screen=Disputing(number, text), typed={**state.typed, point.key: text})
            return kept, (Append(half),)
        case Entered(text, at):
            note = text.strip()
            why = text_refusal("note", note) if note else "a dispute needs a note: why"
            if why:
                return replace(state, screen=Disputing(number, text), notice=why), ()
            return _spoken(state, number, "dispute", note, at)
        case Pressed(key="escape"):
            return state.at(Judging(number)), ()
        case _:
            return state, ()


def _spoken(state: ReviewState, number: int, word: Agreement, note: str, at: str) -> Step:
    point = state.points[number]
    item_id, scope, name = point.key
    said = verdict(point, word, note, at)
    typed = {key: text for key, text in state.typed.items() if key != point.key}
    after = replace(state, given={**state.given, point.key: said}, typed=typed)
    return after.next(number), (Append(Spoken(item_id, scope, name, point.binds, word, note, at)),)


def _back(state: ReviewState, shown: Shown) -> ReviewState:
    match shown:
        case Judging(number) if number:
            return state.at(Judging(number - 1))
        case Closing() if state.points:
            return state.at(Judging(len(state.points) - 1))
        case _:
            return state.at(Opening())


def _quit(state: ReviewState, *, interrupted: bool = False) -> Step:
    return state.at(Over(signing=False, interrupted=interrupted)), (SaveAndQuit(),)
