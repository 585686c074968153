"""What operators give on columns of pandas: `pandas_operations.txt`, executed, with a thin reader."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

FAILS, VARIES = "!", "?"


@lru_cache(maxsize=1)
def _table() -> Mapping[tuple[str, str, str], str]:
    text = (Path(__file__).parent / "pandas_operations.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if not line.startswith("#")]
    above = lines[0][2:]
    return {(line[0], line[1], kind): cell for line in lines[1:] for kind, cell in zip(above, line[2:])}


def result(operator: str, left: str, right: str) -> str:
    """The kind of what an operator gives of two kinds: FAILS where it raises, VARIES where it is not known."""
    return _table().get((operator, left, right), VARIES)
