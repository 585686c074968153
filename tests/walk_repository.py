"""Real repositories with real keys for the tests of `run` and `review`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

DEV, REV = "dev@example.com", "rev@example.com"

_TRAIN = """\
# Databricks notebook source
import mlflow

dbutils.widgets.text("catalog", "main")
mlflow.set_experiment("/Shared/demand")
with mlflow.start_run():
    mlflow.log_metric("rows", 12)
"""
_VALUES = {
    "confirm": "read the code",
    "text": "the words",
    "number": "12",
    "path": "docs/preprocessing.md",
    "url": "runs:/abc",
    "date": "2026-11-20",
}

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def make_key(folder: Path, name: str) -> Path:
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
    return path


def make_repository(folder: Path, keys: Path, *, trusted: bool = True) -> Path:
    """A repository on the branch `feature-x`, its base `main` trusting the two keys."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    for name, value in (("user.email", DEV), ("user.name", "Dev"), ("commit.gpgsign", "false")):
        git(folder, "config", name, value)
    (folder / "README.md").write_text("a pipeline\n")
    if trusted:
        trust(folder, keys)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "base")
    git(folder, "switch", "-qc", "feature-x")
    (folder / "train.py").write_text(_TRAIN)
    commit(folder, "train")
    return folder


def trust(folder: Path, keys: Path) -> None:
    (folder / ".mlcheck").mkdir()
    (folder / ".mlcheck/config.toml").write_text('[repo]\nid = "0123456789abcdef"\nurl = ""\n')
    lines = [
        f'{who} namespaces="mlcheck-signoff" {(keys / name).with_suffix(".pub").read_text()}'
        for who, name in ((DEV, "dev"), (REV, "rev"))
    ]
    (folder / ".mlcheck/allowed_signers").write_text("".join(lines))


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)


Change = Callable[[str, dict[str, Any]], None]


def fill(template: Path, answers: Path, change: Change = lambda item, entry: None) -> Path:
    """Answer a template: fails waived, the rest passed; `change` has the last word on an entry."""
    document = yaml.safe_load(template.read_text())
    for item, entry in document["answers"].items():
        parts = list(entry["each"].values()) if "each" in entry else [entry]
        for part in parts:
            if "waiver" in part:
                waiver = {"risk": "low", "reason": "known", "approver": REV, "until": _soon()}
                part.update(outcome="waived", waiver=waiver)
            else:
                value = entry["choices"][0] if entry["kind"] == "choice" else _VALUES[entry["kind"]]
                part.update(outcome="pass", value=value)
        change(item, entry)
    answers.write_text(yaml.safe_dump(document, sort_keys=False))
    return answers


def _soon() -> str:
    return (datetime.now(timezone.utc).date() + timedelta(days=90)).isoformat()


def agree(template: Path, answers: Path, **disputes: str) -> Path:
    """Agree with all of a review's template, but for the items disputed with a note."""
    document = yaml.safe_load(template.read_text())
    for item, entry in document["review"].items():
        parts = list(entry["each"].values()) if "each" in entry else [entry]
        note = disputes.get(item.replace("-", "_"))
        for part in parts:
            part.update(verdict="dispute", note=note) if note else part.update(verdict="agree")
    answers.write_text(yaml.safe_dump(document, sort_keys=False))
    return answers
