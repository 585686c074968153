"""Transfer functions of lists and dicts: what goes in, what comes out, and what is then not known."""

from __future__ import annotations

import ast
from typing import Any, cast

from mlcheck.flow import argv, frame_cells, pandas_access
from mlcheck.flow.call import Call, Transfers, receiver_self
from mlcheck.flow.frames.values import Frame
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.model_versions import VERSIONS
from mlcheck.flow.recorded import note_collected
from mlcheck.flow.store import append, blur
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, Made, Obj, Value, derived, merge

Maybe = Value | None


def list_append(call: Call, object: Maybe) -> Value:
    owner = receiver_self(call)
    note_collected(call, object)
    if isinstance(owner, ListValue):
        append(call.it, owner, object or call.top("a value"))
    return NONE


def list_remove(call: Call, value: Maybe) -> Value:
    owner = receiver_self(call)
    if isinstance(owner, ListValue) and not owner.open and isinstance(value, Const) and value in owner.items:
        plain = all(isinstance(one, Const) for one in owner.items)
        if plain and call.it.wrote(owner):
            owner.items.remove(value)
            return NONE
    blur(call.it, owner)
    return NONE


def list_extend(call: Call, iterable: Maybe) -> Value:
    owner = receiver_self(call)
    if isinstance(owner, ListValue):
        if isinstance(iterable, ListValue):
            for one in list(iterable.items):
                append(call.it, owner, one)
            owner.open = owner.open or iterable.open
        else:
            owner.open = True
    return NONE


def _blurring(call: Call) -> Value:
    """A method that changes a container in a way that is not followed."""
    blur(call.it, receiver_self(call))
    return call.top("what is taken from a container")


def dict_get(call: Call, key: Maybe, default: Maybe) -> Value:
    owner = receiver_self(call)
    otherwise = default or NONE
    if not isinstance(owner, DictValue) or not isinstance(key, Const):
        return call.top("a value under a key that is not known")
    value = owner.entries.get(key.value)
    if value is not None:
        return value
    return merge(otherwise, call.top("a value of a dict that may hold more")) if owner.open else otherwise


def dict_setdefault(call: Call, key: Maybe, default: Maybe) -> Value:
    owner = receiver_self(call)
    if isinstance(owner, DictValue) and isinstance(key, Const) and key.value in owner.entries:
        return owner.entries[key.value]
    blur(call.it, owner)
    return call.top("a value of a dict")


def dict_items(call: Call) -> Value:
    owner = receiver_self(call)
    if not isinstance(owner, DictValue):
        return call.top("the items of a value")
    method = call.target.rpartition(".")[2]
    rows: list[Value] = []
    for key, value in owner.entries.items():
        pair = ListValue([Const(key), value], "tuple", birth=call.it.birth())
        rows.append({"keys": Const(key), "values": value}.get(method, pair))
    return ListValue(rows, is_open=owner.open, birth=call.it.birth())


def dict_update(call: Call, other: Maybe) -> Value:
    owner = receiver_self(call)
    if isinstance(owner, DictValue):
        added = dict(call.arguments.keywords)
        if isinstance(other, DictValue) and not other.open and call.it.wrote(owner):
            owner.entries.update(other.entries)
            owner.entries.update(added)
        elif other is not None or added:
            blur(call.it, owner)
    return NONE


def make_dict(call: Call, mapping: Maybe) -> Value:
    entries: dict[Any, Value] = dict(mapping.entries) if isinstance(mapping, DictValue) else {}
    entries.update(call.arguments.keywords)
    is_open = call.arguments.open or (mapping is not None and not isinstance(mapping, DictValue))
    return DictValue(entries, is_open=is_open, birth=call.it.birth())


def make_list(call: Call, iterable: Maybe) -> Value:
    if iterable is None:
        return ListValue([], birth=call.it.birth())
    iterable = pandas_access.looped(call.it, iterable)
    if isinstance(iterable, ListValue):
        return ListValue(list(iterable.items), is_open=iterable.open, birth=call.it.birth())
    if isinstance(iterable, Obj) and iterable.cls == VERSIONS:
        return iterable
    if isinstance(iterable, DictValue):
        keys: list[Value] = [Const(key) for key in iterable.entries]
        return ListValue(keys, is_open=iterable.open, birth=call.it.birth())
    return ListValue([], is_open=True, birth=call.it.birth())


def part(it: Interpreter, owner: Value, lower: Value, upper: Value, step: Value, node: ast.expr) -> Value:
    """`owner[lower:upper]` of a list or a string that is known; a part of a frame is of the frame's origin."""
    if isinstance(owner, Frame) and owner.cell is not None:
        return frame_cells.made(it, owner.why, owner.schema, object(), owner.calls)
    if isinstance(owner, Made):
        return owner
    if not all(isinstance(one, Const) and isinstance(one.value, (int, type(None))) for one in (lower, upper)):
        return it.top(node, "a slice")
    assert isinstance(lower, Const) and isinstance(upper, Const)
    start, stop = cast("int | None", lower.value), cast("int | None", upper.value)
    if step != NONE:
        return it.top(node, "a slice")
    if isinstance(owner, Const) and isinstance(owner.value, str):
        return Const(owner.value[start:stop])
    if not isinstance(owner, ListValue):
        return it.top(node, "a slice")
    backwards = any(one is not None and one < 0 for one in (start, stop))
    made: Value = it.top(node, "a slice")
    if not (owner.open and backwards):
        made = ListValue(owner.items[start:stop], owner.kind, is_open=owner.open, birth=it.birth())
    argv.sliced(it, owner, start, stop, made, node)
    return made


def enumerate_(call: Call, iterable: Maybe) -> Value:
    if not isinstance(iterable, ListValue):
        return call.top("what is looped over")
    rows: list[Value] = [ListValue([Const(i), one], "tuple") for i, one in enumerate(iterable.items)]
    return ListValue(rows, is_open=iterable.open, birth=call.it.birth())


def zip_(call: Call) -> Value:
    given = call.arguments.positional
    if call.arguments.open or not all(isinstance(one, ListValue) and not one.open for one in given):
        return call.top("what is looped over")
    lists = [one.items for one in given if isinstance(one, ListValue)]
    rows: list[Value] = [ListValue(list(row), "tuple") for row in zip(*lists)]
    return ListValue(rows, birth=call.it.birth())


def range_(call: Call) -> Value:
    given = [one.value for one in call.arguments.positional if isinstance(one, Const)]
    if len(given) == len(call.arguments.positional) and all(isinstance(one, int) for one in given) and given:
        numbers = range(*[one for one in given if isinstance(one, int)][:3]) if 0 not in given[2:] else range(0)
        if len(numbers) <= 64:
            return ListValue([Const(one) for one in numbers], birth=call.it.birth())
    return call.top("a range")


def in_order(made: Value, plain: bool) -> Value:
    """A list as `sorted` leaves it: texts in the order of the alphabet, where nothing else is asked for."""
    if plain and isinstance(made, ListValue):
        texts = [one.value for one in made.items if isinstance(one, Const) and isinstance(one.value, str)]
        if len(texts) == len(made.items):
            made.items = [Const(one) for one in sorted(texts)]
    return made


def len_(call: Call, obj: Maybe) -> Value:
    if isinstance(obj, ListValue) and not obj.open:
        return Const(len(obj.items))
    return derived(call.top("a length"), "length", obj) if obj is not None else call.top("a length")


_LIST_CHANGES = "insert pop clear sort reverse"

TRANSFERS: Transfers = {
    "list.append": list_append,
    "list.add": list_append,
    "list.extend": list_extend,
    "list.remove": list_remove,
    **{f"list.{name}": _blurring for name in _LIST_CHANGES.split()},
    "dict.get": dict_get,
    "dict.setdefault": dict_setdefault,
    "dict.items": dict_items,
    "dict.keys": dict_items,
    "dict.values": dict_items,
    "dict.update": dict_update,
    "dict.pop": _blurring,
    "dict.popitem": _blurring,
    "dict.clear": _blurring,
    "builtins.dict": make_dict,
    "builtins.list": make_list,
    "builtins.tuple": make_list,
    "builtins.set": make_list,
    "builtins.enumerate": enumerate_,
    "builtins.zip": zip_,
    "builtins.range": range_,
    "builtins.len": len_,
}
