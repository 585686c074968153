"""What a memo compares of values, and how they are kept as they are now."""

from __future__ import annotations

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.values import (
    Bound,
    Class,
    Const,
    Context,
    Derived,
    DictValue,
    Function,
    Instance,
    Lib,
    ListValue,
    Made,
    ModuleValue,
    Obj,
    OneOf,
    Text,
    Top,
    Value,
)

DEEPEST, WIDEST = 4, 40  # of a container that is compared, or copied, by its content


class Key:
    """A part of a memo's key that knows its hash: chains of calls are compared without walking them."""

    __slots__ = ("_hash", "parts")

    def __init__(self, parts: tuple[object, ...]) -> None:
        self.parts = parts
        self._hash = hash(parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Key) and self._hash == other._hash and self.parts == other.parts)


def key_of(value: Value, depth: int = 0) -> object:
    """What a memo compares of a value: its content; of what is large, or an instance's, identity and version."""
    match value:
        case Const() | Text() | Lib() | Function():
            return value
        case Derived(calls=calls, how=how):
            return ("derived", how, tuple(_call_key(call) for call in calls), value.content_key())
        case Made(calls=calls, cls=cls, foreign=foreign):
            return ("made", cls, foreign, tuple(_call_key(call) for call in calls), value.content_key())
        case Top(foreign=foreign):
            return ("top", foreign)
        case Bound(receiver=receiver, method=method):
            return (key_of(receiver, depth + 1), method)
        case Obj(cls=cls, made=CallSeen() as made, version=0):
            return (cls, _call_key(made))
        case Obj(cls=cls, data=data, made=None) if not data:
            return cls
        case Obj(cls=cls, data={"lost": lost}, version=0):
            return (cls, key_of(lost, depth + 1))
        case ListValue(items=items, kind=kind, open=is_open) if depth < DEEPEST and len(items) <= WIDEST:
            return (kind, is_open, tuple(key_of(one, depth + 1) for one in items))
        case DictValue(entries=entries, open=is_open) if depth < DEEPEST and len(entries) <= WIDEST:
            return ("dict", is_open, tuple((Const(key), key_of(one, depth + 1)) for key, one in entries.items()))
        case Obj() | ListValue() | DictValue() | Instance():
            return (id(value), value.version)
        case OneOf(options=options):
            return tuple(key_of(option, depth + 1) for option in options)
        case Class() | ModuleValue() | Context():
            return id(value)
    return id(value)


def _call_key(call: CallSeen) -> object:
    """A call by its place and what reached it; computed when a memo first asks."""
    if call._key is None:
        receiver = None if call.receiver is None else key_of(call.receiver, 1)
        positional = tuple(key_of(one, 1) for one in call.positional)
        keywords = tuple((name, key_of(one, 1)) for name, one in call.keywords.items())
        place = (call.lines.path, call.line, call.column, call.end_column)
        call._key = Key((call.name, place, positional, keywords, call.open, receiver))
    return call._key


def kept(value: Value, depth: int = 0) -> Value:
    """A value as it is now: what holds others is copied, since it may be changed later."""
    match value:
        case ListValue(items=items, kind=kind, open=is_open):
            if depth >= DEEPEST:
                return ListValue([], kind, is_open=True)
            few = [kept(one, depth + 1) for one in items[:WIDEST]]
            return ListValue(few, kind, is_open=is_open or len(items) > WIDEST)
        case DictValue(entries=entries, open=is_open):
            if depth >= DEEPEST:
                return DictValue({}, is_open=True)
            some = {key: kept(one, depth + 1) for key, one in list(entries.items())[:WIDEST]}
            return DictValue(some, is_open=is_open or len(entries) > WIDEST)
        case _:
            return value
