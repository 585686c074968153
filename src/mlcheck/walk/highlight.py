"""A line of code as spans: words, texts, numbers and comments told apart, for Python, SQL and YAML alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.walk.text import Span

_PYTHON = (
    "and as assert async await break class continue def del elif else except False finally for from global if"
    " import in is lambda None nonlocal not or pass raise return True try while with yield"
)
_SQL = (
    "SELECT FROM WHERE GROUP ORDER BY HAVING JOIN LEFT RIGHT INNER OUTER FULL CROSS ON USING UNION ALL DISTINCT"
    " CREATE REPLACE TABLE VIEW INSERT INTO OVERWRITE MERGE UPDATE SET DELETE VALUES WITH CASE WHEN THEN ELSE END"
    " PARTITION LIMIT EXISTS ALTER DROP"
)
_TOKEN = re.compile(
    r"(?P<string>[rbfuRBFU]{0,2}(?:'''|\"\"\"|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"))"
    r"|(?P<comment>(?:#|--\s).*)"
    rf"|(?P<keyword>\b(?:{'|'.join(sorted((*_PYTHON.split(), *_SQL.split()), key=len, reverse=True))})\b)"
    r"|(?P<keyword_of_yaml>^\s*(?:- )?[\w.-]+(?=:(?:\s|$)))"
    r"|(?P<number>\b\d[\w.]*)"
)
_LONGEST = 400  # characters of a line that are told apart


def highlighted(code: str, style: str = "code") -> Iterator[Span]:
    """The line's pieces; each has the style, and the one of what it is."""
    start = 0
    for found in _TOKEN.finditer(code, 0, _LONGEST):
        if found.start() > start:
            yield Span(code[start : found.start()], style)
        kind = (found.lastgroup or "").split("_")[0]
        yield Span(found.group(), f"{style},{kind}")
        start = found.end()
    if start < len(code):
        yield Span(code[start:], style)
