"""SQL in calls of Spark and in cells: statements, and conditions and expressions as text.

What a statement writes is what is read afterwards; the session's views are those of its frames.
Source: pyspark 4.0.1, `SparkSession.sql`, `functions.expr`, `DataFrame.selectExpr` and `filter`, read.
"""

from __future__ import annotations

from mlcheck.flow import catalog
from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.dotted_names import UNKNOWN
from mlcheck.flow.frames.expr import Expr
from mlcheck.flow.frames.problems import TableWritten
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.schema import Schema, Spot, met, unknown
from mlcheck.flow.frames.sql_expressions import Reader
from mlcheck.flow.frames.sql_spots import Origin, SqlSpot, StringOrigin, TextOrigin
from mlcheck.flow.frames.sql_statements import SqlResult, SqlWrite, run_sql
from mlcheck.flow.frames.sql_trees import EXPRESSION_SHIFT, expression, fill
from mlcheck.flow.frames.values import ColumnValue
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.spark_columns import argument_spot, given_spot
from mlcheck.flow.spark_frames import frame, reading
from mlcheck.flow.sql import HOLE, read_sql, sql_text
from mlcheck.flow.values import Const, Hole, Obj, Text, Value, constant_text, options_of, text_of
from mlcheck.project.model import Magic

_MAKES = frozenset(["new", "exists", "replace"])  # ways to write that say what the table's columns are


# --- statements


def sql(call: Call, sqlQuery: Value | None) -> Value:
    """A statement; one that asks for the current user gives that user's name."""
    text = constant_text(sqlQuery) if sqlQuery is not None else None
    if text is not None and "current_user()" in text.lower().replace(" ", "") and "from" not in text.lower():
        return Obj("current_user")
    schemas = [_ran(call, option) for option in options_of(sqlQuery)] if sqlQuery is not None else []
    if not schemas:
        return frame(call, unknown("a statement that is not known", given_spot(call)))
    result = schemas[0]
    for other in schemas[1:]:
        result = met(result, other)
    return frame(call, result)


def _ran(call: Call, value: Value) -> Schema:
    text = sql_text(value)
    if text is None:
        return unknown("a statement that is put together when it runs", given_spot(call))
    spot = argument_spot(call, 0, "sqlQuery")
    read = reading(call, "SQL")
    origin = _origin(call, value, text, spot)
    result = run_sql(text, origin, lambda name, at: _table(call.it, value, name, at or spot), read)
    read_sql(text, several=True)  # checks ask for it: read here, while the tokens are at hand
    _tell(call.it, read)
    _done(call.it, value, result, spot)
    return result.schema


def cell(it: Interpreter, magic: Magic) -> None:
    """A `%sql` cell: its statements run where it stands."""
    if it.code is None:
        return
    lines = it.code.lines
    first = magic.argument.split("\n", 1)[0]
    above = lines.text_lines[magic.line - 1] if 0 < magic.line <= len(lines.text_lines) else ""
    origin = TextOrigin(lines, magic.argument, magic.line, max(above.find(first), 0) + 1)
    spot = SqlSpot(origin, 0, len(first))
    read = Reading(spot, "SQL", it.state.protected > 0, not it.state.branch)
    value = Const(magic.argument)
    result = run_sql(magic.argument, origin, lambda name, at: _table(it, value, name, at or spot), read)
    read_sql(magic.argument, several=True)
    _tell(it, read)
    _done(it, value, result, spot)


def _table(it: Interpreter, value: Value, name: str, spot: Spot) -> Schema:
    """The columns of a table or a view that a statement names."""
    return catalog.table(it, _name(value, name, spot), spot)


def _name(value: Value, name: str, spot: Spot) -> Value:
    """A name in a statement as a value: its parts that are not known are the statement's own."""
    if HOLE not in name:
        return Const(name)
    holes = [part for part in value.parts if isinstance(part, Hole)] if isinstance(value, Text) else []
    whole = sql_text(value) or ""
    at = whole[: spot.start].count(HOLE) if isinstance(spot, SqlSpot) else len(holes)
    pieces = name.split(HOLE)
    parts: list[str | Hole] = [pieces[0]]
    for index, piece in enumerate(pieces[1:]):
        known = holes[at + index] if at + index < len(holes) else Hole("unknown", "a part that only a run fills in")
        parts += [known, piece]
    return text_of(parts)


def _done(it: Interpreter, value: Value, result: SqlResult, spot: Spot) -> None:
    """Note the views and tables that a statement makes, changes and drops."""
    for name, schema in result.views:
        if schema is not None:
            catalog.make_view(it, _name(value, name, spot), schema)
        elif HOLE not in name:
            catalog.drop_view(it, name)
    for write in result.writes:
        _written(it, value, write, spot)


def _written(it: Interpreter, value: Value, write: SqlWrite, spot: Spot) -> None:
    name = write.name.replace(HOLE, UNKNOWN)
    if UNKNOWN in name.rpartition(".")[2]:
        return
    if write.mode in _MAKES:
        make = catalog.make_if_missing if write.mode == "exists" else catalog.make_view
        make(it, _name(value, write.name, spot), write.schema)
        it.found(TableWritten(spot, name, write.schema, True))
    elif write.mode == "altered":
        lost = unknown(f"`{name}` is altered", spot)
        catalog.make_view(it, _name(value, write.name, spot), lost)
        it.found(TableWritten(spot, name, lost, False))


def _tell(it: Interpreter, read: Reading) -> None:
    for problem in read.problems:
        it.found(problem)
    for one in read.reads():
        it.found(one)


# --- where a text stands


def _origin(call: Call, value: Value, text: str, spot: Spot) -> Origin:
    assert call.it.code is not None
    parts: list[tuple[int, str]] = []
    offset = 0
    for part in value.parts if isinstance(value, Text) else (text,):
        if isinstance(part, str):
            parts.append((offset, part))
            offset += len(part)
        else:
            offset += len(HOLE)
    return StringOrigin(call.it.code.lines, text, spot, tuple(parts))


# --- expressions


def expressions(call: Call, value: Value | None, position: int, keyword: str = "") -> Expr | None:
    """The expression that a string argument is, by its position; None where it was not read."""
    text = sql_text(value) if value is not None else None
    if value is None or text is None:
        return None
    filled = fill(text)
    tree = expression(filled.text)
    if tree is None:
        return None
    origin = _origin(call, value, text, argument_spot(call, position, keyword))
    try:
        return Reader(origin, filled, shift=EXPRESSION_SHIFT).read(tree)
    except RecursionError:
        return None


def expr(call: Call, str: Value | None) -> Value:
    """`F.expr("a + 1")`."""
    read = expressions(call, str, 0, "str")
    if read is None:
        return call.top("an expression that was not read")
    return ColumnValue("a column", (), read)


TRANSFERS: Transfers = {
    "pyspark.sql.SparkSession.sql": sql,
    "pyspark.sql.SQLContext.sql": sql,
    "notebook.sql": sql,
    "pyspark.sql.functions.expr": expr,
}
