"""Looks at data, and what should come after one: divisions, and the second column of probabilities."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlcheck.flow.evaluating import evaluate
from mlcheck.flow.facts import CallSeen, Divided, Looked, Masked, SecondColumn
from mlcheck.flow.gates import words_of
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import Const, Derived, ListValue, Made, Value, constant_text, options_of, origins_of

_MOST_CALLS = 12
PERHAPS = "what may be a mask"
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


def note_mask(it: Interpreter, node: ast.Subscript, key: Value) -> None:
    """Note `frame[frame["y"] > 0]` and `frame.loc[mask, names]`, where what is compared comes from calls."""
    first = key.items[0] if isinstance(key, ListValue) and key.items else key
    if isinstance(first, Derived) and first.how in ("compare", "operation") and first.calls:
        columns = frozenset(_compared_columns(it, node.slice))
        if columns:
            it.found(Masked(it.place(node), _few(first.calls), columns))


def _compared_columns(it: Interpreter, mask: ast.expr) -> Iterator[str]:
    """The columns that a mask compares, "" where one is not known; none where it only asks for a text."""
    compares = [one for one in ast.walk(mask) if isinstance(one, ast.Compare)]
    if not compares:
        yield ""
    for one in compares:
        if not is_equality(one):
            yield column_of(it, one.left)


def is_equality(node: ast.Compare) -> bool:
    """`==` with anything but a number: rows of one kind, whatever their numbers are."""
    if not all(isinstance(op, ast.Eq) for op in node.ops):
        return False
    right = node.comparators[-1]
    return not (isinstance(right, ast.Constant) and isinstance(right.value, (int, float)))


def column_of(it: Interpreter, node: ast.expr) -> str:
    """The column that an expression is, by a constant name: `df[target]`, `df.y.values`, `F.col("y")`."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Subscript(slice=ast.Name(id=name)):
            return (constant_text(held) if (held := it.name(name)) is not None else None) or ""
        case ast.Subscript(slice=ast.Attribute(value=ast.Name()) as key):
            return constant_text(evaluate(it, key)) or ""
        case ast.Attribute(value=inner, attr="values" | "array" | "iloc" | "loc"):
            return column_of(it, inner)
        case ast.Attribute(value=ast.Name(), attr=name):
            return name
        case ast.Call(func=ast.Attribute(attr="col") | ast.Name(id="col"), args=[ast.Constant(value=str(name))]):
            return name
        case ast.Call(func=ast.Attribute(value=inner)) | ast.Call(args=[inner]):
            return column_of(it, inner)
        case _:
            return ""


def note_division(it: Interpreter, node: ast.BinOp, divisor: Value) -> None:
    """Note a division by what calls gave."""
    calls = origins_of(divisor)
    if calls and not isinstance(divisor, Const):
        column = column_of(it, node.right)
        guard = _guard(it, node.right)
        it.found(Divided(it.place(node), _few(calls), ast.unparse(node.right)[:80], guard, column))


def _few(calls: tuple[CallSeen, ...]) -> tuple[CallSeen, ...]:
    return calls[:_MOST_CALLS]


def _guard(it: Interpreter, node: ast.expr) -> str:
    """What keeps a divisor from zero where it is written."""
    match node:
        case ast.BinOp(op=ast.Add()):
            return "a sum"
        case ast.BoolOp(op=ast.Or()):
            return "or"
        case ast.IfExp():
            return "a condition"
        case ast.Subscript(slice=ast.Compare() | ast.UnaryOp() | ast.BinOp()):
            return "a mask"
        case ast.Subscript(slice=ast.Name(id=name)):
            return _named_mask(it.name(name))
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _KEEP_FROM_ZERO:
            return name
        case ast.Call(func=ast.Attribute(value=inner)):
            return _guard(it, inner)
        case ast.Call(args=[inner, *_]):
            return _guard(it, inner)
        case _:
            return ""


def _named_mask(held: Value | None) -> str:
    """What a name between brackets comes to: a mask, nothing (a column, a list of them), or perhaps a mask."""
    if isinstance(held, Made):
        return "a mask"
    return "" if isinstance(held, (Const, ListValue)) else PERHAPS
