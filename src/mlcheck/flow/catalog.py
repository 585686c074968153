"""Tables by name: what the project declares of them, what its code writes, and the session's views."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcheck.flow.dotted_names import UNKNOWN, dotted, levels, sameness
from mlcheck.flow.frames.schema import Attribute, Lost, Schema, Source, Spot, met, unknown
from mlcheck.flow.frames.types import parse_type
from mlcheck.flow.values import Value, options_of
from mlcheck.project.model import TableSchema

if TYPE_CHECKING:
    from mlcheck.flow.interpreter import Interpreter


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A table as code writes it. `whole`: the write makes the table what it is, whatever was there."""

    name: str
    schema: Schema
    whole: bool
    by: str  # the entry point that writes it


class Catalog:
    """The tables of one project. What code writes is added as it is evaluated."""

    def __init__(self, declared: Iterable[TableSchema]) -> None:
        self._declared: dict[str, list[TableSchema]] = {}
        for one in declared:
            self._declared.setdefault(levels(one.name)[-1].casefold(), []).append(one)
        self._written: dict[str, dict[tuple[str, str], list[Written]]] = {}
        self.looked_up: dict[str, object] = {}  # since it was last taken: names, and what was found

    def write(self, table: Written) -> None:
        """Note a write; the same entry point's earlier evaluation is forgotten by `forget`."""
        last = levels(table.name)[-1].casefold()
        self._written.setdefault(last, {}).setdefault((table.by, table.name), []).append(table)

    def forget(self, by: str) -> None:
        """Forget what an entry point wrote, before it is evaluated again."""
        for writes in self._written.values():
            for key in [key for key in writes if key[0] == by]:
                del writes[key]

    def take_looked_up(self) -> dict[str, object]:
        """The names that were looked up, with what was found, since this was last asked."""
        taken, self.looked_up = self.looked_up, {}
        return taken

    def find(self, name: str, spot: Spot | None) -> Schema:
        """The columns of a table by its name; open where they are not known."""
        schema = self._find(name, spot)
        self.looked_up[name] = schema.key()
        return schema

    def found_key(self, name: str) -> object:
        """What a look-up of a name finds now."""
        return self._find(name, None).key()

    def _find(self, name: str, spot: Spot | None) -> Schema:
        last = levels(name)[-1].casefold()
        if UNKNOWN in last or not last:
            return unknown("a table whose name is not known", spot)
        declared = [one for one in self._declared.get(last, ()) if sameness(one.name, name) != "different"]
        if declared:
            return self._of_declared(declared, name, spot)
        writes = [
            write
            for (_, written), several in self._written.get(last, {}).items()
            if sameness(written, name) != "different"
            for write in several
        ]
        return _of_writes(writes, name, spot)

    def _of_declared(self, declared: list[TableSchema], name: str, spot: Spot | None) -> Schema:
        exact = [one for one in declared if sameness(one.name, name) == "same"] or declared
        whole = [one for one in exact if one.complete] or exact
        schemas = [_declared_schema(one, name) for one in whole]
        result = schemas[0]
        for other in schemas[1:]:
            if tuple(sorted(n.lower() for n in other.names)) != tuple(sorted(n.lower() for n in result.names)):
                return met(result, other).blurred(f"several tables that `{name}` may be", spot)
            result = met(result, other)
        return result


def _declared_schema(table: TableSchema, name: str) -> Schema:
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
    return Schema(attributes, None if table.complete else Lost(f"what is declared of `{table.name}` is not all of it"))


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
    return Schema(attributes, result.lost)


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
    text = dotted(name)
    if text is None:
        return unknown("a table whose name is not known", spot)
    view = it.state.views.get(text.casefold())
    if view is not None:
        return view.alone().aliased(text)
    return it.sources.catalog.find(text, spot)


def make_view(it: Interpreter, name: Value | None, schema: Schema) -> None:
    """A temporary view; where its name is not known any may have been replaced."""
    text = dotted(name)
    if text is None or UNKNOWN in text:
        lost = Lost("a view that may have been replaced")
        it.state.views = {key: one.with_((), lost) for key, one in it.state.views.items()}
        return
    it.state.views = {**it.state.views, text.casefold(): schema}
