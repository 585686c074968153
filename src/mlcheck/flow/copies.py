"""Results of remembered calls, given again: their containers are made anew, since who gets them may change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlcheck.flow.frame_cells import settled
from mlcheck.flow.frames.values import Cell, Frame
from mlcheck.flow.values import Birth, Context, DictValue, Function, Instance, ListValue, Obj, OneOf, Value

_MOST_COPIED = 1_000  # containers of one result
_DEEPEST = 24


def can_be_copied(value: Value | None, call: int) -> bool:
    """Whether a result can be given again as a copy: no container in it was there before the call."""
    return value is None or _is_new(value, call, set(), 0)


def _is_new(value: Value, call: int, seen: set[int], depth: int) -> bool:
    if not isinstance(value, _HOLDERS) or id(value) in seen:
        return True
    if isinstance(value, Frame):
        return all(one.cell is None or one.cell.call >= call for one in (value, *value.others))
    if isinstance(value, Context) or depth > _DEEPEST or len(seen) >= _MOST_COPIED:
        return False
    seen.add(id(value))
    if isinstance(value, Obj):
        return not value.data or (value.made is not None and value.version == 0)
    if isinstance(value, OneOf):
        held: Iterable[Value] = value.options
    elif isinstance(value, Function):
        held = () if value.bound is None else (value.bound,)
    elif value.birth[1] < call:
        return False
    elif isinstance(value, ListValue):
        held = value.items
    else:
        held = (value.entries if isinstance(value, DictValue) else value.attributes).values()
    return all(_is_new(one, call, seen, depth + 1) for one in held)


_HOLDERS = (ListValue, DictValue, Instance, OneOf, Obj, Function, Context, Frame)


def copied(value: Value, birth: Birth, frames: Mapping[Cell, Frame]) -> Value:
    """A remembered result with its containers made anew; what was one container in it is one in the copy.

    `frames` are those that the call changed, as it left them.
    """
    return _copy(value, birth, {}, frames) if isinstance(value, _HOLDERS) else value


def _copy(value: Value, birth: Birth, made: dict[int, Value], frames: Mapping[Cell, Frame]) -> Value:
    if isinstance(value, Frame):
        return value if value.cell is None else _own(value, birth, made, frames)
    known = made.get(id(value))
    if known is not None:
        return known
    match value:
        case ListValue(items=items, kind=kind, open=is_open):
            sequence = ListValue([], kind, is_open=is_open, birth=birth)
            made[id(value)] = sequence
            sequence.items = [_copy(one, birth, made, frames) for one in items]
            return sequence
        case DictValue(entries=entries, open=is_open):
            mapping = DictValue({}, is_open=is_open, birth=birth)
            made[id(value)] = mapping
            mapping.entries = {key: _copy(one, birth, made, frames) for key, one in entries.items()}
            return mapping
        case Instance(cls=cls, attributes=attributes):
            instance = Instance(cls, birth)
            made[id(value)] = instance
            instance.attributes = {name: _copy(one, birth, made, frames) for name, one in attributes.items()}
            return instance
        case OneOf(options=options):
            return OneOf(tuple(_copy(one, birth, made, frames) for one in options))
        case Obj(cls=cls, data=data, made=call) if call is not None:
            made[id(value)] = copy = Obj(cls, dict(data), birth, call)
            return copy
        case Function(bound=Instance() as bound):
            receiver = _copy(bound, birth, made, frames)
            return value if receiver is bound else value.to(receiver, value.owner)
        case _:
            return value


def _own(value: Frame, birth: Birth, made: dict[int, Value], frames: Mapping[Cell, Frame]) -> Value:
    """A frame of pandas of its own: one for each that the call made."""
    known = made.get(id(value.cell))
    if known is None:
        known = made[id(value.cell)] = settled(value, frames, birth[1])
    return known
