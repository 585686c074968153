"""Blocks of statements: run in order until one ends the path. What each statement does is in the table."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from mlcheck.flow.entering import Ends
from mlcheck.flow.interpreter import Interpreter

# How a statement ends: it goes on, it jumps within a loop, it leaves the function or the path.
ON, JUMPS, LEAVES = 0, 1, 2


def run_block(it: Interpreter, statements: Sequence[ast.stmt]) -> int:
    """Run statements in order until one of them ends the path."""
    for statement in statements:
        ended = run_statement(it, statement)
        if ended:
            return ended
    return ON


def run_statement(it: Interpreter, statement: ast.stmt) -> int:
    """Run one statement, by a table on its type."""
    it.step()
    runner = it.runners.get(type(statement))
    if runner is None:
        return ON
    try:
        return runner(it, statement)
    except Ends:
        return LEAVES
