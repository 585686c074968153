"""Transfer functions of strings: methods, formats, and the string of a value."""

from __future__ import annotations

import ast
import re
import string
from typing import Any

from mlcheck.flow.call import Call, Transfers, receiver_self
from mlcheck.flow.folders import PLACES, split_place
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.system import path_text
from mlcheck.flow.values import Bound, Const, Hole, ListValue, Obj, Text, Top, Value, constant_text, parts_of, text_of

Maybe = Value | None
# String methods that give another string than the whole.
STRING_CUTS = frozenset({"split", "rsplit", "replace", "lower", "upper", "partition", "rpartition", "title", "strip"})

_LONGEST = 5_000  # characters of a string that its methods are run on


def _constant_method(call: Call, *given: Maybe) -> Value:
    """A str method on constants, run on them; on anything else, Top."""
    owner = receiver_self(call)
    values = [*call.arguments.positional]
    if not isinstance(owner, Const) or not isinstance(owner.value, str) or call.arguments.keywords:
        return call.top("a part of a string with unknown parts")
    if not all(isinstance(value, Const) for value in values):
        return call.top("a string made with an argument that is not known")
    if any(len(str(value.value)) > _LONGEST for value in (owner, *values) if isinstance(value, Const)):
        return call.top("a string too long to follow")
    method = call.target.rpartition(".")[2]
    try:
        result: Any = getattr(owner.value, method)(*[value.value for value in values if isinstance(value, Const)])
    except (TypeError, ValueError, IndexError):
        return call.top("a string method that fails")
    if isinstance(result, (list, tuple)):
        return ListValue([Const(one) for one in result], birth=call.it.birth())
    return Const(result)


def _kept_method(call: Call) -> Value:
    """`strip` and its kin on a string with holes: its constant ends stay as they are."""
    owner = receiver_self(call)
    if isinstance(owner, Const):
        return _constant_method(call)
    return owner if not call.arguments.positional else call.top("a string cut at its ends")


def str_split(call: Call, sep: Maybe, maxsplit: Maybe) -> Value:
    return _split(call, sep, maxsplit, False)


def str_rsplit(call: Call, sep: Maybe, maxsplit: Maybe) -> Value:
    return _split(call, sep, maxsplit, True)


def _split(call: Call, sep: Maybe, maxsplit: Maybe, right: bool) -> Value:
    separator = constant_text(sep) if sep is not None else None
    most = maxsplit.value if isinstance(maxsplit, Const) and isinstance(maxsplit.value, int) else -1
    parts = split_place(receiver_self(call), separator, right, most) if separator else None
    return parts if parts is not None else _constant_method(call)


def str_join(call: Call, iterable: Maybe) -> Value:
    glue = receiver_self(call)
    if not isinstance(iterable, ListValue) or (iterable.open and iterable.kind != PLACES):
        return call.top("a string joined from values that are not known")
    parts: list[str | Hole] = []
    for index, one in enumerate(iterable.items):
        parts += [*(parts_of(glue) if index else []), *parts_of(one)]
    return text_of(parts)


def str_format(call: Call) -> Value:
    template = constant_text(receiver_self(call))
    if template is None:
        return call.top("a format of a string that is not known")
    parts: list[str | Hole] = []
    count = 0
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError:
        return call.top("a format that fails")
    for literal, name, spec, conversion in pieces:
        parts.append(literal)
        if name is None:
            continue
        key, count = (str(count), count + 1) if name == "" else (name, count)
        parts += [Hole("unknown", "a formatted value", call.place)] if spec or conversion else _formatted(call, key)
    return text_of(parts)


def _formatted(call: Call, key: str) -> list[str | Hole]:
    positional = call.arguments.positional
    if key.isdigit() and int(key) < len(positional):
        return parts_of(positional[int(key)])
    if key in call.arguments.keywords:
        return parts_of(call.arguments.keywords[key])
    return [Hole("unknown", f"`{{{key}}}` of a format", call.place)]


def percent(it: Interpreter, template: str, value: Value, node: ast.expr) -> Value:
    """`template % value`, for `%s` and `%d`."""
    values = list(value.items) if isinstance(value, ListValue) else [value]
    pieces = re.split(r"%[sd]", template)
    if len(pieces) != len(values) + 1 or "%" in "".join(pieces).replace("%%", ""):
        return it.top(node, "a formatted string")
    parts: list[str | Hole] = [pieces[0].replace("%%", "%")]
    for piece, one in zip(pieces[1:], values):
        parts += [*parts_of(one), piece.replace("%%", "%")]
    return text_of(parts)


def to_str(call: Call, object: Maybe) -> Value:
    if object is None:
        return Const("")
    if isinstance(object, (Text, Top, Bound)):
        return object
    if isinstance(object, Const):
        return Const(str(object.value))
    return path_text(object) if isinstance(object, Obj) else call.top("the string of a value")


_STRINGS = "capitalize casefold count endswith find index isdigit lower lstrip partition removeprefix removesuffix "
_STRINGS += "replace rpartition rsplit split splitlines startswith title upper encode"

TRANSFERS: Transfers = {
    **{f"str.{name}": _constant_method for name in _STRINGS.split()},
    "str.split": str_split,
    "str.rsplit": str_rsplit,
    "str.strip": _kept_method,
    "str.rstrip": _kept_method,
    "str.join": str_join,
    "str.format": str_format,
    "builtins.str": to_str,
}
