"""The command line. `--version` answers before anything is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """The `mlcheck` command: runs, and exits with the contract's code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from mlcheck import __version__

        sys.stdout.write(f"mlcheck {__version__}\n")
        return
    from mlcheck.cli.app import run

    sys.exit(run(sys.argv[1:]))
