"""`mlcheck init`."""

from __future__ import annotations

from pathlib import Path

import typer


def command(path: Path = typer.Argument(Path(), help="The project.")) -> int:
    """Write `.mlcheck/`: who must sign, and whose signatures count.

    \b
    Examples:
      mlcheck init
      mlcheck init pipelines/churn

    Changes nothing that exists.
    """
    from mlcheck.cli.output import write
    from mlcheck.commands.init import init

    done = init(path)
    lines = [f"wrote {name}" for name in done.written]
    lines += [f"kept {name} as it is" for name in done.kept]
    write("\n".join([*lines, "", "next:", *(f"  {line}" for line in done.next), ""]))
    return 0
