"""What a person sees in a terminal, with its colours: small and large, on dark and on light."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from seen import Screen
from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal here")

PROGRAM = Path(__file__).with_name("made_walk.py")
BACKGROUNDS = {"dark": "15;0", "light": "0;15"}
LARGE, SMALL, NARROW = (120, 40), (80, 24), (60, 24)


def shown(folder: Path, size: tuple[int, int], environment: Mapping[str, str], keys: str, until: str) -> Screen:
    kept = {name: value for name, value in os.environ.items() if name not in _SAID_BY_ENVIRONMENT}
    made = {**kept, "TERM": "xterm-256color", **environment}
    draft = folder / f"{len(list(folder.iterdir()))}.jsonl"  # a walk of its own
    screen = Screen([str(PROGRAM), str(draft), "rich"], made, size=size)
    screen.wait("Enter begins")
    for key in keys:
        screen.press(key)
    screen.wait(until)
    screen.settled()
    return screen


_SAID_BY_ENVIRONMENT = ("COLORFGBG", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_HYPERLINK")


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    "keys, until",
    [("", "Enter begins"), ("\r", "TRN-07 KILLER"), ("\rs", "TRN-03"), ("\rsw", "Risk"), ("\rsssss", "a answers")],
    ids=["start", "killer", "failure", "waiver", "end"],
)
def test_screens(
    tmp_path: Path, keys: str, until: str, size: tuple[int, int], background: str, snapshot: SnapshotAssertion
) -> None:
    screen = shown(tmp_path, size, {"COLORFGBG": BACKGROUNDS[background]}, keys, until)
    assert screen.styled() == snapshot
    screen.end()


def test_a_narrow_window_shows_it_all(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    screen = shown(tmp_path, NARROW, {}, "\r", "TRN-07 KILLER")
    assert screen.styled() == snapshot
    screen.end()


def test_without_colours_the_words_say_the_same(tmp_path: Path) -> None:
    with_colours = shown(tmp_path, SMALL, {}, "\rs", "TRN-03")
    without = shown(tmp_path, SMALL, {"CLICOLOR": "0"}, "\rs", "TRN-03")
    assert with_colours.shown() == without.shown() and with_colours.styled() != without.styled()
    assert not any(colour in without.styled() for colour in ("red", "green", "brown", "cyan", "magenta"))
    forced = shown(tmp_path, SMALL, {"CLICOLOR": "0", "FORCE_COLOR": "2"}, "\rs", "TRN-03")
    assert forced.styled() == with_colours.styled()
    for screen in (with_colours, without, forced):
        screen.end()


def test_a_resized_window_is_drawn_anew(tmp_path: Path) -> None:
    screen = shown(tmp_path, SMALL, {}, "\r", "TRN-07 KILLER")
    screen.resize(60, 20)
    screen.wait("TRN-07 KILLER", "more row")
    assert all(len(row.rstrip()) <= 60 for row in screen.screen.display)
    screen.resize(120, 40)
    screen.wait("https://docs.example.com/jobs", "a answer")
    screen.end()


def test_places_and_addresses_are_links_where_the_terminal_has_them(tmp_path: Path) -> None:
    linked = shown(tmp_path, SMALL, {"FORCE_HYPERLINK": "1"}, "\r", "> 88 |")
    opened = linked.bytes.count(b"\x1b]8;;file://") + linked.bytes.count(b"\x1b]8;;https://docs.example.com/jobs\x1b\\")
    assert opened == 2 and b"/project/src/train.py\x1b\\" in linked.bytes
    after = linked.bytes.rpartition(b"\x1b]8;;https://docs.example.com/jobs\x1b\\")[2]
    assert b"\x1b]8;;\x1b\\" in after  # and the link ends
    linked.end()
    plain = shown(tmp_path, SMALL, {"FORCE_HYPERLINK": "0"}, "\r", "> 88 |")
    assert b"\x1b]8" not in plain.bytes and "src/train.py:88" in plain.shown()
    plain.end()
