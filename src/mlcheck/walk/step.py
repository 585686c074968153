"""The walk's steps: an event in, the next state and the effects out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mlcheck.packs.model import Answer, Evidence, ItemOutcome, Outcome
from mlcheck.printable import suggestion
from mlcheck.walk.draft import Answered, bound, earlier, mismatch
from mlcheck.walk.earlier import latest
from mlcheck.walk.filling import Step, begin_answer, begin_form, filled
from mlcheck.walk.messages import (
    Edited,
    Entered,
    Event,
    Interrupted,
    OpenEditor,
    Pressed,
    Recheck,
    Rejudged,
    SaveAndQuit,
    Scrolled,
    Sign,
    StartOver,
    Told,
)
from mlcheck.walk.renewing import chosen, typing
from mlcheck.walk.sheet import Key, Sheet
from mlcheck.walk.state import (
    Asking,
    End,
    Filling,
    GoingTo,
    Help,
    Over,
    Passes,
    Renewing,
    Shown,
    Start,
    State,
)

_NOTICES = 3  # told at once
_MATCHES = 6  # items named at once

ANSWER_KEYS: Mapping[str, Outcome] = {"a": "pass", "f": "fail", "x": "n/a", "w": "waived", "d": "disputed"}


def step(state: State, event: Event) -> Step:
    """The state after an event, and what is to be done; an event that means nothing changes nothing."""
    if isinstance(state.screen, Over):
        return state, ()
    match event:
        case Scrolled(offset):
            return replace(state, scroll=max(0, offset)), ()
        case Told(text):
            return replace(state, notice=text), ()
        case Interrupted():
            return _quit(state, interrupted=True)
        case Rejudged():
            return _rejudged(state, event)
    state = replace(state, notice="")
    match state.screen:
        case Filling() as filling:
            return filled(state, filling, event)
        case Renewing(text=str()) as renewing:
            return typing(state, renewing, event)
        case GoingTo() as going:
            return _going(state, going, event)
    if not isinstance(event, Pressed):
        return state, ()
    match state.screen:
        case Start() | Asking() | Renewing() | End() as screen:
            return _shared(state, screen, event) or _own(state, screen, event)
        case Passes(back) | Help(back):
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
        case "r":
            return replace(state, notice="judging again …"), (Recheck(asking.item),)
        case "o":
            return _open(state, asking)
        case "t":
            return begin_form(state, asking, None), ()
        case key if key in ANSWER_KEYS:
            return begin_answer(state, asking, item, ANSWER_KEYS[key]), ()
        case key if key.isascii() and key.isdigit():
            return _choose(state, asking, item, key), ()
        case _:
            return state, ()


def _end(state: State, event: Pressed) -> Step:
    holding_up = state.holding_up()
    match event.key:
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
        case _:
            return state, ()


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


def _rejudged(state: State, event: Rejudged) -> Step:
    """The walk over a new decision: answers whose exhibits changed are dropped, and it is said."""
    before = state.sheet
    carried = before.carried if event.carried is None else event.carried
    sheet = replace(before, decision=event.decision, carried=carried)
    lost = {key: why for key, answer in state.answers.items() if (why := _lost(before, sheet, key, answer))}
    stale = {key: earlier(entry) for key in lost if (entry := _entry(before, key, state.answers[key]))}
    sheet = replace(sheet, earlier=latest(before.earlier, event.earlier, stale))
    spoken_of = [event.item] if event.item else _moved(before, sheet)
    notices = [_became(before, sheet, item) for item in spoken_of]
    notices += [f"{key[0]}: {why}" for key, why in lost.items()]
    gone = [key for key in before.carried if key not in carried]
    notices += [f"{key[0]}: what its earlier answer rests on changed; it is asked again" for key in gone]
    after = replace(
        state,
        sheet=sheet,
        answers={key: answer for key, answer in state.answers.items() if key not in lost},
        notice=_shortened(list(dict.fromkeys(notices))),
    )
    return _still_there(after), ()


def _shortened(notices: list[str]) -> str:
    more = len(notices) - _NOTICES
    return " · ".join(notices[:_NOTICES] + ([f"and {more} more"] if more > 0 else []))


def _lost(before: Sheet, after: Sheet, key: Key, answer: Answer) -> str:
    """Why an answer given over one decision does not hold over the next; `""` where it does."""
    entry = _entry(before, key, answer)
    return mismatch(entry, after) if entry else "it was no longer there"


def _entry(sheet: Sheet, key: Key, answer: Answer) -> Answered | None:
    """An answer bound to what the sheet shows; None where that is no longer there."""
    item = sheet.item(key[0])
    instance = next((each for each in item.instances if each.name == key[1]), None) if item else None
    return Answered(bound(item, instance), answer) if item and instance else None


def _moved(before: Sheet, after: Sheet) -> list[str]:
    """The items whose outcomes changed, asked now or before."""
    new = {item.item.id: item.outcome for item in after.decision.items}
    old = before.decision.items
    return [item.item.id for item in old if new.get(item.item.id, item.outcome) != item.outcome]


def _became(before: Sheet, after: Sheet, item_id: str) -> str:
    old, new = before.item(item_id), after.item(item_id)
    if old is None or new is None:
        return f"{item_id} is no longer there"
    if old.outcome == new.outcome:
        return f"{item_id} is still {new.outcome}"
    return f"{item_id} was {old.outcome} and is {new.outcome} now"


def _still_there(state: State) -> State:
    """The state on a screen that the new decision still has."""
    match state.screen:
        case Asking(item_id, chosen) | Filling(back=Asking(item_id, chosen)):
            item = state.sheet.item(item_id)
            if item is None:
                return state.at(End())
            if chosen > len(item.instances):
                return state.at(Asking(item_id))
            return state
        case Renewing(pack) if state.renewal(pack) is None:
            return state.next()
        case Passes() | Help() | GoingTo():
            return state.at(Start()) if _gone(state.sheet, state.screen.back) else state
        case _:
            return state


def _gone(sheet: Sheet, shown: Shown) -> bool:
    return isinstance(shown, Asking) and sheet.item(shown.item) is None
