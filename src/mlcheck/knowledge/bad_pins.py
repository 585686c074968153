"""Versions that are known not to work together, from bad_pins.json, each with its source there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version


@dataclass(frozen=True, slots=True)
class BadPair:
    """Two packages that break together. `newest`: the newest of `other` is one that breaks."""

    package: str
    versions: SpecifierSet
    other: str
    others: SpecifierSet
    newest: bool
    error: str
    fix: str
    source: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a release requires of others, so that pip refuses to install both in one go."""

    package: str
    versions: SpecifierSet
    requires: tuple[tuple[str, SpecifierSet], ...]
    source: str


@dataclass(frozen=True, slots=True)
class PythonNeed:
    """The Pythons that releases can be installed on, and what pip says where it can't."""

    package: str
    versions: SpecifierSet
    python: SpecifierSet
    error: str
    fix: str
    source: str


@dataclass(frozen=True, slots=True)
class BadName:
    """A distribution that can't be installed at all, and the one that is meant."""

    name: str
    error: str
    fix: str
    source: str


@lru_cache(maxsize=1)
def bad_pairs() -> tuple[BadPair, ...]:
    """Pairs that break where they are used."""
    return tuple(
        BadPair(
            row["package"],
            SpecifierSet(row["versions"]),
            row["with"],
            SpecifierSet(row["with_versions"]),
            row.get("newest", False),
            row["error"],
            row["fix"],
            row["source"],
        )
        for row in _document()["breaks"]
    )


@lru_cache(maxsize=1)
def refusals() -> tuple[Refusal, ...]:
    """Pairs that pip refuses."""
    return tuple(
        Refusal(
            row["package"],
            SpecifierSet(row["versions"]),
            tuple((name, SpecifierSet(wanted)) for name, wanted in row["requires"].items()),
            row["source"],
        )
        for row in _document()["refuses"]
    )


@lru_cache(maxsize=1)
def python_needs() -> tuple[PythonNeed, ...]:
    """Releases that some Pythons can't have."""
    return tuple(
        PythonNeed(
            row["package"],
            SpecifierSet(row["versions"]),
            SpecifierSet(row["python"]),
            row.get("error", ""),
            row.get("fix", ""),
            row["source"],
        )
        for row in _document()["python"]
    )


@lru_cache(maxsize=1)
def bad_names() -> dict[str, BadName]:
    """Distributions that can't be installed, by their names."""
    rows = _document()["names"]
    return {row["name"]: BadName(row["name"], row["error"], row["fix"], row["source"]) for row in rows}


def fits(version: Version, wanted: SpecifierSet) -> bool:
    """Whether a version is among those wanted, pre-releases included."""
    return wanted.contains(version, prereleases=True)


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    read = json.loads((Path(__file__).parent / "bad_pins.json").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read
