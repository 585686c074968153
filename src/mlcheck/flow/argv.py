"""`sys.argv`: what a task's arguments become, and which of them code reads.

Source: Databricks' documentation of Python script tasks; Python's sys.argv, executed.
"""

from __future__ import annotations

import ast

from mlcheck.flow.facts import ArgvRead
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.nodes import children, nodes_in
from mlcheck.flow.values import Const, Lib, ListValue, Value

ARGV = "sys.argv"


def library_name(it: Interpreter, path: str, node: ast.expr | ast.stmt) -> Value:
    """A library's name as a value: `sys.argv` is a list of what this entry point is given."""
    return argv(it, node) if path == ARGV and not it.notebook else Lib(path)


def argv(it: Interpreter, node: ast.expr | ast.stmt) -> Value:
    """The list, with a note of what is read of it where that is not an element by number, or its length."""
    it.sources.taint()
    if it.argv is None:
        given = list(it.arguments or ())
        it.argv = ListValue([it.top(node, "the program's name"), *given], is_open=it.arguments is None)
        it.slices.append((it.argv, -1))
    if _used_as_a_whole(it, node):
        _note(it, node, 0, None)
    return it.argv


def replaced(it: Interpreter, value: Value) -> None:
    """`sys.argv = …`: what the program gets is not the task's arguments any more."""
    it.sources.taint()
    it.argv = value if isinstance(value, ListValue) else ListValue([], is_open=True)
    it.slices.clear()


def subscripted(it: Interpreter, owner: ListValue, key: Value, node: ast.expr) -> None:
    """An element of the arguments, or of a part of them, by its number."""
    offset = next((start for held, start in it.slices if held is owner), None)
    if offset is None:
        return
    if isinstance(key, Const) and isinstance(key.value, int):
        index = key.value if key.value >= 0 else len(owner.items) + key.value
        if index + offset >= 0 and not (key.value < 0 and owner.open):
            _note(it, node, index + offset, index + offset)
    else:
        _note(it, node, 0, None)


def sliced(it: Interpreter, owner: ListValue, start: int | None, stop: int | None, made: Value, node: ast.expr) -> None:
    """A part of the arguments: all of it may be read."""
    offset = next((first for held, first in it.slices if held is owner), None)
    if offset is None:
        return
    if isinstance(made, ListValue) and start is not None and start >= 0:
        it.slices.append((made, offset + start))
    first = max((start or 0) + offset, 0) if start is None or start >= 0 else 0
    last = stop - 1 + offset if stop is not None and stop > 0 else None
    if last is None or last >= first:
        given = None if it.arguments is None else len(it.arguments)
        it.found(ArgvRead(it.place(node), first, last, given, tolerated=True))


def are_arguments(it: Interpreter, value: Value | None) -> bool:
    """Whether a list is that of all the program's arguments: `sys.argv[1:]`."""
    return isinstance(value, ListValue) and any(held is value and offset == 0 for held, offset in it.slices)


def _note(it: Interpreter, node: ast.expr | ast.stmt, first: int, last: int | None) -> None:
    given = None if it.arguments is None else len(it.arguments)
    tolerated = last is None or bool(it.state.protected or it.state.branch)
    it.found(ArgvRead(it.place(node), first, last, given, tolerated))


def _used_as_a_whole(it: Interpreter, node: ast.expr | ast.stmt) -> bool:
    """Whether the list is used otherwise than by an element, a part, or its length."""
    code = it.code
    if code is None:
        return True
    held = it.sources.argv_uses.get(code.path)
    if held is None or node not in held:
        held = it.sources.argv_uses[code.path] = _uses(it.sources.parse(code).body)
    return held.get(node, True)


def _uses(body: list[ast.stmt]) -> dict[ast.AST, bool]:
    """Each `sys.argv` and each import of it: whether it is used as a whole."""
    whole: dict[ast.AST, bool] = {}
    named = False
    imports: list[ast.ImportFrom] = []
    for statement in body:
        for parent in nodes_in(statement):
            in_part = isinstance(parent, ast.Subscript)
            in_length = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "len"
            for child in children(parent):
                if isinstance(child, ast.Attribute) and child.attr == "argv":
                    whole[child] = not ((in_part and child is getattr(parent, "value", None)) or in_length)
                elif isinstance(child, ast.Name) and child.id == "argv" and isinstance(child.ctx, ast.Load):
                    named = named or not (in_part or in_length)
            if isinstance(parent, ast.ImportFrom):
                imports.append(parent)
    return {**whole, **dict.fromkeys(imports, named)}
