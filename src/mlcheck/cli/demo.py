"""`mlcheck demo`."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    into: Path | None = typer.Option(None, "--into", help="Lay it out here as a git repository, to walk."),
) -> int:
    """Check a pipeline of five models before and after it follows the checklists.

    \b
    Examples:
      mlcheck demo
      mlcheck demo --into /tmp/bike-share
    """
    from mlcheck.cli.output import wants_color, write
    from mlcheck.commands.demo import demo
    from mlcheck.reports.demo_text import render

    shown = demo(into)
    write(render(shown.before, shown.after, str(into) if into else None, color=wants_color()))
    return 0
