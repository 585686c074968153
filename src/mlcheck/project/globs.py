"""Globs of the settings: which paths `exclude` and `schemas` mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_WILDCARD = re.compile(r"(?P<folders>\*\*/)|(?P<all>\*\*)|(?P<some>\*)|(?P<one>\?)")
_MEANING = {"folders": r"(?:[^/]+/)*", "all": ".*", "some": "[^/]*", "one": "[^/]"}


def path_matcher(globs: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path is meant by one of the globs.

    `*` and `?` stay within a folder, `**` crosses folders; a glob that names a
    folder means all below it, and one without `/` matches at any depth.
    """
    if not globs:
        return lambda path: False
    expression = re.compile("|".join(_expression(glob) for glob in globs), re.DOTALL)
    return lambda path: expression.match(path) is not None


def _expression(glob: str) -> str:
    trimmed = glob.removeprefix("./").rstrip("/")
    anywhere = "" if "/" in trimmed.removeprefix("/") else "(?:[^/]+/)*"
    parts, position = [], 0
    trimmed = trimmed.removeprefix("/")
    for wildcard in _WILDCARD.finditer(trimmed):
        parts += [re.escape(trimmed[position : wildcard.start()]), _MEANING[wildcard.lastgroup or "one"]]
        position = wildcard.end()
    return f"{anywhere}{''.join(parts)}{re.escape(trimmed[position:])}(?:/|\\Z)"
