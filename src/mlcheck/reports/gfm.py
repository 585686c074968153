"""GitHub-flavoured Markdown that hostile text can't leave: code spans, escapes, links."""

from __future__ import annotations

import re
from urllib.parse import quote

from mlcheck.printable import printable

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&@$^\"=])")
# What GitHub makes of text whatever is escaped: mentions, issues, addresses, commits, `:emoji:`.
_LINKED = re.compile(r"[@#]|www\.|://|\b[0-9a-f]{7,}\b|\bGH-|:[\w+-]+:", re.IGNORECASE)


def code(text: str, *, limit: int = 2000) -> str:
    """The text in a code span, on one line: nothing in it is markup, a link or a mention.

    What is longer than `limit` is cut, and what is cut is counted.
    """
    line, rest = cut(_on_one_line(text), limit)
    if not line.strip():
        return "(empty)"
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line[0] in "` " or line[-1] in "` " else ""
    return f"{fence}{pad}{line}{pad}{fence}{rest}"


def cell(text: str) -> str:
    """The text in a table's cell, where a `|` would end it even inside a code span."""
    return code(text).replace("|", "\\|")


def plain(text: str) -> str:
    """The text as text, each mark of Markdown escaped; in a code span where GitHub would link it."""
    line = _on_one_line(text)
    return code(line) if _LINKED.search(line) else _PUNCTUATION.sub(r"\\\1", line)


def link(text: str, target: str) -> str:
    """A link whose text is a code span."""
    return f"[{code(text)}](<{target}>)"


def path_in_url(path: str) -> str:
    """A path quoted for an address."""
    return quote(path, safe="/")


def cut(text: str, limit: int) -> tuple[str, str]:
    """The text up to a limit, and what to say of the rest."""
    if len(text) <= limit:
        return text, ""
    return text[:limit], f" … ({len(text) - limit:,} characters are cut)"


def _on_one_line(text: str) -> str:
    return printable(text.replace("\r\n", " ").replace("\t", " "))
