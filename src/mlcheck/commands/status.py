"""`mlcheck` alone: where this repository stands, and what to do next."""

from __future__ import annotations

import os
from pathlib import Path

from mlcheck.commands.draft_file import draft_path
from mlcheck.commands.project_root import open_project
from mlcheck.commands.verify import verify
from mlcheck.errors import CouldNotError, UsageError
from mlcheck.project.work_tree import WorkTree
from mlcheck.record.codes import PAGES
from mlcheck.record.standing import BaseMissingError, Standing, find_standing
from mlcheck.record.store import record_paths
from mlcheck.record.trust import CONFIG, read_trust


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
    read_trust(standing.base_tree())  # a mistake in it is told here, not at the end of a walk
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
    names = record_paths(project, standing.id)
    if not any("/dev-" in name for name in names):
        return _not_signed(standing)
    unkept = sorted(set(names) - set(record_paths(standing.head_tree(), standing.id)))
    if unkept:
        line = f"record   signed, and {len(unkept)} of its files not committed: verify looks at what is committed"
        return [line, "", *_next("git add .mlcheck/signoffs && git commit -m 'Sign off'", "")]
    return _verified(project)


def _not_signed(standing: Standing) -> list[str]:
    if draft_path(standing).is_file():
        return ["record   a walk that is not ended", "", *_next("mlcheck run", "goes on where it was left")]
    return [
        "record   none",
        "",
        *_next("mlcheck check", "see what is found", "mlcheck run", "walk what is left, and sign"),
    ]


def _verified(project: WorkTree) -> list[str]:
    """What `verify` says of the record, with the command that mends each kind of refusal."""
    verification, code = verify(project.root)
    if code == 0:
        people = ", ".join(f"{role} {who}" for role, who in verification.signed_by.items())
        return [f"record   valid ({people})", "", "nothing more to do: CI verifies it by `mlcheck verify`"]
    steps: dict[str, str] = {}
    for found in verification.findings:
        page = PAGES[found.code] if found.code else None
        steps.setdefault(page.mend if page else "mlcheck verify", page.family.value if page else found.message)
    if "mlcheck run" in steps:  # the developer first; a review of what will be signed anew is of no use
        steps = {"mlcheck run": steps["mlcheck run"]}
    what = ", ".join(dict.fromkeys(steps.values()))
    pairs = [part for mend, family in steps.items() for part in (mend, f"it is {family}")]
    return [f"record   signed, and refused: {what}", "", *_next(*pairs[:6], "mlcheck verify", "tells each refusal")]


def _next(*steps: str) -> list[str]:
    """`next:` and a line for each command with what it does."""
    pairs = list(zip(steps[::2], steps[1::2]))
    width = max(len(command) for command, _ in pairs)
    return ["next:", *(f"  {command:<{width}}  {what}".rstrip() for command, what in pairs)]
