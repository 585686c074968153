"""A run under way: what was asked for, what it rests on, and the files decided again and again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

from mlcheck.commands.run_inputs import (
    JudgedFiles,
    RunInputs,
    carried_over,
    change_walked,
    earlier_of,
    ending,
    judge_files,
    read_inputs,
)
from mlcheck.commands.signing import SigningKey
from mlcheck.errors import CouldNotError
from mlcheck.progress import Progress
from mlcheck.project.work_tree import WorkTree
from mlcheck.record.build import Carried
from mlcheck.walk.messages import Preview, Rejudged
from mlcheck.walk.sheet import Key


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asks for. `answers_template` is a file's name, or `-`."""

    path: Path
    base: str | None = None
    change: str | None = None
    all: bool = False
    packs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    key: str | None = None
    principal: str | None = None
    by: Literal["person", "agent"] = "person"
    unsigned: bool = False
    restart: bool = False
    renew: bool = False
    plain: bool = False
    answers: Path | None = None
    answers_template: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way: what was asked for, what it rests on, and who signs (None: nobody, and why)."""

    options: RunOptions
    inputs: RunInputs
    signer: SigningKey | None
    why_nobody: str


def inputs_of(options: RunOptions, project: Path) -> RunInputs:
    """What a run rests on, as it is now. Raises what `read_inputs` does."""
    now = datetime.now(timezone.utc)
    return read_inputs(project, base=options.base, change=options.change, environment=os.environ, now=now)


def refreshed(run: Run) -> Run:
    """The run on the commits that are there now. Raises CouldNotError where they are another change's."""
    inputs = inputs_of(run.options, run.inputs.project)
    before, now = run.inputs.standing, inputs.standing
    if (before.id, before.ref) != (now.id, now.ref):
        raise CouldNotError(
            f"this walk is of `{before.id}`, and the files are those of `{now.id}` now: nothing is signed",
            help=f"your answers are kept; `git switch {before.id}`, and run again",
        )
    return replace(run, inputs=inputs)


def carried_of(run: Run, judged: JudgedFiles) -> Mapping[Key, Carried]:
    """The earlier answers that are not asked for again."""
    if run.options.all:
        return {}
    carried = carried_over(run.inputs, judged.decision)
    asked_for = set(run.options.items)
    carried = {key: one for key, one in carried.items() if key[0] not in asked_for}
    if not run.options.renew:
        return carried
    renewed = {key for key, _ in ending(carried, run.inputs.today)}
    return {key: one for key, one in carried.items() if key not in renewed}


def rejudged_of(run: Run, judged: JudgedFiles) -> Rejudged:
    """What the walk must hear of files that were decided again."""
    return Rejudged(
        judged.decision,
        None,
        carried_of(run, judged),
        earlier_of(run.inputs, judged.decision),
        change_walked(run.inputs, judged),
    )


class Judging:
    """Decides a run's files again; where commits were made meanwhile, on those that are there now."""

    def __init__(self, run: Run, judged: JudgedFiles) -> None:
        self.run, self._judged = run, judged

    def __call__(self, progress: Progress, touched: bool) -> tuple[Rejudged, frozenset[str]]:
        """What was decided and the files read for it; what is in memory where nothing was `touched`, made or moved."""
        standing = self.run.inputs.standing
        moved = standing.repository.head() != standing.head
        if moved:
            self.run = refreshed(self.run)
        if moved or touched or self._judged.tree.list() != WorkTree(self.run.inputs.project).list():
            self._judged = judge_files(self.run.inputs, progress)
        return rejudged_of(self.run, self._judged), self._judged.tree.paths_read()

    def preview(self, effect: Preview) -> str:
        """The report as it will be, in Markdown."""
        from mlcheck.commands.run_record import previewed  # the first question does not wait for the report's code

        signer = None if self.run.options.unsigned else self.run.signer
        return previewed(self.run.inputs, effect.decision, effect.answers, effect.carried, signer)
