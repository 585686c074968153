"""A check's example as files: `# file: path` begins one, and text before the first is `notebook.py`.

A line's `# error: [check] text` says that the check finds something there, and
that its message has the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_FILE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)
_ERROR = re.compile(r"# error: \[([a-z0-9-]+)\] ?(.*)$")


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding that an example names: where, which check, and a part of the message."""

    path: str
    line: int
    check: str
    text: str


def files_of(example: str, first: str = "notebook.py") -> dict[str, str]:
    """The files of an example, by path, with the expectations still in them; `first` is what has no name."""
    pieces = _FILE.split(example)
    files = {first: pieces[0]} if pieces[0].strip() else {}
    files.update(zip(pieces[1::2], pieces[2::2]))
    return files


def expected_of(files: Mapping[str, str]) -> tuple[Expected, ...]:
    """The findings that the files' comments name."""
    found = []
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            match = _ERROR.search(line)
            if match:
                found.append(Expected(path, number, match.group(1), match.group(2).strip()))
    return tuple(found)
