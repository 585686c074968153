"""What a verification looks at: the trees, the history between them, one reading of the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mlcheck.git.history import Commit
from mlcheck.git.repository import Repository
from mlcheck.project.commit_tree import CommitTree
from mlcheck.project.tree import Tree
from mlcheck.project.work_tree import WorkTree
from mlcheck.record.engine import running_engine
from mlcheck.record.model import Engine
from mlcheck.record.standing import BaseMissingError, Standing, find_standing


@dataclass(frozen=True, slots=True)
class Inputs:
    """The change, as trees: `base` says by which rules, `head` is what is judged.

    `fork` is where the two part (None where they share no history here), and
    `work` what lies on the disk. The commits are those in base..head; their
    paths are the project's. `cut` counts those left out because a shallow
    clone does not say what they changed.
    """

    standing: Standing
    base: Tree
    head: Tree
    fork: Tree | None
    work: Tree
    commits: tuple[Commit, ...]
    cut: int
    now: datetime
    engine: Engine


def gather(
    project: Path, *, base: str | None, change: str | None, environment: Mapping[str, str], now: datetime
) -> Inputs:
    """The inputs for a project's folder.

    Raises BaseMissingError where there is no base, or one that holds the head
    already; CouldNotError and UsageError as `find_standing`.
    """
    standing = find_standing(project, base=base, change=change, environment=environment)
    if standing.base_holds_head():
        raise BaseMissingError(
            f"the base {standing.base_ref} holds the head already, so nothing is left to judge",
            help="check out the change's branch, or name another base by --base",
        )
    repository = standing.repository
    fork = repository.merge_base(standing.base, standing.head)
    commits = repository.commits(standing.base, standing.head)
    cut = _cut_off(commits, repository)
    return Inputs(
        standing=standing,
        base=standing.base_tree(),
        head=standing.head_tree(),
        fork=CommitTree(repository, fork, standing.prefix) if fork else None,
        work=WorkTree(project),
        commits=tuple(_within(commit, standing.prefix) for commit in commits if commit not in cut),
        cut=len(cut),
        now=now,
        engine=running_engine(),
    )


def _cut_off(commits: tuple[Commit, ...], repository: Repository) -> frozenset[Commit]:
    """The commits whose parents a shallow clone does not have: they seem to touch every file."""
    known = {commit.id for commit in commits}
    return frozenset(
        commit
        for commit in commits
        if any(parent not in known and repository.resolve(parent) is None for parent in commit.parents)
    )


def _within(commit: Commit, prefix: str) -> Commit:
    """The commit with the project's paths alone, relative to it; others keep `../` in front."""
    if not prefix:
        return commit
    head = prefix + "/"
    paths = (path.removeprefix(head) if path.startswith(head) else f"../{path}" for path in commit.paths)
    return replace(commit, paths=tuple(paths))
