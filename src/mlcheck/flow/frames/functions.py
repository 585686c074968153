"""What Spark's functions and operators give: the type and nullability of their result, and what it refuses.

Source: Spark 4.0.1, executed (tests/oracle). With ANSI and without a function may
give another type: it is not known then, as is what a cluster is set to.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mlcheck.flow.frames.functions_aggregates import AGGREGATING
from mlcheck.flow.frames.functions_collections import COLLECTIONS
from mlcheck.flow.frames.functions_operators import OPERATORS
from mlcheck.flow.frames.functions_table import by_table, wrong_number
from mlcheck.flow.frames.functions_values import VALUES, cast_to, of_case, of_cast
from mlcheck.flow.frames.operands import UNKNOWN, Args, Operand, Result, Rule, in_both
from mlcheck.flow.frames.types import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INT,
    SMALLINT,
    STRING,
    TIMESTAMP,
    TINYINT,
    DataType,
    Decimal,
)

__all__ = ["Operand", "Result", "case", "cast", "result"]

_NAMED_CASTS = (BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP)
_ORDERS = ("asc", "desc", "asc_nulls_first", "asc_nulls_last", "desc_nulls_first", "desc_nulls_last")


def _itself(args: Args, ansi: bool) -> Result:
    return Result(args[0].type, args[0].nullable) if len(args) == 1 else UNKNOWN


def _unknown(args: Args, ansi: bool) -> Result:
    return UNKNOWN


# Of these the table's example alone says too much: their result depends on a constant's text.
_BY_CONSTANT = ("variant_get", "try_variant_get", "to_number", "try_to_number", "uniform")

# What they take as their second operand depends on the kind of the first.
_BY_KIND = ("element_at", "try_element_at")

RULES: dict[str, Rule] = {
    **OPERATORS,
    **VALUES,
    **COLLECTIONS,
    **AGGREGATING,
    **{str(one): cast_to(one) for one in _NAMED_CASTS},
    "decimal": cast_to(Decimal(10, 0)),
    **dict.fromkeys(_ORDERS, _itself),
    **dict.fromkeys(_BY_CONSTANT, _unknown),
}


# Functions of Databricks alone (https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-functions-builtin-alpha).
_OF_DATABRICKS = {
    **dict.fromkeys(("is_member", "is_account_group_member"), Result(BOOLEAN)),
    **dict.fromkeys(("current_metastore", "current_recipient", "secret", "try_secret"), Result(STRING)),
    **dict.fromkeys(("ai_gen", "ai_classify", "ai_fix_grammar", "ai_mask", "ai_summarize"), Result(STRING)),
    **dict.fromkeys(("ai_translate", "ai_analyze_sentiment"), Result(STRING)),
    "ai_similarity": Result(FLOAT),
    "getdate": Result(TIMESTAMP, False),
    "charindex": Result(INT),
}


def result(name: str, args: Sequence[Operand], distinct: bool = False) -> Result:
    """The result of a function by its SQL name in lower case; of one that is not known, nothing."""
    try:
        return _result(name, tuple(args))
    except TypeError:  # a constant that can't be hashed
        return _judge(name, tuple(args))


@lru_cache(maxsize=8192)
def _result(name: str, args: tuple[Operand, ...]) -> Result:
    return _judge(name, args)


def _judge(name: str, args: tuple[Operand, ...]) -> Result:
    refused = wrong_number(name, len(args))
    if refused is not None:
        return refused
    rule = RULES.get(name)
    if rule is None:
        return _OF_DATABRICKS.get(name) or by_table(name, args)
    found = in_both(rule, args)
    listed = by_table(name, args, type_too=False) if name not in _BY_KIND else UNKNOWN
    return listed if listed.condition and not found.condition else found


def case(conditions: Sequence[Operand], values: Sequence[Operand], otherwise: Operand | None) -> Result:
    """`CASE WHEN condition THEN value … ELSE otherwise END`."""
    return in_both(lambda _, ansi: of_case(conditions, values, otherwise, ansi), ())


def cast(operand: Operand, target: DataType | None, try_: bool = False) -> Result:
    """`CAST(operand AS target)`."""
    return in_both(lambda _, ansi: of_cast(operand, target, try_, ansi), ())
