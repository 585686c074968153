"""Windows of Spark: `Window.partitionBy("a").orderBy("b")`, followed back through the calls that made them."""

from __future__ import annotations

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.frames.expr import Expr
from mlcheck.flow.spark_columns import column
from mlcheck.flow.values import ListValue, Made, Obj, Value

_WINDOWS = ("pyspark.sql.Window.", "pyspark.sql.window.Window.", "pyspark.sql.WindowSpec.")
_FRAMES = frozenset({"rowsBetween", "rangeBetween"})
_MOST = 12  # calls of one window


def window_of(value: Value | None) -> tuple[tuple[Expr, ...], tuple[Expr, ...], bool]:
    """What a window partitions and orders by, and whether all of it was followed."""
    partition: tuple[Expr, ...] = ()
    order: tuple[Expr, ...] = ()
    for _ in range(_MOST):
        call = _call_of(value)
        if call is None:
            return partition, order, False
        method = call.method
        if method in ("partitionBy", "orderBy"):
            given = _given(call)
            if given is None:
                return partition, order, False
            if method == "partitionBy":
                partition = (*given, *partition)
            else:
                order = (*given, *order)
        elif method not in _FRAMES:
            return partition, order, False
        if call.receiver is None or _call_of(call.receiver) is None:
            return partition, order, True
        value = call.receiver
    return partition, order, False


def _call_of(value: Value | None) -> CallSeen | None:
    if isinstance(value, Made):
        return value.call
    return value.made if isinstance(value, Obj) else None


def _given(call: CallSeen) -> tuple[Expr, ...] | None:
    values = list(call.positional)
    if len(values) == 1 and isinstance(values[0], ListValue):
        if values[0].open:
            return None
        values = list(values[0].items)
    return None if call.open else tuple(column(one, call) for one in values)
