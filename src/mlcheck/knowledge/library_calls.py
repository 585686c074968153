"""What the functions of MLflow and the feature client take, by release: `signatures.json`, with a thin reader.

The data is written by tools/library_signatures.py from the released wheels,
which are read and not imported. Of each minor release the first and the last
are there; what lies between them is one of the two.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.version import Version

# Whose functions the data has, by the first part of the name as users write it; mlflow-skinny is mlflow.
PACKAGES = ("mlflow", "databricks-feature-engineering", "databricks-feature-store")


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """The parameters of a function, without `self`; one object for all releases in which they are the same.

    `anything`: it is there, and what it takes is not known.
    """

    positional: tuple[str, ...] = ()
    keyword_only: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    any_positions: bool = False
    any_keywords: bool = False
    anything: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.positional, *self.keyword_only)


_ANYTHING = Signature(anything=True)


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    text = Path(__file__).with_name("signatures.json").read_text(encoding="utf-8")
    data: Mapping[str, Any] = json.loads(text)
    return data


@lru_cache(maxsize=4)
def releases(package: str) -> tuple[Version, ...]:
    """The releases of a package that the data has, the oldest first."""
    return tuple(Version(one) for one in _data()["packages"][package]["releases"])


def knows(package: str, function: str) -> bool:
    """Whether any release of a package has the function, or is known to have no other than those it has."""
    return bool(_runs(package, function)) or bool(_runs(package, f"{function.rpartition('.')[0]}.*"))


@lru_cache(maxsize=4096)
def signature(package: str, function: str, release: Version) -> Signature | None:
    """What a function takes in a release; None where the release surely doesn't have it."""
    number = _at(package, function, release)
    if number is not None:
        return _parsed(_data()["signatures"][number])
    complete = _at(package, f"{function.rpartition('.')[0]}.*", release) is not None
    return None if complete else _ANYTHING


@lru_cache(maxsize=4096)
def signatures(package: str, function: str, of: tuple[Version, ...]) -> tuple[tuple[Version, Signature | None], ...]:
    """What a function takes in each of some releases."""
    return tuple((release, signature(package, function, release)) for release in of)


def names_of(package: str, owner: str, release: Version) -> tuple[str, ...]:
    """The public names of a module or class in a release."""
    functions = _data()["packages"][package]["functions"]
    inside = [one for one in functions if one.rpartition(".")[0] == owner and not one.endswith(".*")]
    return tuple(one.rpartition(".")[2] for one in inside if _at(package, one, release) is not None)


def _runs(package: str, function: str) -> list[list[int | None]]:
    runs: list[list[int | None]] = _data()["packages"][package]["functions"].get(function, [])
    return runs


def _at(package: str, function: str, release: Version) -> int | None:
    """The number of a function's signature in a release of the data."""
    runs = _runs(package, function)
    index = bisect.bisect_right(releases(package), release) - 1
    starts = [start for start, _ in runs]
    found = bisect.bisect_right(starts, index) - 1  # type: ignore[type-var]
    return runs[found][1] if found >= 0 else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Signature:
    if text == "...":
        return _ANYTHING
    positional: list[str] = []
    keyword_only: list[str] = []
    required: set[str] = set()
    any_positions = any_keywords = after_star = False
    for part in text.split(", ") if text else ():
        name = part.lstrip("*").rstrip("=")
        if part == "/":
            continue
        if part.startswith("**"):
            any_keywords = True
        elif part.startswith("*"):
            after_star, any_positions = True, bool(name)
        else:
            (keyword_only if after_star else positional).append(name)
            if not part.endswith("="):
                required.add(name)
    return Signature(tuple(positional), tuple(keyword_only), frozenset(required), any_positions, any_keywords)
