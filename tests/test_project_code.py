"""Files of code as Python text: notebooks in source format, magics, encodings, what can't be read."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcheck.project.code import read_code
from mlcheck.project.model import Code, NotUnderstood
from mlcheck.project.parse import parse

HEADER = "# Databricks notebook source\n"
SEPARATOR = "# COMMAND ----------\n"


def code(text: str | bytes, path: str = "a.py") -> Code:
    read = read_code(path, text.encode() if isinstance(text, str) else text)
    assert isinstance(read, Code), read
    return read


def refused(text: bytes, path: str = "a.py") -> NotUnderstood:
    read = read_code(path, text)
    assert isinstance(read, NotUnderstood)
    return read


def magics(read: Code) -> list[tuple[str, str, int]]:
    return [(magic.kind, magic.argument, magic.line) for magic in read.magics]


# --- modules --------------------------------------------------------------------


def test_a_module_is_its_text() -> None:
    read = code("x = 1\n# MAGIC %pip install y\n")
    assert (read.kind, read.text, read.cells, read.magics) == ("module", "x = 1\n# MAGIC %pip install y\n", (), ())


def test_line_ends_and_marks_are_unified() -> None:
    assert code("\ufeffx = 1\r\ny = 2\rz = 3\n").text == "x = 1\ny = 2\nz = 3\n"


def test_an_encoding_that_the_file_names_is_used() -> None:
    assert code("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1")).text.endswith("x = 'é'\n")
    assert code("#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nx = '€'\n".encode("cp1252")).text[-3] == "€"


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        (b"x = 1\ny = '\xff'\n", 2, "not text in utf-8: byte 0xff"),
        (b"x\n\0", 2, "binary, not text"),
        (b"\n# coding: nothing-like-it\n", 2, "its encoding is unknown"),
        (b"# coding: base64\n", 1, "its encoding is not one of text"),
        ("x".encode("utf-16"), 1, "binary"),
        (b"#" * (8 * 1024 * 1024 + 1), 1, "over the limit"),
        (b"\n" * 400_001, 1, "over the limit"),
    ],
)
def test_what_is_not_text_is_told_with_its_place(raw: bytes, line: int, what: str) -> None:
    read = refused(raw)
    assert what in read.what
    assert read.place.line == line


def test_files_of_other_kinds_are_no_code() -> None:
    assert read_code("a.txt", b"x") is None
    assert read_code("a.sql", b"select 1") is None
    assert read_code("a.R", b"x <- 1") is None


# --- notebooks --------------------------------------------------------------------


@pytest.mark.parametrize(
    "head", [HEADER, "\ufeff" + HEADER, "\n" + HEADER, HEADER + HEADER, HEADER.replace("\n", "  \r\n")]
)
def test_a_header_makes_a_notebook(head: str) -> None:
    read = code(head + "x = 1\n")
    assert read.kind == "notebook"
    assert read.text.split("\n")[-2] == "x = 1"


def test_cells_are_split_at_the_separator() -> None:
    read = code(HEADER + "\nx = 1\n\n" + SEPARATOR + "\n# MAGIC %md\n# MAGIC # Title\n\n" + SEPARATOR + "y = 2\n")
    assert [(cell.language, cell.first, cell.last) for cell in read.cells] == [
        ("python", 2, 4),
        ("markdown", 6, 9),
        ("python", 11, 12),
    ]


def test_magic_lines_are_comments_and_values() -> None:
    read = code(
        HEADER
        + "# MAGIC %pip install -q mlflow==3.1 \\\n# MAGIC   pandas\n"
        + '# MAGIC %run ./_resources/00-setup $reset=true $name="a b"\n'
        + "dbutils.library.restartPython()\n"
        + SEPARATOR
        + "# DBTITLE 1,Title\n# MAGIC %sql\n# MAGIC select *\n# MAGIC from t\n"
        + SEPARATOR
        + "# MAGIC %sh\n# MAGIC pip install x==1\n"
        + SEPARATOR
        + "# MAGIC %restart_python\n"
    )
    assert magics(read) == [
        ("pip", "install -q mlflow==3.1 pandas", 2),
        ("run", "./_resources/00-setup", 4),
        ("sql", "select *\nfrom t", 9),
        ("sh", "pip install x==1", 13),
        ("pip", "install x==1", 13),
        ("restart", "", 15),
    ]
    assert read.magics[1].parameters == (("reset", "true"), ("name", "a b"))
    assert [cell.language for cell in read.cells] == ["python", "sql", "sh", "python"]
    assert len(parse(read).body) == 1


def test_magic_lines_that_are_python_run() -> None:
    read = code(HEADER + "# MAGIC %python\n# MAGIC x = 1\n# MAGIC if x:\n# MAGIC     y = 2\n")
    body = parse(read).body
    assert [type(statement) for statement in body] == [ast.Assign, ast.If]
    place = read.lines.node(body[0])
    assert (place.line, place.column, place.end_column) == (3, 9, 14)


@pytest.mark.parametrize(
    ("line", "kind", "argument"),
    [
        ("%pip install x==1", "pip", "install x==1"),
        ("%run ./setup", "run", "./setup"),
        ("%run './my setup' $a=1", "run", "./my setup"),
        ("%run ./My Folder/setup $a=1", "run", "./My Folder/setup"),
        ("!pip install x", "pip", "install x"),
        ("!{sys.executable} -m pip install x", "pip", "install x"),
        ("%uv pip install x", "pip", "install x"),
        ("!ls -l", "sh", "ls -l"),
        ("%matplotlib inline", "other", "matplotlib inline"),
        ("y = !ls", "sh", "ls"),
        ("y = %sql select 1", "sql", "select 1"),
    ],
)
def test_bare_magics_become_comments(line: str, kind: str, argument: str) -> None:
    read = code(HEADER + "x = 1\n" + line + "\nz = 3\n")
    assert magics(read) == [(kind, argument, 3)]
    parsed = parse(read)
    assert parsed.failures == ()
    assert [statement.lineno for statement in parsed.body][::2][0] == 2
    assert parsed.body[-1].lineno == 4


def test_a_bare_magic_alone_in_a_block_leaves_the_block_whole() -> None:
    read = code(HEADER + "if x:\n    %pip install y \\\n       z\nelse:\n    !ls\n")
    assert magics(read) == [("pip", "install y z", 3), ("sh", "ls", 6)]
    assert parse(read).failures == ()


def test_what_only_looks_like_a_magic_is_left_alone() -> None:
    text = 'a = """\n%pip install x\n"""\nb = ("%s"\n%c)\nd = e \\\n!= f\nif a: # a "quote\n    pass\n'
    read = code(HEADER + text)
    assert read.magics == ()
    assert read.text == HEADER + text


def test_a_bare_language_magic_takes_its_cell_when_it_is_first() -> None:
    read = code(HEADER + "# why\n%sql\nselect 1\n" + SEPARATOR + "x = 1\n%time y = f(x)\ny?\n")
    assert magics(read) == [("sql", "select 1", 4)]
    parsed = parse(read)
    assert [statement.lineno for statement in parsed.body] == [6, 7, 8]
    assert read.lines.node(parsed.body[1]).column == 7


def test_an_indented_separator_within_a_block_breaks_nothing() -> None:
    text = HEADER + "for x in y:\n    f(x)\n    # COMMAND ----------\n    g(x)\n"
    assert len(code(text).cells) == 2
    assert len(parse(code(text)).body) == 1
    broken = parse(code(text + SEPARATOR + "x = = 1\n"))
    assert len(broken.body) == 1
    assert [failure.place.line for failure in broken.failures] == [7]


def test_a_sql_notebook_keeps_its_statements_and_its_python() -> None:
    read = code(
        "-- Databricks notebook source\nselect 1;\n-- COMMAND ----------\n-- MAGIC %python\n-- MAGIC x = 1\n"
        "-- COMMAND ----------\n-- MAGIC %run ./setup\n",
        "a.sql",
    )
    assert read.language == "sql"
    assert magics(read) == [("sql", "select 1;", 2), ("run", "./setup", 7)]
    assert [cell.language for cell in read.cells] == ["sql", "python", "sql"]
    assert [statement.lineno for statement in parse(read).body] == [5]


@pytest.mark.parametrize(("path", "sign"), [("a.r", "#"), ("a.R", "#"), ("a.scala", "//")])
def test_notebooks_of_other_languages_have_no_text(path: str, sign: str) -> None:
    read = code(f"{sign} Databricks notebook source\nx <- 1\n{sign} MAGIC %sql\n{sign} MAGIC select 1\n", path)
    assert (read.kind, read.text, magics(read)) == ("notebook", "", [("sql", "select 1", 4)])


# --- parsing ----------------------------------------------------------------------


def test_one_broken_cell_does_not_lose_the_others() -> None:
    read = code(HEADER + "x = 1\n" + SEPARATOR + "select * from t\n" + SEPARATOR + "y = 2\n")
    parsed = parse(read)
    assert [statement.lineno for statement in parsed.body] == [2, 6]
    (failure,) = parsed.failures
    assert (failure.place.line, failure.what) == (4, "does not parse: invalid syntax")


def test_a_cell_that_is_indented_as_a_whole_is_read() -> None:
    parsed = parse(code(HEADER + "x = 1\n" + SEPARATOR + "  y = 2\n  z = 3\n"))
    assert parsed.failures == ()
    assert [(one.lineno, one.col_offset) for one in parsed.body] == [(2, 0), (4, 2), (5, 2)]
    assert [one.lineno for one in parse(code(HEADER.strip() + "\n  y = 2\n")).body] == [2]


def test_a_broken_module_is_told_with_its_line() -> None:
    parsed = parse(code("x = 1\ndef f(:\n"))
    assert parsed.body == []
    assert parsed.failures[0].place.line == 2


@pytest.mark.parametrize("text", ["(" * 10_000, "x = " + "-" * 100_000 + "1", "x" + ".a()" * 20_000, "x = '\\ud800'"])
def test_text_that_is_too_much_for_the_parser_raises_nothing(text: str) -> None:
    parsed = parse(code(text))
    assert parsed.body or parsed.failures


def test_warnings_of_the_code_stay_silent(recwarn: pytest.WarningsRecorder) -> None:
    parse(code("x = '\\d'\nassert (1, 'a')\nx is 1\n"))
    assert len(recwarn) == 0


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("type X = int\n", (3, 12)),
        ("def f[T](x: T): pass\n", (3, 12)),
        ("class A[T]: pass\n", (3, 12)),
        ('x = f"{d["a"]}"\n', (3, 12)),
        ('x = f"{a + "b"}"\n', (3, 12)),
        ("x = f\"{'\\n'.join(a)}\"\n", (3, 12)),
        ("try:\n    pass\nexcept* ValueError:\n    pass\n", (3, 11)),
    ],
)
def test_what_only_a_newer_python_reads_says_which(text: str, release: tuple[int, int]) -> None:
    import sys

    parsed = parse(code(text))
    if sys.version_info >= release:
        assert parsed.failures == ()
    else:
        assert parsed.failures[0].what.startswith(f"needs Python {release[0]}.{release[1]} to be read")


@pytest.mark.parametrize("text", ['x = f"{a"\n', 'x = "it\n', "x = f'{a!}'\n", "print 1\n"])
def test_what_no_python_reads_does_not_blame_the_release(text: str) -> None:
    assert parse(code(text)).failures[0].what.startswith("does not parse")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n", "merge-marker"),
        ("x = (1,\n<<<<<<< HEAD\n  2)\n=======\n  3)\n>>>>>>> b\n", "merge-marker"),
        ("SELECT * FROM t\n", "sql"),
        ("-- the tables\nCREATE OR REPLACE TABLE a AS SELECT 1\n", "sql"),
        ("x = (1, 2\ny = 3\n", "bracket"),
        ("x = [1, 2)\n", "bracket"),
        ("print 'x'\n", "python-2"),
        ("try:\n    x\nexcept A, e:\n    y\n", "python-2"),
        ("raise ValueError, 'x'\n", "python-2"),
        ("if x:\n\ty\n        z\n", "tabs"),
        ("if x:\ny\n", "indentation"),
        ("x = 'a\n", "string"),
        ('x = """a\n', "string"),
        ("x = <your-token>\n", "placeholder"),
        ("import os\n```\n", "markdown"),
        ("import os\npip install mlflow\n", "shell"),
        ("x = {{ .name }}\n", "template"),
        ("{%- if x %}\ny = 1\n{% endif %}\n", "template"),
        ("x = f(a b)\n", "syntax"),
    ],
)
def test_what_breaks_a_text_has_a_kind(text: str, kind: str) -> None:
    for read in (code(text), code(HEADER + text)):
        (found,) = parse(read).breaks
        assert found.kind == kind
        assert "Error: " in found.error


def test_a_conflict_over_several_cells_is_told_once() -> None:
    read = code(HEADER + "x = 1\n<<<<<<< HEAD\n" + SEPARATOR + "y = 1\n=======\n" + SEPARATOR + ">>>>>>> b\nz = 1\n")
    assert [(one.kind, one.place.line) for one in parse(read).breaks] == [("merge-marker", 3)]


def test_a_statement_does_not_go_on_in_the_next_cell() -> None:
    read = code(HEADER + 'x = """\n' + SEPARATOR + '"""\n')
    assert [one.place.line for one in parse(read).breaks] == [2, 4]
    assert parse(code(HEADER + "if x:\n    y\n    " + SEPARATOR + "    z\n" + SEPARATOR + "w\n")).complete


def test_a_magic_without_its_percent_is_one_where_it_is_all_of_its_cell() -> None:
    read = code(HEADER + "x = 1\n" + SEPARATOR + "# needed\npip install mlflow\n" + SEPARATOR + "cd = x\n")
    assert magics(read) == [("pip", "install mlflow", 5)]
    assert len(parse(read).body) == 2


def test_a_cell_magic_that_is_not_known_takes_its_cell() -> None:
    read = code(HEADER + "%%mermaid\ngraph LR\n" + SEPARATOR + "%%capture out\nx = 1\n")
    assert magics(read) == [("other", "mermaid\ngraph LR", 2), ("other", "capture out", 5)]
    assert [cell.language for cell in read.cells] == ["unknown", "python"]


LINES = st.sampled_from(
    [
        "x = 1", "if x:", "    y = 2", "# MAGIC %sql", "# MAGIC select 1", "# MAGIC %python", "%pip install x \\",
        "!ls", "    %run ./a", '"""', "'", "(", ")", "\\", "# COMMAND ----------", "  # COMMAND ----------", "",
        "%time z = 1", "y?", "x = !ls", "# MAGIC", "é = 'ü'", "\x0c", "\u2028", "%%bash",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=30))
def test_no_notebook_loses_or_gains_a_line(lines: list[str]) -> None:
    text = HEADER + "\n".join(lines)
    read = code(text)
    assert read.text.count("\n") == text.count("\n")
    assert all(1 <= magic.line <= len(lines) + 1 for magic in read.magics)
    parse(read)


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    for path in ("a.py", "a.ipynb", "a.sql"):
        for head in (b"", HEADER.encode(), b"-- Databricks notebook source\n"):
            read = read_code(path, head + raw)
            if isinstance(read, Code):
                parse(read)
