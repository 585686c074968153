"""What the walk shows: screens at 80×24 as snapshots, and what holds of every screen at every size."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion
from walk_made import answered, begun, instance, items, outcome_of, said, screens, sheet, walk

from mlcheck.printable import printable
from mlcheck.walk.messages import Pressed
from mlcheck.walk.screens import view
from mlcheck.walk.state import State
from mlcheck.walk.text import Line, Span, line, rows
from mlcheck.walk.view import drawn, linear


def screen(state: State, width: int = 80, height: int = 24) -> str:
    shown = drawn(view(state), width, height, state.scroll)
    return "\n".join("".join(span.text for span in row).rstrip() for row in shown.rows)


def test_the_start_shows_change_packs_and_counts(snapshot: SnapshotAssertion) -> None:
    assert screen(begun()) == snapshot


def test_a_killer_shows_its_evidence_and_every_key(snapshot: SnapshotAssertion) -> None:
    assert screen(walk(begun(), "\n")[0]) == snapshot


def test_a_failure_shows_its_fix_and_the_keys_in_short(snapshot: SnapshotAssertion) -> None:
    assert screen(walk(begun(), "\ns")[0]) == snapshot


def test_instances_are_numbered_rows(snapshot: SnapshotAssertion) -> None:
    assert screen(walk(begun(), "\nss2")[0]) == snapshot


def test_a_waiver_is_a_form(snapshot: SnapshotAssertion) -> None:
    assert screen(walk(begun(), "\nsw", said("low"), said("known"))[0], height=20) == snapshot


def test_the_end_shows_the_whole_and_what_signing_means(snapshot: SnapshotAssertion) -> None:
    assert screen(answered()) == snapshot


def test_the_end_names_what_is_still_open(snapshot: SnapshotAssertion) -> None:
    assert screen(walk(begun(), "\nsssss")[0]) == snapshot


def test_linear_text_says_the_same_without_escapes(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(linear(view(walk(begun(), "\n")[0]))) == snapshot


def test_linear_text_wraps_by_word_and_leaves_code_whole() -> None:
    shown = view(walk(begun(), "\n")[0])
    wrapped = list(linear(shown, 60))
    assert all(len(line) <= 60 for line in wrapped if "|" not in line)
    assert " ".join(" ".join(wrapped).split()) == " ".join(" ".join(linear(shown)).split())


@pytest.mark.parametrize("state", screens())
@pytest.mark.parametrize("width, height", [(80, 24), (40, 12), (10, 3), (200, 60)])
def test_every_screen_fits_its_window(state: State, width: int, height: int) -> None:
    shown = drawn(view(state), width, height, 0)
    assert len(shown.rows) <= height
    assert all(cell_len("".join(span.text for span in row)) <= width for row in shown.rows)
    text = "\n".join(linear(view(state)))
    assert "\x1b" not in text


def test_scrolling_reaches_the_last_row_and_no_further() -> None:
    state = walk(begun(), "\n")[0]
    top = drawn(view(state), 80, 14, 0)
    assert top.last > 0
    bottom = drawn(view(state), 80, 14, 999)
    assert bottom.offset == top.last
    shown = "".join(span.text for row in bottom.rows for span in row)
    assert "https://docs.example.com/jobs" in shown and "more row" not in shown


def test_hostile_text_is_shown_as_its_escapes() -> None:
    hostile = replace(instance("unknown"), reason="a\x1b[31mb\u202ec\ud800\nnext")
    shown = screen(walk(begun(sheet((outcome_of(items()[3].item, hostile),))), "\n")[0])
    assert "a\\x1b[31mb\\u202ec\\ud800 next" in shown and "\x1b" not in shown


def test_a_pasted_note_of_ten_thousand_characters_is_taken_and_fits() -> None:
    note = "word " * 2000
    state = walk(begun(), "\nt", said(note), Pressed("b"))[0]
    state = walk(state, "\n")[0]
    assert state.notes["TRN-07", ""] == note.strip()
    assert len(drawn(view(state), 80, 24, 0).rows) <= 24


WIDE = st.text(st.one_of(st.sampled_from("ab é日本\u0301👩\u200d🏽 \t"), st.characters()), max_size=80)


@settings(deadline=None)
@given(WIDE, st.integers(10, 60), st.integers(0, 20), st.booleans())
def test_rows_keep_to_the_width_and_lose_no_word(text: str, width: int, indent: int, cut: bool) -> None:
    made = line(text, indent=indent, cut=cut)
    broken = rows([made], width)
    assert all(cell_len("".join(span.text for span in row)) <= width for row in broken)
    if not cut:
        whole = "".join(span.text for row in broken for span in row)
        expected = printable(text).replace("\t", "    ").replace("\u00a0", " ")
        assert whole.replace(" ", "") == expected.replace(" ", "")


def test_a_line_too_wide_is_cut_with_a_sign() -> None:
    row = rows([Line((Span("x" * 100),), cut=True)], 20)[0]
    assert "".join(span.text for span in row) == "x" * 19 + "…"
