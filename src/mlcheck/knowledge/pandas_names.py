"""What a frame and a column of pandas have beside columns: `pandas_names.txt`, with a thin reader."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def attributes() -> tuple[frozenset[str], frozenset[str]]:
    """The attributes of a frame, and those that a column has beside them."""
    text = (Path(__file__).parent / "pandas_names.txt").read_text(encoding="utf-8")
    words = " ".join(line for line in text.splitlines() if not line.startswith("#"))
    frame, _, series = words.removeprefix("frame: ").partition(" series: ")
    return frozenset(frame.split()), frozenset(series.split())
