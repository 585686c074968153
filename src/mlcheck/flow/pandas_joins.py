"""Two frames of pandas into one: `merge`, `join`, `concat`.

Source: pandas 2.2.3 and 3.1.1, executed (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.frames import dtypes
from mlcheck.flow.frames import pandas_schema as schemas
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.schema import Attribute, Lost, Schema, unknown
from mlcheck.flow.frames.types import DataType, Dtype
from mlcheck.flow.frames.values import PANDAS_FRAME, Frame, Series
from mlcheck.flow.pandas_values import (
    Maybe,
    call_spot,
    fails,
    framed,
    is_true,
    names_of,
    own,
    reading,
    told,
)
from mlcheck.flow.values import NONE, Const, DictValue, ListValue, Value, constant_text


class _Keys:
    """The keys that a merge is by, on each side; `merged` are those with one name on both."""

    __slots__ = ("left", "right")

    def __init__(self, left: list[str], right: list[str]) -> None:
        self.left = left
        self.right = right

    @property
    def merged(self) -> set[str]:
        return {one for one, two in zip(self.left, self.right) if one == two}


def merge(
    call: Call,
    right: Maybe,
    how: Maybe,
    on: Maybe,
    left_on: Maybe,
    right_on: Maybe,
    left_index: Maybe,
    right_index: Maybe,
) -> Value:
    return _merged(call, own(call), right, how, on, left_on, right_on, left_index, right_index)


def merge_function(
    call: Call,
    left: Maybe,
    right: Maybe,
    how: Maybe,
    on: Maybe,
    left_on: Maybe,
    right_on: Maybe,
    left_index: Maybe,
    right_index: Maybe,
) -> Value:
    if not isinstance(left, Frame):
        left = Frame("a frame", (), PANDAS_FRAME, unknown("a frame that is merged, and not known", call_spot(call)))
    return _merged(call, left, right, how, on, left_on, right_on, left_index, right_index)


def _merged(
    call: Call,
    left: Frame,
    right: Maybe,
    how: Maybe,
    on: Maybe,
    left_on: Maybe,
    right_on: Maybe,
    left_index: Maybe,
    right_index: Maybe,
) -> Value:
    two = right if isinstance(right, Frame) else None
    if two is None and isinstance(right, Series) and right.attribute.name is not None:
        two = Frame("a column", right.calls, PANDAS_FRAME, Schema((right.attribute,), behind=schemas.UNKNOWN_INDEX))
    by_index = is_true(left_index), is_true(right_index)
    given = [one for one in (on, left_on, right_on) if one is not None and one != NONE]
    names = [names_of(one) for one in given]
    kind = constant_text(how) if how is not None else "inner"
    suffixes = _suffixes(call)
    unclear = call.arguments.open or kind is None or None in names or any(n is not None and not n[1] for n in names)
    if two is None or unclear or suffixes is None or None in by_index or "indicator" in call.arguments.keywords:
        return framed(call, _unclear(call, left, two))
    read = reading(call.it, call_spot(call), "merge", left, two)
    keys = _keys(call, left, two, on, left_on, right_on, by_index, kind or "inner", read)
    if keys is None:
        told(call.it, read)
        return framed(call, _unclear(call, left, two))
    clash = _kinds_clash(left.schema, two.schema, keys)
    told(call.it, read)
    if clash:
        fails(call.it, call_spot(call), "ValueError", clash, keys.left[0], left.schema, "merge", left, two)
    result = _columns(left.schema, two.schema, keys, kind or "inner", suffixes)
    if any(by_index):
        result = replace(result, behind=schemas.UNKNOWN_INDEX)
    return framed(call, result)


def _unclear(call: Call, left: Frame, right: Frame | None) -> Schema:
    """After a merge that was not followed: columns of either side, perhaps with a suffix."""
    held = [replace(one, perhaps=True) for one in left.schema]
    if right is not None:
        held += [replace(one, perhaps=True) for one in right.schema if not schemas.exact(left.schema, one.name or "")]
    lost = unknown("a merge whose keys or sides are not known", call_spot(call))
    return Schema(tuple(held), lost.lost, behind=schemas.UNKNOWN_INDEX)


def _suffixes(call: Call) -> tuple[str, str] | None:
    given = call.arguments.keywords.get("suffixes")
    if given is None:
        return "_x", "_y"
    if isinstance(given, ListValue) and not given.open and len(given.items) == 2:
        texts = ["" if one == NONE else constant_text(one) for one in given.items]
        if texts[0] is not None and texts[1] is not None:
            return texts[0], texts[1]
    return None


def _keys(
    call: Call,
    left: Frame,
    right: Frame,
    on: Maybe,
    left_on: Maybe,
    right_on: Maybe,
    by_index: tuple[bool | None, bool | None],
    how: str,
    read: Reading,
) -> _Keys | None:
    """The keys, looked up on both sides; None where they are not known."""
    if how == "cross":
        return _Keys([], [])
    if on is not None and on != NONE:
        names = (names_of(on) or ([], True))[0]
        _look_up(left.schema, names, read)
        _look_up(right.schema, names, read)
        return _Keys(names, names)
    if by_index == (True, True):
        return _Keys([], [])
    one = (names_of(left_on) or ([], True))[0] if left_on is not None else []
    two = (names_of(right_on) or ([], True))[0] if right_on is not None else []
    _look_up(left.schema, one, read)
    _look_up(right.schema, two, read)
    if any(by_index):
        return None
    if one or two:
        return _Keys(one, two) if len(one) == len(two) else None
    if not left.schema.closed or not right.schema.closed:
        return None
    if any(a.perhaps for a in (*left.schema, *right.schema)):
        return None
    common = [name for name in left.schema.names if schemas.exact(right.schema, name)]
    if not common:
        text = "MergeError: No common columns to perform merge on. Merge options: left_on=None, right_on=None, …"
        fails(call.it, call_spot(call), "MergeError", text, "", left.schema, "merge", left, right)
        return None
    return _Keys(common, common)


def _look_up(schema: Schema, names: Sequence[str], read: Reading) -> None:
    """A key may be a column, or a level of the index."""
    levels = {one.name for one in schema.behind}
    for name in names:
        if name not in levels and None not in levels:
            schemas.look(schema, name, read)


def _kinds_clash(left: Schema, right: Schema, keys: _Keys) -> str:
    """What pandas says of keys that can't be equal: text on one side, numbers on the other."""
    for one, two in zip(keys.left, keys.right):
        mine, theirs = schemas.exact(left, one), schemas.exact(right, two)
        if len(mine) != 1 or len(theirs) != 1:
            continue
        words = _side(mine[0].type), _side(theirs[0].type)
        if set(words) == {"text", "number"}:
            shown = [str(held[0].type).partition(" or ")[0] for held in (mine, theirs)]
            return (
                f"ValueError: You are trying to merge on {shown[0]} and {shown[1]} columns for key '{one}'. "
                "If you wish to proceed you should use pd.concat"
            )
    return ""


def _side(kind: DataType | None) -> str:
    if dtypes.is_text(kind) and isinstance(kind, Dtype) and kind.name != "string":
        return "text"
    if isinstance(kind, Dtype) and set(kind.names) <= dtypes.NUMBERS:
        return "number"
    return ""


def _columns(left: Schema, right: Schema, keys: _Keys, how: str, suffixes: tuple[str, str]) -> Schema:
    merged = keys.merged
    mine = [one for one in left if one.name is not None]
    theirs = [one for one in right if one.name is not None and one.name not in merged]
    both = {one.name for one in mine if one.name not in merged} & {one.name for one in theirs}
    unsure = left.lost or right.lost
    if any(one.perhaps for one in (*mine, *theirs) if one.name in both):
        unsure = unsure or Lost("names that have a suffix, or have not")
    there = {one.name for one in mine}
    found: list[Attribute] = [Attribute(name, None) for name in keys.left if name in merged and name not in there]
    for one in mine:
        if one.name in merged:
            found.append(replace(one, type=_key_type(one, right, how), nullable=None))
        else:
            found.append(_sided(one, one.name in both, suffixes[0], how in ("right", "outer"), right.lost is not None))
    for one in theirs:
        found.append(_sided(one, one.name in both, suffixes[1], how in ("left", "outer"), left.lost is not None))
    return Schema(tuple(found), unsure)


def _key_type(one: Attribute, right: Schema, how: str) -> DataType | None:
    held = schemas.exact(right, one.name or "")
    if len(held) != 1:
        return None
    if held[0].type == one.type:
        return one.type
    both = dtypes.joined(one.type, held[0].type)
    return both if both is not None and how == "inner" and {*both.names} <= {"int64", "float64"} else None


def _sided(one: Attribute, clashes: bool, suffix: str, missing: bool, unsure: bool) -> Attribute:
    """A column of one side: with a suffix where the other has its name too, or may have."""
    kind = dtypes.may_be_missing(one.type) if missing else one.type
    name = f"{one.name}{suffix}" if clashes else one.name
    perhaps = one.perhaps or (unsure and not clashes)
    return replace(one, name=name, type=kind, nullable=None, perhaps=perhaps)


def join(call: Call, other: Maybe, on: Maybe, how: Maybe, lsuffix: Maybe, rsuffix: Maybe) -> Value:
    """`left.join(right)`: by the right side's index."""
    left = own(call)
    two = other if isinstance(other, Frame) else None
    if two is None and isinstance(other, Series) and other.attribute.name is not None:
        two = Frame("a column", other.calls, PANDAS_FRAME, Schema((other.attribute,)))
    kind = constant_text(how) if how is not None else "left"
    ends = ["" if one is None else constant_text(one) for one in (lsuffix, rsuffix)]
    if two is None or kind is None or ends[0] is None or ends[1] is None or call.arguments.open:
        return framed(call, _unclear(call, left, two))
    given = names_of(on) if on is not None and on != NONE else None
    if given is not None:
        read = reading(call.it, call_spot(call), "join", left)
        _look_up(left.schema, given[0], read)
        told(call.it, read)
    common = _surely_common(left.schema, two.schema)
    if common and not ends[0] and not ends[1]:
        text = f"ValueError: columns overlap but no suffix specified: Index({common}, dtype='object')"
        fails(call.it, call_spot(call), "ValueError", text, common[0], left.schema, "join", left, two)
    result = _columns(left.schema, two.schema, _Keys([], []), kind, (ends[0], ends[1]))
    return framed(call, replace(result, behind=schemas.UNKNOWN_INDEX))


def _surely_common(left: Schema, right: Schema) -> list[str]:
    return [
        one.name
        for one in left
        if one.name is not None and not one.perhaps and any(not two.perhaps for two in schemas.exact(right, one.name))
    ]


# --- concat


def concat(call: Call, objs: Maybe, axis: Maybe, join: Maybe, ignore_index: Maybe) -> Value:
    given = objs.items if isinstance(objs, ListValue) and not objs.open else None
    if isinstance(objs, DictValue) and not objs.open:
        given = list(objs.entries.values())
    if not given or call.arguments.open or "keys" in call.arguments.keywords:
        return framed(call, unknown("frames that are put together, and not known", call_spot(call)))
    given = [one for one in given if one != NONE]
    along = axis in (Const(1), Const("columns"))
    if axis is not None and not isinstance(axis, Const):
        return framed(call, unknown("frames that are put together along an axis that is not known", call_spot(call)))
    if along:
        return framed(call, _beside(call, given, join))
    frames = [one for one in given if isinstance(one, Frame) and one.cls == PANDAS_FRAME]
    if len(frames) != len(given):
        return _of_columns(call, given)
    inner = join is not None and join != Const("outer")
    schema = _below([one.schema for one in frames], inner)
    index = () if ignore_index == Const(True) else _common_index(frames)
    return framed(call, replace(schema, behind=index))


def _common_index(frames: Sequence[Frame]) -> tuple[Attribute, ...]:
    names = {tuple(one.name for one in frame.schema.behind) for frame in frames}
    return frames[0].schema.behind if len(names) == 1 else schemas.UNKNOWN_INDEX


def _of_columns(call: Call, given: Sequence[Value]) -> Value:
    from mlcheck.flow.pandas_values import column

    columns = [one for one in given if isinstance(one, Series)]
    if len(columns) != len(given):
        return framed(call, unknown("what is put together, and not known", call_spot(call)))
    kinds = {one.attribute.type for one in columns}
    names = {one.attribute.name for one in columns}
    kind = kinds.pop() if len(kinds) == 1 else None
    return column(call, kind, name=names.pop() if len(names) == 1 else None)


def _below(parts: Sequence[Schema], inner: bool) -> Schema:
    """One below the other: a column that a part lacks has no value there."""
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    lost = next((part.lost for part in parts if part.lost is not None), None)
    found = []
    for name in names:
        held = [schemas.exact(part, name) for part in parts]
        there = [one[0] for one in held if len(one) == 1]
        everywhere = len(there) == len(parts) and not any(one.perhaps for one in there)
        if inner and not everywhere:
            if all(part.lost is None for part in parts) and any(not one for one in held):
                continue
            found.append(Attribute(name, None, perhaps=True))
            continue
        kind = _stacked([one.type for one in there])
        if not everywhere:
            kind = dtypes.may_be_missing(kind) if kind is not None else None
        perhaps = all(one.perhaps for one in there) if there else True
        sources = schemas.sources_of(there)
        made = there[0].made if there else None
        found.append(Attribute(name, kind, None, (), sources, made, perhaps))
    return Schema(tuple(found), lost)


def _stacked(kinds: Sequence[DataType | None]) -> DataType | None:
    first = kinds[0] if kinds else None
    if all(kind == first for kind in kinds):
        return first
    if all(isinstance(kind, Dtype) and kind.names[0] in ("int64", "float64") for kind in kinds):
        plain = all(isinstance(kind, Dtype) and not kind.other for kind in kinds)
        return dtypes.FLOAT64 if plain else Dtype("int64", "", "float64")
    return None


def _beside(call: Call, given: Sequence[Value], join: Maybe) -> Schema:
    """One beside the other: rows that a part lacks have no value in its columns."""
    found: list[Attribute] = []
    lost = None
    rows = {id(one.rows) for one in given if isinstance(one, (Frame, Series))}
    same = len(rows) == 1
    for one in given:
        if isinstance(one, Frame) and one.cls == PANDAS_FRAME:
            found += [a if same else replace(a, type=dtypes.may_be_missing(a.type)) for a in one.schema]
            lost = lost or one.schema.lost
        elif isinstance(one, Series):
            a = one.attribute
            found.append(replace(a, type=a.type if same else dtypes.may_be_missing(a.type), perhaps=False))
        else:
            return unknown("what is put together, and not known", call_spot(call))
    return Schema(tuple(found), lost, behind=schemas.UNKNOWN_INDEX)


TRANSFERS: Transfers = {
    f"{PANDAS_FRAME}.merge": merge,
    "pandas.merge": merge_function,
    f"{PANDAS_FRAME}.join": join,
    "pandas.concat": concat,
}
