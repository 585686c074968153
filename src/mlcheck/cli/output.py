"""Where text goes: standard output or a file, with colour where it is wanted."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mlcheck.errors import CouldNotError


def wants_color(output: Path | None = None) -> bool:
    """Whether to colour: FORCE_COLOR, NO_COLOR, CLICOLOR, TERM, and whether a person looks."""
    if output is not None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return sys.stdout.isatty() and os.environ.get("CLICOLOR", "1") != "0"


def write(text: str, output: Path | None = None) -> None:
    """Write to a file, or to standard output whatever its encoding is."""
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CouldNotError(f"can't write: {error.strerror}", where=str(output), help="give another file") from None
        return
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.flush()
