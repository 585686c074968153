"""Text from files and people made safe to print: no control, bidirectional or escape characters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

# C0 but TAB, DEL, C1, line and paragraph separators, bidirectional marks, lone surrogates, BOM.
_UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


_MOST_NAMES = 24


def printable(text: str) -> str:
    """The text on one line, each unsafe character shown as its escape (`\\x1b`)."""
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 10:
        return " "
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a person most likely meant, or None if none is near.

    Nearness is by edits and by the words in a name, so `nights_stayed` finds
    `avg_nights_booked` where nothing is nearer.
    """
    best, best_score = None, 0.0
    for candidate in known:
        score = _likeness(word.casefold(), candidate.casefold())
        if score > best_score:
            best, best_score = candidate, score
    return best if best_score >= 0.6 else None


def _likeness(left: str, right: str) -> float:
    ratio = SequenceMatcher(None, left, right).ratio()
    words_left, words_right = set(re.split(r"[\W_]+", left)), set(re.split(r"[\W_]+", right))
    shared = words_left & words_right - {""}
    return max(ratio, 0.6 if shared and len(shared) * 2 >= len(words_left) else 0.0)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean \\`name\\`?`, or the known names where none is near."""
    names = list(known)
    near = nearest(word, names)
    if near:
        return f"did you mean `{near}`?"
    rest = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return "known: " + ", ".join(sorted(names)[:_MOST_NAMES]) + rest


def forbidden_character(text: str) -> str | None:
    """The first character that a note or a value may not hold, as its escape; LF and TAB are allowed."""
    for match in _UNSAFE.finditer(text):
        if match.group() != "\n":
            return _escape(match)
    return None
