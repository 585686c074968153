"""Python's syntax trees, gone through fast: the nodes below a node, without contexts and operators.

`ast.walk` asks each node for its fields by name, and takes four times as long.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

Kind = TypeVar("Kind", bound=ast.AST)

# Fields that hold no nodes, or only operators and contexts, which have no parts and no place.
_PLAIN = frozenset(
    [
        "arg",
        "asname",
        "attr",
        "conversion",
        "ctx",
        "id",
        "is_async",
        "kind",
        "kwd_attrs",
        "level",
        "module",
        "op",
        "ops",
        "rest",
        "simple",
        "tag",
        "type_comment",
    ]
)
_PLAIN_OF = {
    "Constant": ("value",),
    "MatchSingleton": ("value",),
    "Global": ("names",),
    "Nonlocal": ("names",),
    "TypeAlias": (),  # the one whose name is a node
}


def _holding(kind: type[ast.AST]) -> tuple[str, ...]:
    plain = _PLAIN_OF.get(kind.__name__, ("name",))
    return tuple(field for field in kind._fields if field not in _PLAIN and field not in plain)


_FIELDS = {kind: _holding(kind) for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node, in their order."""
    found: list[ast.AST] = []
    for field in _FIELDS[type(node)]:
        value = getattr(node, field, None)
        if type(value) is list:
            found.extend(filter(None, value))
        elif value is not None:
            found.append(value)
    return found


def nodes_in(node: ast.AST) -> list[ast.AST]:
    """A node and all below it, level by level, as `ast.walk` gives them."""
    found = [node]
    for one in found:  # it grows meanwhile
        for field in _FIELDS[type(one)]:
            value = getattr(one, field, None)
            if type(value) is list:
                found.extend(filter(None, value))
            elif value is not None:
                found.append(value)
    return found


class Nodes:
    """The nodes of a file by their type, in the order in which `nodes_in` gives those of each statement."""

    __slots__ = ("_body", "_by_type")

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self._body = body
        self._by_type: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for statement in body:
            found: list[ast.AST] = [statement]
            for one in found:  # it grows meanwhile
                kind = type(one)
                self._by_type[kind].append(one)
                for field in _FIELDS[kind]:
                    value = getattr(one, field, None)
                    if type(value) is list:
                        found.extend(filter(None, value))
                    elif value is not None:
                        found.append(value)

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Those of one type, not of types derived from it."""
        return cast(list[Kind], self._by_type.get(kind, []))

    def sorted(self, some: Iterable[Kind]) -> list[Kind]:
        """Some of the nodes, in the file's order."""
        found = list(some)
        if len(found) > 1:
            nodes = (node for statement in self._body for node in nodes_in(statement))
            position = {id(node): at for at, node in enumerate(nodes)}
            found.sort(key=lambda node: position[id(node)])
        return found


def end_of(node: ast.expr) -> tuple[int, int]:
    """Where an expression ends. It tells the calls of a chain apart, which all begin in one place."""
    return node.end_lineno or node.lineno, node.end_col_offset or 0
