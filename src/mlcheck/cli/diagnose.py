"""`mlcheck diagnose`."""

from __future__ import annotations

import re
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mlcheck.diagnosis.pasted import Pasted


class Format(str, Enum):
    text = "text"
    json = "json"


def command(
    text: list[str] | None = typer.Argument(
        None, help="The error, a file's name, or `-`: standard input, the default."
    ),
    file: Path | None = typer.Option(None, "--file", help="Read it from this file."),
    path: Path = typer.Option(Path(), "--path", help="The project."),
    format: Format = typer.Option(Format.text, "--format", "-f", help="How to show it."),
    output: Path | None = typer.Option(None, "--output", "-o", help="Write to this file."),
) -> int:
    """Say which known error a stack trace is, which item prevents it, and where the project makes it.

    \b
    Examples:
      mlcheck diagnose                                  paste, then Ctrl-D
      mlcheck diagnose "Can not safely convert float64 to float32"
      mlcheck diagnose driver.log
      databricks jobs get-run-output 4711 | mlcheck diagnose -

    Exits 0 recognised and nothing found here, 1 found, 3 not recognised.
    """
    from mlcheck.cli.output import wants_color, write
    from mlcheck.cli.progress import working
    from mlcheck.commands.diagnose import diagnose
    from mlcheck.reports import diagnose_json, diagnose_text

    pasted = _pasted(text or [], file)
    with working("diagnosing") as progress:
        found, code = diagnose(pasted, path, progress)
    if format is Format.json:
        write(diagnose_json.render(found), output)
    else:
        write(diagnose_text.render(found, color=wants_color(output)), output)
    return code


def _pasted(text: list[str], file: Path | None) -> Pasted:
    from mlcheck.commands.diagnose import read_file, read_stream, read_text
    from mlcheck.errors import UsageError

    if text and re.fullmatch(r"--?[a-z][a-z-]*(=.*)?", text[0]):
        raise UsageError(f"no such option: {text[0]}", help="see `mlcheck diagnose --help`")
    if file is not None and str(file) != "-":
        return read_file(file)
    if len(text) == 1 and text != ["-"] and _names_a_file(text[0]):
        return read_file(Path(text[0]))
    if text and text != ["-"]:
        return read_text(" ".join(text))
    if sys.stdin.isatty():
        sys.stderr.write("Paste the error, then press Ctrl-D on a line of its own.\n")
    return read_stream(sys.stdin.buffer)


def _names_a_file(text: str) -> bool:
    """Whether a single argument is a file's name and not an error."""
    return len(text) < 1000 and text.isprintable() and Path(text).is_file()
