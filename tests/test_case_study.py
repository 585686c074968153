"""The demo is the case study: its errors where they are said to be, and nothing else wrong."""

from __future__ import annotations

import pytest
from conftest import decide

from mlcheck.knowledge.case_study import CaseError, case_errors
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.knowledge.demo_files import demo_files
from mlcheck.packs.model import Decision, Pack
from mlcheck.reports.demo_text import found


@pytest.fixture(scope="module")
def before(packs: tuple[Pack, ...]) -> Decision:
    return decide(demo_files("before"), packs)


def test_every_error_of_the_case_study_is_in_the_demo() -> None:
    ids = [error.id for error in case_errors()]
    assert ids[:24] == [str(number) for number in range(1, 25)]
    assert {"7.1", "7.2", "7.3", "8.1", "8.2", "8.3", "8.4", "S1", "S2", "S3", "S4"} == set(ids[24:])
    assert {error.check for error in case_errors()} <= CHECK_NAMES


@pytest.mark.parametrize("error", case_errors(), ids=lambda error: error.id)
def test_an_error_is_found_where_it_is_made(error: CaseError, before: Decision) -> None:
    assert found(error, before) is not None


def test_nothing_else_is_wrong_before(before: Decision) -> None:
    known = {id(reported) for error in case_errors() if (reported := found(error, before)) is not None}
    # One mistake may be two checks' to find: what is logged outside a run is a dataset here.
    same = {"log-outside-run": "dataset-outside-run"}
    checks = {(error.check, error.path) for error in case_errors()}
    # Prophet's pin is in its scoring as well, since both must be the same.
    checks.add(("known-bad-pin", "src/score_revenue.py"))
    others = [
        one.finding
        for one in before.findings
        if one.finding.severity != "info"
        and id(one) not in known
        and (same.get(one.finding.check, one.finding.check), one.finding.place.path) not in checks
    ]
    assert [(one.check, one.place.shown(), one.message) for one in others] == []


def test_nothing_is_wrong_after(packs: tuple[Pack, ...]) -> None:
    after = decide(demo_files("after"), packs)
    assert [(one.finding.check, one.finding.place.shown()) for one in after.findings] == []
    assert after.not_understood == ()
