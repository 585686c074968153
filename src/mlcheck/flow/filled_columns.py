"""Columns that are made where they are missing: `if c not in df.columns: df[c] = 0`, and its kin.

What is looked at is the statement as written; that it runs, and in which entry
point, the evaluation says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from mlcheck.flow.facts import MissingColumnFilled
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.nodes import nodes_in
from mlcheck.flow.values import ListValue, Made, Value

ABSENT = "absent"  # the kind of a list that holds the columns that a frame hasn't


class _Fill(NamedTuple):
    """A statement that makes a column, the name that it is given, and the value, as written."""

    node: ast.stmt
    column: str
    value: str


def note_filled_in_branch(it: Interpreter, node: ast.If) -> None:
    """Note each column that a branch makes because a frame hasn't it."""
    if _asks_for_absence(it, node.test):
        _note(it, node.body)
    elif node.orelse and _asks_for_presence(it, node.test):
        _note(it, node.orelse)


def note_filled_in_loop(it: Interpreter, node: ast.For | ast.AsyncFor, source: Value) -> None:
    """Note each column that a loop over the missing ones makes."""
    if lists_absent(it, node.iter) or (isinstance(source, ListValue) and source.kind == ABSENT):
        _note(it, node.body)


def _note(it: Interpreter, body: list[ast.stmt]) -> None:
    for fill in _made(body):
        it.found(MissingColumnFilled(it.place(fill.node), fill.column, fill.value))


def _asks_for_absence(it: Interpreter, test: ast.expr) -> bool:
    """`name not in df.columns`, alone or with others."""
    if isinstance(test, ast.BoolOp):
        return any(_asks_for_absence(it, one) for one in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _asks_for_presence(it, test.operand)
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.NotIn) and _columns(it, test.comparators[0])


def _asks_for_presence(it: Interpreter, test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In) and _columns(it, test.comparators[0])


def _columns(it: Interpreter, node: ast.expr) -> bool:
    """`df.columns`, `set(df.columns)`: told by the attribute; `df`, `list(df)`: by being a frame of pandas."""
    if isinstance(node, ast.Call) and node.args:
        return _columns(it, node.args[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _columns(it, node.func.value)
    if isinstance(node, ast.Name):
        held = it.name(node.id)
        return isinstance(held, Made) and held.cls == "pandas.DataFrame"
    return isinstance(node, ast.Attribute) and node.attr == "columns"


def lists_absent(it: Interpreter, node: ast.expr) -> bool:
    """`set(wanted) - set(df.columns)`, `[c for c in wanted if c not in df.columns]`, `.difference(df.columns)`."""
    match node:
        case ast.BinOp(op=ast.Sub(), right=right):
            return _columns(it, right)
        case ast.ListComp(generators=[generator]) | ast.SetComp(generators=[generator]):
            return any(_asks_for_absence(it, test) for test in generator.ifs)
        case ast.Call(func=ast.Attribute(attr="difference"), args=[others]):
            return _columns(it, others)
        case ast.Call(func=ast.Name(id="list" | "sorted" | "set" | "tuple"), args=[inner]):
            return lists_absent(it, inner)
        case _:
            return False


def _made(body: list[ast.stmt]) -> Iterator[_Fill]:
    """The statements that make the column, where nothing in the block refuses."""
    if any(isinstance(inner, (ast.Raise, ast.Assert)) for one in body for inner in nodes_in(one)):
        return
    for one in body:
        match one:
            case ast.Assign(targets=[ast.Subscript(slice=column)], value=value):
                yield _Fill(one, _literal(column), ast.unparse(value)[:60])
            case ast.Assign(targets=[_], value=ast.Call(func=ast.Attribute(attr="withColumn"), args=[column, value])):
                yield _Fill(one, _literal(column), ast.unparse(value)[:60])
            case ast.For(body=inner) | ast.If(body=inner):
                yield from _made(inner)


def _literal(column: ast.expr) -> str:
    """The column's name where it is written there, "" where it is one of several."""
    return column.value if isinstance(column, ast.Constant) and isinstance(column.value, str) else ""
