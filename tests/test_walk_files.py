"""The walk's files and its editor: drafts on the disk, one process at a time, and the line to open."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcheck.commands.draft_file import DraftFile
from mlcheck.commands.template_file import read_answers_file
from mlcheck.commands.walk_outside import WalkOutside, editor_command
from mlcheck.errors import CouldNotError, UsageError
from mlcheck.packs.model import Answer
from mlcheck.project.place import Place
from mlcheck.walk.draft import Answered, Bound
from mlcheck.walk.messages import Append, OpenEditor, StartOver, Told

ONE = Answered(Bound("TRN-07", "", "exhibit", "text"), Answer("pass", "runs:/abc"))
TWO = Answered(Bound("TRN-02", "", "exhibit", "text"), Answer("pass", "é \ud800"))


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    with DraftFile(tmp_path / "drafts/x.jsonl", "x") as draft:
        draft.append(ONE)
        draft.append(TWO)
    with DraftFile(tmp_path / "drafts/x.jsonl", "x") as draft:
        assert draft.entries() == (ONE, TWO)


def test_a_torn_last_line_loses_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with DraftFile(path, "x") as draft:
        draft.append(ONE)
        draft.append(TWO)
    path.write_bytes(path.read_bytes()[:-10])
    with DraftFile(path, "x") as draft:
        assert draft.entries() == (ONE,)
        draft.append(TWO)
        assert draft.entries() == (ONE, TWO)


def test_a_draft_is_open_in_one_place_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with DraftFile(path, "x"), pytest.raises(UsageError, match="open in another terminal"):
        DraftFile(path, "x")
    DraftFile(path, "x").__exit__(None, None, None)


def test_a_draft_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "drafts").write_text("a file")
    with pytest.raises(CouldNotError, match="can't be written"):
        DraftFile(tmp_path / "drafts/x.jsonl", "x")
    with DraftFile(tmp_path / "y.jsonl", "y") as draft:
        (tmp_path / "y.jsonl").mkdir()
        with pytest.raises(CouldNotError, match="can't be written"):
            draft.append(ONE)


def test_starting_over_keeps_the_earlier_draft_beside_the_new_one(tmp_path: Path) -> None:
    with DraftFile(tmp_path / "x.jsonl", "x") as draft:
        outside = WalkOutside(tmp_path, draft, {})
        outside.carry_out(Append(ONE), print)
        outside.carry_out(StartOver(), print)
        outside.carry_out(Append(TWO), print)
        assert draft.entries() == (TWO,)
    assert "TRN-07" in (tmp_path / "x.old").read_text()


@pytest.mark.parametrize(
    "editor, command",
    [
        ("vim", ["vim", "+12", "src/train.py"]),
        ("emacs -nw", ["emacs", "-nw", "+12", "src/train.py"]),
        ("code --wait", ["code", "--wait", "--goto", "src/train.py:12"]),
        ("/usr/bin/hx", ["/usr/bin/hx", "src/train.py:12"]),
    ],
)
def test_an_editor_is_opened_at_the_line(editor: str, command: list[str]) -> None:
    assert editor_command(editor, Place("src/train.py", 12)) == command


def test_a_path_that_looks_like_an_option_is_none() -> None:
    assert editor_command("vim", Place("-c.py", 1))[-1].endswith("/-c.py")


@pytest.mark.parametrize(
    "environment, told",
    [({}, "no editor"), ({"EDITOR": "no-such-editor-here"}, "did not start"), ({"EDITOR": "false"}, "ended with 1")],
)
def test_an_editor_that_does_not_work_is_told(tmp_path: Path, environment: dict[str, str], told: str) -> None:
    with DraftFile(tmp_path / "x.jsonl", "x") as draft:
        reply = WalkOutside(tmp_path, draft, environment).carry_out(OpenEditor(Place("src/train.py", 12)), print)
    assert isinstance(reply, Told) and told in reply.text


def test_answers_that_are_not_there_are_a_usage_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(UsageError, match="can't be read"):
            read_answers_file(path)
