"""A sign of life on standard error for what takes longer than a second, where a person looks."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say `what…` after a second, with the seconds gone, and take it away at the end."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("CI"):
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_tick, args=(what, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _tick(what: str, done: threading.Event) -> None:
    seconds = 0
    while not done.wait(1.0):
        seconds += 1
        sys.stderr.write(f"\r{what}… {seconds} s")
        sys.stderr.flush()
    if seconds:
        sys.stderr.write("\r" + " " * (len(what) + 12) + "\r")
        sys.stderr.flush()
