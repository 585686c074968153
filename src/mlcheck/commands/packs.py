"""`mlcheck packs`: list the packs in force, show one item, validate a team's pack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlcheck.commands.project_root import open_project
from mlcheck.errors import CouldNotError, UsageError
from mlcheck.packs.checks_in_force import checks_in_force
from mlcheck.packs.example_runs import wrong_examples
from mlcheck.packs.fields import PackError
from mlcheck.packs.load import checklists, load_packs, packs_with, shipped_packs
from mlcheck.packs.model import Pack
from mlcheck.packs.overview import PacksView, item_row, overview
from mlcheck.packs.read import MAX_BYTES, decode_pack
from mlcheck.printable import suggestion
from mlcheck.reports.packs_text import item_text, render


def list_packs(path: Path) -> PacksView:
    """The packs in force in the project at a path, and which items' checks exist.

    Raises UsageError where there is no such folder, ConfigurationError for a
    team's pack that is wrong.
    """
    packs = load_packs(open_project(path))
    return overview(packs, checks_in_force(packs))


def packs_text(path: Path) -> str:
    """The packs in force, as text."""
    return render(list_packs(path))


def item_in(path: Path, item_id: str) -> str:
    """One item of the packs in force, in full. Raises UsageError, with the nearest id, where there is none."""
    packs = load_packs(open_project(path))
    items = {item.id: item for pack in packs for item in pack.items}
    item = items.get(item_id.upper())
    if item is None:
        raise UsageError(f"no item `{item_id}`", help=suggestion(item_id.upper(), items))
    return item_text(item_row(item, checks_in_force(packs)))


def validate(paths: Sequence[Path]) -> str:
    """What the pack files hold, a line for each, where all are right; one may extend another of them.

    Raises PackError with every mistake, CouldNotError where a file can't be read.
    """
    shipped = shipped_packs()
    own = checklists().resolve()
    sources = [(str(path), _text(path)) for path in paths if path.resolve().parent != own]
    packs = packs_with(sources, shipped) if sources else ()
    declared = {check.name: check for pack in packs for check in pack.checks}
    wrong = [*wrong_examples(declared.values())]
    if wrong:
        raise PackError(wrong)
    valid = {pack.source: _line(pack, shipped) for pack in packs}
    # A pack that another of the files extends is no longer in force by itself.
    lines = [valid.get(str(path), f"{path}: valid") for path in paths]
    return "\n".join(lines) + "\n"


def _line(pack: Pack, shipped: Sequence[Pack]) -> str:
    base = {item.id: item.digest for one in shipped if one.name == pack.extends for item in one.items}
    killers = sum(item.killer for item in pack.items)
    text = f"{pack.source}: valid: {pack.name} {pack.version}, {len(pack.items)} items, {killers} killers"
    examples = sum(bool(check.bad) + bool(check.good) for check in pack.checks)
    if pack.checks:
        text += f", {len(pack.checks)} checks of its own with {examples} examples that do what they say"
    if not base:
        return text
    there = {item.id: item.digest for item in pack.items}
    changed = sum(there.get(name, digest) != digest for name, digest in base.items())
    added, retired = len(there.keys() - base.keys()), len(base.keys() - there.keys())
    return f"{text}; of `{pack.extends}` {changed} changed, {retired} retired, {added} added"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CouldNotError(f"can't be read: {error.strerror}", where=str(path), help="give the pack's file") from None
    return decode_pack(raw, str(path))
