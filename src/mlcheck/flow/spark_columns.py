"""Columns of Spark: `F.col("a") + 1`, methods of a column, and what stands for a column where one is wanted.

Source: pyspark 4.0.1, `pyspark.sql.functions` and `pyspark.sql.Column`, read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from mlcheck.flow.call import Call as Given
from mlcheck.flow.call import Transfers
from mlcheck.flow.facts import CallSeen
from mlcheck.flow.frames.expr import (
    Alias,
    Call,
    Case,
    Cast,
    Expr,
    Item,
    Lambda,
    Literal,
    Opaque,
    Over,
    Ref,
    Sorted,
    Star,
)
from mlcheck.flow.frames.functions_names import PythonFunction
from mlcheck.flow.frames.schema import Spot
from mlcheck.flow.frames.spots import spot_of
from mlcheck.flow.frames.types import BIGINT, BOOLEAN, DOUBLE, INT, STRING, VOID, DataType, parse_type
from mlcheck.flow.frames.values import COLUMN, ColumnValue
from mlcheck.flow.interpreter import Interpreter
from mlcheck.flow.values import (
    Const,
    Function,
    ListValue,
    Obj,
    Value,
    constant_text,
    origins_of,
)

_MOST_PARTS = 6  # of a name that is split at its dots


def name_parts(name: str) -> tuple[str, ...] | None:
    """A name as Spark reads it: dots part it, backticks keep what is between them; None where it is not one."""
    parts, rest = [], name.strip()
    while rest:
        if rest.startswith("`"):
            end = rest.find("`", 1)
            if end < 0:
                return None
            part, rest = rest[1:end], rest[end + 1 :]
            if rest and not rest.startswith("."):
                return None
        else:
            part, dot, after = rest.partition(".")
            rest = dot + after
        parts.append(part)
        if rest == ".":
            return None
        rest = rest[1:]
    return tuple(parts) if parts and all(parts) and len(parts) <= _MOST_PARTS else None


def named(name: str, spot: Spot | None) -> Expr:
    """What a string means where a column is wanted."""
    if name.strip() == "*":
        return Star((), spot)
    parts = name_parts(name)
    if parts is None:
        return Opaque("a name that is not one of a column", spot)
    return Star(parts[:-1], spot) if parts[-1] == "*" else Ref(parts, spot)


def literal(value: Value, spot: Spot | None = None) -> Expr:
    """A constant as Spark takes it."""
    if isinstance(value, ColumnValue):
        return value.expr
    if not isinstance(value, Const):
        return Opaque("a value that is not known", spot)
    match value.value:
        case None:
            return Literal(VOID, None, "NULL")
        case bool() as truth:
            return Literal(BOOLEAN, truth, str(truth).lower())
        case int() as number:
            return Literal(INT if -(2**31) <= number < 2**31 else BIGINT, number, str(number))
        case float() as number:
            return Literal(DOUBLE, number, str(number))
        case str() as text:
            return Literal(STRING, text, text)
    return Opaque("a constant of another kind", spot)


def column(value: Value | None, spot: Spot | None) -> Expr:
    """What a value means where a column, or the name of one, is wanted."""
    if isinstance(value, ColumnValue):
        return value.expr
    text = constant_text(value) if value is not None else None
    if text is not None:
        return named(text, spot)
    return literal(value, spot) if isinstance(value, Const) else Opaque("a column that is not known", spot)


def columns(given: Given) -> list[tuple[Expr, Spot]] | None:
    """The columns that a call's positional arguments name, one list of them taken apart; None where not all known."""
    values, nodes = list(given.arguments.positional), _nodes(given)
    if len(values) == 1 and isinstance(values[0], ListValue):
        held = values[0]
        if held.open:
            return None
        inner = nodes[0] if nodes else None
        nodes = list(inner.elts) if isinstance(inner, (ast.List, ast.Tuple)) else []
        values = list(held.items)
        if len(nodes) != len(values):
            nodes = [inner] * len(values) if inner is not None else []
    if given.arguments.open:
        return None
    spots = [given_spot(given, nodes[index] if index < len(nodes) else None) for index in range(len(values))]
    return [(column(value, spot), spot) for value, spot in zip(values, spots, strict=True)]


def _nodes(given: Given) -> list[ast.expr]:
    node = given.node
    if isinstance(node, ast.Call) and not any(isinstance(one, ast.Starred) for one in node.args):
        return list(node.args)
    return []


def given_spot(given: Given, node: ast.expr | None = None) -> Spot:
    """Where an argument stands, or the call."""
    assert given.it.code is not None
    if isinstance(node, ast.Starred):
        node = None
    return spot_of(given.it.code.lines, node or given.node)


def argument_spot(given: Given, position: int, keyword: str) -> Spot:
    """Where an argument stands that is given by its position or its keyword."""
    nodes = _nodes(given)
    if position < len(nodes):
        return given_spot(given, nodes[position])
    if isinstance(given.node, ast.Call):
        for one in given.node.keywords:
            if one.arg == keyword:
                return given_spot(given, one.value)
    return given_spot(given)


# --- functions


def _made(given: Given, expr: Expr) -> ColumnValue:
    return ColumnValue("a column", (), expr)


def col(given: Given, col: Value | None) -> Value:
    return _made(given, column(col, given_spot(given)))


def lit(given: Given, col: Value | None) -> Value:
    return _made(given, _argument(given, "literal", col, given_spot(given))[0] if col is not None else Opaque("lit"))


def when(given: Given, condition: Value | None, value: Value | None) -> Value:
    spot = given_spot(given)
    branch = (column(condition, spot), literal(value, spot) if value is not None else Opaque("no value"))
    return _made(given, Case((branch,)))


_NO_COLUMNS = frozenset({"udf", "pandas_udf", "arrow_udf", "udtf", "expr", "broadcast"})


def is_function(name: str, values: Iterable[Value]) -> bool:
    """Whether a function of `pyspark.sql.functions` gives a column, and all that it is handed is followed."""
    from mlcheck.flow.frames.functions_names import by_python_name

    short = name.rpartition(".")[2]
    if short in _NO_COLUMNS or short[:1].isupper():
        return False
    return by_python_name(short) is not None or not any(isinstance(one, Function) for one in values)


def broadcast(given: Given, df: Value | None) -> Value:
    return df if df is not None else given.top("a frame")


def function(given: Given) -> Value:
    """Any function of `pyspark.sql.functions` that the table knows."""
    from mlcheck.flow.frames.functions_names import by_python_name

    name = given.target.rpartition(".")[2]
    known = by_python_name(name)
    spot = given_spot(given)
    if known is None:
        return _made(given, Opaque(f"what `{name}` gives", spot))
    args: list[Expr] = []
    for kind, value, at in _arguments(given, known):
        args += _argument(given, kind, value, at)
    return _made(given, Call(known.sql, tuple(known.arranged(args)), spot, known.distinct))


def _arguments(given: Given, function: PythonFunction) -> list[tuple[str, Value, Spot]]:
    """What is given for each parameter, in their order: its kind, the value, and where it stands.

    What is left out before one that is given has its default.
    """
    found: list[tuple[str, Value, Spot]] = []
    positional = list(given.arguments.positional)
    last = max((i for i, (name, _) in enumerate(function.parameters) if name in given.arguments.keywords), default=-1)
    for index, (name, kind) in enumerate(function.parameters):
        if kind == "option":
            continue
        if kind in ("columns", "literals"):
            found += [(kind, one, argument_spot(given, index + i, "")) for i, one in enumerate(positional[index:])]
            break
        if index < len(positional):
            found.append((kind, positional[index], argument_spot(given, index, name)))
        elif name in given.arguments.keywords:
            found.append((kind, given.arguments.keywords[name], argument_spot(given, len(positional), name)))
        elif index < last and name in function.defaults:
            found.append(("literal", Const(function.defaults[name]), given_spot(given)))
    return found


def _argument(given: Given, kind: str, value: Value, spot: Spot) -> list[Expr]:
    if kind in ("column", "columns"):
        if isinstance(value, ListValue):
            return [column(one, spot) for one in value.items] if not value.open else [Opaque("columns", spot)]
        return [column(value, spot)]
    if kind == "lambda":
        return [_lambda(given, value, spot)]
    if isinstance(value, ListValue) and not value.open:
        return [Call("array", tuple(literal(one, spot) for one in value.items), spot)]
    return [literal(value, spot)]


def _lambda(given: Given, value: Value, spot: Spot) -> Expr:
    """A function of the project that Spark calls with columns: entered with names for its parameters."""
    from mlcheck.flow.call import Arguments
    from mlcheck.flow.calls import dispatch

    if not isinstance(value, Function):
        return Opaque("a function that is not known", spot)
    names = [one.arg for one in value.node.args.args]
    elements: list[Value] = [ColumnValue("an element", (), Ref((name,), spot)) for name in names]
    result = dispatch(given.it, value, Arguments(elements, {}), given.node)
    return Lambda(tuple(names), column(result, spot)) if isinstance(result, ColumnValue) else Opaque("a function", spot)


# --- methods of a column


def own(given: Given) -> Expr:
    """The column that a method is called on."""
    held = given.receiver.data.get("lost") if given.receiver is not None else None
    return held.expr if isinstance(held, ColumnValue) else Opaque("a column that is not known", given_spot(given))


def alias(given: Given) -> Value:
    names = [constant_text(one) for one in given.arguments.positional]
    if len(names) == 1 or not all(names):
        return _made(given, Alias(own(given), names[0] if len(names) == 1 else None))
    return _made(given, Alias(own(given), names[0], tuple(name for name in names if name is not None)))


def cast(given: Given, dataType: Value | None) -> Value:
    kind = type_of(dataType)
    return _made(given, Cast(own(given), kind, given_spot(given), given.target.endswith("try_cast")))


_TYPES = {
    "StringType": "string",
    "DoubleType": "double",
    "FloatType": "float",
    "IntegerType": "int",
    "LongType": "bigint",
    "ShortType": "smallint",
    "ByteType": "tinyint",
    "BooleanType": "boolean",
    "DateType": "date",
    "TimestampType": "timestamp",
    "TimestampNTZType": "timestamp_ntz",
    "BinaryType": "binary",
    "NullType": "void",
    "VariantType": "variant",
}


def type_of(value: Value | None) -> DataType | None:
    """A type as it is given to `cast`: a string, or an instance of a class of `pyspark.sql.types`."""
    text = constant_text(value) if value is not None else None
    if text is not None:
        return parse_type(text)
    if not isinstance(value, Obj):
        return None
    name = value.cls.rpartition(".")[2]
    if name == "DecimalType":
        return _decimal(value)
    if name == "ArrayType" and value.made is not None:
        from mlcheck.flow.frames.types import Array

        return Array(type_of(value.made.argument("elementType", 0)))
    if name == "MapType" and value.made is not None:
        from mlcheck.flow.frames.types import Map

        return Map(type_of(value.made.argument("keyType", 0)), type_of(value.made.argument("valueType", 1)))
    known = _TYPES.get(name)
    return parse_type(known) if known is not None else None


def _decimal(value: Obj) -> DataType | None:
    if value.made is None:
        return None
    given = [value.made.argument("precision", 0) or Const(10), value.made.argument("scale", 1) or Const(0)]
    numbers = [one.value for one in given if isinstance(one, Const) and isinstance(one.value, int)]
    return parse_type(f"decimal({numbers[0]},{numbers[1]})") if len(numbers) == 2 else None


def sorted_(given: Given) -> Value:
    return _made(given, Sorted(own(given)))


def otherwise(given: Given, value: Value | None) -> Value:
    case = own(given)
    last = literal(value, given_spot(given)) if value is not None else Literal(VOID)
    return _made(given, Case(case.branches, last) if isinstance(case, Case) else Opaque("otherwise of no `when`"))


def also_when(given: Given, condition: Value | None, value: Value | None) -> Value:
    case, spot = own(given), given_spot(given)
    if not isinstance(case, Case) or value is None:
        return _made(given, Opaque("`when` of no `when`", spot))
    return _made(given, Case((*case.branches, (column(condition, spot), literal(value, spot)))))


def over(given: Given, window: Value | None) -> Value:
    from mlcheck.flow.spark_windows import window_of

    partition, order, known = window_of(window)
    return _made(given, Over(own(given), partition, order, known))


def item(given: Given, key: Value | None) -> Value:
    spot = given_spot(given)
    return _made(given, Item(own(given), literal(key, spot) if key is not None else Literal(VOID), spot))


_METHODS = {
    "isNull": "isnull",
    "isNotNull": "isnotnull",
    "isNaN": "isnan",
    "like": "like",
    "ilike": "ilike",
    "rlike": "rlike",
    "contains": "contains",
    "startswith": "startswith",
    "endswith": "endswith",
    "between": "between",
    "eqNullSafe": "<=>",
    "substr": "substring",
    "bitwiseAND": "&",
    "bitwiseOR": "|",
    "bitwiseXOR": "^",
    "isin": "in",
}


def method(given: Given) -> Value:
    """A method that is a function of the column and its arguments."""
    name, spot = given.target.rpartition(".")[2], given_spot(given)
    args: list[Expr] = []
    for one in (*given.arguments.positional, *given.arguments.keywords.values()):
        if isinstance(one, ListValue):
            args += [literal(each, spot) for each in one.items] if not one.open else [Opaque("values", spot)]
        else:
            args.append(literal(one, spot))
    return _made(given, Call(_METHODS[name], (own(given), *args), spot))


# --- operators

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "power",
    ast.BitAnd: "and",
    ast.BitOr: "or",
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def operated(
    it: Interpreter, op: ast.operator | ast.cmpop, left: Value, right: Value, node: ast.expr, how: str
) -> Value | None:
    """`a + b`, `a == b` where one of them is a column; None where neither is."""
    if not isinstance(left, ColumnValue) and not isinstance(right, ColumnValue):
        return None
    assert it.code is not None
    spot = spot_of(it.code.lines, node)
    name = _operator(op)
    sides = (literal(left, spot), literal(right, spot))
    expr: Expr = Call(name, sides, spot) if name is not None else Opaque("an operation", spot, None, sides)
    return ColumnValue("a column", _calls(left, right), expr, how)


def _operator(op: ast.operator | ast.cmpop) -> str | None:
    return _BINARY.get(type(op)) if isinstance(op, ast.operator) else _COMPARE.get(type(op))


def negated(it: Interpreter, op: ast.unaryop, value: ColumnValue, node: ast.expr) -> Value:
    """`~a` and `-a`."""
    assert it.code is not None
    spot = spot_of(it.code.lines, node)
    name = {ast.Invert: "not", ast.USub: "negative", ast.UAdd: "positive"}.get(type(op))
    expr: Expr = Call(name, (value.expr,), spot) if name is not None else Opaque("an operation", spot)
    return ColumnValue("a column", value.calls, expr, "operation")


def _calls(*values: Value) -> tuple[CallSeen, ...]:
    return tuple(dict.fromkeys(call for one in values for call in origins_of(one)))[:6]


def taken(it: Interpreter, owner: ColumnValue, key: Value, node: ast.expr) -> Value:
    """`column[key]` and `column.field`."""
    assert it.code is not None
    spot = spot_of(it.code.lines, node)
    return ColumnValue("a column", owner.calls, Item(owner.expr, literal(key, spot), spot), "operation")


TRANSFERS: Transfers = {
    "pyspark.sql.functions.col": col,
    "pyspark.sql.functions.column": col,
    "pyspark.sql.functions.lit": lit,
    "pyspark.sql.functions.when": when,
    "pyspark.sql.functions.broadcast": broadcast,
    f"{COLUMN}.alias": alias,
    f"{COLUMN}.name": alias,
    f"{COLUMN}.cast": cast,
    f"{COLUMN}.astype": cast,
    f"{COLUMN}.try_cast": cast,
    **{
        f"{COLUMN}.{name}": sorted_
        for name in (
            "asc",
            "desc",
            "asc_nulls_first",
            "asc_nulls_last",
            "desc_nulls_first",
            "desc_nulls_last",
        )
    },
    f"{COLUMN}.otherwise": otherwise,
    f"{COLUMN}.when": also_when,
    f"{COLUMN}.over": over,
    f"{COLUMN}.getItem": item,
    f"{COLUMN}.getField": item,
    **{f"{COLUMN}.{name}": method for name in _METHODS},
}
