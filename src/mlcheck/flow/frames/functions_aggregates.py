"""What aggregates and window functions give whose result depends on their operands: `sum`, `avg`, `lag` …

Source: Spark 4.0.1, executed (tests/oracle).
"""

from __future__ import annotations

from mlcheck.flow.frames.coercion import bounded, is_atomic, is_fraction, is_integral, is_number, is_ordered
from mlcheck.flow.frames.operands import UNKNOWN, Args, Result, Rule, refused
from mlcheck.flow.frames.types import (
    BIGINT,
    BINARY,
    DOUBLE,
    INT,
    STRING,
    TINYINT,
    VOID,
    Array,
    DataType,
    Decimal,
    Struct,
)


def sum_(args: Args, ansi: bool) -> Result:
    """An integer's sum is a bigint, a decimal's ten digits longer, a fraction's a double."""
    if len(args) != 1:
        return UNKNOWN
    match args[0].type:
        case Decimal(precision=precision, scale=scale):
            return Result(bounded(precision + 10, scale), True)
        case kind if is_integral(kind):
            return Result(BIGINT, True)
        case kind if is_fraction(kind) or kind == STRING:
            return Result(DOUBLE, True)
    return UNKNOWN


def average(args: Args, ansi: bool) -> Result:
    """A decimal's average is a decimal, of four digits more before and after the point."""
    if len(args) != 1:
        return UNKNOWN
    return Result(_average(args[0].type), True)


def _average(kind: DataType | None) -> DataType | None:
    if isinstance(kind, Decimal):
        return bounded(kind.precision + 4, kind.scale + 4)
    return DOUBLE if is_number(kind) or kind == STRING else None


def average_of(place: int) -> Rule:
    """`regr_avgx`, `regr_avgy`."""
    return lambda args, ansi: Result(_average(args[place].type), True) if len(args) == 2 else UNKNOWN


def same(args: Args, ansi: bool) -> Result:
    """`first`, `last`, `any_value`, `mode`: one of the values."""
    return Result(args[0].type, True) if args else UNKNOWN


def ordered(args: Args, ansi: bool) -> Result:
    """`min`, `max`."""
    return _by_order(args, 0) if len(args) == 1 else UNKNOWN


def by(args: Args, ansi: bool) -> Result:
    """`max_by`, `min_by`: the value where another is greatest."""
    return _by_order(args, 1) if len(args) == 2 else UNKNOWN


def _by_order(args: Args, place: int) -> Result:
    kind = args[place].type
    if kind is not None and is_ordered(kind) is False:
        return refused("INVALID_ORDERING_TYPE", f"{kind} has no order")
    return Result(args[0].type, True)


def collected(args: Args, ansi: bool) -> Result:
    """`collect_list`, `collect_set`, `array_agg`: never null, but empty."""
    return Result(Array(args[0].type), False) if len(args) == 1 else UNKNOWN


def bits(args: Args, ansi: bool) -> Result:
    return Result(args[0].type, True) if len(args) == 1 and is_integral(args[0].type) else UNKNOWN


def median(args: Args, ansi: bool) -> Result:
    known = len(args) == 1 and (is_number(args[0].type) or args[0].type == STRING)
    return Result(DOUBLE, True) if known else UNKNOWN


def percentile(args: Args, ansi: bool) -> Result:
    """A double, or an array of them where an array of percentages is asked for."""
    if len(args) < 2 or not is_number(args[0].type):
        return UNKNOWN
    return Result(_for_each(args[1].type, DOUBLE), True)


def approximate(args: Args, ansi: bool) -> Result:
    """`percentile_approx`: one of the values, or an array of them."""
    if len(args) < 2 or not is_number(args[0].type):
        return UNKNOWN
    return Result(_for_each(args[1].type, args[0].type), True)


def _for_each(asked: DataType | None, kind: DataType | None) -> DataType | None:
    if isinstance(asked, Array):
        return Array(kind)
    return kind if is_number(asked) else None


def histogram(args: Args, ansi: bool) -> Result:
    if not args or args[0].type is None:
        return UNKNOWN
    return Result(Array(Struct((("x", args[0].type), ("y", DOUBLE)))), True)


def joined(args: Args, ansi: bool) -> Result:
    """`listagg`, `string_agg`."""
    if not args or args[0].type in (None, VOID) or not is_atomic(args[0].type):
        return UNKNOWN
    return Result(BINARY if args[0].type == BINARY else STRING, True)


def shifted(args: Args, ansi: bool) -> Result:
    """`lag`, `lead`: the value of another row, null where there is none and no default."""
    if not args:
        return UNKNOWN
    return Result(args[0].type, True if len(args) < 3 or args[0].nullable is True else None)


def _product(args: Args, ansi: bool) -> Result:
    return Result(DOUBLE, True)


def _gives(kind: DataType) -> Rule:
    return lambda args, ansi: Result(kind, False)


AGGREGATING: dict[str, Rule] = {
    "sum": sum_,
    "try_sum": sum_,
    "avg": average,
    "mean": average,
    "try_avg": average,
    "regr_avgx": average_of(1),
    "regr_avgy": average_of(0),
    **dict.fromkeys(("first", "first_value", "last", "last_value", "any_value", "mode"), same),
    "max": ordered,
    "min": ordered,
    "max_by": by,
    "min_by": by,
    **dict.fromkeys(("collect_list", "collect_set", "array_agg"), collected),
    **dict.fromkeys(("bit_and", "bit_or", "bit_xor"), bits),
    "median": median,
    "percentile": percentile,
    "percentile_approx": approximate,
    "approx_percentile": approximate,
    "histogram_numeric": histogram,
    "listagg": joined,
    "string_agg": joined,
    "lag": shifted,
    "lead": shifted,
    "nth_value": same,
    **dict.fromkeys(("row_number", "rank", "dense_rank", "ntile"), _gives(INT)),
    **dict.fromkeys(("percent_rank", "cume_dist"), _gives(DOUBLE)),
    "product": _product,
    **dict.fromkeys(("bitmap_construct_agg", "bitmap_or_agg", "hll_sketch_agg", "hll_union_agg"), _gives(BINARY)),
    "grouping": _gives(TINYINT),
    "grouping_id": _gives(BIGINT),
}
