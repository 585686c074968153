"""Colour with meaning, and legible without it: the few styles of terminal text."""

from __future__ import annotations

from dataclasses import dataclass

_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "good": "32",
    "bold": "1",
    "dim": "2",
    "place": "36",
    "fix": "32",
}

# An outcome's sign is told by its letters too: colour is never the only one.
OUTCOME_STYLE = {
    "pass": "good",
    "fail": "error",
    "unknown": "warning",
    "manual": "info",
    "n/a": "dim",
    "waived": "warning",
    "disputed": "warning",
    "baselined": "dim",
}


@dataclass(frozen=True, slots=True)
class Style:
    """Whether colour is on. `style("error", text)` gives the text, coloured or not."""

    color: bool = False

    def __call__(self, name: str, text: str) -> str:
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.color and text else text
