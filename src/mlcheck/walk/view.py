"""What a conversation shows at one moment, and its two drawings: a screen of rows, and linear text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.walk.text import TIED, Line, Lines, Pair, Row, Span, rows, stacked

_NOTICE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Prompt:
    """A line being typed: what it asks for, and its text so far."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """Head and foot always show; the body scrolls. `name` tells one screen from the next."""

    name: str
    head: tuple[Line, ...]
    body: tuple[Lines, ...]
    foot: tuple[Line, ...]
    notice: Line | None = None
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A view in a window: `last` is the greatest offset that scrolling has, `space` the body's rows."""

    rows: tuple[Row, ...]
    offset: int
    last: int
    space: int


def drawn(view: View, width: int, height: int, offset: int) -> Drawn:
    """The view in so many rows, its foot at the bottom; the rule above it says how much is below."""
    head = rows(view.head, width)
    foot = (*(rows((view.notice,), width)[:_NOTICE_ROWS] if view.notice else ()), *rows(view.foot, width))
    space = max(1, height - len(head) - len(foot) - 1)
    body = rows(view.body, width)
    last = max(0, len(body) - space)
    offset = min(offset, last)
    shown = body[offset : offset + space]
    filling: tuple[Row, ...] = ((),) * (space - len(shown))
    shown_rows = (*head, *shown, *filling, _rule(width, last - offset), *foot)
    return Drawn(shown_rows[: max(height, 1)], offset, last, space)


def _rule(width: int, below: int) -> Row:
    words = f"── {below} more {'row' if below == 1 else 'rows'} below: Down or Space " if below else ""
    return (Span((words + "─" * width)[:width], "dim"),)


def linear(view: View, width: int = 0) -> Iterator[str]:
    """The view as lines of plain text, nothing cut; wrapped by word where a width is given, code apart."""
    notice = (view.notice,) if view.notice else ()
    body = (each for one in view.body for each in (stacked(one) if isinstance(one, Pair) else (one,)))
    for each in (*view.head, *body, *notice, *view.foot):
        if each.cut or not width:
            yield each.text.replace(TIED, " ").rstrip()
            continue
        for row in rows((each,), width):
            yield "".join(span.text for span in row).rstrip()
