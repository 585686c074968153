"""How operations change what is known of a frame's rows: keys, versions of tables that keep history, joins.

What an operation does not say is lost, never guessed: without a key nothing is
said of a join, and a condition that was not read leaves a doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mlcheck.flow.frames.expr import (
    Alias,
    Bound,
    Call,
    Case,
    Cast,
    Expr,
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
from mlcheck.flow.frames.history import business_keys, is_surrogate, watched_columns
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.resolve import lookup
from mlcheck.flow.frames.rows import NO_ROWS, JoinSettled, Key, Multiplied, Rows, Versions, VersionsSettled
from mlcheck.flow.frames.schema import Attribute, Schema, Spot

_RANKS = frozenset({"row_number", "rank", "dense_rank"})
_AGGREGATES = frozenset(
    [
        "count",
        "sum",
        "avg",
        "mean",
        "min",
        "max",
        "max_by",
        "min_by",
        "first",
        "last",
        "any_value",
        "collect_list",
        "collect_set",
        "stddev",
        "variance",
        "approx_count_distinct",
        "count_if",
        "median",
        "percentile",
        "percentile_approx",
        "bool_and",
        "bool_or",
        "every",
        "some",
    ]
)
_MOST_KEYS = 6


# --- where rows come from


def of_table(
    attributes: Sequence[Attribute],
    table: str,
    primary: Sequence[str],
    scd_type: int | None,
    spot: Spot | None,
    doubt: str = "",
) -> Rows:
    """A table's own rows: by its primary key, and with its versions where it keeps history."""
    named = {one.name.lower(): one for one in attributes if one.name is not None}
    found = [named.get(name.lower()) for name in primary]
    keys = [one for one in found if one is not None]
    key = Key(frozenset(one.id for one in keys), tuple(primary), table) if keys and len(keys) == len(found) else None
    watched = watched_columns(table, tuple(named), scd_type)
    versions = (Versions(table, spot, watched, None, doubt),) if watched is not None else ()
    return Rows((key,) if key is not None else (), versions)


def as_named(keys: Sequence[Key], attributes: Sequence[Attribute]) -> tuple[Key, ...]:
    """The keys of a frame that was written, of the table that is read: by the names."""
    named = {one.name.lower(): one.id for one in attributes if one.name is not None}
    whole = [key for key in keys if not key.current and key.names and all(name.lower() in named for name in key.names)]
    return tuple(Key(frozenset(named[name.lower()] for name in key.names), key.names) for key in whole)


# --- conditions


def conjuncts(condition: Expr) -> Iterator[Expr]:
    """What holds at once where a condition holds."""
    if isinstance(condition, Call) and condition.name == "and":
        for one in condition.args:
            yield from conjuncts(one)
    else:
        yield condition


def touched(expr: Expr, schema: Schema) -> tuple[list[Attribute], bool]:
    """The columns that an expression reads, and whether those are all."""
    if isinstance(expr, Ref):
        found = lookup(schema, expr.parts)[0] or (lookup(schema.below, expr.parts)[0] if schema.below else ())
        return list(found), bool(found)
    if isinstance(expr, Bound):
        return [_bound(expr, schema)], True
    if isinstance(expr, (Opaque, Star)):
        return [], isinstance(expr, Star) or expr.why.startswith("a value")
    found_all: list[Attribute] = []
    known = True
    for child in _children(expr):
        some, all_ = touched(child, schema)
        found_all += some
        known = known and all_
    return found_all, known


def _bound(expr: Bound, schema: Schema) -> Attribute:
    here = next((one for one in schema if one.id == expr.attribute.id), None)
    return here or expr.attribute


def _children(expr: Expr) -> Sequence[Expr]:
    match expr:
        case Alias(child=child) | Cast(child=child) | Sorted(child=child):
            return (child,)
        case Call(args=args) | Opaque(args=args):
            return args
        case Case(branches=branches, otherwise=otherwise):
            flat = [one for branch in branches for one in branch]
            return (*flat, otherwise) if otherwise is not None else flat
        case Over(child=child, partition=partition, order=order):
            return (child, *partition, *order)
        case Item(child=child, key=key):
            return (child, key)
        case Lambda(body=body):
            return (body,)
        case Query(left=left):
            return left
        case _:
            return ()


def plain(expr: Expr, schema: Schema) -> Attribute | None:
    """The column that an expression is, its type and name aside."""
    while isinstance(expr, (Alias, Cast, Sorted)):
        expr = expr.child
    if isinstance(expr, Bound):
        return _bound(expr, schema)
    if isinstance(expr, Ref):
        found, rest = lookup(schema, expr.parts)
        return found[0] if len(found) == 1 and not rest else None
    return None


_REJECTS_NULL = frozenset(
    ["isnotnull", "=", "==", "!=", "<>", "<", "<=", ">", ">=", "like", "rlike", "ilike", "in", "between", "contains"]
)


def present_by(conjunct: Expr, schema: Schema) -> frozenset[int]:
    """The columns that are not null where a condition holds."""
    if isinstance(conjunct, Call) and conjunct.name == "not" and len(conjunct.args) == 1:
        inner = conjunct.args[0]
        if not isinstance(inner, Call) or inner.name not in ("isnull", "in", "like", "=", "between"):
            return frozenset()
        conjunct = inner
    elif isinstance(conjunct, Call) and conjunct.name not in _REJECTS_NULL:
        return frozenset()
    given = conjunct.args if isinstance(conjunct, Call) else (conjunct,)
    columns = [plain(one, schema) for one in given]
    return frozenset(one.id for one in columns if one is not None)


def with_present(rows: Rows, ids: frozenset[int]) -> Rows:
    return rows if ids <= rows.present else replace(rows, present=rows.present | ids)


def _fixed(conjunct: Expr, schema: Schema) -> Attribute | None:
    """The column that a condition gives one value."""
    if not isinstance(conjunct, Call) or conjunct.name not in ("=", "<=>", "==") or len(conjunct.args) != 2:
        return None
    for one, other in (conjunct.args, conjunct.args[::-1]):
        column = plain(one, schema)
        if column is not None and touched(other, schema) == ([], True):
            return column
    return None


def _ranked(conjunct: Expr, schema: Schema) -> Key | None:
    """What a condition on a number within groups (`row_number() = 1`) leaves one row of."""
    if not isinstance(conjunct, Call) or len(conjunct.args) != 2:
        return None
    ranking, limit = conjunct.args
    column = plain(ranking, schema)
    first = {"=": 1, "==": 1, "<=>": 1, "<=": 1, "<": 2}.get(conjunct.name)
    if not isinstance(limit, Literal) or first is None or limit.value != first:
        return None
    if column is None:
        return rank_key(ranking, schema)
    return next((key for id_, key in schema.rows.ranks if id_ == column.id), None)


def concerns(attribute: Attribute, versions: Versions) -> bool:
    if any(one.table == versions.table and one.column.lower() in versions.watched for one in attribute.sources):
        return True
    return not attribute.sources and (attribute.name or "").lower() in versions.watched


def _chooses(attribute: Attribute, join: Multiplied) -> bool:
    return attribute.id in join.watched or any(
        (one.table, one.column.lower()) in join.sources for one in attribute.sources
    )


def settle_versions(rows: Rows, gone: Iterable[Versions], how: str, reading: Reading, spot: Spot | None = None) -> Rows:
    """Of some tables one version for each row is left."""
    settled = tuple(gone)
    for one in settled:
        reading.rows.append(VersionsSettled(spot or reading.spot, one.table, one.spot, how, one.joined))
    return replace(rows, versions=tuple(one for one in rows.versions if one not in settled))


def settle_joins(rows: Rows, gone: Iterable[Multiplied], how: str, reading: Reading) -> Rows:
    settled = tuple(gone)
    for one in settled:
        reading.rows.append(JoinSettled(reading.spot, one.spot, how))
    return replace(rows, multiplied=tuple(one for one in rows.multiplied if one not in settled))


def doubted(rows: Rows, why: str) -> Rows:
    """Something that was not read may have left one row of several."""
    if not rows.versions and not rows.multiplied:
        return rows
    versions = tuple(replace(one, doubt=one.doubt or why) for one in rows.versions)
    return replace(rows, versions=versions, multiplied=tuple(replace(m, doubt=m.doubt or why) for m in rows.multiplied))


def filtered(schema: Schema, condition: Expr | None, reading: Reading) -> Rows:
    """The rows that a condition leaves."""
    rows = schema.rows
    if condition is None:
        return doubted(rows, "a condition that was not read")
    for conjunct in conjuncts(condition):
        rows = with_present(rows, present_by(conjunct, schema))
        key = _ranked(conjunct, schema)
        if key is not None:
            rows = only(rows, key, "the first by a ranking", reading)
            continue
        columns, known = touched(conjunct, schema)
        fixed = _fixed(conjunct, schema)
        if fixed is not None:
            rows = replace(rows, keys=tuple(replace(one, ids=one.ids - {fixed.id}) for one in rows.keys))
        rows = _chosen(rows, columns, known, schema, reading)
    return rows


def _chosen(rows: Rows, columns: Sequence[Attribute], known: bool, schema: Schema, reading: Reading) -> Rows:
    """What a condition on some columns chooses."""
    names = ", ".join(f"`{one.name}`" for one in columns if one.name)
    chosen = [one for one in rows.versions if any(concerns(column, one) for column in columns)]
    if chosen:
        rows = settle_versions(rows, chosen, f"by {names}", reading)
        rows = replace(rows, keys=(*rows.keys, *current_keys(schema, chosen)))
    joins = [one for one in rows.multiplied if any(_chooses(column, one) for column in columns)]
    if joins:
        rows = settle_joins(rows, joins, f"a condition on {names}", reading)
    if not known:
        return doubted(rows, "a condition that was not read")
    if any(not one.sources and one.made is not None for one in columns):
        return doubted(rows, f"a condition on {names}, which is computed")
    return rows


def current_keys(schema: Schema, chosen: Sequence[Versions]) -> list[Key]:
    """Among the current versions a row is told by the columns that its version's key is named after."""
    found = []
    for key in schema.rows.keys:
        if any(key.table == one.table for one in chosen):
            names = business_keys(schema.names, key.names)
            columns = [one for name in names if (one := schema.one(name)) is not None]
            found += [Key(frozenset([one.id]), (one.name or "",), key.table, True) for one in columns]
    return found


def only(rows: Rows, key: Key, how: str, reading: Reading) -> Rows:
    """One row is left for each value of some columns."""
    rows = settle_versions(rows, rows.versions, how, reading)
    rows = settle_joins(rows, rows.multiplied, how, reading)
    return replace(rows, keys=(*rows.keys, key)[-_MOST_KEYS:])


# --- selections


def selected(schema: Schema, exprs: Sequence[Expr], made: Sequence[Attribute]) -> Rows:
    """The rows of a selection; a key's columns under other names are a key."""
    rows = schema.rows
    if rows == NO_ROWS and not any(rank_key(one, schema) for one in exprs):
        return rows
    if any(_generates(one) for one in exprs):
        return replace(doubted(rows, "rows that a generator gives"), keys=(), ranks=())
    new: dict[int, Attribute] = {}
    present: set[int] = set()
    ranks = dict(rows.ranks)
    for expr in exprs:
        if isinstance(expr, Alias) and expr.name is not None:
            column = next((one for one in made if one.name == expr.name), None)
            old = plain(expr.child, schema)
            if column is not None and old is not None:
                new[old.id] = column
                if old.id in rows.present and not isinstance(expr.child, Cast):
                    present.add(column.id)
            if column is not None:
                ranks.update(rank_of(expr, column, schema))
    rows = with_present(rows, frozenset(present))
    return replace(rows, keys=_renamed(rows.keys, new, made), ranks=tuple(ranks.items()))


def _generates(expr: Expr) -> bool:
    inner = expr.child if isinstance(expr, Alias) else expr
    return isinstance(inner, Call) and inner.name.startswith(("explode", "posexplode", "inline", "stack"))


def _renamed(keys: tuple[Key, ...], new: dict[int, Attribute], made: Sequence[Attribute]) -> tuple[Key, ...]:
    here = {one.id for one in made}
    found = list(keys)
    for key in keys:
        if any(one in new and one not in here for one in key.ids):
            ids = frozenset(new[one].id if one in new and one not in here else one for one in key.ids)
            found[found.index(key)] = replace(key, ids=ids)
    return tuple(found)


def rank_of(expr: Expr, column: Attribute, schema: Schema) -> dict[int, Key]:
    """What a column of a ranking numbers the rows of."""
    key = rank_key(expr, schema)
    return {column.id: key} if key is not None else {}


def rank_key(expr: Expr, schema: Schema) -> Key | None:
    """The columns whose every value a ranking (`row_number() over (partition by …)`) numbers the rows of."""
    inner = expr.child if isinstance(expr, Alias) else expr
    if not isinstance(inner, Over) or not inner.known:
        return None
    if not isinstance(inner.child, Call) or inner.child.name not in _RANKS:
        return None
    by = [plain(one, schema) for one in inner.partition]
    columns = [one for one in by if one is not None]
    if not by or len(columns) < len(by):
        return None
    return Key(frozenset(one.id for one in columns), tuple(one.name or "" for one in columns))


def queried(
    schema: Schema,
    listed: Sequence[Expr],
    made: Sequence[Attribute],
    groups: Sequence[Expr] | None,
    qualify: Expr | None,
    reading: Reading,
) -> Rows:
    """The rows of a SELECT: its list, its groups (a star for those that are not plain), and QUALIFY."""
    if qualify is not None:
        schema = replace(schema, rows=filtered(schema, qualify, reading))
    if groups is None and not any(_aggregates(one) for one in listed):
        return selected(schema, listed, made)
    columns = [plain(one, schema) for one in groups or ()]
    known = [one for one in columns if one is not None]
    if len(known) < len(columns):
        return grouped(schema, None, reading)
    rows = grouped(schema, known, reading)
    return selected(replace(schema, rows=rows), listed, made)


def _aggregates(expr: Expr) -> bool:
    inner = expr.child if isinstance(expr, (Alias, Cast)) else expr
    if isinstance(inner, Call):
        return inner.name in _AGGREGATES or any(_aggregates(one) for one in inner.args)
    return False


def with_columns(schema: Schema, given: Sequence[tuple[str | None, Expr]], made: Sequence[Attribute]) -> Rows:
    """The rows of a frame with other columns; a key's column that is computed anew is none any more."""
    named = [Alias(expr, name) for name, expr in given if name is not None]
    return selected(schema, named, made)


# --- groups, duplicates, unions


def grouped(schema: Schema, groups: Sequence[Attribute] | None, reading: Reading) -> Rows:
    """A row for each group; groups that are not known are None."""
    rows = schema.rows
    single = [one for one in rows.versions if one.joined is None]
    rows = settle_versions(rows, single, "one row for each group", reading)
    rows = doubted(rows, "an aggregation after the join")
    keys = (
        (Key(frozenset(one.id for one in groups), tuple(one.name or "" for one in groups)),)
        if groups is not None
        else ()
    )
    return Rows(keys, rows.versions, rows.multiplied, (), rows.present)


def distinct(schema: Schema, subset: Sequence[str] | None, reading: Reading) -> Rows:
    """A row for each value of some columns; of all of them where `subset` is None."""
    here = {one.id for one in schema}
    kept = tuple(key for key in schema.rows.keys if key.ids <= here)
    if subset is not None:
        columns = [one for name in subset if (one := schema.one(name)) is not None]
        if not columns or len(columns) < len(subset):
            return replace(doubted(schema.rows, "duplicates that are dropped"), keys=kept)
        key = Key(frozenset(one.id for one in columns), tuple(subset))
        return only(replace(schema.rows, keys=kept), key, "duplicates that are dropped", reading)
    if not schema.closed:
        return replace(doubted(schema.rows, "duplicates that are dropped"), keys=kept)
    rows = replace(schema.rows, keys=(*kept, Key(frozenset(here), schema.names)))
    gone = [one for one in rows.versions if not any(concerns(column, one) for column in schema)]
    rows = settle_versions(rows, [one for one in gone if one.joined is None], "distinct rows", reading)
    return doubted(rows, "duplicates that are dropped")


def united(one: Schema, other: Schema) -> Rows:
    """The rows of both."""
    versions = tuple(dict.fromkeys((*one.rows.versions, *other.rows.versions)))
    return Rows((), versions, tuple(dict.fromkeys((*one.rows.multiplied, *other.rows.multiplied))))


def own_key(keys: Sequence[Key], versions: Versions, joined: frozenset[int]) -> Key | None:
    """The key of a version, where a join is by all of it."""
    return next((one for one in keys if one.table == versions.table and not one.current and one.ids <= joined), None)


def is_own(key: Key, versions: Versions) -> bool:
    """Whether a key tells versions from each other: one of the business alone does not."""
    return any(is_surrogate(name) or name.lower() in versions.watched for name in key.names)
