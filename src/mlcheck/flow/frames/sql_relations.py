"""What stands in FROM: tables, joins, LATERAL VIEW, table-valued functions, PIVOT and UNPIVOT.

Source: Spark 4.0.1, executed (tests/oracle/test_sql_frames.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlcheck.flow.frames import functions, relations
from mlcheck.flow.frames.expr import Alias, Call, Expr, Literal, Opaque, Ref
from mlcheck.flow.frames.naming import automatic_name
from mlcheck.flow.frames.resolve import Names, lookup, resolve
from mlcheck.flow.frames.schema import Attribute, Lost, Schema
from mlcheck.flow.frames.sql_nodes import has_hole, name_of
from mlcheck.flow.frames.sql_session import Scope, Session, aliased, fresh
from mlcheck.flow.frames.sql_trees import MARK
from mlcheck.flow.frames.types import BIGINT, STRING, DataType

if TYPE_CHECKING:
    from sqlglot import exp

# Functions that give rows, whose columns are known by what they are given.
GENERATORS = frozenset(
    ["explode", "explode_outer", "posexplode", "posexplode_outer", "inline", "inline_outer", "stack", "json_tuple"]
)


def source(session: Session, tree: exp.Expr, scope: Scope) -> Schema:
    """The columns that the FROM clause of a query gives; none where it has none."""
    from_ = tree.args.get("from_")
    schema = Schema()
    if from_ is not None:
        schema = relation(session, from_.this, scope, None)
    schema = joins(session, schema, tree, scope)
    for lateral in tree.args.get("laterals") or ():
        schema = _view(session, schema, lateral, scope)
    return schema


def joins(session: Session, schema: Schema, tree: exp.Expr, scope: Scope) -> Schema:
    """A relation with what is joined to it."""
    for join in tree.args.get("joins") or ():
        schema = _joined(session, schema, join, scope)
    return schema


def relation(session: Session, node: exp.Expr, scope: Scope, left: Schema | None) -> Schema:
    """One relation; `left` is what stands before it, for LATERAL."""
    from mlcheck.flow.frames.sql_query import query, values

    match node.key:
        case "table":
            schema = _table(session, node, scope, left)
        case "subquery":
            inner = node.this
            if inner is not None and inner.key == "table":
                schema = relation(session, inner, scope, left)
            else:
                schema = query(session, node, scope)
            if node.args.get("alias") is not None:
                schema = aliased(session, schema, node.args.get("alias"))
            elif inner is not None and inner.key != "table":
                schema = schema.alone().aliased()
        case "values":
            schema = aliased(session, values(session, node, scope), node.args.get("alias"))
        case "lateral":
            schema = _lateral(session, node, scope, left)
        case _:
            schema = session.lost(f"what `{node.key}` reads", node)
            schema = aliased(session, schema, node.args.get("alias"))
    for pivot in node.args.get("pivots") or ():
        schema = _pivoted(session, schema, pivot, scope)
    if node.key == "subquery" and node.this is not None and node.this.key != "table":
        return joins(session, schema, node, scope) if node.args.get("joins") else schema
    return joins(session, schema, node, scope) if node.key == "table" else schema


def _table(session: Session, node: exp.Expr, scope: Scope, left: Schema | None) -> Schema:
    alias = node.args.get("alias")
    if node.this is None or node.this.key != "identifier":
        return aliased(session, _rows(session, node.this, scope, left), alias)
    parts = [name_of(node.args.get(key)) for key in ("catalog", "db") if node.args.get(key) is not None]
    name = name_of(node.this)
    own = scope.ctes.get(name.lower()) if not parts else None
    if own is not None:
        return aliased(session, fresh(own, name), alias)
    schema = session.table(".".join([*parts, name]), session.spot(node.this))
    if node.args.get("version") is not None or node.args.get("when") is not None:
        schema = schema.blurred("a table as it was at another time", session.spot(node))
    if alias is not None:
        return aliased(session, schema, alias)
    return replace(schema, whole=frozenset([name.lower()])) if schema.closed and not has_hole(name) else schema


# --- functions that give rows


def _rows(session: Session, node: exp.Expr | None, scope: Scope, left: Schema | None) -> Schema:
    if node is None or node.key != "anonymous" or not isinstance(node.this, str):
        return session.lost("a table that is not named", node)
    name = node.this.removeprefix(MARK).lower()
    if name == "range":
        return Schema((Attribute("id", BIGINT, False, made=session.spot(node)),))
    if name == "identifier" and len(node.expressions) == 1 and node.expressions[0].key == "literal":
        text = str(node.expressions[0].this)
        return session.table(text.replace("`", ""), session.spot(node))
    if name not in GENERATORS:
        return session.lost(f"what `{name}` gives", node)
    around = session.names(left or Schema(), scope) if left is not None else scope.outer
    names = around or Names(Schema(), session.reading)
    call = session.reader(scope, names).read(node)
    return _generated(session, call, (), names, node)


def _generated(session: Session, call: Expr, columns: tuple[str, ...], names: Names, node: exp.Expr) -> Schema:
    """The columns of a generator; by the names that it is given, where it is."""
    if isinstance(call, Call) and call.name in GENERATORS:
        given = Alias(call, columns[0], columns) if columns else call
        attributes = tuple(relations.output(given, names))
        if columns and len(attributes) != len(columns):
            return _named(columns, session, node)
        unsure = any(one.name is None for one in attributes)
        return Schema(attributes, Lost("what a generator gives", session.spot(node)) if unsure else None)
    resolve(call, names)
    return _named(columns, session, node) if columns else session.lost("what a generator gives", node)


def _named(columns: tuple[str, ...], session: Session, node: exp.Expr) -> Schema:
    return Schema(tuple(Attribute(name, None, made=session.spot(node)) for name in columns))


def _view(session: Session, left: Schema, node: exp.Expr, scope: Scope) -> Schema:
    """`LATERAL VIEW explode(a) t AS b`."""
    alias = node.args.get("alias")
    columns = tuple(name_of(one) for one in (alias.args.get("columns") if alias is not None else None) or ())
    table = name_of(alias.this) if alias is not None and alias.this is not None else ""
    names = session.names(left, scope)
    made = _generated(session, session.reader(scope, names).read(node.this), columns, names, node)
    if any(has_hole(one) for one in (*columns, table)):
        made = session.lost("a part that only a run fills in", node)
    if node.args.get("outer"):
        made = Schema(tuple(replace(one, nullable=True) for one in made), made.lost)
    made = made.aliased(table) if table else made.aliased()
    lost = left.lost or made.lost
    return Schema((*left.attributes, *made.attributes), lost, behind=left.behind, whole=left.whole)


def _lateral(session: Session, node: exp.Expr, scope: Scope, left: Schema | None) -> Schema:
    """`LATERAL (SELECT …)`, `LATERAL explode(a)`: what stands before it is seen."""
    from mlcheck.flow.frames.sql_query import query

    alias = node.args.get("alias")
    around = session.names(left or Schema(), scope)
    inner = Scope(scope.ctes, around)
    if node.this.key == "subquery":
        return aliased(session, query(session, node.this, inner).alone().aliased(), alias)
    return aliased(session, _rows(session, node.this, inner, left), alias)


# --- joins


def _joined(session: Session, left: Schema, join: exp.Expr, scope: Scope) -> Schema:
    right = relation(session, join.this, scope, left)
    return replace(_both(session, left, right, join, scope), whole=left.whole | right.whole)


def _both(session: Session, left: Schema, right: Schema, join: exp.Expr, scope: Scope) -> Schema:
    how = _how(join)
    using = [name_of(one) for one in join.args.get("using") or ()]
    on = join.args.get("on")
    if str(join.args.get("method") or "").upper() == "NATURAL":
        if left.lost is not None or right.lost is not None:
            both = Schema((*left.attributes, *right.attributes), left.lost or right.lost)
            return both.blurred("a natural join of columns that are not all known", session.spot(join))
        using = [name for name in left.names if right.called(name)]
    if any(has_hole(one) for one in using):
        both = relations.joined(left, right, how, (), None, session.reading)
        return both.blurred("a join whose keys only a run fills in", session.spot(join))
    condition: Expr | None = None
    session.reading.join = session.spot(join)
    if on is not None:
        behind = (*left.behind, *right.behind)
        lost = left.lost or right.lost
        seen = Schema((*left.attributes, *right.attributes), lost, behind=behind, whole=left.whole | right.whole)
        names = session.names(seen, scope)
        condition = session.reader(scope, names).read(on)
        relations.looked_up(condition, names, "join")
    return relations.joined(left, right, how, using, None, session.reading, condition)


def _how(join: exp.Expr) -> str:
    kind = str(join.args.get("kind") or "").upper()
    side = str(join.args.get("side") or "").upper()
    if kind in ("SEMI", "ANTI"):
        return f"left{kind.lower()}"
    return {"LEFT": "left", "RIGHT": "right", "FULL": "full"}.get(side, "cross" if kind == "CROSS" else "inner")


# --- PIVOT and UNPIVOT


def _pivoted(session: Session, schema: Schema, pivot: exp.Expr, scope: Scope) -> Schema:
    made = _unpivot(session, schema, pivot) if pivot.args.get("unpivot") else _pivot(session, schema, pivot, scope)
    return aliased(session, made, pivot.args.get("alias")) if pivot.args.get("alias") is not None else made


def _pivot(session: Session, schema: Schema, pivot: exp.Expr, scope: Scope) -> Schema:
    """The columns that neither aggregates nor the pivot read, then one for each value and aggregate."""
    fields = list(pivot.args.get("fields") or [])
    if len(fields) != 1 or fields[0].key != "in":
        return session.lost("a pivot of another form", pivot)
    names = session.names(schema, scope)
    reader = session.reader(scope, names)
    aggregates = [reader.read(one) for one in pivot.expressions]
    keys = reader.read(fields[0].this)
    for one in (*aggregates, keys):
        resolve(one, names)
    used = {one.id for expr in (*aggregates, keys) for one in columns_in(expr, schema)}
    groups = tuple(one for one in schema if one.id not in used)
    values = [_value(reader.read(one)) for one in fields[0].expressions]
    made = [
        Attribute(_pivot_name(value, one, len(aggregates)), resolve(one, names).type, True, made=session.spot(pivot))
        for value in values
        for one in aggregates
    ]
    return Schema((*groups, *made), schema.lost or _opaque_lost(session, (*aggregates, keys), pivot))


def _opaque_lost(session: Session, exprs: tuple[Expr, ...], node: exp.Expr) -> Lost | None:
    """Why it is not known which columns are read."""
    if any(isinstance(one, Opaque) for expr in exprs for one in within(expr)):
        return Lost("a pivot by what only a run fills in", session.spot(node))
    return None


def _value(expr: Expr) -> str | None:
    if isinstance(expr, Alias):
        return expr.name
    if isinstance(expr, Literal):
        return expr.text
    return None


def _pivot_name(value: str | None, aggregate: Expr, several: int) -> str | None:
    if value is None or several == 1:
        return value
    name = aggregate.name if isinstance(aggregate, Alias) else automatic_name(aggregate)
    return f"{value}_{name}" if name is not None else None


def within(expr: Expr) -> list[Expr]:
    """An expression and all that are in it."""
    found, waiting = [], [expr]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for field in getattr(one, "__dataclass_fields__", ()):
            value = getattr(one, field)
            items = value if isinstance(value, tuple) else (value,)
            for item in items:
                if isinstance(item, tuple):
                    waiting += [part for part in item if hasattr(part, "__dataclass_fields__")]
                elif type(item).__module__ == Ref.__module__:
                    waiting.append(item)
    return found


def columns_in(expr: Expr, schema: Schema) -> list[Attribute]:
    """The columns of a schema that an expression names."""
    refs = [one for one in within(expr) if isinstance(one, Ref)]
    return [attribute for ref in refs for attribute in lookup(schema, ref.parts)[0]]


def _unpivot(session: Session, schema: Schema, pivot: exp.Expr) -> Schema:
    """The columns that are not taken, then one with their names and one with their values."""
    fields = list(pivot.args.get("fields") or [])
    single = len(fields) == 1 and fields[0].key == "in" and len(pivot.expressions) == 1
    if not single or pivot.expressions[0].key == "tuple" or schema.lost is not None:
        return session.lost("an unpivot of another form", pivot)
    names = session.names(schema, Scope())
    reader = session.reader(Scope(), names)
    taken: list[Attribute] = []
    kinds: list[DataType | None] = []
    for one in fields[0].expressions:
        expr = reader.read(one.this if one.key == "pivotalias" else one)
        value = resolve(expr, names)
        kinds.append(value.type)
        taken += columns_in(expr, schema)
    gone = {one.id for one in taken}
    kind = functions.result("coalesce", [functions.Operand(one) for one in kinds]).type
    labels = (name_of(fields[0].this), name_of(pivot.expressions[0]))
    if any(has_hole(one) for one in labels):
        return session.lost("an unpivot of names that only a run fills in", pivot)
    spot = session.spot(pivot)
    made = (Attribute(labels[0], STRING, False, made=spot), Attribute(labels[1], kind, None, made=spot))
    return Schema((*(one for one in schema if one.id not in gone), *made))
