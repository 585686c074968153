"""Where frames end: what is written, trained on, or handed to pandas, as the checks on rows ask it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlcheck.flow.facts import CallSeen, EntryFacts
from mlcheck.flow.frames.problems import TableWritten
from mlcheck.flow.frames.schema import Schema
from mlcheck.flow.frames.values import SPARK_FRAME, Frame
from mlcheck.flow.tables import table_uses
from mlcheck.project.place import Place

Kind = Literal["features", "table", "pandas", "model", "shown"]
_MODEL = ("create_training_set", "score_batch", "fit", "transform", "fitMultiple")
_PANDAS = ("toPandas", "collect", "toLocalIterator", "mapInPandas", "toArrow")
_SHOWN = ("show", "count", "head", "first", "take", "isEmpty")


@dataclass(frozen=True, slots=True)
class Sink:
    """A frame where it ends: `model` is a training set or an estimator; `shown` says nothing of what it is for."""

    place: Place
    kind: Kind
    schema: Schema


def sinks(entry: EntryFacts) -> Iterator[Sink]:
    """Where an entry point's frames of Spark end."""
    for fact in entry.of(TableWritten):
        yield Sink(fact.place, "features" if fact.unique else "table", fact.schema)
    for use in table_uses(entry):
        if use.writes and isinstance(use.data, Frame) and use.data.cls == SPARK_FRAME:
            features = use.call is not None and use.call.method in ("create_table", "write_table")
            yield Sink(use.place, "features" if features else "table", use.data.schema)
    for call in entry.calls(*_MODEL, *_PANDAS, *_SHOWN):
        kind: Kind = "model" if call.method in _MODEL else "pandas" if call.method in _PANDAS else "shown"
        for frame in _frames(call):
            yield Sink(call.place, kind, frame.schema)


def _frames(call: CallSeen) -> Iterator[Frame]:
    for value in (call.receiver, *call.positional, *call.keywords.values()):
        if isinstance(value, Frame) and value.cls == SPARK_FRAME:
            yield value
