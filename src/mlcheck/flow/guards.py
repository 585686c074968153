"""Looks at data, and what should come after one: divisions, and the second column of probabilities."""

from __future__ import annotations

import ast

from mlcheck.flow.facts import CallSeen, Divided, Looked, SecondColumn
from mlcheck.flow.gates import words_of
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import Const, Made, Value, options_of, origins_of

_MOST_CALLS = 12
_KEEP_FROM_ZERO = frozenset(
    [
        "clip",
        "divide",
        "epsilon",
        "eps",
        "fillna",
        "mask",
        "max",
        "maximum",
        "nan_to_num",
        "nonzero",
        "replace",
        "safe_divide",
        "where",
    ]
)


def note_look(it: Interpreter, test: ast.expr, value: Value) -> None:
    """Note what a condition looks at, where it comes from calls."""
    words = it.sources.once(test, words_of)
    calls = dict.fromkeys(origins_of(value))
    for name in words.names:
        held = it.name(name)
        if held is not None:
            calls.update(dict.fromkeys(origins_of(held)))
    if calls:
        some = tuple(calls)[:_MOST_CALLS]
        it.found(Looked(it.place(test), some, words.looks | {call.method for call in some}))


def note_second_column(it: Interpreter, node: ast.Subscript, owner: Value) -> None:
    """Note `x[:, 1]`, where what `x` comes from is known."""
    match node.slice:
        case ast.Tuple(elts=[ast.Slice(lower=None, upper=None), ast.Constant(value=1)]):
            for option in options_of(owner):
                if isinstance(option, Made) and option.call is not None:
                    it.found(SecondColumn(it.place(node), option.call, it.state.protected > 0))


def note_division(it: Interpreter, node: ast.BinOp, divisor: Value) -> None:
    """Note a division by what calls gave."""
    calls = origins_of(divisor)
    if calls and not isinstance(divisor, Const):
        it.found(Divided(it.place(node), _few(calls), ast.unparse(node.right)[:80], _guard(node.right)))


def _few(calls: tuple[CallSeen, ...]) -> tuple[CallSeen, ...]:
    return calls[:_MOST_CALLS]


def _guard(node: ast.expr) -> str:
    """What keeps a divisor from zero where it is written."""
    match node:
        case ast.BinOp(op=ast.Add()):
            return "a sum"
        case ast.BoolOp(op=ast.Or()):
            return "or"
        case ast.IfExp():
            return "a condition"
        case ast.Subscript(slice=ast.Compare() | ast.Name() | ast.UnaryOp() | ast.BinOp()):
            return "a mask"
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _KEEP_FROM_ZERO:
            return name
        case ast.Call(func=ast.Attribute(value=inner)):
            return _guard(inner)
        case ast.Call(args=[inner, *_]):
            return _guard(inner)
        case _:
            return ""
