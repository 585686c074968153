"""What a join does to rows: whether its columns cover a key of one side, and so keep the rows of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mlcheck.flow.frames import grain
from mlcheck.flow.frames.expr import Call, Expr
from mlcheck.flow.frames.history import is_surrogate, stem
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.rows import JoinSeen, Key, Multiplied, Rows, Versions
from mlcheck.flow.frames.schema import Attribute, Schema, Spot


@dataclass(slots=True)
class _On:
    """What a join is by: pairs of columns that are equal, those that have one value, and those of other conditions."""

    left: set[int] = field(default_factory=set)
    right: set[int] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    others: list[Attribute] = field(default_factory=list)
    known: bool = True
    seen: bool = True  # whether each side is known to have the columns
    conditions: int = 0


def joined(
    left: Schema, right: Schema, how: str, using: Sequence[str], condition: Expr | None, reading: Reading
) -> Rows:
    """The rows of a join. A join by nothing is one of each with each."""
    spot = reading.join or reading.spot
    if how in ("leftsemi", "leftanti"):
        note = "rows of the first are kept or left out" if how == "leftsemi" else "rows of the first are left out"
        reading.rows.append(JoinSeen(spot, "kept", note, certain=reading.certain))
        by = frozenset(_on(left, right, using, condition).left) if how == "leftsemi" else frozenset()
        return grain.with_present(left.rows, by)
    on = _on(left, right, using, condition)
    mine, theirs = _chosen(left, on, reading), _chosen(right, on, reading)
    mine = replace(mine, versions=tuple(_through(one, left, on.left, on, spot, reading) for one in mine.versions))
    theirs = replace(
        theirs, versions=tuple(_through(one, right, on.right, on, spot, reading) for one in theirs.versions)
    )
    mine, theirs = _settled(mine, reading), _settled(theirs, reading)
    sides = (replace(left, rows=mine), replace(right, rows=theirs))
    seen, many = _judged(sides, on, how, spot, reading)
    reading.rows.append(seen)
    multiplied = (*mine.multiplied, *theirs.multiplied, *([many] if many is not None else []))
    ranks = (*mine.ranks, *theirs.ranks)
    present = _present(mine, theirs, on, how)
    return Rows(_keys(sides, on, how, using), (*mine.versions, *theirs.versions), multiplied, ranks, present)


def _present(mine: Rows, theirs: Rows, on: _On, how: str) -> frozenset[int]:
    """The columns that are never null after a join: of a side that is kept whole, none of the other's."""
    if how == "inner":
        return frozenset((*mine.present, *theirs.present, *on.left, *on.right))
    if how == "cross":
        return mine.present | theirs.present
    return {"left": mine.present, "right": theirs.present}.get(how, frozenset())


# --- what it is by


def _on(left: Schema, right: Schema, using: Sequence[str], condition: Expr | None) -> _On:
    on = _On()
    for name in using:
        mine, theirs = left.called(name), right.called(name)
        on.left |= {one.id for one in mine[:1]}
        on.right |= {one.id for one in theirs[:1]}
        on.names.append(name)
        on.seen = on.seen and bool(mine and theirs)
    on.conditions = len(using)
    whole = Schema((*left.attributes, *right.attributes), left.lost or right.lost)
    for conjunct in grain.conjuncts(condition) if condition is not None else ():
        on.conditions += 1
        if not _equal(conjunct, left, right, whole, on):
            columns, known = grain.touched(conjunct, whole)
            on.others += columns
            on.known = on.known and known
    return on


def _equal(conjunct: Expr, left: Schema, right: Schema, whole: Schema, on: _On) -> bool:
    """A column of one side that is one of the other, or one value."""
    if not isinstance(conjunct, Call) or conjunct.name not in ("=", "==", "<=>") or len(conjunct.args) != 2:
        return False
    one, other = (grain.plain(side, whole) for side in conjunct.args)
    mine, theirs = {a.id for a in left}, {a.id for a in right}
    if one is not None and other is not None:
        if one.id == other.id:  # a frame with itself
            other = right.one(other.name or "") or other
        if one.id in theirs and other.id in mine:
            one, other = other, one
        if one.id not in mine or other.id not in theirs:
            return False
        on.left.add(one.id)
        on.right.add(other.id)
        on.names.append(one.name or "")
        return True
    column = one or other
    value = conjunct.args[1] if one is not None else conjunct.args[0]
    if column is None or grain.touched(value, whole)[0] or not grain.touched(value, whole)[1]:
        return False
    (on.left if column.id in mine else on.right).add(column.id)
    on.others.append(column)
    return True


def _chosen(side: Schema, on: _On, reading: Reading) -> Rows:
    """What the conditions beside the keys choose of a side's rows."""
    rows = side.rows
    ids = {one.id for one in side}
    columns = [one for one in on.others if one.id in ids]
    chosen = [v for v in rows.versions if any(grain.concerns(one, v) for one in columns)]
    names = ", ".join(f"`{one.name}`" for one in columns)
    rows = grain.settle_versions(rows, chosen, f"by {names}", reading)
    rows = replace(rows, keys=(*rows.keys, *grain.current_keys(side, chosen)))
    return rows if on.known and on.seen else grain.doubted(rows, "a condition that was not read")


# --- versions


def _through(one: Versions, side: Schema, ids: set[int], on: _On, spot: Spot, reading: Reading) -> Versions:
    """A table with its versions that goes through a join: by the version's own key it is right."""
    keys = [key for key in side.rows.keys if key.table == one.table and not key.current]
    own = grain.own_key(keys, one, frozenset(ids))
    if own is not None and grain.is_own(own, one):
        return replace(one, doubt=_OWN)
    if one.joined is not None:
        return one
    one = replace(one, joined=spot)
    if own is not None:
        names = ", ".join(f"`{name}`" for name in own.names)
        return replace(one, doubt=one.doubt or f"{names} is declared to be the key of a table that keeps history")
    if not on.conditions:
        return replace(one, doubt=one.doubt or "a join without a condition")
    if not ids:
        return replace(one, doubt=one.doubt or "a join by other columns than its own")
    if not keys and (any(is_surrogate(name) for name in on.names) or not any(map(is_surrogate, side.names))):
        return replace(one, doubt=one.doubt or f"the key of a version of `{one.table}` is not known")
    return one


_OWN = "joined by the version's own key"


def _settled(rows: Rows, reading: Reading) -> Rows:
    return grain.settle_versions(rows, [one for one in rows.versions if one.doubt == _OWN], _OWN, reading)


# --- keys


def _judged(
    sides: tuple[Schema, Schema], on: _On, how: str, spot: Spot, reading: Reading
) -> tuple[JoinSeen, Multiplied | None]:
    """Whether the join keeps the rows of one side, and else what it multiplies."""
    names = tuple(dict.fromkeys(on.names))
    tables = tuple(dict.fromkeys(key.table for side in sides for key in side.rows.keys if key.table))
    covered = next((key for ids, side in _by(sides, on) for key in side.rows.keys if key.ids <= ids), None)
    if covered is not None:
        return JoinSeen(spot, "kept", _said(covered, _shown(names)), names, (), tables, reading.certain), None
    if how == "cross":
        note = "each row with each, as it is written"
        return JoinSeen(spot, "kept", note, names, (), tables, reading.certain), None
    why = _unsure(sides, on, names)
    if why is not None:
        return JoinSeen(spot, "unknown", why, names, (), tables, reading.certain), None
    return _many(sides, on, names, spot, reading)


def _many(
    sides: tuple[Schema, Schema], on: _On, names: tuple[str, ...], spot: Spot, reading: Reading
) -> tuple[JoinSeen, Multiplied]:
    """A join by a part of a key."""
    partial = [(key, ids, side) for ids, side in _by(sides, on) for key in _partial(side, ids)]
    missing = frozenset(one for key, ids, _ in partial for one in key.ids - ids)
    given = {name.lower() for name in names}
    left_out = tuple(dict.fromkeys(n for key, _, _ in partial for n in key.names if n.lower() not in given))
    columns = [one for _, _, side in partial for one in side if one.id in missing]
    sources = frozenset((one.table, one.column.lower()) for column in columns for one in column.sources)
    of = tuple(dict.fromkeys(key.table for key, _, _ in partial if key.table))
    whose = " and ".join(f"`{one}`" for one in of) or "one side"
    note = f"by {_shown(names)}, a part of the key of {whose}"
    return JoinSeen(spot, "multiplied", note, names, left_out, of, reading.certain), Multiplied(spot, missing, sources)


def _by(sides: tuple[Schema, Schema], on: _On) -> tuple[tuple[set[int], Schema], tuple[set[int], Schema]]:
    return (on.left, sides[0]), (on.right, sides[1])


def _shown(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def _said(key: Key, shown: str) -> str:
    if not key.ids:
        return "one side is a single row"
    names = ", ".join(f"`{name}`" for name in key.names)
    if key.current:
        return f"by {shown}: one current version of `{key.table}` for each"
    return f"by {shown}, which covers the key {names}" + (f" of `{key.table}`" if key.table else "")


def _unsure(sides: tuple[Schema, Schema], on: _On, names: tuple[str, ...]) -> str | None:
    """Why it can't be told whether rows are multiplied; None where they are."""
    if not on.known:
        return "a condition that was not read"
    if not on.seen:
        return "the columns of one side are not known"
    if not on.left or not on.right:
        return "a join by no equal columns"
    if any(not side.rows.keys for side in sides):
        return "the key of one side is not known"
    if any(one.joined is not None for side in sides for one in side.rows.versions):
        return "all versions of a table that keeps history are in it"
    partial = [_partial(side, ids) for ids, side in _by(sides, on)]
    if not any(partial):
        return f"{_shown(names)} is no part of a key of either side"
    for (ids, side), some in zip(_by(sides, on), partial, strict=True):
        if not some and not all(_is_foreign(key, side, ids) for key in side.rows.keys):
            return f"whether {_shown(names)} names one row of one side"
    missing = {
        one for (ids, _), some in zip(_by(sides, on), partial, strict=True) for key in some for one in key.ids - ids
    }
    return "a condition on the rest of the key" if any(one.id in missing for one in on.others) else None


def _partial(side: Schema, ids: set[int]) -> list[Key]:
    """The keys of which the join has a part only."""
    return [key for key in side.rows.keys if key.ids & ids and not key.ids <= ids and not key.current]


def _is_foreign(key: Key, side: Schema, ids: set[int]) -> bool:
    """Whether columns that are in no key of a side are another table's: not another name for its own rows."""
    if key.ids & ids or key.current:
        return False
    columns = [one for one in side if one.id in ids and one.name is not None]
    own = {stem(name) for name in key.names}
    table = key.table.rpartition(".")[2].lower()
    return bool(columns) and all(
        stem(one.name or "") != (one.name or "").lower()
        and stem(one.name or "") not in own | {""}
        and stem(one.name or "") not in table
        and "id" not in own
        for one in columns
    )


def _keys(sides: tuple[Schema, Schema], on: _On, how: str, using: Sequence[str]) -> tuple[Key, ...]:
    """The keys that a join leaves: each side's where the other's is covered, and both together."""
    (left, right), found = sides, list[Key]()
    swap: dict[int, int] = {}
    if using and how not in ("full",):
        pairs = [(left.called(name)[:1], right.called(name)[:1]) for name in using]
        swap = {
            (mine[0].id if how == "right" else theirs[0].id): (theirs[0].id if how == "right" else mine[0].id)
            for mine, theirs in pairs
            if mine and theirs
        }
    mine = [_swapped(key, swap) for key in left.rows.keys]
    theirs = [_swapped(key, swap) for key in right.rows.keys]
    if how in ("inner", "left") and any(key.ids <= on.right for key in right.rows.keys):
        found += mine
    if how in ("inner", "right") and any(key.ids <= on.left for key in left.rows.keys):
        found += theirs
    if not found and how in ("inner", "cross", "left", "right") and mine and theirs:
        one, other = mine[0], theirs[0]
        names = tuple(dict.fromkeys((*one.names, *other.names)))
        found.append(Key(one.ids | other.ids, names))
    return tuple(dict.fromkeys(found))


def _swapped(key: Key, swap: dict[int, int]) -> Key:
    return replace(key, ids=frozenset(swap.get(one, one) for one in key.ids)) if swap else key
