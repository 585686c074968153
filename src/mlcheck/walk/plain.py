"""A conversation in linear text: a key's letter and Enter, a line for each field; no escapes, no redraws."""

from __future__ import annotations

from collections.abc import Callable

from mlcheck.walk.conversation import Held, S
from mlcheck.walk.line_reader import BACK, Read
from mlcheck.walk.messages import Edited, Entered, Event, Interrupted, Pressed, Told
from mlcheck.walk.view import Prompt, View, linear

Write = Callable[[str], None]


def converse(held: Held[S], read: Read, write: Write, width: int = 0) -> S:
    """Hold the conversation until it is over; its last state. Text is wrapped to the width, where one is given."""
    held.tell = write
    shown = ""
    while not held.over:
        view = held.view
        if view.name != shown:
            write("")
            for line in linear(view, width):
                write(line)
        elif view.notice:
            for line in linear(View("notice", (), (), (), view.notice), width):
                write(line)
        shown = view.name
        events = _heard(held, view.prompt, read)
        if Interrupted() in events:
            write("")  # below the prompt and the terminal's ^C
        for event in events:
            held.hear(event)
        held.settle()
    return held.state


def _heard(held: Held[S], prompt: Prompt | None, read: Read) -> tuple[Event, ...]:
    typed = None if prompt is None else lambda text: held.hear(Edited(text))
    try:
        return _line(prompt, read(_asks(prompt), typed), held.outside.now)
    except (EOFError, KeyboardInterrupt):
        return (Interrupted(),)


def _asks(prompt: Prompt | None) -> str:
    if prompt is None:
        return "key: "
    kept = f"Enter keeps `{prompt.text}`, {BACK} goes back" if prompt.text else "an empty line goes back"
    return f"{prompt.label} ({kept}): "


def _line(prompt: Prompt | None, line: str, now: Callable[[], str]) -> tuple[Event, ...]:
    """The events that a line means."""
    text = line.strip()
    if prompt is not None:
        if text == BACK or not (text or prompt.text):
            return (Pressed("escape", now()),)
        return (Edited(text), Entered(text, now())) if text else (Entered(prompt.text, now()),)
    if text == BACK:
        return (Pressed("escape", now()),)
    if not text:
        return (Pressed("enter", now()),)
    if len(text) == 1 or (text.isascii() and text.isdigit()):
        return (Pressed(text.lower(), now()),)
    return (Told("type one of the keys, then Enter; `?` explains them"),)
