"""`mlcheck schema`."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    path: Path = typer.Argument(Path(), help="The project."),
    table: str | None = typer.Option(None, "--table", help="Show this table's columns."),
    query: str | None = typer.Option(
        None, "--query", metavar="CATALOG.SCHEMA", help="Print the query that pulls a snapshot of these schemas."
    ),
) -> int:
    """List the tables whose columns are known, and where each was read.

    \b
    Examples:
      mlcheck schema
      mlcheck schema --table gold.dim_property
      mlcheck schema --query main.gold,ml      run it, save its JSON as schemas/main.schema.json
    """
    from mlcheck.cli.output import wants_color, write
    from mlcheck.commands import schema
    from mlcheck.reports.style import Style

    style = Style(wants_color())
    if query is not None:
        write(schema.query(query))
    elif table is not None:
        write(schema.show_table(path, table, style))
    else:
        write(schema.list_schemas(path, style))
    return 0
