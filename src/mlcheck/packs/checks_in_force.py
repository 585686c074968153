"""The checks that packs may be decided by: those that ship, and those that the packs declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlcheck.checks import all_checks
from mlcheck.checks.base import Check
from mlcheck.checks.declared.build import built
from mlcheck.packs.model import Pack


def checks_in_force(packs: Iterable[Pack]) -> Mapping[str, Check]:
    """Every check by its name."""
    declared = {check.name: built(check) for pack in packs for check in pack.checks}
    return {**all_checks(), **declared}


def files_looked_into(packs: Iterable[Pack]) -> tuple[str, ...]:
    """Globs of the files whose content the packs' checks ask about, beside those that are read anyway."""
    globs = (one for pack in packs for check in pack.checks for one in built(check).files)
    return tuple(dict.fromkeys(globs))
