"""Jupyter notebooks: one text, each line with its own line and cell in the file."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from mlcheck.project.code import read_code
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Code, NotUnderstood, Settings
from mlcheck.project.parse import parse


def notebook(*sources: str | list[str], indent: int | None = 1, **metadata: Any) -> bytes:
    cells = [{"cell_type": "code", "outputs": [{"source": "no"}], "source": source} for source in sources]
    cells.insert(1, {"cell_type": "markdown", "source": ["# Title\n"]})
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}, indent=indent).encode()


def code(raw: bytes, path: str = "a.ipynb") -> Code:
    read = read_code(path, raw)
    assert isinstance(read, Code), read
    return read


def test_each_line_has_its_line_and_cell_in_the_file() -> None:
    raw = notebook(["x = 1\n", "y = 2\n"], ["z = 3"])
    read = code(raw)
    assert read.text == "x = 1\ny = 2\nz = 3\n"
    assert read.lines.cells == (1, 1, 3)
    for text, line in zip(read.text.split("\n"), read.lines.lines):
        assert text in raw.decode().split("\n")[line - 1]
    places = [read.lines.node(statement) for statement in parse(read).body]
    assert [(place.cell, place.cell_line, place.column) for place in places] == [(1, 1, 1), (1, 2, 1), (3, 1, 1)]


@pytest.mark.parametrize(
    "source", ["x = 1\ny = 2", ["x = 1\ny = 2\n"], ["x ", "= 1\r\n", "y = 2"], ["x = 1\n", "y = 2", ""]]
)
def test_a_source_may_be_cut_anyhow(source: str | list[str]) -> None:
    read = code(notebook(source))
    assert read.text == "x = 1\ny = 2\n"
    assert len(read.lines.lines) == 2


def test_a_notebook_on_one_line_keeps_its_cells_apart() -> None:
    files = {"a.ipynb": notebook("x = 1\ny = 2", "%pip install z\nw = 3", indent=None)}
    project = load_project(MemoryTree(files), Settings())
    read = project.code["a.ipynb"]
    assert set(read.lines.lines) == {1}
    last = read.lines.node(parse(read).body[-1])
    assert (last.line, last.cell, last.cell_line) == (1, 3, 2)
    assert project.lines_around(last) == ((1, "%pip install z"), (1, "w = 3"))
    assert project.lines_around(read.magics[0].place, 0, 0) == ((1, "%pip install z"),)


def test_magics_are_read_as_in_source_format() -> None:
    read = code(notebook("%pip install x\n", "%%sql\nselect 1\n", "%md\nhello", "%run ./a.ipynb", "%%time\nx = f()"))
    assert [(magic.kind, magic.argument, magic.place.cell) for magic in read.magics] == [
        ("pip", "install x", 1),
        ("sql", "select 1", 3),
        ("run", "./a.ipynb", 5),
    ]
    assert [cell.language for cell in read.cells] == ["python", "sql", "markdown", "python", "python"]
    assert len(parse(read).body) == 1


def test_one_broken_cell_is_named_by_its_number() -> None:
    parsed = parse(code(notebook("x = 1", "select *", "y = 2")))
    assert len(parsed.body) == 2
    assert [failure.place.cell for failure in parsed.failures] == [3]


def test_a_notebook_in_another_language_holds_its_python_cells() -> None:
    databricks = {"application/vnd.databricks.v1+notebook": {"language": "sql"}}
    read = code(notebook("select 1", "%python\nx = 1", **databricks))  # type: ignore[arg-type]
    assert (read.language, [magic.argument for magic in read.magics]) == ("sql", ["select 1"])
    assert [read.lines.node(one).cell_line for one in parse(read).body] == [2]
    scala = code(notebook("val x = 1", kernelspec={"language": "scala"}))
    assert (scala.language, scala.text) == ("scala", "")


def test_lone_surrogates_are_no_obstacle() -> None:
    read = code(b'{"cells": [{"cell_type": "code", "source": "x = \'\\ud800\\ud83d\\ude00\'"}]}')
    assert parse(read).failures == ()


def test_a_second_suffix_changes_nothing() -> None:
    assert code(notebook("x = 1"), "a.ipynb.ipynb").kind == "notebook"


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        (b"", 1, "no JSON object"),
        (b"[]", 1, "no JSON object"),
        (b"{}", 1, "it has no cells"),
        (b'{"nbformat": 3,\n "worksheets": []}', 1, "it has no cells"),
        (b'{"nbformat": 3,\n "worksheets": [3]}', 2, "a worksheet is not an object"),
        (b'{"cells": [\n<<<<<<< HEAD\n{}\n=======\n3\n>>>>>>> other\n]}', 2, "a merge marker"),
        (b'{"cells": [\n{"source": 3}]}', 2, "source is not text"),
        (b'{"cells": [\n\n3]}', 3, "a cell is not an object"),
        (b'{"cells": [],\n}', 1, "a comma before the end"),
        (b'{"cells": []\n', 2, "`,` is missing"),
        (b'{"cells": []}\n x', 2, "text after its end"),
        (b'{"cells": [{"source": "a\nb"}]}', 1, "Invalid control character"),
        (b'{"metadata": ' + b"[" * 100_000, 1, "nested too deep"),
        (b'{"n": ' + b"1" * 10_000 + b"}", 1, "it has no cells|a number is too long"),
        (b'{"cells": [], "metadata": {"kernelspec": {"language": "julia"}}}', 1, "a notebook in julia"),
        (b'{"cells": [{"cell_type": "code", "source": "\xff"}]}', 1, "not text in utf-8"),
        (b"\0", 1, "binary"),
    ],
)
def test_what_is_no_notebook_is_told_with_its_place(raw: bytes, line: int, what: str) -> None:
    read = read_code("a.ipynb", raw)
    assert isinstance(read, NotUnderstood)
    assert any(one in read.what for one in what.split("|")), read.what
    assert read.place.line == line


def test_a_notebook_of_nbformat_3_is_read() -> None:
    cells = [
        {"cell_type": "markdown", "source": "# Title"},
        {"cell_type": "code", "language": "python", "input": ["x = 1\n", "y = 2"], "outputs": []},
    ]
    raw = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells, "metadata": {}}], "metadata": {}}).encode()
    assert [statement.lineno for statement in parse(code(raw)).body] == [1, 2]


def test_a_notebook_full_of_images_is_read_in_time() -> None:
    image = {"data": {"image/png": "A" * 1_000_000}}
    cells = [{"cell_type": "code", "outputs": [image], "source": ["x = 1\n"]} for _ in range(50)]
    raw = json.dumps({"cells": cells}).encode()
    start = time.perf_counter()
    assert len(parse(code(raw)).body) == 50
    assert time.perf_counter() - start < 10
