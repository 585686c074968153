"""`mlcheck run` and `mlcheck review` in a real terminal, on a real repository, to a signed record."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from seen import Screen

sys.path.insert(0, str(Path(__file__).parents[1]))

from walk_repository import REV, commit, fill, git, make_key, make_repository, needs_ssh

import mlcheck
from mlcheck.commands.run import run
from mlcheck.commands.run_under_way import RunOptions
from mlcheck.errors import UsageError

pytestmark = [needs_ssh, pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal here")]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("dev", "rev"):
        make_key(folder, name)
    return folder


@pytest.fixture
def repository(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.delenv("CI", raising=False)
    return make_repository(tmp_path / "repository", keys)


def in_terminal(repository: Path, *arguments: str, **more: str) -> Screen:
    source = str(Path(mlcheck.__file__).parents[1])
    environment = {**os.environ, "TERM": "xterm", "GIT_CONFIG_GLOBAL": "/dev/null", "PYTHONPATH": source, **more}
    for name in ("CI", "NO_COLOR", "ACCESSIBLE"):
        environment.pop(name, None)
    return Screen(["-m", "mlcheck", *arguments], environment, repository)


def answer_all(repository: Path, folder: Path) -> None:
    """Every answer into the draft; nothing is signed, since no key is named."""
    run(RunOptions(repository, answers_template=str(folder / "t.yaml")))
    with pytest.raises(UsageError, match="no key to sign with"):
        run(RunOptions(repository, answers=fill(folder / "t.yaml", folder / "a.yaml")))


def test_ctrl_c_prints_the_command_that_goes_on_and_exits_130(repository: Path) -> None:
    screen = in_terminal(repository, "run", "--pack", "mlflow")
    screen.wait("Enter begins")
    screen.press("\r")
    screen.wait("a answer")
    screen.press("\x03")
    said, code = screen.ended()
    assert code == 130 and "Go on with: mlcheck run --pack mlflow" in said


def test_quitting_leaves_the_items_open(repository: Path) -> None:
    screen = in_terminal(repository, "run", "--plain")
    screen.wait("key:")
    screen.press("q\r")
    said, code = screen.ended()
    assert code == 1 and "saved;" in said and b"\x1b" not in screen.bytes


def test_a_second_walk_of_the_same_change_is_told_of_the_first(repository: Path) -> None:
    first = in_terminal(repository, "run")
    first.wait("Enter begins")
    said, code = in_terminal(repository, "run").ended()
    assert code == 2 and "open in another terminal" in said
    first.end()
    again = in_terminal(repository, "run")
    again.wait("Enter begins")
    again.end()


def test_walk_sign_review_and_verify_by_keys(repository: Path, keys: Path, tmp_path: Path) -> None:
    answer_all(repository, tmp_path)
    screen = in_terminal(repository, "run", "--key", str(keys / "dev"))
    screen.wait("An unfinished walk is kept")
    screen.press("\r")
    screen.wait("Everything is answered.", "dev@example.com, key SHA256:")
    screen.press("y")
    said, code = screen.ended()
    assert code == 0 and "signed by dev@example.com" in said
    commit(repository, "signed")

    screen = in_terminal(repository, "review", "--key", str(keys / "rev"), "--principal", REV)
    first = screen.wait("Enter begins")
    count = int(first.partition(" to agree with or dispute")[0].split()[-1])
    screen.press("\r")
    for number in range(1, count + 1):
        screen.wait(f"review · {number} of {count}")
        screen.press("a")
    screen.wait("Everything is agreed with.", "It means: I reviewed these answers")
    screen.press("y")
    said, code = screen.ended()
    assert code == 0 and f"agrees with all {count}" in said
    commit(repository, "reviewed")
    said, code = in_terminal(repository, "verify").ended()
    assert code == 0, said


FAILING = """\
# Databricks notebook source
import mlflow

dbutils.widgets.text("catalog", "main")
mlflow.set_experiment("/Shared/demand")
try:
    with mlflow.start_run():
        mlflow.log_metric("rows", 12)
except Exception as error:
    dbutils.notebook.exit(str(error))
"""
MENDED = "    raise"


def failing(repository: Path) -> None:
    (repository / "train.py").write_text(FAILING)
    commit(repository, "exits")


def test_a_fix_is_opened_mended_judged_again_and_left_with_four_keys(repository: Path, tmp_path: Path) -> None:
    failing(repository)
    editor = tmp_path / "editor"  # the person's own keys in it are not counted
    editor.write_text("#!/bin/sh\necho $1 >> $0.calls\nsed -i 's/    dbutils.notebook.exit.*/    raise/' $2\n")
    editor.chmod(0o755)
    screen = in_terminal(repository, "run", "--item", "TRN-07", GIT_EDITOR=str(editor))
    screen.wait("Enter begins")
    screen.press("\r")
    screen.wait("TRN-07", "FAIL by")
    screen.press("o")
    screen.wait("TRN-07 was fail and is")
    assert editor.with_name("editor.calls").read_text() == "+10\n"
    screen.press("\r")
    screen.wait("the whole")
    screen.end()


def test_a_file_that_is_saved_elsewhere_is_judged_again_without_a_key(repository: Path) -> None:
    failing(repository)
    screen = in_terminal(repository, "run", "--item", "TRN-07")
    screen.wait("Enter begins")
    screen.press("\r")
    screen.wait("TRN-07", "FAIL by")
    (repository / "train.py").write_text(FAILING.replace("    dbutils.notebook.exit(str(error))", MENDED))
    screen.wait("TRN-07 was fail and is")
    screen.end()


def test_a_branch_switched_under_the_walk_is_told_and_nothing_is_lost(repository: Path) -> None:
    screen = in_terminal(repository, "run")
    screen.wait("Enter begins")
    screen.press("\rf")
    screen.wait("What is wrong")
    screen.press("a reason\r")
    screen.wait("2 of")
    git(repository, "switch", "-q", "main")
    screen.wait("the files are on `main` now, and this walk is of `feature-x`", "`git switch feature-x` goes")
    git(repository, "switch", "-q", "feature-x")
    screen.wait("the files are those of this walk again")
    screen.press("q")
    said, code = screen.ended()
    assert code == 1 and "saved;" in said
    again = in_terminal(repository, "run", "--plain")
    again.wait("1 item answered")
    again.end()


def test_the_end_shows_the_report_as_it_will_be(repository: Path, keys: Path, tmp_path: Path) -> None:
    answer_all(repository, tmp_path)
    screen = in_terminal(repository, "run", "--key", str(keys / "dev"))
    screen.wait("An unfinished walk is kept")
    screen.press("\r")
    screen.wait("Everything is answered.", "v the report in full")
    screen.press("v")
    screen.wait("Signed by dev@example.com, review not in this report", "feature-x")
    screen.press("\r")
    screen.wait("Everything is answered.")
    screen.end()


def test_a_commit_made_during_the_walk_is_the_one_that_is_signed(repository: Path, keys: Path, tmp_path: Path) -> None:
    answer_all(repository, tmp_path)
    screen = in_terminal(repository, "run", "--key", str(keys / "dev"))
    screen.wait("An unfinished walk is kept")
    screen.press("\r")
    screen.wait("Everything is answered.")
    (repository / "README.md").write_text("a pipeline, told\n")
    commit(repository, "told")
    screen.press("y")
    said, code = screen.ended()
    assert code == 0 and "signed by dev@example.com" in said
    record = next((repository / ".mlcheck/signoffs/feature-x").glob("dev-*.md")).read_text()
    assert git(repository, "rev-parse", "HEAD")[:12] in record


def test_a_passphrase_is_asked_for_on_the_terminal(repository: Path, keys: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.write_bytes((keys / "dev").read_bytes())
    locked.chmod(0o600)
    (tmp_path / "locked.pub").write_bytes((keys / "dev.pub").read_bytes())
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret-words", "-f", str(locked)], check=True)
    answer_all(repository, tmp_path)
    screen = in_terminal(repository, "run", "--key", str(locked))
    screen.wait("Enter goes on")
    screen.press("\r")
    screen.wait("Everything is answered.")
    screen.press("y")
    screen.wait("passphrase")
    screen.press("secret-words\r")
    said, code = screen.ended()
    assert code == 0 and "signed by dev@example.com" in said
