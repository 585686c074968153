"""Each check does what its page, its examples and its cases say."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_files import Case, read_cases
from conftest import decide

from mlcheck.checks import all_checks
from mlcheck.checks.base import Check
from mlcheck.checks.examples import expected_of, files_of
from mlcheck.packs.model import Decision, Pack

CASES = list(read_cases(Path(__file__).parent / "cases" / "checks"))
CHECKS = list(all_checks().values())


def found(decision: Decision) -> set[tuple[str, int, str]]:
    return {(one.finding.place.path, one.finding.place.line, one.finding.check) for one in decision.findings}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_bad_example_is_found_where_it_says(check: Check, packs: tuple[Pack, ...]) -> None:
    files = files_of(check.bad)
    expected = [one for one in expected_of(files) if one.check == check.name]
    assert expected
    decision = decide(files, packs)
    mine = [one for one in decision.findings if one.finding.check == check.name]
    assert {(one.finding.place.path, one.finding.place.line) for one in mine} == {(e.path, e.line) for e in expected}
    for one in expected:
        messages = [f.finding.message for f in mine if f.finding.place.line == one.line]
        assert any(one.text in message for message in messages), messages


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_good_example_is_silent_and_seen(check: Check, packs: tuple[Pack, ...]) -> None:
    decision = decide(files_of(check.good), packs)
    assert [one.finding.message for one in decision.findings if one.finding.check == check.name] == []
    items = [item for item in decision.items if check.name in item.item.decided_by]
    assert items
    assert any(item.evidence for item in items), "nothing was looked at"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_has_a_page_with_its_error_its_source_and_its_fix(check: Check) -> None:
    assert check.page.startswith(check.page.strip()[0])
    for section in ("Breaks with:", "Source:", "Fix:"):
        assert section in check.page, section


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_lies_in_the_file_of_its_name(check: Check) -> None:
    folder = Path(__file__).parents[1] / "src" / "mlcheck" / "checks"
    assert (folder / f"{check.name.replace('-', '_')}.py").is_file()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_no_example_raises_or_passes_when_a_file_no_longer_parses(check: Check, packs: tuple[Pack, ...]) -> None:
    words = " ".join(check.mentions)  # what does not parse concerns a check by the words in its file
    files = {path: f"{text}\n%%% ({words}\n" for path, text in files_of(check.good).items()}
    decision = decide(files, packs)
    for item in decision.items:
        if check.name in item.item.decided_by:
            assert item.outcome != "pass", (item.item.id, item.reason)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}: {case.name}")
def test_cases(case: Case, packs: tuple[Pack, ...]) -> None:
    decision = decide(case.files, packs)
    wanted = {(path, line, check) for path, line, check, _ in case.expected("error")}
    about = {case.source.removesuffix(".md").replace("_", "-"), *(check for _, _, check in wanted)}
    mine = {row for row in found(decision) if row[2] in about}
    assert mine == wanted, [one.finding.message for one in decision.findings if one.finding.check in about]
    for path, line, check, text in case.expected("error"):
        messages = [
            one.finding.message
            for one in decision.findings
            if (one.finding.place.path, one.finding.place.line, one.finding.check) == (path, line, check)
        ]
        assert any(text in message for message in messages), messages
    outcomes = {item.item.id: item for item in decision.items}
    for item_id, outcome in case.outcomes.items():
        item = outcomes[item_id]
        if outcome == "not pass":
            assert item.outcome != "pass", (item_id, item.reason)
        else:
            assert item.outcome == outcome, (item_id, item.reason)
    for path, line, check, text in case.expected("unknown"):
        places = {
            (evidence.place.path, evidence.place.line, evidence.note)
            for item in decision.items
            if check in item.item.decided_by
            for evidence in item.evidence
        }
        assert any(p == path and n == line and text in note for p, n, note in places), places
