"""The answers file: what it takes, and each mistake by its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from walk_made import NOON, instance, items, outcome_of, sheet

from mlcheck.errors import ConfigurationError
from mlcheck.packs.model import Answer, Waiver
from mlcheck.project.yaml_nodes import plain, read_yaml
from mlcheck.walk.answers import Taken, read_answers
from mlcheck.walk.entries import AnswersError
from mlcheck.walk.sheet import Sheet
from mlcheck.walk.template import template


def taken(body: str, made: Sheet | None = None) -> Taken:
    text = "format: mlcheck/answers/1\nanswers:\n" + body
    return read_answers(text.encode(), "answers.yaml", made or sheet(), by="person", at=NOON)


def mistakes(body: str) -> list[str]:
    with pytest.raises(AnswersError) as caught:
        taken(body)
    return caught.value.line().split("\n")


def test_every_kind_of_answer_is_taken() -> None:
    answers = taken(
        """\
  TRN-07: {outcome: pass, value: "runs:/abc", note: "on dev"}
  TRN-03: {outcome: waived, waiver: {risk: low, reason: "known", approver: "lead@example.com", until: 2026-12-31}}
  TRN-14:
    outcome: n/a
    note: "no divisions"
    each:
      cat.ml.ltv: {outcome: pass, value: 0.870}
  JOB-10: {outcome: fail, note: "it did not end well"}
"""
    ).answers
    waiver = Waiver("low", "known", "lead@example.com", "2026-12-31")
    assert answers == {
        ("TRN-07", ""): Answer("pass", "runs:/abc", "on dev", at=NOON),
        ("TRN-03", ""): Answer("waived", None, "", waiver, at=NOON),
        ("TRN-14", "cat.ml.demand"): Answer("n/a", None, "no divisions", at=NOON),
        ("TRN-14", "cat.ml.ltv"): Answer("pass", "0.870", at=NOON),
        ("JOB-10", ""): Answer("fail", None, "it did not end well", at=NOON),
    }


def test_the_template_shows_each_and_the_keys_of_a_waiver() -> None:
    text = template(sheet())
    assert "#   each: {" in text
    assert "    # waiver: {risk: low|medium|high, reason: , approver: , until: YYYY-MM-DD}" in text


def test_an_item_without_an_outcome_stays_open() -> None:
    assert taken("  TRN-07: {outcome: , value: , note: }\n  TRN-02:\n").answers == {}


def test_an_answer_to_an_item_that_was_decided_meanwhile_is_passed_over() -> None:
    result = taken("  TRN-01: {outcome: pass, value: x}\n  TRN-07: {outcome: pass, value: 'runs:/abc'}\n")
    assert result.passed_over == ("TRN-01 was decided meanwhile (pass): its answer is passed over",)
    assert set(result.answers) == {("TRN-07", "")}


def test_an_empty_template_answers_nothing_and_holds_every_item() -> None:
    text = template(sheet())
    assert read_answers(text.encode(), "t.yaml", sheet(), by="person", at=NOON) == Taken({}, ())
    entries = plain(read_yaml(text, "t.yaml"))["answers"]
    assert list(entries) == ["TRN-07", "TRN-03", "TRN-14", "TRN-02", "JOB-10"]
    for entry in entries.values():
        assert {"kind", "question", "found", "choices", "expected"} <= set(entry)


def test_a_template_with_mixed_instances_asks_for_each() -> None:
    models = outcome_of(items()[4].item, instance("fail", "a: b"), instance("unknown", 'c"d'))
    text = template(sheet((models,)))
    each = plain(read_yaml(text, "t.yaml"))["answers"]["TRN-14"]["each"]
    assert list(each) == ["a: b", 'c"d'] and "waiver" in each["a: b"]


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_template_is_yaml_whatever_the_project_names(name: str, question: str) -> None:
    made = outcome_of(items()[4].item, instance("unknown", name))
    text = template(sheet((made,)))
    assert plain(read_yaml(text, "t.yaml"))["answers"]["TRN-14"]["outcome"] is None


@pytest.mark.parametrize(
    "body, told",
    [
        ("  TRN-7: {outcome: pass}\n", "3: no item `TRN-7`; did you mean `TRN-07`?"),
        ("  TRN-07:\n    outcom: pass\n", "4: `outcom` is no key of an answer; did you mean `outcome`?"),
        ("  TRN-07:\n    outcome: passed\n", "4: `passed` is no outcome; did you mean `pass`?"),
        ("  TRN-07:\n    outcome: pass\n", "4: TRN-07: give the address; give `value`"),
        ("  TRN-07:\n    outcome: pass\n    value: yes\n", "5: TRN-07: `yes` is no address"),
        ("  TRN-02:\n    outcome: pass\n    value: ok\n", "5: TRN-02: say what was confirmed, in words"),
        ("  TRN-07:\n    outcome: n/a\n", "TRN-07: `n/a` needs a note: why; give `note`"),
        ("  TRN-03:\n    outcome: pass\n    value: x\n", "4: TRN-03 can't be answered `pass`: computed fail"),
        ("  TRN-03:\n    outcome: waived\n", "4: the waiver has no risk, reason, approver, until"),
        (
            "  TRN-03:\n    outcome: waived\n    waiver:\n      risk: low\n      until: 2026-12-01\n",
            "6: the waiver has no reason, approver; give",
        ),
        (
            "  TRN-03:\n    outcome: waived\n"
            "    waiver: {risk: low, reason: r, approver: 'lead@example.com', until: 2031-01-01}\n",
            "5: TRN-03: the waiver may end on 2027-05-24 at the latest",
        ),
        (
            "  TRN-03:\n    outcome: waived\n    waiver: {risc: low}\n",
            "5: `risc` is no key of a waiver; did you mean `risk`?",
        ),
        ("  TRN-07:\n    value: x\n", "TRN-07 has a value, a note or a waiver, and no outcome"),
        ("  TRN-07: pass\n", "3: `TRN-07` is not a mapping"),
        ("  TRN-07:\n    outcome: [pass]\n", "4: `outcome` is not a text"),
        ('  TRN-07:\n    outcome: pass\n    value: "a\\eb"\n', "5: the value holds the character"),
        ("  TRN-14:\n    each:\n      cat.ml.dem: {outcome: n/a}\n", "5: TRN-14 has no instance `cat.ml.dem`; did"),
        ("  TRN-07: {outcome: }\n  TRN-07: {outcome: }\n", "4: `TRN-07` is given twice; keep one of them"),
        (
            "  JOB-10:\n    outcome: waived\n"
            "    waiver: {risk: low, reason: r, approver: 'a@example.com', until: 2026-12-01}\n",
            "4: JOB-10 can't be answered `waived`: policy forbids",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(body: str, told: str) -> None:
    lines = mistakes(body)
    assert any(line.startswith("answers.yaml:") and told in line for line in lines), lines


def test_all_mistakes_are_told_at_once() -> None:
    lines = mistakes("  TRN-7: {outcome: pass}\n  TRN-03: {outcome: pass, value: x}\n")
    assert [line.split(":")[1] for line in lines] == ["3", "4"]


@pytest.mark.parametrize(
    "data, told",
    [
        (b"", "answers.yaml:1: an answers file is a mapping; begin with `format: mlcheck/answers/1`"),
        (b"answers: {}\n", "answers.yaml:1: not a format that this version reads"),
        (b"format: mlcheck/answers/9\n", "answers.yaml:1: not a format that this version reads"),
        (b"format: mlcheck/answers/1\nanswer: {}\n", "answers.yaml:2: `answer` is no key of an answers file"),
        (b"format: mlcheck/answers/1\nanswers: 3\n", "answers.yaml:2: `answers` is not a mapping"),
        (b"format: 'x\n", "answers.yaml:1: not YAML"),
        (b"format: mlcheck/answers/1\n\xff\n", "answers.yaml:2: not UTF-8"),
        (b"x" * (5 << 20), "answers.yaml: the answers are larger than 4 MiB"),
        (b"format: mlcheck/answers/1\nanswers: " + b"[" * 70, "answers.yaml:2: nested deeper than 64"),
    ],
)
def test_a_file_that_is_no_answers_file_is_named(data: bytes, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_answers(data, "answers.yaml", sheet(), by="person", at=NOON)
    assert caught.value.line().startswith(told)


@given(st.binary(max_size=200))
def test_any_bytes_give_answers_or_a_named_error(data: bytes) -> None:
    try:
        read_answers(data, "answers.yaml", sheet(), by="person", at=NOON)
    except ConfigurationError as error:
        assert error.line()
