"""Verifying a change whose items are decided by checks that the team's pack declares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import signed_repository
from signed_repository import PACK, REVIEWER, Keys, Signed, commit, git, make_signed, needs_ssh_keygen

pytestmark = needs_ssh_keygen

CHECKS = """\
checks:
  - name: team-depth-logged
    message: "`{call}` is not called"
    why: nobody knew the depth
    call: {name: mlflow.log_param, required: true}
  - name: team-owner-missing
    message: nobody owns it
    why: nobody knew whom to call
    file: {path: OWNERS, contains: "ml@example.com"}
  - name: team-pickle
    message: "`{module}` is imported"
    why: it runs code
    import: {module: pickle}
  - name: team-name-missing
    message: "`{key}` is not there"
    why: nobody found it
    bundle: {key: resources.jobs.*.name}
"""
DECIDED = "decided_by: [team-depth-logged, team-owner-missing, team-pickle, team-name-missing]"


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signed:
    for name in [name for name in os.environ if name.startswith(("GIT_", "CI_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    pack = PACK.replace("items:\n", f"{CHECKS}items:\n", 1).replace("decided_by: []", DECIDED, 1)
    monkeypatch.setattr(signed_repository, "PACK", pack)
    (tmp_path / "keys").mkdir()
    return make_signed(tmp_path / "repository", Keys(tmp_path / "keys"))


def outcomes(signed: Signed) -> dict[str, str]:
    return {item.item.id: item.outcome for item in signed.decide()[0].items}


def test_a_fail_that_declared_checks_found_is_signed_and_verified(signed: Signed) -> None:
    assert outcomes(signed)["TEAM-02"] == "fail"  # OWNERS is not there
    assert signed.verify().valid


def test_what_the_change_mends_makes_the_answer_stale(signed: Signed) -> None:
    (signed.root / "OWNERS").write_text("ml@example.com\n")
    signed.commit("Somebody owns it")
    assert outcomes(signed)["TEAM-02"] == "pass"
    assert "E_STALE" in signed.codes() or "E_AUTO_DISAGREES" in signed.codes()


def test_a_rule_that_changes_on_the_base_is_named(signed: Signed) -> None:
    branch = git(signed.root, "rev-parse", "--abbrev-ref", "HEAD").strip()
    base = next(name for name in ("main", "master") if name in git(signed.root, "branch", "--list"))
    git(signed.root, "checkout", "-q", base)
    path = signed.root / ".mlcheck/packs/team.yaml"
    path.write_text(path.read_text().replace("path: OWNERS", "path: CODEOWNERS"))
    commit(signed.root, "Another file", who=REVIEWER)
    git(signed.root, "checkout", "-q", branch)
    assert "E_PACK_CHANGED" in signed.codes()
