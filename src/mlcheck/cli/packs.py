"""`mlcheck packs`."""

from __future__ import annotations

from pathlib import Path

import typer

from mlcheck.cli import names


def command(
    path: Path = typer.Argument(Path(), help="The project."),
    item: str | None = typer.Option(None, "--item", help="Show this item in full.", autocompletion=names.items),
    validate: list[Path] | None = typer.Option(None, "--validate", help="Validate this pack file; may be given again."),
) -> int:
    """List the packs in force, show an item, or validate a pack of your own.

    \b
    Examples:
      mlcheck packs
      mlcheck packs --item TRN-07
      mlcheck packs --validate .mlcheck/packs/team.yaml
    """
    from mlcheck.cli.output import write
    from mlcheck.commands import packs

    if validate:
        write(packs.validate(validate))
    elif item:
        write(packs.item_in(path, item))
    else:
        write(packs.packs_text(path))
    return 0
