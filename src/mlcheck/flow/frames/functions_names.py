"""Functions of `pyspark.sql.functions` by their Python names: the SQL name, and what each parameter takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """`parameters` are names with kinds: column, columns (all that follow), literal, lambda."""

    sql: str
    parameters: tuple[tuple[str, str], ...]
    distinct: bool = False


def by_python_name(name: str) -> PythonFunction | None:
    """A function by its name in Python, None where it is not known."""
    return None
