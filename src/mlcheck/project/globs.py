"""Globs, matched in time that is bounded by the lengths of pattern and path multiplied."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar, Union

_Item = TypeVar("_Item")
_Sign = TypeVar("_Sign")

_STAR = "*"
_FOLDERS = "**"
_ANY = re.compile("[^/]")

# A sign of a segment: `*`, a character in a tuple of its own, or what one character may be.
_Signs = tuple[Union[str, tuple[str], "re.Pattern[str]"], ...]


def path_matcher(globs: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path is meant by one of the settings' globs.

    `*` and `?` stay within a folder, `**` crosses folders; a glob that names a
    folder means all below it, and one without `/` matches at any depth.
    """
    patterns = [_setting(glob) for glob in globs]
    return lambda path: any(_matches_path(pattern, path.split("/")) for pattern in patterns)


def include_matcher(glob: str) -> Callable[[str], bool]:
    """Whether a path is meant by a bundle's glob, where no wildcard crosses a `/`: `**` is one folder."""
    pattern = tuple(_signs(segment) for segment in glob.split("/"))
    return lambda path: _matches_path(pattern, path.split("/"))


def _setting(glob: str) -> tuple[_Signs | str, ...]:
    trimmed = glob.removeprefix("./").rstrip("/")
    segments = [_FOLDERS if part == _FOLDERS else _signs(part) for part in trimmed.removeprefix("/").split("/")]
    return (*(() if "/" in trimmed else (_FOLDERS,)), *segments, _FOLDERS)


def _signs(segment: str) -> _Signs:
    signs: list[str | tuple[str] | re.Pattern[str]] = []
    position = 0
    while position < len(segment):
        sign = segment[position]
        position += 1
        end = segment.find("]", position + 1) if sign == "[" else -1
        if sign == "*":
            signs.append(_STAR)
        elif sign == "?":
            signs.append(_ANY)
        elif end > 0:
            signs.append(_one_of(segment[position:end]))
            position = end + 1
        else:
            signs.append((sign,))
    return tuple(signs)


def _one_of(body: str) -> re.Pattern[str]:
    """`[abc]`, `[a-z]`, `[^abc]`: one character."""
    negated = "^" if body[0] in "^!" else ""
    inner = re.escape(body[1:] if negated else body).replace(r"\-", "-")
    try:
        return re.compile(f"[{negated}{inner}]")
    except re.error:  # `[z-a]` is no character
        return re.compile("(?!)")


def _matches_path(pattern: Sequence[_Signs | str], parts: Sequence[str]) -> bool:
    return _wild(pattern, parts, _FOLDERS, _matches_part)


def _matches_part(signs: _Signs | str, part: str) -> bool:
    return _wild(signs, part, _STAR, _matches_character)


def _matches_character(sign: str | tuple[str] | re.Pattern[str], character: str) -> bool:
    return sign[0] == character if isinstance(sign, (str, tuple)) else sign.match(character) is not None


def _wild(pattern: Sequence[_Sign], items: Sequence[_Item], star: str, matches: Callable[[_Sign, _Item], bool]) -> bool:
    """Whether items match a pattern in which `star` stands for any number of them.

    Only the last star met needs to be tried again, so that nothing multiplies.
    """
    at = item = 0
    last_star, taken = -1, 0
    while item < len(items):
        if at < len(pattern) and pattern[at] == star:
            last_star, taken, at = at, item, at + 1
        elif at < len(pattern) and matches(pattern[at], items[item]):
            at, item = at + 1, item + 1
        elif last_star >= 0:
            taken += 1
            at, item = last_star + 1, taken
        else:
            return False
    return all(sign == star for sign in pattern[at:])
