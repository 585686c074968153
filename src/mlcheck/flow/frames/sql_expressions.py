"""A parsed SQL expression as the one language for columns (`frames.expr`).

What is not known here is Opaque, with whatever of it can be looked up.
Source: Spark 4.0.1's AstBuilder, read; tests/oracle/test_sql_frames.py runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlcheck.flow.frames.expr import (
    Alias,
    Call,
    Case,
    Cast,
    Expr,
    Filtered,
    Item,
    Lambda,
    Literal,
    Opaque,
    Over,
    Query,
    Ref,
    Star,
)
from mlcheck.flow.frames.schema import Schema, Spot
from mlcheck.flow.frames.sql_literals import data_type, interval, number, suffixed, typed
from mlcheck.flow.frames.sql_spots import Origin, SqlSpot
from mlcheck.flow.frames.sql_trees import MARK, NUMBER, TYPED, Filled
from mlcheck.flow.frames.types import BINARY, BOOLEAN, STRING, VOID
from mlcheck.flow.sql import HOLE

if TYPE_CHECKING:
    from sqlglot import exp

# Their first argument is a unit, not a column, where there are three.
_WITH_UNIT = frozenset(["timestampadd", "timestampdiff", "dateadd", "datediff", "date_add", "date_diff"])
_CHAIN = 24  # operands of AND and OR that are nested; more are one flat call


def no_query(tree: exp.Expr) -> Schema:
    """Where no query can be looked into."""
    from mlcheck.flow.frames.schema import unknown

    return unknown("a query within an expression")


@dataclass(slots=True)
class Reader:
    """Reads expressions of one statement. `query` gives the columns of a query within one; `windows` are named."""

    origin: Origin
    filled: Filled
    query: Callable[[exp.Expr], Schema] = no_query
    windows: Mapping[str, exp.Expr] = field(default_factory=dict)
    shift: int = 0  # characters that stand before the text

    def spot(self, node: exp.Expr | None) -> Spot | None:
        """Where a node stands; None where the parser does not say."""
        meta = node.meta if node is not None else None
        if not meta or "start" not in meta:
            return None
        start = self.filled.before(int(meta["start"]) - self.shift)
        end = self.filled.before(int(meta["end"]) - self.shift) + 1
        return SqlSpot(self.origin, start, end)

    def read(self, node: exp.Expr | None) -> Expr:
        """An expression. Never raises but RecursionError."""
        if node is None:
            return Opaque("nothing")
        reader = _READERS.get(node.key)
        if reader is not None:
            return reader(self, node)
        binary = _BINARY.get(node.key)
        if binary is not None:
            return _negated(node, Call(binary, (self.read(node.this), self.read(node.expression)), self.near(node)))
        return self.opaque(node)

    def several(self, nodes: object) -> tuple[Expr, ...]:
        return tuple(self.read(one) for one in nodes if one is not None) if isinstance(nodes, list) else ()

    def opaque(self, node: exp.Expr) -> Expr:
        """What is not known, with the expressions that are in it."""
        return Opaque(f"`{node.key}` in SQL", self.near(node), None, tuple(self.read(one) for one in parts(node)))

    def near(self, node: exp.Expr) -> Spot | None:
        """Where a node stands, or else what is first in it."""
        for _ in range(_DEEP):
            found = self.spot(node)
            if found is not None:
                return found
            inner = next(iter(parts(node)), None)
            if inner is None:
                return None
            node = inner
        return None


_DEEP = 12


def parts(node: exp.Expr) -> list[exp.Expr]:
    """The nodes directly under a node."""
    from sqlglot import exp

    found: list[exp.Expr] = []
    for value in node.args.values():
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, exp.Expr) and not isinstance(one, exp.DataType):
                found.append(one)
    return found


def name_of(node: exp.Expr | str | None) -> str:
    """An identifier's text, without the mark of a function."""
    text = node if isinstance(node, str) else (node.name if node is not None else "")
    return text.removeprefix(MARK)


def has_hole(text: str) -> bool:
    return HOLE in text.lower()


# --- names


def _column(self: Reader, node: exp.Expr) -> Expr:
    from sqlglot import exp

    if isinstance(node.this, exp.Star):
        levels = [node.args.get(key) for key in ("catalog", "db", "table")]
        return _starred(self, node.this, tuple(name_of(one) for one in levels if one is not None), node)
    return _ref(self, [name_of(one) for one in _levels(node)], node)


def _levels(node: exp.Expr) -> list[exp.Expr]:
    return [one for key in ("catalog", "db", "table", "this") if (one := node.args.get(key)) is not None]


def _ref(self: Reader, names: list[str], node: exp.Expr) -> Expr:
    spot = _whole(self, _levels(node) if node.key == "column" else [node])
    if any(has_hole(name) for name in names):
        return Opaque("a name with parts that only a run fills in", spot)
    if names[0].lower() == "_metadata":
        return Opaque("what is known of a file", spot)
    return Ref(tuple(names), spot)


def _whole(self: Reader, nodes: list[exp.Expr]) -> Spot | None:
    found = [spot for one in nodes if isinstance(spot := self.spot(one), SqlSpot)]
    return SqlSpot(self.origin, found[0].start, found[-1].end) if found else None


def _identifier(self: Reader, node: exp.Expr) -> Expr:
    return _ref(self, [name_of(node)], node)


def _star(self: Reader, node: exp.Expr) -> Expr:
    return _starred(self, node, (), node)


def _starred(self: Reader, star: exp.Expr, qualifier: tuple[str, ...], node: exp.Expr) -> Expr:
    left_out = [_levels(one) if one.key == "column" else [one] for one in star.args.get("except_") or ()]
    names = tuple(name_of(one[0]) for one in left_out if len(one) == 1)
    holes = any(has_hole(one) for one in (*qualifier, *names))
    if holes or len(names) != len(left_out) or star.args.get("replace") or star.args.get("rename"):
        return Opaque(STAR, self.near(node))
    return Star(qualifier, self.near(node), names)


STAR = "a star of which not all is known"  # it may stand for any columns


def _dot(self: Reader, node: exp.Expr) -> Expr:
    left, right = node.this, node.expression
    if right.key != "identifier":  # a function with a schema before it
        return self.opaque(right)
    name = name_of(right)
    child = self.read(left)
    if has_hole(name):
        return Opaque("a field whose name only a run fills in", self.spot(right), None, (child,))
    if isinstance(child, Ref):
        return Ref((*child.parts, name), child.spot)
    return Item(child, Literal(STRING, name, name), self.spot(right))


def _bracket(self: Reader, node: exp.Expr) -> Expr:
    keys = node.expressions
    if len(keys) != 1 or keys[0].key == "slice":
        return self.opaque(node)
    return Item(self.read(node.this), self.read(keys[0]), self.near(node))


# --- constants


def _literal(self: Reader, node: exp.Expr) -> Expr:
    text = str(node.this)
    if has_hole(text):
        return Literal(STRING, text) if node.args.get("is_string") else Opaque("a part that only a run fills in")
    return Literal(STRING, text, text) if node.args.get("is_string") else number(text)


def _boolean(self: Reader, node: exp.Expr) -> Expr:
    return Literal(BOOLEAN, bool(node.this), "true" if node.this else "false")


def _null(self: Reader, node: exp.Expr) -> Expr:
    return Literal(VOID, None, "NULL")


def _hex(self: Reader, node: exp.Expr) -> Expr:
    return Literal(BINARY, str(node.this))


def _interval(self: Reader, node: exp.Expr) -> Expr:
    return interval(node, () if node.this is None or node.this.key == "literal" else (self.read(node.this),))


def _minus(self: Reader, node: exp.Expr) -> Expr:
    if node.this.key == "literal" and not node.this.args.get("is_string") and not has_hole(str(node.this.this)):
        return number(f"-{node.this.this}")
    return Call("negative", (self.read(node.this),), self.near(node))


def _placeholder(self: Reader, node: exp.Expr) -> Expr:
    return Opaque("a parameter of the statement")


# --- functions


def _function(self: Reader, node: exp.Expr) -> Expr:
    """A function under the name that it is written by."""
    if not isinstance(node.this, str):  # quoted, or with a schema
        return self.opaque(node)
    name = node.this.removeprefix(MARK).lower()
    given = list(node.expressions)
    if name == NUMBER:
        return suffixed(str(given[0].this), str(given[1].this))
    if name == TYPED:
        return typed(str(given[0].this), str(given[1].this))
    if has_hole(name):
        return self.opaque(node)
    distinct = False
    if len(given) == 1 and given[0].key == "distinct":
        distinct, given = True, list(given[0].expressions)
    args = [self.read(one) for one in given]
    if name in _WITH_UNIT and len(args) == 3 and given[0].key in ("column", "var"):
        name = "timestampdiff" if "diff" in name else "timestampadd"
        args[0] = Literal(STRING, name_of(given[0]).lower(), name_of(given[0]))
    spot = self.spot(node)
    if any(isinstance(one, Opaque) and _may_be_several(one) for one in args):
        return Opaque(f"`{name}` of arguments that are not all known", spot, None, tuple(args))
    return Call(name, tuple(args), spot, distinct)


def _may_be_several(one: Opaque) -> bool:
    return "only a run fills in" in one.why or one.why == STAR


def _named(name: str) -> Callable[[Reader, exp.Expr], Expr]:
    """A reader of a node that has its arguments in the order of the function's."""

    def read(self: Reader, node: exp.Expr) -> Expr:
        args = [node.args.get(key) for key in ("this", "expression", "expressions")]
        flat = [one for value in args if value is not None for one in (value if isinstance(value, list) else [value])]
        return _negated(node, Call(name, tuple(self.read(one) for one in flat), self.near(node)))

    return read


def _negated(node: exp.Expr, made: Expr) -> Expr:
    return Call("not", (made,)) if node.args.get("negate") else made


def _substring(self: Reader, node: exp.Expr) -> Expr:
    args = [node.args.get(key) for key in ("this", "start", "length")]
    return Call("substring", tuple(self.read(one) for one in args if one is not None), self.near(node))


def _extract(self: Reader, node: exp.Expr) -> Expr:
    unit = name_of(node.this)
    return Call("extract", (Literal(STRING, unit.lower(), unit.lower()), self.read(node.expression)), self.near(node))


def _trim(self: Reader, node: exp.Expr) -> Expr:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    args = [node.this] if node.expression is None else [node.expression, node.this]
    return Opaque(f"`{name}`", self.near(node), STRING, tuple(self.read(one) for one in args if one is not None))


def _struct(self: Reader, node: exp.Expr) -> Expr:
    args: list[Expr] = []
    for one in node.expressions:
        if one.key == "propertyeq":
            value = self.read(one.expression)
            name = name_of(one.this)
            plain = isinstance(value, Ref) and value.parts[-1] == name
            unnamed = name == f"col{len(args) + 1}"
            args.append(value if plain or unnamed else Alias(value, None if has_hole(name) else name))
        else:
            args.append(self.read(one))
    return Call("struct", tuple(args), self.near(node))


def _ignoring(self: Reader, node: exp.Expr) -> Expr:
    child = self.read(node.this)
    if not isinstance(child, Call) or len(child.args) != 1:
        return child
    return Call(child.name, (*child.args, Literal(BOOLEAN, True, "true")), child.spot, child.distinct)


def _with_order(self: Reader, node: exp.Expr) -> Expr:
    """`array_agg(x ORDER BY y)`, `… WITHIN GROUP (ORDER BY y)`."""
    inner = self.several(node.expressions) if node.key == "order" else (self.read(node.expression),)
    return Opaque("an aggregate in an order", self.near(node), None, (self.read(node.this), *inner))


def _ordered(self: Reader, node: exp.Expr) -> Expr:
    return self.read(node.this)


def _filter(self: Reader, node: exp.Expr) -> Expr:
    return Filtered(self.read(node.this), self.read(node.expression.this))


def _window(self: Reader, node: exp.Expr) -> Expr:
    child = self.read(node.this)
    spec: exp.Expr | None = node
    name = node.args.get("alias")
    if name is not None:
        spec = self.windows.get(name_of(name).lower())
    if spec is None:
        return Over(child, known=False)
    partition = self.several(spec.args.get("partition_by"))
    order = spec.args.get("order")
    return Over(child, partition, self.several(order.expressions) if order is not None else ())


def _lambda(self: Reader, node: exp.Expr) -> Expr:
    return Lambda(tuple(name_of(one) for one in node.expressions), self.read(node.this))


# --- conditions


def _cast(self: Reader, node: exp.Expr) -> Expr:
    spot = self.near(node)
    return Cast(self.read(node.this), data_type(node.args.get("to")), spot, node.key == "trycast")


def _case(self: Reader, node: exp.Expr) -> Expr:
    subject = self.read(node.this) if node.this is not None else None
    branches: list[tuple[Expr, Expr]] = []
    for one in node.args.get("ifs") or ():
        condition = self.read(one.this)
        if subject is not None:
            condition = Call("=", (subject, condition))
        branches.append((condition, self.read(one.args.get("true"))))
    default = node.args.get("default")
    return Case(tuple(branches), self.read(default) if default is not None else None)


def _between(self: Reader, node: exp.Expr) -> Expr:
    args = (self.read(node.this), self.read(node.args.get("low")), self.read(node.args.get("high")))
    return _negated(node, Call("between", args, self.near(node)))


def _is(self: Reader, node: exp.Expr) -> Expr:
    child = self.read(node.this)
    if node.expression.key == "null":
        return Call("isnull", (child,), self.near(node))
    return Call("<=>", (child, self.read(node.expression)), self.near(node))


def _not(self: Reader, node: exp.Expr) -> Expr:
    inner = node.this
    if inner.key == "is" and inner.expression.key == "null":
        return Call("isnotnull", (self.read(inner.this),), self.near(inner))
    return Call("not", (self.read(inner),), self.near(node))


def _in(self: Reader, node: exp.Expr) -> Expr:
    query = node.args.get("query")
    if query is not None:
        left = self.several(node.this.expressions) if node.this.key == "tuple" else (self.read(node.this),)
        return _negated(node, Query("in", self.query(query), left))
    values = self.several(node.expressions)
    if not values:
        return _negated(node, self.opaque(node))
    return _negated(node, Call("in", (self.read(node.this), *values), self.near(node)))


def _exists(self: Reader, node: exp.Expr) -> Expr:
    if node.args.get("expression") is not None:  # of an array, with a lambda
        return Call("exists", (self.read(node.this), self.read(node.expression)), self.near(node))
    return Query("exists", self.query(node.this))


def _scalar(self: Reader, node: exp.Expr) -> Expr:
    return Query("scalar", self.query(node))


def _like(self: Reader, node: exp.Expr) -> Expr:
    if node.expression.key in ("any", "all", "some"):
        return _negated(node, Opaque("LIKE of several", self.near(node), BOOLEAN, tuple(map(self.read, parts(node)))))
    return _negated(node, Call(node.key, (self.read(node.this), self.read(node.expression)), self.near(node)))


def _quantified(self: Reader, node: exp.Expr) -> Expr:
    inner = node.this
    return self.read(inner) if inner.key in ("tuple", "paren") else Opaque("ANY or ALL of a query", self.near(node))


def _chain(self: Reader, node: exp.Expr) -> Expr:
    """AND and OR, however many."""
    operands = [self.read(one) for one in node.flatten(unnest=False)]
    if len(operands) > _CHAIN:
        return Call(node.key, tuple(operands))
    made = operands[0]
    for one in operands[1:]:
        made = Call(node.key, (made, one))
    return made


# --- the rest


def _child(self: Reader, node: exp.Expr) -> Expr:
    return self.read(node.this)


def _alias(self: Reader, node: exp.Expr) -> Expr:
    name = name_of(node.args.get("alias"))
    return Alias(self.read(node.this), None if has_hole(name) else name)


def _aliases(self: Reader, node: exp.Expr) -> Expr:
    names = tuple(name_of(one) for one in node.expressions)
    known = bool(names) and not any(has_hole(one) for one in names)
    return Alias(self.read(node.this), names[0] if known else None, names if known else ())


def _kwarg(self: Reader, node: exp.Expr) -> Expr:
    return self.read(node.expression)


def _variant(self: Reader, node: exp.Expr) -> Expr:
    """`a:b.c`: a path into a text of JSON, or a variant."""
    return Opaque("a path into JSON", self.near(node), None, (self.read(node.this),))


_BINARY = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "mod": "%",
    "intdiv": "div",
    "eq": "=",
    "neq": "!=",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
    "nullsafeeq": "<=>",
    "dpipe": "concat",
    "regexplike": "rlike",
    "bitwiseand": "&",
    "bitwiseor": "|",
    "bitwisexor": "^",
    "bitwiseleftshift": "shiftleft",
    "bitwiserightshift": "shiftright",
}
_READERS: dict[str, Callable[[Reader, exp.Expr], Expr]] = {
    "column": _column,
    "identifier": _identifier,
    "star": _star,
    "dot": _dot,
    "bracket": _bracket,
    "literal": _literal,
    "boolean": _boolean,
    "null": _null,
    "hexstring": _hex,
    "interval": _interval,
    "neg": _minus,
    "placeholder": _placeholder,
    "parameter": _placeholder,
    "sessionparameter": _placeholder,
    "var": _placeholder,
    "anonymous": _function,
    "substring": _substring,
    "extract": _extract,
    "trim": _trim,
    "struct": _struct,
    "tuple": _named("struct"),
    "ignorenulls": _ignoring,
    "respectnulls": _child,
    "order": _with_order,
    "withingroup": _with_order,
    "ordered": _ordered,
    "filter": _filter,
    "window": _window,
    "lambda": _lambda,
    "cast": _cast,
    "trycast": _cast,
    "case": _case,
    "between": _between,
    "is": _is,
    "not": _not,
    "in": _in,
    "exists": _exists,
    "subquery": _scalar,
    "select": _scalar,
    "like": _like,
    "ilike": _like,
    "any": _quantified,
    "all": _quantified,
    "escape": _child,
    "collate": _child,
    "and": _chain,
    "or": _chain,
    "paren": _child,
    "alias": _alias,
    "aliases": _aliases,
    "kwarg": _kwarg,
    "propertyeq": _kwarg,
    "jsonextract": _variant,
    "jsonextractscalar": _variant,
    "bitwisenot": _named("~"),
    "currentdate": _named("current_date"),
    "currenttimestamp": _named("current_timestamp"),
    "currentuser": _named("current_user"),
    "sessionuser": _named("session_user"),
    "currentcatalog": _named("current_catalog"),
    "currentschema": _named("current_schema"),
    "localtimestamp": _named("localtimestamp"),
    "first": _named("first"),
    "last": _named("last"),
}
