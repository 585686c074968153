"""Jupyter notebooks as one Python text, each line with its own line and cell in the JSON file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from mlcheck.project.breaks import merge_markers
from mlcheck.project.cells import CellText, read_cell
from mlcheck.project.ipynb_json import CellSource, NotebookError, read_cells
from mlcheck.project.model import Cell, Code, Magic, NotUnderstood
from mlcheck.project.place import LineMap, Place
from mlcheck.project.source_text import MAX_LINES, MAX_SOURCE, decode_text, unified_line_ends

MAX_NOTEBOOK = 64 * 1024 * 1024

Language = Literal["python", "sql", "r", "scala"]
_LANGUAGES: dict[str, Language] = {"python": "python", "sql": "sql", "r": "r", "scala": "scala"}
_DATABRICKS = "application/vnd.databricks.v1+notebook"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_ipynb(path: str, raw: bytes) -> Code | NotUnderstood:
    """The code of a notebook of nbformat 4 or 3, or why it can't be read, with its place."""
    if len(raw) > MAX_NOTEBOOK:
        return NotUnderstood(Place(path, 1), f"{len(raw):,} bytes are over the limit of {MAX_NOTEBOOK:,}")
    text = decode_text(raw, path)
    if isinstance(text, NotUnderstood):
        return text
    try:
        cells, metadata = read_cells(text)
        code = [cell for cell in cells if cell.type == "code"]
        _check_size(code)
        language = _language(metadata)
    except NotebookError as error:
        return _not_read(path, text, error)
    made_there = isinstance(metadata, dict) and isinstance(metadata.get(_DATABRICKS), dict)
    return replace(_assembled(path, text, code, language), of_databricks=made_there)


def _not_read(path: str, text: str, error: NotebookError) -> NotUnderstood:
    markers = merge_markers(text.split("\n")) if "<<<<<<<" in text else ()
    if markers:
        return NotUnderstood(Place(path, markers[0] + 1), "not JSON: a merge marker", "merge-marker")
    kind = "not-json" if str(error).startswith("not JSON:") else ""
    return NotUnderstood(Place(path, text.count("\n", 0, error.position) + 1), str(error), kind)


def _check_size(cells: Sequence[CellSource]) -> None:
    characters = sum(len(string) for cell in cells for _, string in cell.strings)
    lines = sum(string.count("\n") + 1 for cell in cells for _, string in cell.strings)
    if characters > MAX_SOURCE or lines > MAX_LINES:
        raise NotebookError(0, f"{characters:,} characters of code in {lines:,} lines are over the limit")


def _language(metadata: Any) -> Language:
    """The notebook's own language: Databricks' word for it, else the kernel's, else Python."""
    for holder, key in ((_DATABRICKS, "language"), ("kernelspec", "language"), ("language_info", "name")):
        table = metadata.get(holder) if isinstance(metadata, dict) else None
        name = table.get(key) if isinstance(table, dict) else None
        if isinstance(name, str) and name:
            known = _LANGUAGES.get(name.lower())
            if known is None:
                raise NotebookError(0, f"a notebook in {name[:40]}")
            return known
    return "python"


@dataclass(slots=True)
class _Read:
    """A code cell: its lines as written, the file's line of each, and its Python text."""

    number: int
    given: list[str]
    file_lines: list[int]
    text: CellText


def _assembled(path: str, text: str, sources: Sequence[CellSource], language: Language) -> Code:
    read = _read(text, sources, language)
    lines = tuple(line for cell in read for line in cell.text.lines)
    given = tuple(line for cell in read for line in cell.given)
    starts = [0]
    for cell in read:
        starts.append(starts[-1] + len(cell.given))
    shifts = {first + line: by for first, cell in zip(starts, read) for line, by in cell.text.shifts}
    mapped = LineMap(
        path,
        "\n".join(lines),
        lines=tuple(line for cell in read for line in cell.file_lines),
        cells=tuple(cell.number for cell in read for _ in cell.given),
        shifts=tuple(shifts.get(index, 0) for index in range(len(lines))) if shifts else (),
    )
    return Code(
        path,
        "notebook",
        language,
        "\n".join([*lines, ""]) if any(lines) else "",
        tuple(Cell(c.text.language, first + 1, first + len(c.given)) for first, c in zip(starts, read)),
        tuple(magic for first, cell in zip(starts, read) for magic in placed(cell.text, first, mapped)),
        mapped,
        shown=given if given != lines else (),
    )


def _read(text: str, sources: Sequence[CellSource], language: Language) -> list[_Read]:
    read = []
    counted, position = 1, 0
    for source in sources:
        given: list[str] = [""]
        file_lines: list[int] = []
        for offset, string in source.strings:
            counted, position = counted + text.count("\n", position, offset), offset
            if not given[-1]:  # the line begins with this string
                del file_lines[len(given) - 1 :]
            first, *rest = unified_line_ends(_LONE_SURROGATE.sub("\ufffd", string)).split("\n")
            given[-1] += first
            given += rest
            file_lines += [counted] * (len(given) - len(file_lines))
        if not given[-1]:
            given.pop()
        if given:
            read.append(_Read(source.number, given, file_lines[: len(given)], read_cell(given, language, None)))
    return read


def placed(cell: CellText, first: int, lines: LineMap) -> list[Magic]:
    """The magics of a cell whose first line is the text's line `first`, from 0."""
    return [
        Magic(
            found.kind,
            found.argument,
            first + found.line + 1,
            lines.at(first + found.line + 1),
            found.parameters,
        )
        for found in cell.magics
    ]
