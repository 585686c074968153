"""The functions of `pyspark.sql.functions` by their Python names, as `tools/spark_functions.py` wrote them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict


class Row(TypedDict, total=False):
    """`parameters` are pairs of name and kind; `order` are their places among the operands in SQL."""

    sql: str
    parameters: list[tuple[str, str]]
    distinct: bool
    defaults: dict[str, str | int | float | bool]
    order: list[int]


@cache
def spark_functions() -> dict[str, Row]:
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    functions: dict[str, Row] = json.loads(text)["functions"]
    return functions
