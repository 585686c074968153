"""`mlcheck check`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import typer

from mlcheck.cli import names


class Format(str, Enum):
    text = "text"
    json = "json"
    markdown = "markdown"


class FailOn(str, Enum):
    error = "error"
    warning = "warning"
    info = "info"
    never = "never"


def command(
    path: Path = typer.Argument(Path(), help="The project: the folder where `.mlcheck` lies."),
    format: Format = typer.Option(Format.text, "--format", "-f", help="How to show it."),
    output: Path | None = typer.Option(None, "--output", "-o", help="Write to this file."),
    pack: list[str] | None = typer.Option(
        None, "--pack", help="Only this pack; may be given again.", autocompletion=names.packs
    ),
    item: list[str] | None = typer.Option(
        None, "--item", help="Only this item, in full; may be given again.", autocompletion=names.items
    ),
    fail_on: FailOn = typer.Option(FailOn.warning, "--fail-on", help="Exit 1 on findings at or above this."),
    exit_zero: bool = typer.Option(False, "--exit-zero", help="Exit 0 whatever is found."),
    baseline: Path | None = typer.Option(None, "--baseline", help="Take this baseline, not `.mlcheck/baseline.json`."),
    bundle_json: Path | None = typer.Option(
        None, "--bundle-json", help="Take this output of `databricks bundle validate -o json` as the bundle."
    ),
    write_baseline: bool = typer.Option(
        False, "--write-baseline", help="Take all findings into the baseline, and exit 0."
    ),
) -> int:
    """Decide what can be decided, and show the findings.

    \b
    Examples:
      mlcheck check
      mlcheck check --pack mlflow --pack job
      mlcheck check --item MLF-01
      mlcheck check --format json --output mlcheck.json
      mlcheck check --fail-on error
      databricks bundle validate -t prod -o json > prod.json; mlcheck check --bundle-json prod.json

    Exits 0 clean, 1 on findings, 2 where the call or the configuration is wrong.
    """
    from mlcheck.cli.output import wants_color, write
    from mlcheck.cli.progress import working
    from mlcheck.commands.check import CheckOptions, check, take_baseline

    options = CheckOptions(
        path,
        tuple(pack or ()),
        tuple(item or ()),
        "never" if exit_zero else fail_on.value,
        baseline,
        bundle_json,
    )
    with working("checking") as progress:
        result = check(options, progress)
    if write_baseline:
        write(take_baseline(result.decision, path))
        return 0
    if format is Format.json:
        from mlcheck.reports.check_json import render as render_json

        write(render_json(result.decision), output)
    elif format is Format.markdown:
        from mlcheck.commands.report import markdown_of_decision

        write(markdown_of_decision(result.decision, path), output)
    else:
        from mlcheck.reports.check_text import render

        write(render(result.decision, color=wants_color(output), details=bool(item)), output)
    return result.exit_code
