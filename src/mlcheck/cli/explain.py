"""`mlcheck explain`."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    name: str = typer.Argument(..., help="A check, an item's id, or a code that `verify` gave."),
    path: Path = typer.Option(Path(), "--path", help="The project, for its own packs."),
) -> int:
    """Explain a check, an item, or a code of `verify`.

    \b
    Examples:
      mlcheck explain exit-hides-failure
      mlcheck explain MLF-01
      mlcheck explain E_STALE
    """
    from mlcheck.cli.output import write
    from mlcheck.commands.explain import explain

    write(explain(name, path))
    return 0
