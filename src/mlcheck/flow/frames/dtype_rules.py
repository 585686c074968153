"""What operators make of dtypes: by the table of what pandas was seen to do."""

from __future__ import annotations

from mlcheck.flow.frames.dtypes import (
    DATE_SPANS,
    DATES,
    DECIMALS,
    FLOATS,
    INTEGERS,
    NULLABLE,
    OBJECT,
    SPANS,
    TEXT,
    joined,
)
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.knowledge.pandas_operations import FAILS, VARIES, result

_HELD = {"str": "text", "decimal": "decimal", "date": "date", "list": "list"}
_NAMED = {"text": TEXT, "decimal": DECIMALS, "date": DATES, "object": OBJECT, "span": SPANS}
_WORDS = {
    "text": "str",
    "decimal": "decimal.Decimal",
    "date": "datetime.date",
    "'a'": "str",
    "1": "int",
    "1.5": "float",
}
_ALIKE = {"!=": "==", ">": "<", "<=": "<", ">=": "<", "^": "|"}


def kinds(dtype: DataType | None) -> tuple[str, ...]:
    """The table's kinds that a dtype may be; none where one of them is not known."""
    if not isinstance(dtype, Dtype):
        return ()
    found: list[str] = []
    for name in dtype.names:
        kind = _kind(name, dtype)
        if kind is None:
            return ()
        if kind not in found:
            found.append(kind)
    return tuple(found)


def _kind(name: str, dtype: Dtype) -> str | None:
    if name in INTEGERS or name in FLOATS or name in ("bool", "category") or name in NULLABLE:
        return name
    if name in ("object", "str"):
        return _HELD.get(dtype.holds)
    if name.startswith("datetime64["):
        return None if "," in name else "time"
    return "span" if name.startswith("timedelta64[") else None


def constant_kind(value: object) -> str | None:
    """The table's kind of a constant."""
    match value:
        case bool():
            return "True"
        case int():
            return "1"
        case float():
            return "1.5"
        case str():
            return "'a'"
    return None


class Outcome:
    """What an operator gives: a dtype, None where not known; `error` where it surely raises."""

    __slots__ = ("dtype", "error")

    def __init__(self, dtype: Dtype | None, error: str = "") -> None:
        self.dtype = dtype
        self.error = error


def operated(
    operator: str, left: tuple[str, ...], right: tuple[str, ...], units: tuple[DataType | None, ...] = ()
) -> Outcome:
    """The outcome of an operator on what may be one of some kinds on either side. `units` are the operands' dtypes."""
    if {"'a'"} & {*left, *right} and {"time", "span", "category"} & {*left, *right}:  # a text may be a time
        return Outcome(Dtype("bool") if operator in ("==", "!=", "<", ">", "<=", ">=") else None)
    cells = [result(_ALIKE.get(operator, operator), one, two) for one in left for two in right]
    if not cells or VARIES in cells:
        return Outcome(None)
    if all(cell == FAILS for cell in cells):
        return Outcome(None, error_text(operator, left[0], right[0]))
    if operator == "-" and left == right == ("date",):
        return Outcome(DATE_SPANS)
    found: Dtype | None = None
    for cell in cells:
        if cell == FAILS:
            return Outcome(None)
        dtype = _dtype(cell, units)
        found = dtype if found is None else joined(found, dtype)
        if found is None:
            return Outcome(None)
    constant = {"1", "1.5", "True"} & {*right}
    if found is not None and operator in ("//", "%") and found.name in INTEGERS and not constant:
        found = Dtype(found.name, "", "float64")
    return Outcome(found)


def _dtype(cell: str, units: tuple[DataType | None, ...]) -> Dtype | None:
    if cell == "time":
        times = [one for one in units if isinstance(one, Dtype) and one.name.startswith("datetime64[")]
        return times[0] if len(set(times)) == 1 else None
    if cell == "span":
        return Dtype("timedelta64[ns]", "", "timedelta64[us]")
    return _NAMED.get(cell) or Dtype(cell)


def error_text(operator: str, left: str, right: str) -> str:
    """What Python says of two values that an operator does not take."""
    one, two = _word(left), _word(right)
    if operator == "+" and one == "str" and two != "str":
        return f'TypeError: can only concatenate str (not "{two}") to str'
    if operator in ("<", ">", "<=", ">="):
        return f"TypeError: '{operator}' not supported between instances of '{one}' and '{two}'"
    return f"TypeError: unsupported operand type(s) for {operator}: '{one}' and '{two}'"


def _word(kind: str) -> str:
    if kind in FLOATS:
        return "float"
    if kind in INTEGERS:
        return "int"
    return _WORDS.get(kind, kind)
