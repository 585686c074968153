"""The value of any expression, by a table on the node's type. What each gives is in `flow.expressions`."""

from __future__ import annotations

import ast

from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import Value


def evaluate(it: Interpreter, node: ast.expr) -> Value:
    """The value of an expression."""
    evaluator = it.evaluators.get(type(node))
    if evaluator is None:
        return it.top(node, "an expression that is not followed")
    return evaluator(it, node)
