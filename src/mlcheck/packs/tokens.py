"""The tokens of code, without comments, layout and line numbers: what an exhibit's digest rests on.

Our own tokens, not `tokenize`'s, which differ between Pythons. Indentation is
kept as the steps in and out that Python sees, in whole files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<string>[rbfuRBFU]{0,3}(?:'''(?:[^\\]|\\.)*?(?:'''|\Z)|\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)
        |'(?:[^'\\\n]|\\.)*(?:'|$)|"(?:[^"\\\n]|\\.)*(?:"|$)))
    |(?P<comment>\#[^\n]*)
    |(?P<newline>\n[ \t\f]*)
    |(?P<join>\\\r?\n)
    |(?P<space>[ \t\f\r]+)
    |(?P<word>\w+)
    |(?P<mark>[^\w\s])
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def tokens(text: str) -> Iterator[str]:
    """The tokens of a piece of code, layout and comments left out."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup in ("string", "word", "mark"):
            yield match.group()


def file_tokens(text: str) -> Iterator[str]:
    """The tokens of a whole file, with a mark where a line is further in or out than the one before."""
    levels, column, brackets = [0], 0, 0
    fresh = True
    for match in _TOKEN.finditer("\n" + text):
        kind, token = match.lastgroup, match.group()
        if kind == "newline":
            column, fresh = len(token.expandtabs(8)) - 1, brackets <= 0
        elif kind in ("string", "word", "mark"):
            if fresh:
                yield _step(levels, column)
                fresh = False
            brackets += (token in "([{") - (token in ")]}") if kind == "mark" else 0
            yield token


def _step(levels: list[int], column: int) -> str:
    """The mark of a line by how many levels it is further in or out, whatever each level's width."""
    if column > levels[-1]:
        levels.append(column)
        return "\n>"
    closed = sum(level > column for level in levels)
    del levels[len(levels) - closed :]
    return f"\n<{closed}" if closed else "\n"


def digest(parts: Iterator[str]) -> str:
    """The SHA-256 of tokens, hexadecimal; no two lists of tokens give one text."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(f"{len(part)}:{part}".encode(errors="surrogatepass"))
    return hasher.hexdigest()
