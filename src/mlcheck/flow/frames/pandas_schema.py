"""Columns of frames of pandas: names are looked up as they are written, and what fails says so in pandas' words.

A frame's `behind` are the levels of its index: none for one level without a
name; a level without a name there is an index of which nothing is known.
Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.schema import MOST_SOURCES, Attribute, Lost, Schema, Source, Spot
from mlcheck.flow.frames.types import DataType

KEY_ERROR = "KeyError"


def exact(schema: Schema, name: str) -> tuple[Attribute, ...]:
    """The columns of a name, as it is written."""
    return tuple(one for one in schema.attributes if one.name == name)


def columns(schema: Schema, attributes: Iterable[Attribute], levels: tuple[Attribute, ...] | None = None) -> Schema:
    """Other columns; open where it was, the index as it was or as given."""
    return Schema(tuple(attributes), schema.lost, behind=schema.behind if levels is None else levels)


def opened(schema: Schema, why: str, spot: Spot | None = None) -> Schema:
    """The same columns, and perhaps others."""
    return replace(schema, lost=schema.lost or Lost(why, spot))


def perhaps_gone(schema: Schema, keep: Callable[[Attribute], bool] = lambda one: False) -> Schema:
    """The same columns, of which some may be gone."""
    return columns(schema, [one if keep(one) else replace(one, perhaps=True) for one in schema])


def sources_of(attributes: Iterable[Attribute]) -> tuple[Source, ...]:
    """The tables' columns that some columns come from."""
    return tuple(dict.fromkeys(source for one in attributes for source in one.sources))[:MOST_SOURCES]


def renewed(attribute: Attribute, kind: DataType | None, made: Spot | None) -> Attribute:
    """The same column with other values."""
    return replace(attribute, type=kind, nullable=None, made=made, perhaps=False)


def with_column(schema: Schema, attribute: Attribute) -> Schema:
    """`frame[name] = …`: in its place, or at the end."""
    if attribute.name is None:
        return opened(schema, "a column under a name that is not known", attribute.made)
    found = [one.name for one in schema]
    if attribute.name in found:
        return columns(schema, [attribute if one.name == attribute.name else one for one in schema])
    return columns(schema, [*schema, attribute])


def look(schema: Schema, name: str, read: Reading, detail: str = "", spot: Spot | None = None) -> Attribute | None:
    """Look a column up: it is found, surely missing (a KeyError), or can't be told."""
    found = exact(schema, name)
    if found and not any(one.perhaps for one in found):
        read.saw(name, schema)
        return found[0] if len(found) == 1 else None
    if found or not schema.closed:
        read.lost(name, schema)
        return found[0] if len(found) == 1 else None
    read.saw(name, schema)
    read.problem(KEY_ERROR, name, schema, spot, detail or f"KeyError: {name!r}")
    return None


def look_all(
    schema: Schema, names: Sequence[str], read: Reading, detail: Callable[[list[str]], str], spot: Spot | None = None
) -> list[Attribute]:
    """Look several columns up at once: one error names all that are missing. What is not found is of no known type."""
    missing = [name for name in names if schema.closed and not exact(schema, name)]
    found: list[Attribute] = []
    for name in names:
        one = look(schema, name, read, detail(missing), spot)
        found.append(replace(one, perhaps=False) if one is not None else Attribute(name, None))
    return found


def not_in_index(names: Sequence[str]) -> Callable[[list[str]], str]:
    """What `frame[names]` says of those that are missing."""

    def said(missing: list[str]) -> str:
        if len(missing) == len(names):
            return f"KeyError: \"None of [Index({missing}, dtype='object')] are in the [columns]\""
        return f'KeyError: "{missing} not in index"'

    return said


def picked(schema: Schema, names: Sequence[str], read: Reading, spot: Spot | None = None) -> Schema:
    """`frame[names]`."""
    attributes: list[Attribute] = []
    looked = look_all(schema, names, read, not_in_index(names), spot)
    for name, one in zip(names, looked):
        several = exact(schema, name)
        attributes += several if len(several) > 1 else [one]
    return Schema(tuple(attributes), behind=schema.behind)


def dropped(schema: Schema, names: Sequence[str], read: Reading, ignore: bool, spot: Spot | None = None) -> Schema:
    """`frame.drop(columns=names)`."""
    if not ignore:
        look_all(schema, names, read, lambda missing: f'KeyError: "{missing} not found in axis"', spot)
    gone = set(names)
    return columns(schema, [one for one in schema if one.name is None or one.name not in gone])


def renamed(schema: Schema, names: dict[str, str | None]) -> Schema:
    """`frame.rename(columns=names)`; a name that is not there does nothing."""
    found = []
    for one in schema:
        if one.name is not None and one.name in names:
            new = names[one.name]
            found.append(replace(one, name=new))
        else:
            found.append(one)
    result = columns(schema, found)
    return opened(result, "a column under a name that is not known") if None in names.values() else result


def reset(schema: Schema, drop: bool) -> Schema:
    """`frame.reset_index()`: the index' levels become columns."""
    if drop:
        return columns(schema, schema.attributes, ())
    if any(one.name is None for one in schema.behind):
        return opened(columns(schema, schema.attributes, ()), "the levels of an index that is not known")
    if schema.behind:
        return columns(schema, [*schema.behind, *schema], ())
    name = "level_0" if exact(schema, "index") else "index"
    lost = not schema.closed or any(one.perhaps for one in exact(schema, "index"))
    result = columns(schema, [Attribute(name, None, perhaps=lost), *schema], ())
    return opened(result, "an index' name") if lost else result


UNKNOWN_INDEX = (Attribute(None, None),)
