"""`mlcheck diagnose`: what people see, for an error that the project makes, for one that it doesn't, and for none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Ran, mlcheck
from syrupy.assertion import SnapshotAssertion

from mlcheck.commands.diagnose import diagnose, read_text
from mlcheck.errors import UsageError
from mlcheck.reports import diagnose_json, diagnose_text

FILES = {
    "databricks.yml": """\
bundle: {name: churn}
resources:
  jobs:
    train:
      timeout_seconds: 3600
      tasks:
        - task_key: train
          notebook_task:
            notebook_path: src/train.py
            base_parameters: {catalog: main}
""",
    "src/train.py": """\
# Databricks notebook source
import mlflow

region = dbutils.widgets.get("region")
catalog = dbutils.widgets.get("catalogue")
""",
    "src/churn/features.py": "def build(frame):\n    return frame.withColumn('x', 1)\n",
}
TRACE = """\
---------------------------------------------------------------------------
InputWidgetNotDefined                     Traceback (most recent call last)
File /Workspace/Users/dev@example.com/.bundle/churn/dev/files/src/train:3
      1 import mlflow
      2
----> 3 catalog = dbutils.widgets.get("catalogue")

File /databricks/python_shell/dbruntime/dbutils.py:42, in WidgetsHandler.get(self, name)
---> 42     raise error

InputWidgetNotDefined: No input widget named catalogue is defined
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return tmp_path


def piped(text: bytes, *arguments: str, at: Path) -> Ran:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "LANG")}
    command = [sys.executable, "-m", "mlcheck", "diagnose", *arguments]
    done = subprocess.run(command, cwd=at, env=kept, input=text, capture_output=True, timeout=120)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_an_error_that_the_project_makes_is_shown_with_its_place(project: Path, snapshot: SnapshotAssertion) -> None:
    found, code = diagnose(read_text(TRACE), project)
    text = diagnose_text.render(found)
    assert code == 1
    assert text == snapshot


def test_the_finding_that_the_error_names_comes_first(project: Path) -> None:
    found, _ = diagnose(read_text("InputWidgetNotDefined: No input widget named catalogue is defined"), project)
    first, second = found.causes[0].findings
    assert first.reported.finding.subject["parameter"] == "catalogue" and first.named == ("catalogue",)
    assert second.reported.finding.subject["parameter"] == "region" and second.named == ()


def test_an_error_that_no_check_looks_for_yet_is_asked_of_a_person(
    project: Path, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlcheck.commands.diagnose.checks_in_force", lambda packs: {})
    found, code = diagnose(read_text("Reference 'destination_id' is ambiguous, could be: a.destination_id"), project)
    assert code == 0
    assert diagnose_text.render(found) == snapshot


def test_an_error_that_is_not_known_is_said_so(project: Path, snapshot: SnapshotAssertion) -> None:
    found, code = diagnose(read_text("ValueError: lookup keys of the feature table differ in type"), project)
    assert code == 3
    assert diagnose_text.render(found) == snapshot


def test_a_chain_shows_its_first_cause_first(project: Path) -> None:
    text = f"{TRACE}\nDuring handling of the above exception, another exception occurred:\n\nNameError: name 'log' is not defined\n"
    shown = diagnose_text.render(diagnose(read_text(text), project)[0])
    assert shown.index("InputWidgetNotDefined") < shown.index("What else is in this text") < shown.index("NameError")


def test_a_line_that_moved_since_the_deployment_is_found_by_its_code(project: Path) -> None:
    found, _ = diagnose(read_text(TRACE), project)
    assert [(one.place.shown(), one.moved) for one, _ in found.traced] == [("src/train.py:5", False)]
    other = TRACE.replace('"catalogue")', '"schema")', 1)
    found, _ = diagnose(read_text(other), project)
    assert [(one.place.shown(), one.moved) for one, _ in found.traced] == [("src/train.py:3", True)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/local_disk0/.ephemeral_nfs/envs/p/lib/python3.11/site-packages/churn/features.py", "src/churn/features.py"),
        ("C:\\\\work\\\\repo\\\\src\\\\churn\\\\features.py", "src/churn/features.py"),
        ("~/repo/src/churn/features.py", "src/churn/features.py"),
        ("/Workspace/Repos/team/repo/src/churn/features", "src/churn/features.py"),
        ("/databricks/python/lib/python3.11/site-packages/features.py", None),
        ("/databricks/python/lib/python3.11/site-packages/other/features.py", None),
        ("/usr/lib/python3.11/train.py", None),
    ],
)
def test_a_frame_is_found_in_the_project_by_the_end_of_its_path(project: Path, path: str, place: str | None) -> None:
    text = f"Traceback (most recent call last):\n  File \"{path}\", line 1, in f\nNameError: name 'x' is not defined\n"
    found, _ = diagnose(read_text(text), project)
    assert [one.place.path for one, _ in found.traced] == ([place] if place else [])


def test_the_command_reads_a_pipe_a_file_and_its_arguments(project: Path) -> None:
    (project / "error.log").write_text(TRACE, encoding="utf-8")
    by_pipe = piped(TRACE.encode(), at=project)
    assert by_pipe.code == 1 and by_pipe.err == ""
    assert piped(TRACE.encode(), "-", at=project).out == by_pipe.out
    assert mlcheck("diagnose", "--file", "error.log", at=project).out == by_pipe.out
    assert mlcheck("diagnose", "error.log", at=project).out == by_pipe.out
    assert mlcheck("diagnose", TRACE, at=project).out == by_pipe.out
    split = mlcheck("diagnose", "NameError:", "name", "x", "is", "not", "defined", "--path", "src", at=project)
    assert split.code in (0, 1) and split.out.startswith("NameError")
    assert mlcheck("diagnose", "--fiel", "error.log", at=project).err == (
        "mlcheck: no such option: --fiel; see `mlcheck diagnose --help`\n"
    )


def test_nothing_pasted_is_a_usage_error(project: Path) -> None:
    ran = piped(b" \n\x1b[0m\n", at=project)
    assert (
        ran.code == 2 and ran.err == "mlcheck: there is nothing to diagnose; paste the trace, or give `--file FILE`\n"
    )
    assert mlcheck("diagnose", "--file", "nowhere.log", at=project).code == 3
    with pytest.raises(UsageError):
        diagnose(read_text("x"), project / "nowhere")


def test_where_there_is_no_code_it_says_so(tmp_path: Path) -> None:
    found, code = diagnose(read_text("NameError: name 'x' is not defined"), tmp_path)
    assert code == 0
    assert "holds no code and no bundle: give its folder with --path" in diagnose_text.render(found)


def test_the_json_says_the_same(project: Path) -> None:
    found, _ = diagnose(read_text(TRACE), project)
    data = json.loads(diagnose_json.render(found))
    assert data["format"] == "mlcheck/diagnose/1" and data["recognised"] is True
    (cause,) = data["causes"]
    assert (cause["error"], cause["condition"]) == ("widget-not-defined", "InputWidgetNotDefined")
    assert cause["names"] == {"parameter": "catalogue"} and cause["items"][0]["id"] == "JOB-02"
    assert cause["findings"][0]["named"] == ["catalogue"] and cause["findings"][0]["traced"] is True
    assert data["trace"][0] == {
        "path": "src/train.py",
        "line": 5,
        "column": 1,
        "snippet": 'catalog = dbutils.widgets.get("catalogue")',
        "moved": False,
    }


def test_what_was_pasted_is_never_printed_raw(project: Path) -> None:
    text = "NameError: name '\u202e\x1b]0;owned\x07x' is not defined\x9b31m \u2066 more \x00"
    ran = piped(text.encode(), at=project)
    assert ran.code in (0, 1)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", ran.out)
    unknown = piped("OddError: \u202e\x1b[2Jgone".encode(), at=project)
    assert unknown.code == 3 and not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", unknown.out)


def test_50_megabytes_are_read_in_their_start_and_end(project: Path) -> None:
    noise = b"2026-03-01 10:00:00 INFO still working on it\n" * 1_100_000
    ran = piped(noise + b"NameError: name 'x' is not defined\n", at=project)
    assert ran.code in (0, 1) and ran.out.startswith("NameError")
    assert "bytes in the middle of the text were not read" in ran.out


def test_no_line_of_prose_is_wider_than_80_columns(project: Path) -> None:
    from mlcheck.knowledge.error_catalogue import error_catalogue

    for error in error_catalogue():
        for seen in error.seen[:1]:
            found, _ = diagnose(read_text(seen.text), project)
            head = diagnose_text.render(found).partition("this project")[0]
            assert all(len(line) <= 80 for line in head.splitlines()), head
