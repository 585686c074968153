"""The frame of a training set has a column that a lookup brings too, or lacks one that it is joined or labelled by.

The feature client looks at the names before it joins: a column of the frame that
is also a feature's output name is refused, and `exclude_columns` does not help,
since it is applied later.

Breaks with: DataFrame contains column names that match feature output names specified in FeatureLookups: 'day_of_week'
Breaks with: Label column 'demand' was not found in DataFrame
Source: databricks-feature-engineering 0.18.2, read; the case study's error 5.

Fix: labels = labels.drop("day_of_week", "is_weekend")  # the lookups bring them
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.checks.absence import nothing_of
from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.frame_verdicts import columns_shown, made_by, problems
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.feature_frames import COLLISION, NO_LABEL
from mlcheck.flow.feature_tables import client_calls
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.flow.frames.values import schema_of
from mlcheck.flow.values import Made, origins_of
from mlcheck.printable import nearest

NAME = "label-feature-collision"
WORDS = ("create_training_set",)


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, "training", instance)
        broken: set[object] = set()
        for problem in problems(entry, COLLISION, NO_LABEL):
            if problem.condition != COLLISION or (problem.place, COLLISION) not in broken:  # its text names them all
                yield _finding(entry, problem, instance)
            broken |= {problem.place, (problem.place, problem.condition)}
        sets = list(client_calls(entry, "create_training_set"))
        for call in sets:
            if call.place not in broken:
                yield _other(entry, call, instance)
        if not sets and not broken:
            why = "no training set of a feature client's is made"
            yield from nothing_of(NAME, facts, entry, "training", words, why)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _finding(entry: EntryFacts, problem: FrameProblem, instance: Instance) -> Finding:
    if problem.condition == COLLISION:
        names = re.findall(r"'(\w+)'", problem.detail) or [problem.name]
        shown = ", ".join(f"`{name}`" for name in names)
        are = "is a column" if len(names) == 1 else "are columns"
        message = f"{shown} {are} of the frame, and looked up as well"
        dropped = ", ".join(f'"{name}"' for name in names)
        help_ = f"drop them from the frame: df.drop({dropped}); `exclude_columns` is applied too late"
    else:
        near = nearest(problem.name, problem.schema.names)
        message = f"the label `{problem.name}` is no column of the frame" + (
            f": did you mean `{near}`?" if near else ""
        )
        help_ = f"the frame has {columns_shown(problem.schema)}"
    return Finding(
        NAME,
        "error",
        problem.place,
        message,
        problem.detail,
        help_,
        {"column": problem.name},
        "training",
        instance,
        entry.targets,
        made_by(problem),
    )


def _other(entry: EntryFacts, call: CallSeen, instance: Instance) -> Verdict:
    """A call in which nothing collides, as far as both sides are known."""
    frame = schema_of(call.argument("df", 0))
    made = [one for one in entry.facts if isinstance(one, CallSeen) and one.method == "load_df"]
    sets = [one.receiver for one in made if isinstance(one.receiver, Made) and call in origins_of(one.receiver)]
    schemas = [schema for one in sets if (schema := schema_of(one)) is not None]
    if frame is not None and frame.closed and schemas and all(one.closed for one in schemas):
        return Seen(NAME, call.place, "no column of the frame is looked up too", "training", instance)
    if frame is None or not frame.closed:
        why = f"the frame's columns: {frame.lost.why if frame is not None and frame.lost else 'not followed'}"
    else:
        lost = next((one.lost for one in schemas if one.lost is not None), None)
        why = f"the features: {lost.why if lost is not None else 'not followed'}"
    return Unknown(NAME, why, call.place, "training", instance)


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient, FeatureLookup
from sklearn.linear_model import LinearRegression
fe = FeatureEngineeringClient()
features = spark.createDataFrame([(1, 2)], "station_id bigint, day_of_week int")
fe.create_table(name="main.ml.station", primary_keys=["station_id"], df=features)
labels = spark.createDataFrame([(1, 2, 3)], "station_id bigint, day_of_week int, demand int")
lookups = [FeatureLookup(table_name="main.ml.station", lookup_key="station_id")]
ts = fe.create_training_set(df=labels, feature_lookups=lookups, label="demand")  # error: [label-feature-collision] day
""",
    good="""\
# Databricks notebook source
from databricks.feature_engineering import FeatureEngineeringClient, FeatureLookup
from sklearn.linear_model import LinearRegression
fe = FeatureEngineeringClient()
features = spark.createDataFrame([(1, 2)], "station_id bigint, day_of_week int")
fe.create_table(name="main.ml.station", primary_keys=["station_id"], df=features)
labels = spark.createDataFrame([(1, 2, 3)], "station_id bigint, day_of_week int, demand int").drop("day_of_week")
lookups = [FeatureLookup(table_name="main.ml.station", lookup_key="station_id")]
ts = fe.create_training_set(df=labels, feature_lookups=lookups, label="demand")
frame = ts.load_df().toPandas()
LinearRegression().fit(frame[["day_of_week"]], frame["demand"])
""",
    mentions=WORDS,
)
