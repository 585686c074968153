"""`mlcheck report`: the record of a change rendered; without one, the outcomes as they are now, UNSIGNED."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from mlcheck.commands.project_root import open_project
from mlcheck.errors import CouldNotError, UsageError
from mlcheck.packs.baseline import read_baseline
from mlcheck.packs.judge import judge
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Decision
from mlcheck.progress import Progress
from mlcheck.project.settings import read_settings
from mlcheck.project.tree import Tree
from mlcheck.project.work_tree import WorkTree
from mlcheck.record.build import change_of
from mlcheck.record.chain import current, reviews_of
from mlcheck.record.opening import VerifiedRecord, open_record
from mlcheck.record.standing import Standing, find_standing
from mlcheck.record.store import record_files
from mlcheck.record.trust import read_trust
from mlcheck.reports import markdown

Format = Literal["markdown"]


def report(
    path: Path,
    *,
    change: str | None = None,
    base: str | None = None,
    format: Format = "markdown",
    progress: Progress | None = None,
) -> str:
    """The report of the change's current record with its reviews, as they lie in the work tree.

    Whether the record holds is `verify`'s to say; only records whose signature
    was checked are rendered as signed.
    """
    project = open_project(path)
    try:
        standing = find_standing(project.root, base=base, change=change, environment=os.environ)
    except CouldNotError:  # no repository, no commit, no base: nothing can be signed yet
        return markdown.render(markdown.of_decision(_decide(project, project, progress)))
    rules = standing.base_tree()
    trust = read_trust(rules)
    now = datetime.now(timezone.utc)
    opened = [open_record(file, trust, now) for file in record_files(project, standing.id)]
    records = [one for one in opened if isinstance(one, VerifiedRecord)]
    found = current(records)
    if found:
        return markdown.render(markdown.of_record(found[0], reviews_of(records, found[0])))
    return markdown.render(markdown.of_decision(_decide(project, rules, progress), change_of(standing, trust)))


def markdown_of_decision(decision: Decision, path: Path) -> str:
    """The report of outcomes that nobody signed, with the change where there is one."""
    try:
        standing: Standing = find_standing(path.resolve(), base=None, change=None, environment=os.environ)
    except (CouldNotError, UsageError):  # no repository, no commit, no base, no name: outcomes alone
        return markdown.render(markdown.of_decision(decision))
    change = change_of(standing, read_trust(standing.base_tree()))
    return markdown.render(markdown.of_decision(decision, change))


def _decide(project: WorkTree, rules: Tree, progress: Progress | None) -> Decision:
    """The outcomes of the work tree by the base's rules."""
    return judge(
        project,
        settings=read_settings(rules),
        packs=load_packs(rules),
        baseline=read_baseline(rules),
        progress=progress,
    )
