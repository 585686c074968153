"""Functions that give one of their operands, or a number near it: `coalesce`, `case`, `greatest`, `round`.

Source: Spark 4.0.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlcheck.flow.frames.coercion import (
    NEVER,
    Wide,
    all_wider,
    bounded,
    comparable,
    is_atomic,
    is_fraction,
    is_integral,
    is_interval,
    is_number,
    is_ordered,
    may_cast,
    wider,
    wider_but_strings,
)
from mlcheck.flow.frames.functions_table import by_table
from mlcheck.flow.frames.operands import (
    UNKNOWN,
    Args,
    Operand,
    Result,
    Rule,
    any_null,
    of,
    only_if_null,
    refused,
    shown,
)
from mlcheck.flow.frames.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    STRING,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    VARIANT,
    VOID,
    DataType,
    Decimal,
    Struct,
)

MOST_DIGITS = 38


def widest(args: Args, ansi: bool, rule: Callable[[Wide, Wide, bool], Wide] = wider) -> Wide:
    return all_wider([one.type for one in args], ansi, rule)


def _first_of(args: Args) -> bool | None:
    """`coalesce` is null where all are."""
    told = [one.nullable for one in args]
    return False if False in told else (None if None in told else True)


def coalesce(args: Args, ansi: bool) -> Result:
    found = widest(args, ansi)
    if found is NEVER:
        return refused("DATA_DIFF_TYPES", f"`coalesce` does not take {shown(args)}")
    return of(found, _first_of(args) if _one_type(args) else None)


def _one_type(args: Args) -> bool:
    return len({one.type for one in args} - {VOID}) <= 1


def of_two(args: Args, ansi: bool) -> Result:
    return coalesce(args, ansi) if len(args) == 2 else UNKNOWN


def nvl2(args: Args, ansi: bool) -> Result:
    return _either(args[1:], ansi) if len(args) == 3 else UNKNOWN


def _either(values: Args, ansi: bool) -> Result:
    found = widest(values, ansi)
    if found is NEVER:
        return refused("DATA_DIFF_TYPES", f"its values are {shown(values)}")
    return of(found, any_null(values) if _one_type(values) else None)


def if_(args: Args, ansi: bool) -> Result:
    return of_case(args[:1], args[1:2], args[2], ansi) if len(args) == 3 else UNKNOWN


def of_case(conditions: Args, values: Args, otherwise: Operand | None, ansi: bool) -> Result:
    """`CASE WHEN … THEN … ELSE … END`: the values' common type; null where a value may be, or none is left."""
    for one in conditions:
        if one.type is not None and one.type not in (BOOLEAN, STRING, VOID) and is_atomic(one.type):
            return refused("UNEXPECTED_INPUT_TYPE", f"a condition of type {one.type}")
    found = _either([*values, otherwise] if otherwise is not None else values, ansi)
    if otherwise is None and not found.condition:
        return Result(found.type, True)
    return found


def nullif(args: Args, ansi: bool) -> Result:
    if len(args) != 2:
        return UNKNOWN
    if comparable(args[0].type, args[1].type, ansi) is False:
        return refused("BINARY_OP_DIFF_TYPES", f"`nullif` does not take {shown(args)}")
    return Result(args[0].type, True)


def nullifzero(args: Args, ansi: bool) -> Result:
    return Result(args[0].type, True) if len(args) == 1 else UNKNOWN


def zeroifnull(args: Args, ansi: bool) -> Result:
    return coalesce([*args, Operand(INT, False, 0)], ansi) if len(args) == 1 else UNKNOWN


def extreme(args: Args, ansi: bool) -> Result:
    """`greatest`, `least`."""
    if len(args) < 2:
        return UNKNOWN
    found = widest(args, ansi, wider_but_strings)
    if found is NEVER:
        return refused("DATA_DIFF_TYPES", f"it does not take {shown(args)}")
    if found is not None and is_ordered(found) is False:
        return refused("INVALID_ORDERING_TYPE", f"{found} has no order")
    return of(found, _first_of(args) if _one_type(args) else None)


def nanvl(args: Args, ansi: bool) -> Result:
    if len(args) != 2 or not all(is_fraction(one.type) for one in args):
        return UNKNOWN
    return Result(FLOAT if all(one.type == FLOAT for one in args) else DOUBLE)


def decode(args: Args, ansi: bool) -> Result:
    """With two operands it reads bytes; with more it is a `case`."""
    if len(args) == 2:
        return Result(STRING)
    results = [*args[2::2], *(args[-1:] if len(args) % 2 == 0 else [])]
    if len(args) < 3 or not _one_type(results) or not _one_type(args[:2]):
        return UNKNOWN
    kind = results[0].type  # without a last value it is a string that is null
    return Result(kind) if kind == STRING or (len(args) % 2 == 0 and not is_interval(kind)) else UNKNOWN


def of_cast(operand: Operand, target: DataType | None, try_: bool, ansi: bool) -> Result:
    """`cast` and `try_cast`, which is judged as with ANSI."""
    told = may_cast(operand.type, target, ansi or try_)
    if told is False:
        pair = (operand.type, target)
        suggested = DATE in pair and any(is_number(one) for one in pair)  # with ANSI alone
        return refused("" if suggested else "CAST_WITHOUT_SUGGESTION", f"a cast from {operand.type} to {target}")
    if operand.nullable is True or try_:
        return Result(target, True if operand.nullable is True else None)
    return Result(target, operand.nullable if _is_safe(operand.type, target) else None)


def _is_safe(source: Wide, target: Wide) -> bool:
    """Whether no value becomes null by a cast."""
    if source == target or (target == STRING and is_atomic(source) and source != VARIANT):
        return source is not None
    return is_integral(source) and is_integral(target)


def cast_to(target: DataType) -> Rule:
    """`int(a)`, `double(a)` …"""
    return lambda args, ansi: of_cast(args[0], target, False, ansi) if len(args) == 1 else UNKNOWN


# --- rounding


def _scale(args: Args) -> int | None:
    if len(args) == 1:
        return 0
    number = args[1].literal
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def rounded(args: Args, ansi: bool) -> Result:
    """`round`, `bround`: a decimal stays one."""
    if not args or len(args) > 2:
        return UNKNOWN
    kind = args[0].type
    match kind:
        case Decimal():
            scale = _scale(args)
            return Result(_rounded(kind, scale) if scale is not None else None, True)
        case None:
            return UNKNOWN
    if kind == STRING:
        return Result(DOUBLE, True)
    if is_number(kind):
        return Result(kind, True)
    return _no_number(kind)


def _no_number(kind: DataType) -> Result:
    if kind == VOID or is_interval(kind):
        return UNKNOWN
    return refused("UNEXPECTED_INPUT_TYPE", f"{kind} is no number")


def _rounded(kind: Decimal, scale: int) -> Decimal:
    """A digit more before the point, as 9.9 becomes 10."""
    digits = kind.precision - kind.scale + 1
    if scale < 0:
        return Decimal(min(max(digits, 1 - scale), MOST_DIGITS), 0)
    kept = min(kind.scale, scale)
    return Decimal(min(digits + kept, MOST_DIGITS), kept)


def whole(args: Args, ansi: bool) -> Result:
    """`ceil`, `floor`."""
    if len(args) == 2:
        kind, scale = args[0].type, _scale(args)
        return Result(_rounded(kind, scale)) if isinstance(kind, Decimal) and scale is not None else UNKNOWN
    if len(args) != 1:
        return UNKNOWN
    kind = args[0].type
    if isinstance(kind, Decimal):
        return Result(kind if kind.scale == 0 else bounded(kind.precision - kind.scale + 1, 0))
    if kind is None:
        return UNKNOWN
    if kind == STRING:
        return Result(BIGINT)
    return Result(BIGINT, only_if_null(args)) if is_number(kind) else _no_number(kind)


# --- dates


_PARTS_OF_SECONDS = frozenset({"second", "s", "sec", "seconds", "secs"})


def part(args: Args, ansi: bool) -> Result:
    """`extract`, `date_part`: seconds have a fraction."""
    if len(args) != 2 or not isinstance(args[0].literal, str):
        return UNKNOWN
    source = args[1].type
    if source is None or source == VOID or is_interval(source) or isinstance(source, Struct):
        return UNKNOWN
    return Result(Decimal(8, 6) if args[0].literal.lower() in _PARTS_OF_SECONDS else INT)


def with_unit(name: str) -> Rule:
    """`date_add(MONTH, 1, a)` and `datediff(DAY, a, b)`, which with two operands are functions of dates."""

    def rule(args: Args, ansi: bool) -> Result:
        if len(args) != 3:
            return by_table(name, args)
        if name in ("date_diff", "datediff", "timestampdiff"):
            return Result(BIGINT)
        kind = args[2].type
        return Result(TIMESTAMP if kind in (DATE, TIMESTAMP) else kind if kind == TIMESTAMP_NTZ else None)

    return rule


def named(args: Sequence[Operand], ansi: bool) -> Result:
    """`named_struct('a', 1, 'b', 2)`."""
    names = [one.literal for one in args[::2]]
    if len(args) % 2 or not args:
        return UNKNOWN
    if not all(isinstance(one, str) for one in names):
        return Result(Struct((), True), False)
    fields = tuple((str(name), one.type) for name, one in zip(names, args[1::2], strict=True))
    return Result(Struct(fields), False)


def struct(args: Args, ansi: bool) -> Result:
    """`struct(a, b + 1)`: the fields bear the columns' names, or are counted."""
    if any(one.name is None for one in args):
        return Result(Struct((), True), False)
    return Result(Struct(tuple((one.name or f"col{index}", one.type) for index, one in enumerate(args, 1))), False)


_WITH_UNITS = ("date_add", "dateadd", "timestampadd", "date_diff", "datediff", "timestampdiff")

VALUES: dict[str, Rule] = {
    **{one: with_unit(one) for one in _WITH_UNITS},
    "coalesce": coalesce,
    "nvl": of_two,
    "ifnull": of_two,
    "nvl2": nvl2,
    "if": if_,
    "nullif": nullif,
    "nullifzero": nullifzero,
    "zeroifnull": zeroifnull,
    "greatest": extreme,
    "least": extreme,
    "nanvl": nanvl,
    "decode": decode,
    "round": rounded,
    "bround": rounded,
    "ceil": whole,
    "ceiling": whole,
    "floor": whole,
    "extract": part,
    "date_part": part,
    "datepart": part,
    "named_struct": named,
    "struct": struct,
}
