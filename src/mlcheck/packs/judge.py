"""One tree judged: the road from a project to all its outcomes, as `check`, `run` and `verify` take it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from mlcheck.checks import asked_imports, run_checks, watched_words
from mlcheck.checks.base import Finding
from mlcheck.errors import ConfigurationError
from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import Facts
from mlcheck.packs.baseline import Baseline
from mlcheck.packs.checks_in_force import checks_in_force, files_looked_into
from mlcheck.packs.decide import Decider, decide_items, evidence_at, items_of, presences, roles_by_check
from mlcheck.packs.exhibits import Exhibits
from mlcheck.packs.gathering import Gathered, gather, key_of
from mlcheck.packs.model import Coverage, Decision, Item, Pack, ReportedFinding
from mlcheck.packs.rows import Rows
from mlcheck.printable import suggestion
from mlcheck.progress import Progress
from mlcheck.project.load import load_project
from mlcheck.project.model import Project, Settings
from mlcheck.project.tree import Tree


def judge(
    tree: Tree,
    *,
    settings: Settings,
    packs: tuple[Pack, ...],
    baseline: Baseline | None = None,
    only: Collection[str] | None = None,
    exhibits: bool = True,
    progress: Progress | None = None,
) -> Decision:
    """Decide every item of the packs on a tree.

    `only`: the ids of the items to decide, else all. `exhibits`: make those
    that answers are bound to; what only shows outcomes does without.
    `progress` hears how far it is.
    """
    project = load_project(tree, settings, files_looked_into(packs))
    return judge_project(project, packs=packs, baseline=baseline, only=only, exhibits=exhibits, progress=progress)


def judge_project(
    project: Project,
    *,
    packs: tuple[Pack, ...],
    baseline: Baseline | None = None,
    only: Collection[str] | None = None,
    exhibits: bool = True,
    progress: Progress | None = None,
) -> Decision:
    """As `judge`, on a project that is read already."""
    items = [item for pack in packs for item in pack.items if only is None or item.id in only]
    checks = checks_in_force(packs)
    unknown = next((name for name in project.settings.severity if name not in checks), None)
    if unknown is not None:
        where = project.settings.path or "pyproject.toml"
        raise ConfigurationError(
            f"`severity` names no check: `{unknown}`", where=where, help=suggestion(unknown, checks)
        )
    wanted = {name for item in items for name in item.decided_by}
    running = [check for name, check in checks.items() if name in wanted]
    facts = evaluate_project(project, watched_words(running), asked_imports(running), progress)
    gathered = gather(run_checks(facts, running), project, baseline)
    roles = roles_by_check(item for pack in packs for item in pack.items)
    shown = Exhibits(facts) if exhibits else None
    decider = Decider(facts, gathered, checks, presences(facts, items), shown, Rows(facts), roles)
    return Decision(
        packs,
        decide_items(decider, items),
        _reported(gathered, items, roles, project),
        _coverage(facts),
        tuple(dict.fromkeys(facts.not_understood)),
        project.left_out,
    )


def _reported(
    gathered: Gathered, items: list[Item], roles: Mapping[str, frozenset[str | None]], project: Project
) -> tuple[ReportedFinding, ...]:
    """Each finding once for its place and subject, with every item that it fails."""
    reported: dict[tuple[object, ...], ReportedFinding] = {}
    for finding in (*gathered.findings, *gathered.unused):
        row = ReportedFinding(
            finding,
            items_of(finding, items, roles),
            gathered.fingerprints.get(key_of(finding), ""),
            evidence_at(project, finding.place),
            gathered.suppressed(finding),
            gathered.baselined(finding),
        )
        key = (finding.check, finding.place, tuple(sorted(finding.subject.items())))
        reported[key] = _joined(reported[key], row) if key in reported else row
    rows = _over_targets(reported.values())
    return tuple(sorted(rows, key=lambda one: (one.finding.place, one.finding.check)))


def _over_targets(rows: Iterable[ReportedFinding]) -> Iterable[ReportedFinding]:
    """One row for what differs by target alone: the same defect at one place, of another table in each target."""
    kept: dict[tuple[object, ...], list[ReportedFinding]] = {}
    for row in sorted(rows, key=lambda one: one.finding.targets):
        alike = kept.setdefault(_defect(row), [])
        mine = set(row.finding.targets)
        index = next((i for i, one in enumerate(alike) if mine and mine.isdisjoint(one.finding.targets)), None)
        if index is None:
            alike.append(row)
        else:
            alike[index] = _joined(alike[index], row)
    return [row for alike in kept.values() for row in alike]


# What a subject names after the target that the code runs in; the rest says which defect it is.
_NAMED_BY_TARGET = frozenset({"experiment", "location", "model", "name", "path", "suggestion", "table"})


def _defect(row: ReportedFinding) -> tuple[object, ...]:
    """What two rows agree in where they are one defect, met in different targets."""
    finding = row.finding
    # At one place of a bundle's file several names may be wrong, and each is a defect of its own.
    named = frozenset() if finding.place.path.endswith((".yml", ".yaml")) else _NAMED_BY_TARGET
    subject = tuple(sorted((key, "" if key in named else value) for key, value in finding.subject.items()))
    accepted = (row.suppressed, row.baselined)
    return (finding.check, finding.place, finding.severity, subject, accepted)


def _joined(one: ReportedFinding, other: ReportedFinding) -> ReportedFinding:
    targets = tuple(sorted({*one.finding.targets, *other.finding.targets}))
    items = tuple(dict.fromkeys((*one.items, *other.items)))
    finding: Finding = replace(one.finding, targets=targets)
    return replace(one, finding=finding, items=items)


def _coverage(facts: Facts) -> Coverage:
    return Coverage(
        files=facts.files,
        column_references=facts.column_references,
        decided=facts.columns_decided,
        open=facts.column_references - facts.columns_decided,
        calls=facts.calls,
        calls_resolved=facts.calls_resolved,
        cells=sum(len(code.cells) for code in facts.project.code.values()),
        cells_passed_over=sum(code.cells_passed_over for code in facts.project.code.values()),
    )
