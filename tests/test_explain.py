"""`mlcheck explain`: a page for whatever has a name, the nearest for what hasn't, all within 80 columns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from mlcheck.checks import all_checks
from mlcheck.checks.base import Check
from mlcheck.commands.explain import explain
from mlcheck.errors import UsageError
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.knowledge.error_catalogue import error_catalogue
from mlcheck.packs.load import shipped_packs
from mlcheck.packs.vocabulary import ANSWER_KINDS, APPLIES_TO, ROLES, SCOPES
from mlcheck.record.codes import PAGES
from mlcheck.reports.check_page import check_page, missing_page, page_text
from mlcheck.reports.style import Style

HERE = Path(__file__).parent / "cases"  # a folder without packs of its own
PACKS = shipped_packs()
ITEMS = {item.id: item for pack in PACKS for item in pack.items}

CHECK = Check(
    "lamp-left-on",
    "error",
    lambda facts: (),
    """A lamp is left on.

It burns until somebody comes, and the house is billed for it; a lamp in a cellar
burns for weeks.

    with lamp.on():
        read()

Breaks with: LampError: the bulb of lamp 3 is gone
Breaks with: nothing: it is billed
Source: lamps 2.1, executed; the manual's
chapter on lamps.

Fix: with lamp.on():
         read()
""",
    bad="""\
# file: house.py
lamp.on()  # error: [lamp-left-on] `lamp` is left on
# file: very/long.py
read(the_first_of_the_books, the_second_of_the_books, the_third_of_the_books, and_others)
""",
    good="with lamp.on():\n    read()\n",
    mentions=(),
)


def test_a_check_s_page_shows_what_breaks_both_examples_and_the_fix(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(check_page(CHECK, [ITEMS["JOB-04"]], error_catalogue()[:2], Style())) == snapshot


def test_a_page_is_taken_apart_by_its_labels() -> None:
    text = page_text(CHECK.page)
    assert text.summary == "A lamp is left on."
    assert text.breaks == ("LampError: the bulb of lamp 3 is gone", "nothing: it is billed")
    assert text.sources == ("lamps 2.1, executed; the manual's chapter on lamps.",)
    assert text.fix == "with lamp.on():\n    read()"
    assert len(text.prose) == 2


def test_a_check_that_is_not_there_yet_says_so(snapshot: SnapshotAssertion) -> None:
    page = missing_page("column-not-found", [ITEMS["PRE-01"]], error_catalogue()[:2], Style())
    assert "\n".join(page) == snapshot


def test_an_error_s_page_shows_how_it_is_said(snapshot: SnapshotAssertion) -> None:
    page = explain("timeseries-keys-several", HERE)
    assert re.sub(r"\(not yet\)", "", page) == snapshot


@pytest.mark.parametrize("name", sorted(CHECK_NAMES))
def test_every_check_has_a_page(name: str) -> None:
    page = explain(name, HERE)
    if name == "suppression-unused":
        return
    assert page.startswith(name)
    if name in all_checks():
        for part in ("\nwrong\n", "\nright\n", "\nfix ", "\ndecides ", f"# mlcheck: ignore[{name}]"):
            assert part in page, part
    else:
        assert "No check of this name exists yet" in page and "\n  asks " in page


NAMES = [*CHECK_NAMES, *ITEMS, *(code.value for code in PAGES), *(pack.name for pack in PACKS)]
WORDS = [*APPLIES_TO, *SCOPES, *ROLES, *ANSWER_KINDS, "unknown", "n/a", "killer", "warning"]
ERRORS = [name for error in error_catalogue() for name in (error.id, *error.conditions, *error.under, *error.codes)]


@pytest.mark.parametrize("name", sorted({*NAMES, *WORDS, *ERRORS}))
def test_every_name_has_a_page_within_80_columns(name: str) -> None:
    lines = explain(name, HERE).splitlines()
    assert lines
    wide = [line for line in lines if len(line) > 80 and "http" not in line and " " in line.strip()]
    assert wide == []


def test_alone_it_lists_everything_by_pack() -> None:
    text = explain(None, HERE)
    assert max(map(len, text.splitlines())) <= 80
    for name in {*NAMES, *(error.id for error in error_catalogue())}:
        assert name in text, name
    heads = [text.index(f"pack {pack.name} ") for pack in PACKS]
    assert heads == sorted(heads)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("timeout-mising", "nothing is called `timeout-mising`; did you mean `timeout-missing`?"),
        ("PRE-1", "did you mean `PRE-01`?"),
        ("UNRESOLVED_COLUMS", "did you mean `UNRESOLVED_COLUMN`?"),
        ("E_STAL", "did you mean `E_STALE`?"),
        ("featuretable", "did you mean `feature-table`?"),
        ("zzzz", "nothing is called `zzzz`; `mlcheck explain` lists all that there is"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(name: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        explain(name, HERE)
    assert text in caught.value.line()


def test_a_name_is_taken_as_people_write_it() -> None:
    assert explain("`Exit-Hides-Failure`", HERE) == explain("exit-hides-failure", HERE)
    assert explain("[UNRESOLVED_COLUMN.WITH_SUGGESTION]", HERE).startswith("a column that isn't there is read")
    assert explain("mlf-01", HERE).startswith("MLF-01")
    assert "the case study's error 16" in explain("16", HERE)


def test_colour_adds_nothing_but_colour() -> None:
    for name in ("exit-hides-failure", "column-not-found", "UNRESOLVED_COLUMN", "E_STALE", "training", None):
        coloured = explain(name, HERE, color=True)
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == explain(name, HERE)
