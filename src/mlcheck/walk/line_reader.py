"""Lines typed at a terminal, heard as they are typed: no limit to their length, a paste told from typing.

A terminal that hands over whole lines cuts them at 4,095 bytes, says nothing of
half a line, and takes each line of a paste for an answer. So characters are
read and echoed here, with nothing but themselves, blanks and backspaces
written. Source: Linux's n_tty, read; the cut was executed.
"""

from __future__ import annotations

import codecs
import os
import select
import sys
from collections.abc import Callable
from typing import Protocol

from rich.cells import cell_len

from mlcheck.printable import printable

BACK = "<"

_QUIET = 0.05  # seconds after which a paste is over, and a lone Esc is one
_ERASE, _KILL_LINE, _KILL_WORD, _END, _ESCAPE = "\b\x7f", "\x15", "\x17", "\x04", "\x1b"

Typed = Callable[[str], None]  # hears the line so far


class Read(Protocol):
    def __call__(self, prompt: str, typed: Typed | None = None) -> str:
        """A line, without its end; `typed` hears it grow. Raises EOFError, KeyboardInterrupt.

        A text that was pasted keeps its line ends, and is taken by an Enter of
        its own; where nobody hears what is typed, at once.
        """
        ...


def line_reader() -> Read:
    """The reader for the terminal that standard input is; `input` where it can't be set up."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        return _whole_lines
    return _TerminalLines(sys.stdin.fileno(), _echo)


def _whole_lines(prompt: str, typed: Typed | None = None) -> str:
    return input(prompt)


def _echo(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


if sys.platform != "win32":
    import signal
    import termios

    class _TerminalLines:
        def __init__(self, terminal: int, echo: Callable[[str], None]) -> None:
            self._terminal, self._echo = terminal, echo
            self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
            self._ahead = ""  # typed before it was asked for
            self._text = ""
            self._unseen: list[str] = []  # to be echoed once what was typed is kept

        def __call__(self, prompt: str, typed: Typed | None = None) -> str:
            self._echo(prompt)
            before = termios.tcgetattr(self._terminal)
            resumed = signal.signal(signal.SIGCONT, lambda number, frame: self._resumed(prompt))
            self._text = ""
            try:
                self._characters_alone()
                return self._line(typed)
            finally:
                signal.signal(signal.SIGCONT, resumed)
                termios.tcsetattr(self._terminal, termios.TCSADRAIN, before)

        def _characters_alone(self) -> None:
            """Characters as they come, unseen; Ctrl-C and Ctrl-Z go on working."""
            mode = termios.tcgetattr(self._terminal)
            mode[3] &= ~(termios.ICANON | termios.ECHO)
            mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, mode)

        def _resumed(self, prompt: str) -> None:
            """After Ctrl-Z and `fg`: the shell had the terminal to itself."""
            self._characters_alone()
            self._echo(f"\n{prompt}{_shown(self._text)}")

        def _line(self, typed: Typed | None) -> str:
            while True:
                ahead = bool(self._ahead) or self._ready(0)
                chunk = self._chunk()
                pasted = not ahead and "\n" in chunk.rstrip("\n")
                while pasted and self._ready(_QUIET):
                    chunk += self._chunk()
                before = self._text
                ended = self._take(chunk, pasted) or (pasted and typed is None)
                if self._text != before and typed is not None and self._text not in ("", BACK):
                    typed(self._text)
                self._echo("".join(self._unseen) + ("\n" if ended else ""))
                self._unseen.clear()
                if ended:
                    return self._text

        def _take(self, chunk: str, pasted: bool) -> bool:
            """Take characters in; whether the line is ended. What comes after its end waits."""
            if pasted:
                self._add(chunk.rstrip("\n"))
                return False
            for at, character in enumerate(chunk):
                if character == "\n":
                    self._ahead = chunk[at + 1 :]
                    return True
                if character == _ESCAPE:
                    return self._escaped(chunk[at + 1 :])
                self._typed(character)
            return False

        def _typed(self, character: str) -> None:
            if character in _ERASE:
                self._erase(1)
            elif character == _KILL_LINE:
                self._erase(len(self._text))
            elif character == _KILL_WORD:
                self._erase(len(self._text) - len(self._text.rstrip().rpartition(" ")[0]))
            elif character == _END and not self._text:
                raise EOFError
            elif character != _END:
                self._add(character)

        def _escaped(self, rest: str) -> bool:
            """Esc alone is a step back; an arrow, or another key that begins so, means nothing in a line."""
            if rest or self._ready(_QUIET):
                while not rest and self._ready(0):
                    rest += self._chunk()
                return False
            self._text = BACK
            return True

        def _add(self, text: str) -> None:
            self._text += text
            self._unseen.append(_shown(text))

        def _erase(self, count: int) -> None:
            for _ in range(count):
                gone, self._text = self._text[-1:], self._text[:-1]
                cells = cell_len(_shown(gone)) if gone != "\n" else 0
                self._unseen.append("\b \b" * cells)

        def _chunk(self) -> str:
            """What is there to read, at least one character; line ends as one. Raises EOFError where none will be."""
            if self._ahead:
                ahead, self._ahead = self._ahead, ""
                return ahead
            text = ""
            while not text:
                data = os.read(self._terminal, 65536)
                if not data:
                    raise EOFError
                text = self._decoder.decode(data)
            return text.replace("\r\n", "\n").replace("\r", "\n")

        def _ready(self, seconds: float) -> bool:
            return bool(self._ahead) or bool(select.select([self._terminal], [], [], seconds)[0])

    def _shown(text: str) -> str:
        return "\n".join(map(printable, text.split("\n")))
