"""A recognised error against a project: what its checks find there, the likeliest place first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlcheck.diagnosis.places import TracedPlace
from mlcheck.diagnosis.recognise import Recognised
from mlcheck.knowledge.error_catalogue import KnownError
from mlcheck.packs.model import Decision, Evidence, Item, ItemOutcome, ReportedFinding
from mlcheck.project.place import Place

_NEAR = 3  # lines
_SEVERITY = {"error": 2, "warning": 1, "info": 0}


@dataclass(frozen=True, slots=True)
class RankedFinding:
    """A finding, and by what it belongs to the error: a name that the error says, a line of the trace."""

    reported: ReportedFinding
    named: tuple[str, ...]
    traced: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """One known error: the items that prevent it, the checks that look for it, and what they found."""

    recognised: Recognised
    items: tuple[Item, ...]
    outcomes: tuple[ItemOutcome, ...]
    checks: tuple[str, ...]  # those that exist
    missing: tuple[str, ...]  # those that don't yet
    findings: tuple[RankedFinding, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that is said of a paste. No cause: it was not recognised."""

    causes: tuple[Cause, ...]
    nearest: tuple[KnownError, ...]
    traced: tuple[tuple[TracedPlace, Evidence], ...]  # the outermost first
    said: str
    left_out: int  # bytes of the paste that were not read
    code_files: int  # of the project, so that one sees whether there was one

    @property
    def findings(self) -> int:
        return sum(len(cause.findings) for cause in self.causes)


def cause_of(
    recognised: Recognised,
    items: Mapping[str, Item],
    decision: Decision,
    existing: Collection[str],
    traced: Sequence[TracedPlace],
) -> Cause:
    """What the packs and the decision say of a recognised error."""
    error = recognised.error
    about = tuple(items[name] for name in error.items if name in items)
    outcomes = {outcome.item.id: outcome for outcome in decision.items}
    names = _said_names(recognised.names)
    ranked = [
        _ranked(reported, names, traced)
        for reported in decision.findings
        if reported.finding.check in error.checks and reported.suppressed is None
    ]
    ranked = [one for one in ranked if one.named or one.traced or one.reported.finding.severity != "info"]
    ranked.sort(key=lambda one: (-len(one.named), not one.traced, -_SEVERITY[one.reported.finding.severity]))
    return Cause(
        recognised,
        about,
        tuple(outcomes[item.id] for item in about if item.id in outcomes),
        tuple(name for name in error.checks if name in existing),
        tuple(name for name in error.checks if name not in existing),
        tuple(ranked),
    )


def _said_names(names: Mapping[str, str]) -> frozenset[str]:
    """What the error's text names, each whole and without its levels, in lower case."""
    said: set[str] = set()
    for value in names.values():
        for word in value.split(","):
            bare = word.strip(" '\"`[]()").casefold()
            said |= {bare, bare.rpartition(".")[2], bare.removeprefix("--")}
    return frozenset(one for one in said if len(one) > 1)


def _ranked(reported: ReportedFinding, names: frozenset[str], traced: Iterable[TracedPlace]) -> RankedFinding:
    finding = reported.finding
    subject = {one.strip().casefold(): one for value in finding.subject.values() for one in (value, *value.split(","))}
    subject |= {key.rpartition(".")[2]: value for key, value in subject.items()}
    named = tuple(sorted({subject[name] for name in names if name in subject}))
    return RankedFinding(reported, named, any(_goes_through(one, finding.place) for one in traced))


def _goes_through(traced: TracedPlace, place: Place) -> bool:
    """Whether a trace's line is a finding's; where the file has changed since, one of those beside it."""
    off = _NEAR if traced.moved else 0
    last = max(place.line, place.end_line)
    return traced.place.path == place.path and place.line - off <= traced.place.line <= last + off
