"""A review shows what changed since the last signature: before beside now, or one below the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_walk_review_state import begun, point, walk
from walk_repository import REV, commit, fill, make_key, make_repository, needs_ssh

from mlcheck.commands.review import ReviewOptions, review
from mlcheck.commands.run import run
from mlcheck.commands.run_under_way import RunOptions
from mlcheck.record.model import Computed
from mlcheck.walk.messages import Astray, Sign
from mlcheck.walk.review_changes import ChangedLine, Since, changed_lines
from mlcheck.walk.review_screens import view
from mlcheck.walk.review_state import Closing, ReviewState
from mlcheck.walk.view import drawn, linear

CHANGED = changed_lines(["a = 1", "model.fit(x, y)", "exit(0)"], ["a = 1", "model.fit(x, z)", "raise", "print()"])


def looking_back() -> ReviewState:
    before = replace(point("TRN-07", "answered").item, computed=Computed("fail", "exits with 0"))
    items = {before.key: before, point("TRN-02", "answered").key: point("TRN-02", "answered").item}
    code = {("src/train.py", 12): [(11, "import os"), (12, "model.fit(x, z)"), (13, "raise")]}
    since = Since("since dev@example.com signed on 2026-11-20", items, {"src/train.py": CHANGED}, code)
    return replace(begun(), since=since)


def test_lines_that_took_anothers_place_stand_beside_it() -> None:
    assert (
        ChangedLine((2, "model.fit(x, y)"), (2, "model.fit(x, z)")),
        ChangedLine((3, "exit(0)"), (3, "raise")),
        ChangedLine(None, (4, "print()")),
    ) == CHANGED


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_what_changed_and_what_did_not_make_up_the_text(before: list[str], now: list[str]) -> None:
    changed = changed_lines(before, now)
    gone = {each.before[0] for each in changed if each.before}
    new = {each.now[0] for each in changed if each.now}
    stayed = [text for number, text in enumerate(before, 1) if number not in gone]
    assert stayed == [text for number, text in enumerate(now, 1) if number not in new]


def shown(state: ReviewState, width: int, height: int) -> str:
    rows = drawn(view(state), width, height, 0).rows
    return "\n".join("".join(span.text for span in row).rstrip() for row in rows)


@pytest.mark.parametrize("width, height", [(80, 30), (120, 40)])
def test_an_answer_that_changed_shows_both(width: int, height: int, snapshot: object) -> None:
    assert shown(walk(looking_back(), "\n")[0], width, height) == snapshot


def test_the_opening_says_how_much_changed_and_an_item_that_did_not_says_so() -> None:
    state = looking_back()
    text = "\n".join(linear(view(state)))
    assert "2 of 3 answers differ, 3 changed lines in 1 files since dev@example.com signed on 2026-11-20" in text
    text = "\n".join(linear(view(walk(state, "\nss")[0])))
    assert "nothing of it changed since dev@example.com signed" in text
    text = "\n".join(linear(view(walk(state, "\ns")[0])))
    assert "it was not there since" in text


def test_linear_text_shows_before_and_now_below_each_other() -> None:
    text = "\n".join(linear(view(walk(looking_back(), "\n")[0])))
    assert text.index("before  found: fail, exits with 0") < text.index("now     found: unknown, because")
    assert " -    2 | model.fit(x, y)" in text and " +    2 | model.fit(x, z)" in text


def test_while_the_files_are_anothers_no_review_is_signed() -> None:
    state, _ = walk(begun(), "\naaa", Astray("the files are on `main` now"))
    state, effects = walk(state, "y")
    assert isinstance(state.screen, Closing) and effects == [] and "`main`" in "\n".join(linear(view(state)))
    assert walk(state, Astray(""), "y")[1] == [Sign()]


@needs_ssh
def test_a_second_record_is_reviewed_against_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.delenv("CI", raising=False)
    (tmp_path / "keys").mkdir()
    for name in ("dev", "rev"):
        make_key(tmp_path / "keys", name)
    repository = make_repository(tmp_path / "repository", tmp_path / "keys")
    key = str(tmp_path / "keys/dev")
    template, answers = tmp_path / "t.yaml", tmp_path / "a.yaml"

    def signed() -> None:
        run(RunOptions(repository, answers_template=str(template)))
        assert run(RunOptions(repository, answers=fill(template, answers), key=key)).exit_code == 0
        commit(repository, "signed")

    signed()
    text = (repository / "train.py").read_text()
    (repository / "train.py").write_text(text.replace('"rows", 12', '"rows", 13'))
    commit(repository, "another count")
    signed()
    states: list[ReviewState] = []

    def converse(talk: object, state: ReviewState, *rest: object, **more: object) -> ReviewState:
        states.append(state)
        return state

    monkeypatch.setattr("mlcheck.commands.review.converse", converse)
    monkeypatch.setattr("mlcheck.commands.review.need_terminal", lambda: None)
    review(ReviewOptions(repository, key=str(tmp_path / "keys/rev"), principal=REV))
    since = states[0].since
    assert since.words.startswith("since dev@example.com signed on") and since.items
    (changed,) = since.changed["train.py"]
    assert changed.before is not None and changed.now is not None
    assert '"rows", 12' in changed.before[1] and '"rows", 13' in changed.now[1]
