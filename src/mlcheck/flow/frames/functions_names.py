"""Functions of `pyspark.sql.functions` by their Python names: the SQL name, and what each parameter takes.

Source: pyspark 4.0.1, each function called and the expression that it makes read (tools/spark_functions.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """`parameters` are names with kinds, in Python's order.

    `column`: a string is a column's name, another constant a constant; `columns`:
    so are all that follow, or one list. `literal`, `literals`: a string is a
    constant, a column a column. `lambda`: a function from columns to a column.
    `option`: no operand of the function. `defaults` are constants that stand for
    what is not given; `order` are the parameters in the order of SQL's operands.
    """

    sql: str
    parameters: tuple[tuple[str, str], ...]
    distinct: bool = False
    defaults: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    order: tuple[int, ...] | None = None

    def arranged(self, operands: Sequence[T]) -> list[T]:
        """Operands in SQL's order, from those in Python's; as they are where some were not given."""
        if self.order is None or len(operands) != len(self.order):
            return list(operands)
        return [operands[index] for index in self.order]


def by_python_name(name: str) -> PythonFunction | None:
    """A function by its name in Python, None where it is not known."""
    row = _rows().get(name)
    return _read(row) if row is not None else None


@cache
def _rows() -> dict[str, dict[str, object]]:
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    functions: dict[str, dict[str, object]] = json.loads(text)["functions"]
    return functions


def _read(row: dict[str, object]) -> PythonFunction:
    parameters, defaults, order = row["parameters"], row.get("defaults", {}), row.get("order")
    assert isinstance(parameters, list) and isinstance(defaults, dict)
    return PythonFunction(
        str(row["sql"]),
        tuple((one, kind) for one, kind in parameters),
        bool(row.get("distinct")),
        defaults,
        tuple(order) if isinstance(order, list) else None,
    )
