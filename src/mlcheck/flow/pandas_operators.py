"""Operators between columns of pandas, and constants: what comes of them, and what surely raises.

Source: pandas 2.2.3 and 3.1.1, executed (`knowledge/pandas_operations.txt`).
"""

from __future__ import annotations

import ast

from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames.dtype_rules import Outcome, constant_kind, kinds, operated
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import Frame, Series
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.pandas_values import computed, fails, spot
from mlcheck.flow.values import Const, Value, derived

_SIGNS: dict[type[ast.operator | ast.cmpop], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
METHODS: dict[str, ast.operator | ast.cmpop] = {
    "add": ast.Add(),
    "sub": ast.Sub(),
    "subtract": ast.Sub(),
    "mul": ast.Mult(),
    "multiply": ast.Mult(),
    "div": ast.Div(),
    "divide": ast.Div(),
    "truediv": ast.Div(),
    "floordiv": ast.FloorDiv(),
    "mod": ast.Mod(),
    "eq": ast.Eq(),
    "ne": ast.NotEq(),
    "lt": ast.Lt(),
    "le": ast.LtE(),
    "gt": ast.Gt(),
    "ge": ast.GtE(),
}


def operate(
    it: Interpreter, op: ast.operator | ast.cmpop, left: Value, right: Value, node: ast.expr, how: str
) -> Value | None:
    """What an operator gives where a column of pandas is on one side; None where none is."""
    if not isinstance(left, Series) and not isinstance(right, Series):
        if isinstance(left, Frame) or isinstance(right, Frame):
            return _of_frames(it, left, right, node, how)
        return None
    sign = _SIGNS.get(type(op), "")
    outcome = operated(sign, _kinds(left), _kinds(right), _units(left, right))
    if outcome.error:
        _note(it, outcome, left, right, sign, node)
    kind = outcome.dtype
    if isinstance(left, Series) and isinstance(right, Series) and left.rows is not right.rows:
        kind = dtypes.may_be_missing(kind) if sign not in ("==", "<", ">", "!=", "<=", ">=") else kind
    if not sign or sign == "**":
        kind = None
    return computed(it, kind, how, node, left, right)


def _of_frames(it: Interpreter, left: Value, right: Value, node: ast.expr, how: str) -> Value | None:
    """An operator on whole frames: nothing is kept of the columns."""
    top = it.top(node, "the result of an operation")
    return derived(top, how, left, right)


def _note(it: Interpreter, outcome: Outcome, left: Value, right: Value, sign: str, node: ast.expr) -> None:
    series = left if isinstance(left, Series) else right
    assert isinstance(series, Series)
    label = series.attribute.name or ""
    fails(it, spot(it, node), "TypeError", outcome.error, label, series.of, sign, left, right)


def _kinds(value: Value) -> tuple[str, ...]:
    if isinstance(value, Series):
        return kinds(value.attribute.type)
    if isinstance(value, Const):
        kind = constant_kind(value.value)
        return (kind,) if kind is not None else ()
    return ()


def _units(*values: Value) -> tuple[DataType | None, ...]:
    return tuple(one.attribute.type for one in values if isinstance(one, Series))


def negate(it: Interpreter, op: ast.unaryop, value: Series, node: ast.expr) -> Value:
    """`-column`, `~column`."""
    kind = value.attribute.type
    numbers = isinstance(kind, Dtype) and all(one in dtypes.NUMBERS for one in kind.names)
    if isinstance(op, ast.Invert):
        kept = kind if isinstance(kind, Dtype) and kind.names == ("bool",) else None
        return computed(it, kept, "operation", node, value)
    return computed(it, kind if numbers else None, "operation", node, value)
