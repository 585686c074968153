"""What a statement of SQL is read with: its text, the tables that can be looked up, and what names mean where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.resolve import Names
from mlcheck.flow.frames.schema import Attribute, Lost, Schema, Spot
from mlcheck.flow.frames.sql_expressions import Reader
from mlcheck.flow.frames.sql_nodes import has_hole, name_of
from mlcheck.flow.frames.sql_spots import Origin
from mlcheck.flow.frames.sql_trees import Filled

if TYPE_CHECKING:
    from sqlglot import exp

Lookup = Callable[[str, "Spot | None"], Schema]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query sees from outside: common table expressions by name, and the columns around a subquery."""

    ctes: Mapping[str, Schema] = field(default_factory=dict)
    outer: Names | None = None


@dataclass(slots=True)
class Session:
    """One text of SQL being read. `table` gives the columns of a table or a view by its name as written."""

    origin: Origin
    filled: Filled
    table: Lookup
    reading: Reading
    shift: int = 0

    def reader(self, scope: Scope, names: Names | None, windows: Mapping[str, exp.Expr] | None = None) -> Reader:
        """A reader of expressions; queries within them see `names`, then what the scope sees."""
        from mlcheck.flow.frames.sql_query import query

        inner = Scope(scope.ctes, names or scope.outer)
        return Reader(
            self.origin,
            self.filled,
            lambda tree: query(self, tree, inner),
            windows if windows is not None else {},
            self.shift,
        )

    def spot(self, node: exp.Expr | None) -> Spot:
        """Where a node stands, else where the statement does."""
        reader = Reader(self.origin, self.filled, shift=self.shift)
        return (reader.near(node) if node is not None else None) or self.reading.spot

    def names(self, schema: Schema, scope: Scope) -> Names:
        """Names in the columns of a schema, then in those around the query."""
        return Names(schema, self.reading, outer=scope.outer)

    def lost(self, why: str, node: exp.Expr | None = None) -> Schema:
        """Columns of which none is known."""
        return Schema((), Lost(why, self.spot(node)))


def fresh(schema: Schema, *qualifier: str) -> Schema:
    """The columns of another mention of the same query: each is one of its own, twice the same one where it was."""
    made: dict[int, Attribute] = {}
    for one in schema:
        new = Attribute(one.name, one.type, one.nullable, qualifier, one.sources, one.made, one.perhaps)
        made.setdefault(one.id, new)
    named = tuple(replace(made[one.id], name=one.name) for one in schema)
    rows = schema.rows.anew({old: new.id for old, new in made.items()})
    return Schema(named, schema.lost, rows=rows)


def aliased(session: Session, schema: Schema, alias: exp.Expr | None, name: str = "") -> Schema:
    """A relation under its alias `AS t (a, b)`; without one it keeps what it has, or is called `name`."""
    if alias is None:
        return schema.alone().aliased(name) if name else schema
    if alias.key != "tablealias":
        called, columns = name_of(alias), []
    else:
        called = name_of(alias.this) if alias.this is not None else name
        columns = [name_of(one) for one in alias.args.get("columns") or ()]
    if has_hole(called) or any(has_hole(one) for one in columns):
        return Schema(schema.attributes, schema.lost or Lost("a part that only a run fills in", session.spot(alias)))
    if columns:
        schema = _columns(session, schema, columns, alias)
    named = schema.alone().aliased(called) if called else schema.alone().aliased()
    return replace(named, whole=frozenset([called.lower()])) if called and named.closed else named


def _columns(session: Session, schema: Schema, columns: list[str], alias: exp.Expr) -> Schema:
    known = schema.attributes
    if schema.lost is not None:
        return Schema(tuple(Attribute(name, None, made=session.spot(alias)) for name in columns))
    if len(known) != len(columns):
        return session.lost("columns that are given another number of names", alias)
    named = fresh(schema).attributes
    rows = schema.rows.anew({old.id: new.id for old, new in zip(schema, named, strict=True)})
    return Schema(tuple(replace(one, name=name) for one, name in zip(named, columns, strict=True)), rows=rows)
