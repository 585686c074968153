"""What each SQL function of Spark takes and gives, as `tools/spark_function_types.py` wrote it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict, Union


class Form(TypedDict):
    """A function with one number of operands. `accepts`: of each, the number of the kinds that it may be.

    `type` is null where it depends on the operands. `null`: always, never, or of
    each operand the number of the kinds whose nulls, and no others, make the result null.
    `shown`: what it is called in the name of a column made of it, null where that is not plain.
    """

    accepts: list[Union[int, None]]
    type: str | None
    null: Union[list[int], str, None]
    shown: str | None


class Row(TypedDict):
    """`arity`: how many operands there may be; the greatest that is tried stands for more."""

    arity: list[int]
    forms: list[Form]


class Table(TypedDict):
    kinds: list[list[str]]
    functions: dict[str, Row]


@cache
def spark_function_types() -> Table:
    table: Table = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return table
