"""SQL in calls of Spark: conditions and expressions as text."""

from __future__ import annotations

from mlcheck.flow.call import Call
from mlcheck.flow.frames.expr import Expr


def expressions(call: Call, text: str, position: int) -> Expr | None:
    """The expression that a string argument is, by its position; None where it was not read."""
    return None
