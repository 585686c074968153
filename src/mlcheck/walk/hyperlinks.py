"""Hyperlinks in a terminal (OSC 8): which terminals have them, and the address that a place has.

Source: the terminals' own documentation of OSC 8; that of VTE, kitty, WezTerm,
iTerm2 and Windows Terminal names the variables below.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

OPEN, CLOSE = "\x1b]8;;{}\x1b\\", "\x1b]8;;\x1b\\"

_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby")
_VARIABLES = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM", "GHOSTTY_RESOURCES_DIR", "WEZTERM_PANE")
_OLD_VTE = 5000  # before it, an OSC 8 is shown as text or breaks the terminal
_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::\d+)?(?: .*)?\Z")


def has_hyperlinks(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is known to have them; FORCE_HYPERLINK says so, or `0` that it has none."""
    forced = environment.get("FORCE_HYPERLINK", "")
    if forced:
        return forced != "0"
    if environment.get("TERM", "").startswith(("tmux", "screen")) or environment.get("TERM", "dumb") == "dumb":
        return False  # what is outside of them is not known
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM", "") in _PROGRAMS
        or any(environment.get(name) for name in _VARIABLES)
        or (vte.isascii() and vte.isdigit() and int(vte) >= _OLD_VTE)
    )


def addresses(project: Path, environment: Mapping[str, str]) -> Callable[[str], str]:
    """What a link leads to: a web address as it is, `path:line` as the file's address, else nothing."""
    root, host = project.resolve(), socket.gethostname()
    program, kitty = environment.get("TERM_PROGRAM", ""), bool(environment.get("KITTY_WINDOW_ID"))

    def address(link: str) -> str:
        if link.startswith(("https://", "http://")):
            return quote(link, safe=":/?#[]@!$&'()*+,;=%-._~")
        place = _PLACE.match(link)
        if place is None:
            return ""
        path, line = quote((root / place["path"]).as_posix()), place["line"]
        if program == "vscode":
            return f"vscode://file{path}:{line}"
        return f"file://{host}{path}" + (f"#{line}" if kitty else "")

    return address
