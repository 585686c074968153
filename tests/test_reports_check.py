"""What people see of `check` and `demo`: accepted one by one, never for logic."""

from __future__ import annotations

from conftest import decide
from syrupy.assertion import SnapshotAssertion

from mlcheck.knowledge.demo_files import demo_files
from mlcheck.packs.model import Pack
from mlcheck.reports.check_text import render
from mlcheck.reports.demo_text import render as render_demo


def test_the_bad_half_as_text(packs: tuple[Pack, ...], snapshot: SnapshotAssertion) -> None:
    assert render(decide(demo_files("before"), packs)) == snapshot


def test_the_good_half_as_text(packs: tuple[Pack, ...], snapshot: SnapshotAssertion) -> None:
    assert render(decide(demo_files("after"), packs)) == snapshot


def test_the_demo_side_by_side_fits_eighty_columns(packs: tuple[Pack, ...], snapshot: SnapshotAssertion) -> None:
    before, after = (decide(demo_files(half), packs) for half in ("before", "after"))
    text = render_demo(before, after, None)
    table = text[text.index("the five packs") :]
    assert max(len(line) for line in table.splitlines() if "│" in line or "|" in line) <= 80
    assert table == snapshot


def test_colour_adds_nothing_but_colour(packs: tuple[Pack, ...]) -> None:
    import re

    decision = decide(demo_files("before"), packs)
    assert re.sub(r"\x1b\[[0-9;]*m", "", render(decision, color=True)) == render(decision)
