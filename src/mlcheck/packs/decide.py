"""From verdicts to outcomes: every item, for every instance, with its evidence and its exhibit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlcheck.checks.base import Absent, Check, Finding, Seen, Unknown, Verdict
from mlcheck.flow.facts import Facts
from mlcheck.packs.exhibits import NO_EXHIBIT, Exhibits
from mlcheck.packs.gathering import Gathered
from mlcheck.packs.model import (
    WORST_FIRST,
    Evidence,
    InstanceOutcome,
    Item,
    ItemOutcome,
    Outcome,
)
from mlcheck.packs.presence import Presence, presence
from mlcheck.packs.rows import Rows
from mlcheck.packs.tables import NO_TABLE, table_of
from mlcheck.printable import printable
from mlcheck.project.model import Project
from mlcheck.project.place import Place

_MOST_EVIDENCE = 12


@dataclass(frozen=True, slots=True)
class Decider:
    """What deciding an item needs: the facts, the verdicts, and the checks that exist."""

    facts: Facts
    gathered: Gathered
    checks: Mapping[str, Check]
    presences: Mapping[str, Presence]
    exhibits: Exhibits | None  # None: nobody is asked, so none is made
    rows: Rows
    roles: Mapping[str, frozenset[str | None]]  # by check, the roles of all items that it decides


def decide_items(decider: Decider, items: Iterable[Item]) -> tuple[ItemOutcome, ...]:
    """Every item's outcome, in the packs' order."""
    return tuple(_item(decider, item) for item in items)


def presences(facts: Facts, items: Iterable[Item]) -> dict[str, Presence]:
    """The presence of every word that the items use."""
    words = {word for item in items for word in item.applies_to}
    return {word: presence(facts, word) for word in sorted(words)}


def _item(decider: Decider, item: Item) -> ItemOutcome:
    verdicts = [verdict for name in item.decided_by for verdict in decider.gathered.verdicts.get(name, ())]
    mine = [verdict for verdict in verdicts if _concerns(item, verdict, decider.roles)]
    searched = _searched(decider.facts, item)
    states = [decider.presences[word] for word in item.applies_to]
    absent = next((state for state in states if state.state == "absent"), None)
    if absent is not None and not any(isinstance(one, Finding) or _is_of_role(item, one) for one in mine):
        alone = _instance(decider, item, "", [], absent)
        return ItemOutcome(item, "n/a", absent.why, (alone,), searched)
    unsure = next((state for state in states if state.state == "unknown"), None)
    groups = decider.rows.groups(item, mine)
    instances = tuple(_instance(decider, item, name, group, unsure) for name, group in groups.items())
    lost = {name for name, group in groups.items() if any(isinstance(one, Unknown) for one in group)}
    worst = min(instances, key=lambda one: (WORST_FIRST.index(one.outcome), one.name not in lost))
    return ItemOutcome(item, worst.outcome, worst.reason, instances, searched)


def _is_of_role(item: Item, verdict: Verdict) -> bool:
    """Whether a check speaks of inference in code that has no entry point of it: an alias that training sets, say."""
    return item.role == "inference" and verdict.role == "inference" and not isinstance(verdict, Absent)


def roles_by_check(items: Iterable[Item]) -> dict[str, frozenset[str | None]]:
    """Of each check, the roles of the items that it decides."""
    roles: dict[str, frozenset[str | None]] = {}
    for item in items:
        for name in item.decided_by:
            roles[name] = roles.get(name, frozenset()) | {item.role}
    return roles


def _concerns(item: Item, verdict: Verdict, roles: Mapping[str, frozenset[str | None]]) -> bool:
    """Whether a verdict speaks of an item: by role, and by the subject to which the item narrows a check.

    A finding that no item of its role asks about is of those that do: a model
    that inference code registers unsigned is unsigned.
    """
    homeless = isinstance(verdict, Finding) and not any(
        _of_role(role, verdict) for role in roles.get(verdict.check, frozenset({item.role}))
    )
    if not homeless and not _of_role(item.role, verdict):
        return False
    wanted = item.narrow.get(verdict.check, {})
    return all(verdict.subject.get(key, value) == value for key, value in wanted.items())


def _of_role(role: str | None, verdict: Verdict) -> bool:
    if role == "inference" and verdict.role != "inference":
        return verdict.role is None and not isinstance(verdict, Finding) and verdict.instance is None
    return not (role == "training" and verdict.role == "inference")


def _instance(
    decider: Decider, item: Item, name: str, verdicts: Sequence[Verdict], unsure: Presence | None
) -> InstanceOutcome:
    missing = [check for check in item.decided_by if check not in decider.checks]
    outcome, reason, shown = _decide(decider, item, verdicts, missing, unsure)
    checks = [decider.checks[check] for check in item.decided_by if check in decider.checks]
    exhibits = decider.exhibits
    undecided = bool(missing) or not item.decided_by or not verdicts
    findings = tuple(verdict for verdict in shown if isinstance(verdict, Finding))
    table = table_of(decider.facts, item, name) if exhibits is not None and outcome != "n/a" else NO_TABLE
    return InstanceOutcome(
        item.scope,
        name,
        outcome,
        printable(reason),
        tuple(_evidence(decider.facts.project, verdict) for verdict in shown if verdict.place)[:_MOST_EVIDENCE],
        findings,
        exhibits.of(item, name, verdicts, checks, undecided, table) if exhibits is not None else NO_EXHIBIT,
        table if table.rows else None,
    )


def _decide(
    decider: Decider, item: Item, verdicts: Sequence[Verdict], missing: Sequence[str], unsure: Presence | None
) -> tuple[Outcome, str, list[Verdict]]:
    """An outcome, its reason, and the verdicts that it rests on, the worst first."""
    if unsure is not None and unsure.state == "absent":
        return "n/a", unsure.why, []
    findings = [one for one in verdicts if isinstance(one, Finding) and one.severity != "info"]
    unknowns: list[Verdict] = [one for one in verdicts if isinstance(one, Unknown)]
    seen: list[Verdict] = [
        one for one in verdicts if isinstance(one, Seen) or (isinstance(one, Finding) and one.severity == "info")
    ]
    failing = [one for one in findings if item.killer or not decider.gathered.accepted(one)]
    if failing:
        return "fail", _many(failing[0].message, len(failing)), [*failing, *unknowns]
    if unknowns:
        first = unknowns[0]
        assert isinstance(first, Unknown)
        return "unknown", _many(first.why, len(unknowns)) + _not_yet(missing), [*unknowns, *seen]
    if not item.decided_by:
        if unsure is not None:
            return "unknown", unsure.why, []
        return "manual", "a person's to judge", []
    if missing:
        return "unknown", _undecided(item, missing, seen), seen
    if findings:
        return _accepted(decider, findings, seen)
    if seen and unsure is not None and item.about_jobs:  # what was seen is code alone
        return "unknown", unsure.why, seen
    if seen:
        return "pass", _seen(seen), seen
    absent = [one for one in verdicts if isinstance(one, Absent)]
    if absent and decider.rows.covers(item, absent):
        return "n/a", "; ".join(dict.fromkeys(one.why for one in absent)), list(absent)
    why = unsure.why if unsure is not None else "nothing was found that the check could look at"
    return "unknown", why, []


def _accepted(
    decider: Decider, findings: Sequence[Finding], seen: Sequence[Verdict]
) -> tuple[Outcome, str, list[Verdict]]:
    suppressed = [one for one in findings if decider.gathered.suppressed(one) is not None]
    if suppressed:
        reason = decider.gathered.suppressed(suppressed[0])
        return "waived", _many(f"suppressed in the code: {reason}", len(suppressed)), [*findings, *seen]
    date = decider.gathered.baselined(findings[0])
    return "baselined", _many(f"in the baseline since {date}", len(findings)), [*findings, *seen]


def _many(text: str, count: int) -> str:
    return text if count == 1 else f"{text} (and {count - 1} more)"


def _undecided(item: Item, missing: Sequence[str], seen: Sequence[Verdict]) -> str:
    if len(missing) == len(item.decided_by):
        return f"no check decides this yet: {', '.join(missing)}"
    looked = _seen(seen) if seen else "nothing was found that the checks could look at"
    return looked + _not_yet(missing)


def _not_yet(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    return f"; not decided yet: {', '.join(missing)}"


def _seen(seen: Sequence[Verdict]) -> str:
    places = {verdict.place for verdict in seen if verdict.place}
    return f"{len(places)} place{'s' if len(places) != 1 else ''} looked at and found right"


def _evidence(project: Project, verdict: Verdict) -> Evidence:
    assert verdict.place is not None
    match verdict:
        case Seen():
            note = verdict.note
        case Finding():
            note = verdict.message
        case _:
            note = verdict.why
    return evidence_at(project, verdict.place, note)


def evidence_at(project: Project, place: Place, note: str = "") -> Evidence:
    """A place with its line and the ones around it, printable."""
    context = tuple((number, printable(text)[:400]) for number, text in project.lines_around(place, 1, 1))
    snippet = next((text for number, text in context if number == place.line), "")
    return Evidence(place, snippet.strip(), context, printable(note))


def _searched(facts: Facts, item: Item) -> tuple[str, ...]:
    """What was searched for an item, as globs and the files of bundles."""
    if item.about_jobs:
        files = sorted({path for bundle in facts.bundles for path in bundle.files})
        return tuple(files[:20]) or ("**/databricks.yml", "**/databricks.yaml")
    if item.decided_by == () and not item.applies_to:
        return ()
    return ("**/*.py", "**/*.ipynb")


def items_of(finding: Finding, items: Iterable[Item], roles: Mapping[str, frozenset[str | None]]) -> tuple[str, ...]:
    """The items that a finding fails, in the packs' order."""
    return tuple(item.id for item in items if finding.check in item.decided_by and _concerns(item, finding, roles))
