"""Primary keys that SQL declares: of `CREATE TABLE` and `ALTER TABLE … ADD CONSTRAINT`, with TIMESERIES."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mlcheck.flow.sql import LONGEST, filled
from mlcheck.project.sql_tree import trees

if TYPE_CHECKING:
    from sqlglot import exp

_DECLARES = re.compile(r"primary\s+key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeclaredKey:
    """A table's primary key in order, the time-series column among them, or None where none is declared."""

    table: str
    columns: tuple[str, ...]
    time: str | None


@lru_cache(maxsize=512)
def declared_keys(text: str) -> tuple[DeclaredKey, ...]:
    """The keys that a text of SQL declares; none of a statement that the parser does not know."""
    if len(text) > LONGEST or not _DECLARES.search(text):
        return ()
    from sqlglot.errors import SqlglotError

    try:
        return tuple(key for tree in trees(filled(text)) if (key := _of(tree)) is not None)
    except (SqlglotError, RecursionError):
        return ()


def _of(tree: exp.Expr) -> DeclaredKey | None:
    from sqlglot import exp

    target = tree.this.this if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema) else tree.this
    if not isinstance(tree, (exp.Create, exp.Alter)) or not isinstance(target, exp.Table):
        return None
    columns, time = _key(tree)
    return DeclaredKey(".".join(part.name for part in target.parts), columns, time) if columns else None


def _key(tree: exp.Expr) -> tuple[tuple[str, ...], str | None]:
    from sqlglot import exp

    primary = tree.find(exp.PrimaryKey)
    if primary is not None:
        times = [part.name for part in primary.expressions if isinstance(part, exp.TimeseriesKey)]
        return tuple(part.name for part in primary.expressions), times[0] if times else None
    own = [one.name for one in tree.find_all(exp.ColumnDef) if one.find(exp.PrimaryKeyColumnConstraint)]
    return tuple(own), None
