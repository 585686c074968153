"""The command line. `--version` answers before anything is imported."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """The `mlcheck` command: runs, and exits with the contract's code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from mlcheck import __version__

        sys.stdout.write(f"mlcheck {__version__}\n")
        return
    # A command makes little that only the collector frees, and is over soon: looking for it took a fifth of the time.
    gc.disable()
    from mlcheck.cli.app import run

    code = run(sys.argv[1:])
    gc.freeze()  # the last collection, at the end of Python, has nothing to look through
    sys.exit(code)
