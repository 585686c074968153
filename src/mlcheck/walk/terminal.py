"""A conversation on a screen: one prompt_toolkit application for the whole of it, keys in, rows out.

It asks the terminal nothing (no cursor position), so that none that doesn't
answer makes it wait. Source: prompt_toolkit 3.0.53, executed.
"""

from __future__ import annotations

import asyncio
import hashlib
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
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Attrs, Style
from questionary import Question

from mlcheck.walk.conversation import Held, S
from mlcheck.walk.hyperlinks import CLOSE, OPEN
from mlcheck.walk.messages import Edited, Entered, Event, Interrupted, OpenEditor, Pressed, Scrolled, Told
from mlcheck.walk.palette import colours, styles
from mlcheck.walk.text import Span, line, rows
from mlcheck.walk.view import Drawn, drawn

_ESCAPE_WAITS = 0.05  # seconds, to tell Esc from an arrow
_PROMPT_ROWS = 3
_FAR = 1_000_000  # rows
_LOOKS_EVERY = 1.0  # seconds between two looks at the files, while nothing is typed
_SCROLLS: Mapping[str, int] = {"down": 1, "up": -1, "home": -_FAR, "end": _FAR}
_PAGES: Mapping[str, int] = {" ": 1, "pagedown": 1, "pageup": -1}


_FORCED: Mapping[str, ColorDepth] = {
    "1": ColorDepth.DEPTH_4_BIT,
    "2": ColorDepth.DEPTH_8_BIT,
    "3": ColorDepth.DEPTH_24_BIT,
}

Address = Callable[[str], str]


def converse(held: Held[S], environment: Mapping[str, str], address: Address | None = None) -> S:
    """Hold the conversation until it is over; its last state. The terminal is left as it was.

    `address`: where links lead, None in a terminal that has none.
    """
    screen = _Screen(held, environment, address)
    while not held.over:
        screen.run()
        held.settle()  # an editor has the terminal to itself
    return held.state


class _Screen(Generic[S]):
    def __init__(self, held: Held[S], environment: Mapping[str, str], address: Address | None) -> None:
        self.held, self.environment, self.address = held, environment, address
        held.tell = self._tell
        self.unsaved = False  # something was typed that the conversation has not heard yet
        self.failure: BaseException | None = None
        self.prompt_name = ""
        self.buffer = Buffer(multiline=False, on_text_changed=self._edited)
        self.application: Application[None] = self._application()
        self.question = Question(self.application)

    def run(self) -> None:
        """Until the conversation is over, or an effect needs the terminal."""
        self._take_prompt()
        self.application.pre_run_callables.append(self._watch)
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
            style=Style.from_dict(styles(colours(self.environment))),
            color_depth=_depth(self.environment),
            full_screen=True,
            output=_output(linked=self.address is not None),
        )
        application.ttimeoutlen = _ESCAPE_WAITS
        return application

    # --- what is shown ----------------------------------------------------

    def _text(self) -> StyleAndTextTuples:
        pieces: StyleAndTextTuples = []
        for row in self._drawn().rows:
            for span in row:
                pieces += self._piece(span)
            pieces.append(("", "\n"))
        return pieces[:-1]

    def _piece(self, span: Span) -> StyleAndTextTuples:
        """A span; one with a link in a style of its own, so that what is drawn anew has the right link."""
        style = f"class:{span.style}" if span.style else ""
        address = self.address(span.link) if span.link and self.address else ""
        if not address:
            return [(style, span.text)]
        own = f"{style} class:link class:link-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
        return [("[ZeroWidthEscape]", OPEN.format(address)), (own, span.text)]

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
            for name in names:
                keys.add(name, filter=when, eager=True)(to)

        bind("c-c", to=lambda _: self._hear(Interrupted()))
        bind("c-z", to=lambda event: event.app.suspend_to_background())
        bind("escape", to=lambda _: self._hear(Pressed("escape", self.held.outside.now())))
        bind("c-j", "enter", when=prompting, to=lambda _: self._hear(Entered(self.buffer.text, self._now())))
        bind("c-j", "enter", when=~prompting, to=lambda _: self._hear(Pressed("enter", self._now())))
        for name, by in _SCROLLS.items():
            bind(name, when=~prompting, to=partial(self._scroll, by, False))
        for name, by in _PAGES.items():
            bind(name, when=~prompting, to=partial(self._scroll, by, True))
        bind(Keys.Any, when=~prompting, to=self._character)
        return keys

    def _now(self) -> str:
        return self.held.outside.now()

    def _character(self, event: KeyPressEvent) -> None:
        if len(event.data) == 1 and event.data.isprintable():
            self._hear(Pressed(event.data.lower(), self._now()))
        elif len(event.data) > 1 and not event.data.startswith("\x1b"):
            self._hear(Told("pasted text goes into a field: press the key of an answer first"))

    def _scroll(self, by: int, pages: bool, _: KeyPressEvent) -> None:
        shown = self._drawn()
        by *= max(1, shown.space - 1) if pages else 1
        self._hear(Scrolled(min(max(shown.offset + by, 0), shown.last)))

    def _edited(self, _: Buffer) -> None:
        """What is typed is heard once all keys that came together are in: a paste is one event, not thousands."""
        if self.held.view.prompt is not None and self.prompt_name == self.held.view.name and not self.unsaved:
            self.unsaved = True
            asyncio.get_running_loop().call_soon(self._save_typed)

    def _save_typed(self) -> None:
        if self.unsaved:
            self.unsaved = False
            self._hear(Edited(self.buffer.text))

    # --- what goes on meanwhile -------------------------------------------

    def _watch(self) -> None:
        """Look at the files now and then, while the terminal is this conversation's."""
        self.application.create_background_task(self._look())

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS_EVERY)
            if self.held.view.prompt is None and self.held.outside.stirred():
                self._settle()

    def _tell(self, words: str) -> None:
        """Show at once how far something is; nothing else is drawn while it goes on."""
        self.held.hear(Told(words, passing=True))
        if self.application.is_running:
            self.application.renderer.render(self.application, self.application.layout)

    def _hear(self, event: Event) -> None:
        """One event; then leave, or settle once the screen shows what it means."""
        self._save_typed()
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


def _output(*, linked: bool) -> Output:
    if sys.platform == "win32":
        return create_output()
    kind = _LinkedOutput if linked else Vt100_Output
    output = kind.from_pty(sys.stdout, term=os.environ.get("TERM"))
    output.enable_cpr = False
    return output


def _depth(environment: Mapping[str, str]) -> ColorDepth | None:
    """How many colours: none where none are wanted, as many as FORCE_COLOR says, else what the terminal has."""
    if colours(environment) == "none":
        return ColorDepth.DEPTH_1_BIT
    return _FORCED.get(environment.get("FORCE_COLOR", ""))


class _LinkedOutput(Vt100_Output):
    """Ends a link where the text of another style begins: what is drawn next may be anywhere."""

    def set_attributes(self, attrs: Attrs, color_depth: ColorDepth) -> None:
        if not attrs.underline:
            self.write_raw(CLOSE)
        super().set_attributes(attrs, color_depth)

    def reset_attributes(self) -> None:
        self.write_raw(CLOSE)
        super().reset_attributes()
