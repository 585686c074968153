"""Nodes of the parser's trees: what is in them, and the names in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcheck.flow.frames.sql_trees import MARK
from mlcheck.flow.sql import HOLE

if TYPE_CHECKING:
    from sqlglot import exp

STAR = "a star of which not all is known"  # it may stand for any columns


def parts(node: exp.Expr) -> list[exp.Expr]:
    """The nodes directly under a node."""
    from sqlglot import exp

    found: list[exp.Expr] = []
    for value in node.args.values():
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, exp.Expr) and not isinstance(one, exp.DataType):
                found.append(one)
    return found


def name_of(node: exp.Expr | str | None) -> str:
    """An identifier's text, without the mark of a function."""
    text = node if isinstance(node, str) else (node.name if node is not None else "")
    return text.removeprefix(MARK)


def has_hole(text: str) -> bool:
    return HOLE in text.lower()
