"""Which terminal there is: none, one for linear text, or one that can be drawn on."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from mlcheck.errors import UsageError


def has_terminal() -> bool:
    """Whether a person can be asked: both ends are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def is_plain(environment: Mapping[str, str]) -> bool:
    """Whether the environment asks for linear text, or its terminal can do no other."""
    asked = environment.get("ACCESSIBLE") or environment.get("NO_COLOR")
    return bool(asked) or environment.get("TERM", "dumb") in ("dumb", "")


def need_terminal() -> None:
    """Raises UsageError where nobody can be asked."""
    if not has_terminal():
        raise UsageError(
            "there is no terminal to ask on",
            help="fill in the file that --answers-template FILE writes, and give it by --answers FILE",
        )
