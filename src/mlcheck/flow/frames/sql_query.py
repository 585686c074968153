"""A query's columns: SELECT, common table expressions, set operations, VALUES; and what Spark would refuse in it.

Source: Spark 4.0.1, executed (tests/oracle/test_sql_frames.py). Databricks' own: QUALIFY, UNION BY NAME
(https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-qry-select).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mlcheck.flow.frames import functions, grain, relations
from mlcheck.flow.frames.expr import Alias, Expr, Opaque, Ref, Star
from mlcheck.flow.frames.resolve import UNRESOLVED, Names, Typed, lookup, resolve
from mlcheck.flow.frames.schema import Attribute, Lost, Schema
from mlcheck.flow.frames.sql_expressions import Reader
from mlcheck.flow.frames.sql_nodes import STAR, name_of
from mlcheck.flow.frames.sql_relations import source, within
from mlcheck.flow.frames.sql_session import Scope, Session, aliased
from mlcheck.flow.frames.types import Struct

if TYPE_CHECKING:
    from sqlglot import exp

NO_STAR = "CANNOT_RESOLVE_STAR_EXPAND"
_SET = {"union": "union", "intersect": "intersect", "except": "except"}


def query(session: Session, tree: exp.Expr | None, scope: Scope) -> Schema:
    """The columns of a query, with what stands before and after it."""
    if tree is None:
        return session.lost("no query")
    scope = with_ctes(session, tree, scope)
    match tree.key:
        case "select":
            return _select(session, tree, scope)
        case "union" | "intersect" | "except":
            return _set(session, tree, scope)
        case "subquery":
            return _sorted(session, query(session, tree.this, scope), tree, scope)
        case "values":
            return aliased(session, values(session, tree, scope), tree.args.get("alias"))
        case "paren":
            return query(session, tree.this, scope)
        case "table":
            from mlcheck.flow.frames.sql_relations import relation

            return relation(session, tree, scope, None)
        case _:
            return session.lost(f"what `{tree.key}` gives", tree)


# --- common table expressions


def with_ctes(session: Session, tree: exp.Expr, scope: Scope) -> Scope:
    """The scope with the common table expressions of a query; each sees those before it."""
    with_ = tree.args.get("with_")
    if with_ is None:
        return scope
    ctes = dict(scope.ctes)
    for one in with_.expressions:
        alias = one.args.get("alias")
        name = name_of(alias.this).lower() if alias is not None and alias.this is not None else ""
        inner = Scope(dict(ctes), scope.outer)
        if with_.args.get("recursive"):
            inner.ctes[name] = _anchor(session, one, inner)  # type: ignore[index]
        ctes[name] = aliased(session, query(session, one.this, inner), alias)
    return Scope(ctes, scope.outer)


def _anchor(session: Session, cte: exp.Expr, scope: Scope) -> Schema:
    """The columns of a recursive expression: of the part that does not name it; types may widen."""
    body = cte.this
    if body.key != "union":
        return query(session, body, scope)
    quiet = replace(session, reading=replace(session.reading, problems=[], found={}, open={}))
    found = aliased(quiet, query(quiet, body.this, scope), cte.args.get("alias"))
    return Schema(tuple(replace(one, type=None, nullable=None) for one in found), found.lost)


# --- set operations and rows


def _set(session: Session, tree: exp.Expr, scope: Scope) -> Schema:
    left, right = query(session, tree.this, scope), query(session, tree.expression, scope)
    if tree.args.get("by_name"):
        made = relations.united_by_name(left.alone(), right.alone(), True, session.reading)
    else:
        made = relations.united(left.alone(), right.alone(), session.reading)
    return _sorted(session, made, tree, scope)


def _sorted(session: Session, schema: Schema, tree: exp.Expr, scope: Scope) -> Schema:
    """ORDER BY after a set operation, or a query in parentheses."""
    order = tree.args.get("order")
    if order is not None:
        names = Names(schema, session.reading, hidden=schema.below, outer=scope.outer)
        _look_up(session.reader(scope, names), names, order.expressions)
    return schema


def values(session: Session, tree: exp.Expr, scope: Scope) -> Schema:
    """`VALUES (1, 'a'), (2, 'b')`: columns `col1`, `col2`, of the rows' widest types."""
    names = Names(Schema(), session.reading, outer=scope.outer)
    reader = session.reader(scope, names)
    rows: list[list[Typed]] = []
    for row in tree.expressions:
        cells = row.expressions if row.key == "tuple" else [row]
        read = [reader.read(one) for one in cells]
        if any(isinstance(one, Opaque) and "only a run fills in" in one.why for one in read):
            return session.lost("rows that only a run fills in", tree)
        rows.append([resolve(one, names) for one in read])
    if not rows or len({len(row) for row in rows}) != 1:
        return session.lost("rows of different lengths", tree)
    made = []
    for index, column in enumerate(zip(*rows, strict=True)):
        kinds = {one.type for one in column}
        operands = [functions.Operand(one.type, one.nullable) for one in column]
        kind = kinds.pop() if len(kinds) == 1 else functions.result("coalesce", operands).type
        told = {one.nullable for one in column}
        nullable = True if True in told else (None if None in told else False)
        made.append(Attribute(f"col{index + 1}", kind, nullable, made=session.spot(tree)))
    return Schema(tuple(made))


# --- SELECT


def _select(session: Session, tree: exp.Expr, scope: Scope) -> Schema:
    schema = source(session, tree, scope)
    windows = {name_of(one.this).lower(): one for one in tree.args.get("windows") or ()}
    plain = session.names(schema, scope)
    if tree.args.get("where") is not None:
        condition = session.reader(scope, plain, windows).read(tree.args["where"].this)
        relations.looked_up(condition, plain, "filter")
        schema = replace(schema, rows=grain.filtered(schema, condition, session.reading))
    names = Names(schema, session.reading, lateral={}, outer=scope.outer)
    reader = session.reader(scope, names, windows)
    listed: list[Expr] = []
    attributes, lost = _outputs(session, tree.expressions, reader, names, listed)
    if tree.args.get("kind") is not None or tree.args.get("operation_modifiers"):
        lost = lost or Lost("a selection of another form", session.spot(tree))
    distinct = tree.args.get("distinct") is not None  # hides what is below it
    made = Schema(attributes, lost, below=None if distinct else schema)
    groups = _groups(session, tree, reader, names)
    chosen = _conditions(session, tree, scope, made, names, windows)
    rows = grain.queried(schema, listed, attributes, groups, chosen, session.reading)
    made = replace(made, rows=rows)
    return replace(made, rows=grain.distinct(made, None, session.reading)) if distinct else made


def _outputs(
    session: Session, nodes: Sequence[exp.Expr], reader: Reader, names: Names, listed: list[Expr]
) -> tuple[tuple[Attribute, ...], Lost | None]:
    """The columns of the list after SELECT: an alias is seen by those that follow it. `listed` gets what is read."""
    made: list[Attribute] = []
    lost: Lost | None = None
    for node in nodes:
        expr = reader.read(node)
        listed.append(expr)
        if isinstance(expr, Star):
            starred, open_ = expanded(session, expr, names)
            made += starred
            lost = lost or open_
            continue
        if is_open(expr):
            lost = lost or Lost("columns that only a run fills in", session.spot(node))
            if not isinstance(expr, Alias):
                resolve(expr, names)
                continue
        new = [_placed(session, one, node) for one in relations.output(expr, names)]
        if not isinstance(expr, Alias) and names.lateral and _reads_alias(expr, names):
            new = [replace(one, name=None) for one in new]  # Spark makes a name of its own
        made += new
        if isinstance(expr, Alias) and expr.name is not None and names.lateral is not None and len(new) == 1:
            names.lateral[expr.name.lower()] = Typed(new[0].type, new[0].nullable, new[0].sources)
    return tuple(made), lost


def _reads_alias(expr: Expr, names: Names) -> bool:
    """Whether an expression reads an alias that stands before it in the list."""
    refs = [one for one in within(expr) if isinstance(one, Ref)]
    return any(one.parts[0].lower() in (names.lateral or {}) and not names.schema.called(one.parts[0]) for one in refs)


def is_open(expr: Expr) -> bool:
    """Whether an entry of a list may stand for any number of columns."""
    if isinstance(expr, Alias):
        return expr.name is None
    return isinstance(expr, Opaque) and (expr.why == STAR or "only a run fills in" in expr.why)


def _placed(session: Session, attribute: Attribute, node: exp.Expr) -> Attribute:
    """A column that is made here, with its own place."""
    if attribute.made is not session.reading.spot:
        return attribute
    return replace(attribute, made=session.spot(node))


def expanded(session: Session, star: Star, names: Names) -> tuple[list[Attribute], Lost | None]:
    """The columns that a star stands for: a table's, or a struct's fields."""
    schema = names.schema
    for name in star.except_:
        if schema.closed and not schema.called(name):
            session.reading.problem(UNRESOLVED, name, schema, star.spot)
    found, lost = relations.expanded(star, schema)
    if not star.qualifier or found:
        return found, lost
    of, rest = lookup(schema, star.qualifier)
    if len(of) == 1 and not rest and not star.except_ and isinstance(of[0].type, Struct) and not of[0].type.open:
        spot = session.reading.spot
        return [Attribute(name, kind, None, (), of[0].sources, spot) for name, kind in of[0].type.fields], None
    around = names.outer
    if not of and schema.closed and around is None:
        session.reading.problem(NO_STAR, ".".join(star.qualifier), schema, star.spot)
    return [], schema.lost or lost or Lost(f"what `{'.'.join(star.qualifier)}.*` stands for", star.spot)


def _groups(session: Session, tree: exp.Expr, reader: Reader, names: Names) -> list[Expr] | None:
    """GROUP BY sees the columns, then the aliases of the list; None where there is none."""
    group = tree.args.get("group")
    if group is None:
        return None
    nodes = list(group.expressions)
    for key in ("rollup", "cube", "grouping_sets"):
        given = group.args.get(key)
        nodes += given if isinstance(given, list) else []
    _look_up(reader, names, _flat(nodes))
    plain = len(nodes) == len(group.expressions) and not group.args.get("all")
    return [reader.read(one) for one in group.expressions] if plain else [Star()]


def _flat(nodes: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The expressions of groups, taken out of ROLLUP, CUBE and GROUPING SETS."""
    found: list[exp.Expr] = []
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if node.key in ("rollup", "cube", "groupingsets", "tuple"):
            waiting += reversed(node.expressions)
        else:
            found.append(node)
    return found


def _look_up(reader: Reader, names: Names, nodes: Sequence[exp.Expr]) -> None:
    """Look up expressions of GROUP BY and ORDER BY; numbers are places in the list."""
    for node in nodes:
        inner = node.this if node.key in ("ordered", "paren") else node
        if inner is None or inner.key in ("literal", "star") or _is_all(inner):
            continue
        resolve(reader.read(inner), names)


def _is_all(node: exp.Expr) -> bool:
    return node.key in ("column", "var") and node.name.upper() == "ALL"


def _conditions(
    session: Session, tree: exp.Expr, scope: Scope, made: Schema, names: Names, windows: dict[str, exp.Expr]
) -> Expr | None:
    """HAVING, QUALIFY, ORDER BY and their kin see what is selected, then the columns below. Gives QUALIFY's."""
    qualify: Expr | None = None
    after = Names(made, session.reading, hidden=made.below, outer=scope.outer)
    reader = session.reader(scope, after, windows)
    for key in ("having", "qualify"):
        clause = tree.args.get(key)
        if clause is not None:
            condition = reader.read(clause.this)
            relations.looked_up(condition, replace(after, hidden=names.schema), "filter")
            qualify = condition if key == "qualify" else None
    for key in ("order", "sort", "distribute", "cluster"):
        clause = tree.args.get(key)
        if clause is not None:
            _look_up(reader, after, clause.expressions)
    return qualify
