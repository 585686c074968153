"""What transfer functions of pandas work with: frames and columns out of calls, names, and what is noted."""

from __future__ import annotations

import ast

from mlcheck.flow import frame_cells
from mlcheck.flow.call import Call
from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.schema import Attribute, Schema, Spot, unknown
from mlcheck.flow.frames.spots import CodeSpot, spot_of
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import PANDAS_FRAME, Frame, Series
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import NONE, Const, DictValue, Lib, ListValue, Made, Obj, OneOf, Value, origins_of

Maybe = Value | None
INDEX = "index"  # the kind of a list that is `frame.columns`
ARRAY = "numpy.ndarray"
DTYPE = "numpy.dtype"  # a dtype as code looks at it
_FEW_CALLS = 6


def spot(it: Interpreter, node: ast.expr | ast.stmt) -> CodeSpot:
    assert it.code is not None
    return spot_of(it.code.lines, node)


def call_spot(call: Call) -> CodeSpot:
    return spot(call.it, call.node)


def argument_spot(call: Call, position: int, *keywords: str) -> CodeSpot:
    """Where an argument stands that is given by its position or its keyword."""
    node = call.node
    if isinstance(node, ast.Call):
        plain = not any(isinstance(one, ast.Starred) for one in node.args)
        if plain and 0 <= position < len(node.args):
            return spot(call.it, node.args[position])
        for one in node.keywords:
            if one.arg in keywords:
                return spot(call.it, one.value)
    return call_spot(call)


def reading(it: Interpreter, at: Spot, via: str, *behind: Value) -> Reading:
    calls = tuple(made for one in behind for made in origins_of(one))
    return Reading(at, via or "pandas", it.state.protected > 0, not it.state.branch, calls)


def told(it: Interpreter, read: Reading) -> None:
    """Note what an operation looked up, and what fails."""
    for problem in read.problems:
        it.found(problem)
    for one in read.reads():
        it.found(one)


def fails(
    it: Interpreter, at: Spot, condition: str, text: str, name: str, schema: Schema, via: str, *behind: Value
) -> None:
    """Note an operation that surely raises."""
    read = reading(it, at, via, *behind)
    read.problem(condition, name, schema, at, text)
    told(it, read)


# --- what a call is on


def receiver(call: Call) -> Value | None:
    held = call.receiver.data.get("lost") if call.receiver is not None else None
    return frame_cells.current(call.it, held) if held is not None else None


def own(call: Call) -> Frame:
    """The frame that a method is called on."""
    held = receiver(call)
    if isinstance(held, Frame) and held.cls == PANDAS_FRAME:
        return held
    calls = held.calls if isinstance(held, Made) else ()
    lost = unknown("a frame of pandas whose columns were not followed", call_spot(call))
    return Frame("a frame", calls, PANDAS_FRAME, lost)


def own_series(call: Call) -> Series | None:
    held = receiver(call)
    return held if isinstance(held, Series) else None


# --- what a call gives


def framed(call: Call, schema: Schema, rows: object = None) -> Frame:
    return frame_cells.made(call.it, f"what `{call.target.rpartition('.')[2]}` returns", schema, rows)


def column(
    call: Call, kind: DataType | None, of: Series | None = None, name: str | None = None, rows: object = None
) -> Series:
    """A column that a call gives: computed of another, where it is."""
    if of is None:
        return Series("a column", (), Attribute(name, kind, made=call_spot(call)), Schema(), rows=rows or object())
    attribute = Attribute(of.attribute.name, kind, sources=of.attribute.sources, made=call_spot(call))
    return Series("a column", (), attribute, of.of, "made", rows or of.rows)


def computed(it: Interpreter, kind: DataType | None, how: str, node: ast.expr, *operands: Value) -> Series:
    """A column that an operation gives."""
    series = [one for one in operands if isinstance(one, Series)]
    calls = tuple(dict.fromkeys(made for one in operands for made in origins_of(one)))[:_FEW_CALLS]
    names = {one.attribute.name for one in series}
    sources = tuple(dict.fromkeys(source for one in series for source in one.attribute.sources))
    attribute = Attribute(names.pop() if len(names) == 1 else None, kind, sources=sources[:12], made=spot(it, node))
    rows = series[0].rows if all(one.rows is series[0].rows for one in series) else object()
    return Series("a column", calls, attribute, series[0].of, how, rows)


def done(call: Call, frame: Frame, schema: Schema, inplace: Maybe, rows: object = None) -> Value:
    """The result of a method that may change the frame itself."""
    if inplace is None or inplace == Const(False):
        return framed(call, schema, rows or frame.rows)
    changed = frame.changed(schema, frame.calls, rows)
    if inplace != Const(True):
        why = "a method that may change it in place"
        changed = frame.changed(frame_cells.blurred(frame.schema, why, call_spot(call)), frame.calls, object())
    if frame.cell is not None:
        frame_cells.change(call.it, frame, changed)
    else:
        frame_cells.lose_held(call.it, "a frame that is not known was changed", call_spot(call))
    return NONE if inplace == Const(True) else call.top("what a method gives that may change it in place")


# --- arguments


def names_of(value: Value | None) -> tuple[list[str], bool] | None:
    """The names of columns that an argument gives, and whether these are all; None where it is none."""
    if isinstance(value, Const):
        return ([value.value], True) if isinstance(value.value, str) else None
    if isinstance(value, ListValue):
        texts = [one.value for one in value.items if isinstance(one, Const) and isinstance(one.value, str)]
        return (texts, not value.open and len(texts) == len(value.items))
    if isinstance(value, DictValue):
        texts = [one for one in value.entries if isinstance(one, str)]
        return (texts, not value.open and len(texts) == len(value.entries))
    if isinstance(value, OneOf):
        several = [names_of(one) for one in value.options]
        found = [name for one in several if one is not None for name in one[0]]
        return (found, False) if any(one is not None for one in several) else None
    return None


def is_true(value: Maybe, default: bool = False) -> bool | None:
    """Whether an argument is true; None where that is not known."""
    if value is None:
        return default
    return bool(value.value) if isinstance(value, Const) else None


def dtype_of(value: Maybe) -> Dtype | None:
    """The dtype that an argument names."""
    match value:
        case Const(value=str(name)):
            return dtypes.named(name)
        case Lib(name=path) if path in dtypes.OF_CLASSES:
            return dtypes.named(dtypes.OF_CLASSES[path])
        case Lib(name=path) if path.startswith("numpy."):
            return dtypes.named(path.removeprefix("numpy."))
        case Obj(cls=path, data=data) if path in dtypes.OF_CLASSES:
            made = dtypes.named(dtypes.OF_CLASSES[path])
            if made is dtypes.CATEGORY:
                return of_categories(data.get("categories"), None)
            return made
        case Obj(cls=path) | Lib(name=path) if path.startswith("pandas.") and path.endswith("Dtype"):
            return dtypes.named(path.removeprefix("pandas.").removesuffix("Dtype"))
        case _:
            return None


def known_kind(it: Interpreter, kind: DataType | None) -> DataType | None:
    """A dtype where the release of pandas decides it."""
    if isinstance(kind, Dtype) and kind.other == "str" and kind.name == "object" and it.sources.before_pandas_3:
        return Dtype("object", kind.holds)
    return kind


def of_categories(value: Maybe, held: DataType | None) -> Dtype:
    """A category, with its categories where these are constants."""
    if isinstance(value, ListValue) and not value.open and all(isinstance(one, Const) for one in value.items):
        constants = tuple(one.value for one in value.items if isinstance(one, Const))
        kind = dtypes.of_constants(list(constants))
        return Dtype("category", kind.holds or kind.name if kind else "", categories=constants)
    return Dtype("category", (held.holds or held.name) if isinstance(held, Dtype) else "")
