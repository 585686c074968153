"""Which distribution brings which import, and what each requires, from distributions.json, with its source there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

# Modules of the standard library that some Python from 3.9 on has and others don't.
_LEFT = frozenset(
    [
        "aifc",
        "asynchat",
        "asyncore",
        "audioop",
        "binhex",
        "cgi",
        "cgitb",
        "chunk",
        "crypt",
        "distutils",
        "graphlib",
        "imghdr",
        "imp",
        "lib2to3",
        "mailcap",
        "msilib",
        "nis",
        "nntplib",
        "ossaudiodev",
        "pipes",
        "smtpd",
        "sndhdr",
        "spwd",
        "sunau",
        "telnetlib",
        "tomllib",
        "uu",
        "xdrlib",
        "zoneinfo",
    ]
)
# Gone since Python 3.12, and brought back by no package that a runtime has.
GONE_IN_3_12 = frozenset({"asynchat", "asyncore", "imp", "smtpd"})


def is_standard(name: str) -> bool:
    """Whether a dotted name is a module of some Python's standard library, whichever runs this."""
    first = name.partition(".")[0]
    return first in sys.stdlib_module_names or first in _LEFT or first.startswith("__")


def distributions_of(module: str) -> tuple[str, ...]:
    """The distributions that bring a module, by the longest part of its dotted name; none where none is known."""
    imports = _document()["imports"]
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        found = imports.get(".".join(parts[:length]))
        if found is not None:
            return tuple(found.split())
    return ()


def is_library(module: str) -> bool:
    """Whether a module is the standard library's, or one that a known distribution brings."""
    return is_standard(module) or bool(distributions_of(module))


def is_known(distribution: str) -> bool:
    """Whether what a distribution requires is known."""
    return distribution in _document()["requires"]


def brought_by(distributions: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """All that distributions bring with them, themselves included, and those whose needs are not known."""
    requires = _document()["requires"]
    seen: set[str] = set()
    unknown: set[str] = set()
    waiting = list(distributions)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            needs = requires.get(name)
            if needs is None:
                unknown.add(name)
            else:
                waiting += needs.split()
    return frozenset(seen), frozenset(unknown)


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    read = json.loads((Path(__file__).parent / "distributions.json").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read
