"""What a function of Spark is handed and gives: types, nullability, and why it is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mlcheck.flow.frames.coercion import NEVER, Wide
from mlcheck.flow.frames.types import DataType


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument: its type and nullability, None where not known, its value where it is a constant, and its name.

    `name` is that of the column or alias that it is, "" where it is neither.
    """

    type: DataType | None
    nullable: bool | None = None
    literal: object = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`condition` is Spark's error condition where it refuses, "" where it does not or that is not known."""

    type: DataType | None = None
    nullable: bool | None = None
    condition: str = ""
    detail: str = ""


Args = Sequence[Operand]
Rule = Callable[[Args, bool], Result]  # the operands, and whether ANSI is on
UNKNOWN = Result()
MISMATCH = "DATATYPE_MISMATCH"


def any_null(args: Args) -> bool | None:
    """Whether one of the operands may be null."""
    told = [one.nullable for one in args]
    return True if True in told else (None if None in told else False)


def only_if_null(args: Args) -> bool | None:
    """True where an operand may be null; else not known: a cast or an overflow may still give null."""
    return True if any(one.nullable is True for one in args) else None


def of(kind: Wide, nullable: bool | None = None) -> Result:
    return UNKNOWN if kind is NEVER else Result(kind, nullable)


def refused(reason: str, detail: str) -> Result:
    """`reason` is the part of the condition after `DATATYPE_MISMATCH`."""
    return Result(None, None, f"{MISMATCH}.{reason}" if reason else MISMATCH, detail)


def shown(args: Args) -> str:
    return ", ".join(str(one.type) for one in args)


def in_both(rule: Rule, args: Args) -> Result:
    """What holds with ANSI and without."""
    strict, loose = rule(args, True), rule(args, False)
    if strict == loose:
        return strict
    if strict.condition and loose.condition:
        return replace(strict, condition=_common(strict.condition, loose.condition))
    if strict.condition or loose.condition:  # where it runs it gives what the other gives
        return loose if strict.condition else strict
    kind = strict.type if strict.type == loose.type else None
    return Result(kind, strict.nullable if kind is not None and strict.nullable == loose.nullable else None)


def _common(one: str, other: str) -> str:
    return one if one == other else MISMATCH
