"""How far something is that takes its time, in units of work: said after a second, and not too often."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Progress = Callable[[str, int, int], None]  # a unit in the plural, how many are done, of how many


def paced(say: Callable[[str], None], what: str, *, after: float = 1.0, every: float = 0.25) -> Progress:
    """A progress that says `what: 12 of 39 entry points`, the first time after some seconds."""
    begun = time.monotonic()
    said = 0.0

    def progress(unit: str, done: int, of: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - begun >= after and now - said >= every:
            said = now
            say(f"{what}: {done} of {of} {unit}")

    return progress


def nothing_said(unit: str, done: int, of: int) -> None:
    """Nobody looks."""


Working = Callable[[str], AbstractContextManager[Progress]]  # what is done, while it is


@contextmanager
def unseen(what: str) -> Iterator[Progress]:
    """Work that nobody looks at."""
    yield nothing_said
