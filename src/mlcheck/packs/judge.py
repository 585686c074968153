"""One tree judged: the road from a project to all its outcomes, as `check`, `run` and `verify` take it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from mlcheck.checks import asked_imports, run_checks, watched_words
from mlcheck.checks.base import Finding
from mlcheck.errors import ConfigurationError
from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import Facts
from mlcheck.packs.baseline import Baseline
from mlcheck.packs.checks_in_force import checks_in_force, files_looked_into
from mlcheck.packs.decide import Decider, decide_items, evidence_at, items_of, presences
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
    decider = Decider(
        facts, gathered, checks, presences(facts, items), Exhibits(facts) if exhibits else None, Rows(facts)
    )
    return Decision(
        packs,
        decide_items(decider, items),
        _reported(gathered, items, project),
        _coverage(facts),
        tuple(dict.fromkeys(facts.not_understood)),
        project.left_out,
    )


def _reported(gathered: Gathered, items: list[Item], project: Project) -> tuple[ReportedFinding, ...]:
    """Each finding once for its place and subject, with every item that it fails."""
    reported: dict[tuple[object, ...], ReportedFinding] = {}
    for finding in (*gathered.findings, *gathered.unused):
        row = ReportedFinding(
            finding,
            items_of(finding, items),
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
    """One row for what differs by target alone: the same check, place and form, with another table in each target."""
    kept: dict[tuple[object, ...], ReportedFinding] = {}
    for row in sorted(rows, key=lambda one: one.finding.targets):
        finding = row.finding
        form = (finding.check, finding.place, tuple(sorted(finding.subject)), finding.subject.get("kind"))
        known = kept.get(form)
        apart = known is not None and finding.targets and not set(finding.targets) & set(known.finding.targets)
        if known is not None and apart and finding.message.split("`")[::2] == known.finding.message.split("`")[::2]:
            kept[form] = _joined(known, row)
        else:
            kept[form if known is None else (*form, *sorted(finding.subject.items()), finding.targets)] = row
    return kept.values()


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
