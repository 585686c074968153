"""Files of code as text: plain modules, and notebooks in source format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

from mlcheck.project.cells import read_cell
from mlcheck.project.ipynb import placed, read_ipynb
from mlcheck.project.model import Cell, Code, NotUnderstood
from mlcheck.project.place import LineMap, Place
from mlcheck.project.source_text import MAX_LINES, MAX_SOURCE, decode_python, decode_text

Language = Literal["python", "sql", "r", "scala"]
_LANGUAGES: dict[str, tuple[Language, str]] = {
    ".py": ("python", "#"),
    ".sql": ("sql", "--"),
    ".r": ("r", "#"),
    ".scala": ("scala", "//"),
}
_HEADER = {sign: re.compile(rf"{sign}[ \t]*Databricks notebook source[ \t]*\Z") for sign in ("#", "--", "//")}
_SEPARATOR = {sign: re.compile(rf"[ \t]*{sign}[ \t]*COMMAND[ \t]*-{{3,}}[ \t]*\Z") for sign in ("#", "--", "//")}
_MARKER = {sign: re.compile(rf"{sign} MAGIC(?:[ \t]|\Z)") for sign in ("#", "--", "//")}
_HEADER_BYTES = b"Databricks notebook source"


def read_code(path: str, raw: bytes) -> Code | NotUnderstood | None:
    """A file's code, why it can't be read, or None where its kind holds no code.

    `.py` and `.ipynb` are always code; `.sql`, `.r` and `.scala` where they are
    notebooks.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".ipynb":
        return read_ipynb(path, raw)
    if suffix not in _LANGUAGES:
        return None
    language, sign = _LANGUAGES[suffix]
    if language != "python" and _HEADER_BYTES not in raw[:4096]:
        return None
    if len(raw) > MAX_SOURCE or raw.count(b"\n") > MAX_LINES:
        size = f"{len(raw):,} bytes in {raw.count(10):,} lines"
        return NotUnderstood(Place(path, 1), f"{size} are over the limit for a file of code")
    text = decode_python(raw, path) if language == "python" else decode_text(raw, path)
    if isinstance(text, NotUnderstood):
        return text
    lines = text.split("\n")
    header = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if _HEADER[sign].match(lines[header]):
        return _notebook(path, text, lines, language, sign, header + 1)
    if language != "python":
        return None
    return Code(path, "module", "python", text, (), (), LineMap(path, text))


def _notebook(path: str, text: str, lines: Sequence[str], language: Language, sign: str, start: int) -> Code:
    python: list[str] = [line if language == "python" else "" for line in lines]
    shifts: dict[int, int] = {}
    spans = _spans(lines, start, _SEPARATOR[sign])
    read = [read_cell(lines[first:last], language, _MARKER[sign]) for first, last in spans]
    for (first, last), cell in zip(spans, read):
        python[first:last] = cell.lines
        shifts.update((first + line, by) for line, by in cell.shifts)
    if language != "python" and not any(python):
        python = []
    code = "\n".join(python) if python != lines else text
    mapped = LineMap(
        path,
        code if python else text,
        shifts=tuple(shifts.get(index, 0) for index in range(len(lines))) if shifts else (),
    )
    cells = tuple(Cell(cell.language, first + 1, last) for (first, last), cell in zip(spans, read))
    magics = tuple(magic for (first, _), cell in zip(spans, read) for magic in placed(cell, first, mapped))
    return Code(path, "notebook", language, code, cells, magics, mapped)


def _spans(lines: Sequence[str], start: int, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    """The cells' lines, from 0, the end exclusive; cells without a line are none."""
    spans = []
    first = start
    for index in range(start, len(lines)):
        if "COMMAND" in lines[index] and separator.match(lines[index]):
            if index > first:
                spans.append((first, index))
            first = index + 1
    if first < len(lines):
        spans.append((first, len(lines)))
    return spans
