"""The demo: a small pipeline in two halves, as files of the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Half = Literal["before", "after"]


def demo_files(half: Half) -> Mapping[str, bytes]:
    """The files of one half, by path."""
    root = Path(__file__).parent / "demo" / half
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
