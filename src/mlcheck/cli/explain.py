"""`mlcheck explain`."""

from __future__ import annotations

from pathlib import Path

import typer

from mlcheck.cli import names


def command(
    name: str | None = typer.Argument(
        None, help="A check, an item, a pack, an error, a code of `verify`, a word.", autocompletion=names.explained
    ),
    path: Path = typer.Option(Path(), "--path", help="The project, for its own packs."),
) -> int:
    """Explain a check, an item, an error, a code of `verify`, or a word of packs; alone, list them all.

    \b
    Examples:
      mlcheck explain
      mlcheck explain exit-hides-failure
      mlcheck explain MLF-01
      mlcheck explain UNRESOLVED_COLUMN
      mlcheck explain E_STALE
    """
    from mlcheck.cli.output import wants_color, write
    from mlcheck.commands.explain import explain

    write(explain(name, path, color=wants_color()))
    return 0
