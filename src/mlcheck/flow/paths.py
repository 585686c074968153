"""Where a statement stands in its frame, and what statements bind and change: read from the tree alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeGuard

from mlcheck.flow.nodes import children, nodes_in


class Level(NamedTuple):
    """A statement's place in a block; `owner` is the statement that has the block, None for the frame."""

    block: Sequence[ast.stmt]
    at: int
    owner: ast.stmt | None
    part: str


def levels(body: Sequence[ast.stmt], node: ast.AST) -> list[Level]:
    """The way from a frame's statements to the innermost one that is, or has, a node."""
    found: list[Level] = []
    line = getattr(node, "lineno", 0)
    blocks: list[tuple[ast.stmt | None, str, Sequence[ast.stmt]]] = [(None, "", body)]
    while blocks:
        owner, part, block = blocks.pop()
        for index, one in enumerate(block):
            if not _first_line(one) <= line <= (one.end_lineno or one.lineno):
                continue
            if one is not node and not any(child is node for child in nodes_in(one)):
                continue
            found.append(Level(block, index, owner, part))
            if one is node or isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return found
            blocks = [(one, part, inner) for part, inner in _blocks(one)]
            break
    return found


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", None)
    return min([node.lineno, *(one.lineno for one in decorators)]) if decorators else node.lineno


def _blocks(node: ast.stmt) -> Iterator[tuple[str, Sequence[ast.stmt]]]:
    for part in ("body", "orelse", "finalbody"):
        block = getattr(node, part, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield part, block
    for handler in getattr(node, "handlers", ()):
        yield "handler", handler.body
    for case in getattr(node, "cases", ()):
        yield "case", case.body


def keeps_the_best(path: Sequence[Level]) -> bool:
    """Whether the loop around a handler keeps the best of what it tries: a search, in which one may fail."""
    loops = [level.owner for level in path if is_loop(level.owner)]
    names = (one.id for loop in loops[-1:] if loop is not None for one in nodes_in(loop) if _is_stored(one))
    return any("best" in name.lower() for name in names)


def _is_stored(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def is_loop(owner: ast.stmt | None) -> bool:
    return isinstance(owner, (ast.For, ast.AsyncFor, ast.While))


def counters(path: Sequence[Level], node: ast.AST) -> frozenset[str]:
    """Names that count the rounds of the loops around a handler."""
    names: set[str] = set()
    for level in path:
        if isinstance(level.owner, (ast.For, ast.AsyncFor)):
            names |= {one.id for one in nodes_in(level.owner.target) if isinstance(one, ast.Name)}
        if isinstance(level.owner, ast.While):
            names |= {one.id for one in nodes_in(level.owner.test) if isinstance(one, ast.Name)}
            for one in nodes_in(level.owner):
                if isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Name):
                    names.add(one.target.id)
    return frozenset(names)


def bound(statement: ast.stmt) -> Iterator[tuple[str, int]]:
    """The names that a statement binds, each with the last line of the innermost statement that does."""
    stack: list[tuple[ast.AST, int]] = [(statement, statement.end_lineno or statement.lineno)]
    while stack:
        node, line = stack.pop()
        if isinstance(node, ast.stmt):
            line = node.lineno if hasattr(node, "body") else node.end_lineno or node.lineno
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, line
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, line
            continue
        elif isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0], line
        stack.extend((child, line) for child in children(node))


_ADDS = frozenset(("append", "add", "extend", "update", "insert", "put"))


def changed(statement: ast.stmt) -> Iterator[tuple[ast.expr, int]]:
    """What a statement of the body changes in place, or counts up, with its line."""
    for node in nodes_in(statement):
        line = getattr(node, "end_lineno", 0) or 0
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDS:
            yield node.func.value, line
        elif isinstance(node, ast.AugAssign):
            yield node.target.value if isinstance(node.target, ast.Subscript) else node.target, line
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript):
                    yield target.value, line
                elif isinstance(target, ast.Attribute):
                    yield target, line
