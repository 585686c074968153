"""The walk over files that were judged again: what became of items, and of the answers to them."""

from __future__ import annotations

from dataclasses import replace

from mlcheck.packs.model import Answer
from mlcheck.walk.draft import Answered, bound, earlier, mismatch
from mlcheck.walk.earlier import latest
from mlcheck.walk.filling import Step
from mlcheck.walk.messages import Rejudged
from mlcheck.walk.sheet import Key, Sheet
from mlcheck.walk.state import (
    Asking,
    End,
    Filling,
    GoingTo,
    Help,
    Passes,
    Reading,
    Renewing,
    Shown,
    Start,
    State,
    Tabling,
)

_NOTICES = 3  # told at once


def rejudged(state: State, event: Rejudged) -> Step:
    """The walk over a new decision: answers whose exhibits changed are dropped, and it is said."""
    before = state.sheet
    carried = before.carried if event.carried is None else event.carried
    sheet = replace(before, decision=event.decision, carried=carried, change=event.change or before.change)
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
        notice=_shortened(list(dict.fromkeys(notices))) or state.notice,
        report=None,
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
        case Asking(item_id, chosen) | Filling(back=Asking(item_id, chosen)) | Tabling(back=Asking(item_id, chosen)):
            item = state.sheet.item(item_id)
            if item is None:
                return state.at(End())
            if chosen > len(item.instances):
                return state.at(Asking(item_id))
            return state
        case Renewing(pack) if state.renewal(pack) is None:
            return state.next()
        case Passes() | Help() | GoingTo() | Reading():
            return state.at(Start()) if _gone(state.sheet, state.screen.back) else state
        case _:
            return state


def _gone(sheet: Sheet, shown: Shown) -> bool:
    return isinstance(shown, Asking) and sheet.item(shown.item) is None
