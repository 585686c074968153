"""Answers that no longer hold: shown and offered again, or renewed together where code alone changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from walk_made import NOON, begun, decision, instance, item, items, outcome_of, said, sheet, walk

from mlcheck.packs.model import Answer, Exhibit, ItemOutcome
from mlcheck.walk.answers import read_answers
from mlcheck.walk.draft import Answered, HalfTyped, bound, resume
from mlcheck.walk.earlier import Earlier
from mlcheck.walk.entries import AnswersError
from mlcheck.walk.messages import Append, Edited, Event, Interrupted, Pressed, Rejudged, Told
from mlcheck.walk.screens import view
from mlcheck.walk.sheet import Key, Sheet
from mlcheck.walk.state import Asking, Filling, Renewing, State
from mlcheck.walk.step import step
from mlcheck.walk.template import template
from mlcheck.walk.view import drawn, linear

_THEN = "2026-11-20T09:00:00Z"


def _on_code(item_id: str, digest: str = "new") -> ItemOutcome:
    data = {"checks": {}, "seen": [], "code": {"src/train.py": digest, "src/same.py": "same"}, "jobs": {}}
    shown = Exhibit(data, digest, ("src/train.py",))
    return outcome_of(item(item_id), replace(instance("manual"), exhibit=shown))


def _earlier(item_id: str, answer: Answer) -> Earlier:
    code = {"src/train.py": "old", "src/same.py": "same"}
    return Earlier(answer, "dana@example.com", f"text-{item_id}", "old", code, "ab" * 20)


def _sheet() -> Sheet:
    """Two answers on code, one on what a check saw, one item that was never answered."""
    made = (_on_code("TRN-20"), _on_code("TRN-21"), *items()[1:4])
    earlier: dict[Key, Earlier] = {
        ("TRN-20", ""): _earlier("TRN-20", Answer("pass", "the scaler is kept", "on dev", at=_THEN)),
        ("TRN-21", ""): _earlier("TRN-21", Answer("n/a", None, "one table", at=_THEN)),
        ("TRN-07", ""): _earlier("TRN-07", Answer("pass", "runs:/abc", "on dev", at=_THEN)),
    }
    return replace(sheet(made), earlier=earlier)


def _shown(state: State) -> str:
    return "\n".join(linear(view(state)))


def test_answers_on_code_alone_are_listed_before_their_pack() -> None:
    state, _ = walk(begun(_sheet()), "\n")
    assert state.screen == Renewing("training")
    shown = _shown(state)
    assert "2 answers of Training rest on code that changed: src/train.py." in shown
    assert "They were given by dana@example.com on 2026-11-20." in shown
    assert "the scaler is kept" in shown and "one table" in shown and "TRN-07" not in shown


def test_one_line_keeps_them_all_as_they_were() -> None:
    state, effects = walk(begun(_sheet()), "\nk", said("read the diff"))
    assert state.answers == {
        ("TRN-20", ""): Answer("pass", "the scaler is kept", "on dev; read the diff", at=NOON),
        ("TRN-21", ""): Answer("n/a", None, "one table; read the diff", at=NOON),
    }
    bindings = [one.entry.bound for one in effects if isinstance(one, Append) and isinstance(one.entry, Answered)]
    assert [one.exhibit for one in bindings] == ["new", "new"]
    assert state.screen == Asking("TRN-07") and state.notice == "2 answers kept"


def test_nothing_is_kept_without_words() -> None:
    state, _ = walk(begun(_sheet()), "\nk", said(" "))
    assert isinstance(state.screen, Renewing) and state.notice == "say what was looked at" and not state.answers


def test_enter_goes_through_them_one_by_one() -> None:
    state, _ = walk(begun(_sheet()), "\n\n")
    assert state.screen == Asking("TRN-07")
    state, _ = walk(state, "ss")
    assert state.screen == Asking("TRN-20") and "Before: pass the scaler is kept" in _shown(state)


def test_words_half_typed_are_kept() -> None:
    state, effects = walk(begun(_sheet()), "\nk", Edited("read"), Pressed("escape"), "k")
    assert state.screen == Renewing("training", "read")
    (append,) = effects
    assert isinstance(append, Append) and isinstance(append.entry, HalfTyped)
    resumed = begun(_sheet(), resume((append.entry,), _sheet()))
    assert walk(resumed, "\nk")[0].screen == Renewing("training", "read")


def test_an_answer_that_no_longer_holds_is_shown_and_typed_in_beforehand() -> None:
    state, _ = walk(begun(_sheet()), "\n\n")
    assert "Before: pass runs:/abc · note: on dev" in _shown(state)
    state, _ = walk(state, "a")
    assert isinstance(state.screen, Filling) and state.screen.form.text == "runs:/abc"
    state, _ = walk(state, said("runs:/abc"))
    assert state.answers["TRN-07", ""] == Answer("pass", "runs:/abc", "on dev", at=NOON)


def test_another_value_takes_no_earlier_note_along() -> None:
    state, _ = walk(begun(_sheet()), "\n\na", said("runs:/def"))
    assert state.answers["TRN-07", ""] == Answer("pass", "runs:/def", at=NOON)


def test_a_stale_answer_of_the_draft_is_shown_too() -> None:
    made = sheet()
    stale = made.decision.items[3]
    entry = Answered(
        replace(bound(stale, stale.instances[0]), exhibit="another"), Answer("pass", "runs:/abc", at=_THEN)
    )
    state, _ = walk(begun(made, resume((entry,), made)), "\n")
    assert state.screen == Asking("TRN-07") and "Before: pass runs:/abc" in _shown(state)


@pytest.mark.parametrize("keys", ["\n", "\nk", "\ng", "\np", "\n?"])
def test_no_event_at_a_renewal_breaks_the_walk(keys: str) -> None:
    state, _ = walk(begun(_sheet()), keys)
    events: list[Event] = [*(Pressed(key, NOON) for key in (*"afxwdortbsgp?qynk01 é", "enter", "escape"))]
    events += [Edited("x"), said("x"), said(""), said("x\x1b"), Interrupted(), Told("t"), Rejudged(decision())]
    for event in events:
        after, _ = step(state, event)
        shown = drawn(view(after), 40, 12, 0)
        assert len(shown.rows) <= 12
        assert not any("\x1b" in text for text in linear(view(after)))


def test_a_decision_with_nothing_to_renew_goes_on_with_the_items() -> None:
    state, _ = walk(begun(_sheet()), "\n", Rejudged(decision()))
    assert state.screen == Asking("TRN-07")


def test_an_answer_that_goes_stale_during_the_walk_is_shown_as_before() -> None:
    state, _ = walk(begun(), "\na", said("runs:/abc"))
    changed = [
        outcome_of(one.item, instance("unknown", exhibit="another")) if one.item.id == "TRN-07" else one
        for one in items()
    ]
    state, _ = walk(state, Rejudged(decision(changed)), "g", said("TRN-07"))
    assert "Before: pass runs:/abc" in _shown(state)


def test_the_template_shows_what_was_answered_and_may_be_renewed() -> None:
    text = template(_sheet())
    assert '    before: "pass runs:/abc · note: on dev"' in text
    assert "#   training: " in text and "2 answers of Training rest on code that changed: src/train.py" in text
    assert read_answers(text.encode(), "a.yaml", _sheet(), by="person", at=NOON).answers == {}


def _read(body: str) -> dict[Key, Answer]:
    text = f"format: mlcheck/answers/1\n{body}"
    return dict(read_answers(text.encode(), "a.yaml", _sheet(), by="agent", at=NOON).answers)


def test_a_file_renews_a_pack_and_an_entry_wins() -> None:
    answers = _read("renew: {training: read the diff}\nanswers: {TRN-20: {outcome: pass, value: not any more}}\n")
    assert answers == {
        ("TRN-20", ""): Answer("pass", "not any more", by="agent", at=NOON),
        ("TRN-21", ""): Answer("n/a", None, "one table; read the diff", by="agent", at=NOON),
    }


@pytest.mark.parametrize(
    "body, told",
    [("renew: {trainin: x}", "did you mean `training`"), ("renew: {training: }", "say what was looked at")],
)
def test_a_renewal_needs_a_pack_and_words(body: str, told: str) -> None:
    with pytest.raises(AnswersError) as caught:
        _read(body + "\n")
    assert told in caught.value.line()


def test_a_pack_with_nothing_to_renew_is_passed_over() -> None:
    text = b"format: mlcheck/answers/1\nrenew: {job: read it}\n"
    taken = read_answers(text, "a.yaml", _sheet(), by="person", at=NOON)
    assert taken.answers == {} and taken.passed_over == ("job has nothing to renew: its line is passed over",)
