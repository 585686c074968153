"""Spark's rules for types that meet: which type two are brought to, decimals' precision, and what is cast unasked.

Each rule holds with ANSI (Spark 4's default, SQL warehouses) or without (classic
clusters): `both` gives what holds in both.

Source: Spark 4.0.1, `TypeCoercion`, `AnsiTypeCoercion`, `DecimalPrecision`, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache
from typing import Union

from mlcheck.flow.frames.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    INTEGRALS,
    INTERVAL,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    TINYINT,
    VARIANT,
    VOID,
    Array,
    DataType,
    Decimal,
    Map,
    Simple,
    Struct,
)


class Never(Enum):
    """No type is common: Spark refuses."""

    TYPE = "never"


NEVER = Never.TYPE
Wide = Union[DataType, Never, None]  # None where it is not known
MOST_DIGITS = 38
LEAST_SCALE = 6  # what a product or quotient that is too long keeps of its scale
INTERVAL_YEARS, INTERVAL_DAYS = Simple("interval year to month"), Simple("interval day to second")
INTERVAL_DAY = Simple("interval day")

_WIDTHS = (TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE)
_DIGITS = {TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 20}


def both(rule: Callable[[bool], Wide]) -> Wide:
    """What a rule gives with ANSI and without, None where these differ."""
    strict, loose = rule(True), rule(False)
    return strict if strict == loose else None


# --- kinds


def is_integral(kind: Wide) -> bool:
    return kind in INTEGRALS


def is_fraction(kind: Wide) -> bool:
    return kind in (FLOAT, DOUBLE)


def is_number(kind: Wide) -> bool:
    return isinstance(kind, Decimal) or kind in _WIDTHS


def is_interval(kind: Wide) -> bool:
    """Intervals of a kind of their own (`DAY TO SECOND`), and the older ones of calendars."""
    return isinstance(kind, Simple) and kind.name.startswith("interval")


def is_days(kind: Wide) -> bool:
    """`INTERVAL DAY TO SECOND` and its parts."""
    return is_interval(kind) and kind != INTERVAL and not is_years(kind)


def is_years(kind: Wide) -> bool:
    return isinstance(kind, Simple) and kind.name in ("interval year to month", "interval year", "interval month")


def is_atomic(kind: Wide) -> bool:
    return isinstance(kind, (Simple, Decimal)) and kind not in (VOID, INTERVAL)


def kind_of(kind: DataType) -> str:
    """The kind of a type, without what is in it: `decimal`, `array`, `interval` …"""
    match kind:
        case Decimal():
            return "decimal"
        case Array():
            return "array"
        case Map():
            return "map"
        case Struct():
            return "struct"
        case Simple(name=name):
            return name
    return "pandas"


# --- decimals


def bounded(precision: int, scale: int) -> Decimal:
    return Decimal(min(precision, MOST_DIGITS), min(scale, MOST_DIGITS))


def adjusted(precision: int, scale: int) -> Decimal:
    """A precision that is too long is cut; of its scale some is kept."""
    if precision <= MOST_DIGITS:
        return Decimal(precision, scale)
    digits = precision - scale
    return Decimal(MOST_DIGITS, max(MOST_DIGITS - digits, min(scale, LEAST_SCALE)))


def as_decimal(kind: Wide) -> Decimal | None:
    """The decimal that holds each value of an integer's type."""
    if isinstance(kind, Decimal):
        return kind
    digits = _DIGITS.get(kind) if isinstance(kind, Simple) else None
    return Decimal(digits, 0) if digits is not None else None


def of_literal(number: int) -> Decimal:
    """The decimal that just holds an integer that is written down."""
    return Decimal(max(len(str(abs(number))), 1), 0)


def wider_decimal(one: Decimal, other: Decimal) -> Decimal | None:
    """The decimal that holds the values of both; None where it is too long, which releases cut in their own ways."""
    scale = max(one.scale, other.scale)
    digits = max(one.precision - one.scale, other.precision - other.scale)
    return Decimal(digits + scale, scale) if digits + scale <= MOST_DIGITS else None


def decimal_arithmetic(operator: str, one: Decimal, other: Decimal) -> DataType:
    """`+ - * / % div` of two decimals."""
    p1, s1, p2, s2 = one.precision, one.scale, other.precision, other.scale
    match operator:
        case "+" | "-":
            scale = max(s1, s2)
            return adjusted(max(p1 - s1, p2 - s2) + scale + 1, scale)
        case "*":
            return adjusted(p1 + p2 + 1, s1 + s2)
        case "/":
            scale = max(LEAST_SCALE, s1 + p2 + 1)
            return adjusted(p1 - s1 + s2 + scale, scale)
        case "%" | "pmod" | "mod":
            scale = max(s1, s2)
            return adjusted(min(p1 - s1, p2 - s2) + scale, scale)
    return BIGINT


# --- two types


def _numbers(one: DataType, other: DataType, ansi: bool) -> Wide:
    """Two of the types of numbers, no decimal among them."""
    wide = max(one, other, key=_WIDTHS.index)
    if ansi and wide == FLOAT and one != other:
        return DOUBLE
    return wide


def _dates(one: Wide, other: Wide) -> Wide:
    pair = {one, other}
    if not pair <= {DATE, TIMESTAMP, TIMESTAMP_NTZ}:
        return NEVER
    return TIMESTAMP if TIMESTAMP in pair else TIMESTAMP_NTZ


def tightest(one: Wide, other: Wide, ansi: bool) -> Wide:
    """The type to which two are brought with nothing lost, and no string read."""
    if one is None or other is None:
        return None
    if NEVER in (one, other):
        return NEVER
    if one == other:
        return one
    if VOID in (one, other):
        return other if one == VOID else one
    found = _tightest_number(one, other, ansi)
    if found is NEVER:
        found = _dates(one, other)
    if found is NEVER and is_interval(one) and is_interval(other):
        return _intervals(one, other)
    return found if found is not NEVER else _complex(one, other, lambda a, b: tightest(a, b, ansi))


def _tightest_number(one: Wide, other: Wide, ansi: bool) -> Wide:
    if one in _WIDTHS and other in _WIDTHS:
        assert isinstance(one, Simple) and isinstance(other, Simple)
        return _numbers(one, other, ansi)
    for decimal, integer in ((one, other), (other, one)):
        held = as_decimal(integer) if is_integral(integer) else None
        if isinstance(decimal, Decimal) and held is not None and decimal.precision - decimal.scale >= held.precision:
            return decimal
    return NEVER


def _intervals(one: Wide, other: Wide) -> Wide:
    if is_years(one) and is_years(other):
        return INTERVAL_YEARS
    return None if is_days(one) and is_days(other) else NEVER


def _complex(one: Wide, other: Wide, within: Callable[[Wide, Wide], Wide]) -> Wide:
    """Arrays, maps and structs by what is in them."""
    match one, other:
        case Array(element=left), Array(element=right):
            found = within(left, right)
            return NEVER if found is NEVER else Array(_plain(found))
        case Map(), Map():
            key, value = within(one.key, other.key), within(one.value, other.value)
            return NEVER if NEVER in (key, value) else Map(_plain(key), _plain(value))
        case Struct(), Struct():
            return _structs(one, other, within)
    return NEVER


def _structs(one: Struct, other: Struct, within: Callable[[Wide, Wide], Wide]) -> Wide:
    if one.open or other.open:
        return None
    if [name.lower() for name, _ in one.fields] != [name.lower() for name, _ in other.fields]:
        return NEVER
    found = [(name, within(kind, other.fields[index][1])) for index, (name, kind) in enumerate(one.fields)]
    if any(kind is NEVER for _, kind in found):
        return NEVER
    return Struct(tuple((name, _plain(kind)) for name, kind in found))


def _plain(kind: Wide) -> DataType | None:
    return None if kind is NEVER else kind


def wider_but_strings(one: Wide, other: Wide, ansi: bool) -> Wide:
    """As `wider`, but a string meets strings alone (`greatest`, `array_contains`)."""
    found = tightest(one, other, ansi)
    if found is not NEVER:
        return found
    found = _wider_decimal(one, other)
    if found is not NEVER:
        return found
    return _complex(one, other, lambda a, b: wider_but_strings(a, b, ansi))


def _wider_decimal(one: Wide, other: Wide) -> Wide:
    for decimal, number in ((one, other), (other, one)):
        if not isinstance(decimal, Decimal):
            continue
        if is_fraction(number):
            return DOUBLE
        held = as_decimal(number)
        if held is not None:
            return wider_decimal(decimal, held)
    return NEVER


def wider(one: Wide, other: Wide, ansi: bool) -> Wide:
    """The type of `coalesce`, `case`, `union` of two types."""
    found = tightest(one, other, ansi)
    if found is not NEVER:
        return found
    found = _wider_decimal(one, other)
    if found is not NEVER:
        return found
    if STRING in (one, other):
        return with_string(other if one == STRING else one, ansi)
    return _complex(one, other, lambda a, b: wider(a, b, ansi))


def with_string(kind: Wide, ansi: bool) -> Wide:
    """What a string and a value of another type are brought to."""
    if not is_atomic(kind):
        return NEVER
    if not ansi:
        return NEVER if kind in (BINARY, BOOLEAN) else STRING
    if is_integral(kind):
        return BIGINT
    if is_fraction(kind) or isinstance(kind, Decimal):
        return DOUBLE
    return NEVER if is_interval(kind) else kind


def all_wider(kinds: Iterable[Wide], ansi: bool, rule: Callable[[Wide, Wide, bool], Wide] = wider) -> Wide:
    """The type of several; strings are taken first, as Spark does."""
    given = list(kinds)
    strings = [kind for kind in given if _has_string(kind)]
    found: Wide = VOID
    for kind in (*dict.fromkeys(strings), *(kind for kind in given if not _has_string(kind))):
        found = rule(found, kind, ansi)
        if found is None or found is NEVER:
            return found
    return found


def _has_string(kind: Wide) -> bool:
    return kind == STRING or (isinstance(kind, Array) and _has_string(kind.element))


# --- comparisons


def comparable(one: Wide, other: Wide, ansi: bool, equality: bool = True) -> bool | None:
    """Whether two types may be compared: None where that is not known."""
    if one is None or other is None:
        return None
    if VARIANT in (one, other):
        return None
    if STRING in (one, other):
        rest = other if one == STRING else one
        return is_ordered(STRING) if rest in (STRING, VOID) else is_atomic(rest) and not is_interval(rest)
    if BOOLEAN in (one, other) and is_number(other if one == BOOLEAN else one):
        return equality and not ansi
    found = wider_but_strings(one, other, ansi)
    return None if found is None else found is not NEVER and is_ordered(found)


@lru_cache(maxsize=1024)
def is_ordered(kind: DataType) -> bool | None:
    """Whether values of a type can be compared and sorted."""
    match kind:
        case Map():
            return False
        case Array(element=element):
            return is_ordered(element) if element is not None else None
        case Struct(fields=fields):
            told = [is_ordered(one) if one is not None else None for _, one in fields]
            return False if False in told else (None if None in told or kind.open else True)
    return kind not in (INTERVAL, VARIANT)


# --- casts

_NUMBERS = frozenset({"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal"})
_TIMES = frozenset({"date", "timestamp", "timestamp_ntz"})
# By the kind that is cast to: the kinds that are let through, and those that are without ANSI alone.
_NUMBER_OF = _NUMBERS | {"string", "timestamp"}
_CASTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "boolean": (_NUMBERS | {"string"}, frozenset({"date", "timestamp"})),
    **{one: (_NUMBER_OF, frozenset({"date"})) for one in _NUMBERS if one != "boolean"},
    "binary": (frozenset({"string"}), frozenset({"tinyint", "smallint", "int", "bigint"})),
    "date": (_TIMES | {"string"}, frozenset()),
    "timestamp": ((_NUMBERS | _TIMES | {"string"}) - {"boolean"}, frozenset({"boolean"})),
    "timestamp_ntz": (_TIMES | {"string"}, frozenset()),
}


def may_cast(source: Wide, target: Wide, ansi: bool) -> bool | None:
    """Whether a cast is let through when a query is analysed: None where that is not known."""
    if source is None or target is None or NEVER in (source, target):
        return None
    if source in (target, VOID):
        return True
    match source, target:
        case Array(element=left), Array(element=right):
            return may_cast(left, right, ansi)
        case Map(), Map():
            return None  # a key that may become null is refused
        case Struct(), Struct():
            return _struct_cast(source, target, ansi)
    if VARIANT in (source, target) or VOID in (source, target) or is_interval(source) or is_interval(target):
        return None
    if target == STRING:
        return True
    always, loosely = _CASTS.get(kind_of(target), (frozenset(), frozenset()))  # type: ignore[arg-type]
    kind = kind_of(source)  # type: ignore[arg-type]
    return kind in always or (not ansi and kind in loosely)


def _struct_cast(source: Struct, target: Struct, ansi: bool) -> bool | None:
    if source.open or target.open:
        return None
    if len(source.fields) != len(target.fields):
        return False
    told = [may_cast(one[1], two[1], ansi) for one, two in zip(source.fields, target.fields)]
    return False if False in told else (None if None in told else True)
