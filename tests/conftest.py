"""What all tests share: trees in memory, the packs, and checking a handful of files."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mlcheck.packs.judge import judge
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Decision, Pack
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.settings import read_settings


@pytest.fixture(scope="session")
def packs() -> tuple[Pack, ...]:
    return load_packs(MemoryTree({}))


def decide(files: Mapping[str, str | bytes], packs: tuple[Pack, ...]) -> Decision:
    """The decision on files given as text, with their own settings."""
    tree = MemoryTree({path: text.encode() if isinstance(text, str) else text for path, text in files.items()})
    return judge(tree, settings=read_settings(tree), packs=packs)
