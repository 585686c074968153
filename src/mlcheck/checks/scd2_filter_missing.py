"""A dimension that keeps history is joined with all its versions.

It has a row for each version of each of its keys (SCD2). Joined by the key of the
business, each row of the other side comes once for every version: counts,
averages and the model are wrong, and nothing raises. Filter it on its flag, or to
a date, before the join, in its condition, or after it; or join by the key of the
version. One that is joined with all versions and then written, trained on or
handed to pandas is found; where the flag goes along, someone may filter later.

Breaks with: no error: rows are multiplied
Source: Spark 4.0.1, executed: 2 bookings of a property of 3 versions are 6 rows after the join

Fix: properties = spark.table("gold.dim_property").filter("is_current")
     as_of = dim.filter(f"valid_from <= '{day}' AND ('{day}' < valid_to OR valid_to IS NULL)")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.dimensions import dimensions, table_name
from mlcheck.checks.row_sinks import Sink, sinks
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.grain import concerns
from mlcheck.flow.frames.history import FLAG
from mlcheck.flow.frames.problems import ColumnsRead, TableRead
from mlcheck.flow.frames.rows import Versions, VersionsRead, VersionsSettled
from mlcheck.project.place import Place

NAME = "scd2-filter-missing"
WORDS = ("dim", "dimension", "is_current", "valid_from", "valid_to", "effective_from", "scd2")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role)
        yield from _entry(entry)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _entry(entry: EntryFacts) -> Iterator[Verdict]:
    ends = list(sinks(entry))
    settled = entry.of(VersionsSettled)
    for read in {(one.place, one.table): one for one in entry.of(VersionsRead)}.values():
        mine = [one for one in settled if one.table == read.table and one.read and one.read.place == read.place]
        yield _judged(entry, read, mine, _arrived(ends, read))
    for table in dimensions(entry):
        yield from _other(entry, table)


def _arrived(ends: Sequence[Sink], read: VersionsRead) -> list[tuple[Sink, Versions]]:
    """Where a table arrives with all its versions."""
    return [
        (sink, one)
        for sink in ends
        for one in sink.schema.rows.versions
        if one.table == read.table and one.spot is not None and one.spot.place == read.place
    ]


def _judged(
    entry: EntryFacts,
    read: VersionsRead,
    settled: Sequence[VersionsSettled],
    arrived: Sequence[tuple[Sink, Versions]],
) -> Verdict:
    instance = Instance("table", read.table)
    doubts: list[tuple[Place, str]] = []
    for sink, one in arrived:
        doubt = _doubt(entry, sink, one, settled)
        if doubt is None and one.joined is not None:
            return _finding(entry, read, sink, one.joined.place)
        doubts.append((sink.place, doubt or "all versions are used"))
    if doubts:
        place, why = doubts[0]
        return Unknown(NAME, f"all versions of `{read.table}` arrive here: {why}", place, entry.role, instance)
    if settled:
        return Seen(NAME, settled[0].place, f"chosen {settled[0].how}", entry.role, instance)
    why = f"`{read.table}` keeps history, and where its rows go to was not followed"
    return Unknown(NAME, why, read.place, entry.role, instance)


def _doubt(entry: EntryFacts, sink: Sink, one: Versions, settled: Sequence[VersionsSettled]) -> str | None:
    """Why all versions may be meant, or be filtered later; None where neither can be."""
    if one.joined is None:
        return "it is not joined, and its history may be meant"
    if one.doubt:
        return one.doubt
    kept = [column.name for column in sink.schema if concerns(column, one)]
    if sink.kind in ("features", "model") or (not kept and sink.kind != "shown"):
        return None
    if sink.kind == "shown":
        return "they are shown, and may be filtered later" if kept or settled else None
    if sink.kind == "table":
        return f"they are written with {', '.join(f'`{name}`' for name in kept)}, and may be filtered by who reads them"
    return None if not _is_read(entry, one) else "they may be filtered in pandas"


def _is_read(entry: EntryFacts, one: Versions) -> bool:
    """Whether anything looks at the flag or the validity."""
    return any(name.lower() in one.watched for fact in entry.of(ColumnsRead) for name in (*fact.found, *fact.open))


def _finding(entry: EntryFacts, read: VersionsRead, sink: Sink, joined: Place) -> Finding:
    others = {one.name for one in entry.of(TableRead) if one.place == read.place}
    place = read.place if len(others) < 2 else joined  # a helper that reads any table is not where it is mended
    flag = next((name for name in sorted(read.watched) if FLAG.fullmatch(name)), None)
    ends = next((name for name in sorted(read.watched) if name.endswith(("to", "until", "end_date", "end_at"))), None)
    condition = flag or (f"{ends} IS NULL" if ends else "is_current")
    related = [(one, what) for one, what in ((joined, "joined here"), (sink.place, "and used here")) if one != place]
    return Finding(
        NAME,
        "error",
        place,
        f"`{read.table}` keeps history, and is joined with all its versions",
        "no error: each row of the other side comes once for every version"
        + (f" ({', '.join(f'`{name}`' for name in sorted(read.watched))})" if read.watched else ""),
        f'spark.table("{read.table}").filter("{condition}")',
        {"table": read.table.rpartition(".")[2], "column": flag or ""},
        entry.role,
        Instance("table", read.table),
        entry.targets,
        tuple(related),
    )


def _other(entry: EntryFacts, read: TableRead) -> Iterator[Verdict]:
    """A dimension that keeps no history, or of which it is not known."""
    if read.schema.rows.versions:
        return
    instance = Instance("table", table_name(read))
    if read.schema.closed:
        yield Seen(NAME, read.place, "it keeps no history", entry.role, instance)
    else:
        lost = read.schema.lost
        yield Unknown(NAME, lost.why if lost else "its columns are not known", read.place, entry.role, instance)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: schemas/dim_property.yml
table_name: dim_property
schema: gold
scd_type: 2
primary_key: [property_key]
columns:
  - {name: property_key, type: STRING}
  - {name: property_id, type: BIGINT}
  - {name: rooms, type: INT}
  - {name: is_current, type: BOOLEAN}
  - {name: valid_from, type: TIMESTAMP}
  - {name: valid_to, type: TIMESTAMP}
# file: notebook.py
# Databricks notebook source
bookings = spark.createDataFrame([], "booking_id bigint, property_id bigint")
properties = spark.table("gold.dim_property")  # error: [scd2-filter-missing] all its versions
features = bookings.join(properties, "property_id").select("booking_id", "rooms")
features.write.mode("overwrite").saveAsTable("gold.booking_features")
""",
    good="""\
# file: schemas/dim_property.yml
table_name: dim_property
schema: gold
scd_type: 2
primary_key: [property_key]
columns:
  - {name: property_key, type: STRING}
  - {name: property_id, type: BIGINT}
  - {name: rooms, type: INT}
  - {name: is_current, type: BOOLEAN}
  - {name: valid_from, type: TIMESTAMP}
  - {name: valid_to, type: TIMESTAMP}
# file: notebook.py
# Databricks notebook source
bookings = spark.createDataFrame([], "booking_id bigint, property_id bigint")
properties = spark.table("gold.dim_property").filter("is_current")
features = bookings.join(properties, "property_id").select("booking_id", "rooms")
features.write.mode("overwrite").saveAsTable("gold.booking_features")
""",
    mentions=WORDS,
)
