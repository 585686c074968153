"""A join by a part of a key gives each row several times.

The keys of a join must cover a key of one side: the primary key that a schema
declares, the keys of a feature table (its time-series column is one of them), the
columns of a `groupBy` or of `dropDuplicates`. A time-series feature table that is
joined by the entity alone gives each row of the other side once for every day of
features. It is no defect where what follows makes them one again, chooses from
them, or keeps them apart.

Breaks with: no error: 2 bookings of a property with features of 3 days are 6 rows after the join
Source: Spark 4.0.1, executed (tests/oracle)

Fix: joined = bookings.join(features, ["property_id", "feature_date"])
     latest = features.groupBy("property_id").agg(F.max_by("rate", "feature_date").alias("rate"))
     joined = bookings.join(latest, "property_id", "left")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlcheck.checks.base import Check, Finding, Instance, Seen, Severity, Unknown, Verdict
from mlcheck.checks.row_sinks import Sink, sinks
from mlcheck.flow.facts import EntryFacts, Facts
from mlcheck.flow.frames.rows import JoinSeen, JoinSettled, Multiplied

NAME = "join-multiplies-rows"
WORDS = ("join", "crossJoin")
_ONE_AGAIN = ("drop_duplicates", "groupby", "merge_asof", "nunique")


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, _PROJECT)
        yield from _entry(entry)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


_PROJECT = Instance("project", "")


def _entry(entry: EntryFacts) -> Iterator[Verdict]:
    joins = entry.of(JoinSeen)
    if not joins:
        return
    ends, settled = list(sinks(entry)), entry.of(JoinSettled)
    for join in {(one.place, one.outcome, one.note): one for one in joins}.values():
        if join.outcome == "kept":
            yield Seen(NAME, join.place, join.note, entry.role, _PROJECT)
        elif join.outcome == "unknown":
            yield Unknown(NAME, join.note, join.place, entry.role, _PROJECT)
        else:
            mine = [one for one in settled if one.join.place == join.place]
            yield _many(entry, join, mine, _arrived(ends, join))


def _arrived(ends: Sequence[Sink], join: JoinSeen) -> list[tuple[Sink, Multiplied]]:
    return [(sink, one) for sink in ends for one in sink.schema.rows.multiplied if one.spot.place == join.place]


def _many(
    entry: EntryFacts, join: JoinSeen, settled: Sequence[JoinSettled], arrived: Sequence[tuple[Sink, Multiplied]]
) -> Verdict:
    """A join that multiplies rows: a defect where they end as they are."""
    doubts = []
    for sink, one in arrived:
        doubt = _doubt(entry, sink, one, settled)
        if doubt is None:
            return _finding(entry, join, sink, "error" if not _kept(sink, one) else "warning")
        doubts.append(doubt)
    if doubts:
        return Unknown(NAME, f"{join.note}: {doubts[0]}", join.place, entry.role, _PROJECT)
    if settled:
        return Seen(NAME, join.place, f"{join.note}, and then {settled[0].how}", entry.role, _PROJECT)
    return Unknown(NAME, f"{join.note}: where its rows go to was not followed", join.place, entry.role, _PROJECT)


def _doubt(entry: EntryFacts, sink: Sink, one: Multiplied, settled: Sequence[JoinSettled]) -> str | None:
    """Why the rows may be meant; None where they are not."""
    if one.doubt:
        return one.doubt
    if sink.kind == "shown":
        return "its rows are shown, and may be chosen from later"
    if sink.kind == "pandas" and any(call.name.startswith(("pandas.", "?.")) for call in entry.calls(*_ONE_AGAIN)):
        return "its rows may be made one again in pandas"
    if sink.kind in ("table", "features") and _kept(sink, one):
        return "they are written with the rest of the key, which tells them apart"
    return None


def _kept(sink: Sink, one: Multiplied) -> bool:
    """Whether a column that the join leaves out is still there to tell the rows apart."""
    sources = {(source.table, source.column.lower()) for column in sink.schema for source in column.sources}
    return any(column.id in one.watched for column in sink.schema) or bool(sources & one.sources)


def _finding(entry: EntryFacts, join: JoinSeen, sink: Sink, severity: Severity) -> Finding:
    on = ", ".join(f"`{name}`" for name in join.on)
    rest = ", ".join(f"`{name}`" for name in join.left_out)
    of = " and ".join(f"`{name}`" for name in join.tables) or "one side"
    keys = ", ".join(f'"{name}"' for name in (*join.on, *join.left_out))
    group = ", ".join(f'"{name}"' for name in join.on)
    return Finding(
        NAME,
        severity,
        join.place,
        f"joined by {on} alone: {of} has a row for each {rest} too",
        f"no error: each row of the other side comes once for every {rest}",
        f"join by the whole key: .join(other, [{keys}]); or take one row for each before:"
        f' other.groupBy({group}).agg(F.max_by("<column>", "{join.left_out[0] if join.left_out else "<time>"}"))',
        {"column": ", ".join(join.left_out), "table": join.tables[0].rpartition(".")[2] if join.tables else ""},
        entry.role,
        _PROJECT,
        entry.targets,
        ((sink.place, "and used here"),),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: schemas/fact_booking.yml
table_name: fact_booking
schema: gold
primary_key: [booking_id]
columns:
  - {name: booking_id, type: BIGINT}
  - {name: property_id, type: BIGINT}
  - {name: price, type: DOUBLE}
# file: schemas/property_day.yml
table_name: property_day
schema: gold
primary_key: [property_id, feature_date]
columns:
  - {name: property_id, type: BIGINT}
  - {name: feature_date, type: DATE}
  - {name: rate, type: DOUBLE}
# file: notebook.py
# Databricks notebook source
bookings = spark.table("gold.fact_booking")
features = spark.table("gold.property_day")
joined = bookings.join(features, "property_id")  # error: [join-multiplies-rows] `feature_date` too
joined.select("booking_id", "price", "rate").write.mode("overwrite").saveAsTable("gold.training_rows")
""",
    good="""\
# file: schemas/fact_booking.yml
table_name: fact_booking
schema: gold
primary_key: [booking_id]
columns:
  - {name: booking_id, type: BIGINT}
  - {name: property_id, type: BIGINT}
  - {name: price, type: DOUBLE}
# file: schemas/property_day.yml
table_name: property_day
schema: gold
primary_key: [property_id, feature_date]
columns:
  - {name: property_id, type: BIGINT}
  - {name: feature_date, type: DATE}
  - {name: rate, type: DOUBLE}
# file: notebook.py
# Databricks notebook source
from pyspark.sql import functions as F
bookings = spark.table("gold.fact_booking")
features = spark.table("gold.property_day").groupBy("property_id").agg(F.max_by("rate", "feature_date").alias("rate"))
joined = bookings.join(features, "property_id")
joined.select("booking_id", "price", "rate").write.mode("overwrite").saveAsTable("gold.training_rows")
""",
    mentions=WORDS,
)
