"""What Spark or pandas would refuse of a frame, and what was looked up in one: facts that checks read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcheck.flow.frames.schema import Schema, Spot
from mlcheck.flow.frames.types import DataType
from mlcheck.project.place import Place

if TYPE_CHECKING:
    from mlcheck.flow.facts import CallSeen


@dataclass(frozen=True, slots=True, eq=False)
class FrameProblem:
    """An operation on a frame that fails. `condition` is Spark's error condition, or pandas' exception.

    `UNRESOLVED_COLUMN.WITH_SUGGESTION`: `name` is in none of the `schema`'s columns.
    `AMBIGUOUS_REFERENCE`: it is more than one of them. Others: `detail` says what.
    `in_try`: a handler stands around it; `certain`: no undecided branch does.
    """

    condition: str
    spot: Spot
    name: str
    schema: Schema
    detail: str = ""
    in_try: bool = False
    certain: bool = True
    via: str = ""  # the method or the kind of statement: `withColumn`, `SQL`, `pandas`
    behind: tuple[CallSeen, ...] = ()  # the calls that the frames come from
    clause: str = ""  # "filter" or "join" where it is in a condition
    table: str = ""  # the feature table that it is about

    @property
    def place(self) -> Place:
        return self.spot.place


@dataclass(frozen=True, slots=True, eq=False)
class AccessorUsed:
    """`.dt`, `.str` or `.cat` of a column of pandas; `fits`: whether the column has it, None where not known."""

    spot: Spot
    accessor: str
    column: str
    type: DataType | None
    fits: bool | None

    @property
    def place(self) -> Place:
        return self.spot.place


@dataclass(frozen=True, slots=True, eq=False)
class TableRead:
    """A table is read by its name (`{…}` for parts that are not known), with the columns that were found of it."""

    spot: Spot
    name: str
    schema: Schema

    @property
    def place(self) -> Place:
        return self.spot.place


@dataclass(frozen=True, slots=True, eq=False)
class TableWritten:
    """A table is written, with the columns of the frame. `whole`: whatever was there before is replaced."""

    spot: Spot
    name: str
    schema: Schema
    whole: bool
    unique: tuple[str, ...] = ()  # its primary key, where the write declares one

    @property
    def place(self) -> Place:
        return self.spot.place


@dataclass(frozen=True, slots=True, eq=False)
class ColumnsRead:
    """References to columns at one place: how many were found, and, of those that could not be told, why.

    `frame` are the columns that they were looked up in.
    """

    spot: Spot
    found: tuple[str, ...]
    open: tuple[str, ...]
    schema: Schema

    @property
    def place(self) -> Place:
        return self.spot.place
