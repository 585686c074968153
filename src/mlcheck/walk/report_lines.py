"""The report's Markdown as lines for a terminal: headings, lists and tables as text, links by their words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from mlcheck.walk.text import BLANK, Line, Span, line

_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\((?:<[^>]*>|[^)]*)\)")
_TAG = re.compile(r"</?(?:details|summary)>")
_CODE = re.compile(r"(`+) ?(.*?) ?\1(?!`)")


def report_lines(markdown: str) -> Iterator[Line]:
    """The Markdown, a line for each of its lines; rules of tables and the tags of folds are left out."""
    blank = True
    for text in markdown.split("\n"):
        bare = _TAG.sub("", text)
        if (not bare.strip() and (blank or text)) or set(bare) <= set("|-: "):
            if not bare.strip() and not blank:
                yield BLANK
                blank = True
            continue
        blank = False
        yield _one(bare)


def _one(text: str) -> Line:
    depth = len(text) - len(text.lstrip("#"))
    if depth and text[depth : depth + 1] == " ":
        return line(Span(_words(text[depth + 1 :]), "title"))
    if text.startswith("|"):
        return line("  ", "  ".join(cell for cell in map(_words, _cells(text))), cut=True)
    indent = len(text) - len(text.lstrip(" "))
    return line(" " * indent, _words(text[indent:]), indent=indent + 2)


def _cells(row: str) -> Iterator[str]:
    for cell in re.split(r"(?<!\\)\|", row.strip("|")):
        yield cell.strip()


def _words(text: str) -> str:
    text = _CODE.sub(r"\2", _LINK.sub(r"\1", text)).replace("**", "")
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text))
