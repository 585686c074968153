"""A program in a pseudo-terminal of 80×24, and what a person sees of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect", reason="pexpect is not installed")
pyte = pytest.importorskip("pyte", reason="pyte is not installed")

WAITED = 20.0


class Screen:
    """The program, its screen, and every byte that it wrote."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], folder: Path | None = None) -> None:
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.child = pexpect.spawn(
            sys.executable,
            arguments,
            env=dict(environment),
            cwd=str(folder) if folder else None,
            dimensions=(24, 80),
        )

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def wait(self, *texts: str) -> str:
        """The screen once it shows all the texts."""
        end = time.monotonic() + WAITED
        while time.monotonic() < end:
            self._read()
            shown = self.shown()
            if all(text in shown for text in texts):
                return shown
        raise AssertionError(f"{texts} not on the screen:\n{self.shown()}")

    def shown(self) -> str:
        return "\n".join(self.screen.display)

    def ended(self) -> tuple[str, int]:
        """What was on the screen at the end, and the exit code."""
        end = time.monotonic() + WAITED
        while time.monotonic() < end and self._read():
            pass
        self.child.close()
        return self.shown(), self.child.exitstatus

    def end(self) -> None:
        self.child.close(force=True)

    def _read(self) -> bool:
        """Take in what was written; False where the program has ended."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.05)
        except pexpect.TIMEOUT:
            return True
        except (pexpect.EOF, OSError):
            return False
        self.bytes += data
        self.stream.feed(data)
        return True
