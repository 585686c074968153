"""The catalogue's patterns: a text with `{names}` for the parts that vary.

`{name}` is a name, quoted or bare; `{names*}` a list; `...` a gap; `(a|b)`
either. Quotes may be of any kind or missing, blanks may be line ends, and
letters of either case. Each pattern is looked for where its rarest words stand,
so that the time is bounded by the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = "'\"`´‘’“”"
_QUOTE = f"[{_QUOTES}\\\\]{{0,2}}"
_PART = re.compile(
    r"\{(?P<name>[a-z_]+)(?P<list>\*?)\}|(?P<gap>\.\.\.)|\((?P<either>[^()]*\|[^()]*)\)|(?P<quote>['\"`])|(?P<blank> +)"
)
_AROUND = f"[{_QUOTES}\\\\\\[\\]]{{0,3}}"  # what may stand around a name
_NAME = (
    rf"{_AROUND}(?P<NAME>`[^`]{{1,120}}`(?:\.`[^`]{{1,120}}`){{0,4}}"
    rf"|(?<=['\"])[^'\"]{{1,160}}(?=['\"])|[^\s{_QUOTES},;()]{{1,160}}(?:\(\))?){_AROUND}"
)
_BEFORE, _AFTER = 400, 1_600
_MOST_TRIES = 12


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. `anchor` must be in the lower-case text; `literal` counts its own characters."""

    regex: re.Pattern[str]
    squeezed: re.Pattern[str]  # for a text without blanks
    anchor: str
    literal: int


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found, and the names read there."""

    start: int
    end: int
    names: Mapping[str, str]


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Pattern:
    """The pattern as regular expressions. Raises ValueError where it has no word to look for."""
    pieces: list[str] = []
    squeezed: list[str] = []
    words: list[str] = []
    position = 0
    for part in _PART.finditer(pattern):
        text = pattern[position : part.start()]
        words.append(text)
        whole, tight = _of_part(part, after=pattern[part.end() : part.end() + 1])
        pieces += [re.escape(text), whole]
        squeezed += [re.escape(text), tight]
        position = part.end()
    words.append(pattern[position:])
    pieces.append(re.escape(pattern[position:]))
    squeezed.append(re.escape(pattern[position:]))
    anchor = max((word.strip().lower() for word in words), key=len)
    if len(anchor) < 3:
        raise ValueError(f"`{pattern}` has no word to look for")
    start = r"(?<!\w)" if pattern[:1].isalnum() else ""
    end = r"(?!\w)" if pattern[-1:].isalnum() else ""
    return Pattern(
        re.compile(start + "".join(pieces) + end, re.IGNORECASE),
        re.compile("".join(squeezed), re.IGNORECASE),
        anchor,
        sum(len(word) for word in words),
    )


def _of_part(part: re.Match[str], after: str) -> tuple[str, str]:
    """A part of a pattern, for a text with blanks and for one without."""
    if part.group("name"):
        if part.group("list"):
            many = f"(?P<{part.group('name')}>.{{1,400}}{'?' if after else ''})"
            return many, many
        name = _NAME.replace("NAME", part.group("name"), 1)
        return name, name
    if part.group("gap"):
        return ".{0,200}?", ".{0,200}?"
    if part.group("either"):
        options = part.group("either").split("|")
        whole = "|".join(" +".join(re.escape(word) for word in option.split(" ")) for option in options)
        tight = "|".join(re.escape(option.replace(" ", "")) for option in options)
        return f"(?:{whole})", f"(?:{tight})"
    if part.group("quote"):
        return _QUOTE, _QUOTE
    return r"\s*", ""


def find(pattern: Pattern, text: str, lower: str) -> Match | None:
    """The first place of a pattern in a text (`lower` is the text in lower case), or None."""
    for start, window in _windows(pattern.anchor, text, lower):
        found = pattern.regex.search(window)
        if found is not None:
            return Match(start + found.start(), start + found.end(), _names(found))
    return None


def find_squeezed(pattern: Pattern, tight: str, lower: str) -> Match | None:
    """As `find`, in a text whose blanks were taken out: lines that were cut within words."""
    for start, window in _windows(pattern.anchor.replace(" ", ""), tight, lower):
        found = pattern.squeezed.search(window)
        if found is not None:
            return Match(start + found.start(), start + found.end(), _names(found))
    return None


def _windows(anchor: str, text: str, lower: str) -> Iterator[tuple[int, str]]:
    position = lower.find(anchor)
    for _ in range(_MOST_TRIES):
        if position < 0:
            return
        start = max(position - _BEFORE, 0)
        yield start, text[start : position + _AFTER]
        position = lower.find(anchor, position + len(anchor))


def _names(found: re.Match[str]) -> dict[str, str]:
    names = {}
    for name, value in found.groupdict().items():
        if value is not None:
            bare = value.replace("`", "").strip(_QUOTES + " ").rstrip(".,:;")
            names[name] = bare if "[" in bare else bare.rstrip("]")
    return names
