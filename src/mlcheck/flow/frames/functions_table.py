"""Functions whose operands are judged one by one, and whose result has one type: read from a table.

Source: Spark 4.0.1, each function analysed over columns of every type (tools/spark_function_types.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from mlcheck.flow.frames.coercion import kind_of
from mlcheck.flow.frames.operands import UNKNOWN, Args, Result, refused
from mlcheck.flow.frames.types import DataType, Decimal, Simple, parse_type
from mlcheck.knowledge.spark_function_types import Form, spark_function_types

_MANY = 10  # operands; as many stand for any more
WRONG_NUMBER = "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"
# Of these the parser, or a newer Spark, takes other numbers too.
_ANY_NUMBER = frozenset(
    [
        "date_add",
        "dateadd",
        "date_diff",
        "datediff",
        "timestampadd",
        "timestampdiff",
        "trim",
        "ltrim",
        "rtrim",
        "make_timestamp",
        "make_timestamp_ltz",
        "make_timestamp_ntz",
        "try_make_timestamp",
        "try_make_timestamp_ltz",
        "try_make_timestamp_ntz",
        "try_make_interval",
        "substring",
        "substr",
        "overlay",
        "position",
        "extract",
        "struct",
        "count",
        "percentile_cont",
        "percentile_disc",
        "listagg",
        "string_agg",
        "like",
        "ilike",
        "rlike",
        "uniform",
        "randstr",
    ]
)


@dataclass(frozen=True, slots=True)
class _Form:
    """A function with one number of operands, its kinds looked up."""

    accepts: tuple[frozenset[str] | None, ...]
    type: DataType | None
    null: tuple[frozenset[str], ...] | str | None
    shown: str | None


@dataclass(frozen=True, slots=True)
class _Function:
    arity: frozenset[int]
    forms: dict[int, _Form]

    @property
    def type(self) -> DataType | None:
        """The type of the result, where it is one with each number of operands."""
        kinds = {form.type for form in self.forms.values()}
        return kinds.pop() if len(kinds) == 1 else None


@cache
def _function(name: str) -> _Function | None:
    table = spark_function_types()
    row = table["functions"].get(name)
    if row is None:
        return None
    kinds = [frozenset(one) for one in table["kinds"]]
    forms = {len(one["accepts"]): _form(one, kinds) for one in row["forms"]}
    return _Function(frozenset(row["arity"]), forms)


def _form(row: Form, kinds: list[frozenset[str]]) -> _Form:
    accepts = tuple(None if one is None else kinds[one] for one in row["accepts"])
    null = row["null"]
    kind = row["type"]
    return _Form(
        accepts,
        (parse_type(kind) or Simple(kind)) if kind is not None else None,
        tuple(kinds[one] for one in null) if isinstance(null, list) else null,
        row["shown"],
    )


def is_known(name: str) -> bool:
    return _function(name) is not None


def wrong_number(name: str, count: int) -> Result | None:
    """The refusal of a call with too many operands or too few; None where their number is right, or not known."""
    function = _function(name)
    if function is None or name in _ANY_NUMBER or not function.arity or min(count, _MANY) in function.arity:
        return None
    takes = ", ".join(str(one) for one in sorted(function.arity))
    return Result(None, None, WRONG_NUMBER, f"`{name}` takes {takes} arguments, not {count}")


def by_table(name: str, args: Args, *, type_too: bool = True) -> Result:
    """What the table says of a call. `type_too`: of the result's type as well."""
    function = _function(name)
    if function is None:
        return UNKNOWN
    form = function.forms.get(len(args))
    if form is None:
        return Result(function.type if type_too and name not in _ANY_NUMBER else None)
    found = refusal(name, args, form.accepts)
    if found is not None:
        return found
    return Result(form.type if type_too else None, _nullable(args, form.null))


def refusal(name: str, args: Args, accepts: Sequence[frozenset[str] | None]) -> Result | None:
    """The refusal of the first operand that is of a kind which the function does not take."""
    for place, (one, kinds) in enumerate(zip(args, accepts, strict=True)):
        if one.type is None or kinds is None:
            continue
        kind = kind_of(one.type)
        if kind not in kinds and kind in _KINDS:
            reason = "" if name in _CAST_WITHIN else "UNEXPECTED_INPUT_TYPE"
            return refused(reason, f"`{name}` does not take {one.type} as argument {place + 1}")
    return None


_CAST_WITHIN = frozenset({"to_variant_object"})  # what it does not take is refused as a cast
# The kinds over which the table was made: of others it says nothing.
_KINDS = frozenset(
    [
        "boolean",
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "decimal",
        "string",
        "binary",
        "date",
        "timestamp",
        "timestamp_ntz",
        "array",
        "map",
        "struct",
        "variant",
    ]
)


def _nullable(args: Args, null: tuple[frozenset[str], ...] | str | None) -> bool | None:
    if null is None or isinstance(null, str):
        return None if null is None else null == "always"
    told: list[bool | None] = []
    for one, kinds in zip(args, null, strict=True):
        if one.type is None or kind_of(one.type) not in kinds or isinstance(one.type, Decimal):
            told.append(one.nullable or None)  # of a long decimal some values are lost
        else:
            told.append(one.nullable)
    return True if True in told else (None if None in told else False)


def shown_name(name: str, count: int) -> str | None:
    """What Spark calls a function in the name of a column made of it; None where that is not known."""
    function = _function(name)
    if function is None or name in _SHOWN_BY_KIND:
        return None
    form = function.forms.get(count)
    if form is not None:
        return form.shown
    shown = {one.shown for one in function.forms.values()}
    return shown.pop() if len(shown) == 1 and _MANY in function.arity else None


# Of a date it is another function; a seed is shown that nobody gave.
_SHOWN_BY_KIND = frozenset({"to_char", "to_varchar", "rand", "randn", "random", "uniform", "randstr"})
