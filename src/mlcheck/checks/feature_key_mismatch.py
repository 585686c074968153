"""A feature table's keys, or those of a lookup into it, do not fit.

The client refuses a time-series column that is not a primary key, a table with
no other key, and several time-series columns. A lookup gives the table's
primary keys in their order, without the time-series column, which is given as
`timestamp_lookup_key`. Keys of one type in the wrong order raise nothing: they
join the wrong rows.

Breaks with: Timeseries column '…' is not in primary_keys. Timeseries columns must be primary keys.
Breaks with: A feature table must have at least one primary key that is not also a timeseries key.
Breaks with: Setting multiple timeseries keys is not supported.
Breaks with: Unable to join feature table '…' because number of primary keys ([…]) does not match number of lookup keys
Breaks with: number of timestamp keys ([…]) does not match number of timestamp lookup keys ([]).
Breaks with: Label column '…' cannot be excluded
Breaks with: Could not find lookup key columns '…' required by FeatureLookups.
Breaks with: because primary key '…' has type 'LONG' but corresponding lookup key '…' has type 'INTEGER' in DataFrame.
Breaks with: Unable to find feature '…' from feature table '…' in Feature Catalog.
Source: databricks-feature-engineering 0.1.0 to 0.18.2, databricks-feature-store 0.10.0, read; the case study's error 2.

Fix: fe.create_table(name="main.ml.property_features", df=features,
         primary_keys=["property_id", "feature_date"], timeseries_column="feature_date")
     FeatureLookup(table_name="main.ml.property_features",
         lookup_key=["property_id"], timestamp_lookup_key="booking_date")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.branches import settled, undecided
from mlcheck.checks.feature_key_frames import of_frames
from mlcheck.flow.dotted_names import dotted, names_in
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_tables import FeatureTable, client_calls, created, is_newer, known_tables, same_table
from mlcheck.flow.values import Const, ListValue, Obj, Value, options_of
from mlcheck.project.place import Place

NAME = "feature-key-mismatch"
WORDS = ("create_table", "create_feature_table", "FeatureLookup", "create_training_set")
_LOOKUP = "databricks.feature_engineering.FeatureLookup"
_CLIENT = re.compile(r"feature_engineering|feature_store|Feature(Engineering|Store)Client|FeatureLookup|\b(fe|fs)\.")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    tables = list(known_tables(facts))
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role)
        yield from undecided(_entry(entry, tables))
        yield from of_frames(NAME, entry)
    for mention in facts.unreached_calls(words):
        code = facts.code(mention.place.path)
        if code is None or _CLIENT.search(code.text):
            yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(entry: EntryFacts, tables: list[FeatureTable]) -> Iterator[Verdict]:
    for call in client_calls(entry, "create_table", "create_feature_table"):
        yield from _made(entry, call)
    served = _lookups_of(entry, "create_feature_spec", "features") - _lookups_of(
        entry, "create_training_set", "feature_lookups"
    )
    for call in entry.calls("FeatureLookup"):
        if call.name == _LOOKUP:
            yield from settled(_served(one) if call in served else one for one in _lookup(entry, call, tables))
    for call in client_calls(entry, "create_training_set"):
        yield from _training_set(entry, call)


# --- tables


def _made(entry: EntryFacts, call: CallSeen) -> Iterator[Verdict]:
    given = created(call)
    instance = Instance("table", dotted(given["name"]) or "?")
    if is_newer(call) and call.method == "create_feature_table":
        why = "'FeatureEngineeringClient' object has no attribute 'create_feature_table'"
        message = "`create_feature_table` is FeatureStoreClient's: this client has `create_table`"
        yield _finding(entry, call, instance, "older-call", message, why, _create_again(given, ("…",), None))
        return
    keys = given["primary_keys"]
    if keys is None:
        yield _no_keys(entry, call, instance)
        return
    for option in options_of(keys):
        yield _keys(entry, call, instance, option, given)


def _no_keys(entry: EntryFacts, call: CallSeen, instance: Instance) -> Verdict:
    if call.open:
        return Unknown(NAME, "the primary keys may come from `**`", call.place, entry.role, instance)
    wrong = next((name for name in ("keys", "primary_key") if name in call.keywords), None)
    why = f"{call.method}() missing 1 required argument: 'primary_keys'"
    message = f"`{wrong}` is not taken: the keys are `primary_keys`" if wrong else "no `primary_keys` are given"
    return _finding(
        entry, call, instance, "keys-argument", message, why, _create_again(created(call), ("…",), None), wrong or ""
    )


def _keys(
    entry: EntryFacts, call: CallSeen, instance: Instance, keys: Value, given: dict[str, Value | None]
) -> Verdict:
    names, times = names_in(keys), names_in(given["time"])
    if names is None or times is None or call.open:
        why = "the primary keys are not known" if names is None else "the time-series column is not known"
        return Unknown(NAME, why, call.place, entry.role, instance)
    wrong = _wrong_keys(call, keys, names, times)
    if wrong is None:
        time = f", over time by `{times[0]}`" if times else ""
        note = f"keys {', '.join(f'`{name}`' for name in names)}{time}"
        return Seen(NAME, call.place, note, entry.role, instance, {"keys": ", ".join(names), "time": "".join(times)})
    kind, message, why = wrong
    plain = tuple(name for name in dict.fromkeys(names) if name not in times) or ("<entity key>",)
    fix = _create_again(given, plain, times[0] if times else None)
    return _finding(entry, call, instance, kind, message, why, fix, times[0] if times else "")


def _wrong_keys(
    call: CallSeen, keys: Value, names: tuple[str, ...], times: tuple[str, ...]
) -> tuple[str, str, str] | None:
    """What is wrong with a table's keys: the kind, the message and the error's text."""
    if not names:
        return "no-keys", "no primary keys are given", "primary_keys can not be empty."
    if isinstance(keys, ListValue) and keys.kind != "list":
        why = "The provided DataFrame or schema must contain all specified primary keys."
        return "not-a-list", f"`primary_keys` is a {keys.kind}: the client takes it as the name of one column", why
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        why = f"Found duplicated key '{twice}' in primary_keys. primary_keys must be unique."
        return "duplicate", f"`{twice}` is given twice in `primary_keys`", why
    if len(times) > 1 and is_newer(call):
        return "several-times", "several time-series columns", "Setting multiple timeseries keys is not supported."
    missing = next((time for time in times if time not in names), None)
    if missing is not None and is_newer(call):
        why = f"Timeseries column '{missing}' is not in primary_keys. Timeseries columns must be primary keys."
        return "time-not-a-key", f"the time-series column `{missing}` is not among the primary keys", why
    if all(name in times for name in names):
        why = "A feature table must have at least one primary key that is not also a timeseries key."
        return "only-time", "no primary key beside the time-series column", why
    return None


def _create_again(given: dict[str, Value | None], plain: tuple[str, ...], time: str | None) -> str:
    name = dotted(given["name"]) or "…"
    keys = ", ".join(f'"{key}"' for key in (*plain, *((time,) if time else ())))
    series = f', timeseries_column="{time}"' if time else ""
    return f'fe.create_table(name="{name}", primary_keys=[{keys}]{series}, df=features)'


# --- lookups


def _lookup(entry: EntryFacts, call: CallSeen, tables: list[FeatureTable]) -> Iterator[Verdict]:
    named = call.argument("table_name", 0)
    for option in options_of(named) if named is not None else (None,):
        name = dotted(option)
        instance = Instance("table", name or "?")
        keys = names_in(call.argument("lookup_key", 1))
        times = names_in(call.argument("timestamp_lookup_key"))
        if name is None or not keys or times is None or call.open:
            what = "which table is looked up" if name is None else "by which keys the table is looked up"
            yield Unknown(NAME, f"{what} is not known", call.place, entry.role, instance)
        else:
            yield _looked_up(entry, call, name, keys, times, same_table(tables, name))


def _looked_up(
    entry: EntryFacts,
    call: CallSeen,
    name: str,
    keys: tuple[str, ...],
    times: tuple[str, ...],
    tables: list[FeatureTable],
) -> Verdict:
    instance = Instance("table", name)
    if len(times) > 1:
        why = "Setting multiple timestamp lookup keys is not supported."
        fix = f'timestamp_lookup_key="{times[0]}"'
        return _finding(entry, call, instance, "several-times", "several `timestamp_lookup_key`s", why, fix)
    made = {(table.keys, table.time) for table in tables if table.keys is not None and table.whole}
    if len(made) != 1 or any(table.keys is None for table in tables):
        why = f"the primary keys of `{name}` are not known" if not made else f"`{name}` is made with different keys"
        return Unknown(NAME, why, call.place, entry.role, instance, {"keys": ", ".join(keys)})
    primary, time = next(iter(made))
    wrong = _wrong_lookup(name, keys, times, primary or (), time)
    if wrong is None:
        return _fits(entry, call, instance, keys, primary or ())
    kind, message, why = wrong
    fix = _look_up_again(name, keys, times, primary or (), time)
    related = ((tables[0].place, f"`{name}` is made here"),)
    return _finding(entry, call, instance, kind, message, why, fix, ", ".join(keys), related)


def _fits(
    entry: EntryFacts, call: CallSeen, instance: Instance, keys: tuple[str, ...], primary: tuple[str, ...]
) -> Verdict:
    misplaced = next((key for at, key in enumerate(keys) if key in primary and primary[at] != key), None)
    if misplaced is not None:
        why = f"`{misplaced}` stands where the table has `{primary[keys.index(misplaced)]}`"
        return Unknown(NAME, why, call.place, entry.role, instance, {"keys": ", ".join(keys)})
    note = f"by {', '.join(f'`{key}`' for key in keys)}, as many as the table's primary keys, in order"
    return Seen(NAME, call.place, note, entry.role, instance, {"keys": ", ".join(keys)})


def _wrong_lookup(
    name: str, keys: tuple[str, ...], times: tuple[str, ...], primary: tuple[str, ...], time: str | None
) -> tuple[str, str, str] | None:
    """What is wrong with a lookup: the kind, the message and the error's text."""
    begins = f"Unable to join feature table '{name}' because number of"
    if len(keys) != len(primary):
        why = f"{begins} primary keys ({list(primary)}) does not match number of lookup keys ({list(keys)})."
        message = f"{len(keys)} lookup key{'s' if len(keys) > 1 else ''}, and `{name}` has {len(primary)}"
        if time is not None and time in keys:
            return "time-in-keys", f"the time-series column `{time}` is among the lookup keys", why
        return "key-count", message, why
    if len(times) != (time is not None):
        given = [time] if time is not None else []
        why = f"{begins} timestamp keys ({given}) does not match number of timestamp lookup keys ({list(times)})."
        if time is not None:
            return "no-timestamp-key", f"`{name}` has the time-series column `{time}`: no `timestamp_lookup_key`", why
        return "timestamp-key", f"`timestamp_lookup_key` is given, and `{name}` has no time-series column", why
    if keys != primary and sorted(keys) == sorted(primary):
        why = "keys are matched by position: of one type they join the wrong rows, of different types the client raises"
        return "key-order", f"lookup keys in another order than the primary keys of `{name}`", why
    return None


def _look_up_again(
    name: str, keys: tuple[str, ...], times: tuple[str, ...], primary: tuple[str, ...], time: str | None
) -> str:
    plain = [key for key in keys if key != time]
    right = plain if len(plain) == len(primary) and sorted(plain) != sorted(primary) else list(primary)
    by_time = f', timestamp_lookup_key="{times[0] if times else time}"' if time is not None else ""
    listed = ", ".join(f'"{key}"' for key in right)
    return f'FeatureLookup(table_name="{name}", lookup_key=[{listed}]{by_time})'


def _lookups_of(entry: EntryFacts, method: str, argument: str) -> frozenset[CallSeen]:
    """The lookups that the calls of a client's method are handed."""
    given = (call.argument(argument, 1) for call in client_calls(entry, method))
    items = [item for value in given if isinstance(value, ListValue) for item in value.items]
    return frozenset(item.made for item in items if isinstance(item, Obj) and item.made is not None)


def _served(verdict: Verdict) -> Verdict:
    """A lookup of a feature spec alone: serving gives a table's newest rows, and the client compares no keys."""
    if not isinstance(verdict, Finding):
        return verdict
    role, instance = verdict.role, verdict.instance
    if verdict.subject["kind"] == "no-timestamp-key":
        return Seen(NAME, verdict.place, "of a feature spec, which serves the newest rows", role, instance)
    return Unknown(NAME, f"of a feature spec, where {verdict.message}", verdict.place, role, instance)


# --- training sets


def _training_set(entry: EntryFacts, call: CallSeen) -> Iterator[Verdict]:
    at = (2, 3) if not is_newer(call) else (None, None)
    label, excluded = call.argument("label", at[0]), call.argument("exclude_columns", at[1])
    labels, names = names_in(label), names_in(excluded)
    instance = Instance("table", _first_table(call) or "?")
    if excluded is None or excluded == Const(None):
        return
    if labels is None or names is None:
        yield Unknown(NAME, "the label or the excluded columns are not known", call.place, entry.role, instance)
        return
    both = next((name for name in labels if name in names), None)
    if both is None:
        yield Seen(NAME, call.place, "the label is not among the excluded columns", entry.role, instance)
        return
    kept = ", ".join(f'"{name}"' for name in names if name not in labels)
    yield _finding(
        entry,
        call,
        instance,
        "label-excluded",
        f"the label `{both}` is among the excluded columns",
        f"Label column '{both}' cannot be excluded",
        f"exclude_columns=[{kept}]",
        both,
    )


def _first_table(call: CallSeen) -> str | None:
    lookups = call.argument("feature_lookups", None if is_newer(call) else 1)
    first = lookups.items[0] if isinstance(lookups, ListValue) and lookups.items else None
    if isinstance(first, Obj) and first.made is not None and first.made.name == _LOOKUP:
        return dotted(first.made.argument("table_name", 0))
    return None


def _finding(
    entry: EntryFacts,
    call: CallSeen,
    instance: Instance,
    kind: str,
    message: str,
    why: str,
    fix: str,
    column: str = "",
    related: tuple[tuple[Place, str], ...] = (),
) -> Finding:
    subject = {"kind": kind, "table": instance.name, "column": column}
    role, targets = entry.role, entry.targets
    return Finding(NAME, "error", call.place, message, why, fix, subject, role, instance, targets, related)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient, FeatureLookup
fe = FeatureEngineeringClient()
fe.create_table(  # error: [feature-key-mismatch] `feature_date` is not among the primary keys
    name="main.ml.a", primary_keys=["property_id"], timeseries_column="feature_date", df=features)
fe.create_table(name="main.ml.b", primary_keys=["id", "region"], df=features)
FeatureLookup(table_name="main.ml.b", lookup_key=["region", "id"])  # error: [feature-key-mismatch] another order
""",
    good="""\
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient, FeatureLookup
fe = FeatureEngineeringClient()
fe.create_table(
    name="main.ml.a", primary_keys=["property_id", "feature_date"], timeseries_column="feature_date", df=features)
FeatureLookup(table_name="main.ml.a", lookup_key=["property_id"], timestamp_lookup_key="booking_date")
""",
    mentions=WORDS,
)
