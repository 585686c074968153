"""Frozen dataclasses to JSON and strictly back: every member there, none more, each of its type."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from mlcheck.record.codes import Code
from mlcheck.record.refusal import Refused, refuse

T = TypeVar("T")

# Members whose JSON name is no Python name.
_JSON_NAMES: Mapping[str, str] = {"from_": "from"}


def to_json(value: Any) -> Any:
    """The JSON-able value of a dataclass, its members in the order in which they are declared."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {_JSON_NAMES.get(name, name): to_json(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [to_json(each) for each in value]
    if isinstance(value, Mapping):
        return {name: to_json(each) for name, each in value.items()}
    return value


def from_json(shape: type[T], value: Any, where: str) -> T:
    """The dataclass that a JSON value holds. Raises Refused (E_JSON) with the member that is wrong."""
    members: dict[str, Any] = {}
    kind: Any = shape
    hints: Mapping[str, tuple[str, Any]] = _members(kind)
    if not isinstance(value, dict):
        raise _wrong(where, "an object")
    for name in value:
        if name not in hints:
            raise refuse(Code.E_JSON, f"`{where}.{name}` is no member of a record")
    for name, (attribute, hint) in hints.items():
        if name not in value:
            raise refuse(Code.E_JSON, f"`{where}.{name}` is missing")
        members[attribute] = _value(hint, value[name], f"{where}.{name}")
    return shape(**members)


@lru_cache(maxsize=64)
def _members(shape: Any) -> Mapping[str, tuple[str, Any]]:
    """JSON name to attribute and type."""
    hints = get_type_hints(shape)
    names = [field.name for field in dataclasses.fields(shape)]
    return {_JSON_NAMES.get(name, name): (name, hints[name]) for name in names}


def _value(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _value(_optional(hint), value, where)
    if origin is Literal:
        if isinstance(value, str) and value in get_args(hint):
            return value
        raise _wrong(where, f"one of {', '.join(get_args(hint))}")
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(where, "a list")
        inner = get_args(hint)[0]
        return tuple(_value(inner, each, f"{where}[{index}]") for index, each in enumerate(value))
    if origin is not None:  # a Mapping of names
        if not isinstance(value, dict):
            raise _wrong(where, "an object")
        inner = get_args(hint)[1]
        return {name: _value(inner, each, f"{where}.{name}") for name, each in value.items()}
    if dataclasses.is_dataclass(hint):
        return from_json(hint, value, where) if isinstance(hint, type) else None
    return _plain(hint, value, where)


def _plain(hint: Any, value: Any, where: str) -> Any:
    if type(value) is not hint:  # True is no integer here
        raise _wrong(where, {str: "a text", int: "an integer", bool: "true or false"}[hint])
    return value


def _optional(hint: Any) -> Any:
    return next(each for each in get_args(hint) if each is not type(None))


def _wrong(where: str, wanted: str) -> Refused:
    return refuse(Code.E_JSON, f"`{where}` is not {wanted}")
