"""One language for columns: what `F.avg("x").alias("y")`, a SQL string and a SQL file mean alike.

Expressions are not resolved: names stand as they are written until a frame's
columns are there to look them up in (`frames.resolve`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from mlcheck.flow.frames.schema import Attribute, Schema, Spot
from mlcheck.flow.frames.types import DataType


@dataclass(frozen=True, slots=True)
class Ref:
    """A column by its name: `a`, `t.a`, `a.b` of a struct. `parts` are as written, without quotes."""

    parts: tuple[str, ...]
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A column taken from a frame: `df.x`, `df["x"]`. `of` are the frame's columns when it was taken."""

    attribute: Attribute
    of: Schema
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Star:
    """`*`, `t.*`, `* EXCEPT (…)`; of a frame's own (`df["*"]`) `of` are its columns."""

    qualifier: tuple[str, ...] = ()
    spot: Spot | None = None
    except_: tuple[str, ...] = ()
    of: Schema | None = None


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; `value` None with `void` for NULL. `text` is how Spark names a column made of it, where known."""

    type: DataType | None
    value: object = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator by Spark's SQL name in lower case: `avg`, `+`, `=`, `and`, `like`, `in`, `isnull` …"""

    name: str
    args: tuple[Expr, ...] = ()
    spot: Spot | None = None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    child: Expr
    type: DataType | None
    spot: Spot | None = None
    try_: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """`name` is None where it is not known. A generator (`explode` of a map) may have several."""

    child: Expr
    name: str | None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """`when(c, v).when(…).otherwise(v)`; without `otherwise` the rest is NULL."""

    branches: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """A window function with what it partitions and orders by; `known`: False where the window was not followed."""

    child: Expr
    partition: tuple[Expr, ...] = ()
    order: tuple[Expr, ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Filtered:
    """An aggregate of the rows that a condition takes: `FILTER (WHERE …)`."""

    child: Expr
    condition: Expr


@dataclass(frozen=True, slots=True)
class Sorted:
    """`asc()`, `desc()` and their kin: as the child is, where it is looked up."""

    child: Expr


@dataclass(frozen=True, slots=True)
class Item:
    """`child[key]`, `child.getItem(key)`, `child.getField("name")`."""

    child: Expr
    key: Expr
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Lambda:
    """The function of `transform`, `filter` and their kin: in its body its parameters are names."""

    parameters: tuple[str, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Query:
    """A query within an expression: `kind` is scalar, exists, or in (with `left`). `schema` are its columns."""

    kind: str
    schema: Schema
    left: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Opaque:
    """What was not followed: of any type, and it may read any column; `type` where it is declared (a UDF's)."""

    why: str
    spot: Spot | None = None
    type: DataType | None = None
    args: tuple[Expr, ...] = field(default=())


Expr = Union[Ref, Bound, Star, Literal, Call, Cast, Alias, Case, Over, Filtered, Sorted, Item, Lambda, Query, Opaque]


def spot_in(expr: Expr) -> Spot | None:
    """Where an expression stands: its own place, or that of the first part that has one."""
    match expr:
        case Alias(child=child) | Sorted(child=child) | Over(child=child) | Filtered(child=child):
            return spot_in(child)
        case Case(branches=branches):
            return spot_in(branches[0][0]) if branches else None
        case Literal() | Lambda() | Query():
            return None
        case Item(child=child, spot=spot):
            return spot or spot_in(child)
    return expr.spot
