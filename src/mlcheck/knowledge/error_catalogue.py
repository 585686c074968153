"""The catalogue of errors: what a message says, which item prevents it, why it happens, and what to do.

The entries are data, in `errors/*.yaml`; each names its source. An entry is
keyed by error conditions (`UNRESOLVED_COLUMN`), and by patterns whose variable
parts are in braces: versions word things differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

IN_PROJECT = "@project"  # in `where`: the name is a module of the project


@dataclass(frozen=True, slots=True)
class SeenText:
    """A text as a released version says it, by whom, and the names that are read from it."""

    text: str
    by: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KnownError:
    """One entry of the catalogue.

    `conditions` and `patterns` recognise it, each alone; `where` says what the
    names in a pattern must be, `beside` what else stands in the text. `under`
    are the classes and conditions that it comes under, for looking it up.
    """

    id: str
    library: str  # the file that it stands in
    title: str
    conditions: tuple[str, ...]
    under: tuple[str, ...]
    patterns: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    beside: tuple[str, ...]
    symptom: str  # of what raises nothing
    wraps: bool  # it only says that something failed: what is known of that goes before it
    items: tuple[str, ...]
    checks: tuple[str, ...]
    codes: tuple[str, ...]  # of the case study, as packs name them in `prevents`
    cost: str
    why: str
    fix: str
    seen: tuple[SeenText, ...]

    @property
    def silent(self) -> bool:
        """Whether it raises nothing, so that no text names it."""
        return not self.patterns and not self.conditions


@lru_cache(maxsize=1)
def error_catalogue() -> tuple[KnownError, ...]:
    """Every entry, in the order of the files and in them."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries: list[KnownError] = []
    for path in sorted((Path(__file__).parent / "errors").glob("*.yaml")):
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        entries.extend(_entry(row, path.stem) for row in rows)
    return tuple(entries)


def _entry(row: Mapping[str, Any], library: str) -> KnownError:
    return KnownError(
        id=row["id"],
        library=library,
        title=row["title"],
        conditions=tuple(row.get("conditions", ())),
        under=tuple(row.get("under", ())),
        patterns=tuple(row.get("patterns", ())),
        where=MappingProxyType({key: tuple(values) for key, values in row.get("where", {}).items()}),
        beside=tuple(row.get("beside", ())),
        symptom=row.get("symptom", ""),
        wraps=row.get("wraps", False),
        items=tuple(row["items"]),
        checks=tuple(row["checks"]),
        codes=tuple(row.get("codes", ())),
        cost=row.get("cost", ""),
        why=row["why"],
        fix=row["fix"].rstrip("\n"),
        seen=tuple(SeenText(one["text"], one["by"], one.get("names", {})) for one in row.get("seen", ())),
    )
