"""What is taken from a frame or column of pandas without a call, and what is put into one.

`frame["a"]`, `frame[names]`, `frame[mask]`, `frame.a`, `.loc`, `.iloc`, `.columns`, `.values`, `.dt.month`.
Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

import ast
from dataclasses import replace

from mlcheck.flow import frame_cells
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames.pandas_schema import (
    columns,
    exact,
    look,
    opened,
    perhaps_gone,
    picked,
    sources_of,
    with_column,
)
from mlcheck.flow.frames.schema import Attribute, Schema, Source, Spot, unknown
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import PANDAS_FRAME, Frame, Series
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.pandas_accessors import accessor_problem
from mlcheck.flow.pandas_values import ARRAY, DTYPE, INDEX, dtype_of, fails, known_kind, names_of, reading, spot, told
from mlcheck.flow.values import NONE, Bound, Const, Derived, ListValue, Made, Obj, Value, merge, options_of
from mlcheck.knowledge.pandas_names import attributes

LOCATORS = frozenset({"loc", "iloc", "at", "iat"})


def names(it: Interpreter, schema: Schema) -> ListValue:
    """`frame.columns`."""
    sure = [one.name for one in schema if one.name is not None and not one.perhaps]
    is_open = not schema.closed or len(sure) < len(schema.attributes)
    return ListValue([Const(name) for name in sure], INDEX, is_open=is_open, birth=it.birth())


def looped(it: Interpreter, value: Value) -> Value:
    """What a loop over a value goes through: over a frame, its columns' names."""
    return names(it, value.schema) if isinstance(value, Frame) and value.cls == PANDAS_FRAME else value


def attribute(it: Interpreter, owner: Frame, name: str, node: ast.expr) -> Value | None:
    """`frame.name`: a column, or what is known of the columns; None where it is a method or not known."""
    if name == "columns":
        return names(it, owner.schema)
    if name == "values":
        return Frame("the values of a frame", owner.calls, ARRAY, owner.schema)
    if name in attributes()[0] or name.startswith("_"):
        return None
    found = exact(owner.schema, name)
    if len(found) == 1:
        read = reading(it, spot(it, node), "attribute", owner)
        look(owner.schema, name, read)
        told(it, read)
        return Series("a column", owner.calls, found[0], owner.schema, "made", owner.rows, owner)
    return None


def missing_attribute(it: Interpreter, owner: Frame, name: str, node: ast.expr) -> Value | None:
    """`frame.name` that is neither called nor an attribute of a frame: it must be a column."""
    if owner.cls != PANDAS_FRAME or name in attributes()[0] or name.startswith("_"):
        return None
    at = spot(it, node)
    read = reading(it, at, "attribute", owner)
    if owner.schema.closed and not exact(owner.schema, name):
        read.saw(name, owner.schema)
    else:
        read.lost(name, owner.schema)
    told(it, read)
    return Series("a column", owner.calls, Attribute(name, None), owner.schema, "made", owner.rows)


def item(it: Interpreter, owner: Frame, key: Value, node: ast.expr) -> Value:
    """`frame[key]`."""
    if owner.cls != PANDAS_FRAME:
        return Made(owner.why, owner.calls, owner.cls, owner.foreign)
    at = spot(it, node.slice if isinstance(node, ast.Subscript) else node)
    if isinstance(key, Const) and isinstance(key.value, str):
        return taken(it, owner, key.value, at)
    if isinstance(key, ListValue) and key.kind != "tuple" and key.items and not _are_rows(key):
        return selected(it, owner, key, at)
    if isinstance(key, (Made, Bound)) and not _may_be_names(key):
        return filtered(it, owner)
    if isinstance(key, Made) and any(one.method == "get_input_schema" for one in key.calls):
        return owner  # the columns that a model's signature names: the model leaves the others aside
    lost = opened(perhaps_gone(owner.schema), "a selection by a value that is not known", at)
    return (
        Made(owner.why, owner.calls, owner.cls)
        if _one(key)
        else frame_cells.made(it, "a selection", lost, object(), owner.calls)
    )


def _are_rows(key: ListValue) -> bool:
    return any(isinstance(one, Const) and isinstance(one.value, bool) for one in key.items)


def _may_be_names(key: Value) -> bool:
    """Whether a value of calls may name columns: what was computed of columns is a mask."""
    return not (isinstance(key, Series) or (isinstance(key, Derived) and key.how in ("compare", "equal")))


def _one(key: Value) -> bool:
    return not isinstance(key, ListValue)


def taken(it: Interpreter, owner: Frame, name: str, at: Spot) -> Value:
    """`frame["name"]`."""
    read = reading(it, at, "column", owner)
    found = look(owner.schema, name, read, spot=at)
    told(it, read)
    if len(exact(owner.schema, name)) > 1:
        return frame_cells.made(it, "columns of one name", Schema(exact(owner.schema, name)), owner.rows, owner.calls)
    attribute = found or Attribute(name, None)
    return Series("a column", owner.calls, attribute, owner.schema, "made", owner.rows, owner)


def selected(it: Interpreter, owner: Frame, key: Value, at: Spot, via: str = "columns") -> Frame:
    """`frame[names]`."""
    given = names_of(key)
    if given is None or not given[1]:
        schema = perhaps_gone(owner.schema)
    else:
        read = reading(it, at, via, owner)
        schema = picked(owner.schema, given[0], read, at)
        told(it, read)
    return frame_cells.made(it, "a selection", schema, owner.rows, owner.calls)


def filtered(it: Interpreter, owner: Frame) -> Frame:
    """The same columns of some rows."""
    return frame_cells.made(it, "some rows of a frame", owner.schema, object(), owner.calls)


# --- `.loc[rows, columns]` and its kin


def located(it: Interpreter, owner: Frame, method: str, node: ast.Subscript) -> tuple[Value, Value]:
    """`frame.loc[…]`, `frame.iloc[…]`, `.at`, `.iat`: the value, and what picks the rows."""
    match node.slice:
        case ast.Tuple(elts=[rows, wanted]):
            key = _rows(it, rows)
            held = owner if _is_all(rows) else filtered(it, owner)
            result = _by_position(it, held, wanted) if method in ("iloc", "iat") else _by_label(it, held, wanted)
            return (Made(owner.why, owner.calls, None) if _is_label(key) else result), key
        case _:
            key = _rows(it, node.slice)
            return (Made(owner.why, owner.calls, None) if _is_label(key) else filtered(it, owner)), key


def _rows(it: Interpreter, node: ast.expr) -> Value:
    """What picks rows; of a slice nothing."""
    if not isinstance(node, ast.Slice):
        return evaluate(it, node)
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            evaluate(it, part)
    return ListValue([], is_open=True)


def _is_label(value: Value) -> bool:
    return isinstance(value, Const) and not isinstance(value.value, bool)


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice) and node.lower is None and node.upper is None


def _by_label(it: Interpreter, owner: Frame, node: ast.expr) -> Value:
    at = spot(it, node)
    if isinstance(node, ast.Slice):
        _rows(it, node)
        if _is_all(node):
            return owner
        lost = perhaps_gone(owner.schema)
        return frame_cells.made(it, "a slice of columns", lost, owner.rows, owner.calls)
    key = evaluate(it, node)
    if isinstance(key, Const) and isinstance(key.value, str):
        return taken(it, owner, key.value, at)
    if isinstance(key, ListValue) and not _are_rows(key):
        return selected(it, owner, key, at, "loc")
    lost = opened(perhaps_gone(owner.schema), "a selection of columns that are not known", at)
    return frame_cells.made(it, "a selection", lost, owner.rows, owner.calls)


def _by_position(it: Interpreter, owner: Frame, node: ast.expr) -> Value:
    """`frame.iloc[:, :-1]`, `frame.iloc[:, -1]`, `frame.iloc[:, [0, 2]]`."""
    parts: list[Value] = []
    if isinstance(node, ast.Slice):
        parts = [NONE if one is None else evaluate(it, one) for one in (node.lower, node.upper, node.step)]
    else:
        parts = [evaluate(it, node)]
    schema = owner.schema
    known = schema.closed and not any(one.perhaps for one in schema)
    picks = _positions(parts, len(schema.attributes), isinstance(node, ast.Slice)) if known else None
    if picks is None:
        lost = Schema(perhaps_gone(schema).attributes, schema.lost, behind=schema.behind)
        if not isinstance(node, ast.Slice) and not isinstance(parts[0], ListValue):
            return Series("a column", owner.calls, Attribute(None, None), schema, "made", owner.rows)
        return frame_cells.made(it, "columns by position", lost, owner.rows, owner.calls)
    if isinstance(picks, int):
        return Series("a column", owner.calls, schema.attributes[picks], schema, "made", owner.rows)
    chosen = columns(schema, [schema.attributes[one] for one in picks])
    return frame_cells.made(it, "columns by position", chosen, owner.rows, owner.calls)


def _positions(parts: list[Value], count: int, is_slice: bool) -> list[int] | int | None:
    if is_slice:
        bounds = [one.value if isinstance(one, Const) else "?" for one in parts]
        if not all(one is None or type(one) is int for one in bounds):
            return None
        start, stop, step = (one if isinstance(one, int) else None for one in bounds)
        return list(range(count))[start:stop:step] if step != 0 else None
    value = parts[0]
    if isinstance(value, Const) and type(value.value) is int:
        at = value.value
        return at % count if -count <= at < count else None
    if isinstance(value, ListValue) and not value.open:
        numbers = [one.value for one in value.items if isinstance(one, Const)]
        if len(numbers) == len(value.items) and all(type(one) is int and -count <= one < count for one in numbers):
            return [one % count for one in numbers if isinstance(one, int)]
    return None


# --- columns


def of_series(it: Interpreter, owner: Series, name: str, node: ast.expr) -> Value | None:
    """`column.name` without a call; None where it is a method or not known."""
    if name in ("dt", "str", "cat"):
        accessor_problem(it, owner, name, node)
        return Bound(Obj(owner.cls or "?", {"lost": owner}), name)
    if name in ("values", "array", "T"):
        return owner
    if name == "dtype":
        return dtype_value(it, owner)
    return None


def dtype_value(it: Interpreter, owner: Series) -> Value | None:
    """`column.dtype`, to be compared with names; None where it is not known."""
    kind = known_kind(it, owner.attribute.type)
    if not isinstance(kind, Dtype):
        return None
    names: Value = Const(kind.name)
    return Obj(DTYPE, {"name": merge(names, Const(kind.other)) if kind.other else names})


def is_dtype(owner: Value, other: Value) -> bool | None:
    """`column.dtype == other`; None where it is not known."""
    if not isinstance(owner, Obj) or owner.cls != DTYPE:
        return None
    if isinstance(other, ListValue):
        answers = [is_dtype(owner, one) for one in other.items]
        return True if True in answers else (False if set(answers) <= {False} and not other.open else None)
    wanted = dtype_of(other)
    if wanted is None or "datetime" in wanted.name or wanted.holds:
        return None
    found = {name.value in wanted.names for name in options_of(owner.data["name"]) if isinstance(name, Const)}
    return found.pop() if len(found) == 1 else None


def of_rows(it: Interpreter, owner: Series, key: Value) -> Value:
    """`column[mask]`, `column[0]`."""
    if isinstance(key, Const):
        return Made(owner.why, owner.calls, owner.cls)
    return Series(owner.why, owner.calls, owner.attribute, owner.of, owner.how, object())


def has(owner: Frame, name: Const) -> bool | None:
    """`name in frame`."""
    if owner.cls != PANDAS_FRAME or not isinstance(name.value, str):
        return None
    found = exact(owner.schema, name.value)
    if found:
        return None if any(one.perhaps for one in found) else True
    return False if owner.schema.closed else None


# --- what is put in


def put(it: Interpreter, owner: Frame, key: Value, value: Value, node: ast.expr, some_rows: bool = False) -> Schema:
    """The columns of a frame after `frame[key] = value`."""
    at = spot(it, node)
    given = names_of(key)
    if given is None or not given[1]:
        if _is_mask(key):
            return columns(owner.schema, [_kept_or_lost(one, at) for one in owner.schema])
        return opened(_retyped(owner.schema, at), "a column under a name that is not known", at)
    schema = owner.schema
    several = isinstance(key, ListValue)
    for index, name in enumerate(given[0]):
        one = _part(value, index, len(given[0])) if several else value
        schema = with_column(schema, _put_one(owner, name, one, at, some_rows))
    return schema


def _is_mask(key: Value) -> bool:
    return isinstance(key, Series) or (isinstance(key, Derived) and key.how in ("compare", "equal"))


def _kept_or_lost(one: Attribute, at: Spot) -> Attribute:
    return Attribute(one.name, None, None, (), one.sources, at, one.perhaps)


def _retyped(schema: Schema, at: Spot) -> Schema:
    return columns(schema, [_kept_or_lost(one, at) for one in schema])


def _part(value: Value, index: int, count: int) -> Value | None:
    """What goes into one of several columns."""
    if isinstance(value, Const):
        return value
    if isinstance(value, ListValue) and not value.open and len(value.items) == count:
        return value.items[index]
    if isinstance(value, Frame) and value.schema.closed and len(value.schema.attributes) == count:
        attribute = value.schema.attributes[index]
        return Series("a column", value.calls, attribute, value.schema, "made", value.rows)
    return None


def _put_one(owner: Frame, name: str, value: Value | None, at: Spot, some_rows: bool) -> Attribute:
    kind, sources = stored(owner, value)
    if some_rows:
        before = exact(owner.schema, name)
        old = before[0] if len(before) == 1 else None
        kind = _after_some_rows(old, kind, bool(before) or not owner.schema.closed)
        sources = sources_of([one for one in (*before, Attribute(name, None, sources=sources)) if one is not None])
    return Attribute(name, kind, None, (), sources, at)


def _after_some_rows(old: Attribute | None, kind: DataType | None, was_there: bool) -> DataType | None:
    if old is None:
        return None if was_there else dtypes.may_be_missing(kind)
    return old.type if old.type == kind else None


def stored(owner: Frame, value: Value | None) -> tuple[DataType | None, tuple[Source, ...]]:
    """The dtype of a column that a value fills, and the tables' columns that it comes from."""
    match value:
        case Series(attribute=attribute, rows=rows):
            kind = attribute.type if rows is owner.rows else dtypes.may_be_missing(attribute.type)
            return kind, attribute.sources
        case Const(value=constant):
            return dtypes.of_constant(constant), ()
        case ListValue(items=items, open=False) if items and all(isinstance(one, Const) for one in items):
            return dtypes.of_constants([one.value for one in items if isinstance(one, Const)]), ()
    return None, ()


def renamed_columns(it: Interpreter, owner: Frame, value: Value, node: ast.expr) -> Schema:
    """The columns after `frame.columns = value`."""
    given = names_of(value)
    schema, at = owner.schema, spot(it, node)
    if given is None or not given[1] or isinstance(value, Const):
        return unknown("names of columns that are not known", at)
    if not schema.closed or any(one.perhaps for one in schema):
        return Schema(tuple(Attribute(name, None, made=at) for name in given[0]), behind=schema.behind)
    if len(given[0]) != len(schema.attributes):
        text = (
            f"ValueError: Length mismatch: Expected axis has {len(schema.attributes)} elements,"
            f" new values have {len(given[0])} elements"
        )
        fails(it, at, "ValueError", text, "columns", schema, "columns", owner)
        return Schema(tuple(Attribute(name, None, made=at) for name in given[0]), behind=schema.behind)
    pairs = zip(given[0], schema.attributes)
    return columns(schema, [replace(one, name=name) for name, one in pairs])
