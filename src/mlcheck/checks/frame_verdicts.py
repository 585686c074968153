"""What the checks on frames have in common: where a frame comes from, and what of it could not be told."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts
from mlcheck.flow.frames.problems import ColumnsRead, FrameProblem
from mlcheck.flow.frames.schema import Schema
from mlcheck.flow.tables import chain
from mlcheck.project.place import Place

_MOST_LINKS = 6  # lines of the chain that a finding shows
_MOST_COLUMNS = 24


def columns_shown(schema: Schema) -> str:
    """The columns of a frame as a message shows them."""
    names = [f"`{name}`" for name in dict.fromkeys(schema.names)]
    rest = f" and {len(names) - _MOST_COLUMNS} more" if len(names) > _MOST_COLUMNS else ""
    return (", ".join(names[:_MOST_COLUMNS]) or "none") + rest


def made_by(problem: FrameProblem) -> tuple[tuple[Place, str], ...]:
    """The lines that the frame comes from, the first of them first."""
    found: dict[Place, str] = {}
    for call in problem.behind:
        for one in (call, *chain(call.receiver)):
            found.setdefault(one.place, _said(one))
    lines = [(place, what) for place, what in found.items() if place != problem.place]
    return tuple(reversed(lines[:_MOST_LINKS]))


def _said(call: CallSeen) -> str:
    return f"the frame comes from `{call.method}` here"


def problems(entry: EntryFacts, *conditions: str) -> Iterator[FrameProblem]:
    """The problems of some conditions, each place and name once."""
    told: set[tuple[Place, str, str]] = set()
    for fact in entry.of(FrameProblem):
        key = (fact.place, fact.condition, fact.name)
        if fact.condition in conditions and key not in told:
            told.add(key)
            yield fact


def looked_up(check: str, entry: EntryFacts, instance: Instance | None) -> Iterator[Verdict]:
    """What an entry point looked up in frames: a place for each frame that was known, and what could not be told."""
    lost: dict[tuple[Place | None, str], tuple[Place, int]] = {}
    seen: dict[Place, int] = {}
    for fact in entry.of(ColumnsRead):
        if fact.open:
            why = fact.schema.lost.why if fact.schema.lost is not None else "a column whose name is not known"
            key = (fact.schema.lost.place if fact.schema.lost is not None else None, why)
            place, count = lost.get(key, (fact.place, 0))
            lost[key] = (place, count + len(fact.open))
        elif fact.found:
            seen[fact.place] = seen.get(fact.place, 0) + len(fact.found)
    for (at, why), (place, count) in lost.items():
        columns = "1 column" if count == 1 else f"{count} columns"
        yield Unknown(check, f"{columns} could not be looked up: {why}", at or place, entry.role, instance)
    for place, count in seen.items():
        columns = "1 column" if count == 1 else f"{count} columns"
        yield Seen(check, place, f"{columns} looked up, and there", entry.role, instance)
