"""A conversation held on the terminal that is there: drawn, or in linear text."""

from __future__ import annotations

import os
import shutil
import sys

from mlcheck.printable import printable
from mlcheck.walk.conversation import Held, Outside, S, Talk
from mlcheck.walk.terminal_kind import is_plain


def converse(talk: Talk[S], state: S, outside: Outside, *, plain: bool) -> S:
    """Hold a conversation until it is over; its last state."""
    held = Held(talk, state, outside)
    if plain or is_plain(os.environ):
        from mlcheck.walk import plain as linear

        return linear.converse(held, input, _write, shutil.get_terminal_size().columns)
    from mlcheck.walk import terminal

    return terminal.converse(held)


def _write(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(printable(line).encode(encoding, "replace").decode(encoding))
