"""The packs in force as `mlcheck packs` shows them: what each item asks, and whether a check decides it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from mlcheck.packs.model import Item, Pack

# check: all of its checks exist; partly: some; not yet: none; person: it names none.
Decided = Literal["check", "partly", "not yet", "person"]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item, and how it is decided today."""

    item: Item
    decided: Decided
    existing: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackRow:
    """A pack and its rows."""

    pack: Pack
    items: tuple[ItemRow, ...]

    @property
    def killers(self) -> int:
        return sum(row.item.killer for row in self.items)

    def count(self, decided: Decided) -> int:
        """How many of its items are decided in that way."""
        return sum(row.decided == decided for row in self.items)


@dataclass(frozen=True, slots=True)
class PacksView:
    """All packs in force, in the order in which they are walked."""

    packs: tuple[PackRow, ...]

    @property
    def items(self) -> int:
        return sum(len(row.items) for row in self.packs)

    @property
    def killers(self) -> int:
        return sum(row.killers for row in self.packs)


def overview(packs: Sequence[Pack], checks: Collection[str]) -> PacksView:
    """The view of packs where these checks exist."""
    return PacksView(tuple(PackRow(pack, tuple(item_row(item, checks) for item in pack.items)) for pack in packs))


def item_row(item: Item, checks: Collection[str]) -> ItemRow:
    """How an item is decided where these checks exist."""
    existing = tuple(name for name in item.decided_by if name in checks)
    missing = tuple(name for name in item.decided_by if name not in checks)
    decided: Decided = "person"
    if item.decided_by:
        decided = "not yet" if not existing else "partly" if missing else "check"
    return ItemRow(item, decided, existing, missing)
