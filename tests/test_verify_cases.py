"""Each forgery of tests/cases/verify gives exactly the codes that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from signed_repository import Signed, copy_of_valid, needs_ssh_keygen
from verify_cases import apply, load_cases

from mlcheck.record.codes import PAGES, Code
from mlcheck.reports import verify_json, verify_text
from mlcheck.verify.rules import codes_given

CASES = load_cases()
pytestmark = needs_ssh_keygen


@pytest.fixture
def signed(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Signed:
    return copy_of_valid(tmp_path_factory, tmp_path)


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_a_forgery_gives_its_codes(signed: Signed, case: dict[str, Any]) -> None:
    for step in case["steps"]:
        apply(signed, step)
    verification = signed.verify()
    given = {found.code.value if found.code else "none" for found in verification.findings}
    expected = set(case["codes"])
    assert given == expected, verify_text.render(verification)
    assert verification.exit_code == (1 if case["codes"] else 0)
    assert verify_json.render(verification)


def test_every_code_has_a_rule_a_meaning_and_a_forgery() -> None:
    forged = {code for _, case in CASES for code in case["codes"]} | {"E_BASE_MISSING"}  # test_verify_change
    assert codes_given() == set(Code) == set(PAGES)
    assert forged == {code.value for code in Code}
