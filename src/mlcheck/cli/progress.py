"""How far something is, on standard error, for what takes longer than a second, where a person looks."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mlcheck.progress import Progress, nothing_said


@contextmanager
def working(what: str) -> Iterator[Progress]:
    """Say `what… 12 of 39 entry points, 3 s` after a second, and take it away at the end."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("CI"):
        yield nothing_said
        return
    shown = _Shown(what)
    thread = threading.Thread(target=shown.tick, daemon=True)
    thread.start()
    try:
        yield shown.progress
    finally:
        shown.done.set()
        thread.join()


class _Shown:
    def __init__(self, what: str) -> None:
        self.what = what
        self.done = threading.Event()
        self._units = ""
        self._width = 0

    def progress(self, unit: str, done: int, of: int) -> None:
        self._units = f" {done} of {of} {unit},"

    def tick(self) -> None:
        seconds = 0
        while not self.done.wait(1.0):
            seconds += 1
            words = f"{self.what}…{self._units} {seconds} s"
            self._write(words + " " * (self._width - len(words)))
            self._width = len(words)
        if self._width:
            self._write(" " * self._width)
            self._write("")

    def _write(self, words: str) -> None:
        sys.stderr.write(f"\r{words}")
        sys.stderr.flush()
