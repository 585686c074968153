"""A parsed SQL expression as the one language for columns (`frames.expr`).

What is not known here is Opaque, with whatever of it can be looked up.
Source: Spark 4.0.1's AstBuilder, read; tests/oracle/test_sql_frames.py runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlcheck.flow.frames import sql_calls as calls
from mlcheck.flow.frames.expr import (
    Alias,
    Call,
    Expr,
    Item,
    Literal,
    Opaque,
    Ref,
    Star,
)
from mlcheck.flow.frames.schema import Schema, Spot
from mlcheck.flow.frames.sql_literals import interval, number
from mlcheck.flow.frames.sql_nodes import STAR, has_hole, name_of, parts
from mlcheck.flow.frames.sql_spots import Origin, SqlSpot
from mlcheck.flow.frames.sql_trees import Filled
from mlcheck.flow.frames.types import BINARY, BOOLEAN, STRING, VOID

if TYPE_CHECKING:
    from sqlglot import exp


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
            made = Call(binary, (self.read(node.this), self.read(node.expression)), self.near(node))
            return calls.negated(node, made)
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


# --- names


def _column(reader: Reader, node: exp.Expr) -> Expr:
    from sqlglot import exp

    if isinstance(node.this, exp.Star):
        levels = [node.args.get(key) for key in ("catalog", "db", "table")]
        return _starred(reader, node.this, tuple(name_of(one) for one in levels if one is not None), node)
    return _ref(reader, [name_of(one) for one in _levels(node)], node)


def _levels(node: exp.Expr) -> list[exp.Expr]:
    return [one for key in ("catalog", "db", "table", "this") if (one := node.args.get(key)) is not None]


def _ref(reader: Reader, names: list[str], node: exp.Expr) -> Expr:
    spot = _whole(reader, _levels(node) if node.key == "column" else [node])
    if any(has_hole(name) for name in names):
        return Opaque("a name with parts that only a run fills in", spot)
    if names[0].lower() == "_metadata":
        return Opaque("what is known of a file", spot)
    return Ref(tuple(names), spot)


def _whole(reader: Reader, nodes: list[exp.Expr]) -> Spot | None:
    found = [spot for one in nodes if isinstance(spot := reader.spot(one), SqlSpot)]
    return SqlSpot(reader.origin, found[0].start, found[-1].end) if found else None


def _identifier(reader: Reader, node: exp.Expr) -> Expr:
    return _ref(reader, [name_of(node)], node)


def _star(reader: Reader, node: exp.Expr) -> Expr:
    return _starred(reader, node, (), node)


def _starred(reader: Reader, star: exp.Expr, qualifier: tuple[str, ...], node: exp.Expr) -> Expr:
    left_out = [_levels(one) if one.key == "column" else [one] for one in star.args.get("except_") or ()]
    names = tuple(name_of(one[0]) for one in left_out if len(one) == 1)
    holes = any(has_hole(one) for one in (*qualifier, *names))
    if holes or len(names) != len(left_out) or star.args.get("replace") or star.args.get("rename"):
        return Opaque(STAR, reader.near(node))
    return Star(qualifier, reader.near(node), names)


def _dot(reader: Reader, node: exp.Expr) -> Expr:
    left, right = node.this, node.expression
    if right.key != "identifier":  # a function with a schema before it
        return reader.opaque(right)
    name = name_of(right)
    child = reader.read(left)
    if has_hole(name):
        return Opaque("a field whose name only a run fills in", reader.spot(right), None, (child,))
    if isinstance(child, Ref):
        return Ref((*child.parts, name), child.spot)
    return Item(child, Literal(STRING, name, name), reader.spot(right))


def _bracket(reader: Reader, node: exp.Expr) -> Expr:
    keys = node.expressions
    if len(keys) != 1 or keys[0].key == "slice":
        return reader.opaque(node)
    return Item(reader.read(node.this), reader.read(keys[0]), reader.near(node))


# --- constants


def _literal(reader: Reader, node: exp.Expr) -> Expr:
    text = str(node.this)
    if has_hole(text):
        return Literal(STRING, text) if node.args.get("is_string") else Opaque("a part that only a run fills in")
    return Literal(STRING, text, text) if node.args.get("is_string") else number(text)


def _boolean(reader: Reader, node: exp.Expr) -> Expr:
    return Literal(BOOLEAN, bool(node.this), "true" if node.this else "false")


def _null(reader: Reader, node: exp.Expr) -> Expr:
    return Literal(VOID, None, "NULL")


def _hex(reader: Reader, node: exp.Expr) -> Expr:
    return Literal(BINARY, str(node.this))


def _interval(reader: Reader, node: exp.Expr) -> Expr:
    return interval(node, () if node.this is None or node.this.key == "literal" else (reader.read(node.this),))


def _minus(reader: Reader, node: exp.Expr) -> Expr:
    if node.this.key == "literal" and not node.this.args.get("is_string") and not has_hole(str(node.this.this)):
        return number(f"-{node.this.this}")
    return Call("negative", (reader.read(node.this),), reader.near(node))


def _placeholder(reader: Reader, node: exp.Expr) -> Expr:
    return Opaque("a parameter of the statement")


# --- the rest


def _child(reader: Reader, node: exp.Expr) -> Expr:
    return reader.read(node.this)


def _alias(reader: Reader, node: exp.Expr) -> Expr:
    name = name_of(node.args.get("alias"))
    return Alias(reader.read(node.this), None if has_hole(name) else name)


def _aliases(reader: Reader, node: exp.Expr) -> Expr:
    names = tuple(name_of(one) for one in node.expressions)
    known = bool(names) and not any(has_hole(one) for one in names)
    return Alias(reader.read(node.this), names[0] if known else None, names if known else ())


def _kwarg(reader: Reader, node: exp.Expr) -> Expr:
    return reader.read(node.expression)


def _variant(reader: Reader, node: exp.Expr) -> Expr:
    """`a:b.c`: a path into a text of JSON, or a variant."""
    return Opaque("a path into JSON", reader.near(node), None, (reader.read(node.this),))


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
    "anonymous": calls.function,
    "substring": calls.substring,
    "extract": calls.extract,
    "trim": calls.trim,
    "struct": calls.struct,
    "tuple": calls.named_("struct"),
    "ignorenulls": calls.ignoring,
    "respectnulls": _child,
    "order": calls.with_order,
    "withingroup": calls.with_order,
    "ordered": calls.ordered,
    "filter": calls.filter_,
    "window": calls.window,
    "lambda": calls.lambda_,
    "cast": calls.cast_,
    "trycast": calls.cast_,
    "case": calls.case_,
    "between": calls.between,
    "is": calls.is_,
    "not": calls.not_,
    "in": calls.in_,
    "exists": calls.exists,
    "subquery": calls.scalar,
    "select": calls.scalar,
    "like": calls.like,
    "ilike": calls.like,
    "any": calls.quantified,
    "all": calls.quantified,
    "escape": _child,
    "collate": _child,
    "and": calls.chain,
    "or": calls.chain,
    "paren": _child,
    "alias": _alias,
    "aliases": _aliases,
    "kwarg": _kwarg,
    "propertyeq": _kwarg,
    "jsonextract": _variant,
    "jsonextractscalar": _variant,
    "bitwisenot": calls.named_("~"),
    "currentdate": calls.named_("current_date"),
    "currenttimestamp": calls.named_("current_timestamp"),
    "currentuser": calls.named_("current_user"),
    "sessionuser": calls.named_("session_user"),
    "currentcatalog": calls.named_("current_catalog"),
    "currentschema": calls.named_("current_schema"),
    "localtimestamp": calls.named_("localtimestamp"),
    "first": calls.named_("first"),
    "last": calls.named_("last"),
}
