"""Verifying a change as it goes on: pushes, rewritten history, other engines, and what goes wrong on the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from signed_repository import (
    CONFIG,
    DEVELOPER,
    NOW,
    REVIEWER,
    Keys,
    Signed,
    copy_of_valid,
    git,
    make_signed,
    needs_ssh_keygen,
)

from mlcheck.commands.verify import verify as verify_command
from mlcheck.errors import ConfigurationError
from mlcheck.record.chain import current
from mlcheck.record.codes import Code
from mlcheck.record.reviewing import reviewable
from mlcheck.record.standing import BaseMissingError
from mlcheck.reports import verify_json, verify_text
from mlcheck.verify.verify import blocking_review

pytestmark = needs_ssh_keygen
LATER = NOW + timedelta(seconds=30)


@pytest.fixture
def signed(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signed:
    for name in [name for name in os.environ if name.startswith(("GIT_", "CI_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    return copy_of_valid(tmp_path_factory, tmp_path)


def append(signed: Signed, name: str, text: str) -> None:
    path = signed.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + text)


# --- the contract -----------------------------------------------------------------


def test_a_valid_change_exits_0_and_says_who_signed(signed: Signed) -> None:
    verification, code = verify_command(signed.root)
    assert code == 0 and verification.valid
    document = json.loads(verify_json.render(verification))
    assert document["format"] == "mlcheck/verify/1"
    assert (document["valid"], document["rechecked"], document["change"]) == (True, True, "forecast")
    assert document["signed_by"] == {"dev": DEVELOPER, "review": REVIEWER} and document["findings"] == []
    assert verify_text.render(verification).startswith("valid: ")


def test_a_finding_has_code_item_path_message_and_help(signed: Signed) -> None:
    append(signed, "src/train.py", "    mlflow.log_param('seed', 7)\n")
    signed.commit()
    verification, code = verify_command(signed.root)
    assert code == 1
    stale = [one for one in json.loads(verify_json.render(verification))["findings"] if one["item"] == "PRE-01"]
    assert stale[0]["code"] == "E_STALE" and stale[0]["path"] == "src/train.py"
    assert stale[0]["message"] and stale[0]["help"] and stale[0]["family"] == "stale"


def test_without_the_recheck_nothing_is_valid_and_the_exit_is_3(signed: Signed) -> None:
    verification, code = verify_command(signed.root, recheck=False)
    assert (code, verification.rechecked, verification.valid) == (3, False, False)
    assert verification.findings == ()
    assert verify_text.render(verification).startswith("not verified: ")


def test_no_base_exits_3_with_its_code(signed: Signed) -> None:
    for base in ("nowhere", "forecast"):
        verification, code = verify_command(signed.root, base=base)
        assert code == 3 and [one.code for one in verification.findings] == [Code.E_BASE_MISSING]
        assert json.loads(verify_json.render(verification))["findings"][0]["code"] == "E_BASE_MISSING"


def test_a_base_that_descends_from_the_head_is_refused(signed: Signed) -> None:
    git(signed.root, "checkout", "-q", "-b", "relaxed")
    append(signed, ".mlcheck/config.toml", "[policy]\nrequire_review = false\n")
    signed.commit("Relax")
    git(signed.root, "checkout", "-q", "forecast")
    with pytest.raises(BaseMissingError, match="holds the head already"):
        signed.verify(base="relaxed")


def test_a_broken_config_on_the_base_is_a_configuration_error(signed: Signed) -> None:
    git(signed.root, "checkout", "-q", "main")
    append(signed, ".mlcheck/config.toml", "[policy]\nrequire_reviw = true\n")
    signed.commit("Break it")
    git(signed.root, "checkout", "-q", "forecast")
    with pytest.raises(ConfigurationError, match="require_reviw"):
        verify_command(signed.root)


def test_what_goes_wrong_on_the_way_is_no_pass(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    git_alone = signed.root.parent / "bin"
    git_alone.mkdir()
    (git_alone / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(git_alone))
    verification, code = verify_command(signed.root)
    assert code == 3 and not verification.valid
    assert verification.findings[0].code is None and "ssh-keygen" in verification.findings[0].message


def test_damage_to_the_object_store_is_no_pass_and_no_traceback(signed: Signed) -> None:
    git(signed.root, "gc", "-q", "--prune=now")
    for pack in (signed.root / ".git/objects/pack").glob("*.pack"):
        pack.chmod(0o644)
        data = pack.read_bytes()
        pack.write_bytes(data[: len(data) // 2] + b"\0" * 64 + data[len(data) // 2 + 64 :])
    verification, code = verify_command(signed.root)
    assert code == 3 and not verification.valid


# --- a change goes on -------------------------------------------------------------


def test_a_push_that_leaves_the_exhibits_leaves_the_answers(signed: Signed) -> None:
    append(signed, "docs/notes.md", "Notes\n")
    signed.commit()
    verification = signed.verify()
    assert verification.valid


def test_after_a_push_the_stale_answers_alone_are_asked_and_the_rest_is_carried_over(signed: Signed) -> None:
    first = current(signed.records())[0]
    append(signed, "src/train.py", "    mlflow.log_param('seed', 7)\n")
    signed.commit()
    stale = {one.item for one in signed.verify().findings}
    signed.sign_off(at=LATER)
    signed.commit("Sign off again")
    record = current(signed.records())[0].developer
    carried = {item.id for item in record.items if item.given.from_}
    asked = {item.id for item in record.items if item.given.by == "person" and not item.given.from_}
    assert record.previous == first.sha256
    assert carried and asked == stale - {None}
    assert all(
        item.given.at != record.time and item.given.from_ == first.sha256 for item in record.items if item.given.from_
    )
    assert signed.codes() == {"E_NO_REVIEW"}
    signed.review(at=LATER)
    signed.commit("Review again", who=REVIEWER)
    assert signed.verify().valid
    held = [one for one in signed.records() if one.record.role == "review"]
    assert {verdict.id for one in held for verdict in one.review.verdicts if verdict.from_} == carried


def test_answers_are_carried_over_from_the_base_of_a_later_change(signed: Signed) -> None:
    git(signed.root, "checkout", "-q", "main")
    git(signed.root, "merge", "-q", "--squash", "forecast")
    signed.commit("Forecast")
    git(signed.root, "checkout", "-q", "-b", "notes")
    append(signed, "README.md", "How it works\n")
    signed.commit("Notes")
    signed.sign_off(at=LATER)
    signed.commit("Sign off")
    record = current(signed.records())[0].developer
    assert all(item.given.from_ for item in record.items if item.given.by == "person")
    signed.review(at=LATER)
    signed.commit("Review", who=REVIEWER)
    assert signed.verify().valid


def test_a_waiver_that_ended_is_not_carried_over(signed: Signed) -> None:
    signed.sign_off(at=NOW + timedelta(days=40))
    newest = current(signed.records())[0]
    waived = [item for item in newest.developer.items if item.given.outcome == "waived"]
    assert waived and all(item.given.from_ is None for item in waived)


def test_a_squashed_or_rebased_branch_is_as_good_as_before(signed: Signed) -> None:
    git(signed.root, "checkout", "-q", "main")
    append(signed, "docs/other.md", "Other\n")
    signed.commit("The base moves on")
    git(signed.root, "checkout", "-q", "forecast")
    git(signed.root, "rebase", "-q", "main")
    assert signed.verify().valid
    git(signed.root, "reset", "-q", "--soft", "main")
    signed.commit("All in one")
    verification = signed.verify()
    assert verification.valid
    assert any("not in the history" in note for note in verification.notes)


def test_a_shallow_clone_verifies(signed: Signed, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    url = f"file://{signed.root}"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", "--branch", "forecast", url, str(clone))
    verification = Signed(clone, signed.keys).verify(base="origin/main")
    assert verification.valid, verify_text.render(verification)
    assert any("shallow" in note for note in verification.notes)


def test_a_crlf_checkout_is_no_change(signed: Signed, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "-c", "core.autocrlf=true", "clone", "-q", str(signed.root), str(clone))
    git(clone, "config", "core.autocrlf", "true")
    assert b"\r\n" in (clone / "src/train.py").read_bytes()
    git(clone, "update-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert Signed(clone, signed.keys).verify(base="origin/main").valid


def test_a_record_that_was_not_committed_is_told(signed: Signed) -> None:
    git(signed.root, "reset", "-q", "--soft", "HEAD~2")
    git(signed.root, "reset", "-q")
    (finding,) = signed.verify().findings
    assert finding.code is Code.E_NO_SIGNOFF and "git add" in finding.help


def test_a_project_in_a_folder_of_a_repository_is_verified_by_itself(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    root = tmp_path / "repository"
    signed = make_signed(root, Keys(tmp_path / "keys"))
    inner = root / "pipelines" / "churn"
    git(root, "checkout", "-q", "main")
    shutil.copytree(root, inner, ignore=shutil.ignore_patterns(".git", "pipelines", "signoffs"))
    signed.commit("A second project", who=REVIEWER)
    git(root, "checkout", "-q", "-b", "churn")
    append(Signed(inner, signed.keys), "src/train.py", "    mlflow.log_param('k', 1)\n")
    signed.commit("Log it")
    churn = Signed(inner, signed.keys)
    churn.sign_off()
    churn.commit("Sign off")
    churn.review()
    churn.commit("Review", who=REVIEWER)
    verification = churn.verify()
    assert verification.valid, verify_text.render(verification)
    assert "pipelines/churn/src/train.py#L" in churn.path_of("dev").with_suffix(".md").read_text()
    append(signed, "src/train.py", "# the other project\n")
    signed.commit("The other project")
    assert churn.verify().valid


# --- other engines ----------------------------------------------------------------


def with_engine(signed: Signed) -> None:
    def change(statement: dict[str, Any]) -> None:
        statement["predicate"]["engine"]["python"] = "3.9"

    signed.forge("dev", change)
    signed.path_of("review").unlink()
    signed.review()
    git(signed.root, "reset", "-q", "--soft", "main")
    signed.commit("The change")


def test_another_engine_that_agrees_is_a_note(signed: Signed) -> None:
    with_engine(signed)
    verification = signed.verify()
    assert verification.valid and any("Python 3.9" in note for note in verification.notes)


def test_another_engine_that_disagrees_is_neither_a_pass_nor_a_contradiction(signed: Signed) -> None:
    with_engine(signed)
    append(signed, "src/train.py", "    mlflow.log_param('seed', 7)\n")
    signed.commit()
    verification = signed.verify()
    assert verification.exit_code == 3 and not verification.valid
    (finding,) = verification.findings
    assert finding.code is None and "Python 3.9" in finding.message and "pip install" in finding.help


# --- reviewing --------------------------------------------------------------------


def test_a_change_without_a_review_can_be_reviewed_and_a_stale_one_can_not(signed: Signed) -> None:
    signed.path_of("review").unlink()
    git(signed.root, "reset", "-q", "--soft", "main")
    signed.commit("The change")
    assert blocking_review(signed.verify()) == ()
    append(signed, "src/train.py", "    mlflow.log_param('seed', 7)\n")
    signed.commit()
    assert {one.code for one in blocking_review(signed.verify())} == {Code.E_STALE}


def test_the_reviewer_speaks_of_every_answer_and_waiver_and_of_one_pass_where_asked(signed: Signed) -> None:
    developer = current(signed.records())[0]
    points = reviewable(developer)
    spoken = {item.key for item in developer.developer.items if item.given.by != "tool"}
    assert {point.key for point in points} == spoken
    assert {point.why for point in points} == {"answered", "waived"}
    (drawn,) = [one for one in reviewable(developer, open_one_pass=True) if one.why == "drawn"]
    assert drawn.item.given.outcome == "pass" and drawn.key not in spoken


def test_where_the_policy_asks_for_an_open_pass_a_review_without_it_is_incomplete(signed: Signed) -> None:
    git(signed.root, "checkout", "-q", "main")
    append(signed, ".mlcheck/config.toml", "[policy]\nopen_one_pass = true\n")
    signed.commit("Ask for it", who="admin@example.com")
    git(signed.root, "checkout", "-q", "forecast")
    assert signed.codes() == {"E_NO_REVIEW"}
    signed.path_of("review").unlink()
    signed.review(at=LATER)
    git(signed.root, "reset", "-q", "--soft", git(signed.root, "merge-base", "main", "HEAD"))
    signed.commit("The change")
    assert signed.verify().valid


def test_the_first_branch_of_a_repository_that_trusts_nobody_says_how_to_begin(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    root = tmp_path / "repository"
    make_signed(root, Keys(tmp_path / "keys"), CONFIG)
    git(root, "checkout", "-q", "main")
    git(root, "rm", "-q", "-r", ".mlcheck")
    git(root, "commit", "-q", "--amend", "-m", "Nothing yet")
    git(root, "checkout", "-q", "forecast")
    verification = Signed(root, Keys(tmp_path / "keys")).verify()
    unknown = [one for one in verification.findings if one.code is Code.E_UNKNOWN_SIGNER]
    assert len(unknown) > 1 and all("mlcheck init" in one.help for one in unknown)
    git(root, "rm", "-q", "-r", ".mlcheck/signoffs")
    Signed(root, Keys(tmp_path / "keys")).commit("Nothing signed")
    assert Signed(root, Keys(tmp_path / "keys")).codes() >= {"E_UNKNOWN_SIGNER", "E_NO_SIGNOFF"}


def test_verify_runs_as_a_program_without_a_terminal(signed: Signed) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlcheck", "verify", str(signed.root), "--format", "json"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["valid"] is True
