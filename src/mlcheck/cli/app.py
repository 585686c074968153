"""The app: every command registered, every error told in one line with its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from mlcheck.cli import check, demo, diagnose, explain, init, packs, report, review, schema, verify
from mlcheck.cli import help as help_pages
from mlcheck.cli import run as run_walk
from mlcheck.errors import COULD_NOT, INTERRUPTED, USAGE, MlcheckError
from mlcheck.printable import nearest, printable

# typer carries click within it from 0.26 on: its error class is had from what typer itself exports.
_ClickUsageError: Any = typer.BadParameter.__mro__[1]
_ClickError: Any = _ClickUsageError.__mro__[1]

app = typer.Typer(
    name="mlcheck",
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_COMMANDS: dict[str, Callable[..., int]] = {
    "init": init.command,
    "check": check.command,
    "run": run_walk.command,
    "review": review.command,
    "verify": verify.command,
    "report": report.command,
    "packs": packs.command,
    "schema": schema.command,
    "explain": explain.command,
    "diagnose": diagnose.command,
    "demo": demo.command,
    "help": help_pages.command,
}
_SETTINGS = {"diagnose": {"ignore_unknown_options": True}}  # a trace may begin with dashes
for name, command in _COMMANDS.items():
    app.command(name, context_settings=_SETTINGS.get(name))(command)


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", "-V", help="Print the version."),
) -> None:
    """Checks an ML pipeline on Databricks and MLflow before its pull request.

    \b
    Examples:
      mlcheck                 where this repository stands, and what to do next
      mlcheck check           decide what can be decided, and show the findings
      mlcheck diagnose        paste a stack trace: which error, why, and where
      mlcheck run             walk through what is left, and sign
      mlcheck verify          verify a signed record, as CI does
      mlcheck demo            the whole of it on a small pipeline
    """
    if version:
        from mlcheck import __version__

        typer.echo(f"mlcheck {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from mlcheck.cli import status

        raise typer.Exit(status.show())


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code. Nothing but this tells an error."""
    try:
        code = app(arguments, standalone_mode=False, prog_name="mlcheck")
        return code if isinstance(code, int) else 0
    except MlcheckError as error:
        return _tell(error.line(), error.exit_code)
    except _ClickUsageError as error:
        return _tell(_usage_line(error), USAGE)
    except typer.Exit as end:
        return int(end.exit_code)
    except (KeyboardInterrupt, typer.Abort, EOFError):
        return _tell("interrupted; nothing was lost: the same command goes on from here", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _ClickError as error:
        return _tell(error.format_message(), USAGE)
    except Exception as error:
        if os.environ.get("MLCHECK_DEBUG"):
            raise
        what = f"a defect of mlcheck: {type(error).__name__}: {error}"
        return _tell(f"{what}; set MLCHECK_DEBUG=1 for where, and report it", COULD_NOT)


def _usage_line(error: Any) -> str:
    """click's message, with the nearest command or option, and how to see the help."""
    message = str(error.format_message()).rstrip(".")
    wrong = message.partition("'")[2].partition("'")[0] if message.startswith("No such command") else ""
    near = nearest(wrong, [one.name or "" for one in app.registered_commands]) if wrong else None
    if near and "Did you mean" not in message:
        message += f"; did you mean `{near}`?"
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mlcheck"
    return f"{message}; see `{path} --help`"


def _tell(line: str, code: int) -> int:
    for one in line.split("\n"):
        sys.stderr.write(f"mlcheck: {printable(one)}\n")
    return code
