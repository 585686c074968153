"""`mlcheck` alone: where this repository stands, and what to do next."""

from __future__ import annotations

import os
from pathlib import Path

from mlcheck.commands.draft_file import draft_path
from mlcheck.commands.project_root import open_project
from mlcheck.errors import CouldNotError, UsageError
from mlcheck.project.work_tree import WorkTree
from mlcheck.record.standing import BaseMissingError, Standing, find_standing
from mlcheck.record.store import record_paths
from mlcheck.record.trust import CONFIG


def status(path: Path) -> list[str]:
    """Lines: the project, the change, its record, and the next command."""
    project = open_project(path)
    if project.repository is None:
        return ["not in a git repository", "", *_next("mlcheck check", "decide what can be decided, without a record")]
    lines = [f"project  {project.root.name}"]
    try:
        standing = find_standing(project.root, base=None, change=None, environment=os.environ)
    except BaseMissingError as error:
        return [*lines, f"change   none: {error.what}", "", *_first_steps(project)]
    except (CouldNotError, UsageError) as error:
        return [*lines, f"change   not known: {error.what}", "", *_first_steps(project)]
    lines += [f"change   {standing.id}", f"base     {standing.base_ref} at {standing.base[:10]}"]
    return [*lines, *_record(project, standing)]


def _first_steps(project: WorkTree) -> list[str]:
    if CONFIG not in project.list():
        return _next(
            "mlcheck check", "see what is found", "mlcheck init", "say who must sign, and commit it to the base"
        )
    return _next(
        "git switch -c BRANCH", "a change is walked on a branch of its own", "mlcheck check", "see what is found"
    )


def _record(project: WorkTree, standing: Standing) -> list[str]:
    if CONFIG not in standing.base_tree().list():
        trusted = "here, not yet on the base" if CONFIG in project.list() else "nobody yet"
        line = f"trust    {trusted}: verify trusts what the base branch holds"
        step = (
            ("commit .mlcheck/ to the base branch", "")
            if CONFIG in project.list()
            else ("mlcheck init", "say who must sign")
        )
        return [line, "", *_next(*step, "mlcheck check", "see what is found")]
    names = [name.rpartition("/")[2] for name in record_paths(project, standing.id)]
    signed = [name for name in names if name.startswith("dev-")]
    reviewed = [name for name in names if name.startswith("review-")]
    if reviewed:
        return [f"record   signed and reviewed ({len(names)} files)", "", *_next("mlcheck verify", "as CI does")]
    if signed:
        return [
            "record   signed, not reviewed",
            "",
            *_next("mlcheck review", "the reviewer", "mlcheck verify", "as CI does"),
        ]
    if draft_path(standing).is_file():
        return ["record   a walk that is not ended", "", *_next("mlcheck run", "goes on where it was left")]
    return [
        "record   none",
        "",
        *_next("mlcheck check", "see what is found", "mlcheck run", "walk what is left, and sign"),
    ]


def _next(*steps: str) -> list[str]:
    """`next:` and a line for each command with what it does."""
    pairs = list(zip(steps[::2], steps[1::2]))
    width = max(len(command) for command, _ in pairs)
    return ["next:", *(f"  {command:<{width}}  {what}".rstrip() for command, what in pairs)]
