"""What Spark's operators give: arithmetic, comparisons, truth, bits, and `||`.

Source: Spark 4.0.1, executed (tests/oracle).
"""

from __future__ import annotations

from mlcheck.flow.frames.coercion import (
    INTERVAL_DAY,
    INTERVAL_DAYS,
    NEVER,
    Wide,
    all_wider,
    as_decimal,
    comparable,
    decimal_arithmetic,
    is_atomic,
    is_days,
    is_fraction,
    is_integral,
    is_interval,
    is_number,
    is_ordered,
    is_years,
    of_literal,
    tightest,
    wider_but_strings,
)
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
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    INTERVAL,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    TINYINT,
    VOID,
    Array,
    DataType,
    Decimal,
)

_STAMPS = (TIMESTAMP, TIMESTAMP_NTZ)


# --- arithmetic


def arithmetic(operator: str) -> Rule:
    def rule(args: Args, ansi: bool) -> Result:
        if len(args) != 2 or any(one.type is None for one in args):
            return UNKNOWN
        left, right = args
        if _of_time(operator, left.type, right.type):
            found = _times(operator, left.type, right.type)
        else:
            found = _numbers(operator, left, right, ansi)
        if found is NEVER:
            return refused(_why_not(operator, left.type, right.type), f"`{operator}` does not take {shown(args)}")
        return of(found, only_if_null(args))

    return rule


def _why_not(operator: str, one: Wide, other: Wide) -> str:
    pair = {one, other}
    if is_interval(one) or is_interval(other):
        return ""
    if operator in ("+", "-") and DATE in pair:
        return "UNEXPECTED_INPUT_TYPE"
    if operator == "-" and pair & set(_STAMPS):
        return "UNEXPECTED_INPUT_TYPE"
    return _unlike(one, other)


def _unlike(one: Wide, other: Wide) -> str:
    """Why an operator refuses two types that it has no common type for, or whose common type it does not take."""
    read = STRING in (one, other) and is_atomic(one) and is_atomic(other)  # a string is read as the other
    doubles = DOUBLE in (one, other) and any(isinstance(kind, Decimal) for kind in (one, other))
    return "BINARY_OP_WRONG_TYPE" if one == other or read or doubles else "BINARY_OP_DIFF_TYPES"


def _of_time(operator: str, one: Wide, other: Wide) -> bool:
    """Whether dates, timestamps or intervals are moved, compared or scaled."""
    if operator in ("*", "/"):
        return is_interval(one) or is_interval(other)
    return operator in ("+", "-") and any(kind in (DATE, *_STAMPS) or is_interval(kind) for kind in (one, other))


def _numbers(operator: str, left: Operand, right: Operand, ansi: bool) -> Wide:
    one, other = _for_decimal(left, right), _for_decimal(right, left)
    if STRING in (one, other):
        return _with_string(operator, one, other, ansi)
    if VOID in (one, other):
        if operator == "/" and one == VOID and is_number(other):
            return DOUBLE
        one, other = (other if one == VOID else one), (one if other == VOID else other)
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return decimal_arithmetic(operator, one, other)
    if operator == "div":
        return BIGINT if is_integral(one) and is_integral(other) else _no_number(one, other)
    if operator == "/" and (is_number(one) or one == VOID) and (is_number(other) or other == VOID):
        return DOUBLE
    if one == VOID and other == VOID:
        return None
    found = wider_but_strings(one, other, ansi)
    return found if is_number(found) or found is None else _no_number(one, other)


def _no_number(one: Wide, other: Wide) -> Wide:
    """Two types that are no pair of numbers: refused, where it is known what Spark does with them."""
    return None if VOID in (one, other) or is_interval(one) or is_interval(other) else NEVER


def _for_decimal(operand: Operand, beside: Operand) -> DataType | None:
    """An integer beside a decimal is one too: as long as its type's values, or as it is written."""
    kind = operand.type
    if not isinstance(beside.type, Decimal) or not is_integral(kind):
        return kind
    number = operand.literal
    return of_literal(number) if isinstance(number, int) and not isinstance(number, bool) else as_decimal(kind)


def _with_string(operator: str, one: Wide, other: Wide, ansi: bool) -> Wide:
    rest = other if one == STRING else one
    if is_fraction(rest) or isinstance(rest, Decimal):
        return DOUBLE if operator != "div" else None
    if is_integral(rest):
        if operator == "/":
            return DOUBLE
        return BIGINT if ansi else (DOUBLE if operator != "div" else NEVER)
    if rest in (STRING, VOID):
        return NEVER if ansi else DOUBLE if operator != "div" else NEVER
    return None if is_interval(rest) else NEVER


def _times(operator: str, one: Wide, other: Wide) -> Wide:
    if operator in ("*", "/"):
        return _scaled(operator, one, other)
    if operator == "-" and not is_interval(other):
        return _between(one, other)
    for when, by in ((one, other), (other, one)):
        if when == DATE:
            return _moved_date(by)
        if when in _STAMPS:
            return when if is_interval(by) else NEVER
        if operator == "-":
            break
    if is_interval(one) and one == other:
        return one
    return None


def _moved_date(by: Wide) -> Wide:
    if by in (TINYINT, SMALLINT, INT, VOID, INTERVAL) or is_years(by) or by == INTERVAL_DAY:
        return DATE
    return TIMESTAMP if is_days(by) else NEVER


def _between(one: Wide, other: Wide) -> Wide:
    """`-` of what is no interval: between two dates there are days, from a date days are taken."""
    pair = {one, other}
    if VOID in pair or is_interval(one):
        return None
    if pair == {DATE}:
        return INTERVAL_DAY
    if pair <= {DATE, *_STAMPS}:
        return INTERVAL_DAYS
    if STRING in pair:
        return None
    return DATE if one == DATE and other in (TINYINT, SMALLINT, INT) else NEVER


def _scaled(operator: str, one: Wide, other: Wide) -> Wide:
    interval, by = (one, other) if is_interval(one) else (other, one)
    if operator == "/" and interval == other:
        return None
    return interval if is_number(by) and interval in (INTERVAL_DAYS, INTERVAL) else None


def negated(args: Args, ansi: bool) -> Result:
    """`-a`, `+a`, `abs(a)`."""
    if len(args) != 1:
        return UNKNOWN
    kind = args[0].type
    if kind is None or kind == VOID or is_interval(kind):
        return UNKNOWN
    if kind == STRING:
        return Result(DOUBLE)
    if is_number(kind):
        return Result(kind, args[0].nullable)
    return refused("UNEXPECTED_INPUT_TYPE", f"{kind} is no number")


# --- comparisons


def comparison(operator: str) -> Rule:
    equality = operator in ("=", "==", "<=>", "!=", "<>")

    def rule(args: Args, ansi: bool) -> Result:
        if len(args) != 2:
            return UNKNOWN
        nullable = False if operator == "<=>" else only_if_null(args) or _same(args)
        told = comparable(args[0].type, args[1].type, ansi, equality)
        if told is False:
            return refused(_why(args), f"`{operator}` does not take {shown(args)}")
        return Result(BOOLEAN, nullable)

    return rule


def _same(args: Args) -> bool | None:
    """Where no operand is cast nothing makes a null but a null."""
    return any_null(args) if len({one.type for one in args}) == 1 and args[0].type is not None else None


def _why(args: Args) -> str:
    kinds = [one.type for one in args]
    found = wider_but_strings(kinds[0], kinds[1], True)
    return "INVALID_ORDERING_TYPE" if found is not NEVER and found is not None else "BINARY_OP_DIFF_TYPES"


def between(args: Args, ansi: bool) -> Result:
    if len(args) != 3:
        return UNKNOWN
    for other in args[1:]:
        found = comparison("<")((args[0], other), ansi)
        if found.condition:
            return found
    return Result(BOOLEAN, only_if_null(args) or _same(args))


def among(args: Args, ansi: bool) -> Result:
    """`a IN (b, c)`."""
    if len(args) < 2:
        return Result(BOOLEAN)
    nullable = only_if_null(args) or _same(args)
    if any(one.type is None for one in args):
        return Result(BOOLEAN, nullable)
    kinds = [one.type for one in args]
    if len(set(kinds) - {VOID}) <= 1:
        ordered = all(is_ordered(kind) is not False for kind in kinds if kind is not None)
        return Result(BOOLEAN, nullable) if ordered else refused("", f"`in` does not take {shown(args)}")
    if all_wider(kinds, ansi) is NEVER and STRING not in kinds and _simple(args):
        return refused("DATA_DIFF_TYPES", f"`in` does not take {shown(args)}")
    return Result(BOOLEAN, nullable)


def _simple(args: Args) -> bool:
    return all(is_atomic(one.type) or isinstance(one.type, Array) for one in args)


def truth(args: Args, ansi: bool) -> Result:
    """`and`, `or`, `not`: the operands are truth values, or strings that are read as such."""
    for one in args:
        if one.type is not None and one.type not in (BOOLEAN, STRING, VOID) and (is_number(one.type) or _plain(one)):
            why = _unlike(args[0].type, args[1].type) if len(args) == 2 else "UNEXPECTED_INPUT_TYPE"
            return refused(why, f"{one.type} is no truth value")
    if any(one.type not in (BOOLEAN, None) for one in args):
        return Result(BOOLEAN, only_if_null(args))
    return Result(BOOLEAN, any_null(args))


def _plain(one: Operand) -> bool:
    return one.type in (DATE, TIMESTAMP, TIMESTAMP_NTZ, BINARY) or isinstance(one.type, Array)


# --- bits and strings


def bits(args: Args, ansi: bool) -> Result:
    """`&`, `|`, `^`."""
    if len(args) != 2 or any(one.type is None for one in args):
        return UNKNOWN
    kinds = [one.type for one in args]
    if all(is_integral(kind) for kind in kinds):
        return of(tightest(kinds[0], kinds[1], ansi), _same(args) if len(set(kinds)) == 1 else only_if_null(args))
    if VOID in kinds or STRING in kinds:
        return UNKNOWN
    return refused(_unlike(kinds[0], kinds[1]), f"bits of {shown(args)}")


def not_bits(args: Args, ansi: bool) -> Result:
    """`~a`."""
    if len(args) != 1 or args[0].type is None or args[0].type in (VOID, STRING):
        return UNKNOWN
    if is_integral(args[0].type):
        return Result(args[0].type, args[0].nullable)
    return refused("UNEXPECTED_INPUT_TYPE", f"bits of {args[0].type}")


def shifted(args: Args, ansi: bool) -> Result:
    if len(args) != 2 or args[0].type is None:
        return UNKNOWN
    kind = args[0].type
    if is_integral(kind):
        return Result(BIGINT if kind == BIGINT else INT)
    return UNKNOWN


def concat(args: Args, ansi: bool) -> Result:
    """`concat` and `||`: of strings, of binary, or of arrays."""
    kinds = [one.type for one in args]
    if not kinds or any(kind is None for kind in kinds):
        return Result(STRING) if not kinds or all(kind is None or kind == STRING for kind in kinds[:0]) else UNKNOWN
    if any(isinstance(kind, Array) for kind in kinds):
        return _concat_arrays(args, ansi)
    if all(kind == BINARY for kind in kinds):
        return Result(BINARY, any_null(args))
    if all(is_atomic(kind) and kind != INTERVAL for kind in kinds):
        return Result(STRING, any_null(args) if all(kind == STRING for kind in kinds) else only_if_null(args))
    return UNKNOWN


def _concat_arrays(args: Args, ansi: bool) -> Result:
    kinds = [one.type for one in args]
    if not all(isinstance(kind, Array) for kind in kinds):
        if any(is_number(kind) or kind in (STRING, DATE, TIMESTAMP, BOOLEAN) for kind in kinds):
            return refused("", f"`concat` does not take {shown(args)}")
        return UNKNOWN
    found = all_wider(kinds, ansi)
    if found is NEVER:
        return refused("DATA_DIFF_TYPES", f"`concat` does not take {shown(args)}")
    return of(found, any_null(args) if len(set(kinds)) == 1 else only_if_null(args))


OPERATORS: dict[str, Rule] = {
    **{one: arithmetic(one) for one in ("+", "-", "*", "/", "%", "div")},
    "mod": arithmetic("%"),
    "pmod": arithmetic("%"),
    **{f"try_{name}": arithmetic(one) for name, one in zip(("add", "subtract", "multiply", "divide", "mod"), "+-*/%")},
    "negative": negated,
    "positive": negated,
    "abs": negated,
    **{one: comparison(one) for one in ("=", "==", "<=>", "!=", "<>", "<", "<=", ">", ">=")},
    "equal_null": comparison("<=>"),
    "between": between,
    "in": among,
    **dict.fromkeys(("and", "or", "not", "!"), truth),
    **dict.fromkeys("&|^", bits),
    "~": not_bits,
    "shiftleft": shifted,
    "shiftright": shifted,
    "shiftrightunsigned": shifted,
    "<<": shifted,
    ">>": shifted,
    ">>>": shifted,
    "concat": concat,
    "||": concat,
}
