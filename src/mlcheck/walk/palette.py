"""Which colours a screen is drawn in: none, for a dark background, or for a light one.

Source: no-color.org, force-color.org, bixense.com/clicolors; COLORFGBG as rxvt
and its followers set it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Colours = Literal["none", "dark", "light"]

_DARK: Mapping[str, str] = {
    "title": "bold",
    "label": "bold",
    "place": "underline",
    "link": "underline",
    "marked": "bold",
    "killer": "bold ansired",
    "notice": "bold ansiyellow",
    "fail": "bold ansired",
    "unknown": "bold ansiyellow",
    "manual": "bold ansiyellow",
    "pass": "ansigreen",
    "waived": "ansimagenta",
    "disputed": "ansimagenta",
    "baselined": "ansimagenta",
    "dim": "ansibrightblack",
    "keys": "ansicyan",
    "removed": "ansired",
    "added": "ansigreen",
    "keyword": "ansimagenta",
    "string": "ansigreen",
    "number": "ansicyan",
    "comment": "ansibrightblack",
}
_LIGHT: Mapping[str, str] = {  # bright colours can't be read on white
    **_DARK,
    "notice": "bold #875f00",
    "unknown": "bold #875f00",
    "manual": "bold #875f00",
    "pass": "#005f00",
    "keys": "#005f87",
    "dim": "#6c6c6c",
    "added": "#005f00",
    "string": "#005f00",
    "number": "#005f87",
    "comment": "#6c6c6c",
}
_SHAPES = frozenset({"bold", "underline"})


def colours(environment: Mapping[str, str]) -> Colours:
    """The colours that an environment asks for; a background is taken for dark where nothing says otherwise."""
    forced = environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") != "0"
    if environment.get("NO_COLOR") or (environment.get("CLICOLOR") == "0" and not forced):
        return "none"
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in ("7", "15") else "dark"


def styles(which: Colours) -> dict[str, str]:
    """The style of each class of span; without colours, what is bold or underlined stays so."""
    if which == "none":
        return {name: " ".join(sorted(_SHAPES.intersection(style.split()))) for name, style in _DARK.items()}
    return dict(_LIGHT if which == "light" else _DARK)
