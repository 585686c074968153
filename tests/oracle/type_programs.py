"""Expressions as data, for Spark and for mlcheck to judge: each function over operands of every type, and trees of them.

All are over one table, whose columns have every type, null or not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import product

from mlcheck.flow.frames.expr import Call, Case, Cast, Expr, Item, Lambda, Literal, Over, Ref
from mlcheck.flow.frames.functions import RULES
from mlcheck.flow.frames.functions_kinds import AGGREGATES, GENERATORS, WINDOWS
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.resolve import Names, resolve
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.frames.types import BOOLEAN, DOUBLE, INT, STRING, DataType, Decimal, Simple, parse_type
from mlcheck.knowledge.spark_function_types import spark_function_types
from mlcheck.project.place import Place


class Nowhere:
    """Where an expression of this file stands."""

    @property
    def place(self) -> Place:
        raise AssertionError("no place is asked for here")


SEED = 20250906
TYPES = {
    "bo": "boolean",
    "ti": "tinyint",
    "si": "smallint",
    "i": "int",
    "bi": "bigint",
    "f": "float",
    "db": "double",
    "d": "decimal(10,2)",
    "d5": "decimal(5,0)",
    "dl": "decimal(38,18)",
    "dw": "decimal(22,7)",
    "s": "string",
    "bn": "binary",
    "dt": "date",
    "ts": "timestamp",
    "tn": "timestamp_ntz",
    "iv": "interval day to second",
    "ai": "array<int>",
    "as": "array<string>",
    "ad": "array<decimal(10,2)>",
    "aa": "array<array<int>>",
    "at": "array<struct<a:int,b:string>>",
    "m": "map<string,int>",
    "mi": "map<int,double>",
    "st": "struct<a:int,b:string>",
    "v": "variant",
}
# One of each kind: of pairs these are enough.
PAIRS = ("bo", "ti", "i", "bi", "f", "db", "d", "dl", "s", "bn", "dt", "ts", "tn", "ai", "as", "m", "st")
FEW = ("i", "db", "d", "s", "dt", "ts", "ai", "m")
CASTS = ("bo", "ti", "i", "bi", "f", "db", "d", "dl", "s", "bn", "dt", "ts", "tn", "ai", "as")
INFIX = frozenset(
    [
        *("+", "-", "*", "/", "%", "div", "=", "=="),
        *("<=>", "!=", "<>", "<", "<=", ">", ">=", "and"),
        *("or", "&", "|", "^", "||", "<<", ">>", ">>>"),
    ]
)


WHOLE = frozenset(["+", "-", "*", "/", "%", "=", "<", "coalesce", "greatest", "and"])  # over all pairs of types


def column_name(short: str, null: bool) -> str:
    return f"{'c' if null else 'n'}_{short}"


DDL = ", ".join(
    f"{column_name(short, null)} {ddl}{'' if null else ' NOT NULL'}"
    for null in (True, False)
    for short, ddl in TYPES.items()
)


@cache
def schema() -> Schema:
    """The table as mlcheck has it."""
    return Schema(
        tuple(
            Attribute(column_name(short, null), parse_type(ddl) or Simple(ddl), null)
            for null in (True, False)
            for short, ddl in TYPES.items()
        )
    )


def ref(short: str, null: bool = True) -> Ref:
    return Ref((column_name(short, null),))


LITERALS = (
    Literal(INT, 1, "1"),
    Literal(INT, 250, "250"),
    Literal(STRING, "a", "a"),
    Literal(DOUBLE, 0.5, "0.5"),
    Literal(Decimal(3, 1), 12.5, "12.5"),
    Literal(BOOLEAN, True, "true"),
    Literal(Simple("void"), None, "NULL"),
)


# --- as SQL


def sql(expr: Expr) -> str:
    match expr:
        case Ref(parts=parts):
            return ".".join(parts)
        case Literal(type=kind, value=value):
            return _literal(kind, value)
        case Call(name=name, args=args, distinct=distinct):
            return _call(name, [sql(one) for one in args], distinct)
        case Cast(child=child, type=kind, try_=try_):
            return f"{'TRY_' if try_ else ''}CAST({sql(child)} AS {kind})"
        case Case(branches=branches, otherwise=otherwise):
            whens = " ".join(f"WHEN {sql(condition)} THEN {sql(value)}" for condition, value in branches)
            return f"CASE {whens}{f' ELSE {sql(otherwise)}' if otherwise is not None else ''} END"
        case Item(child=child, key=key):
            return f"{sql(child)}[{sql(key)}]"
        case Lambda(parameters=parameters, body=body):
            return f"({', '.join(parameters)}) -> {sql(body)}"
        case Over(child=child, partition=partition, order=order):
            by = f"PARTITION BY {', '.join(sql(one) for one in partition)} " if partition else ""
            sort = f"ORDER BY {', '.join(sql(one) for one in order)}" if order else ""
            return f"{sql(child)} OVER ({by}{sort})"
    raise AssertionError(expr)


def _literal(kind: DataType | None, value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'"
    return f"{value}D" if kind == DOUBLE else str(value)


def _call(name: str, args: list[str], distinct: bool) -> str:
    if name in INFIX and len(args) == 2:
        return f"({args[0]} {name} {args[1]})"
    if name == "not":
        return f"(NOT {args[0]})"
    if name == "~":
        return f"(~ {args[0]})"
    if name == "between" and len(args) == 3:
        return f"({args[0]} BETWEEN {args[1]} AND {args[2]})"
    if name == "in" and len(args) > 1:
        return f"({args[0]} IN ({', '.join(args[1:])}))"
    return f"{name}({'DISTINCT ' if distinct else ''}{', '.join(args)})"


# --- each function over every type

# `extract` and some others are written in their own way; generators and windows stand in their own places.
UNWRITTEN = frozenset(
    [
        *("extract", "case", "when", "cast", "in", "asc", "desc", "asc_nulls_first"),
        *(
            "asc_nulls_last",
            "desc_nulls_first",
            "desc_nulls_last",
            "grouping",
            "grouping_id",
            "window",
            "session_window",
            "window_time",
        ),
        *("range", "sql_keywords", "collations", "variant_explode", "variant_explode_outer", "not", "any", "some"),
        *("every", "percentile_cont", "percentile_disc", "raise_error", "filter", "transform", "exists", "forall"),
        *(
            "aggregate",
            "reduce",
            "zip_with",
            "map_filter",
            "map_zip_with",
            "transform_keys",
            "transform_values",
            "current_date",
        ),
        *("current_timestamp", "current_user", "user", "session_user", "date", "timestamp", "binary", "java_method"),
        *("reflect", "try_reflect", "struct"),
    ]
)


def names() -> list[str]:
    known = {*RULES, *spark_function_types()["functions"]}
    return sorted(known - UNWRITTEN - GENERATORS - WINDOWS)


def arities(name: str) -> list[int]:
    if name in INFIX:
        return [2]
    row = spark_function_types()["functions"].get(name)
    if row is None:
        return [1]
    return [one for one in row["arity"] if one <= 4]


def functions(chance: random.Random) -> Iterator[Expr]:
    """Each function with each number of operands: of every type alone, of pairs, and some of more."""
    for name in names():
        for count in arities(name):
            for shorts in _operands(chance, name, count):
                one = Call(name, tuple(_operand(chance, short) for short in shorts))
                if name in WHOLE or chance.random() < 0.3 or not _is_refused(one):
                    yield one
    for name in ("substring", "round", "date_trunc", "concat", "sum"):
        yield Call(name, ())
        yield Call(name, (ref("i"),) * 6)


def _operands(chance: random.Random, name: str, count: int) -> list[tuple[str, ...]]:
    if count == 0:
        return [()]
    if count == 1:
        return [(short,) for short in (TYPES if name in RULES else PAIRS)]
    pairs: list[tuple[str, ...]] = list(product(PAIRS, PAIRS))
    if count == 2 and name in RULES:
        return pairs if name in WHOLE else chance.sample(pairs, 50)
    several, among = (12 if count == 2 else 8), (tuple(TYPES) if name in RULES else PAIRS)
    return [tuple(chance.choice(among) for _ in range(count)) for _ in range(several)]


def _operand(chance: random.Random, short: str) -> Expr:
    """A column of a type, null or not, or now and then a constant."""
    throw = chance.random()
    if throw < 0.12:
        return chance.choice(LITERALS)
    return ref(short, throw < 0.6)


def casts() -> Iterator[Expr]:
    for short, target in product(TYPES, CASTS):
        for null in (True, False):
            yield Cast(ref(short, null), parse_type(TYPES[target]))
        yield Cast(ref(short), parse_type(TYPES[target]), None, True)


def cases(chance: random.Random) -> Iterator[Expr]:
    for one, other in product(PAIRS, PAIRS):
        condition: Expr = Call(">", (ref("i"), Literal(INT, 1, "1")))
        yield Case(((condition, _operand(chance, one)),), _operand(chance, other))
    for short in TYPES:
        yield Case(((ref(short), Literal(INT, 1, "1")),), None)
        yield Item(ref("ai"), ref(short))
        yield Item(ref("m"), ref(short))
        yield Item(ref(short), Literal(INT, 0, "0"))
        yield Call("in", (ref(short), ref("i"), Literal(INT, 2, "2")))
        yield Call("in", (ref("s"), ref(short)))
        yield Call("not", (ref(short),))
        for distinct in (False, True):
            yield Call("count", (ref(short),), distinct=distinct)


# --- lambdas and windows

X, Y, Z = Ref(("x",)), Ref(("y",)), Ref(("z",))
ONE = Literal(INT, 1, "1")


def lambdas() -> Iterator[Expr]:
    """Functions that are handed a function, over arrays and maps of several types."""
    bodies: tuple[Expr, ...] = (
        X,
        Call("+", (X, ONE)),
        Call("isnull", (X,)),
        Call("concat", (X, X)),
        Call(">", (X, ONE)),
    )
    for short in ("ai", "as", "ad", "aa", "at", "m", "i"):
        for body in bodies:
            for name in ("transform", "filter", "exists", "forall"):
                yield Call(name, (ref(short), Lambda(("x",), body)))
        yield Call("transform", (ref(short), Lambda(("x", "y"), Y)))
        yield Call("array_sort", (ref(short), Lambda(("x", "y"), Literal(INT, 0, "0"))))
        for other in ("ai", "as", "ad"):
            yield Call("zip_with", (ref(short), ref(other), Lambda(("x", "y"), Call("coalesce", (X, Y)))))
            yield Call("zip_with", (ref(short), ref(other), Lambda(("x", "y"), Y)))
        for start in (ONE, Cast(ONE, parse_type("bigint")), Literal(DOUBLE, 0.5, "0.5"), Literal(STRING, "a", "a")):
            merge = Lambda(("x", "y"), Call("+", (X, Y)))
            yield Call("aggregate", (ref(short), start, merge))
            yield Call("reduce", (ref(short), start, merge, Lambda(("x",), Call("isnull", (X,)))))
    for short in ("m", "mi", "ai"):
        for body in (X, Y, Call("isnull", (Y,)), Call("+", (Y, ONE))):
            for name in ("map_filter", "transform_keys", "transform_values"):
                yield Call(name, (ref(short), Lambda(("x", "y"), body)))
        yield Call("map_zip_with", (ref(short), ref("m"), Lambda(("x", "y", "z"), Z)))


def windows() -> Iterator[Expr]:
    """Window functions, and aggregates over a window."""
    for name in sorted(WINDOWS):
        for short in PAIRS:
            args = () if name in ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist") else (ref(short),)
            extra: tuple[Expr, ...] = (Literal(INT, 2, "2"),) if name in ("lag", "lead", "nth_value") else ()
            yield Over(Call(name, (*args, *extra)), (ref("s"),), (ref("ts"),))
            if name in ("lag", "lead"):
                yield Over(Call(name, (*args, ONE, ref(short, False))), (), (ref("ts"),))
    for name in ("sum", "avg", "min", "max", "count", "first", "last", "collect_list", "stddev", "percentile_approx"):
        for short in PAIRS:
            second: tuple[Expr, ...] = (Literal(DOUBLE, 0.5, "0.5"),) if name == "percentile_approx" else ()
            yield Over(Call(name, (ref(short), *second)), (ref("s"),), (ref("dt"),))


# --- trees


SAFE = ("+", "-", "*", "/", "%", "coalesce", "concat", "round", "abs", "greatest", "least", "if", "nullif", "nvl")
INNER = (*SAFE, "upper", "length", "year", "date_add", "datediff", "to_date", "substring", "date_trunc", "floor")
INNER2 = (*INNER, "ceil", "=", "<", "and", "not", "isnull", "in", "array", "size", "element_at", "split", "cast")


def tree(chance: random.Random, depth: int) -> Expr:
    """An expression by chance; with operands that fit as often as not."""
    if depth == 0 or chance.random() < 0.15:
        return (
            chance.choice(LITERALS)
            if chance.random() < 0.25
            else ref(chance.choice(tuple(TYPES)), chance.random() < 0.6)
        )
    name = chance.choice((*INNER2, "case", "cast"))
    below = [tree(chance, depth - 1) for _ in range(3)]
    if name == "cast":
        return Cast(below[0], parse_type(TYPES[chance.choice(CASTS)]), None, chance.random() < 0.2)
    if name == "case":
        condition = Call("isnull", (below[0],))
        return Case(((condition, below[1]),), below[2] if chance.random() < 0.7 else None)
    return Call(name, tuple(_fitting(chance, name, below)))


def _fitting(chance: random.Random, name: str, below: list[Expr]) -> list[Expr]:
    match name:
        case "round":
            return [below[0], Literal(INT, 1, "1")]
        case "date_trunc":
            return [Literal(STRING, "month", "month"), ref(chance.choice(("dt", "ts", "s")))]
        case "split":
            return [below[0], Literal(STRING, ",", ",")]
        case "if":
            return [Call("isnotnull", (below[0],)), below[1], below[2]]
        case "substring":
            return [below[0], Literal(INT, 1, "1"), Literal(INT, 2, "2")]
        case "in" | "coalesce" | "concat" | "greatest" | "least" | "array":
            return below[: chance.choice((2, 3))]
        case "upper" | "length" | "year" | "to_date" | "floor" | "ceil" | "abs" | "not" | "isnull" | "size":
            return below[:1]
    return below[:2]


def trees(count: int, seed: int = SEED) -> list[Expr]:
    """Trees of which most are such as Spark takes, as far as mlcheck can tell."""
    chance = random.Random(seed)
    found: list[Expr] = []
    while len(found) < count:
        one = _aggregated(chance) if len(found) % 4 == 3 else tree(chance, chance.choice((2, 2, 3)))
        if chance.random() < 0.15 or not _is_refused(one):
            found.append(one)
    return found


def _is_refused(expr: Expr) -> bool:
    reading = Reading(Nowhere(), "select")
    resolve(expr, Names(schema(), reading))
    return bool(reading.problems)


def _aggregated(chance: random.Random) -> Expr:
    name = chance.choice(("sum", "avg", "min", "max", "count", "first", "collect_list", "stddev", "median"))
    inner: Expr = Call(name, (tree(chance, 1),), distinct=name == "count" and chance.random() < 0.3)
    if chance.random() < 0.5:
        operator = chance.choice(("+", "*", "/", "coalesce"))
        inner = Call(operator, (inner, chance.choice(LITERALS)))
    return Call("round", (inner, Literal(INT, 2, "2"))) if chance.random() < 0.3 else inner


def is_aggregate(expr: Expr) -> bool:
    match expr:
        case Call(name=name, args=args):
            return name in AGGREGATES or any(is_aggregate(one) for one in args)
        case Cast(child=child):
            return is_aggregate(child)
        case Case(branches=branches, otherwise=otherwise):
            inner = [one for branch in branches for one in branch]
            return any(is_aggregate(one) for one in [*inner, *([otherwise] if otherwise is not None else [])])
    return False
