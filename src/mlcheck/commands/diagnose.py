"""`mlcheck diagnose`: which known error a paste is, and where the project makes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from mlcheck.commands.project_root import open_project
from mlcheck.diagnosis.diagnose import Diagnosis, cause_of
from mlcheck.diagnosis.pasted import KEPT, Pasted, plain_text
from mlcheck.diagnosis.places import modules_of, traced_places
from mlcheck.diagnosis.recognise import read_errors
from mlcheck.errors import COULD_NOT, CouldNotError, UsageError
from mlcheck.packs.baseline import read_baseline
from mlcheck.packs.checks_in_force import checks_in_force, files_looked_into
from mlcheck.packs.decide import evidence_at
from mlcheck.packs.judge import judge_project
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Item
from mlcheck.progress import Progress
from mlcheck.project.load import load_project
from mlcheck.project.settings import read_settings

_HELP = "paste the trace, or give `--file FILE`"


def diagnose(pasted: Pasted, path: Path, progress: Progress | None = None) -> tuple[Diagnosis, int]:
    """The diagnosis of a paste for the project at a path, and the exit code that it means.

    0: recognised, and its checks find nothing here; 1: they do; 3: not recognised.
    Raises UsageError where nothing was pasted or there is no such folder.
    """
    if not pasted.text.strip():
        raise UsageError("there is nothing to diagnose", help=_HELP)
    tree = open_project(path)
    packs = load_packs(tree)
    project = load_project(tree, read_settings(tree), files_looked_into(packs))
    reading = read_errors(pasted.text, modules_of(project.code))
    items: Mapping[str, Item] = {item.id: item for pack in packs for item in pack.items}
    wanted = {name for one in reading.recognised for name in (*one.error.items, *_deciding(one.error.checks, items))}
    decision = judge_project(
        project, packs=packs, baseline=read_baseline(tree), only=wanted & set(items), exhibits=False, progress=progress
    )
    traced = traced_places(reading.frames, project)
    existing = checks_in_force(packs)
    causes = tuple(cause_of(one, items, decision, existing, traced) for one in reading.recognised)
    diagnosis = Diagnosis(
        causes,
        reading.nearest,
        tuple((one, evidence_at(project, one.place)) for one in traced),
        reading.said,
        pasted.left_out,
        len(project.code) + len(project.bundles),
    )
    return diagnosis, COULD_NOT if not causes else int(diagnosis.findings > 0)


def _deciding(checks: tuple[str, ...], items: Mapping[str, Item]) -> set[str]:
    """The items that these checks decide: a team may have bound them to others than those that ship."""
    return {item.id for item in items.values() if set(item.decided_by) & set(checks)}


def read_stream(stream: BinaryIO) -> Pasted:
    """All of a stream, of which the start and the end are kept where it is long."""
    head = stream.read(KEPT)
    tail = b""
    left_out = 0
    while chunk := stream.read(KEPT):
        tail += chunk
        if len(tail) > KEPT:
            left_out += len(tail) - KEPT
            tail = tail[-KEPT:]
    return plain_text(head + (b"\n" if left_out else b"") + tail, left_out)


def read_file(path: Path) -> Pasted:
    """A file's text. Raises CouldNotError where it can't be read."""
    try:
        with path.open("rb") as file:
            return read_stream(file)
    except OSError as error:
        raise CouldNotError(
            f"can't be read: {error.strerror}", where=str(path), help="give a file that exists"
        ) from None


def read_text(text: str) -> Pasted:
    """A text that was given on the command line."""
    return plain_text(text.encode("utf-8", "surrogateescape"))
