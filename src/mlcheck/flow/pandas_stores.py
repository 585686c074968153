"""What is put into a frame of pandas: `frame["a"] = …`, `frame.loc[mask, "a"] = …`, `frame.columns = …`, `del`.

The frame is changed under all its names; the name that it is changed under holds it with the call noted.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from mlcheck.flow import frame_cells
from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.frames import pandas_schema as schemas
from mlcheck.flow.frames.values import PANDAS_FRAME, Frame, Series
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.pandas_access import LOCATORS, renamed_columns, taken
from mlcheck.flow.pandas_access import put as put_into
from mlcheck.flow.pandas_operators import operate
from mlcheck.flow.pandas_values import spot
from mlcheck.flow.returns import PANDAS_FRAME as CLASS
from mlcheck.flow.seen import with_column
from mlcheck.flow.values import Bound, Const, ListValue, Made, OneOf, Top, Value, constant_text


def put(it: Interpreter, owner: Value, target: ast.Subscript, value: Value) -> bool:
    """`owner[key] = value` where the owner is a frame of pandas; False where it is something else."""
    if isinstance(owner, Frame) and owner.cls == PANDAS_FRAME:
        _put(it, owner, target.value, evaluate(it, target.slice), value, target)
        return True
    if isinstance(owner, OneOf) and any(isinstance(one, Frame) and one.cls == PANDAS_FRAME for one in owner.options):
        _put_perhaps(it, owner, target, value)
        return True
    if isinstance(owner, Bound) and owner.method in LOCATORS:
        frame = owner.receiver.data.get("lost")
        if isinstance(frame, Frame) and frame.cls == PANDAS_FRAME:
            _put_located(it, frame, owner.method, target, value)
            return True
        if isinstance(frame, Top):
            frame_cells.lose_held(it, "a frame that is not known was changed", spot(it, target))
            return False
    if type(owner) is Top or (isinstance(owner, Made) and owner.cls in (CLASS, None)):
        frame_cells.lose_held(it, "a frame that is not known was changed", spot(it, target))
    return False


def _put_perhaps(it: Interpreter, owner: OneOf, target: ast.Subscript, value: Value) -> None:
    """What may be one of several is changed: each may be."""
    key = evaluate(it, target.slice)
    for one in owner.options:
        if isinstance(one, Frame) and one.cell is not None:
            changed = one.changed(put_into(it, one, key, value, target), one.calls)
            met = one.met(changed, one.calls)
            if isinstance(met, Frame):
                frame_cells.change(it, one, met)


def _put(it: Interpreter, frame: Frame, name: ast.expr, key: Value, value: Value, node: ast.Subscript) -> None:
    changed = with_column(it, frame, key, value, node)
    assert isinstance(changed, Frame)
    _become(it, frame, changed.changed(put_into(it, frame, key, value, node), changed.calls), name)


def _become(it: Interpreter, frame: Frame, changed: Frame, name: ast.expr) -> None:
    if frame.cell is not None:
        frame_cells.change(it, frame, changed)
    if isinstance(name, ast.Name):
        it.scope.bind(name.id, changed)


def _put_located(it: Interpreter, frame: Frame, method: str, target: ast.Subscript, value: Value) -> None:
    """`frame.loc[rows, columns] = value`."""
    assert isinstance(target.value, ast.Attribute)
    holder = target.value.value
    at = spot(it, target)
    match target.slice:
        case ast.Tuple(elts=[rows, wanted]) if method in ("loc", "at"):
            every = isinstance(rows, ast.Slice) and rows.lower is None and rows.upper is None
            if not isinstance(rows, ast.Slice):
                evaluate(it, rows)
            key: Value = ListValue([], is_open=True) if isinstance(wanted, ast.Slice) else evaluate(it, wanted)
            changed = with_column(it, frame, key, value, target)
            assert isinstance(changed, Frame)
            schema = put_into(it, frame, key, value, target, not every)
        case _:
            evaluate(it, target.slice) if not isinstance(target.slice, (ast.Slice, ast.Tuple)) else None
            changed = frame
            lost = [schemas.renewed(one, None, at) if not one.perhaps else one for one in frame.schema]
            schema = schemas.columns(frame.schema, lost)
    _become(it, frame, changed.changed(schema, changed.calls, object()), holder)


def put_attribute(it: Interpreter, frame: Frame, target: ast.Attribute, value: Value) -> None:
    """`frame.columns = names`, `frame.a = value` of a column that is there; else it is an attribute, no column."""
    if frame.cls != PANDAS_FRAME:
        return
    if target.attr == "columns":
        schema = renamed_columns(it, frame, value, target)
        _become(it, frame, frame.changed(schema, frame.calls), target.value)
    elif schemas.exact(frame.schema, target.attr):
        schema = put_into(it, frame, Const(target.attr), value, target)
        _become(it, frame, frame.changed(schema, frame.calls), target.value)
    elif target.attr == "index":
        schema = replace(frame.schema, behind=schemas.UNKNOWN_INDEX)
        _become(it, frame, frame.changed(schema, frame.calls, object()), target.value)


def augmented(it: Interpreter, target: ast.Subscript, op: ast.operator, added: Value, node: ast.stmt) -> Value | None:
    """What `frame["a"] += value` puts in; None where it is not followed."""
    owner = evaluate(it, target.value)
    if not isinstance(owner, Frame) or owner.cls != PANDAS_FRAME:
        return None
    name = constant_text(evaluate(it, target.slice))
    if name is None:
        return None
    held = taken(it, owner, name, spot(it, target.slice))
    return operate(it, op, held, added, target, "operation") if isinstance(held, Series) else None


def deleted(it: Interpreter, owner: Value, target: ast.Subscript) -> bool:
    """`del frame["a"]`."""
    if not isinstance(owner, Frame) or owner.cls != PANDAS_FRAME:
        return False
    name = constant_text(evaluate(it, target.slice))
    if name is None:
        schema = schemas.perhaps_gone(owner.schema)
    else:
        taken(it, owner, name, spot(it, target.slice))
        schema = schemas.columns(owner.schema, [one for one in owner.schema if one.name != name])
    _become(it, owner, owner.changed(schema, owner.calls), target.value)
    return True
