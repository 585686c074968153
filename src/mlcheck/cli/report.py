"""`mlcheck report`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import typer


class Format(str, Enum):
    markdown = "markdown"


def command(
    path: Path = typer.Argument(Path(), help="The project."),
    change: str | None = typer.Option(None, "--change", help="The change; by default the branch's name."),
    base: str | None = typer.Option(None, "--base", help="The base branch."),
    format: Format = typer.Option(Format.markdown, "--format", "-f", help="How to show it."),
    output: Path | None = typer.Option(None, "--output", "-o", help="Write to this file."),
) -> int:
    """Render the change's record, or the outcomes as they are now, marked UNSIGNED.

    \b
    Examples:
      mlcheck report
      mlcheck report --output mlcheck.md
    """
    from mlcheck.cli.output import write
    from mlcheck.cli.progress import working
    from mlcheck.commands.report import report

    with working("rendering") as progress:
        text = report(path, change=change, base=base, format=format.value, progress=progress)
    write(text, output)
    return 0
