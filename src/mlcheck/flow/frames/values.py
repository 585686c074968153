"""Frames, columns and grouped frames as values of the engine: what a name holds that a library's call gave."""

from __future__ import annotations

from mlcheck.flow.facts import CallSeen
from mlcheck.flow.frames.expr import Expr
from mlcheck.flow.frames.schema import Attribute, Schema, met
from mlcheck.flow.values import Derived, Made

SPARK_FRAME = "pyspark.sql.DataFrame"
PANDAS_FRAME = "pandas.DataFrame"
GROUPED = "pyspark.sql.GroupedData"
COLUMN = "pyspark.sql.Column"
SERIES = "pandas.Series"
STRUCT_TYPE = "pyspark.sql.types.StructType"


class Frame(Made):
    """A frame of Spark or pandas (`cls` says which) with its columns; never changed once it is made."""

    __slots__ = ("schema",)

    def __init__(self, why: str, calls: tuple[CallSeen, ...], cls: str, schema: Schema, foreign: bool = False) -> None:
        super().__init__(why, calls, cls, foreign)
        self.schema = schema

    def by(self, calls: tuple[CallSeen, ...]) -> Frame:
        return Frame(self.why, calls, self.cls or SPARK_FRAME, self.schema, self.foreign)

    def met(self, other: Made, calls: tuple[CallSeen, ...]) -> Made | None:
        if not isinstance(other, Frame) or other.cls != self.cls:
            return None
        schema = met(self.schema, other.schema)
        if schema is self.schema and calls == self.calls:
            return self
        return Frame(self.why, calls, self.cls or SPARK_FRAME, schema, self.foreign or other.foreign)

    def content_key(self) -> object:
        return self.schema.key()

    def widened(self) -> Frame:
        """What rounds of a loop may have made of it."""
        schema = self.schema.blurred("a frame that a loop changes")
        return Frame(self.why, self.calls, self.cls or SPARK_FRAME, schema, self.foreign)


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


class Series(Made):
    """A column of a pandas frame, or what was computed of some: its name, dtype and origin, and the frame's columns."""

    __slots__ = ("attribute", "of")

    def __init__(self, why: str, calls: tuple[CallSeen, ...], attribute: Attribute, of: Schema) -> None:
        super().__init__(why, calls, SERIES)
        self.attribute = attribute
        self.of = of

    def by(self, calls: tuple[CallSeen, ...]) -> Series:
        return Series(self.why, calls, self.attribute, self.of)

    def met(self, other: Made, calls: tuple[CallSeen, ...]) -> Made | None:
        if not isinstance(other, Series):
            return None
        mine, theirs = self.attribute, other.attribute
        if mine.key() == theirs.key():
            return Series(self.why, calls, mine, self.of)
        either = Attribute(mine.name if mine.name == theirs.name else None, None, made=mine.made)
        return Series(self.why, calls, either, met(self.of, other.of))

    def content_key(self) -> object:
        return self.attribute.key()


def schema_of(value: object) -> Schema | None:
    """The columns of a frame, None of anything else."""
    return value.schema if isinstance(value, Frame) else None
