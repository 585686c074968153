"""Tables by name: what the project declares of them, what its code writes, and the session's views."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlcheck.flow.altered import altered_tables
from mlcheck.flow.dotted_names import UNKNOWN, dotted, levels, sameness
from mlcheck.flow.frames import grain
from mlcheck.flow.frames.problems import TableRead
from mlcheck.flow.frames.rows import VersionsRead
from mlcheck.flow.frames.schema import Attribute, Lost, Schema, Source, Spot, met, unknown
from mlcheck.flow.frames.types import parse_type
from mlcheck.flow.values import Const, Text, Value, options_of
from mlcheck.project.model import Project, TableSchema

if TYPE_CHECKING:
    from mlcheck.flow.interpreter import Interpreter


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A table as code writes it. `whole`: the write makes the table what it is, whatever was there."""

    name: str
    schema: Schema
    whole: bool
    unique: tuple[str, ...] = ()  # its primary key, where the write declares one


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads or writes: one evaluation of an entry point, by its number and its file."""

    number: int
    path: str


class Catalog:
    """The tables of one project. What code writes is added as it is evaluated."""

    def __init__(self, project: Project) -> None:
        self._declared: dict[str, list[TableSchema]] = {}
        for one in project.schemas:
            self._declared.setdefault(levels(one.name)[-1].casefold(), []).append(one)
        self._roots = sorted((one.root for one in project.bundles if one.root), key=len, reverse=True)
        self._written: dict[str, list[tuple[Reader, Written]]] = {}
        self._unsettled: set[str] = set()
        self._altered = altered_tables(project) if self._declared else ()

    def write(self, by: Reader, table: Written) -> None:
        """Note a write; what the same evaluation wrote before stays until `forget`."""
        self._written.setdefault(levels(table.name)[-1].casefold(), []).append((by, table))

    def forget(self, by: Reader) -> None:
        """Forget what an entry point wrote, before it is evaluated again."""
        for last, writes in self._written.items():
            self._written[last] = [one for one in writes if one[0] != by]

    def unsettle(self, name: str) -> None:
        """Give up on a table whose columns are other ones each time that its writers are evaluated."""
        self._unsettled.add(levels(name)[-1].casefold())

    def find(self, name: str, by: Reader, spot: Spot | None = None) -> Schema:
        """The columns of a table by its name; open where they are not known."""
        last = levels(name)[-1].casefold()
        if UNKNOWN in last or not last:
            return unknown("a table whose name is not known", spot)
        declared = [one for one in self._declared.get(last, ()) if self._is_meant(one, name, by)]
        if declared:
            found = self._of_declared(declared, name, spot)
            if any(sameness(one, name) != "different" for one in self._altered):
                return found.with_(found.attributes, Lost(f"`{name}`, which is altered", spot))
            if self._is_widened(found, last, name):
                return found.with_(found.attributes, Lost(f"`{name}`, which is written with other columns", spot))
            return found
        if last in self._unsettled:
            return unknown(f"`{name}`, which is made from what is made from it", spot)
        writes = [
            one for one in self._written.get(last, ()) if one[0] != by and sameness(one[1].name, name) != "different"
        ]
        if any(not _is_near(writer, by, written.name, name) for writer, written in writes):
            return unknown(f"several tables that `{name}` may be", spot)
        return _of_writes([written for _, written in writes], name, spot)

    def _is_widened(self, declared: Schema, last: str, name: str) -> bool:
        """Whether code writes columns to a declared table that its declaration lacks: it may merge them in."""
        return any(
            one.name is not None and not one.perhaps and not declared.called(one.name)
            for _, written in self._written.get(last, ())
            if sameness(written.name, name) != "different"
            for one in written.schema
        )

    def _is_meant(self, declared: TableSchema, name: str, by: Reader) -> bool:
        same = sameness(declared.name, name)
        return same == "same" or (same == "maybe" and self._root(declared.place.path) in ("", self._root(by.path)))

    def _root(self, path: str) -> str:
        """The folder of the bundle that a file is in, "" where it is in none, or in one of the whole project."""
        return next((root for root in self._roots if path.startswith(f"{root}/")), "")

    def _of_declared(self, declared: list[TableSchema], name: str, spot: Spot | None) -> Schema:
        exact = [one for one in declared if sameness(one.name, name) == "same"] or declared
        whole = [one for one in exact if one.complete] or exact
        schemas = [_declared_schema(one, name, spot) for one in whole]
        result = schemas[0]
        for other in schemas[1:]:
            if tuple(sorted(n.lower() for n in other.names)) != tuple(sorted(n.lower() for n in result.names)):
                return met(result, other).blurred(f"several tables that `{name}` may be", spot)
            result = met(result, other)
        return result


def _is_near(writer: Reader, reader: Reader, written: str, name: str) -> bool:
    """Whether a name means what another file writes: its levels say so, or the files lie together."""
    if UNKNOWN not in written + name and len(levels(name)) == len(levels(written)) > 1:
        return True
    one, other = writer.path.rpartition("/")[0], reader.path.rpartition("/")[0]
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _declared_schema(table: TableSchema, name: str, spot: Spot | None) -> Schema:
    qualifier = tuple(levels(name))
    attributes = tuple(
        Attribute(
            one.name,
            parse_type(one.type.lower()),
            one.nullable,
            qualifier,
            (Source(table.name, one.name, parse_type(one.type.lower())),),
        )
        for one in table.columns
    )
    lost = None if table.complete else Lost(f"what is declared of `{table.name}` is not all of it")
    rows = grain.of_table(attributes, table.name, table.primary_key, table.scd_type, spot)
    return Schema(attributes, lost, unique=table.primary_key, rows=rows)


def _of_writes(writes: list[Written], name: str, spot: Spot | None) -> Schema:
    """What the code's own writes make of a table; each whole write makes it anew."""
    if not writes:
        return unknown(f"no schema of `{name}`", spot)
    result = writes[0].schema
    for other in writes[1:]:
        result = met(result, other.schema)
    if not all(one.whole for one in writes):
        result = result.with_(result.attributes, Lost(f"`{name}` is added to, and may have other columns", spot))
    qualifier = tuple(levels(name))
    attributes = tuple(
        Attribute(one.name, one.type, True, qualifier, one.sources or _own_source(name, one), one.made, one.perhaps)
        for one in result.attributes
    )
    keys = {one.unique for one in writes if one.unique}
    unique = keys.pop() if len(keys) == 1 else ()
    doubt = "the code makes it, and may keep one version alone"
    rows = grain.of_table(attributes, name, unique, None if result.closed else 1, spot, doubt)
    if not unique and len(writes) == 1 and writes[0].whole:
        rows = replace(rows, keys=grain.as_named(result.rows.keys, attributes))
    there = result.rows.present | {one.id for one in result.attributes if one.nullable is False}
    present = [new.id for old, new in zip(result.attributes, attributes, strict=True) if old.id in there]
    rows = grain.with_present(rows, frozenset(present))
    return Schema(attributes, result.lost, unique=unique, rows=rows)


def _own_source(name: str, one: Attribute) -> tuple[Source, ...]:
    return (Source(name, one.name, one.type),) if one.name is not None else ()


# --- by the engine


def table(it: Interpreter, name: Value | None, spot: Spot) -> Schema:
    """The columns of the table, or the session's view, that a value names."""
    schemas = [_one(it, option, spot) for option in options_of(name)] if name is not None else []
    if not schemas:
        return unknown("a table whose name is not known", spot)
    result = schemas[0]
    for other in schemas[1:]:
        result = met(result, other)
    return result


def _one(it: Interpreter, name: Value, spot: Spot) -> Schema:
    text, key = dotted(name), _key(name)
    if text is None or key is None:
        return unknown("a table whose name is not known", spot)
    view = it.state.views.get(key)
    if view is not None:
        return view.alone().aliased(*levels(text))
    schema = it.sources.catalog.find(text, it.sources.reader, spot)
    it.found(TableRead(spot, text, schema))
    for one in schema.rows.versions:
        it.found(VersionsRead(spot, one.table, one.watched))
    return schema


def make_view(it: Interpreter, name: Value | None, schema: Schema) -> None:
    """A temporary view; where its name is not known any may have been replaced."""
    key = _key(name)
    if key is None:
        lost = Lost("a view that may have been replaced")
        it.state.views = {key: Schema((), lost) for key in it.state.views}
        return
    it.state.views = {**it.state.views, key: schema}


def make_if_missing(it: Interpreter, name: Value, schema: Schema) -> None:
    """A table that is made where it is not there yet: one that was made before stays, and may have been this one."""
    known = it.state.views.get(key) if (key := _key(name)) is not None else None
    if known is None:
        make_view(it, name, schema)
    elif known.lost is not None:
        more = [replace(one, perhaps=True) for one in schema if one.name is not None and not known.called(one.name)]
        make_view(it, name, known.with_((*known.attributes, *more)))


def added_to(it: Interpreter, name: Value | None, schema: Schema, spot: Spot) -> Schema:
    """A table that is made here or elsewhere, after rows were written over it: Delta keeps the columns they lack.

    Source: Delta Lake's schema enforcement (https://docs.delta.io/latest/delta-batch.html#schema-validation).
    """
    key = _key(name)
    known = it.state.views.get(key) if key is not None else None
    text = dotted(name) if name is not None else None
    if schema.lost is not None:
        return schema
    if known is None and text is not None:
        known = it.sources.catalog.find(text, it.sources.reader)
        it.found(TableRead(spot, text, known))
        if not known.attributes:
            return schema
    if known is None:
        return schema
    kept = [replace(one, perhaps=True) for one in known if one.name is not None and not schema.called(one.name)]
    return replace(schema, attributes=(*schema.attributes, *kept), lost=known.lost) if kept or known.lost else schema


def drop_view(it: Interpreter, name: str) -> None:
    """A view, or a table that was made here, is gone."""
    gone = Const(name.replace("`", "").casefold())
    it.state.views = {key: one for key, one in it.state.views.items() if key != gone}


def _key(name: Value | None) -> Const | Text | None:
    """What two mentions of one table have in common: a name, or one with the same unknown parts."""
    match name:
        case Const(value=str(text)):
            return Const(text.strip().replace("`", "").casefold())
        case Text():
            return name
        case _:
            return None
