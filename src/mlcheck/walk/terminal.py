"""A conversation on a screen: one prompt_toolkit application for the whole of it, keys in, rows out.

It asks the terminal nothing (no cursor position), so that none that doesn't
answer makes it wait. Source: prompt_toolkit 3.0.53, executed.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style
from questionary import Question

from mlcheck.walk.conversation import Held, S
from mlcheck.walk.messages import Edited, Entered, Event, Interrupted, OpenEditor, Pressed, Scrolled
from mlcheck.walk.text import line, rows
from mlcheck.walk.view import Drawn, drawn

_ESCAPE_WAITS = 0.05  # seconds, to tell Esc from an arrow
_PROMPT_ROWS = 3
_SCROLLS: Mapping[str, int] = {"down": 1, "up": -1, " ": 10, "pagedown": 10, "pageup": -10}
_STYLE = {
    "title": "bold",
    "label": "bold",
    "place": "underline",
    "marked": "bold",
    "killer": "bold ansired",
    "notice": "bold ansiyellow",
    "fail": "bold ansired",
    "unknown": "bold ansiyellow",
    "manual": "bold ansiyellow",
    "pass": "ansigreen",
    "waived": "ansimagenta",
    "disputed": "ansimagenta",
    "dim": "ansibrightblack",
    "keys": "ansicyan",
}


def converse(held: Held[S]) -> S:
    """Hold the conversation until it is over; its last state. The terminal is left as it was."""
    screen = _Screen(held)
    while not held.over:
        screen.run()
        held.settle()  # an editor has the terminal to itself
    return held.state


class _Screen(Generic[S]):
    def __init__(self, held: Held[S]) -> None:
        self.held = held
        self.failure: BaseException | None = None
        self.prompt_name = ""
        self.buffer = Buffer(multiline=False, on_text_changed=self._edited)
        self.application: Application[None] = self._application()
        self.question = Question(self.application)

    def run(self) -> None:
        """Until the conversation is over, or an effect needs the terminal."""
        self._take_prompt()
        try:
            self.question.unsafe_ask()
        except EOFError:  # the terminal was closed
            self.held.hear(Interrupted())
        if self.failure is not None:
            raise self.failure

    def _application(self) -> Application[None]:
        prompting = Condition(lambda: self.held.view.prompt is not None)
        body = Window(FormattedTextControl(self._text, focusable=True), always_hide_cursor=True)
        label = Window(FormattedTextControl(self._label), dont_extend_height=True, wrap_lines=True)
        field = Window(BufferControl(self.buffer), height=Dimension(min=1, max=_PROMPT_ROWS), wrap_lines=True)
        self.body, self.field = body, field
        application: Application[None] = Application(
            layout=Layout(HSplit([body, ConditionalContainer(HSplit([label, field]), prompting)])),
            key_bindings=self._keys(prompting),
            style=Style.from_dict(_STYLE),
            full_screen=True,
            output=_output(),
        )
        application.ttimeoutlen = _ESCAPE_WAITS
        return application

    # --- what is shown ----------------------------------------------------

    def _text(self) -> StyleAndTextTuples:
        pieces: StyleAndTextTuples = []
        for row in self._drawn().rows:
            pieces += [(f"class:{span.style}" if span.style else "", span.text) for span in row]
            pieces.append(("", "\n"))
        return pieces[:-1]

    def _drawn(self) -> Drawn:
        size = self.application.output.get_size()
        view = self.held.view
        taken = 0
        if view.prompt is not None:
            taken = len(rows((line(view.prompt.label),), size.columns)) + _PROMPT_ROWS
        return drawn(view, size.columns, size.rows - taken, self.held.talk.scroll(self.held.state))

    def _label(self) -> StyleAndTextTuples:
        prompt = self.held.view.prompt
        return [("class:label", line(f"{prompt.label}:").text)] if prompt else []

    # --- what comes in ----------------------------------------------------

    def _keys(self, prompting: Condition) -> KeyBindings:
        keys = KeyBindings()

        def bind(*names: str, when: Any = True, to: Callable[[KeyPressEvent], None]) -> None:
            keys.add(*names, filter=when, eager=True)(to)

        bind("c-c", to=lambda _: self._hear(Interrupted()))
        bind("c-z", to=lambda event: event.app.suspend_to_background())
        bind("escape", to=lambda _: self._hear(Pressed("escape", self.held.outside.now())))
        bind("enter", when=prompting, to=lambda _: self._hear(Entered(self.buffer.text, self._now())))
        bind("enter", when=~prompting, to=lambda _: self._hear(Pressed("enter", self._now())))
        for name, by in _SCROLLS.items():
            bind(name, when=~prompting, to=partial(self._scroll, by))
        bind(Keys.Any, when=~prompting, to=self._character)
        return keys

    def _now(self) -> str:
        return self.held.outside.now()

    def _character(self, event: KeyPressEvent) -> None:
        if len(event.data) == 1 and event.data.isprintable():
            self._hear(Pressed(event.data.lower(), self._now()))

    def _scroll(self, by: int, _: KeyPressEvent) -> None:
        shown = self._drawn()
        self._hear(Scrolled(min(max(shown.offset + by, 0), shown.last)))

    def _edited(self, _: Buffer) -> None:
        if self.held.view.prompt is not None and self.prompt_name == self.held.view.name:
            self._hear(Edited(self.buffer.text))

    def _hear(self, event: Event) -> None:
        """One event; then leave, or settle once the screen shows what it means."""
        try:
            self.held.hear(event)
        except BaseException as error:  # raised again where the terminal is restored
            self.failure = error
        needs_terminal = any(isinstance(effect, OpenEditor) for effect in self.held.waiting)
        if self.failure is not None or self.held.over or needs_terminal:
            self._leave()
            return
        self._take_prompt()
        self.application.invalidate()
        if not isinstance(event, (Edited, Scrolled)):
            asyncio.get_running_loop().call_later(0.02, self._settle)

    def _leave(self) -> None:
        if self.application.is_running and not self.application.is_done:
            self.application.exit()

    def _settle(self) -> None:
        if self.application.is_running and not self.application.is_done:
            try:
                self.held.settle()
            except BaseException as error:
                self.failure = error
            if self.failure is not None or self.held.over:
                self._leave()
                return
            self._take_prompt()
            self.application.invalidate()

    def _take_prompt(self) -> None:
        """The field, and the cursor in it, where a new prompt is shown."""
        view = self.held.view
        name = view.name if view.prompt is not None else ""
        if name == self.prompt_name:
            return
        self.prompt_name = ""  # what is put into the field is not typed
        text = view.prompt.text if view.prompt else ""
        self.buffer.set_document(Document(text, len(text)), bypass_readonly=True)
        self.prompt_name = name
        self.application.layout.focus(self.field if name else self.body)


def _output() -> Output:
    if sys.platform == "win32":
        return create_output()
    output = Vt100_Output.from_pty(sys.stdout, term=os.environ.get("TERM"))
    output.enable_cpr = False
    return output
