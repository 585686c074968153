"""Frames of pandas as they are now: they can be changed under any of their names, and all of these see it.

What a frame was changed to stands in the path's state, by the frame's cell; a
frame that is not there is as it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.frames.schema import Lost, Schema, Spot
from mlcheck.flow.frames.values import PANDAS_FRAME, Cell, Frame
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import DictValue, Instance, ListValue, Obj, OneOf, Value, merge

HOLDERS = frozenset([Frame, OneOf, ListValue, DictValue, Instance, Obj])  # what may be, or hold, a frame
_DEEPEST, _MOST_LOOKED_AT = 4, 200  # containers that frames are looked for in


def made(it: Interpreter, why: str, schema: Schema, rows: object = None, calls: tuple[CallSeen, ...] = ()) -> Frame:
    """A new frame of pandas."""
    return Frame(why, calls, PANDAS_FRAME, schema, False, Cell(it.call_id, it.sources.cells), rows or object())


def current(it: Interpreter, value: Value) -> Value:
    """A frame as it is now, or the value itself."""
    if type(value) is OneOf:
        if not it.state.frames:
            return value
        options = [current(it, one) for one in value.options]
        return value if all(a is b for a, b in zip(options, value.options)) else OneOf(tuple(options))
    if type(value) is not Frame or value.cell is None:
        return value
    frames = it.state.frames
    now = frames.get(value.cell) if frames else None
    if value.cell.call < it.call_id:
        it.cells[value.cell] = now
    found = now if now is not None else value
    if not found.others or not frames:
        return found
    for one in found.others:
        assert one.cell is not None
        theirs = frames.get(one.cell)
        if theirs is not None and theirs is not one:
            found = found.changed(_met_schema(found, theirs), found.calls, object())
    return found


def _met_schema(one: Frame, two: Frame) -> Schema:
    both = one.met(two, one.calls)
    return both.schema if isinstance(both, Frame) else blurred(one.schema, "one of many frames")


def change(it: Interpreter, frame: Frame, new: Frame) -> None:
    """The frame is now another, under whatever name it is known; one that it may be, may be so."""
    if frame.cell is None:
        return
    frames = dict(it.state.frames)
    frames[frame.cell] = new
    it.oldest_write = min(it.oldest_write, frame.cell.call)
    for one in frame.others:
        assert one.cell is not None
        before = frames.get(one.cell, one)
        after = before.changed(new.schema, new.calls, object())
        met = merge(before, after)
        frames[one.cell] = met if isinstance(met, Frame) else before.changed(blurred(before.schema, "a change"), ())
        it.oldest_write = min(it.oldest_write, one.cell.call)
    it.state.frames = frames


def blurred(schema: Schema, why: str, spot: Spot | None = None) -> Schema:
    """Any column may have been changed, taken away, or come in."""
    return schema.blurred(why, spot)


def lose(it: Interpreter, values: Iterable[Value], why: str, spot: Spot | None) -> None:
    """Frames that were handed to what is not followed: they may have been changed there."""
    for frame in frames_in(values):
        now = current(it, frame)
        if isinstance(now, Frame) and (now.schema.lost is None or any(not one.perhaps for one in now.schema)):
            change(it, now, now.changed(blurred(now.schema, why, spot), now.calls, object()))


def lose_held(it: Interpreter, why: str, spot: Spot | None) -> None:
    """Something that is not known was changed: it may be any of the frames that were put somewhere."""
    held = [cell.first for cell in it.sources.cells if cell.first is not None]
    lose(it, held, why, spot)


def hold(it: Interpreter, value: Value) -> None:
    """A frame is put where other names for it are not followed."""
    for frame in frames_in([value]):
        for one in (frame, *frame.others):
            if one.cell is not None:
                one.cell.hold()


def frames_in(values: Iterable[Value]) -> list[Frame]:
    """The frames among values, and within their containers."""
    found: list[Frame] = []
    waiting: list[tuple[Value, int]] = [(one, 0) for one in values]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_LOOKED_AT:
        value, depth = waiting.pop()
        if type(value) is Frame:
            if value.cell is not None:
                found.append(value)
            continue
        inner: Iterable[Value]
        match value:
            case OneOf(options=options):
                inner = options
            case ListValue(items=items):
                inner = items
            case DictValue(entries=entries):
                inner = entries.values()
            case Instance(attributes=attributes):
                inner = attributes.values()
            case Obj(data=data):
                inner = data.values()
            case _:
                continue
        if depth < _DEEPEST and id(value) not in seen:
            seen.add(id(value))
            waiting.extend((one, depth + 1) for one in inner)
    return found


def nested_key(it: Interpreter, names: Mapping[str, Value]) -> object:
    """What a memo compares of the frames within a call's arguments: what they are now."""
    if not it.state.frames:
        return None
    inner = [one for one in names.values() if isinstance(one, (ListValue, DictValue, OneOf))]
    keys = []
    for frame in frames_in(inner):
        now = current(it, frame)
        if now is not frame and isinstance(now, Frame):
            keys.append((id(frame.cell), now.content_key()))
    return tuple(keys)


def widened(
    base: Mapping[Cell, Frame], before: Mapping[Cell, Frame], after: Mapping[Cell, Frame], wholly: bool = False
) -> Mapping[Cell, Frame]:
    """What frames may be before another round of a loop: as before it, or as a round leaves them; wholly: anything."""
    if before is after:
        return before
    frames = dict(before)
    for cell, now in after.items():
        old = before.get(cell, cell.first)
        if old is None or old is now:
            continue
        met = None if wholly else merge(base.get(cell, cell.first or old), now)
        frames[cell] = met if isinstance(met, Frame) else _lost(old, "changed in a loop")
    return frames


def settles(start: Mapping[Cell, Frame], after: Mapping[Cell, Frame]) -> bool:
    """Whether a round leaves nothing that was not before it."""
    if start is after:
        return True
    for cell, now in after.items():
        old = start.get(cell, cell.first)
        if old is not None and old is not now:
            met = merge(old, now)
            if not isinstance(met, Frame) or met.content_key() != old.content_key():
                return False
    return True


def _lost(frame: Frame, why: str) -> Frame:
    return frame.changed(blurred(frame.schema, why), frame.calls, object())


def met_frames(one: Mapping[Cell, Frame], two: Mapping[Cell, Frame]) -> Mapping[Cell, Frame]:
    """The frames after two paths."""
    found: dict[Cell, Frame] = {}
    for cell in (*one, *(cell for cell in two if cell not in one)):
        mine, theirs = one.get(cell, cell.first), two.get(cell, cell.first)
        if mine is None or theirs is None:
            continue
        met = merge(mine, theirs)
        if isinstance(met, Frame):
            found[cell] = met
        else:
            lost = Schema((), Lost("one of many frames"))
            found[cell] = mine.changed(lost, mine.calls, object())
    return found


def settled(value: Frame, frames: Mapping[Cell, Frame], call: int) -> Frame:
    """A frame that a call made, as a frame of its own: whoever gets it may change it."""
    now = frames.get(value.cell, value) if value.cell is not None else value
    schema = now.schema
    for one in now.others:
        theirs = frames.get(one.cell) if one.cell is not None else None
        if theirs is not None and theirs is not one:
            schema = _met_schema(now, theirs)
    cell = Cell(call, now.cell.all_held if now.cell is not None else [])
    return Frame(now.why, now.calls, PANDAS_FRAME, schema, now.foreign, cell, now.rows)
