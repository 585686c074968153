"""The walk's steps: an event in, the next state and the effects out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mlcheck.packs.model import Evidence, ItemOutcome, Outcome
from mlcheck.printable import suggestion
from mlcheck.walk.filling import Step, begin_answer, begin_form, filled
from mlcheck.walk.messages import (
    Astray,
    Edited,
    Entered,
    Event,
    Interrupted,
    OpenEditor,
    Pressed,
    Preview,
    Previewed,
    Recheck,
    Rejudged,
    SaveAndQuit,
    Scrolled,
    Sign,
    StartOver,
    Told,
)
from mlcheck.walk.rejudging import rejudged
from mlcheck.walk.renewing import chosen, typing
from mlcheck.walk.sheet import Sheet
from mlcheck.walk.state import (
    Asking,
    End,
    Filling,
    GoingTo,
    Help,
    Over,
    Passes,
    Reading,
    Renewing,
    Shown,
    Start,
    State,
    Tabling,
)
from mlcheck.walk.tabling import begin_table, tabled

_MATCHES = 6  # items named at once

ANSWER_KEYS: Mapping[str, Outcome] = {"a": "pass", "f": "fail", "x": "n/a", "w": "waived", "d": "disputed"}


def step(state: State, event: Event) -> Step:
    """The state after an event, and what is to be done; an event that means nothing changes nothing."""
    if isinstance(state.screen, Over):
        return state, ()
    if isinstance(event, Told) and event.passing:
        return replace(state, busy=event.text), ()
    after, effects = _step(replace(state, busy="") if state.busy else state, event)
    if after.answers is not state.answers:
        after = replace(after, report=None)
    if after.report is None and isinstance(after.screen, (End, Reading)):
        preview = Preview(after.sheet.decision, after.answers, after.sheet.carried)
        return replace(after, report=""), (*effects, preview)
    return after, effects


def _step(state: State, event: Event) -> Step:
    match event:
        case Scrolled(offset):
            return replace(state, scroll=max(0, offset)), ()
        case Told(text=text):
            return replace(state, notice=text), ()
        case Astray(text):
            said = "the files are those of this walk again" if state.astray and not text else ""
            return replace(state, astray=text, notice=said), ()
        case Previewed(report):
            return replace(state, report=report), ()
        case Interrupted():
            return _quit(state, interrupted=True)
        case Rejudged():
            return rejudged(state, event)
    state = replace(state, notice="")
    match state.screen:
        case Filling() as filling:
            return filled(state, filling, event)
        case Tabling(text=None) if isinstance(event, Pressed) and event.key == "q":
            return _quit(state)
        case Tabling() as tabling:
            return tabled(state, tabling, event)
        case Renewing(text=str()) as renewing:
            return typing(state, renewing, event)
        case GoingTo() as going:
            return _going(state, going, event)
    if not isinstance(event, Pressed):
        return state, ()
    match state.screen:
        case Start() | Asking() | Renewing() | End() as screen:
            return _shared(state, screen, event) or _own(state, screen, event)
        case Passes(back) | Help(back) | Reading(back):
            return _overlay(state, back, event)
    return state, ()


def _shared(state: State, screen: Shown, event: Pressed) -> Step | None:
    """The keys that mean the same at the start, at an item and at the end."""
    match event.key:
        case "q":
            return _quit(state)
        case "?":
            return state.at(Help(screen)), ()
        case "p":
            return state.at(Passes(screen)), ()
        case "g":
            return state.at(GoingTo(screen)), ()
        case "v":
            return state.at(Reading(screen)), ()
        case "b" | "escape":
            return _back(state), ()
        case _:
            return None


def _own(state: State, screen: Shown, event: Pressed) -> Step:
    match screen:
        case Start():
            return _start(state, event)
        case Asking():
            return _asking(state, screen, event)
        case Renewing():
            return chosen(state, screen, event.key), ()
        case End():
            return _end(state, event)


def _start(state: State, event: Pressed) -> Step:
    match event.key:
        case "enter" if state.sheet.only and not state.todo():
            return state.showing(next(one for one in state.sheet.ids() if one in (state.sheet.only or ()))), ()
        case "enter":
            return replace(state.next(), dropped=()), ()
        case "n" if state.resumable:
            fresh = replace(state, answers={}, notes={}, typed={}, dropped=())
            return replace(fresh, notice="started anew; the earlier draft is kept beside it"), (StartOver(),)
        case _:
            return state, ()


def _asking(state: State, asking: Asking, event: Pressed) -> Step:
    item = state.sheet.item(asking.item)
    if item is None:
        return state.at(End()), ()
    match event.key:
        case "s":
            return state.next(asking.item), ()
        case "enter" if not state.unanswered(item):
            return state.next(asking.item), ()
        case "enter":
            return replace(state, notice="`a` answers, `s` skips, `?` explains the keys"), ()
        case "r" if state.astray:
            return replace(state, notice=state.astray), ()
        case "r":
            return replace(state, busy="judging again …"), (Recheck(asking.item),)
        case "o":
            return _open(state, asking)
        case "t":
            return begin_form(state, asking, None), ()
        case "e":
            return begin_table(state, asking), ()
        case key if key in ANSWER_KEYS:
            return begin_answer(state, asking, item, ANSWER_KEYS[key]), ()
        case key if key.isascii() and key.isdigit():
            return _choose(state, asking, item, key), ()
        case _:
            return state, ()


def _end(state: State, event: Pressed) -> Step:
    holding_up = state.holding_up()
    match event.key:
        case "y" if state.astray:
            return replace(state, notice=state.astray), ()
        case "y" if holding_up:
            first = holding_up[0].item.id
            count = len(holding_up)
            are = "item is" if count == 1 else "items are"
            notice = f"nothing is signed while {count} {are} open or failed"
            return replace(state.showing(first), notice=notice), ()
        case "y" if state.unable:
            return replace(state, notice=f"nobody can sign yet: {state.unable}"), ()
        case "y":
            return state.at(Over(signing=True)), (Sign(),)
        case "enter" if state.todo():
            return state.next(), ()
        case key if holding_up and key.isascii() and key.isdigit():
            return _numbered(state, holding_up, int(key[:9])), ()
        case _:
            return state, ()


def _numbered(state: State, items: tuple[ItemOutcome, ...], number: int) -> State:
    """The state at the open item of that number, from 1, as the end lists them."""
    if 1 <= number <= len(items):
        return state.showing(items[number - 1].item.id)
    return replace(state, notice=f"there are {len(items)} open items")


def _overlay(state: State, back: Shown, event: Pressed) -> Step:
    match event.key:
        case "q":
            return _quit(state)
        case "g":
            return state.at(GoingTo(back)), ()
        case _:
            return state.at(back), ()


def _quit(state: State, *, interrupted: bool = False) -> Step:
    return state.at(Over(signing=False, interrupted=interrupted)), (SaveAndQuit(),)


def _back(state: State) -> State:
    match state.screen, state.trail:
        case Asking(chosen=chosen) as asking, _ if chosen:
            return state.at(replace(asking, chosen=0))
        case Start(), _:
            return state
        case _, (*earlier, last):
            return replace(state.at(Asking(last)), trail=tuple(earlier))
        case _:
            return state.at(Start())


def _open(state: State, asking: Asking) -> Step:
    item = state.sheet.item(asking.item)
    evidence: Iterable[Evidence] = (one for instance in state.instances(asking) for one in instance.evidence)
    first = next(iter(evidence), None) or next(iter(item.evidence if item else ()), None)
    if first is None:
        return replace(state, notice="this item has no place to open"), ()
    return state, (OpenEditor(first.place),)


def _choose(state: State, asking: Asking, item: ItemOutcome, key: str) -> State:
    """Digits name an instance: a second digit makes a longer number where there is such an instance."""
    count = len(item.instances)
    longer = asking.chosen * 10 + int(key) if len(key) == 1 else 0
    number = longer if 10 <= longer <= count else int(key[:9])
    if count < 2 or number > count:
        notice = f"there are {count} instances" if count > 1 else "this item has one instance"
        return replace(state, notice=notice)
    return state.at(replace(asking, chosen=number))


def _going(state: State, going: GoingTo, event: Event) -> Step:
    match event:
        case Edited(text):
            return replace(state, screen=replace(going, text=text)), ()
        case Pressed(key="escape"):
            return state.at(going.back), ()
        case Entered(text):
            found = matching(state.sheet, text)
            if len(found) == 1:
                return state.showing(found[0].item.id), ()
            if found:
                return replace(state, screen=replace(going, text=text), notice=_several(found)), ()
            near = suggestion(text.strip(), state.sheet.ids())
            return replace(state, notice=f"no item `{text.strip()}`; {near}"), ()
        case _:
            return state, ()


def matching(sheet: Sheet, text: str) -> tuple[ItemOutcome, ...]:
    """The item of that id, else those whose id or title has the text."""
    word = text.strip().casefold()
    if not word:
        return ()
    items = sheet.decision.items
    exact = tuple(item for item in items if item.item.id.casefold() == word)
    return exact or tuple(
        item for item in items if word in item.item.id.casefold() or word in item.item.title.casefold()
    )


def _several(found: tuple[ItemOutcome, ...]) -> str:
    named = "; ".join(f"{each.item.id} {each.item.title}" for each in found[:_MATCHES])
    more = f"; and {len(found) - _MATCHES} more" if len(found) > _MATCHES else ""
    return f"{len(found)} items have it: {named}{more}. Give an id"
