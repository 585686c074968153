"""Prose and code for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from mlcheck.printable import printable

WIDTH = 80


def wrapped(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[str]:
    """A text made printable and wrapped, `first` before its first line and `rest` before the others."""
    indent = " " * len(first) if rest is None else rest
    return textwrap.wrap(
        printable(text),
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def labelled(label: str, text: str, column: int) -> list[str]:
    """A text with its label in a column of its own."""
    return wrapped(text, label.ljust(column)) if text else []


def code_lines(text: str, indent: str = "    ") -> Iterator[str]:
    """Code as it is, line by line, made printable."""
    for line in text.expandtabs(4).splitlines():
        yield f"{indent}{printable(line)}".rstrip()


def listed(names: Iterable[str], first: str, width: int = WIDTH) -> list[str]:
    """Names with commas between them, wrapped between names."""
    return wrapped(", ".join(names), first, width=width)
