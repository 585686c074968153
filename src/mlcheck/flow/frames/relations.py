"""What operations on frames give: the columns of a selection, a join, an aggregation, a union.

Each takes the columns of its inputs and gives those of its result; what it
looked up, and what Spark would refuse, goes to the reading. After a problem the
result goes on as if the column were there, of a type that is not known.
Source: Spark 4.0.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlcheck.flow.frames import functions, functions_generators, grain, join_rows
from mlcheck.flow.frames.expr import Alias, Bound, Call, Expr, Ref, Sorted, Star, spot_in
from mlcheck.flow.frames.functions_kinds import GENERATORS
from mlcheck.flow.frames.naming import automatic_name
from mlcheck.flow.frames.operands import Operand
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.resolve import AMBIGUOUS, UNRESOLVED, Names, Typed, is_qualified, literal_of, resolve
from mlcheck.flow.frames.schema import Attribute, Lost, Schema, again
from mlcheck.flow.frames.types import BOOLEAN, VOID, DataType

AMONG = "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES"
USING = "UNRESOLVED_USING_COLUMN_FOR_JOIN"
COUNT = "NUM_COLUMNS_MISMATCH"
NOT_BOOLEAN = "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN"


def selected(schema: Schema, exprs: Sequence[Expr], reading: Reading) -> Schema:
    """`SELECT exprs`: an alias is seen by those that follow it in the list."""
    names = Names(schema, reading, lateral={})
    attributes, lost = _outputs(schema, exprs, names)
    return Schema(attributes, lost, below=schema, rows=grain.selected(schema, exprs, attributes))


def _outputs(schema: Schema, exprs: Sequence[Expr], names: Names) -> tuple[tuple[Attribute, ...], Lost | None]:
    made: list[Attribute] = []
    lost: Lost | None = None
    for expr in exprs:
        if isinstance(expr, Star):
            starred, open_ = expanded(expr, schema)
            made += starred
            lost = lost or open_
            continue
        new = output(expr, names)
        made += new
        if isinstance(expr, Alias) and expr.name is not None and names.lateral is not None and len(new) == 1:
            names.lateral[expr.name.lower()] = Typed(new[0].type, new[0].nullable, new[0].sources)
    return tuple(made), lost


def expanded(star: Star, schema: Schema) -> tuple[list[Attribute], Lost | None]:
    """The columns that `*`, or `t.*`, stands for."""
    of = star.of or schema
    wanted = tuple(part.lower() for part in star.qualifier)
    left_out = {name.lower() for name in star.except_}
    found = [
        one
        for one in (*(of.behind if wanted else ()), *of.attributes)
        if is_qualified(one, wanted) and (one.name or "").lower() not in left_out
    ]
    if wanted and not found:  # of a struct, or of a frame that is not known
        return [], of.lost or Lost(f"what `{'.'.join(star.qualifier)}.*` stands for", star.spot)
    return found, of.lost


def output(expr: Expr, names: Names) -> list[Attribute]:
    """The columns that one expression of a selection gives: one, or those of a generator."""
    if isinstance(expr, Sorted):
        return output(expr.child, names)
    inner = expr.child if isinstance(expr, Alias) else expr
    if isinstance(inner, Call) and inner.name in GENERATORS:
        return _generated(inner, expr, names)
    value = resolve(expr, names)
    if isinstance(expr, Alias) and len(expr.names) > 1:
        return [Attribute(name, None, None, (), value.sources, names.reading.spot) for name in expr.names]
    made = spot_in(expr) or names.reading.spot
    if isinstance(expr, Alias):
        return [Attribute(expr.name, value.type, value.nullable, (), value.sources, made)]
    if value.attribute is not None:  # named as it is written, whatever its case
        return [_named(value.attribute, expr)]
    name: str | None
    if isinstance(expr, Ref):
        name = expr.parts[-1]
    elif isinstance(expr, Bound):
        name = expr.attribute.name
    else:
        lateral = [one for one in names.lateral or () if not names.schema.called(one)]
        name = automatic_name(expr, lambda one: _type(one, names), lateral)
    return [Attribute(name, value.type, value.nullable, (), value.sources, made)]


def _named(attribute: Attribute, expr: Expr) -> Attribute:
    if isinstance(expr, Ref):
        return replace(attribute, name=expr.parts[-1], named=expr.spot)
    return replace(attribute, named=expr.spot) if isinstance(expr, Bound) else attribute


def _type(expr: Expr, names: Names) -> DataType | None:
    """The type of a part of an expression, which has been looked up once."""
    return resolve(expr, replace(names, reading=Reading(names.reading.spot, names.reading.via))).type


def _generated(call: Call, expr: Expr, names: Names) -> list[Attribute]:
    """The columns of `explode` and its kin."""
    found = [resolve(one, names) for one in call.args]
    operands = [Operand(one.type, one.nullable, literal_of(arg)) for one, arg in zip(found, call.args, strict=True)]
    columns = list(functions_generators.columns(call.name, operands))
    if isinstance(expr, Alias):
        given = expr.names or ((expr.name,) if expr.name is not None else ())
        if len(given) == len(columns):
            columns = [(name, kind) for name, (_, kind) in zip(given, columns, strict=True)]
        elif found and found[0].type is None:
            columns = [(name, None) for name in given] or [(None, None)]
    sources = found[0].sources if found else ()
    return [Attribute(name, kind, None, (), sources, names.reading.spot) for name, kind in columns]


def with_columns(schema: Schema, given: Sequence[tuple[str | None, Expr]], reading: Reading, lateral: bool) -> Schema:
    """`withColumn(s)`: a name that is there is replaced where it stands. `lateral`: the next see those before."""
    attributes, lost = list(schema.attributes), schema.lost
    names = Names(schema, reading, lateral={} if lateral else None)
    for name, expr in given:
        value = resolve(expr, names)
        if name is None:
            blurred = Schema(tuple(attributes), lost).blurred("a column under a name that is not known", reading.spot)
            attributes, lost = list(blurred.attributes), blurred.lost
            continue
        new = Attribute(name, value.type, value.nullable, (), value.sources, reading.spot)
        places = [index for index, one in enumerate(attributes) if one.called(name)]
        for index in places:
            attributes[index] = new if index == places[0] else again(new)
        if not places:
            attributes.append(new)
        if names.lateral is not None:
            names.lateral[name.lower()] = Typed(new.type, new.nullable, new.sources)
    return Schema(tuple(attributes), lost, below=schema, rows=grain.with_columns(schema, given, attributes))


def looked_up(expr: Expr, names: Names, clause: str) -> Typed:
    """The type of what a clause holds: problems in it say which."""
    names.reading.clause = clause
    value = resolve(expr, names)
    names.reading.clause = ""
    return value


def filtered(schema: Schema, condition: Expr | None, reading: Reading) -> Schema:
    """`WHERE condition`: also by columns below a projection."""
    if condition is not None:
        value = looked_up(condition, Names(schema, reading, hidden=schema.below), "filter")
        if value.type is not None and value.type not in (BOOLEAN, VOID):
            detail = f"Filter expression must be of the type BOOLEAN, and is {str(value.type).upper()}"
            reading.problem(NOT_BOOLEAN, "", schema, None, detail)
    rows = grain.filtered(schema, condition, reading)
    return schema if rows is schema.rows else replace(schema, rows=rows)


def ordered(schema: Schema, exprs: Sequence[Expr], reading: Reading) -> Schema:
    """`ORDER BY`: also by columns below a projection."""
    for one in exprs:
        resolve(one, Names(schema, reading, hidden=schema.below))
    return schema


def aggregated(schema: Schema, groups: Sequence[Expr], outputs: Sequence[Expr], reading: Reading) -> Schema:
    """`GROUP BY groups` with what is computed; the groups come first."""
    names = Names(schema, reading)
    attributes, lost = _outputs(schema, (*groups, *outputs), names)
    whole = not any(isinstance(one, Star) for one in groups)
    rows = grain.grouped(schema, attributes[: len(groups)] if whole else None, reading)
    return Schema(attributes, lost, below=schema, rows=rows)


def renamed(schema: Schema, names: Mapping[str, str | None]) -> Schema:
    """`withColumnRenamed`: a name that is not there is passed over, silently."""
    wanted = {old.lower(): new for old, new in names.items()}
    changed = [
        replace(one, name=wanted[one.name.lower()], qualifier=())
        if one.name is not None and one.name.lower() in wanted
        else one
        for one in schema.attributes
    ]
    return Schema(tuple(changed), schema.lost, below=schema, rows=schema.rows)


def dropped(schema: Schema, names: Sequence[str], exprs: Sequence[Expr], reading: Reading) -> Schema:
    """`drop`: names that are not there are passed over; a column of a frame is dropped alone."""
    gone = {name.lower() for name in names}
    ids = {one.attribute.id for one in exprs if isinstance(one, Bound)}
    by_name = {one.parts[-1].lower() for one in exprs if isinstance(one, Ref) and len(one.parts) == 1}
    kept = [one for one in schema.attributes if (one.name or "").lower() not in gone | by_name and one.id not in ids]
    unsure = any(not isinstance(one, (Bound, Ref)) for one in exprs)
    result = Schema(tuple(kept), schema.lost, below=schema, rows=schema.rows)
    return result.blurred("columns that are dropped, and not known which", reading.spot) if unsure else result


def need(
    schema: Schema, names: Sequence[str], reading: Reading, condition: str = UNRESOLVED, alone: bool = False
) -> None:
    """Names that must be among the columns: of `na.fill`, `dropDuplicates`; `alone`: one column each."""
    for name in names:
        found = schema.called(name)
        if found:
            reading.saw(name, schema)
            if alone and len({one.id for one in found}) > 1 and not any(one.perhaps for one in found):
                reading.problem(AMBIGUOUS, name, schema)
        elif schema.closed:
            reading.saw(name, schema)
            reading.problem(condition, name, schema)
        else:
            reading.lost(name, schema)


# --- two frames

_HOWS = {
    "outer": "full",
    "fullouter": "full",
    "leftouter": "left",
    "rightouter": "right",
    "semi": "leftsemi",
    "anti": "leftanti",
}


def join_kind(how: str) -> str:
    """A kind of join by one name: inner, left, right, full, cross, leftsemi, leftanti."""
    plain = how.lower().replace("_", "").replace(" ", "")
    return _HOWS.get(plain, plain)


def joined(
    left: Schema,
    right: Schema,
    how: str,
    using: Sequence[str],
    condition: Expr | None,
    reading: Reading,
    read: Expr | None = None,
) -> Schema:
    """A join by names (`using`) or by a condition. `how` as `join_kind` gives it; `read` is looked up already."""
    right = _apart(left, right)
    both = _beside(replace(left, below=None), replace(right, below=None), how)
    if condition is not None:
        whole = Schema((*left.attributes, *right.attributes), left.lost or right.lost, behind=both.behind)
        looked_up(condition, Names(whole, reading), "join")
    result = _using(left, right, how, using, both, reading) if using else both
    return replace(result, rows=join_rows.joined(left, right, how, using, condition or read, reading))


def _apart(left: Schema, right: Schema) -> Schema:
    """The right side of a join of a frame with itself: its columns are other ones than the left side's."""
    ids = {one.id for one in (*left.attributes, *left.behind)}
    if not any(one.id in ids for one in right.attributes):
        return right
    new = {one.id: again(one) for one in right.attributes if one.id in ids}
    rows = right.rows.anew({old: one.id for old, one in new.items()})
    return replace(right, attributes=tuple(new.get(one.id, one) for one in right.attributes), rows=rows)


def _beside(left: Schema, right: Schema, how: str) -> Schema:
    if how in ("leftsemi", "leftanti"):
        return left
    ours = [_maybe_null(one) for one in left.attributes] if how in ("right", "full") else list(left.attributes)
    theirs = [_maybe_null(one) for one in right.attributes] if how in ("left", "full") else list(right.attributes)
    return Schema((*ours, *theirs), left.lost or right.lost, behind=(*left.behind, *right.behind))


def _maybe_null(attribute: Attribute) -> Attribute:
    return replace(attribute, nullable=True)


def _using(left: Schema, right: Schema, how: str, using: Sequence[str], both: Schema, reading: Reading) -> Schema:
    for side in (left, right):
        need(side, using, reading, USING)
    keys: list[Attribute] = []
    behind = list(both.behind)
    for name in using:
        mine, theirs = _key(left, name), _key(right, name)
        first = theirs if how == "right" else mine
        if how in ("leftsemi", "leftanti"):
            keys.append(mine)
            continue
        if how == "full":
            kind = functions.result("coalesce", [functions.Operand(one.type) for one in (mine, theirs)]).type
            first = Attribute(name, kind, None, (), (*mine.sources, *theirs.sources), reading.spot)
            behind.append(mine)
        behind.append(theirs if how != "right" else mine)
        keys.append(first)
    joined_by = {(one.id, one.name) for side in (left, right) for name in using for one in side.called(name)[:1]}
    rest = [one for one in both.attributes if (one.id, one.name) not in joined_by]
    return Schema((*keys, *rest), both.lost, behind=tuple(behind))


def _key(schema: Schema, name: str) -> Attribute:
    found = schema.called(name)
    return found[0] if found else Attribute(name, None)


def united(one: Schema, other: Schema, reading: Reading) -> Schema:
    """A union by position: names of the first, types of both."""
    if one.lost is not None or other.lost is not None:
        kept = [replace(mine, type=None, nullable=None, qualifier=()) for mine in one.attributes]
        return Schema(tuple(kept), one.lost or (other.lost if not one.closed else None))
    if len(one.attributes) != len(other.attributes):
        detail = f"the first has {len(one.attributes)} columns, and the second {len(other.attributes)}"
        reading.problem(COUNT, "", one, None, detail)
        return Schema(one.attributes, Lost("a union of frames that do not fit", reading.spot))
    attributes = tuple(_either(mine, theirs) for mine, theirs in zip(one.attributes, other.attributes, strict=True))
    return Schema(attributes, rows=grain.united(one, other))


def united_by_name(one: Schema, other: Schema, allow_missing: bool, reading: Reading) -> Schema:
    """`unionByName`: each side's columns must be the other's, unless those that are missing may be null."""
    attributes: list[Attribute] = []
    for mine in one.attributes:
        theirs = other.called(mine.name) if mine.name is not None else ()
        if theirs:
            attributes.append(_either(mine, theirs[0]))
            continue
        if mine.name is not None and other.closed and not allow_missing and not mine.perhaps:
            reading.problem(AMONG, mine.name, other)
        attributes.append(replace(mine, nullable=True))
    for theirs_one in other.attributes:
        if theirs_one.name is not None and not one.called(theirs_one.name):
            if allow_missing or not one.closed:
                attributes.append(replace(theirs_one, nullable=True, qualifier=(), perhaps=not allow_missing))
            elif not theirs_one.perhaps and len(one.attributes) == len(other.attributes):
                pass  # the first side's missing name is reported already
            elif not theirs_one.perhaps:
                detail = f"the first has {len(one.attributes)} columns, and the second {len(other.attributes)}"
                reading.problem(COUNT, theirs_one.name, one, None, detail)
    return Schema(tuple(attributes), one.lost or other.lost, rows=grain.united(one, other))


def _either(mine: Attribute, theirs: Attribute) -> Attribute:
    kind = mine.type
    if theirs.type != kind:
        kind = functions.result("coalesce", [functions.Operand(mine.type), functions.Operand(theirs.type)]).type
    told = {mine.nullable, theirs.nullable}
    nullable = True if True in told else (None if None in told else False)
    sources = tuple(dict.fromkeys((*mine.sources, *theirs.sources)))
    if kind == mine.type:  # the first's own column still
        return replace(mine, nullable=nullable, qualifier=(), sources=sources)
    return Attribute(mine.name, kind, nullable, (), sources, mine.made, mine.perhaps)
