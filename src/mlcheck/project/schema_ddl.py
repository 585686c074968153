"""`CREATE TABLE` statements with their columns, in SQL files.

Parsed by sqlglot, which is imported only where a file has such a statement.
What it can't parse is no schema; a statement with holes in its column list is
not one either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlcheck.project.model import Column, TableSchema
from mlcheck.project.place import Place
from mlcheck.project.sql_tree import tokens, trees

if TYPE_CHECKING:
    from sqlglot import exp

_CREATES = re.compile(r"\bcreate\s+(?:or\s+(?:replace|refresh)\s+)?(?:external\s+)?table\b", re.IGNORECASE)
_HOLE = re.compile(r"\$\{[^}\n]*\}|\{\{[^}\n]*\}\}|(?<![\w$])\$\w+")
_LONGEST = 400_000  # characters


def may_create_tables(text: str) -> bool:
    """Whether a SQL text has a `CREATE TABLE`."""
    return len(text) <= _LONGEST and _CREATES.search(text) is not None


def read_ddl(text: str, path: str) -> Iterator[TableSchema]:
    """Every table that a SQL text creates with a list of columns, at its first line."""
    from sqlglot import exp

    filled = _HOLE.sub("hole__", text)
    for statement, line in _statements(filled):
        tree = _parsed(statement)
        if isinstance(tree, exp.Create) and str(tree.args.get("kind")).upper() == "TABLE":
            schema = tree.this
            if isinstance(schema, exp.Schema) and isinstance(schema.this, exp.Table):
                yield from _table(schema, statement, path, line)


def _statements(text: str) -> Iterator[tuple[str, int]]:
    """The statements that create a table, each with the line that it begins on."""
    from sqlglot.errors import TokenError

    try:
        found = tokens(text)
    except (TokenError, RecursionError):
        return
    piece: list[tuple[int, int, int]] = []
    for token in (*found, None):
        if token is not None and token.text != ";":
            piece.append((token.start, token.end, token.line))
        elif piece:
            statement = text[piece[0][0] : piece[-1][1] + 1]
            if _CREATES.match(statement):
                yield statement, piece[0][2]
            piece = []


def _parsed(statement: str) -> exp.Expr | None:
    from sqlglot.errors import ParseError

    try:
        return next(iter(trees(statement)), None)
    except (ParseError, RecursionError):
        return None


def _table(schema: exp.Schema, statement: str, path: str, line: int) -> Iterator[TableSchema]:
    from sqlglot import exp

    columns: list[Column] = []
    key: tuple[str, ...] = ()
    timeseries = None
    for one in schema.expressions:
        if isinstance(one, exp.ColumnDef):
            if one.name == "hole__" or one.args.get("kind") is None:
                return
            columns.append(_column(one, statement, path, line))
            if one.find(exp.PrimaryKeyColumnConstraint):
                key = (*key, one.name)
        for primary in one.find_all(exp.PrimaryKey):
            key = tuple(part.name for part in primary.expressions)
    marked = re.search(r"(\w+)`?\s+timeseries\b", statement, re.IGNORECASE)
    if marked is not None:
        timeseries = marked.group(1)
    if columns:
        name = ".".join(part.name for part in schema.this.parts).replace("hole__.", "")
        place = Place(path, line)
        yield TableSchema(name, tuple(columns), key, None, place, "ddl", True, timeseries)


def _column(column: exp.ColumnDef, statement: str, path: str, line: int) -> Column:
    from sqlglot import exp

    found = re.search(rf"(?<![\w.])`?{re.escape(column.name)}`?\s", statement)
    at = line + (statement.count("\n", 0, found.start()) if found else 0)
    refuses = any(isinstance(one.kind, exp.NotNullColumnConstraint) for one in column.constraints)
    kind = column.args["kind"]
    return Column(column.name, kind.sql("databricks").lower(), False if refuses else None, Place(path, at))
