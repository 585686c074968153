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


def test_ctrl_d_in_linear_text_saves_and_ends(linear: Screen) -> None:
    linear.child.expect_exact("Enter begins")
    linear.child.sendeof()
    linear.child.expect_exact("over: signing=False interrupted=True")
