"""Functions and conditions of SQL as expressions: each takes the reader and a node of the parser's tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlcheck.flow.frames.expr import Alias, Call, Case, Cast, Expr, Filtered, Lambda, Literal, Opaque, Over, Query, Ref
from mlcheck.flow.frames.sql_literals import data_type, suffixed, typed
from mlcheck.flow.frames.sql_nodes import STAR, has_hole, name_of, parts
from mlcheck.flow.frames.sql_trees import MARK, NUMBER, TYPED
from mlcheck.flow.frames.types import BOOLEAN, STRING

if TYPE_CHECKING:
    from sqlglot import exp

    from mlcheck.flow.frames.sql_expressions import Reader

# Their first argument is a unit, not a column, where there are three.
_WITH_UNIT = frozenset(["timestampadd", "timestampdiff", "dateadd", "datediff", "date_add", "date_diff"])
_CHAIN = 24  # operands of AND and OR that are nested; more are looked up one by one


def function(reader: Reader, node: exp.Expr) -> Expr:
    """A function under the name that it is written by."""
    if not isinstance(node.this, str):  # quoted, or with a schema
        return reader.opaque(node)
    name = node.this.removeprefix(MARK).lower()
    given = list(node.expressions)
    if name == NUMBER:
        return suffixed(str(given[0].this), str(given[1].this))
    if name == TYPED:
        return typed(str(given[0].this), str(given[1].this))
    if has_hole(name):
        return reader.opaque(node)
    distinct = False
    if len(given) == 1 and given[0].key == "distinct":
        distinct, given = True, list(given[0].expressions)
    args = [reader.read(one) for one in given]
    if name in _WITH_UNIT and len(args) == 3 and given[0].key in ("column", "var"):
        name = "timestampdiff" if "diff" in name else "timestampadd"
        args[0] = Literal(STRING, name_of(given[0]).lower(), name_of(given[0]))
    spot = reader.spot(node)
    if any(isinstance(one, Opaque) and may_be_several(one) for one in args):
        return Opaque(f"`{name}` of arguments that are not all known", spot, None, tuple(args))
    return Call(name, tuple(args), spot, distinct)


def may_be_several(one: Opaque) -> bool:
    return "only a run fills in" in one.why or one.why == STAR


def named_(name: str) -> Callable[[Reader, exp.Expr], Expr]:
    """A reader of a node that has its arguments in the order of the function's."""

    def read(reader: Reader, node: exp.Expr) -> Expr:
        args = [node.args.get(key) for key in ("this", "expression", "expressions")]
        flat = [one for value in args if value is not None for one in (value if isinstance(value, list) else [value])]
        return negated(node, Call(name, tuple(reader.read(one) for one in flat), reader.near(node)))

    return read


def negated(node: exp.Expr, made: Expr) -> Expr:
    return Call("not", (made,)) if node.args.get("negate") else made


def substring(reader: Reader, node: exp.Expr) -> Expr:
    args = [node.args.get(key) for key in ("this", "start", "length")]
    return Call("substring", tuple(reader.read(one) for one in args if one is not None), reader.near(node))


def extract(reader: Reader, node: exp.Expr) -> Expr:
    unit = name_of(node.this)
    return Call(
        "extract", (Literal(STRING, unit.lower(), unit.lower()), reader.read(node.expression)), reader.near(node)
    )


def trim(reader: Reader, node: exp.Expr) -> Expr:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    args = [node.this] if node.expression is None else [node.expression, node.this]
    return Opaque(f"`{name}`", reader.near(node), STRING, tuple(reader.read(one) for one in args if one is not None))


def struct(reader: Reader, node: exp.Expr) -> Expr:
    args: list[Expr] = []
    for one in node.expressions:
        if one.key == "propertyeq":
            value = reader.read(one.expression)
            name = name_of(one.this)
            plain = isinstance(value, Ref) and value.parts[-1] == name
            unnamed = name == f"col{len(args) + 1}"
            args.append(value if plain or unnamed else Alias(value, None if has_hole(name) else name))
        else:
            args.append(reader.read(one))
    return Call("struct", tuple(args), reader.near(node))


def ignoring(reader: Reader, node: exp.Expr) -> Expr:
    child = reader.read(node.this)
    if not isinstance(child, Call) or len(child.args) != 1:
        return child
    return Call(child.name, (*child.args, Literal(BOOLEAN, True, "true")), child.spot, child.distinct)


def with_order(reader: Reader, node: exp.Expr) -> Expr:
    """`array_agg(x ORDER BY y)`, `… WITHIN GROUP (ORDER BY y)`."""
    inner = reader.several(node.expressions) if node.key == "order" else (reader.read(node.expression),)
    return Opaque("an aggregate in an order", reader.near(node), None, (reader.read(node.this), *inner))


def ordered(reader: Reader, node: exp.Expr) -> Expr:
    return reader.read(node.this)


def filter_(reader: Reader, node: exp.Expr) -> Expr:
    return Filtered(reader.read(node.this), reader.read(node.expression.this))


def window(reader: Reader, node: exp.Expr) -> Expr:
    child = reader.read(node.this)
    spec: exp.Expr | None = node
    name = node.args.get("alias")
    if name is not None:
        spec = reader.windows.get(name_of(name).lower())
    if spec is None:
        return Over(child, known=False)
    partition = reader.several(spec.args.get("partition_by"))
    order = spec.args.get("order")
    return Over(child, partition, reader.several(order.expressions) if order is not None else ())


def lambda_(reader: Reader, node: exp.Expr) -> Expr:
    return Lambda(tuple(name_of(one) for one in node.expressions), reader.read(node.this))


# --- conditions


def cast_(reader: Reader, node: exp.Expr) -> Expr:
    spot = reader.near(node)
    return Cast(reader.read(node.this), data_type(node.args.get("to")), spot, node.key == "trycast")


def case_(reader: Reader, node: exp.Expr) -> Expr:
    subject = reader.read(node.this) if node.this is not None else None
    branches: list[tuple[Expr, Expr]] = []
    for one in node.args.get("ifs") or ():
        condition = reader.read(one.this)
        if subject is not None:
            condition = Call("=", (subject, condition))
        branches.append((condition, reader.read(one.args.get("true"))))
    default = node.args.get("default")
    return Case(tuple(branches), reader.read(default) if default is not None else None)


def between(reader: Reader, node: exp.Expr) -> Expr:
    args = (reader.read(node.this), reader.read(node.args.get("low")), reader.read(node.args.get("high")))
    return negated(node, Call("between", args, reader.near(node)))


def is_(reader: Reader, node: exp.Expr) -> Expr:
    child = reader.read(node.this)
    if node.expression.key == "null":
        return Call("isnull", (child,), reader.near(node))
    return Call("<=>", (child, reader.read(node.expression)), reader.near(node))


def not_(reader: Reader, node: exp.Expr) -> Expr:
    inner = node.this
    if inner.key == "is" and inner.expression.key == "null":
        return Call("isnotnull", (reader.read(inner.this),), reader.near(inner))
    return Call("not", (reader.read(inner),), reader.near(node))


def in_(reader: Reader, node: exp.Expr) -> Expr:
    query = node.args.get("query")
    if query is not None:
        left = reader.several(node.this.expressions) if node.this.key == "tuple" else (reader.read(node.this),)
        return negated(node, Query("in", reader.query(query), left))
    values = reader.several(node.expressions)
    if not values:
        return negated(node, reader.opaque(node))
    return negated(node, Call("in", (reader.read(node.this), *values), reader.near(node)))


def exists(reader: Reader, node: exp.Expr) -> Expr:
    if node.args.get("expression") is not None:  # of an array, with a lambda
        return Call("exists", (reader.read(node.this), reader.read(node.expression)), reader.near(node))
    return Query("exists", reader.query(node.this))


def scalar(reader: Reader, node: exp.Expr) -> Expr:
    return Query("scalar", reader.query(node))


def like(reader: Reader, node: exp.Expr) -> Expr:
    if node.expression.key in ("any", "all", "some"):
        return negated(
            node, Opaque("LIKE of several", reader.near(node), BOOLEAN, tuple(map(reader.read, parts(node))))
        )
    return negated(node, Call(node.key, (reader.read(node.this), reader.read(node.expression)), reader.near(node)))


def quantified(reader: Reader, node: exp.Expr) -> Expr:
    inner = node.this
    return reader.read(inner) if inner.key in ("tuple", "paren") else Opaque("ANY or ALL of a query", reader.near(node))


def chain(reader: Reader, node: exp.Expr) -> Expr:
    """AND and OR, however many."""
    operands = [reader.read(one) for one in node.flatten(unnest=False)]
    if len(operands) > _CHAIN:
        return Opaque(f"a chain of {node.key.upper()}", None, BOOLEAN, tuple(operands))
    made = operands[0]
    for one in operands[1:]:
        made = Call(node.key, (made, one))
    return made
