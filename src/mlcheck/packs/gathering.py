"""Verdicts gathered: severities as the settings have them, findings merged, suppressions and baseline applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from mlcheck.checks.base import Finding, Severity, Unknown, Verdict
from mlcheck.packs.baseline import Baseline, fingerprint
from mlcheck.packs.suppression import Suppression, by_line, suppressed_by, suppressions, unused
from mlcheck.project.model import Project
from mlcheck.project.place import Place

# Two findings are one where these agree: what differs is who runs into it.
LONGEST_MESSAGE, LONGEST_FIX = 400, 2_000
Key = tuple[str, Place, tuple[tuple[str, str], ...], str]


@dataclass(frozen=True, slots=True)
class Gathered:
    """All verdicts by check, and of each finding its fingerprint and what accepts it."""

    verdicts: Mapping[str, tuple[Verdict, ...]]
    findings: tuple[Finding, ...]
    fingerprints: Mapping[Key, str]
    reasons: Mapping[Key, str]
    dates: Mapping[Key, str]
    unused: tuple[Finding, ...]

    def suppressed(self, finding: Finding) -> str | None:
        return self.reasons.get(key_of(finding))

    def baselined(self, finding: Finding) -> str | None:
        return self.dates.get(key_of(finding))

    def accepted(self, finding: Finding) -> bool:
        return self.suppressed(finding) is not None or self.baselined(finding) is not None


def key_of(finding: Finding) -> Key:
    instance = finding.instance.name if finding.instance else ""
    return (
        finding.check,
        finding.place,
        tuple(sorted(finding.subject.items())),
        f"{instance}|{finding.role}",
    )


def gather(verdicts: Mapping[str, Iterable[Verdict]], project: Project, baseline: Baseline | None) -> Gathered:
    """Merge and mark the verdicts of one run."""
    merged: dict[str, tuple[Verdict, ...]] = {}
    findings: dict[Key, Finding] = {}
    for name, found in verdicts.items():
        rest: dict[Verdict, None] = {}
        for verdict in found:
            if isinstance(verdict, Finding):
                _merge(findings, _with_severity(verdict, project.settings.severity))
            else:
                rest.setdefault(_hashable(verdict), None)
        own = [finding for key, finding in findings.items() if key[0] == name]
        merged[name] = (*own, *rest)
    ordered = sorted(findings.values(), key=lambda one: (one.place, one.check, sorted(one.subject.items())))
    known = suppressions(project)
    lines = by_line(known)
    used: set[Suppression] = set()
    reasons: dict[Key, str] = {}
    for finding in ordered:
        suppression = suppressed_by(finding, lines)
        if suppression is not None:
            used.add(suppression)
            reasons[key_of(finding)] = suppression.reason
    prints = _fingerprints(ordered, project)
    dates = {key: baseline.dates[one] for key, one in prints.items() if baseline and one in baseline.dates}
    return Gathered(merged, tuple(ordered), prints, reasons, dates, tuple(unused(known, used, verdicts)))


def _merge(findings: dict[Key, Finding], finding: Finding) -> None:
    known = findings.get(key_of(finding))
    targets = tuple(sorted({*(known.targets if known else ()), *finding.targets}))
    findings[key_of(finding)] = replace(known or finding, targets=targets)


def _with_severity(finding: Finding, severity: Mapping[str, str]) -> Finding:
    chosen = cast(Severity, severity.get(finding.check, finding.severity))
    return replace(finding, severity=chosen, message=cut(finding.message), help=cut(finding.help, LONGEST_FIX))


def _hashable(verdict: Verdict) -> Verdict:
    hashed = replace(verdict, subject=_FrozenSubject(verdict.subject))
    return replace(hashed, why=cut(hashed.why)) if isinstance(hashed, Unknown) else hashed


def cut(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """A text no longer than a person reads; what is cut is counted."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest:,} more characters)"


class _FrozenSubject(dict[str, str]):
    """A subject that can be compared and hashed with its verdict."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


def _fingerprints(findings: Iterable[Finding], project: Project) -> dict[Key, str]:
    """A fingerprint for each finding; like ones in a file are told apart by their order."""
    counts: dict[str, int] = {}
    prints: dict[Key, str] = {}
    places: dict[tuple[str, Place], str] = {}
    for finding in findings:
        first = fingerprint(finding, project, 0)
        known = places.get((first, finding.place))
        if known is not None:  # the same place for another instance
            prints[key_of(finding)] = known
            continue
        count = counts.get(first, 0)
        counts[first] = count + 1
        chosen = first if count == 0 else fingerprint(finding, project, count)
        places[(first, finding.place)] = chosen
        prints[key_of(finding)] = chosen
    return prints
