"""From a repository without a record to a verified one, by the commands alone, with two real keys."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import git, mlcheck

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs OpenSSH's ssh-keygen")

VALUES = {
    "confirm": "read the code of the branch, and it is as asked",
    "text": "compared with the schemas of the branch",
    "number": "12",
    "path": "databricks.yml",
    "url": "https://host.example.com/ml/runs/abc",
    "date": "2026-01-31",
}


def make_key(folder: Path, name: str) -> Path:
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
    return path


def answered(template: str) -> dict[str, Any]:
    """The template with every open item answered by a value of its kind."""
    answers: dict[str, Any] = {}
    for item, entry in yaml.safe_load(template)["answers"].items():
        value = VALUES.get(entry["kind"]) or entry["choices"][0]
        answers[item] = {"outcome": "pass", "value": value, "note": "for the test"}
    return {"format": "mlcheck/answers/1", "answers": answers}


@pytest.fixture
def laid_out(tmp_path: Path) -> tuple[Path, Path, Path]:
    """The demo as a repository whose base trusts two keys, on the branch of the change."""
    project = tmp_path / "demo"
    assert mlcheck("demo", "--into", project, at=tmp_path).code == 0
    keys = [make_key(tmp_path, name) for name in ("dev", "rev")]
    git("checkout", "-q", "main", at=project)
    with (project / ".mlcheck" / "allowed_signers").open("a") as signers:
        for key in keys:
            public = key.with_suffix(".pub").read_text()
            signers.write(f'{key.name}@example.com namespaces="mlcheck-signoff" {public}')
    git("commit", "-qam", "Signers", at=project)
    git("checkout", "-q", "follow-checklists", at=project)
    git("rebase", "-q", "main", at=project)
    return project, keys[0], keys[1]


def test_an_unsigned_change_becomes_a_signed_reviewed_and_verified_one(laid_out: tuple[Path, Path, Path]) -> None:
    project, dev, rev = laid_out
    before = mlcheck("verify", at=project)
    assert before.code == 1
    assert "E_NO_SIGNOFF" in before.out

    developer = ("--key", str(dev), "--principal", "dev@example.com")
    template = mlcheck("run", "--answers-template", "-", *developer, at=project)
    assert template.code == 0, template.err
    answers = project.parent / "answers.yaml"
    answers.write_text(yaml.safe_dump(answered(template.out)))
    signed = mlcheck("run", "--answers", answers, *developer, at=project)
    assert signed.code == 0, signed.out + signed.err
    git("add", "-A", at=project)
    git("commit", "-qm", "Sign off", at=project)
    assert "E_NO_REVIEW" in mlcheck("verify", at=project).out

    reviewer = ("--key", str(rev), "--principal", "rev@example.com")
    points = yaml.safe_load(mlcheck("review", "--answers-template", "-", *reviewer, at=project).out)["review"]
    verdicts = project.parent / "verdicts.yaml"
    agreed = {item: {"verdict": "agree"} for item in points}
    verdicts.write_text(yaml.safe_dump({"format": "mlcheck/answers/1", "review": agreed}))
    reviewed = mlcheck("review", "--answers", verdicts, *reviewer, at=project)
    assert reviewed.code == 0, reviewed.out + reviewed.err
    git("add", "-A", at=project)
    git("commit", "-qm", "Review", at=project)

    verified = mlcheck("verify", "--format", "json", at=project)
    assert verified.code == 0, verified.out
    result = json.loads(verified.out)
    assert result["valid"] is True and result["rechecked"] is True
    assert result["signed_by"] == {"dev": "dev@example.com", "review": "rev@example.com"}

    again = mlcheck("run", "--answers", answers, *developer, at=project)
    assert again.code == 0 and "nothing is new" in again.out
    assert git("status", "--short", at=project) == ""

    notebook = project / "src" / "train_pricing.py"
    notebook.write_text(notebook.read_text().replace("int(len(data) * 0.8)", "int(len(data) * 0.7)"))
    git("commit", "-qam", "Another cut", at=project)
    stale = mlcheck("verify", "--format", "json", at=project)
    assert stale.code == 1
    assert "E_STALE" in {finding["code"] for finding in json.loads(stale.out)["findings"]}


def test_a_comment_or_an_empty_line_makes_nothing_stale(laid_out: tuple[Path, Path, Path]) -> None:
    project, dev, _ = laid_out
    developer = ("--key", str(dev), "--principal", "dev@example.com")
    template = mlcheck("run", "--answers-template", "-", *developer, at=project)
    answers = project.parent / "answers.yaml"
    answers.write_text(yaml.safe_dump(answered(template.out)))
    assert mlcheck("run", "--answers", answers, *developer, at=project).code == 0
    notebook = project / "src" / "train_pricing.py"
    notebook.write_text(notebook.read_text().replace("cut = int(", "# the last fifth is held out\n\ncut = int("))
    git("add", "-A", at=project)
    git("commit", "-qm", "A comment", at=project)
    found = json.loads(mlcheck("verify", "--format", "json", at=project).out)["findings"]
    assert {finding["code"] for finding in found} == {"E_NO_REVIEW"}


def test_open_items_hold_up_the_signature_and_the_draft_is_kept(laid_out: tuple[Path, Path, Path]) -> None:
    project, dev, _ = laid_out
    developer = ("--key", str(dev), "--principal", "dev@example.com")
    answers = project.parent / "some.yaml"
    one = {"PRE-04": {"outcome": "pass", "value": "none reaches a model"}}
    answers.write_text(yaml.safe_dump({"format": "mlcheck/answers/1", "answers": one}))
    ran = mlcheck("run", "--answers", answers, *developer, at=project)
    assert ran.code == 1
    assert not (project / ".mlcheck" / "signoffs").exists()
    left = yaml.safe_load(mlcheck("run", "--answers-template", "-", *developer, at=project).out)["answers"]
    assert "PRE-04" not in left and "PRE-06" in left


def test_an_answers_file_that_lies_in_the_project_makes_nothing_stale(laid_out: tuple[Path, Path, Path]) -> None:
    project, dev, _ = laid_out
    developer = ("--key", str(dev), "--principal", "dev@example.com")
    template = mlcheck("run", "--answers-template", "-", *developer, at=project)
    answers = project / "answers.yaml"
    answers.write_text(yaml.safe_dump(answered(template.out)))
    assert mlcheck("run", "--answers", answers, *developer, at=project).code == 0
    git("add", ".mlcheck/signoffs", at=project)
    git("commit", "-qm", "Sign off", at=project)
    found = json.loads(mlcheck("verify", "--format", "json", at=project).out)["findings"]
    assert {finding["code"] for finding in found} == {"E_NO_REVIEW"}
