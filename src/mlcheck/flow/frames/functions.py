"""What Spark's functions and operators give: the type and nullability of their result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlcheck.flow.frames.types import DataType


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument: its type and nullability, None where not known, and its value where it is a constant."""

    type: DataType | None
    nullable: bool | None = None
    literal: object = None


@dataclass(frozen=True, slots=True)
class Result:
    """`condition` is Spark's error condition where it refuses, "" where it does not or that is not known."""

    type: DataType | None = None
    nullable: bool | None = None
    condition: str = ""
    detail: str = ""


def result(name: str, args: Sequence[Operand], distinct: bool = False) -> Result:
    """The result of a function by its SQL name in lower case."""
    if name == "coalesce":
        kinds = {one.type for one in args}
        return Result(kinds.pop() if len(kinds) == 1 else None)
    return Result()
