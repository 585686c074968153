"""`mlcheck run` and `mlcheck review` in a real terminal, on a real repository, to a signed record."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from seen import Screen

sys.path.insert(0, str(Path(__file__).parents[1]))

from walk_repository import REV, commit, fill, make_key, make_repository, needs_ssh

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


def in_terminal(repository: Path, *arguments: str) -> Screen:
    source = str(Path(mlcheck.__file__).parents[1])
    environment = {**os.environ, "TERM": "xterm", "GIT_CONFIG_GLOBAL": "/dev/null", "PYTHONPATH": source}
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
