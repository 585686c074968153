"""A conversation held on the terminal that is there: drawn, or in linear text."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from pathlib import Path

from mlcheck.printable import printable
from mlcheck.walk.conversation import Held, Outside, S, Talk
from mlcheck.walk.terminal_kind import is_plain


def converse(talk: Talk[S], state: S, outside: Outside, project: Path, *, plain: bool) -> S:
    """Hold a conversation until it is over; its last state. Links to places lead into the project's folder."""
    held = Held(talk, state, outside)
    if plain or is_plain(os.environ):
        from mlcheck.walk import plain as linear
        from mlcheck.walk.line_reader import line_reader

        return linear.converse(held, line_reader(), _write, shutil.get_terminal_size().columns)
    from mlcheck.walk import terminal
    from mlcheck.walk.hyperlinks import addresses, has_hyperlinks

    address = addresses(project, os.environ) if has_hyperlinks(os.environ) else None
    gc.freeze()  # what was judged stays to the end: a key is answered without looking through it
    gc.enable()
    return terminal.converse(held, os.environ, address)


def _write(line: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(printable(line).encode(encoding, "replace").decode(encoding))
