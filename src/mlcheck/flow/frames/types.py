"""Spark's data types, as DDL and `simpleString` write them.

Source: Spark 4.0.1, `pyspark.sql.types`, and `DataType.fromDDL`, executed (tests/oracle).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Union


@dataclass(frozen=True, slots=True)
class Simple:
    """A type without parts, by its DDL name: `bigint`, `string`, `timestamp`, `void` …"""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Decimal:
    precision: int
    scale: int

    def __str__(self) -> str:
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True, slots=True)
class Array:
    """`element` is None where its type is not known."""

    element: DataType | None

    def __str__(self) -> str:
        return f"array<{self.element or '?'}>"


@dataclass(frozen=True, slots=True)
class Map:
    key: DataType | None
    value: DataType | None

    def __str__(self) -> str:
        return f"map<{self.key or '?'},{self.value or '?'}>"


@dataclass(frozen=True, slots=True)
class Struct:
    """Fields by name, in order. `open`: it may have more."""

    fields: tuple[tuple[str, DataType | None], ...]
    open: bool = False

    def __str__(self) -> str:
        fields = [f"{name}:{kind or '?'}" for name, kind in self.fields]
        return f"struct<{','.join(fields)}>"

    def field(self, name: str) -> tuple[str, DataType | None] | None:
        """A field by its name, in any case."""
        wanted = name.lower()
        return next((one for one in self.fields if one[0].lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Dtype:
    """A dtype of pandas by its name: `int64`, `object`, `category`, `datetime64[ns, UTC]` …

    `holds` says what an object column holds, or a category's categories are: str,
    decimal, date, span, bool, list, dict, bytes, none, mixed; "" where not known. `other`
    is the dtype that it may be instead: integers of which some may be missing, or
    what another release of pandas makes. `categories` are those of a category,
    where they are written down.
    """

    name: str
    holds: str = ""
    other: str = ""
    categories: tuple[object, ...] | None = None

    def __str__(self) -> str:
        return self.name + (f" or {self.other}" if self.other else "")

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be."""
        return (self.name, self.other) if self.other else (self.name,)


DataType = Union[Simple, Decimal, Array, Map, Struct, Dtype]

BOOLEAN, TINYINT, SMALLINT, INT, BIGINT = (Simple(n) for n in ("boolean", "tinyint", "smallint", "int", "bigint"))
FLOAT, DOUBLE, STRING, BINARY = (Simple(name) for name in ("float", "double", "string", "binary"))
DATE, TIMESTAMP, TIMESTAMP_NTZ, VOID = (Simple(name) for name in ("date", "timestamp", "timestamp_ntz", "void"))
INTERVAL, VARIANT = Simple("interval"), Simple("variant")

INTEGRALS = (TINYINT, SMALLINT, INT, BIGINT)
DATES = (DATE, TIMESTAMP, TIMESTAMP_NTZ)

_NAMES: dict[str, DataType] = {
    **{str(one): one for one in (BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, STRING, BINARY)},
    **{str(one): one for one in (DATE, TIMESTAMP, TIMESTAMP_NTZ, VOID, INTERVAL, VARIANT)},
    "byte": TINYINT,
    "short": SMALLINT,
    "integer": INT,
    "long": BIGINT,
    "real": FLOAT,
    "text": STRING,
    "timestamp_ltz": TIMESTAMP,
    "null": VOID,
    "decimal": Decimal(10, 0),
    "dec": Decimal(10, 0),
    "numeric": Decimal(10, 0),
}


_UNITS = frozenset({"year", "month", "day", "hour", "minute", "second", "to"})


def is_numeric(kind: DataType | None) -> bool:
    return isinstance(kind, Decimal) or kind in (*INTEGRALS, FLOAT, DOUBLE)


@lru_cache(maxsize=4096)
def parse_type(text: str) -> DataType | None:
    """A type as DDL, `simpleString` or `typeName` writes it; None where it is not one that is known."""
    reader = _Reader(text.strip())
    try:
        kind = reader.type()
    except (ValueError, IndexError, RecursionError):
        return None
    return kind if reader.done() else None


class _Reader:
    """Reads one type from a text, from the left."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def done(self) -> bool:
        rest = self.text[self.at :].strip().lower()
        return rest in ("", "not null")

    def type(self) -> DataType | None:
        word = self.word().lower()
        if word == "array" and self.taken("<"):
            element = self.type()
            self.must(">")
            return Array(element)
        if word == "map" and self.taken("<"):
            key = self.type()
            self.must(",")
            value = self.type()
            self.must(">")
            return Map(key, value)
        if word == "struct" and self.taken("<"):
            return self.struct()
        if word in ("decimal", "dec", "numeric") and self.taken("("):
            return self.decimal()
        if word in ("varchar", "char", "character") and self.taken("("):
            self.number()
            self.must(")")
            return STRING
        known = _NAMES.get(word)
        if known is None:
            raise ValueError(word)
        return self.interval() if known == INTERVAL else known

    def interval(self) -> DataType:
        """`interval`, `interval day to second`, `interval month`: the units that follow are part of it."""
        units: list[str] = []
        while True:
            start = self.at
            word = self.word().lower() if self.peek().isalpha() else ""
            if word not in _UNITS:
                self.at = start
                break
            units.append(word)
        return Simple(" ".join(["interval", *units]))

    def struct(self) -> Struct:
        fields: list[tuple[str, DataType | None]] = []
        while not self.taken(">"):
            if fields:
                self.must(",")
            name = self.word()
            self.taken(":")
            fields.append((name, self.type()))
            self.skip_words()
        return Struct(tuple(fields))

    def skip_words(self) -> None:
        """`NOT NULL` and `COMMENT '…'` after a field."""
        while self.peek() not in (",", ">", ""):
            if self.peek() == "'":
                self.at = self.text.index("'", self.at + 1) + 1
            else:
                self.word()

    def decimal(self) -> Decimal:
        precision, scale = self.number(), 0
        if self.taken(","):
            scale = self.number()
        self.must(")")
        return Decimal(precision, scale)

    def number(self) -> int:
        return int(self.word())

    def word(self) -> str:
        self.space()
        start = self.at
        if self.peek() == "`":
            self.at = self.text.index("`", start + 1) + 1
            return self.text[start + 1 : self.at - 1]
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in "_$"):
            self.at += 1
        if self.at == start:
            raise ValueError(self.text)
        return self.text[start : self.at]

    def peek(self) -> str:
        self.space()
        return self.text[self.at : self.at + 1]

    def taken(self, sign: str) -> bool:
        if self.peek() != sign:
            return False
        self.at += 1
        return True

    def must(self, sign: str) -> None:
        if not self.taken(sign):
            raise ValueError(sign)

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
