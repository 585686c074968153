"""SQL as it is written: its statements, what each reads and writes, and what surely does not parse.

The parser is sqlglot's. It accepts some of what Spark refuses, and does not
know all that Databricks takes; so a statement of a query is broken where it
says so, any other one only by the tokens alone (`flow.sql_tokens`).
Source: Spark 4.0.1's parser and sqlglot 30.30, executed (tests/oracle/test_sql.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mlcheck.flow.sql_commands import is_known_command
from mlcheck.flow.values import Const, Hole, Text, Value
from mlcheck.project.sql_tree import parsed

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

HOLE = "hole__"  # what stands for a part that is not known
# The calls that run a text of SQL.
SQL_SINKS = frozenset({"pyspark.sql.SparkSession.sql", "pyspark.sql.SQLContext.sql", "notebook.sql"})
LONGEST = 100_000  # characters of one text of SQL
TEMPLATE = re.compile(r"\$\{[^}]*\}|\{\{.*?\}\}|\{%.*?%\}|(?<![\w$])\$\w+|\{[\w.\[\]]+\}", re.DOTALL)
_QUERIES = frozenset({"SELECT", "WITH", "INSERT", "DELETE", "UPDATE", "MERGE", "VALUES", "("})


@dataclass(frozen=True, slots=True)
class SqlProblem:
    """What does not parse: the form, in words, and the line of the text (from 1). `near` is the word at fault."""

    kind: str  # syntax, unterminated, schema-properties, several
    near: str
    line: int


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """One statement. Tables are named as written, without quotes; parts that are not known are `HOLE`.

    `kind`: select, insert, create, view, merge, update, delete, drop, truncate, alter, use, other; unknown where
    the parser did not look into it. `mode` says
    what a write does to what is there: append, overwrite, replace (the table anew), exists (only where it is not
    there yet), merge, change, gone; "" where nothing is written.
    """

    kind: str
    line: int
    reads: tuple[str, ...] = ()
    writes: str | None = None
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Sql:
    """A text of SQL. `understood`: every statement of it was parsed; else `statements` are those that were.

    `second` says where a second statement begins: a problem where one alone is allowed.
    """

    statements: tuple[SqlStatement, ...]
    problem: SqlProblem | None
    understood: bool
    holes: bool
    second: SqlProblem | None = None


def sql_text(value: Value) -> str | None:
    """A value as SQL, its holes filled with `HOLE`; None where it is no text."""
    match value:
        case Const(value=str(text)):
            return text
        case Text(parts=parts):
            return "".join(HOLE if isinstance(part, Hole) else part for part in parts)
        case _:
            return None


def filled(text: str) -> str:
    """A text with `HOLE` for the variables that something else fills in."""
    return TEMPLATE.sub(HOLE, text)


def read_sql(text: str, several: bool = False) -> Sql:
    """The statements of a text; `several`: more than one is allowed, as in a `%sql` cell or a file."""
    read = _whole(text)
    if several or read.second is None or read.problem is not None:
        return read
    return replace(read, problem=read.second, understood=False)


@lru_cache(maxsize=2048)
def _whole(text: str) -> Sql:
    whole = filled(text)
    holes = HOLE in whole
    if len(whole) > LONGEST:
        return Sql((), None, False, holes)
    try:
        return _read(whole, holes)
    except RecursionError:
        return Sql((), None, False, holes)


def _read(text: str, holes: bool) -> Sql:
    from mlcheck.flow.sql_tokens import broken_tokens, split, tokens_of

    tokens = tokens_of(text)
    if isinstance(tokens, SqlProblem):
        return Sql((), None if holes else tokens, False, holes)
    pieces = split(tokens)
    if pieces is None:  # a compound statement: BEGIN … END
        return Sql((), None, False, holes)
    problem = next((found for piece in pieces if (found := broken_tokens(piece, holes))), None)
    begins = pieces[1][0] if len(pieces) > 1 and not holes else None
    second = SqlProblem("several", begins.text, begins.line) if begins is not None else None
    statements: list[SqlStatement] = []
    understood = problem is None
    for piece in pieces:
        read = _statement(text, piece)
        if isinstance(read, SqlStatement):
            statements.append(read)
            understood = understood and read.kind != "unknown"
        else:
            understood = False
            problem = problem or (None if holes else read)
    return Sql(tuple(statements), problem, understood, holes, second)


def _statement(text: str, tokens: list[Token]) -> SqlStatement | SqlProblem | None:
    """A statement, or what is broken in it; None where it may be what the parser does not know."""
    from sqlglot.errors import ParseError

    line = tokens[0].line
    # The text is cut, and the tree's own positions are not used: the line is the token's.
    statement = text[tokens[0].start : tokens[-1].end + 1]
    if is_known_command(statement):
        return SqlStatement("other", line)
    try:
        found = parsed(tokens, text)
    except ParseError as error:
        return _problem(error, tokens)
    return _described(found[0], line) if found else None


def _problem(error: Any, tokens: list[Token]) -> SqlProblem | None:
    words = [token.text.upper() for token in tokens]
    if words[0] not in _QUERIES or words[:2] == ["MERGE", "WITH"]:
        return None
    first = error.errors[0] if error.errors else {}
    near, line = str(first.get("highlight") or "end of input"), int(first.get("line") or tokens[0].line)
    if words[-1] in ("WHERE", "HAVING") or ("AS", "FROM") in pairwise(words):
        return None  # Spark takes these words as names there
    return SqlProblem("syntax", near, line)


def _described(tree: exp.Expr, line: int) -> SqlStatement:
    from sqlglot import exp

    match tree:
        case exp.Insert():
            replaces = bool(tree.args.get("overwrite")) or tree.args.get("where") is not None
            return _writing(tree, "insert", line, "overwrite" if replaces else "append")
        case exp.Create(kind=kind):
            name = {"VIEW": "view", "TABLE": "create"}.get(str(kind).upper(), "other")
            mode = "replace" if tree.args.get("replace") else ("exists" if tree.args.get("exists") else "new")
            return _writing(tree, name, line, mode)
        case exp.Merge():
            return _writing(tree, "merge", line, "merge")
        case exp.Update():
            return _writing(tree, "update", line, "change")
        case exp.Delete():
            return _writing(tree, "delete", line, "change")
        case exp.Drop():
            return _writing(tree, "drop", line, "gone")
        case exp.TruncateTable():
            return _writing(tree, "truncate", line, "gone")
        case exp.Alter():
            return _writing(tree, "alter", line, "")
        case exp.Use():
            return SqlStatement("use", line)
        case exp.Query():
            return SqlStatement("select", line, _tables(tree, None))
        case exp.Command():
            return SqlStatement("unknown", line)
        case _:
            return SqlStatement("other", line)


def _writing(tree: exp.Expr, kind: str, line: int, mode: str) -> SqlStatement:
    from sqlglot import exp

    target = tree.this
    if isinstance(target, exp.Schema):
        target = target.this
    if target is None:  # DROP names a list
        target = next(iter(tree.args.get("tables") or tree.expressions), None)
    if not isinstance(target, exp.Table):
        return SqlStatement("other", line, _tables(tree, None))
    return SqlStatement(kind, line, _tables(tree, target), _name(target), mode)


def _tables(tree: exp.Expr, target: exp.Expr | None) -> tuple[str, ...]:
    from sqlglot import exp

    own = {one.alias_or_name.lower() for one in tree.find_all(exp.CTE)}
    names: dict[str, None] = {}
    for table in tree.find_all(exp.Table):
        if table is target or not isinstance(table.this, exp.Identifier):
            continue
        name = _name(table)
        if name.lower() not in own:
            names[name] = None
    return tuple(names)


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)
