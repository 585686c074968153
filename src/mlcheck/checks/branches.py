"""What a check says where branches were not decided: wrong in some and right in others is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlcheck.checks.base import Finding, Seen, Unknown, Verdict


def undecided(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """The verdicts of one entry point, with a finding made unknown where it is also seen right, for the same instance.

    One place is called twice where its receiver is one of several, by a branch that was not decided.
    """
    all_of = list(verdicts)
    right = {(one.place, one.instance) for one in all_of if isinstance(one, Seen)}
    for one in all_of:
        if isinstance(one, Finding) and (one.place, one.instance) in right:
            yield unsure(one)
        else:
            yield one


def unsure(finding: Finding) -> Unknown:
    """A finding of one of several branches."""
    why = f"in one branch, {finding.message}"
    return Unknown(finding.check, why, finding.place, finding.role, finding.instance, finding.subject)


def settled(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """The verdicts on the values that one thing may have: a finding only where each of them is one."""
    all_of = list(verdicts)
    findings = [one for one in all_of if isinstance(one, Finding)]
    if findings and len(findings) == len(all_of):
        yield findings[0]
        return
    for one in all_of:
        yield unsure(one) if isinstance(one, Finding) else one
