"""The name that Spark gives a column that has no alias."""

from __future__ import annotations

from mlcheck.flow.frames.expr import Expr


def automatic_name(expr: Expr) -> str | None:
    """The name of an expression without an alias, None where it is not known."""
    return None
