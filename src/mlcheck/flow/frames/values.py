"""Frames, columns and grouped frames as values of the engine: what a name holds that a library's call gave."""

from __future__ import annotations

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.frames.expr import Expr
from mlcheck.flow.frames.schema import MOST_SOURCES, Attribute, Schema, met
from mlcheck.flow.values import Derived, Made

SPARK_FRAME = "pyspark.sql.DataFrame"
PANDAS_FRAME = "pandas.DataFrame"
GROUPED = "pyspark.sql.GroupedData"
COLUMN = "pyspark.sql.Column"
SERIES = "pandas.Series"
PANDAS_GROUPS = "pandas.DataFrameGroupBy"
STRUCT_TYPE = "pyspark.sql.types.StructType"


class Cell:
    """Which frame of pandas it is, under whatever names: what is changed in it, all of them see.

    `first` is the frame as it was made, in the call `call`. `held`: it was put
    where other names for it are not followed, a list or an attribute, say.
    """

    __slots__ = ("all_held", "call", "first", "held")

    def __init__(self, call: int, all_held: list[Cell]) -> None:
        self.call = call
        self.first: Frame | None = None
        self.held = False
        self.all_held = all_held  # the project's cells that are held

    def hold(self) -> None:
        if not self.held:
            self.held = True
            self.all_held.append(self)


class Frame(Made):
    """A frame of Spark or pandas (`cls` says which) with its columns; never changed once it is made.

    One of pandas has a `cell`, and what it is now is in the path's state
    (`flow.frame_cells`). `others`: it may be one of these instead, by a branch that
    was not decided. `rows` are what its rows go by: frames with the same have the same.
    """

    __slots__ = ("cell", "others", "rows", "schema")

    def __init__(
        self,
        why: str,
        calls: tuple[CallSeen, ...],
        cls: str,
        schema: Schema,
        foreign: bool = False,
        cell: Cell | None = None,
        rows: object = None,
    ) -> None:
        super().__init__(why, calls, cls, foreign)
        self.schema = schema
        self.cell = cell
        self.rows = rows
        self.others: tuple[Frame, ...] = ()
        if cell is not None and cell.first is None:
            cell.first = self

    def by(self, calls: tuple[CallSeen, ...]) -> Frame:
        return self.changed(self.schema, calls)

    def changed(self, schema: Schema, calls: tuple[CallSeen, ...], rows: object = None) -> Frame:
        """The same frame with other columns, or as the result of other calls."""
        made = Frame(self.why, calls, self.cls or SPARK_FRAME, schema, self.foreign, self.cell, rows or self.rows)
        made.others = self.others
        if self.cell is not None and self.cell.first is self and schema is self.schema:
            self.cell.first = made
        return made

    def met(self, other: Made, calls: tuple[CallSeen, ...]) -> Made | None:
        if not isinstance(other, Frame) or other.cls != self.cls:
            return None
        exact = self.cls == PANDAS_FRAME
        schema = met(self.schema, other.schema, exact)
        if schema is self.schema and calls == self.calls and self.cell is other.cell:
            return self
        rows = self.rows if self.rows is other.rows else object()
        cell, others = self.cell, self.others
        if cell is not other.cell and cell is not None and other.cell is not None:
            others = _either(self, other)
            cell = Cell(min(cell.call, other.cell.call), cell.all_held)
            if len(others) > MOST_OTHERS:
                return None
        made = Frame(self.why, calls, self.cls or SPARK_FRAME, schema, self.foreign or other.foreign, cell, rows)
        made.others = others
        return made

    def hide(self) -> None:
        for one in (self, *self.others):
            if one.cell is not None:
                one.cell.hold()

    def content_key(self) -> object:
        return self.schema.key()

    def widened(self) -> Frame:
        """What rounds of a loop may have made of it."""
        schema = self.schema.blurred("a frame that a loop changes")
        cell = Cell(self.cell.call, self.cell.all_held) if self.cell is not None else None
        made = Frame(self.why, self.calls, self.cls or SPARK_FRAME, schema, self.foreign, cell, object())
        if cell is not None:  # it may still be this one
            made.others = _either(self)
            self.hide()
        return made


MOST_OTHERS = 24  # frames that one may be


def _either(*frames: Frame) -> tuple[Frame, ...]:
    """The frames that one of some may be, each once."""
    found: dict[int, Frame] = {}
    for frame in frames:
        for one in (frame, *frame.others):
            found.setdefault(id(one.cell), one)
    return tuple(found.values())


class Grouped(Made):
    """`df.groupBy(…)`: the frame's columns, what it is grouped by, and the column that it is pivoted on.

    `values` are the pivot's own columns, None where they are not known.
    """

    __slots__ = ("groups", "pivot", "schema", "values")

    def __init__(
        self,
        why: str,
        calls: tuple[CallSeen, ...],
        schema: Schema,
        groups: tuple[Expr, ...],
        pivot: Expr | None = None,
        values: tuple[str, ...] | None = None,
        cls: str = GROUPED,
    ) -> None:
        super().__init__(why, calls, cls)
        self.schema = schema
        self.groups = groups
        self.pivot = pivot
        self.values = values

    def by(self, calls: tuple[CallSeen, ...]) -> Grouped:
        return Grouped(self.why, calls, self.schema, self.groups, self.pivot, self.values, self.cls or GROUPED)

    def content_key(self) -> object:
        return self.schema.key()


class ColumnValue(Derived):
    """A column of Spark: an expression that is looked up where it meets a frame.

    `how` is "made" where one call gave it (`F.col("a")`), else as of a Derived.
    """

    __slots__ = ("expr",)

    def __init__(self, why: str, calls: tuple[CallSeen, ...], expr: Expr, how: str = "made") -> None:
        super().__init__(why, calls, how, COLUMN)
        self.expr = expr

    @property
    def call(self) -> CallSeen | None:
        return self.calls[0] if self.how == "made" and len(self.calls) == 1 else None

    def by(self, calls: tuple[CallSeen, ...]) -> ColumnValue:
        return ColumnValue(self.why, calls, self.expr, self.how)


class Series(Derived):
    """A column of a pandas frame, or what was computed of some: its name, dtype and origin, and the frame's columns.

    `how` is "made" where one call gave it, else as of a Derived. `taken` is the frame that it was taken from
    as it is; `rows` as of a frame.
    """

    __slots__ = ("attribute", "of", "rows", "taken")

    def __init__(
        self,
        why: str,
        calls: tuple[CallSeen, ...],
        attribute: Attribute,
        of: Schema,
        how: str = "made",
        rows: object = None,
        taken: Frame | None = None,
    ) -> None:
        super().__init__(why, calls, how, SERIES)
        self.attribute = attribute
        self.of = of
        self.rows = rows
        self.taken = taken

    @property
    def call(self) -> CallSeen | None:
        return self.calls[0] if self.how == "made" and len(self.calls) == 1 else None

    def by(self, calls: tuple[CallSeen, ...]) -> Series:
        return Series(self.why, calls, self.attribute, self.of, self.how, self.rows, self.taken)

    def met(self, other: Made, calls: tuple[CallSeen, ...]) -> Made | None:
        if not isinstance(other, Series):
            return None
        mine, theirs = self.attribute, other.attribute
        how = self.how if self.how == other.how else "operation"
        rows = self.rows if self.rows is other.rows else object()
        taken = self.taken if self.taken is other.taken else None
        if mine.key() == theirs.key():
            return Series(self.why, calls, mine, self.of, how, rows, taken)
        kind = mine.type if mine.type == theirs.type else None
        sources = tuple(dict.fromkeys((*mine.sources, *theirs.sources)))[:MOST_SOURCES]
        either = Attribute(mine.name if mine.name == theirs.name else None, kind, sources=sources, made=mine.made)
        return Series(self.why, calls, either, met(self.of, other.of, True), how, rows, taken)

    def content_key(self) -> object:
        return (self.attribute.key(), self.of.key())


class PandasGroups(Made):
    """`frame.groupby(…)`: the frame, the columns that it is grouped by, and those that were picked of it.

    `keys` is None where they are not known; `picked` None for all columns; `single`: one was picked by its name.
    """

    __slots__ = ("as_index", "frame", "keys", "picked", "single")

    def __init__(
        self,
        why: str,
        calls: tuple[CallSeen, ...],
        frame: Frame,
        keys: tuple[Attribute, ...] | None,
        as_index: bool | None,
        picked: tuple[Attribute, ...] | None = None,
        single: bool = False,
    ) -> None:
        super().__init__(why, calls, PANDAS_GROUPS)
        self.frame = frame
        self.keys = keys
        self.as_index = as_index
        self.picked = picked
        self.single = single

    def by(self, calls: tuple[CallSeen, ...]) -> PandasGroups:
        return PandasGroups(self.why, calls, self.frame, self.keys, self.as_index, self.picked, self.single)

    def content_key(self) -> object:
        parts = tuple(None if one is None else tuple(a.key() for a in one) for one in (self.keys, self.picked))
        return (self.frame.schema.key(), parts, self.as_index, self.single)


def schema_of(value: object) -> Schema | None:
    """The columns of a frame, None of anything else."""
    return value.schema if isinstance(value, Frame) else None
