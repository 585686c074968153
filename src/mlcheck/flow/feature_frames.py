"""Frames of the feature client: training sets with the features that they look up, and scored frames.

Source: databricks-feature-engineering 0.18.2, `ml_features/utils/training_scoring_utils.py` and
`feature_lookup_utils.py`, read; `exclude_columns` does not help against a collision, which is looked for before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlcheck.flow import catalog
from mlcheck.flow.call import Call, Transfers
from mlcheck.flow.dotted_names import names_in
from mlcheck.flow.facts import CallSeen
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.schema import Attribute, Lost, Schema, Spot, unknown
from mlcheck.flow.frames.types import DATE, DOUBLE, TIMESTAMP, DataType, parse_type
from mlcheck.flow.frames.values import Frame, schema_of
from mlcheck.flow.spark_columns import given_spot
from mlcheck.flow.spark_frames import frame, reading, told
from mlcheck.flow.values import NONE, DictValue, ListValue, Obj, Value, constant_text, shown

TRAINING_SET = "databricks.feature_engineering.TrainingSet"
COLLISION = "FEATURE_COLLISION"
NO_LABEL = "LABEL_NOT_FOUND"
NO_LOOKUP_KEY = "LOOKUP_KEY_NOT_FOUND"
NO_FEATURE = "FEATURE_NOT_FOUND"
KEY_TYPE = "LOOKUP_KEY_TYPE"
Maybe = Value | None


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A lookup: its table, by name and columns, the columns that it brings, and whether those are all known."""

    name: str
    keys: tuple[str, ...] | None  # in the frame
    features: tuple[Attribute, ...]
    known: bool
    table: Schema = Schema()
    times: tuple[str, ...] | None = ()


def training_set(call: Call, df: Maybe, feature_lookups: Maybe, label: Maybe, exclude_columns: Maybe) -> Value:
    """`create_training_set`: the frame's columns and those that are looked up, but for the excluded ones."""
    read = reading(call)
    given = schema_of(df) or unknown("a frame whose columns were not followed", given_spot(call))
    lookups = _lookups(call, feature_lookups, read)
    labels, excluded = names_in(label), names_in(exclude_columns)
    _check_labels(given, labels or (), read)
    attributes, lost = list(given.attributes), given.lost
    if lookups is None or excluded is None:
        lost = lost or Lost("features that are looked up, and not known which", given_spot(call))
    brought = {feature.name for one in lookups or () for feature in one.features}
    whole = lookups is not None and all(one.known for one in lookups)
    for one in lookups or ():
        _check_keys(given, one, brought, whole, read)
        _check_types(given, one, read)
        _check_collision(given, one, read)
        attributes += one.features
        if not one.known:
            lost = lost or Lost(f"the features of `{one.name}`", given_spot(call))
    told(call, read)
    gone = {name.lower() for name in excluded or ()}
    kept = tuple(one for one in attributes if (one.name or "").lower() not in gone)
    return Frame("a training set", (), TRAINING_SET, Schema(kept, lost))


def _lookups(call: Call, value: Maybe, read: Reading) -> list[_Lookup] | None:
    """The lookups of a list; None where they are not all known."""
    if value is None or value == NONE:
        return []
    if not isinstance(value, ListValue) or value.open:
        return None
    found = []
    for one in value.items:
        made = one.made if isinstance(one, Obj) else None
        if made is None or made.method != "FeatureLookup" or made.open:
            return None
        found.append(_lookup(call, made, read))
    return found


def _lookup(call: Call, made: CallSeen, read: Reading) -> _Lookup:
    name = made.argument("table_name", 0)
    table = catalog.table(call.it, name, made)
    keys = names_in(made.argument("lookup_key", 1))
    wanted, renames = names_in(made.argument("feature_names")), made.argument("rename_outputs")
    single = names_in(made.argument("feature_name"))
    title = shown(name) if name is not None else "…"
    if wanted is None or single is None or "output_name" in made.keywords:
        return _Lookup(title, keys, (), False, table, None)
    wanted = (*wanted, *single)
    features = _wanted(table, wanted, made, title, read) if wanted else _all(table, keys or ())
    known = bool(wanted) or (table.closed and bool(table.unique))
    renamed = _renamed(features, renames)
    times = names_in(made.argument("timestamp_lookup_key"))
    return _Lookup(title, keys, renamed or (), known and renamed is not None, table, times)


def _wanted(table: Schema, names: Sequence[str], made: CallSeen, title: str, read: Reading) -> tuple[Attribute, ...]:
    found = []
    for name in names:
        held = [one for one in table if one.name == name]  # the client compares names as they are written
        if held or not table.closed:
            (read.saw if held else read.lost)(name, table)
            found.append(replace(held[0], qualifier=()) if held else Attribute(name, None))
            continue
        detail = f"Unable to find feature '{name}' from feature table '{title}' in Feature Catalog."
        read.saw(name, table)
        read.problem(NO_FEATURE, name, table, made, detail, title)
        found.append(Attribute(name, None))
    return tuple(found)


def _all(table: Schema, keys: Sequence[str]) -> tuple[Attribute, ...]:
    """All columns but the table's keys; where those are not known, each may be one."""
    if table.unique:
        return tuple(replace(one, qualifier=()) for one in table if one.name not in table.unique)
    return tuple(replace(one, qualifier=(), perhaps=True) for one in table if one.name not in keys)


def _renamed(features: tuple[Attribute, ...], renames: Maybe) -> tuple[Attribute, ...] | None:
    if renames is None or renames == NONE:
        return features
    if not isinstance(renames, DictValue) or renames.open:
        return None
    new = {str(old): constant_text(name) for old, name in renames.entries.items()}
    return tuple(replace(one, name=new[one.name]) if one.name in new else one for one in features)


def _check_labels(given: Schema, labels: Sequence[str], read: Reading) -> None:
    for name in labels:
        if any(one.name == name for one in given):
            read.saw(name, given)
        elif given.closed:
            read.saw(name, given)
            read.problem(NO_LABEL, name, given, None, f"Label column '{name}' was not found in DataFrame")
        else:
            read.lost(name, given)


def _check_keys(given: Schema, lookup: _Lookup, brought: set[str | None], whole: bool, read: Reading) -> None:
    """Keys that are neither in the frame nor brought by another lookup."""
    for key in (*(lookup.keys or ()), *(lookup.times or ())):
        if key in brought or any(one.name == key for one in given):
            read.saw(key, given)
        elif given.closed and whole:
            read.saw(key, given)
            detail = f"Could not find lookup key columns '{key}' required by FeatureLookups."
            read.problem(NO_LOOKUP_KEY, key, given, None, detail, lookup.name)
        else:
            read.lost(key, given)


_NAMES = {"int": "INTEGER", "bigint": "LONG", "smallint": "SHORT", "tinyint": "BYTE"}


def _check_types(given: Schema, lookup: _Lookup, read: Reading) -> None:
    """The client wants a lookup key of the type of the primary key at its place; precision aside."""
    for key, primary, kind in _pairs(lookup):
        mine, theirs = given.one(key), lookup.table.one(primary)
        if mine is None or theirs is None or mine.perhaps or mine.type is None or theirs.type is None:
            continue
        one, other = _type_name(theirs.type), _type_name(mine.type)
        if one != other:
            what = "timestamp key" if kind == "timestamp lookup key" else "primary key"
            detail = (
                f"Unable to join feature table '{lookup.name}' because {what} '{primary}' has type '{one}' but"
                f" corresponding {kind} '{key}' has type '{other}' in DataFrame."
            )
            read.problem(KEY_TYPE, key, given, None, detail, lookup.name)


def _pairs(lookup: _Lookup) -> list[tuple[str, str, str]]:
    """Each lookup key with the table's key at its place, where that is known."""
    keys, times, unique = lookup.keys, lookup.times, lookup.table.unique
    if not keys or times is None or len(times) > 1 or len(unique) != len(keys) + len(times):
        return []
    if not times:
        return [(key, primary, "lookup key") for key, primary in zip(keys, unique, strict=True)]
    dated = [name for name in unique if (one := lookup.table.one(name)) is not None and one.type in _DATES]
    if len(dated) != 1:
        return []
    plain = [name for name in unique if name != dated[0]]
    pairs = [(key, primary, "lookup key") for key, primary in zip(keys, plain, strict=True)]
    return [*pairs, (times[0], dated[0], "timestamp lookup key")]


_DATES = (DATE, TIMESTAMP)


def _type_name(kind: DataType) -> str:
    name = str(kind).partition("(")[0].partition("<")[0]
    return _NAMES.get(name, name.upper())


def _check_collision(given: Schema, lookup: _Lookup, read: Reading) -> None:
    """Columns of the frame that have the name of a feature that is looked up."""
    features = {one.name for one in lookup.features if not one.perhaps}
    both = [one.name for one in given if one.name in features and not one.perhaps]
    for name in both:
        if name is not None:
            shown_names = ", ".join(f"'{one}'" for one in both)
            detail = (
                "DataFrame contains column names that match feature output names specified in FeatureLookups:"
                f" {shown_names}. Either remove"
            )
            read.problem(COLLISION, name, given, None, detail)


def load_df(call: Call) -> Value:
    held = call.receiver.data.get("lost") if call.receiver is not None else None
    schema = schema_of(held)
    return frame(call, schema or unknown("a training set that was not followed", given_spot(call)))


def score_batch(call: Call, df: Maybe, result_type: Maybe) -> Value:
    """`score_batch`: the frame, the features that the model looks up, and the prediction."""
    given = schema_of(df) or unknown("a frame whose columns were not followed", given_spot(call))
    kind = DOUBLE if result_type is None else parse_type(constant_text(result_type) or "?")
    lost = Lost("the features that the model looks up", _spot(call))
    return frame(call, Schema((*given.attributes, Attribute("prediction", kind, True, (), (), _spot(call))), lost))


def _spot(call: Call) -> Spot:
    return given_spot(call)


TRANSFERS: Transfers = {
    **{f"{client}.create_training_set": training_set for client in CLIENTS},
    **{f"{client}.score_batch": score_batch for client in CLIENTS},
    f"{TRAINING_SET}.load_df": load_df,
}
