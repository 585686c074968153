"""A table in motion: a person goes through its rows, corrects them, and confirms the whole as the answer's value."""

from __future__ import annotations

from dataclasses import replace

from mlcheck.packs.model import InstanceOutcome
from mlcheck.walk.draft import HalfTyped
from mlcheck.walk.filling import Step
from mlcheck.walk.forms import Form
from mlcheck.walk.messages import Append, Edited, Entered, Event, Pressed
from mlcheck.walk.state import Asking, Filling, State, Tabling

_CELLS, _ROWS = " | ", "; "


def begin_table(state: State, asking: Asking) -> State:
    """The table of the instance that is spoken of, as it was left, else as it was found."""
    instances = state.instances(asking)
    instance = next((each for each in instances if each.table is not None), None)
    item = state.sheet.item(asking.item)
    if instance is None or item is None:
        return replace(state, notice="this item has no table")
    if why := state.sheet.forbids(item, instance, "pass"):
        return replace(state, notice=why)
    number = item.instances.index(instance) + 1 if len(item.instances) > 1 else 0
    back = replace(asking, chosen=number)
    typed = state.typed.get((item.item.id, _name(instance, back), "pass"))
    earlier = state.given((item.item.id, instance.name))
    known = typed.text if typed else (earlier.value or "" if earlier else "")
    rows = tuple(known.split(_ROWS)) if _CELLS in known else rows_of(instance)
    return state.at(Tabling(asking.item, rows, back))


def rows_of(instance: InstanceOutcome) -> tuple[str, ...]:
    """The rows as they are edited: cells between bars, a dot where nothing is known."""
    table = instance.table
    return tuple(_CELLS.join(cell or "·" for cell in row) for row in table.rows) if table else ()


def tabled(state: State, tabling: Tabling, event: Event) -> Step:
    """The state after an event on a table."""
    if tabling.text is not None:
        return _editing(state, tabling, event)
    if not isinstance(event, Pressed):
        return state, ()
    match event.key:
        case "enter":
            return _confirmed(state, tabling), ()
        case "b" | "escape":
            return state.at(tabling.back), ()
        case "+":
            return state.at(replace(tabling, chosen=len(tabling.rows) + 1, text="")), ()
        case "e" if tabling.chosen:
            return state.at(replace(tabling, text=tabling.rows[tabling.chosen - 1])), ()
        case key if key.isascii() and key.isdigit():
            return _choose(state, tabling, key), ()
        case _:
            return replace(state, notice="a number chooses a row, `e` edits it, `+` adds one, Enter confirms all"), ()


def _choose(state: State, tabling: Tabling, key: str) -> State:
    count = len(tabling.rows)
    longer = tabling.chosen * 10 + int(key) if len(key) == 1 else 0
    number = longer if 10 <= longer <= count else int(key[:9])
    if not 1 <= number <= count:
        return replace(state, notice=f"there are {count} rows")
    return replace(state, screen=replace(tabling, chosen=number))


def _editing(state: State, tabling: Tabling, event: Event) -> Step:
    match event:
        case Edited(text) if text != tabling.text:
            return _kept(state, replace(tabling, text=text))
        case Entered(text):
            return _kept(state, replace(tabling, rows=_with(tabling, text), text=None, chosen=0))
        case Pressed(key="escape"):
            return _kept(state, replace(tabling, text=None))
        case _:
            return state, ()


def _with(tabling: Tabling, text: str) -> tuple[str, ...]:
    """The rows with the chosen one as typed; an empty one is taken out. `;` parts rows, so none is in one."""
    row = " ".join(text.replace(";", ",").split())
    before, after = tabling.rows[: tabling.chosen - 1], tabling.rows[tabling.chosen :]
    return (*before, *([row] if row else []), *after)


def _kept(state: State, tabling: Tabling) -> Step:
    """The table as it is now, half typed, into the state and the draft."""
    rows = tabling.rows if tabling.text is None else _with(tabling, tabling.text)
    half = HalfTyped(tabling.item, _instance(state, tabling), "pass", (), _ROWS.join(rows))
    typed = {**state.typed, (half.item, half.instance, half.outcome): half}
    return replace(state, screen=tabling, typed=typed), (Append(half),)


def _confirmed(state: State, tabling: Tabling) -> State:
    """The answer's own field, with the table as its text: one more Enter gives it."""
    form = Form(tabling.item, _instance(state, tabling), "pass", text=_ROWS.join(tabling.rows))
    return state.at(Filling(form, tabling.back))


def _instance(state: State, tabling: Tabling) -> str | None:
    instances = state.instances(tabling.back)
    return _name(instances[0], tabling.back) if instances else None


def _name(instance: InstanceOutcome, asking: Asking) -> str | None:
    return instance.name if asking.chosen else None
