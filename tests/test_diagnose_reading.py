"""Pastes as people bring them: whole traces, chains, logs, and texts that are meant to do harm."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from mlcheck.diagnosis.pasted import KEPT, plain_text
from mlcheck.diagnosis.recognise import Reading, read_errors
from mlcheck.diagnosis.traces import raised_in

PASTED = sorted((Path(__file__).parent / "pasted").glob("*.txt"))


def read(text: str, *modules: str) -> Reading:
    return read_errors(plain_text(text.encode("utf-8", "surrogatepass")).text, frozenset(modules))


def ids(text: str, *modules: str) -> list[str]:
    return [one.error.id for one in read(text, *modules).recognised]


@pytest.mark.parametrize("path", PASTED, ids=lambda path: path.stem)
def test_a_recorded_trace_is_recognised(path: Path) -> None:
    assert ids(path.read_text(encoding="utf-8")) == [path.stem.partition("--")[0]]


@pytest.mark.parametrize("path", PASTED, ids=lambda path: path.stem)
def test_a_trace_in_a_run_s_json_is_recognised(path: Path) -> None:
    trace = path.read_text(encoding="utf-8")
    answer = json.dumps({"metadata": {"state": {"result_state": "FAILED"}}, "error": "failed", "error_trace": trace})
    assert ids(answer) == [path.stem.partition("--")[0]]


@pytest.mark.parametrize("path", PASTED, ids=lambda path: path.stem)
def test_a_trace_that_was_cut_in_the_middle_is_recognised(path: Path) -> None:
    lines = plain_text(path.read_bytes()).text.split("\n")
    end = next(index for index, line in enumerate(lines) if index > 3 and line[:1].isalpha() and ":" in line)
    assert ids("\n".join([*lines[:2], "*** WARNING: max output size exceeded ***", *lines[end - 1 :]]))


def test_the_first_cause_of_a_chain_comes_first() -> None:
    text = """\
Traceback (most recent call last):
  File "train.py", line 3, in <module>
    frame["nights_stayed"].dt.month
AttributeError: Can only use .dt accessor with datetimelike values

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "train.py", line 5, in <module>
    logger.error("failed")
NameError: name 'logger' is not defined

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "job.py", line 9, in <module>
    train()
mlflow.exceptions.MlflowException: Run with UUID 12ab is already active. To start a new run
"""
    assert ids(text) == ["date-accessor", "name-undefined", "run-already-active"]


def test_the_deepest_java_cause_comes_first() -> None:
    text = """\
py4j.protocol.Py4JJavaError: An error occurred while calling o45.save.
: org.apache.spark.SparkException: Job aborted: Table sales already exists.
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.x(QueryExecutionErrors.scala:500)
Caused by: java.lang.IllegalStateException: Cannot call methods on a stopped SparkContext.
\tat org.apache.spark.SparkContext.assertNotStopped(SparkContext.scala:122)
\t... 40 more
Caused by: org.apache.spark.SparkArithmeticException: [DIVIDE_BY_ZERO] Division by zero. Use `try_divide`
\tat org.apache.spark.sql.x(x.scala:1)
"""
    assert ids(text) == ["spark-divide-by-zero", "session-stopped", "table-exists"]


def test_two_traces_of_a_log_stand_in_their_order() -> None:
    one = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    x\nNameError: name 'x' is not defined\n"
    two = "Traceback (most recent call last):\n  File \"b.py\", line 1, in <module>\n    import y\nModuleNotFoundError: No module named 'y'\n"
    assert ids(f"INFO starting\n{one}INFO retry\n{two}") == ["name-undefined", "package-missing"]
    assert ids(f"{two}\n{one}") == ["package-missing", "name-undefined"]


def test_error_lines_alone_are_each_read() -> None:
    text = "ValueError: Input X contains NaN.\nNameError: name 'spark' is not defined\nSomethingError: odd\n"
    assert ids(text) == ["values-not-clean", "name-undefined"]


def test_an_error_line_that_stands_alone_after_a_trace_is_read_too() -> None:
    trace = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    x\nNameError: name 'x' is not defined\n"
    assert ids(f"{trace}some log\nValueError: Input X contains NaN.\n") == ["name-undefined", "values-not-clean"]


def test_the_code_in_a_trace_is_no_message() -> None:
    text = """\
Traceback (most recent call last):
  File "/databricks/python/lib/python3.11/site-packages/mlflow/models/utils.py", line 877, in _enforce
    raise MlflowException(f"Incompatible input types for column {name}. Can not safely convert {a} to {b}.")
KeyError: 'weights'
"""
    reading = read(text)
    assert reading.recognised == () and reading.said == "KeyError: 'weights'"


def test_a_module_of_the_project_is_told_from_a_package() -> None:
    text = "ModuleNotFoundError: No module named 'features.build'"
    assert ids(text, "features") == ["module-of-project-missing"]
    assert ids(text) == ["package-missing"]


def test_what_only_wraps_a_known_error_is_left_out() -> None:
    assert ids("error: the following arguments are required: --catalog\nSystemExit: 2") == ["options-wrong"]
    assert ids("SystemExit: 2") == ["parser-gave-up"]


def test_what_is_not_known_is_said_with_the_nearest() -> None:
    reading = read("RuntimeError: the lookup keys of the feature table have another type than in the DataFrame")
    assert reading.recognised == ()
    assert "lookup-keys" in [error.id for error in reading.nearest]
    assert read("ValueError: zzyzx").nearest == ()


def test_a_symptom_without_an_error_finds_what_raises_nothing() -> None:
    nearest = read("the job says SUCCESS but it failed and nothing was written").nearest
    assert [error.id for error in nearest][:1] == ["failed-job-succeeds"]


def test_frames_of_notebooks_and_scripts_are_read() -> None:
    text = """\
File /Workspace/Users/dev@example.com/src/train:12, in main(frame)
     11 x = 1
---> 12 frame.dt.month
File <command-4711>, line 3
      1 import a
----> 3 main(frame)
Cell In[4], line 2
<ipython-input-3-abc> in <module>
  File "src/train.py", line 9, in <module>
    main()
    ^^^^^^
AttributeError: Can only use .dt accessor with datetimelike values
"""
    (raised,) = raised_in(text)
    assert [(one.path, one.line, one.source) for one in raised.frames] == [
        ("/Workspace/Users/dev@example.com/src/train", 12, "frame.dt.month"),
        ("<command-4711>", 3, "main(frame)"),
        ("In[4]", 2, ""),
        ("<ipython-input-3-abc>", 0, ""),
        ("src/train.py", 9, "main()"),
    ]
    assert raised.message == "AttributeError: Can only use .dt accessor with datetimelike values"


HOSTILE = {
    "nothing": b"",
    "binary": bytes(range(256)) * 2000,
    "half of an escape": b"\x1b[" * 100_000,
    "escapes to the end": b"\x1b]0;" + b"a" * 100_000,
    "one long line": b"Reference '" + b"a" * 2_000_000,
    "quotes": b"Column '" + b"'" * 500_000,
    "frames": b'  File "a", line 1\n' * 50_000,
    "traces": b"Traceback (most recent call last):\n" * 50_000,
    "causes": b"Caused by: x\n" * 50_000,
    "anchors": b"cannot be resolved Column does not exist given input columns " * 20_000,
    "deep json": b'{"a":' * 100_000,
    "tags": b"<span " * 200_000,
    "digits": b"1" * 1_000_000,
    "numbered lines": b"---> 1 x\n" * 100_000,
    "utf-16": "ModuleNotFoundError: No module named 'x'".encode("utf-16"),
    "brackets": b"[0" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_paste_that_means_harm_is_read_in_bounded_time(name: str) -> None:
    start = time.perf_counter()
    pasted = plain_text(HOSTILE[name])
    reading = read_errors(pasted.text, frozenset())
    assert time.perf_counter() - start < 8
    for text in (reading.said, *(one.text for one in reading.recognised)):
        assert not any(ord(character) < 32 for character in text)


def test_a_long_text_keeps_its_start_and_its_end() -> None:
    start = b"ModuleNotFoundError: No module named 'first'\n"
    end = b"\nNameError: name 'last' is not defined\n"
    pasted = plain_text(start + b"INFO working\n" * 500_000 + end)
    assert pasted.left_out > 0 and len(pasted.text) <= 2 * KEPT + 1
    assert [one.error.id for one in read_errors(pasted.text, frozenset()).recognised] == [
        "package-missing",
        "name-undefined",
    ]
