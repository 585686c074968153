"""Functions of `pyspark.sql.functions` by their Python names: the SQL name, and what each parameter takes.

Source: pyspark 4.0.1, each function called and the expression that it makes read (tools/spark_functions.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from mlcheck.knowledge.spark_functions import spark_functions

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


@cache
def by_python_name(name: str) -> PythonFunction | None:
    """A function by its name in Python, None where it is not known."""
    row = spark_functions().get(name)
    if row is None:
        return None
    return PythonFunction(
        row["sql"],
        tuple((one, kind) for one, kind in row["parameters"]),
        row.get("distinct", False),
        row.get("defaults", {}),
        tuple(row["order"]) if "order" in row else None,
    )
