"""The walk's state, and what an event makes of it: no terminal, no disk, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Union

from mlcheck.packs.model import WORST_FIRST, Answer, InstanceOutcome, ItemOutcome, Outcome
from mlcheck.walk.draft import HalfTyped, Resumed, TypedKey
from mlcheck.walk.earlier import Earlier, latest
from mlcheck.walk.forms import Form
from mlcheck.walk.renewal import Renewal, renewals
from mlcheck.walk.sheet import Key, Sheet


@dataclass(frozen=True, slots=True)
class Start:
    """The change, the packs, the counts; an unfinished walk is offered."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One item. `chosen` is the number of one instance, 0 for all."""

    item: str
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Renewing:
    """A pack's answers that rest on code that changed; `text` is what is typed to keep them, None before."""

    pack: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Filling:
    """A form over an item; `back` is where it was opened."""

    form: Form
    back: Asking


@dataclass(frozen=True, slots=True)
class Tabling:
    """An item's table, its rows as they are edited. `chosen`: a row's number, 0 for none; `text`: it, being typed."""

    item: str
    rows: tuple[str, ...]
    back: Asking
    chosen: int = 0
    text: str | None = None


@dataclass(frozen=True, slots=True)
class GoingTo:
    """An item is named by id or word."""

    back: Shown
    text: str = ""


@dataclass(frozen=True, slots=True)
class Passes:
    """What was decided without the person."""

    back: Shown


@dataclass(frozen=True, slots=True)
class Help:
    """The keys, explained."""

    back: Shown


@dataclass(frozen=True, slots=True)
class Reading:
    """The report as it will be."""

    back: Shown


@dataclass(frozen=True, slots=True)
class End:
    """The whole, then the signature."""


@dataclass(frozen=True, slots=True)
class Over:
    """Left: to sign, or saved and quit."""

    signing: bool
    interrupted: bool = False


Shown = Union[Start, Asking, Renewing, End]
Screen = Union[Start, Asking, Renewing, Filling, Tabling, GoingTo, Passes, Help, Reading, End, Over]


@dataclass(frozen=True, slots=True)
class State:
    """The whole of a walk at one moment. `notice` is one line, gone with the next key."""

    sheet: Sheet
    signer: str  # what is shown of who signs: principal and fingerprint
    by: Literal["person", "agent"] = "person"
    unable: str = ""  # why nobody can sign, and the command to go on with
    answers: Mapping[Key, Answer] = field(default_factory=dict)
    notes: Mapping[Key, str] = field(default_factory=dict)
    typed: Mapping[TypedKey, HalfTyped] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    notes_of_start: tuple[str, ...] = ()  # what the start says besides: who trusts whom, what ends soon
    screen: Screen = Start()
    trail: tuple[str, ...] = ()  # items shown before this one
    one_by_one: frozenset[str] = frozenset()  # packs whose earlier answers are not kept together
    hinted: bool = False  # the keys were said in full
    astray: str = ""  # the files are not this walk's: in words, with what to do
    report: str | None = None  # as it will be, in Markdown; "" while it is made, None before
    busy: str = ""  # how far something is, until it is done
    notice: str = ""
    scroll: int = 0

    @staticmethod
    def begun(
        sheet: Sheet,
        resumed: Resumed,
        *,
        signer: str,
        by: Literal["person", "agent"],
        unable: str = "",
        notes: tuple[str, ...] = (),
    ) -> State:
        """A walk at its start, with what an earlier one left."""
        left = (resumed.answers, resumed.notes, resumed.typed, resumed.dropped)
        known = replace(sheet, earlier=latest(sheet.earlier, resumed.earlier))
        return State(known, signer, by, unable, *left, notes_of_start=notes)

    @property
    def resumable(self) -> bool:
        return bool(self.answers or self.notes or self.typed)

    def given(self, key: Key) -> Answer | None:
        """The answer that stands for an instance: this walk's, else the one carried over."""
        carried = self.sheet.carried.get(key)
        return self.answers.get(key) or (carried.answer if carried else None)

    def earlier(self, key: Key) -> Earlier | None:
        """The answer that an instance without one had before."""
        return None if self.given(key) else self.sheet.earlier.get(key)

    def renewal(self, pack: str) -> Renewal | None:
        """What of a pack may still be renewed."""
        return next((one for one in renewals(self.sheet, self.answers) if one.pack.name == pack), None)

    def instances(self, asking: Asking) -> tuple[InstanceOutcome, ...]:
        """The instances that an answer given now is for: the one chosen, else those still open, else all."""
        item = self.sheet.item(asking.item)
        if item is None:
            return ()
        if asking.chosen:
            return item.instances[asking.chosen - 1 : asking.chosen]
        return self.unanswered(item) or self.sheet.needing(item) or item.instances

    def unanswered(self, item: ItemOutcome) -> tuple[InstanceOutcome, ...]:
        """The instances of an item that still need an answer."""
        return tuple(
            instance for instance in self.sheet.needing(item) if (item.item.id, instance.name) not in self.answers
        )

    def left_over(self, asking: Asking) -> bool:
        """Whether an answer given now is for some of the instances because the others have one."""
        item = self.sheet.item(asking.item)
        return item is not None and not asking.chosen and 0 < len(self.unanswered(item)) < len(item.instances)

    def todo(self) -> tuple[str, ...]:
        """The ids of the walked items that still need an answer, in the walk's order."""
        return tuple(item.item.id for item in self.sheet.asked() if self.unanswered(item))

    def outcome(self, item: ItemOutcome) -> Outcome:
        """The item's outcome with the answers: its worst instance's."""
        outcomes = {self.standing(item, instance) for instance in item.instances}
        return next((worst for worst in WORST_FIRST if worst in outcomes), item.outcome)

    def standing(self, item: ItemOutcome, instance: InstanceOutcome) -> Outcome:
        """One instance's outcome with the answers."""
        answer = self.given((item.item.id, instance.name))
        return answer.outcome if answer else instance.outcome

    def holding_up(self) -> tuple[ItemOutcome, ...]:
        """The items, of all packs, that are open or failed: with one of them nothing is signed."""
        return tuple(item for item in self.sheet.decision.items if self.outcome(item) in ("fail", "unknown", "manual"))

    def at(self, screen: Screen) -> State:
        """The state on another screen, from its top."""
        return replace(self, screen=screen, scroll=0)

    def showing(self, item_id: str) -> State:
        """The state at an item; the keys were said in full once one item was left."""
        match self.screen:
            case Asking(item=here) | Filling(back=Asking(item=here)) | GoingTo(back=Asking(item=here)):
                trail = (*self.trail, here) if here != item_id else self.trail
                return replace(self.at(Asking(item_id)), trail=trail, hinted=True)
            case _:
                return self.at(Asking(item_id))

    def next(self, after: str | None = None) -> State:
        """The state at the next unanswered item: after the one named, else at the end."""
        todo = self.todo()
        later = self.sheet.after(after) if after else todo
        following = next((item for item in later if item in todo), None)
        if following:
            return self._renewing(following, after) or self.showing(following)
        return replace(self.at(End()), trail=(*self.trail, after) if after else self.trail)

    def _renewing(self, following: str, after: str | None) -> State | None:
        """The state at a pack's renewal, where that comes before the item."""
        item = self.sheet.item(following)
        pack = item.item.pack if item else ""
        if pack in self.one_by_one or self.renewal(pack) is None:
            return None
        return replace(self.at(Renewing(pack)), trail=(*self.trail, after) if after else self.trail)
