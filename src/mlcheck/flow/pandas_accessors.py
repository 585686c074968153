"""`.dt`, `.str` and `.cat` of a column of pandas: which columns have them, and what their parts give.

Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

import ast

from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames.problems import AccessorUsed
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import Series
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.pandas_values import computed, fails, spot
from mlcheck.flow.values import Value

_ERRORS = {
    "dt": "AttributeError: Can only use .dt accessor with datetimelike values",
    "str": "AttributeError: Can only use .str accessor with string values!",
    "cat": "AttributeError: Can only use .cat accessor with a 'category' dtype",
}
_INT32 = Dtype("int32")
_NUMBERS = "year month day hour minute second microsecond nanosecond quarter dayofweek day_of_week weekday"
_DATE_PARTS: dict[str, Dtype | None] = {
    **dict.fromkeys(_NUMBERS.split(), _INT32),
    **dict.fromkeys(["dayofyear", "day_of_year", "days_in_month", "daysinmonth"], _INT32),
    **dict.fromkeys(["is_month_start", "is_month_end", "is_quarter_start", "is_quarter_end"], dtypes.BOOL),
    **dict.fromkeys(["is_year_start", "is_year_end", "is_leap_year"], dtypes.BOOL),
    "date": dtypes.DATES,
    "time": Dtype("object"),
}
_SPAN_PARTS: dict[str, Dtype | None] = {"days": dtypes.INT64, "seconds": _INT32, "microseconds": _INT32}
_HOLDS_TEXT = ("str", "mixed", "none", "", "list", "dict")  # what `.str` takes of an object column


def accessor_problem(it: Interpreter, owner: Series, name: str, node: ast.expr) -> None:
    """Note an accessor that a column surely doesn't have."""
    kind = owner.attribute.type
    fits, at, label = has_accessor(kind, name), spot(it, node), owner.attribute.name or ""
    it.found(AccessorUsed(at, name, label, kind, fits))
    if fits is False:
        fails(it, at, "AttributeError", _ERRORS[name], label, owner.of, name, owner)


def has_accessor(kind: DataType | None, name: str) -> bool | None:
    """Whether a column of a dtype has an accessor; None where that is not known."""
    if not isinstance(kind, Dtype):
        return None
    answers = {_has(one, kind, name) for one in kind.names}
    return answers.pop() if len(answers) == 1 else None


def _has(dtype: str, kind: Dtype, name: str) -> bool | None:
    timelike = dtype.startswith(("datetime64", "timedelta64", "period"))
    if name == "cat":
        return dtype == "category"
    if dtype == "category":
        return None
    if name == "dt":
        if timelike:
            return True
        return None if dtype == "object" and not kind.holds else False
    if dtype == "object":
        return True if kind.holds == "str" else (None if kind.holds in _HOLDS_TEXT else False)
    return dtype in ("str", "string")


def part(it: Interpreter, owner: Series, accessor: str, name: str, node: ast.expr) -> Value | None:
    """`column.dt.month`, `column.cat.codes`: a column; None of what is a method."""
    kind = owner.attribute.type
    if accessor == "cat" and name == "codes":
        return computed(it, _codes(kind), "made", node, owner)
    if accessor != "dt":
        return None
    if isinstance(kind, Dtype) and kind.name.startswith("timedelta"):
        return computed(it, _SPAN_PARTS[name], "made", node, owner) if name in _SPAN_PARTS else None
    if name not in _DATE_PARTS:
        return None
    found = _DATE_PARTS[name]
    known = isinstance(kind, Dtype) and kind.name.startswith("datetime64")
    if known and owner.attribute.nullable is not False and found == _INT32:
        found = Dtype("int32", "", "float64")
    return computed(it, found if known else None, "made", node, owner)


def _codes(kind: DataType | None) -> Dtype | None:
    if isinstance(kind, Dtype) and kind.categories is not None:
        return dtypes.INT8 if len(kind.categories) < 128 else Dtype("int16") if len(kind.categories) < 32768 else None
    return Dtype("int8", "", "int16")
