"""The checks: every module of this folder that has a CHECK is one, named for what is wrong."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping

from mlcheck.checks.base import Check, Verdict
from mlcheck.flow.facts import Facts


def all_checks() -> Mapping[str, Check]:
    """Every check by its name, found by listing the folder."""
    found: dict[str, Check] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        check = getattr(importlib.import_module(f"{__name__}.{module}"), "CHECK", None)
        if isinstance(check, Check):
            found[check.name] = check
    return found


def run_checks(facts: Facts, checks: Iterable[Check]) -> Mapping[str, tuple[Verdict, ...]]:
    """What each check says of the facts."""
    return {check.name: tuple(check.run(facts)) for check in checks}


def watched_words(checks: Iterable[Check]) -> frozenset[str]:
    """The calls that the checks ask about, for code that no entry point reaches."""
    return frozenset(word for check in checks for word in check.mentions)


def asked_imports(checks: Iterable[Check]) -> frozenset[str]:
    """The modules whose imports the checks ask about."""
    return frozenset(module for check in checks for module in check.imports)
