"""`mlcheck verify`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import typer


class Format(str, Enum):
    text = "text"
    json = "json"


def command(
    path: Path = typer.Argument(Path(), help="The project."),
    base: str | None = typer.Option(None, "--base", help="The base branch; its rules and signers count."),
    change: str | None = typer.Option(None, "--change", help="The change; by default the branch's name."),
    format: Format = typer.Option(Format.text, "--format", "-f", help="How to show it."),
    no_recheck: bool = typer.Option(False, "--no-recheck", help="Don't decide again; never says valid."),
    output: Path | None = typer.Option(None, "--output", "-o", help="Write to this file."),
) -> int:
    """Verify the change's signed record: offline, trusting neither developer nor reviewer.

    \b
    Examples:
      mlcheck verify
      mlcheck verify --base origin/main --format json

    Exits 0 valid, 1 on findings, 2 where the call is wrong, 3 where it could not verify.
    """
    from mlcheck.cli.output import wants_color, write
    from mlcheck.cli.progress import working
    from mlcheck.commands.verify import verify
    from mlcheck.reports import verify_json, verify_text

    with working("verifying") as progress:
        verification, code = verify(path, base=base, change=change, recheck=not no_recheck, progress=progress)
    if format is Format.json:
        write(verify_json.render(verification), output)
    else:
        write(verify_text.render(verification, color=wants_color(output)), output)
    return code
