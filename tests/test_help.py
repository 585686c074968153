"""`mlcheck help`: every variable that is read and every exit code stands on its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import mlcheck as call

from mlcheck import errors
from mlcheck.cli.help_topics import TOPICS
from mlcheck.record.standing import _SOURCE_BRANCH

SOURCE = Path(errors.__file__).parent
_READ = re.compile(r"environ(?:ment)?(?:\.get\(|\[)\"([A-Z_]+)\"")
EDITORS = {"GIT_EDITOR", "VISUAL", "EDITOR"}
TERMINALS = {"TERM_PROGRAM", "VTE_VERSION", "KITTY_WINDOW_ID", "CI"}  # what a terminal says of itself


def test_every_variable_that_is_read_is_told() -> None:
    files = [path for part in ("cli", "walk", "commands") for path in (SOURCE / part).rglob("*.py")]
    read = {name for path in files for name in _READ.findall(path.read_text(encoding="utf-8"))}
    told = TOPICS["environment"].text
    assert {"NO_COLOR", "TERM", "ACCESSIBLE", "FORCE_HYPERLINK", "MLCHECK_DEBUG"} <= read
    assert [name for name in sorted((read - TERMINALS) | EDITORS) if name not in told] == []
    assert _SOURCE_BRANCH[0] in told


def test_every_exit_code_is_told() -> None:
    told = TOPICS["exit-codes"].text
    for code in (0, 1, errors.USAGE, errors.COULD_NOT, errors.INTERRUPTED):
        assert re.search(rf"^  {code} ", told, re.MULTILINE)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_page_fits_eighty_columns_and_is_printed(topic: str, tmp_path: Path) -> None:
    done = call("help", topic, at=tmp_path)
    assert done.code == 0 and TOPICS[topic].text in done.out
    assert all(len(line) <= 79 for line in done.out.splitlines())


def test_alone_it_lists_commands_and_topics(tmp_path: Path) -> None:
    shown = call("help", at=tmp_path).out
    assert "verify" in shown and all(topic in shown for topic in TOPICS)


def test_a_commands_help_is_its_own_and_a_wrong_name_gets_the_nearest(tmp_path: Path) -> None:
    assert "--answers-template" in call("help", "run", at=tmp_path).out
    wrong = call("help", "enviroment", at=tmp_path)
    assert wrong.code == 2 and "did you mean `environment`?" in wrong.err
