"""Which code is a test suite's: what pytest or unittest runs, and no pipeline."""

from __future__ import annotations

import re

from mlcheck.project.model import Code

_NAME = re.compile(r"(?:test_\w*|\w+_test|conftest)\.py\Z")
_FOLDERS = frozenset({"tests", "test"})
_RUNNERS = re.compile(r"(?m)^\s*(?:import|from)\s+(?:pytest|unittest)\b")


def is_test(code: Code) -> bool:
    """Whether a module is a test suite's by its place or name, and by what it imports; a notebook never is."""
    if code.kind != "module":
        return False
    *folders, name = code.path.split("/")
    named, placed = _NAME.match(name) is not None, not _FOLDERS.isdisjoint(folders)
    return (named and placed) or ((named or placed) and _RUNNERS.search(code.text) is not None)
