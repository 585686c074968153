"""Constants and types as SQL writes them, with Spark's types (Spark 4.0.1's AstBuilder, read and executed)."""

from __future__ import annotations

import re
from decimal import Decimal as Digits
from decimal import InvalidOperation
from typing import TYPE_CHECKING

from mlcheck.flow.frames.expr import Expr, Literal, Opaque
from mlcheck.flow.frames.types import (
    BIGINT,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    INTERVAL,
    SMALLINT,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    TINYINT,
    DataType,
    Decimal,
    parse_type,
)

if TYPE_CHECKING:
    from sqlglot import exp

_MOST_DIGITS = 38
_WHOLE = re.compile(r"-?\d+")
_FRACTION = re.compile(r"-?\d*\.\d*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def number(text: str) -> Expr:
    """A number without a suffix: `1` is int, `1.0` decimal(2,1), `1e0` double."""
    if _WHOLE.fullmatch(text):
        return _whole(int(text)) if len(text) <= _MOST_DIGITS else Opaque("a number of too many digits")
    if _FRACTION.fullmatch(text) and text not in (".", "-."):
        return _decimal(text)
    try:
        return _double(text)
    except ValueError:
        return Opaque("a number of another form")


def _whole(value: int) -> Expr:
    if -(2**31) <= value < 2**31:
        return Literal(INT, value, str(value))
    if -(2**63) <= value < 2**63:
        return Literal(BIGINT, value, str(value))
    return Literal(Decimal(len(str(abs(value))), 0), value, str(value))


def _decimal(text: str) -> Expr:
    try:
        value = Digits(text)
    except InvalidOperation:
        return Opaque("a number of another form")
    _, digits, exponent = value.as_tuple()
    scale = max(-int(exponent), 0)
    precision = max(len(digits) + max(int(exponent), 0), scale)
    if precision > _MOST_DIGITS:
        return Opaque("a number of too many digits")
    return Literal(Decimal(precision, scale), float(value), str(value) if abs(value) >= Digits("0.000001") else None)


def _double(text: str) -> Expr:
    value = float(text)
    plain = value == 0 or 1e-3 <= abs(value) < 1e7
    return Literal(DOUBLE, value, repr(value) if plain else None)


def suffixed(text: str, suffix: str) -> Expr:
    """A number with a suffix: `1L`, `2.5D`, `1.0BD`."""
    kind = suffix.upper()
    whole = {"L": BIGINT, "S": SMALLINT, "Y": TINYINT}.get(kind)
    if whole is not None and _WHOLE.fullmatch(text):
        return Literal(whole, int(text), text)
    if kind == "BD":
        return _decimal(text)
    try:
        value = float(text)
    except ValueError:
        return Opaque("a number of another form")
    plain = value == 0 or 1e-3 <= abs(value) < 1e7
    return Literal(FLOAT if kind == "F" else DOUBLE, value, repr(value) if plain else None)


def typed(text: str, kind: str) -> Expr:
    """`DATE '2024-01-31'` and its kin."""
    if kind.upper() == "DATE":
        return Literal(DATE, text, f"DATE '{text}'" if _DATE.fullmatch(text) else None)
    return Literal(TIMESTAMP_NTZ if kind.upper() == "TIMESTAMP_NTZ" else TIMESTAMP, text)


def interval(node: exp.Expr, args: tuple[Expr, ...]) -> Expr:
    """`INTERVAL 1 DAY`."""
    return Opaque("an interval", None, INTERVAL, args) if args else Literal(INTERVAL, "interval")


_TYPES: dict[str, str] = {
    "TEXT": "string",
    "VARCHAR": "string",
    "CHAR": "string",
    "INT": "int",
    "BIGINT": "bigint",
    "SMALLINT": "smallint",
    "TINYINT": "tinyint",
    "DOUBLE": "double",
    "FLOAT": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMPTZ": "timestamp",
    "TIMESTAMP": "timestamp",
    "TIMESTAMPLTZ": "timestamp",
    "TIMESTAMPNTZ": "timestamp_ntz",
    "BINARY": "binary",
    "VARIANT": "variant",
}


def data_type(node: exp.Expr | None) -> DataType | None:
    """A type as it stands in a cast, or after a column's name; None where it is not known."""
    if node is None or node.key != "datatype":
        return None
    name = getattr(node.this, "name", str(node.this))
    if name == "DECIMAL":
        return _decimal_type(node)
    known = _TYPES.get(name)
    if known is not None:
        return parse_type(known)
    if name not in ("ARRAY", "MAP", "STRUCT"):
        return None
    return parse_type(node.sql("databricks"))


def _decimal_type(node: exp.Expr) -> DataType | None:
    given = [one.name for one in node.expressions]
    if not all(one.isdigit() for one in given) or len(given) > 2:
        return None
    numbers = [int(one) for one in given]
    return Decimal(numbers[0] if numbers else 10, numbers[1] if len(numbers) > 1 else 0)
