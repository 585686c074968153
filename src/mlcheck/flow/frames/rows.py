"""What is known of a frame's rows: what tells them apart, which tables' versions are all in them, and what multiplied
them. Facts that checks read: `VersionsRead`, `VersionsSettled`, `JoinSeen`, `JoinSettled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Union

from mlcheck.project.place import Place

if TYPE_CHECKING:
    from mlcheck.flow.frames.schema import Spot


@dataclass(frozen=True, slots=True)
class Key:
    """Columns of which no two rows have the same values: their ids, and names to show.

    They may have left the frame: then its rows are not told apart by what is left.
    `table` has them as its primary key, "" where an operation made them so; `current`:
    they are a key among the current versions, by their names.
    """

    ids: frozenset[int]
    names: tuple[str, ...]
    table: str = ""
    current: bool = False

    def anew(self, new: Mapping[int, int]) -> Key:
        return replace(self, ids=frozenset(new.get(one, one) for one in self.ids))


@dataclass(frozen=True, slots=True, eq=False)
class Versions:
    """A table that keeps history, with all versions of its rows in the frame.

    `watched` are the flag and the validity columns, in lower case. `joined` is the
    join that it has been through; `doubt` says why it may be right nevertheless.
    """

    table: str
    spot: Spot | None
    watched: frozenset[str]
    joined: Spot | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Multiplied:
    """A join whose columns are a part of one side's key: `watched` are the ids of those that are left out."""

    spot: Spot
    watched: frozenset[int]
    sources: frozenset[tuple[str, str]] = frozenset()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """`ranks`: columns that number the rows of each value of some others. `present`: columns that are never null
    where a condition or a join has left rows out, by their ids.
    """

    keys: tuple[Key, ...] = ()
    versions: tuple[Versions, ...] = ()
    multiplied: tuple[Multiplied, ...] = ()
    ranks: tuple[tuple[int, Key], ...] = ()
    present: frozenset[int] = frozenset()

    def content(self) -> tuple[object, ...]:
        """What two evaluations of the same code have in common of it."""
        return (
            tuple(one.names for one in self.keys),
            tuple((one.table, one.joined is None, one.doubt) for one in self.versions),
            tuple(one.doubt for one in self.multiplied),
        )

    def anew(self, new: Mapping[int, int]) -> Rows:
        """The same rows in a frame whose columns have other ids."""
        if self == NO_ROWS:
            return self
        ranks = tuple((new.get(one, one), key.anew(new)) for one, key in self.ranks)
        many = tuple(replace(m, watched=frozenset(new.get(one, one) for one in m.watched)) for m in self.multiplied)
        present = frozenset(new.get(one, one) for one in self.present)
        return Rows(tuple(key.anew(new) for key in self.keys), self.versions, many, ranks, present)

    def met(self, other: Rows) -> Rows:
        """Of a frame that is one of two: what both have, and doubts where one has it alone."""
        if self == other:
            return self
        theirs, doubt = {key.names for key in other.keys}, "on some paths only"
        both = {(v.table, v.joined is None) for v in self.versions}
        both &= {(v.table, v.joined is None) for v in other.versions}
        versions = [
            v if (v.table, v.joined is None) in both else replace(v, doubt=v.doubt or doubt)
            for v in dict.fromkeys((*self.versions, *other.versions))
        ]
        multiplied = [
            m if m in self.multiplied and m in other.multiplied else replace(m, doubt=m.doubt or doubt)
            for m in dict.fromkeys((*self.multiplied, *other.multiplied))
        ]
        keys = tuple(key for key in self.keys if key.names in theirs)
        return Rows(keys, tuple(versions), tuple(multiplied))


NO_ROWS = Rows()

# --- facts


@dataclass(frozen=True, slots=True, eq=False)
class VersionsRead:
    """A table that keeps history is read."""

    spot: Spot
    table: str
    watched: frozenset[str]

    @property
    def place(self) -> Place:
        return self.spot.place


@dataclass(frozen=True, slots=True, eq=False)
class VersionsSettled:
    """Of a table that keeps history one version for each row is left: `how` says by what."""

    spot: Spot
    table: str
    read: Spot | None
    how: str
    joined: Spot | None = None

    @property
    def place(self) -> Place:
        return self.spot.place


Outcome = Literal["kept", "multiplied", "unknown"]


@dataclass(frozen=True, slots=True, eq=False)
class JoinSeen:
    """A join of two frames: whether it keeps the rows of one of them as they are, and what shows it."""

    spot: Spot
    outcome: Outcome
    note: str
    on: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    certain: bool = True

    @property
    def place(self) -> Place:
        return self.spot.place


@dataclass(frozen=True, slots=True, eq=False)
class JoinSettled:
    """Rows that a join multiplied are made one again, or chosen from, by an operation after it."""

    spot: Spot
    join: Spot
    how: str

    @property
    def place(self) -> Place:
        return self.spot.place


RowFact = Union[VersionsRead, VersionsSettled, JoinSeen, JoinSettled]
