"""The columns of a frame at one line: names in order, types, where each comes from, and whether there may be more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Protocol

from mlcheck.flow.frames.rows import NO_ROWS, Rows
from mlcheck.flow.frames.types import DataType
from mlcheck.project.place import Place

_ids = count(1)
MOST_PERHAPS = 300  # columns of a frame that are there on some paths only
MOST_SOURCES = 12  # tables' columns that one column is followed back to


class Spot(Protocol):
    """Somewhere in the code; its place is computed when it is asked for."""

    @property
    def place(self) -> Place: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A column of a table that a frame's column comes from; `table` as it is named where it is read."""

    table: str
    column: str
    type: DataType | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One column of a frame.

    `name` is None where Spark makes a name that is not known here. `type` and
    `nullable` are None where they are not known. `qualifier` is what may stand
    before the name: an alias, or a table's levels. `id` tells it from others of
    its name, as Spark's expression ids do; it is kept through filters, joins and
    plain selections. `made` is the step that made it, None for a table's own;
    `named` where it was last selected by its name.
    `perhaps`: it is there on some paths only.
    """

    name: str | None
    type: DataType | None
    nullable: bool | None = None
    qualifier: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    made: Spot | None = None
    perhaps: bool = False
    named: Spot | None = None
    id: int = field(default_factory=lambda: next(_ids))

    def key(self) -> tuple[object, ...]:
        """What two evaluations of the same code have in common of it."""
        return (self.name, self.type, self.nullable, self.qualifier, self.sources, self.perhaps)

    def called(self, name: str) -> bool:
        return self.name is not None and self.name.lower() == name.lower()


def again(attribute: Attribute) -> Attribute:
    """The same column of another frame: with an id of its own."""
    return replace(attribute, id=next(_ids))


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a frame may have columns that were not seen, and where."""

    why: str
    spot: Spot | None = None

    @property
    def place(self) -> Place | None:
        return self.spot.place if self.spot is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """The columns of a frame, in order. `lost`: it may have others, and why; None: these are all.

    `below` are the columns of the frame that a projection was made from: a
    filter or sort right after it still sees them. `behind` are those that only a
    qualifier reaches: the other side's keys of a join by `USING`; of a frame of
    pandas the levels of its index, none for one without a name. `unique` is a
    table's primary key, the time-series column with it; empty where not known.
    `whole` are the relations, by their aliases in lower case, of which all columns
    are here, though those of others may not be.
    """

    attributes: tuple[Attribute, ...] = ()
    lost: Lost | None = None
    below: Schema | None = None
    behind: tuple[Attribute, ...] = ()
    unique: tuple[str, ...] = ()
    whole: frozenset[str] = frozenset()
    rows: Rows = NO_ROWS

    @property
    def closed(self) -> bool:
        """Whether the columns are these and no others, each by its name."""
        return self.lost is None and all(one.name is not None for one in self.attributes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.attributes if one.name is not None)

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self.attributes)

    def called(self, name: str) -> tuple[Attribute, ...]:
        """The columns of a name, in any case."""
        wanted = name.lower()
        return tuple(one for one in self.attributes if one.name is not None and one.name.lower() == wanted)

    def one(self, name: str) -> Attribute | None:
        """The column of a name where there is just one."""
        found = self.called(name)
        return found[0] if len(found) == 1 else None

    def key(self) -> tuple[object, ...]:
        columns = tuple(one.key() for one in self.attributes)
        present = tuple(one.name for one in self.attributes if one.id in self.rows.present)
        return (columns, self.lost is None, tuple(one.key() for one in self.behind), self.rows.content(), present)

    def with_(self, attributes: Iterable[Attribute], lost: Lost | None = None) -> Schema:
        """Other columns; still open where it was."""
        return Schema(tuple(attributes), self.lost or lost)

    def aliased(self, *qualifier: str) -> Schema:
        return replace(self, attributes=tuple(replace(one, qualifier=qualifier) for one in self.attributes))

    def settled(self) -> Schema:
        """After an operation of which it is not known whether the columns below are still seen."""
        if self.below is None or self.below.lost is not None:
            return self
        return replace(self, below=Schema(self.below.attributes, Lost("columns below a projection")))

    def alone(self) -> Schema:
        """Without what is below it, or behind."""
        return replace(self, below=None, behind=()) if self.below is not None or self.behind else self

    def blurred(self, why: str, spot: Spot | None = None) -> Schema:
        """Any column may have been changed, taken away, or come in."""
        changed = [replace(one, type=None, nullable=None, perhaps=True) for one in self.attributes]
        return Schema(tuple(changed), self.lost or Lost(why, spot))


def unknown(why: str, spot: Spot | None = None) -> Schema:
    """A frame of which no column is known."""
    return Schema((), Lost(why, spot))


def met(one: Schema, other: Schema, exact: bool = False) -> Schema:
    """A frame that is one of two, by a branch that is not decided: what may be in it, and may not be missed.

    `exact`: names in another case are other names, as pandas has it.
    """
    if one is other or (len(one.attributes) == len(other.attributes) and one.key() == other.key()):
        return one
    mine, theirs = _by_name(one, exact), _by_name(other, exact)
    found: list[Attribute] = []
    for name, several in mine.items():
        like = theirs.get(name, ())
        found += [_either(one, like[0]) if len(like) == 1 else _perhaps(one) for one in several]
    found += [_perhaps(one) for name, several in theirs.items() if name not in mine for one in several]
    lost = one.lost or other.lost
    if sum(one.perhaps for one in found) > MOST_PERHAPS:
        lost = lost or Lost(f"more than {MOST_PERHAPS} columns that only branches make")
        found = [one for one in found if not one.perhaps]
    behind = _met_levels(one.behind, other.behind) if exact else ()
    there = {a.name for a in other.attributes if a.id in other.rows.present}
    present = frozenset(a.id for a in one.attributes if a.id in one.rows.present and a.name in there)
    rows = replace(one.rows.met(other.rows), present=present)
    return Schema(tuple(found), lost, behind=behind, rows=rows)


def _by_name(schema: Schema, exact: bool) -> dict[object, list[Attribute]]:
    """The columns by name; one without a name is like no other."""
    found: dict[object, list[Attribute]] = {}
    for one in schema.attributes:
        name: object = one.id if one.name is None else one.name if exact else one.name.lower()
        found.setdefault(name, []).append(one)
    return found


def _perhaps(attribute: Attribute) -> Attribute:
    return attribute if attribute.perhaps else replace(attribute, perhaps=True)


def _either(mine: Attribute, theirs: Attribute) -> Attribute:
    if mine is theirs:
        return mine
    kind = mine.type if mine.type == theirs.type else None
    nullable = mine.nullable if mine.nullable == theirs.nullable else None
    sources = tuple(dict.fromkeys((*mine.sources, *theirs.sources)))[:MOST_SOURCES]
    return replace(mine, type=kind, nullable=nullable, perhaps=mine.perhaps or theirs.perhaps, sources=sources)


def _met_levels(one: tuple[Attribute, ...], two: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """The levels of an index, where both are the same; else one that is not known."""
    if [level.name for level in one] == [level.name for level in two]:
        return tuple(_either(mine, theirs) for mine, theirs in zip(one, two))
    return (Attribute(None, None),)
