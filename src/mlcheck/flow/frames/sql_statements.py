"""A statement of SQL: the columns of its result, the tables and views that it makes, and what Spark would refuse.

Source: Spark 4.0.1 and Delta Lake's grammar of MERGE, read; queries are executed (tests/oracle/test_sql_frames.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.resolve import UNRESOLVED, Names, resolve
from mlcheck.flow.frames.schema import Attribute, Schema, unknown
from mlcheck.flow.frames.sql_literals import data_type
from mlcheck.flow.frames.sql_nodes import has_hole, name_of
from mlcheck.flow.frames.sql_query import query, with_ctes
from mlcheck.flow.frames.sql_relations import relation
from mlcheck.flow.frames.sql_session import Lookup, Scope, Session
from mlcheck.flow.frames.sql_spots import Origin
from mlcheck.flow.frames.sql_trees import fill, statements

if TYPE_CHECKING:
    from sqlglot import exp

ARITY = "INSERT_COLUMN_ARITY_MISMATCH"


@dataclass(frozen=True, slots=True, eq=False)
class SqlWrite:
    """A table that a statement changes, by its name as written (`HOLE` for what is not known).

    `mode`: append, overwrite (all rows), part (some of them), new, exists (only where it is not there), replace,
    merge, change, altered, gone. `view`: it is a view of the catalog.
    """

    name: str
    schema: Schema
    mode: str
    view: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SqlResult:
    """What a text of SQL does. `schema`: the columns of its only, or last, statement.

    `views` are the session's: each with its columns, None where it is dropped.
    `understood`: every statement of it was read.
    """

    schema: Schema
    writes: tuple[SqlWrite, ...] = ()
    views: tuple[tuple[str, Schema | None], ...] = ()
    understood: bool = True


def run_sql(text: str, origin: Origin, table: Lookup, reading: Reading) -> SqlResult:
    """What a text of SQL does, statement by statement. What is not understood is unknown; never raises on any text."""
    filled = fill(text)
    trees = statements(filled.text)
    if trees is None:
        return SqlResult(unknown("a statement that is not known", reading.spot), understood=False)
    views: dict[str, Schema | None] = {}
    writes: list[SqlWrite] = []
    schema = unknown("no statement", reading.spot)
    understood = True

    def find(name: str, spot: object) -> Schema:
        made = views.get(name.lower())
        return made.alone().aliased(name) if made is not None else table(name, spot)  # type: ignore[arg-type]

    for tree in trees:
        session = Session(origin, filled, find, reading)
        result = _run(session, tree)
        schema, understood = result.schema, understood and result.understood
        views.update(result.views)
        writes += result.writes
    return SqlResult(schema, tuple(writes), tuple(views.items()), understood)


def _run(session: Session, tree: exp.Expr | None) -> SqlResult:
    if tree is None:
        return SqlResult(session.lost("a statement that is not known"), understood=False)
    handler = _STATEMENTS.get(tree.key)
    try:
        return handler(session, tree) if handler is not None else _other(session, tree)
    except RecursionError:
        return SqlResult(session.lost("a statement that is nested too deeply"), understood=False)


def _other(session: Session, tree: exp.Expr) -> SqlResult:
    return SqlResult(session.lost("what a command shows", tree), understood=tree.key not in ("command", "alias"))


def _query(session: Session, tree: exp.Expr) -> SqlResult:
    return SqlResult(query(session, tree, Scope()))


# --- what makes tables and views


def _create(session: Session, tree: exp.Expr) -> SqlResult:
    kind = str(tree.args.get("kind") or "").upper()
    if kind not in ("TABLE", "VIEW"):
        return _other(session, tree)
    target = tree.this
    declared = list(target.expressions) if target.key == "schema" else []
    name = table_name(target)
    if name is None:
        return _other(session, tree)
    schema = _created(session, tree, declared)
    if kind == "VIEW" and _is_temporary(tree):
        return SqlResult(Schema(), views=((name, schema),))
    mode = "replace" if tree.args.get("replace") else ("exists" if tree.args.get("exists") else "new")
    return SqlResult(Schema(), (SqlWrite(name, schema, mode, kind == "VIEW"),))


def _created(session: Session, tree: exp.Expr, declared: Sequence[exp.Expr]) -> Schema:
    """The columns of what is created: of its query, its declaration, or another table."""
    if tree.expression is not None:
        scope = with_ctes(session, tree, Scope())
        made = query(session, tree.expression, scope).alone()
        names = [name_of(one) for one in declared if one.key in ("columndef", "identifier")]
        if not names:
            return made
        if made.lost is None and len(made.attributes) != len(names):
            return session.lost("columns that are given another number of names", tree)
        kinds = [one.type for one in made] if made.lost is None else [None] * len(names)
        return _holes_lost(session, names, tree) or Schema(tuple(map(Attribute, names, kinds)))
    for key in ("clone",):
        if tree.args.get(key) is not None:
            name = table_name(tree.args[key].this)
            return session.table(name, session.spot(tree)).alone() if name else session.lost("a clone", tree)
    like = next((one for one in _properties(tree) if one.key == "likeproperty"), None)
    if like is not None:
        name = table_name(like.this)
        return session.table(name, session.spot(tree)).alone() if name else session.lost("a table like another", tree)
    columns = [one for one in declared if one.key == "columndef"]
    if not columns:
        return session.lost("a table that is created without its columns", tree)
    lost = _holes_lost(session, [name_of(one) for one in columns], tree)
    return lost or Schema(tuple(_declared(session, one) for one in columns))


def _holes_lost(session: Session, names: Sequence[str], tree: exp.Expr) -> Schema | None:
    if any(has_hole(one) for one in names):
        return session.lost("columns whose names only a run fills in", tree)
    return None


def _declared(session: Session, node: exp.Expr) -> Attribute:
    kind = node.args.get("kind")
    return Attribute(name_of(node), data_type(kind), None, made=session.spot(node.this))


def _is_temporary(tree: exp.Expr) -> bool:
    return any(one.key in ("temporaryproperty", "globalproperty") for one in _properties(tree))


def _properties(tree: exp.Expr) -> list[exp.Expr]:
    properties = tree.args.get("properties")
    return list(properties.expressions) if properties is not None else []


def table_name(node: exp.Expr | None) -> str | None:
    """A table's name as written; None where it is not one."""
    if node is not None and node.key == "schema":
        node = node.this
    if node is None or node.key != "table" or node.this is None or node.this.key != "identifier":
        return None
    levels = [node.args.get(key) for key in ("catalog", "db", "this")]
    return ".".join(name_of(one) for one in levels if one is not None)


def _cache(session: Session, tree: exp.Expr) -> SqlResult:
    name = table_name(tree.this)
    if name is None or tree.expression is None:
        return _other(session, tree)
    return SqlResult(Schema(), views=((name, query(session, tree.expression, Scope()).alone()),))


def _drop(session: Session, tree: exp.Expr) -> SqlResult:
    names = [name for one in tree.args.get("tables") or [tree.this] if (name := table_name(one)) is not None]
    if str(tree.args.get("kind")).upper() not in ("TABLE", "VIEW"):
        return _other(session, tree)
    nothing = unknown("a table that is dropped", session.spot(tree))
    writes = tuple(SqlWrite(name, nothing, "gone") for name in names)
    return SqlResult(Schema(), writes, tuple((name, None) for name in names))


def _alter(session: Session, tree: exp.Expr) -> SqlResult:
    name = table_name(tree.this)
    if name is None:
        return _other(session, tree)
    if not any(_changes_columns(one) for one in tree.args.get("actions") or []):
        return SqlResult(Schema())
    lost = unknown("a table that is altered", session.spot(tree))
    return SqlResult(Schema(), (SqlWrite(name, lost, "altered"),))


def _changes_columns(action: exp.Expr) -> bool:
    """Whether what ALTER does to a table may change the names or types of its columns."""
    match action.key:
        case "drop":
            return str(action.args.get("kind")).upper().startswith("COLUMN")
        case "altercolumn":
            return action.args.get("dtype") is not None or action.args.get("rename_to") is not None
        case "command":
            return str(action.args.get("expression")).strip().lower().startswith("column")
        case _:
            return action.key in ("columndef", "schema", "renamecolumn", "alterrename", "replacecolumns", "select")


# --- what changes rows


def _insert(session: Session, tree: exp.Expr) -> SqlResult:
    scope = with_ctes(session, tree, Scope())
    made = query(session, tree.expression, scope) if tree.expression is not None else session.lost("rows", tree)
    name = table_name(tree.this)
    if name is None:
        return SqlResult(Schema())
    target = session.table(name, session.spot(tree.this))
    if tree.args.get("where") is not None:
        names = Names(target, session.reading)
        resolve(session.reader(Scope(), names).read(tree.args["where"]), names)
    columns = [name_of(one) for one in tree.this.expressions] if tree.this.key == "schema" else []
    table = tree.this.this if tree.this.key == "schema" else tree.this
    if not any(has_hole(one) for one in columns):
        _fits(session, tree, target, columns, made, table.args.get("partition") is not None)
    overwrite = bool(tree.args.get("overwrite"))
    mode = "part" if tree.args.get("where") is not None or table.args.get("partition") is not None else "append"
    return SqlResult(Schema(), (SqlWrite(name, made.alone(), "overwrite" if overwrite and mode != "part" else mode),))


def _fits(
    session: Session, tree: exp.Expr, target: Schema, columns: Sequence[str], made: Schema, partitioned: bool
) -> None:
    """Whether the columns that are named are the table's, and as many as the rows have."""
    for name, node in zip(columns, tree.this.expressions):
        if target.closed and not target.called(name):
            session.reading.problem(UNRESOLVED, name, target, session.spot(node))
        elif target.closed or target.called(name):
            session.reading.saw(name, target)
        else:
            session.reading.lost(name, target)
    if made.lost is None and columns and not partitioned and len(columns) != len(made.attributes):
        detail = f"{len(columns)} columns are named, and the rows have {len(made.attributes)}"
        condition = f"{ARITY}.{'NOT_ENOUGH' if len(made.attributes) < len(columns) else 'TOO_MANY'}_DATA_COLUMNS"
        session.reading.problem(condition, "", made, session.spot(tree.this), detail)


def _update(session: Session, tree: exp.Expr) -> SqlResult:
    target, names = _target(session, tree.this)
    for one in tree.expressions:
        if one.key == "eq":
            resolve(session.reader(Scope(), names).read(one.this), names)
            if one.expression.key != "column" or one.expression.name.upper() != "DEFAULT":
                resolve(session.reader(Scope(), names).read(one.expression), names)
    _where(session, tree, names)
    return _changed(tree, target, "change")


def _delete(session: Session, tree: exp.Expr) -> SqlResult:
    target, names = _target(session, tree.this)
    _where(session, tree, names)
    return _changed(tree, target, "change")


def _target(session: Session, node: exp.Expr) -> tuple[Schema, Names]:
    target = relation(session, node, Scope(), None)
    return target, Names(target, session.reading)


def _where(session: Session, tree: exp.Expr, names: Names) -> None:
    if tree.args.get("where") is not None:
        resolve(session.reader(Scope(), names).read(tree.args["where"].this), names)


def _changed(tree: exp.Expr, target: Schema, mode: str) -> SqlResult:
    name = table_name(tree.this)
    return SqlResult(Schema(), (SqlWrite(name, target.alone(), mode),) if name is not None else ())


def _merge(session: Session, tree: exp.Expr) -> SqlResult:
    """MERGE: a row that is matched sees both sides, one that is not its own alone."""
    scope = with_ctes(session, tree, Scope())
    target = relation(session, tree.this, scope, None)
    using = relation(session, tree.args["using"], scope, None)
    lost, whole = target.lost or using.lost, target.whole | using.whole
    both = Schema((*target.attributes, *using.attributes), lost, whole=whole)
    names = Names(both, session.reading)
    if tree.args.get("on") is not None:
        resolve(session.reader(scope, names).read(tree.args["on"]), names)
    whens = tree.args.get("whens")
    for when in whens.expressions if whens is not None else ():
        seen = both if when.args.get("matched") else (target if when.args.get("source") else using)
        _when(session, when, scope, Names(seen, session.reading))
    return _changed(tree, target, "merge")


def _when(session: Session, when: exp.Expr, scope: Scope, names: Names) -> None:
    reader = session.reader(scope, names)
    if when.args.get("condition") is not None:
        resolve(reader.read(when.args["condition"]), names)
    then = when.args.get("then")
    if then is None or then.key == "var":
        return
    if then.key == "update":
        given = [one.expression for one in then.expressions if one.key == "eq"]
    else:
        rows = then.expression
        given = list(rows.expressions) if rows is not None and rows.key == "tuple" else ([rows] if rows else [])
    for one in given:
        if one.key == "column" and one.name.upper() == "DEFAULT":
            continue
        resolve(reader.read(one), names)


_STATEMENTS: dict[str, Callable[[Session, exp.Expr], SqlResult]] = {
    "select": _query,
    "union": _query,
    "intersect": _query,
    "except": _query,
    "subquery": _query,
    "values": _query,
    "create": _create,
    "cache": _cache,
    "drop": _drop,
    "alter": _alter,
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "merge": _merge,
}
