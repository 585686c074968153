"""The name that Spark gives a column that has no alias.

Source: Spark 4.0.1, `toPrettySQL`, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Union

from mlcheck.flow.frames.coercion import is_interval, is_number
from mlcheck.flow.frames.expr import Alias, Bound, Call, Case, Cast, Expr, Item, Literal, Ref, Star
from mlcheck.flow.frames.functions_table import shown_name
from mlcheck.flow.frames.types import BOOLEAN, STRING, VOID, DataType, Decimal, Simple

_BINARY = {one: one for one in ("+", "-", "*", "/", "%", "=", "<=>", "<", "<=", ">", ">=", "&", "|", "^", "div")}
_BINARY |= {"==": "=", "and": "AND", "or": "OR"}
_COMPARISONS = frozenset(["=", "==", "<=>", "<", "<=", ">", ">="])
_MOST_DEEP = 40
# What the two ways to write it are shown as differs, or has not been looked at.
_UNSURE = frozenset(["between", "<<", ">>", ">>>"])


TypeOf = Callable[[Expr], Union[DataType, None]]


def automatic_name(expr: Expr, type_of: TypeOf | None = None, lateral: Collection[str] = ()) -> str | None:
    """The name of an expression without an alias, None where it is not known.

    `type_of` tells the type of a part of it: `a + 1` is another function where `a` is a date.
    `lateral` are aliases of the same selection, in lower case, that names may mean.
    """
    match expr:
        case Ref(parts=parts):
            return parts[-1]
        case Bound(attribute=attribute):
            return attribute.name
        case Alias(name=name, names=names):
            return name if not names else None
        case Cast(child=child) if isinstance(child, (Ref, Bound, Alias)):
            return automatic_name(child)  # a column that is cast keeps its name
    return _shown(expr, _Naming(type_of, lateral), 0)


@dataclass(frozen=True, slots=True)
class _Naming:
    """What is known of the types of an expression's parts."""

    type_of: TypeOf | None
    lateral: Collection[str] = ()

    def of(self, expr: Expr) -> DataType | None:
        if isinstance(expr, Literal):
            return expr.type
        return self.type_of(expr) if self.type_of is not None else None


def _shown(expr: Expr, told: _Naming, depth: int) -> str | None:
    """An expression as Spark writes it inside another."""
    if depth > _MOST_DEEP:
        return None
    match expr:
        case Ref(parts=(part,)):
            return f"lateralAliasReference({part})" if part.lower() in told.lateral else part
        case Ref():
            return None  # `t.a` is `a`, a field `s.a` is not
        case Bound(attribute=attribute):
            return attribute.name
        case Literal():
            return _constant(expr)
        case Cast(child=child, type=kind, try_=try_):
            inner, target = _shown(child, told, depth + 1), _type(kind)
            return None if inner is None or target is None else f"{'TRY_' if try_ else ''}CAST({inner} AS {target})"
        case Alias(child=child):
            return _shown(child, told, depth + 1)
        case Call(name=name, args=args, distinct=distinct):
            return _call(name, args, distinct, told, depth)
        case Case():
            return _case(expr, told, depth)
        case Item(child=child, key=key):
            return _item(child, key, told, depth)
    return None


def _type(kind: DataType | None) -> str | None:
    if kind is None or is_interval(kind):
        return None
    return str(kind).upper() if isinstance(kind, Simple) or ("(" in str(kind) and "<" not in str(kind)) else None


def _constant(literal: Literal) -> str | None:
    if literal.type == VOID:
        return "NULL"
    match literal.value:
        case bool() as truth:
            return str(truth).lower()
        case int() as number:
            return str(number)
        case str() as text if literal.type == Simple("string"):
            return text
    return literal.text if isinstance(literal.value, float) and literal.text in _plain(literal.value) else None


def _plain(number: float) -> tuple[str, ...]:
    """How Python and Java write a fraction alike: neither very large nor very small."""
    return (repr(number),) if 1e-3 <= abs(number) < 1e7 or number == 0 else ()


def _all(args: Sequence[Expr], told: _Naming, depth: int) -> list[str] | None:
    found = [_shown(one, told, depth + 1) for one in args]
    return None if None in found else [one for one in found if one is not None]


def _call(name: str, args: Sequence[Expr], distinct: bool, told: _Naming, depth: int) -> str | None:
    if name == "count" and len(args) == 1 and isinstance(args[0], Star) and not args[0].qualifier and not distinct:
        return "count(1)"
    given = _all(args, told, depth)
    if given is None or name in _UNSURE:
        return None
    if not _is_plain(name, args, told):
        return None
    if len(given) == 2 and name in _BINARY:
        return f"({given[0]} {_BINARY[name]} {given[1]})"
    special = _special(name, given)
    if special is not None:
        return special
    shown = shown_name(name, len(given))
    return f"{shown}({'DISTINCT ' if distinct else ''}{', '.join(given)})" if shown is not None else None


def _is_plain(name: str, args: Sequence[Expr], told: _Naming) -> bool:
    """Whether an operator is shown as it is written: not of dates, nor where a constant is rounded or read."""
    if name in ("+", "-"):
        return all(is_number(told.of(one)) or told.of(one) == STRING for one in args)
    if name == "*" and any(is_interval(told.of(one)) for one in args):
        return False
    if name in ("date_add", "date_sub") and len(args) == 2:
        return is_number(told.of(args[1]))
    if name == "nullif" and args and told.of(args[0]) == VOID:
        return False
    if name not in _COMPARISONS:
        return True
    constants = [one for one in args if isinstance(one, Literal)]
    if any(isinstance(one.type, Decimal) or one.type == BOOLEAN for one in constants):
        return False
    others = [one for one in args if not isinstance(one, Literal)]
    return not constants or all(told.of(one) not in (None, BOOLEAN) for one in others)


def _special(name: str, given: list[str]) -> str | None:
    match name, given:
        case (("!=" | "<>"), [left, right]):
            return f"(NOT ({left} = {right}))"
        case (("not" | "!"), [one]):
            return f"(NOT {one})"
        case "isnull", [one]:
            return f"({one} IS NULL)"
        case "isnotnull", [one]:
            return f"({one} IS NOT NULL)"
        case "~", [one]:
            return f"~{one}"
        case "in", [one, *others] if others:
            return f"({one} IN ({', '.join(others)}))"
        case "like", [left, right]:
            return f"{left} LIKE {right}"
        case "||", [left, right]:
            return f"concat({left}, {right})"
        case (("round" | "bround"), [one]):
            return f"{name}({one}, 0)"
        case (("first" | "last" | "any_value" | "first_value" | "last_value"), [one, _]):
            return f"{name}({one})"  # whether nulls are left out is not shown
        case "struct", _:
            return f"struct({', '.join(given)})"
    return None


def _case(case: Case, told: _Naming, depth: int) -> str | None:
    parts = _all([one for branch in case.branches for one in branch], told, depth)
    last = _shown(case.otherwise, told, depth + 1) if case.otherwise is not None else ""
    if parts is None or last is None:
        return None
    whens = " ".join(f"WHEN {parts[index]} THEN {parts[index + 1]}" for index in range(0, len(parts), 2))
    return f"CASE {whens}{f' ELSE {last}' if last else ''} END"


def _item(child: Expr, key: Expr, told: _Naming, depth: int) -> str | None:
    """`a[0]`; of a struct `s.a`, which can't be told from a map here."""
    inner, at = _shown(child, told, depth + 1), _shown(key, told, depth + 1)
    if inner is None or at is None or (isinstance(key, Literal) and isinstance(key.value, str)):
        return None
    return f"{inner}[{at}]"
