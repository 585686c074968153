"""Declared schemas by table, as the checks on schemas compare them."""

from __future__ import annotations

from collections.abc import Sequence

from mlcheck.flow.altered import altered_tables
from mlcheck.flow.dotted_names import UNKNOWN, levels, sameness
from mlcheck.flow.facts import Facts
from mlcheck.flow.frames.types import parse_type
from mlcheck.project.model import TableSchema

HOLE = "hole__"  # what a parameter of a SQL file is in a name
_KINDS = {
    **dict.fromkeys(["tinyint", "smallint", "int", "bigint", "float", "double", "decimal"], "number"),
    **dict.fromkeys(["string", "varchar", "char"], "text"),
    **dict.fromkeys(["timestamp", "timestamp_ntz"], "timestamp"),
}


def kind_of(written: str) -> str | None:
    """Numbers, texts, dates …: what is converted into each other is of one kind; None where it is not known."""
    kind = parse_type(written.lower())
    if kind is None:
        return None
    name = str(kind).partition("(")[0].partition("<")[0]
    return _KINDS.get(name, name)


def root_of(facts: Facts, path: str) -> str:
    """The folder of the bundle that a file is in."""
    roots = sorted((one.root for one in facts.bundles if one.root), key=len, reverse=True)
    return next((root for root in roots if path.startswith(f"{root}/")), "")


def groups(facts: Facts) -> list[list[TableSchema]]:
    """The declarations of each table: snapshots of the catalog first, those of some columns last.

    What SQL alters is left out.
    """
    altered = altered_tables(facts.project) if facts.schemas else ()
    found: dict[tuple[str, str], list[TableSchema]] = {}
    for one in facts.schemas:
        changed = one.source == "ddl" and any(sameness(name, one.name) != "different" for name in altered)
        if changed or HOLE in one.name:
            continue
        found.setdefault((root_of(facts, one.place.path), one.name.casefold()), []).append(one)
    return [sorted(group, key=lambda one: (not one.complete, one.source != "snapshot")) for group in found.values()]


def meant(facts: Facts, declared: Sequence[Sequence[TableSchema]], name: str, root: str) -> TableSchema | None:
    """The one declaration, of those in groups, that a written name surely means."""
    same = [group[0] for group in declared if _surely(group[0].name, name) and group[0].complete]
    near = [one for one in same if root_of(facts, one.place.path) in ("", root)]
    return near[0] if len(near) == 1 else None


def _surely(declared: str, name: str) -> bool:
    """Whether two names have two levels in common; a name alone means another table in another schema."""
    if sameness(declared, name) == "different":
        return False
    both = list(zip(reversed(levels(declared)), reversed(levels(name))))
    known = [mine for mine, other in both if UNKNOWN not in mine + other]
    return len(known) == len(both) >= 2
