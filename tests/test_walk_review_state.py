"""The review without a terminal: every key on every screen, and what an unfinished review keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion
from walk_made import NOON

from mlcheck.packs.model import Outcome, Waiver
from mlcheck.record.model import Cited, Computed, Given, RecordItem, Searched, Shown
from mlcheck.record.reviewing import ReviewPoint, Why
from mlcheck.walk.draft import Spoken, decode, encode
from mlcheck.walk.messages import (
    Append,
    Edited,
    Effect,
    Entered,
    Event,
    Interrupted,
    OpenEditor,
    Pressed,
    SaveAndQuit,
    Scrolled,
    Sign,
    Told,
)
from mlcheck.walk.review_screens import view
from mlcheck.walk.review_state import Closing, Disputing, Judging, Opening, ReviewState, resumed, step
from mlcheck.walk.state import Over
from mlcheck.walk.verdicts import review_template
from mlcheck.walk.view import drawn, linear


def point(item_id: str, why: Why, *, name: str = "", binds: str = "ab") -> ReviewPoint:
    waiver = Waiver("low", "known and small", "rev@example.com", "2027-01-31") if why == "waived" else None
    outcome: Outcome = "waived" if waiver else "pass"
    given = Given(
        outcome, "person", None if waiver else "runs:/abc", False, "a note", waiver, "dev@example.com", NOON, None
    )
    item = RecordItem(
        id=item_id,
        pack="training",
        title=f"the title of {item_id}",
        scope="model" if name else "project",
        name=name,
        text="cd",
        killer=item_id == "TRN-07",
        computed=Computed("fail" if waiver else "unknown", "because"),
        given=given,
        exhibit=Shown("ef", '{"code": {"src/train.py": "12"}}'),
        evidence=(Cited("src/train.py", 12, 12, None, "model.fit(x, y)", "34", "seen"),),
        evidence_count=1,
        searched=Searched(("**/*.py",), "56"),
    )
    return ReviewPoint(item, why, (), binds)


POINTS = (point("TRN-07", "answered"), point("TRN-14", "waived", name="cat.ml.demand"), point("TRN-02", "answered"))


def begun() -> ReviewState:
    return ReviewState("feature-x", f"dev@example.com, {NOON}, key SHA256:dev", "rev@example.com", POINTS)


def walk(state: ReviewState, *events: Event | str) -> tuple[ReviewState, list[Effect]]:
    effects: list[Effect] = []
    for event in events:
        keys = (Pressed("enter" if key == "\n" else key, NOON) for key in event) if isinstance(event, str) else (event,)
        for each in keys:
            state, new = step(state, each)
            effects += new
    return state, effects


def test_agreeing_with_all_ends_in_the_signature() -> None:
    state, effects = walk(begun(), "\naaa")
    assert state.screen == Closing() and state.unspoken() == () and state.disputed() == ()
    assert len([one for one in effects if isinstance(one, Append)]) == 3
    state, effects = walk(state, "y")
    assert state.screen == Over(signing=True) and effects == [Sign()]


def test_a_dispute_takes_a_note() -> None:
    state, _ = walk(begun(), "\nd", Entered("  ", NOON))
    assert isinstance(state.screen, Disputing) and state.notice
    state, effects = walk(state, Entered("not that run", NOON))
    assert [one.item.id for one in state.disputed()] == ["TRN-07"] and state.screen == Judging(1)
    assert effects == [Append(Spoken("TRN-07", "project", "", "ab", "dispute", "not that run", NOON))]


def test_nothing_is_signed_while_a_point_is_open() -> None:
    state, effects = walk(begun(), "\nass", "y")
    assert state.screen == Judging(1) and effects[1:] == [] and "nothing is signed" in state.notice


def test_open_goes_to_the_first_place() -> None:
    _, effects = walk(begun(), "\no")
    assert isinstance(effects[0], OpenEditor) and effects[0].place.shown() == "src/train.py:12"


def test_back_goes_point_by_point_to_the_start() -> None:
    state, _ = walk(begun(), "\naab")
    assert state.screen == Judging(1)
    assert walk(state, "bbb")[0].screen == Opening()


def test_an_answer_that_changed_since_is_judged_again() -> None:
    entries = [Spoken("TRN-07", "project", "", "other", "agree", "", NOON)]
    assert resumed(begun(), entries).unspoken() == (0, 1, 2)


def test_a_point_shows_answer_waiver_and_evidence(snapshot: SnapshotAssertion) -> None:
    state = walk(begun(), "\na")[0]
    shown = drawn(view(state), 80, 24, 0)
    assert "\n".join("".join(span.text for span in row).rstrip() for row in shown.rows) == snapshot


def test_the_template_is_commented_yaml(snapshot: SnapshotAssertion) -> None:
    assert review_template("feature-x", POINTS) == snapshot


MODELS = (*POINTS[:1], point("TRN-14", "waived", name="m.a"), point("TRN-14", "answered", name="m.b"))


def of_models() -> ReviewState:
    return replace(begun(), points=MODELS, questions={"TRN-14": "Is it guarded?"})


def test_one_screen_shows_an_items_question_and_instances_and_one_word_agrees_with_all() -> None:
    state, _ = walk(of_models(), "\na")
    shown = "\n".join(linear(view(state)))
    assert state.screen == Judging(1) and "2 of 2 · 1 left" in shown
    assert "Is it guarded?" in shown and "1 m.a" in shown and "2 m.b" in shown
    state, effects = walk(state, "a")
    assert state.screen == Closing() and state.unspoken() == () and len(effects) == 2


def test_a_number_disputes_one_instance_and_the_other_is_still_asked() -> None:
    state, _ = walk(of_models(), "\na2d", Entered("not that model", NOON))
    assert [one.item.name for one in state.disputed()] == ["m.b"] and state.screen == Judging(1)
    state, _ = walk(state, "a")
    assert state.screen == Closing() and [one.verdict for one in state.verdicts()] == ["agree", "agree", "dispute"]


def screens() -> list[ReviewState]:
    opened = [walk(begun(), keys)[0] for keys in ("", "\n", "\na", "\nd", "\n?", "\naaa", "\nsss")]
    opened += [walk(of_models(), keys)[0] for keys in ("\na", "\na2", "\na2d", "\nad")]
    return [*opened, walk(begun(), "\nd", Edited("half"))[0]]


@pytest.mark.parametrize("state", screens())
def test_no_event_on_any_screen_breaks_the_review(state: ReviewState) -> None:
    keys = [*"adobs?qyzé1\n", "enter", "escape"]
    others: list[Event] = [Edited("x"), Entered("", NOON), Entered("x\x1b", NOON), Scrolled(2), Told("t")]
    for event in (*(Pressed(key, NOON) for key in keys), *others, Interrupted()):
        after, effects = step(state, event)
        shown = drawn(view(after), 60, 20, 0)
        assert all(cell_len("".join(span.text for span in row)) <= 60 for row in shown.rows)
        assert not any("\x1b" in text for text in linear(view(after)))
        if isinstance(after.screen, Over):
            assert effects[-1] in (SaveAndQuit(), Sign())


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from([*"adbs?\n"]).map(lambda key: Pressed("enter" if key == "\n" else key, NOON)),
    st.just(Pressed("escape", NOON)),
    st.sampled_from(["", "why", "a longer why"]).map(Edited),
    st.sampled_from(["", "why"]).map(lambda text: Entered(text, NOON)),
)


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=30))
def test_an_unfinished_review_resumes_with_what_was_said(events: list[Event]) -> None:
    state, effects = walk(begun(), "\n", *events)
    on_disk = "".join(encode(effect.entry) for effect in effects if isinstance(effect, Append))
    again = resumed(begun(), decode(on_disk))
    assert again.given == state.given and again.typed == state.typed
