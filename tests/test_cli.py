"""The command line: exit codes, one line for each kind of bad input, and what it prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from command_line import git, mlcheck

from mlcheck.knowledge.demo_files import demo_files

NOTEBOOK = "# Databricks notebook source\nprint(1)\n"


def lay(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_the_bad_half_of_the_demo_fails_and_the_good_half_passes(tmp_path: Path) -> None:
    before = lay(tmp_path / "before", dict(demo_files("before")))
    after = lay(tmp_path / "after", dict(demo_files("after")))
    found = mlcheck("check", before, "--format", "json", at=tmp_path)
    assert found.code == 1
    names = {one["check"] for one in json.loads(found.out)["findings"]}
    assert {"experiment-path", "exit-hides-failure", "dataset-outside-run", "empty-data"} <= names
    clean = mlcheck("check", after, "--format", "json", at=tmp_path)
    assert clean.code == 0
    assert json.loads(clean.out)["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--exit-zero"], 0), (["--fail-on", "error"], 1), (["--fail-on", "never"], 0)]
)
def test_what_fails_a_check_is_chosen(tmp_path: Path, arguments: list[str], code: int) -> None:
    lay(tmp_path, dict(demo_files("before")))
    assert mlcheck("check", *arguments, at=tmp_path).code == code


def test_warnings_alone_pass_at_error(tmp_path: Path) -> None:
    files = dict(demo_files("after"))
    job = "resources/scoring_job.yml"
    lay(tmp_path, {**files, job: files[job].replace(b"      timeout_seconds: 7200\n", b"")})
    assert mlcheck("check", at=tmp_path).code == 1
    assert mlcheck("check", "--fail-on", "error", at=tmp_path).code == 0


BAD_INPUT = {
    "no such folder": (["check", "nowhere"], {}, 2, "nowhere: no such folder"),
    "a file, not a folder": (["check", "a.py"], {"a.py": NOTEBOOK}, 2, "a.py: not a folder"),
    "a mistyped command": (["chekc"], {}, 2, "check"),
    "a mistyped option": (["check", "--formt", "json"], {}, 2, "--format"),
    "a mistyped pack": (["check", "--pack", "mlfow"], {}, 2, "did you mean `mlflow`"),
    "a mistyped item": (["check", "--item", "MLF-1"], {}, 2, "did you mean `MLF-01`"),
    "a mistyped check": (["explain", "timeout-mising"], {}, 2, "did you mean `timeout-missing`"),
    "a wrong setting": (["check"], {"mlcheck.toml": "schema = []\n"}, 2, "mlcheck.toml:1"),
    "settings twice": (
        ["check"],
        {"mlcheck.toml": "exclude = []\n", "pyproject.toml": "[tool.mlcheck]\nexclude = []\n"},
        2,
        "mlcheck.toml",
    ),
    "a setting that is not TOML": (["check"], {"mlcheck.toml": "exclude = [\n"}, 2, "mlcheck.toml:"),
    "a severity of no check": (
        ["check"],
        {"mlcheck.toml": '[severity]\ntimeout-mising = "info"\n'},
        2,
        "timeout-missing",
    ),
    "a broken pack": (
        ["check"],
        {".mlcheck/packs/t.yaml": "format: mlcheck/pack/1\nitems: 3\n"},
        2,
        ".mlcheck/packs/t.yaml:",
    ),
    "a baseline that is not JSON": (["check"], {".mlcheck/baseline.json": "{"}, 2, ".mlcheck/baseline.json:1"),
    "a baseline that isn't there": (["check", "--baseline", "b.json"], {}, 2, "b.json"),
    "no repository to sign in": (["run"], {}, 3, "repository"),
    "no repository to verify in": (["verify"], {}, 3, "repository"),
    "no repository to set up": (["init"], {}, 3, "git"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_gets_one_line_with_its_place(name: str, tmp_path: Path) -> None:
    arguments, files, code, text = BAD_INPUT[name]
    lay(tmp_path, files)
    ran = mlcheck(*arguments, at=tmp_path)
    assert ran.code == code, ran.err + ran.out
    told = ran.err + (ran.out if arguments[0] == "verify" else "")
    assert text in told
    assert "Traceback" not in ran.err + ran.out
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"notes.txt": "no Python here"},
        {"broken.py": "# Databricks notebook source\ndef f(:\n"},
        {"binary.py": b"\x00\x01\x02"},
        {"latin.py": b"# Databricks notebook source\nx = '\xe9'\n"},
        {"n.ipynb": "{"},
        {"databricks.yml": "bundle: {name: a\n"},
        {"databricks.yml": "- not a mapping\n"},
        {"databricks.yml": "bundle: {name: a}\ninclude: ['../../../../etc/*.yml']\n"},
        {"databricks.yml": "resources: {jobs: {j: 3}}\n"},
    ],
    ids=["nothing", "no Python", "broken", "binary", "latin", "ipynb", "yaml", "a list", "an include", "a job"],
)
def test_files_that_cannot_be_read_are_said_and_nothing_breaks(files: dict[str, str | bytes], tmp_path: Path) -> None:
    lay(tmp_path, files)
    ran = mlcheck("check", "--format", "json", at=tmp_path)
    bundle = str(files.get("databricks.yml"))
    found = "broken.py" in files or "j: 3" in bundle or bundle.endswith("a\n")  # a job that is no mapping; no YAML
    assert ran.code == (1 if found else 0), ran.err
    result = json.loads(ran.out)
    broken = [path for path in files if path not in ("notes.txt",)]
    told = {row["path"] for row in (*result["not_understood"], *result["left_out"])}
    for path in broken:
        assert path in told, (told, path)
    if broken:
        assert all(item["outcome"] != "pass" for item in result["items"])


def test_the_json_has_the_contract_s_shape(tmp_path: Path) -> None:
    lay(tmp_path, dict(demo_files("before")))
    result = json.loads(mlcheck("check", "--format", "json", at=tmp_path).out)
    assert result["format"] == "mlcheck/check/1"
    assert len(result["items"]) == sum(result["summary"].values()) == 64
    assert set(result["coverage"]) >= {"files", "column_references", "decided", "open"}
    for finding in result["findings"]:
        assert set(finding) >= {
            *("check", "item", "items", "severity", "path", "line", "column", "end_line", "end_column"),
            *("message", "help", "fingerprint", "subject", "targets"),
        }
        assert finding["item"] == finding["items"][0]
        assert "\\" not in finding["path"] and not finding["path"].startswith("/")
    for item in result["items"]:
        assert item["outcome"] in result["summary"]
        assert item["instances"]
        if item["outcome"] == "pass":
            assert item["evidence"]


def test_a_suppression_with_a_reason_silences_and_one_without_does_not(tmp_path: Path) -> None:
    files = dict(demo_files("after"))
    job = "resources/scoring_job.yml"
    bare = files[job].replace(b"      timeout_seconds: 7200\n", b"")
    given = bare.replace(b"    scoring:\n", b"    scoring:  # mlcheck: ignore[timeout-missing] the platform sets one\n")
    silenced = lay(tmp_path / "a", {**files, job: given})
    result = json.loads(mlcheck("check", "--format", "json", at=silenced).out)
    assert [one["suppressed"] for one in result["findings"]] == ["the platform sets one"]
    assert {item["id"]: item["outcome"] for item in result["items"]}["JOB-04"] == "waived"
    assert mlcheck("check", at=silenced).code == 0
    mute = lay(tmp_path / "b", {**files, job: given.replace(b" the platform sets one", b"")})
    assert mlcheck("check", at=mute).code == 1
    unused = lay(tmp_path / "c", {"a.py": "x = 1  # mlcheck: ignore[timeout-missing] nothing here\n"})
    found = json.loads(mlcheck("check", "--format", "json", at=unused).out)["findings"]
    assert [(one["check"], one["items"]) for one in found] == [("suppression-unused", [])]


def test_a_suppression_in_a_notebook_speaks_of_its_own_cell(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "source": f"{line}\n"} for line in ("x = f(", "y = g(  # mlcheck: ignore[NAME] a demo")
    ]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).replace("NAME", "does-not-parse")
    result = json.loads(mlcheck("check", "--format", "json", at=lay(tmp_path, {"a.ipynb": text.encode()})).out)
    assert [(one["cell"], one.get("suppressed")) for one in result["findings"]] == [(1, None), (2, "a demo")]


def test_cells_of_other_languages_are_passed_over_and_counted(tmp_path: Path) -> None:
    cells = ("x = 1", "# MAGIC %scala\n# MAGIC val x = 1", "# MAGIC %sql\n# MAGIC select 1", "# MAGIC %sh\n# MAGIC ls")
    text = "# Databricks notebook source\n" + "\n# COMMAND ----------\n".join(cells)
    lay(tmp_path, {"a.py": text.encode()})
    coverage = json.loads(mlcheck("check", "--format", "json", at=tmp_path).out)["coverage"]
    assert (coverage["cells"], coverage["cells_passed_over"]) == (4, 2)
    assert "1 code file read, 2 cells of other languages passed over" in mlcheck("check", at=tmp_path).out


def test_a_suppression_is_judged_only_where_its_check_ran(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"a.py": b"x = 1  # mlcheck: ignore[timeout-missing] nothing here\n# mlcheck: ignore[timeout-mising] x\n"},
    )
    found = json.loads(mlcheck("check", "--item", "JOB-11", "--format", "json", at=tmp_path).out)["findings"]
    assert [(one["line"], "did you mean `timeout-missing`" in one["message"]) for one in found] == [(2, True)]
    assert "A suppression suppresses nothing." in mlcheck("explain", "suppression-unused", at=tmp_path).out


def test_a_baseline_takes_in_what_is_there_but_never_a_killer(tmp_path: Path) -> None:
    lay(tmp_path, dict(demo_files("before")))
    assert mlcheck("check", "--write-baseline", at=tmp_path).code == 0
    result = json.loads(mlcheck("check", "--format", "json", at=tmp_path).out)
    outcomes = {item["id"]: item["outcome"] for item in result["items"]}
    assert outcomes["TRN-13"] == "baselined"
    assert outcomes["MLF-01"] == "fail"
    assert mlcheck("check", at=tmp_path).code == 1
    moved = tmp_path / "src" / "train_demand.py"
    moved.write_text(moved.read_text().replace("import mlflow\n", "# moved down\n\nimport mlflow\n", 1))
    again = json.loads(mlcheck("check", "--format", "json", at=tmp_path).out)
    assert {item["id"]: item["outcome"] for item in again["items"]}["TRN-13"] == "baselined"


def test_text_has_no_escapes_without_a_terminal_and_colours_where_forced(tmp_path: Path) -> None:
    lay(tmp_path, dict(demo_files("before")))
    assert "\x1b" not in mlcheck("check", at=tmp_path).out
    assert "\x1b[" in mlcheck("check", at=tmp_path, FORCE_COLOR="1").out
    assert "\x1b" not in mlcheck("check", at=tmp_path, FORCE_COLOR="1", NO_COLOR="1").out


def test_escapes_in_code_and_names_are_shown_not_printed(tmp_path: Path) -> None:
    notebook = '# Databricks notebook source\nimport mlflow\nmlflow.set_experiment("/Shared/a/\x1b[31mred\u202e")\n'
    lay(tmp_path, {"n.py": notebook})
    ran = mlcheck("check", at=tmp_path)
    assert ran.code == 1
    assert "\x1b" not in ran.out and "\u202e" not in ran.out
    assert "\\x1b" in ran.out


def test_output_goes_to_a_file_or_says_why_not(tmp_path: Path) -> None:
    lay(tmp_path, {"n.py": NOTEBOOK})
    assert mlcheck("check", "--format", "json", "--output", "out.json", at=tmp_path).code == 0
    assert json.loads((tmp_path / "out.json").read_text())["format"] == "mlcheck/check/1"
    ran = mlcheck("check", "--output", "no/such/folder.txt", at=tmp_path)
    assert ran.code == 3 and "no/such/folder.txt" in ran.err


def test_each_help_begins_with_examples(tmp_path: Path) -> None:
    for command in ("init", "check", "run", "review", "verify", "report", "packs", "explain", "demo"):
        ran = mlcheck(command, "--help", at=tmp_path)
        assert ran.code == 0
        assert ran.out.index("Examples:") < ran.out.index("Options:")
        assert f"mlcheck {command}" in ran.out


def test_version_needs_nothing(tmp_path: Path) -> None:
    ran = mlcheck("--version", at=tmp_path)
    assert (ran.code, ran.out.split()[0]) == (0, "mlcheck")


def test_alone_it_says_where_the_repository_stands(tmp_path: Path) -> None:
    assert "not in a git repository" in mlcheck(at=tmp_path).out
    git("init", "-q", "-b", "main", at=tmp_path)
    assert "next:" in mlcheck(at=tmp_path).out
    lay(tmp_path, {"n.py": NOTEBOOK})
    git("add", "-A", at=tmp_path)
    git("commit", "-qm", "one", at=tmp_path)
    assert "mlcheck init" in mlcheck(at=tmp_path).out


def test_the_same_tree_gives_the_same_bytes(tmp_path: Path) -> None:
    lay(tmp_path, dict(demo_files("before")))
    first = mlcheck("check", "--format", "json", at=tmp_path, PYTHONHASHSEED="1").out
    assert first == mlcheck("check", "--format", "json", at=tmp_path, PYTHONHASHSEED="2").out
    assert sys.version_info >= (3, 10)
