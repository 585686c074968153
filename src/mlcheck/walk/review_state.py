"""A review as a state machine: each item agreed or disputed, for all its instances or one, then the signature."""

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
    Astray,
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
from mlcheck.walk.review_changes import Since
from mlcheck.walk.state import Over


@dataclass(frozen=True, slots=True)
class Opening:
    """Whose record is reviewed, and how much there is to say."""


@dataclass(frozen=True, slots=True)
class Judging:
    """One item, by its number from 0. `chosen` is the number of one instance, 0 for all."""

    number: int
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Disputing:
    """The note of a dispute is typed."""

    number: int
    text: str = ""
    chosen: int = 0

    @property
    def back(self) -> Judging:
        return Judging(self.number, self.chosen)


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
    questions: Mapping[str, str] = field(default_factory=dict)  # by item
    since: Since = Since()
    astray: str = ""  # the files are no longer the reviewed ones: in words, with what to do
    screen: Screen = Opening()
    hinted: bool = False
    notice: str = ""
    scroll: int = 0

    def word(self, point: ReviewPoint) -> Verdict | None:
        """What is said of a point: now, else earlier."""
        return self.given.get(point.key) or self.held.get(point.key)

    @property
    def items(self) -> tuple[tuple[ReviewPoint, ...], ...]:
        """The points item by item: one screen each."""
        ids = dict.fromkeys(point.item.id for point in self.points)
        return tuple(tuple(point for point in self.points if point.item.id == item_id) for item_id in ids)

    def spoken_of(self, judging: Judging) -> tuple[ReviewPoint, ...]:
        """The points that a word is for: the one chosen, else those still open, else all of the item."""
        points = self.items[judging.number]
        if judging.chosen:
            return points[judging.chosen - 1 : judging.chosen]
        return tuple(point for point in points if self.word(point) is None) or points

    def open_items(self) -> tuple[int, ...]:
        """The numbers of the items of which something is not spoken of yet."""
        return tuple(n for n, points in enumerate(self.items) if any(self.word(point) is None for point in points))

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
        """The state at the next item of which something is open, else at the end."""
        following = next((number for number in self.open_items() if number > after), None)
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
        case Told(passing=True):
            return state, ()
        case Told(text=text):
            return replace(state, notice=text), ()
        case Astray(text):
            said = "the files are those of this review again" if state.astray and not text else ""
            return replace(state, astray=text, notice=said), ()
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
        case Judging() as judging, _:
            return _judging(state, judging, key, at)
        case Closing(), ("y" | "enter") if state.unspoken():
            return replace(state.next(), notice="nothing is signed while an item is open"), ()
        case Closing(), "y" if state.astray:
            return replace(state, notice=state.astray), ()
        case Closing(), "y":
            return state.at(Over(signing=True)), (Sign(),)
        case _:
            return state, ()


def _judging(state: ReviewState, judging: Judging, key: str, at: str) -> Step:
    points = state.spoken_of(judging)
    match key:
        case "a":
            return _spoken(state, judging, "agree", "", at)
        case "d":
            said = state.given.get(points[0].key)
            text = state.typed.get(points[0].key, said.note if said else "")
            return state.at(Disputing(judging.number, text, judging.chosen)), ()
        case "s":
            return state.next(judging.number), ()
        case "enter" if judging.number not in state.open_items():
            return state.next(judging.number), ()
        case "o":
            return _open(state, points)
        case _ if key.isascii() and key.isdigit():
            return _choose(state, judging, key), ()
        case _:
            return replace(state, notice="`a` agrees, `d` disputes, `s` skips, `?` explains the keys"), ()


def _open(state: ReviewState, points: tuple[ReviewPoint, ...]) -> Step:
    first = next((each for point in points for each in point.item.evidence), None)
    if first is None:
        return replace(state, notice="this item has no place to open"), ()
    return state, (OpenEditor(Place(first.path, first.line)),)


def _choose(state: ReviewState, judging: Judging, key: str) -> ReviewState:
    """Digits name an instance: a second digit makes a longer number where there is such an instance."""
    count = len(state.items[judging.number])
    longer = judging.chosen * 10 + int(key) if len(key) == 1 else 0
    number = longer if 10 <= longer <= count else int(key[:9])
    if count < 2 or number > count:
        notice = f"there are {count} instances" if count > 1 else "this item has one instance"
        return replace(state, notice=notice)
    return state.at(replace(judging, chosen=number))


def _disputing(state: ReviewState, disputing: Disputing, event: Event) -> Step:
    point = state.spoken_of(disputing.back)[0]
    match event:
        case Edited(text) if text != disputing.text:
            half = HalfTyped(point.item.id, point.item.name, "disputed", (), text)
            typed = {**state.typed, point.key: text}
            return replace(state, screen=replace(disputing, text=text), typed=typed), (Append(half),)
        case Entered(text, at):
            note = text.strip()
            why = text_refusal("note", note) if note else "a dispute needs a note: why"
            if why:
                return replace(state, screen=replace(disputing, text=text), notice=why), ()
            return _spoken(state, disputing.back, "dispute", note, at)
        case Pressed(key="escape"):
            return state.at(disputing.back), ()
        case _:
            return state, ()


def _spoken(state: ReviewState, judging: Judging, word: Agreement, note: str, at: str) -> Step:
    """A word on each point that it is for; then the item's others, else the next item."""
    points = state.spoken_of(judging)
    said = {point.key: verdict(point, word, note, at) for point in points}
    typed = {key: text for key, text in state.typed.items() if key not in said}
    after = replace(state, given={**state.given, **said}, typed=typed)
    effects = tuple(Append(Spoken(one.id, one.scope, one.name, one.binds, word, note, at)) for one in said.values())
    if judging.number in after.open_items():
        return after.at(Judging(judging.number)), effects
    return after.next(judging.number), effects


def _back(state: ReviewState, shown: Shown) -> ReviewState:
    match shown:
        case Judging(number, chosen) if chosen:
            return state.at(Judging(number))
        case Judging(number) if number:
            return state.at(Judging(number - 1))
        case Closing() if state.points:
            return state.at(Judging(len(state.items) - 1))
        case _:
            return state.at(Opening())


def _quit(state: ReviewState, *, interrupted: bool = False) -> Step:
    return state.at(Over(signing=False, interrupted=interrupted)), (SaveAndQuit(),)
