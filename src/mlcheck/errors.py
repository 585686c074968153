"""What goes wrong with input: one hierarchy, one line each, told by `cli` alone.

Readers turn their parser's exceptions into these, so that nobody above them
knows which parser was used, and no traceback reaches a person.
"""

from __future__ import annotations

from mlcheck.printable import printable

USAGE = 2
COULD_NOT = 3
INTERRUPTED = 130


class MlcheckError(Exception):
    """Something that a person can mend: what, where (`path:line`), and what to do."""

    exit_code = USAGE

    def __init__(self, what: str, *, where: str = "", help: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.help = help

    def line(self) -> str:
        """One printable line: `where: what; help`."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return printable(f"{head}; {self.help}" if self.help else head)


class UsageError(MlcheckError):
    """The command was called wrong (exit 2)."""


class ConfigurationError(MlcheckError):
    """A pack, a configuration or an answers file is wrong (exit 2)."""


class CouldNotError(MlcheckError):
    """The call was right, and the thing could not be done (exit 3)."""

    exit_code = COULD_NOT
