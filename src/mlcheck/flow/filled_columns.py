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


class _Fill(NamedTuple):
    node: ast.stmt
    value: str


def note_filled(it: Interpreter, node: ast.If | ast.For) -> None:
    """Note each column that a branch or loop makes where a frame hasn't it."""
    for fill in it.sources.once(node, _fills):
        it.found(MissingColumnFilled(it.place(fill.node), fill.value))


def _fills(node: ast.AST) -> tuple[_Fill, ...]:
    match node:
        case ast.If(test=test, body=body) if _asks_for_absence(test):
            return tuple(_made(body))
        case ast.If(test=test, orelse=orelse) if orelse and _asks_for_presence(test):
            return tuple(_made(orelse))
        case ast.For(iter=source, body=body) if _lists_absent(source):
            return tuple(_made(body))
        case _:
            return ()


def _asks_for_absence(test: ast.expr) -> bool:
    """`name not in df.columns`, alone or with others."""
    if isinstance(test, ast.BoolOp):
        return any(_asks_for_absence(one) for one in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _asks_for_presence(test.operand)
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.NotIn) and _columns(test.comparators[0])


def _asks_for_presence(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In) and _columns(test.comparators[0])


def _columns(node: ast.expr) -> bool:
    """`df.columns`, `set(df.columns)`, `list(df)` are not told apart from others but by the attribute."""
    if isinstance(node, ast.Call) and node.args:
        return _columns(node.args[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _columns(node.func.value)
    return isinstance(node, ast.Attribute) and node.attr == "columns"


def _lists_absent(node: ast.expr) -> bool:
    """`set(wanted) - set(df.columns)`, `[c for c in wanted if c not in df.columns]`, `.difference(df.columns)`."""
    match node:
        case ast.BinOp(op=ast.Sub(), right=right):
            return _columns(right)
        case ast.ListComp(generators=[generator]) | ast.SetComp(generators=[generator]):
            return any(_asks_for_absence(test) for test in generator.ifs)
        case ast.Call(func=ast.Attribute(attr="difference"), args=[others]):
            return _columns(others)
        case ast.Call(func=ast.Name(id="list" | "sorted" | "set" | "tuple"), args=[inner]):
            return _lists_absent(inner)
        case _:
            return False


def _made(body: list[ast.stmt]) -> Iterator[_Fill]:
    """The statements that make the column, where nothing in the block refuses."""
    if any(isinstance(inner, (ast.Raise, ast.Assert)) for one in body for inner in ast.walk(one)):
        return
    for one in body:
        match one:
            case ast.Assign(targets=[ast.Subscript()], value=value):
                yield _Fill(one, ast.unparse(value)[:60])
            case ast.Assign(targets=[_], value=ast.Call(func=ast.Attribute(attr="withColumn"), args=[_, value])):
                yield _Fill(one, ast.unparse(value)[:60])
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr="assign"), keywords=[keyword])):
                yield _Fill(one, ast.unparse(keyword.value)[:60])
            case ast.For(body=inner) | ast.If(body=inner):
                yield from _made(inner)
