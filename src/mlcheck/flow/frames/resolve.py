"""Names looked up in a frame's columns, as Spark's analyser does, and the type of an expression over them.

Source: Spark 4.0.1, `AttributeSeq.resolve` and `ResolveReferences`, read; tests/oracle runs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mlcheck.flow.frames import functions, functions_lambdas
from mlcheck.flow.frames.expr import (
    Alias,
    Bound,
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
    Sorted,
    Star,
)
from mlcheck.flow.frames.operands import Operand, Result
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.schema import MOST_SOURCES, Attribute, Schema, Source, Spot
from mlcheck.flow.frames.types import BOOLEAN, Array, DataType, Map, Struct

UNRESOLVED = "UNRESOLVED_COLUMN.WITH_SUGGESTION"
AMBIGUOUS = "AMBIGUOUS_REFERENCE"
NO_FIELD = "FIELD_NOT_FOUND"


# What a name means where no column has it (Spark 4.0.1, LiteralFunctionResolution).
_WITHOUT_PARENTHESES = frozenset(
    [
        "current_date",
        "current_time",
        "current_timestamp",
        "current_user",
        "grouping__id",
        "localtimestamp",
        "session_user",
        "user",
    ]
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What an expression gives: its type and nullability, None where not known, and the tables' columns behind it.

    `attribute` is the column that it is, where it is one as it stands.
    """

    type: DataType | None = None
    nullable: bool | None = None
    sources: tuple[Source, ...] = ()
    attribute: Attribute | None = None


ANYTHING = Typed()


@dataclass(slots=True)
class Names:
    """Where names are looked up: the frame's columns; then, for SQL and `select`, aliases of the same list
    (`lateral`), the columns below a projection (`hidden`), an outer query's; parameters of a lambda come first.
    """

    schema: Schema
    reading: Reading
    hidden: Schema | None = None
    lateral: dict[str, Typed] | None = None
    outer: Names | None = None
    bound: dict[str, Typed] | None = None

    def within(self, parameters: dict[str, Typed]) -> Names:
        bound = {**(self.bound or {}), **parameters}
        return Names(self.schema, self.reading, self.hidden, self.lateral, self.outer, bound)


def resolve(expr: Expr, names: Names) -> Typed:
    """The type of an expression, each name in it looked up. Problems go to the reading; never raises on any input."""
    match expr:
        case Ref():
            return _by_name(expr, names)
        case Bound():
            return _taken(expr, names)
        case Literal(type=kind, value=value):
            return Typed(kind, value is None)
        case Alias(child=child):
            return replace(resolve(child, names), attribute=None)
        case Cast():
            return _cast(expr, names)
        case Sorted(child=child):
            return resolve(child, names)
        case Call():
            return _call(expr, names)
        case Case(branches=branches, otherwise=otherwise):
            return _case(branches, otherwise, names)
        case Over(child=child, partition=partition, order=order):
            for one in (*partition, *order):
                resolve(one, names)
            return replace(resolve(child, names), attribute=None)
        case Filtered(child=child, condition=condition):
            resolve(condition, names)
            return replace(resolve(child, names), attribute=None)
        case Item(child=child, key=key):
            return _item(resolve(child, names), key, expr, names)
        case Query(kind=kind, schema=schema, left=left):
            for one in left:
                resolve(one, names)
            return _of_query(kind, schema)
        case Opaque(type=kind, args=args):
            found = [resolve(one, names) for one in args]
            return Typed(kind, None, _sources(found))
        case Star() | Lambda():
            return ANYTHING
    return ANYTHING


def _sources(found: Iterable[Typed]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(source for one in found for source in one.sources))[:MOST_SOURCES]


def _of_query(kind: str, schema: Schema) -> Typed:
    if kind != "scalar":
        return Typed(BOOLEAN)
    return Typed(schema.attributes[0].type, True) if len(schema.attributes) == 1 and schema.lost is None else ANYTHING


# --- names


def typed(attribute: Attribute) -> Typed:
    return Typed(attribute.type, attribute.nullable, attribute.sources, attribute)


def _by_name(ref: Ref, names: Names) -> Typed:
    if names.bound and ref.parts[0].lower() in names.bound:
        return _fields(names.bound[ref.parts[0].lower()], ref.parts[1:], ref, names)
    shown = ".".join(ref.parts)
    found, rest = lookup(names.schema, ref.parts)
    if not found and names.lateral and ref.parts[0].lower() in names.lateral:
        return _fields(names.lateral[ref.parts[0].lower()], ref.parts[1:], ref, names)
    found, rest = _below(ref, names, found, rest)
    if not found and names.outer is not None and names.schema.closed:
        return _by_name(ref, names.outer)
    if len(found) == 1:
        names.reading.saw(shown, names.schema)
        return _fields(typed(found[0]), rest, ref, names)
    if found:
        return _several(found, shown, ref, names)
    if len(ref.parts) == 1 and ref.parts[0].lower() in _WITHOUT_PARENTHESES:
        return ANYTHING
    if ref.parts[0].lower() == "_metadata" or not (_is_closed(names) or _is_of_a_whole(ref, names)):
        names.reading.lost(shown, names.schema)
        return ANYTHING
    names.reading.saw(shown, names.schema)
    names.reading.problem(UNRESOLVED, shown, names.schema, ref.spot)
    return ANYTHING


def _below(
    ref: Ref, names: Names, found: tuple[Attribute, ...], rest: tuple[str, ...]
) -> tuple[tuple[Attribute, ...], tuple[str, ...]]:
    """What a name means that is none of the columns, or several of them: the first below that has just one."""
    below = names.hidden
    while len(found) != 1 and below is not None:
        lower, fields = lookup(below, ref.parts)
        if len(lower) == 1 or not found:
            found, rest = lower, fields
        below = below.below
    return found, rest


def _is_closed(names: Names) -> bool:
    return names.schema.closed and _all_closed(names.hidden)


def _is_of_a_whole(ref: Ref, names: Names) -> bool:
    """Whether a name is one of a relation of which all columns are known, whatever others there are."""
    lowest = names.schema
    while below := (names.hidden if lowest is names.schema else lowest.below):
        lowest = below
    return len(ref.parts) > 1 and names.outer is None and ref.parts[0].lower() in lowest.whole


def _all_closed(hidden: Schema | None) -> bool:
    while hidden is not None:
        if not hidden.closed:
            return False
        hidden = hidden.below
    return True


def _several(found: Sequence[Attribute], shown: str, ref: Ref, names: Names) -> Typed:
    """A name of several columns: ambiguous where each is surely there."""
    if any(one.perhaps for one in found):
        names.reading.lost(shown, names.schema)
        return ANYTHING
    names.reading.saw(shown, names.schema)
    names.reading.problem(AMBIGUOUS, shown, names.schema, ref.spot)
    return ANYTHING


def lookup(schema: Schema, parts: Sequence[str]) -> tuple[tuple[Attribute, ...], tuple[str, ...]]:
    """The columns that a name may mean, and the fields of a struct that are left of it.

    A qualifier that fits comes before a struct's field, the longest first.
    """
    for levels in range(min(len(parts) - 1, 3), -1, -1):
        wanted = tuple(part.lower() for part in parts[:levels])
        found = [one for one in schema.called(parts[levels]) if is_qualified(one, wanted)]
        if not found and levels:
            found = [one for one in schema.behind if one.called(parts[levels]) and is_qualified(one, wanted)]
        if found:
            distinct = {one.id: one for one in found}
            return tuple(distinct.values()), tuple(parts[levels + 1 :])
    return (), ()


def is_qualified(attribute: Attribute, wanted: tuple[str, ...]) -> bool:
    """Whether what stands before a name fits a column: one of the two may have more levels, of the session's own."""
    if not wanted:
        return True
    own = tuple(part.lower() for part in attribute.qualifier)
    levels = min(len(own), len(wanted))
    return levels > 0 and own[-levels:] == wanted[-levels:]


def _fields(value: Typed, fields: Sequence[str], ref: Ref, names: Names) -> Typed:
    for index, name in enumerate(fields):
        value = replace(field_of(value, name, ref, names), attribute=None)
        if value.type is None and index + 1 < len(fields):
            return value
    return value


def field_of(value: Typed, name: str, ref: Ref, names: Names) -> Typed:
    """A field of a struct, a map's value, or the field of each of an array's structs."""
    kind = value.type
    if isinstance(kind, Array) and isinstance(kind.element, Struct):
        inner = field_of(replace(value, type=kind.element), name, ref, names)
        return replace(inner, type=Array(inner.type))
    if isinstance(kind, Map):
        return Typed(kind.value, True, value.sources)
    if not isinstance(kind, Struct):
        return Typed(None, None, value.sources)
    found = kind.field(name)
    if found is None:
        if not kind.open and names.schema.lost is None:
            shown = ", ".join(f"`{one}`" for one, _ in kind.fields)
            detail = f"No such struct field `{name}` in {shown}"
            names.reading.problem(NO_FIELD, name, names.schema, ref.spot, detail)
        return Typed(None, None, value.sources)
    return Typed(found[1], None, value.sources)


def _taken(bound: Bound, names: Names) -> Typed:
    """`df.x`: the same column where it is there still; else whatever has its name, if that can be told."""
    where: Schema | None = names.schema
    while where is not None:
        for attribute in where.attributes:
            if attribute.id == bound.attribute.id:
                names.reading.saw(attribute.name or "", names.schema)
                return typed(attribute)
        where = names.hidden if where is names.schema else where.below
    named = names.schema.one(bound.attribute.name) if bound.attribute.name is not None else None
    if named is not None and not named.perhaps:
        names.reading.saw(bound.attribute.name or "", names.schema)
        return replace(typed(named), type=named.type if named.type == bound.attribute.type else None)
    names.reading.lost(bound.attribute.name or "?", names.schema)
    return Typed(None, None, bound.attribute.sources)


# --- operations


def _call(call: Call, names: Names) -> Typed:
    if any(isinstance(one, Lambda) for one in call.args):
        return _with_lambda(call, names)
    found = [ANYTHING if isinstance(one, Star) else resolve(one, names) for one in call.args]
    if call.name == "struct":
        return _struct(call, found, names)
    operands = [_operand(one, arg) for one, arg in zip(found, call.args, strict=True)]
    return _told(functions.result(call.name, operands, call.distinct), call.name, found, names, call.spot)


def _struct(call: Call, found: Sequence[Typed], names: Names) -> Typed:
    """`struct(a, b + 1, *)`: a field bears its column's name, else its number."""
    from mlcheck.flow.frames.relations import expanded

    fields: list[tuple[str, DataType | None]] = []
    known = True
    for arg, value in zip(call.args, found, strict=True):
        if isinstance(arg, Star):
            starred, lost = expanded(arg, names.schema)
            known = known and lost is None and all(one.name is not None for one in starred)
            fields += [(one.name or "", one.type) for one in starred]
            continue
        name = _field_name(arg, len(fields) + 1)
        known = known and name is not None
        fields.append((name or "", value.type))
    return Typed(Struct(tuple(fields)) if known else Struct((), True), False, _sources(found))


def _field_name(expr: Expr, number: int) -> str | None:
    """The name of a struct's field that an expression gives; None where it is not known."""
    match expr:
        case Alias(name=name):
            return name
        case Ref(parts=parts):
            return parts[-1]
        case Bound(attribute=attribute):
            return attribute.name
        case Item(key=Literal(value=str(key))):
            return key
        case Opaque():
            return None
        case _:
            return f"col{number}"


def _operand(value: Typed, expr: Expr) -> Operand:
    return Operand(value.type, value.nullable, literal_of(expr), _own_name(value, expr))


def _own_name(value: Typed, expr: Expr) -> str | None:
    """The name of a column or an alias, "" of what is neither; None where that is not known."""
    if value.attribute is not None:
        return value.attribute.name
    match expr:
        case Alias(name=name):
            return name
        case Ref(parts=parts):
            return parts[-1]
        case Literal() | Call() | Cast() | Case():
            return ""
    return None


def _told(result: Result, name: str, found: Sequence[Typed], names: Names, spot: Spot | None) -> Typed:
    """What an operation gives; its refusal is a problem where each operand's type is known."""
    if result.condition and all(one.type is not None for one in found):
        names.reading.problem(result.condition, name, names.schema, spot, result.detail)
    return Typed(result.type, result.nullable, _sources(found))


def _cast(cast: Cast, names: Names) -> Typed:
    inner = resolve(cast.child, names)
    result = functions.cast(_operand(inner, cast.child), cast.type, cast.try_)
    return replace(_told(result, "cast", [inner], names, cast.spot), type=cast.type)


def literal_of(expr: Expr) -> object:
    """The value of a constant, None of anything else."""
    return expr.value if isinstance(expr, Literal) else None


def _with_lambda(call: Call, names: Names) -> Typed:
    """`transform(array, x -> …)` and its kin: a lambda's parameters have the types of elements, keys or values."""
    found: list[Typed] = []
    for one in call.args:
        if isinstance(one, Lambda):
            kinds = functions_lambdas.parameters(call.name, [each.type for each in found])
            given = {
                name.lower(): Typed(kinds[index] if index < len(kinds) else None)
                for index, name in enumerate(one.parameters)
            }
            found.append(resolve(one.body, names.within(given)))
        else:
            found.append(resolve(one, names))
    return Typed(functions_lambdas.given(call.name, [one.type for one in found]), None, _sources(found))


def _case(branches: Sequence[tuple[Expr, Expr]], otherwise: Expr | None, names: Names) -> Typed:
    conditions = [resolve(condition, names) for condition, _ in branches]
    values = [resolve(value, names) for _, value in branches]
    last = [resolve(otherwise, names)] if otherwise is not None else []
    result = functions.case(
        [functions.Operand(one.type, one.nullable) for one in conditions],
        [functions.Operand(one.type, one.nullable) for one in values],
        functions.Operand(last[0].type, last[0].nullable) if last else None,
    )
    found = _told(result, "case", [*conditions, *values, *last], names, None)
    return replace(found, sources=_sources([*values, *last]))


def _item(value: Typed, key: Expr, item: Item, names: Names) -> Typed:
    kind = value.type
    resolve(key, names)
    if isinstance(key, Literal) and isinstance(key.value, str) and isinstance(kind, (Struct, Array, Map)):
        return replace(field_of(value, key.value, Ref((key.value,), item.spot), names), attribute=None)
    if isinstance(kind, Array):
        return Typed(kind.element, None, value.sources)
    if isinstance(kind, Map):
        return Typed(kind.value, True, value.sources)
    return Typed(None, None, value.sources)
