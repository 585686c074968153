"""A program in a pseudo-terminal of 80×24, and what a person sees of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

pexpect = pytest.importorskip("pexpect", reason="pexpect is not installed")
pyte = pytest.importorskip("pyte", reason="pyte is not installed")

WAITED = 20.0


def _look(cell: Any) -> str:
    """How a cell looks apart from its character; "" where it looks like any other."""
    colour = "" if cell.fg == "default" or cell.data == " " else cell.fg
    underlined = cell.underscore and cell.data != " "
    return " ".join(filter(None, [colour, "bold" * (cell.bold and cell.data != " "), "underlined" * underlined]))


class Screen:
    """The program, its screen, and every byte that it wrote."""

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        folder: Path | None = None,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.child = pexpect.spawn(
            sys.executable,
            arguments,
            env=dict(environment),
            cwd=str(folder) if folder else None,
            dimensions=size[::-1],
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

    def settled(self) -> None:
        """Wait until nothing more is drawn."""
        count = -1
        while count != len(self.bytes):
            count = len(self.bytes)
            for _ in range(4):
                self._read()

    def shown(self) -> str:
        return "\n".join(self.screen.display)

    def styled(self) -> str:
        """What is shown, then where its colours and weights are: `row: columns colour`."""
        rows = [row.rstrip() for row in self.screen.display]
        return "\n".join(
            [*rows, "", *(f"{number}: {runs}" for number in range(len(rows)) if (runs := self._runs(number)))]
        )

    def _runs(self, number: int) -> str:
        row = self.screen.buffer[number]
        looks = [_look(row[column]) for column in range(self.screen.columns)]
        for column in range(1, len(looks) - 1):  # a blank between two that look alike is of them
            if row[column].data == " " and looks[column - 1] == looks[column + 1]:
                looks[column] = looks[column - 1]
        runs: list[str] = []
        for look, group in groupby(enumerate(looks), lambda each: each[1]):
            columns = [column for column, _ in group]
            runs += [f"{columns[0]}-{columns[-1]} {look}"] if look else []
        return ", ".join(runs)

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)
        self.child.setwinsize(lines, columns)

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
