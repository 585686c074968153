"""`mlcheck` alone."""

from __future__ import annotations

from pathlib import Path


def show() -> int:
    """Where this repository stands, and what to do next."""
    from mlcheck.cli.output import write
    from mlcheck.commands.status import status

    write("\n".join([*status(Path()), ""]))
    return 0
