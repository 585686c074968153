"""The walk in real terminals: drawn at 80×24, and as linear text."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from seen import Screen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal here")

PROGRAM = Path(__file__).with_name("made_walk.py")


def held(draft: Path, kind: str, term: str = "xterm-256color") -> Screen:
    return Screen([str(PROGRAM), str(draft), kind], {**os.environ, "TERM": term})


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return tmp_path / "draft.jsonl"


@pytest.fixture
def drawn(draft: Path) -> Iterator[Screen]:
    screen = held(draft, "rich")
    yield screen
    screen.end()


def test_a_whole_walk_by_keys_ends_in_signing(drawn: Screen) -> None:
    drawn.wait("3 of 7 decided", "Enter begins")
    drawn.press("\r")
    drawn.wait("TRN-07 KILLER", "> 88 |", "a answer")
    drawn.press("a")
    drawn.wait("A URL")
    drawn.press("runs:/abc\r")
    drawn.wait("TRN-03", "fix")
    drawn.press("a")
    drawn.wait("computed fail can't be answered pass")
    drawn.press("w")
    for label, text in (("Risk", "1"), ("Reason", "known"), ("Approver", "lead@example.com")):
        drawn.wait(label)
        drawn.press(text + "\r")
    drawn.wait("Until")
    drawn.press("2026-12-31\r")
    drawn.wait("TRN-14", "An answer is for 2 instances")
    drawn.press("a")
    drawn.wait("A number")
    drawn.press("0.9\r")
    drawn.wait("TRN-02")
    drawn.press("a")
    drawn.wait("What you confirmed")
    drawn.press("read the encodings\r")
    drawn.wait("JOB-10")
    drawn.press("a")
    drawn.wait("Which one", "2  staging")
    drawn.press("2\r")
    drawn.wait("Everything is answered.", "SHA256:abc")
    drawn.press("y")
    drawn.wait("over: signing=True interrupted=False answers=6")


def test_escape_goes_back_and_arrows_scroll(drawn: Screen) -> None:
    drawn.wait("Enter begins")
    drawn.press("\r")
    drawn.wait("TRN-07 KILLER")
    drawn.press("s")
    drawn.wait("TRN-03")
    drawn.press("\x1b")
    drawn.wait("TRN-07 KILLER")
    drawn.press("\x1b[B")  # an arrow is no Esc
    time.sleep(0.2)
    drawn.wait("TRN-07 KILLER")


def test_ctrl_c_in_a_field_saves_what_was_typed(drawn: Screen, draft: Path) -> None:
    drawn.wait("Enter begins")
    drawn.press("\rf")
    drawn.wait("What is wrong")
    drawn.press("half a no")
    drawn.wait("half a no")
    drawn.press("\x03")
    drawn.wait("over: signing=False interrupted=True")
    again = held(draft, "rich")
    again.wait("An unfinished walk is kept")
    again.press("\rf")
    again.wait("half a no")
    again.end()


def test_a_killed_walk_resumes_with_what_was_answered(drawn: Screen, draft: Path) -> None:
    drawn.wait("Enter begins")
    drawn.press("\ra")
    drawn.wait("A URL")
    drawn.press("runs:/abc\r")
    drawn.wait("TRN-03")
    drawn.child.kill(signal.SIGKILL)
    again = held(draft, "rich")
    again.wait("1 item answered")
    again.press("\r")
    again.wait("TRN-03")
    again.end()


def test_the_cursor_position_is_never_asked_for(drawn: Screen) -> None:
    drawn.wait("Enter begins")
    drawn.press("\rq")
    drawn.wait("over:")
    assert b"\x1b[6n" not in drawn.bytes


def test_a_key_is_answered_within_a_moment(drawn: Screen) -> None:
    drawn.wait("Enter begins")
    started = time.monotonic()
    drawn.press("\r")
    drawn.wait("TRN-07 KILLER")
    assert time.monotonic() - started < 1.0


def test_a_pasted_note_of_ten_thousand_characters_is_one_event_and_kept(drawn: Screen, draft: Path) -> None:
    note = "word " * 1999 + "the end"
    drawn.wait("Enter begins")
    drawn.press("\rt")
    drawn.wait("Note:")
    drawn.press(f"\x1b[200~{note}\x1b[201~")
    drawn.wait("word the e")
    drawn.press("\r")
    drawn.wait("note kept")
    assert draft.read_text().count("\n") < 20
    assert note in draft.read_text()


def test_a_paste_without_brackets_is_kept_too(drawn: Screen, draft: Path) -> None:
    note = "x" * 3000 + "the end"
    drawn.wait("Enter begins")
    drawn.press("\rt")
    drawn.wait("Note:")
    drawn.press(note)
    drawn.wait("xthe")
    drawn.press("\r")
    drawn.wait("note kept")
    assert note in draft.read_text() and draft.stat().st_size < 1_000_000


def test_text_pasted_where_keys_are_meant_presses_none(drawn: Screen) -> None:
    drawn.wait("Enter begins")
    drawn.press("\r")
    drawn.wait("TRN-07 KILLER")
    drawn.press("\x1b[200~sq\nq\n\x1b[201~")
    drawn.wait("pasted text goes into a field", "TRN-07 KILLER")


def test_keys_typed_ahead_are_taken_in_their_order(drawn: Screen) -> None:
    drawn.press("\ra")  # before anything is shown
    drawn.wait("A URL")
    drawn.press("runs:/abc\rd")
    drawn.wait("Why the detector is wrong")


def test_ctrl_z_stops_and_fg_draws_it_all_again(draft: Path) -> None:
    shell = Screen(["-c", "import os; os.execlp('bash', 'bash', '--norc', '-i')"], {**os.environ, "PS1": "$ "})
    shell.wait("$ ")
    shell.press(f"{sys.executable} {PROGRAM} {draft} rich\r")
    shell.wait("Enter begins")
    shell.press("\rf")
    shell.wait("What is wrong")
    shell.press("half a no")
    shell.wait("half a no")
    shell.press("\x1a")
    shell.wait("Stopped")
    shell.press("fg\r")
    shell.wait("What is wrong", "half a no")
    shell.press("te\r")
    shell.wait("TRN-03")
    shell.end()


def test_a_closed_terminal_loses_nothing(drawn: Screen, draft: Path) -> None:
    drawn.wait("Enter begins")
    drawn.press("\rf")
    drawn.wait("What is wrong")
    drawn.press("half a no")
    drawn.wait("half a no")
    drawn.child.close(force=False)
    again = held(draft, "rich")
    again.wait("An unfinished walk is kept")
    again.press("\rf")
    again.wait("half a no")
    again.end()


def test_a_full_disk_is_told_and_the_walk_goes_on_once_there_is_room(draft: Path, tmp_path: Path) -> None:
    drawn = Screen([str(PROGRAM), str(draft), "rich", "300"], {**os.environ, "TERM": "xterm-256color"})
    drawn.wait("Enter begins")
    drawn.press("\rf")
    drawn.wait("What is wrong")
    drawn.press("a reason " * 30)
    drawn.wait("NOT SAVED", "can't be written")
    drawn.press("\r")
    drawn.wait("NOT SAVED", "What is wrong")
    (tmp_path / "room").touch()
    drawn.press("\r")
    drawn.wait("TRN-03")
    assert "a reason a reason" in draft.read_text()
    drawn.end()


def at_the_first_item(linear: Screen) -> None:
    linear.child.expect_exact("Enter begins")
    linear.child.expect_exact("key: ")
    linear.child.sendline("")
    linear.child.expect_exact("TRN-07 KILLER")
    linear.child.expect_exact("key: ")


@pytest.fixture
def linear(draft: Path) -> Iterator[Screen]:
    screen = held(draft, "plain", term="dumb")
    yield screen
    screen.end()


def test_linear_text_asks_by_lines_and_has_no_escapes(linear: Screen) -> None:
    linear.child.expect_exact("Enter begins")
    for text, expected in (
        ("", "TRN-07 KILLER"),
        ("a", "A URL"),
        ("yes", "no address"),
        ("runs:/abc", "TRN-03"),
        ("d", "Why the detector is wrong"),
        ("", "TRN-03"),
        ("d", "Why the detector is wrong"),
        ("it is guarded", "TRN-14"),
        ("2", "> 2"),
        ("nonsense", "type one of the keys"),
        ("q", "over: signing=False interrupted=False answers=2"),
    ):
        linear.child.sendline(text)
        linear.child.expect_exact(expected)
        assert b"\x1b" not in linear.child.before


def test_a_line_of_ten_thousand_characters_is_taken_whole_in_linear_text(linear: Screen, draft: Path) -> None:
    note = "word " * 1999 + "the end"
    at_the_first_item(linear)
    linear.child.sendline("t")
    linear.child.expect_exact("goes back): ")
    linear.child.send(note)
    linear.child.expect_exact("the end")
    linear.child.send("\n")
    linear.child.expect_exact("note kept")
    assert note in draft.read_text()


def test_lines_pasted_into_a_field_are_its_text_and_no_keys(linear: Screen, draft: Path) -> None:
    at_the_first_item(linear)
    linear.child.sendline("t")
    linear.child.expect_exact("goes back): ")
    linear.child.send("first\nq\nlast\n")
    linear.child.expect_exact("last")
    linear.child.send("\n")
    linear.child.expect_exact("note kept")
    assert "first\\nq\\nlast" in draft.read_text()
    linear.child.send("q\nx\n")  # where keys are meant, pasted lines press none
    linear.child.expect_exact("type one of the keys")


def test_what_is_half_typed_in_linear_text_is_kept_and_edited(linear: Screen, draft: Path) -> None:
    at_the_first_item(linear)
    linear.child.sendline("f")
    linear.child.expect_exact("goes back): ")
    linear.child.send("half a noX\x7f日\x7f")
    linear.child.expect_exact("\b \b\b \b")
    linear.child.kill(signal.SIGKILL)
    assert '"text": "half a no"' in draft.read_text().splitlines()[-1]


def test_escape_goes_back_in_linear_text_and_arrows_do_nothing(linear: Screen) -> None:
    at_the_first_item(linear)
    linear.child.sendline("f")
    linear.child.expect_exact("goes back): ")
    linear.child.send("\x1b[D")
    linear.child.send("\x1b")
    linear.child.expect_exact("TRN-07 KILLER")
    assert b"\x1b" not in linear.child.before


def test_ctrl_d_in_linear_text_saves_and_ends(linear: Screen) -> None:
    linear.child.expect_exact("Enter begins")
    linear.child.sendeof()
    linear.child.expect_exact("over: signing=False interrupted=True")
