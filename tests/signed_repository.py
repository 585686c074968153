"""A real repository with real keys: a change that is signed, reviewed and valid, and what forgeries start from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mlcheck.commands.signoff_files import write_developer_record, write_record, write_whole
from mlcheck.packs.baseline import read_baseline
from mlcheck.packs.judge import judge
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Answer, Decision, Waiver
from mlcheck.project.settings import read_settings
from mlcheck.project.work_tree import WorkTree
from mlcheck.record import envelope
from mlcheck.record.build import (
    AnswerKey,
    Carried,
    Signing,
    change_of,
    developer_record,
    developer_signer,
    paths_rested_on,
)
from mlcheck.record.carry import NEEDS_A_PERSON, carried_answers
from mlcheck.record.chain import current, reviews
from mlcheck.record.engine import running_engine
from mlcheck.record.opening import VerifiedRecord, open_record
from mlcheck.record.reading import RememberedTree, subjects_of
from mlcheck.record.reviewing import carried_verdicts, review_record, reviewable, reviewer_signer, verdict
from mlcheck.record.sign import sign
from mlcheck.record.standing import Standing, find_standing
from mlcheck.record.statement import stamp
from mlcheck.record.store import developer_files, record_files, record_path
from mlcheck.record.trust import read_trust
from mlcheck.record.verification import Verification
from mlcheck.verify.inputs import gather
from mlcheck.verify.verify import verify

needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")

DEVELOPER, REVIEWER = "dev@example.com", "review@example.com"
NOW = datetime.now(timezone.utc).replace(microsecond=0)

CONFIG = """\
[repo]
id = "5ca1ab1e"
url = "https://github.com/example/forecast"
"""

# A team's pack: one item for a person, one that a check decides, one to waive, one of a killer.
PACK = """\
format: mlcheck/pack/1
name: team
title: Team's own
version: "1"
items:
  - id: TEAM-01
    title: the job has a time limit
    question: Is there a time limit?
    why: a hanging job cost a night
    how: set timeout_seconds
    killer: false
    decided_by: [timeout-missing]
    scope: job
    applies_to: []
    answer: text
    evidence: the job
    references: []
  - id: TEAM-02
    title: the owner was told
    question: Who was told?
    why: somebody must know
    how: tell the owner
    killer: false
    decided_by: []
    scope: project
    applies_to: []
    answer: text
    evidence: a name
    references: []
  - id: TEAM-03
    title: the budget is agreed
    question: How much?
    why: clusters cost
    how: ask for it
    killer: true
    decided_by: []
    scope: project
    applies_to: []
    answer: number
    evidence: a number
    references: []
"""

BUNDLE = """\
bundle:
  name: forecast
resources:
  jobs:
    train:
      name: train
      timeout_seconds: 3600
      tasks:
        - task_key: train
          timeout_seconds: 3600
          notebook_task:
            notebook_path: ./src/train.py
    score:
      name: score
      tasks:
        - task_key: score
          notebook_task:
            notebook_path: ./src/train.py
"""

NOTEBOOK = """\
# Databricks notebook source
import mlflow

with mlflow.start_run():
    mlflow.log_metric("rmse", 1.0)
"""


def git(root: Path, *arguments: str, who: str = DEVELOPER) -> str:
    """Run git as somebody, with nobody's configuration."""
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", who), ("EMAIL", who))
        },
    }
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments], cwd=root, env=environment, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def commit(root: Path, message: str, who: str = DEVELOPER) -> str:
    git(root, "add", "-A", who=who)
    git(root, "commit", "-q", "-m", message, who=who)
    return git(root, "rev-parse", "HEAD")


@dataclass(frozen=True)
class Keys:
    """Private keys' files by name: dev, review, other."""

    folder: Path

    def __getitem__(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
        return str(path)

    def public(self, name: str) -> str:
        return Path(self[name] + ".pub").read_text().strip()

    def allowed(self, principal: str, name: str, options: str = 'namespaces="mlcheck-signoff"') -> str:
        kind_and_key = " ".join(self.public(name).split()[:2])
        return " ".join(part for part in (principal, options, kind_and_key) if part) + "\n"


@dataclass(frozen=True)
class Signed:
    """A repository on the branch of a change."""

    root: Path
    keys: Keys

    # --- reading ----------------------------------------------------------

    def standing(self) -> Standing:
        return find_standing(self.root, base=None, change=None, environment={})

    def records(self) -> tuple[VerifiedRecord, ...]:
        trust = read_trust(self.standing().base_tree())
        opened = (open_record(file, trust, NOW) for file in record_files(WorkTree(self.root), self.standing().id))
        return tuple(one for one in opened if isinstance(one, VerifiedRecord))

    def verify(self, *, recheck: bool = True, base: str | None = None, now: datetime = NOW) -> Verification:
        return verify(gather(self.root, base=base, change=None, environment={}, now=now), recheck=recheck)

    def codes(self, **given: Any) -> set[str]:
        return {found.code.value if found.code else "none" for found in self.verify(**given).findings}

    def path_of(self, kind: str) -> Path:
        """The one file of a kind in the work tree; `dev:newest`, `dev:oldest` where there are several."""
        kind, _, which = kind.partition(":")
        found = list((self.root / ".mlcheck/signoffs").glob(f"*/{kind}-*.json"))
        if which:
            found.sort(key=lambda path: json.loads(envelope.read(path.read_bytes()).sealed)["predicate"]["time"])
            return found[-1 if which == "newest" else 0]
        (only,) = found
        return only

    # --- signing ----------------------------------------------------------

    def decide(self) -> tuple[Decision, RememberedTree]:
        base = self.standing().base_tree()
        tree = RememberedTree(WorkTree(self.root))
        decision = judge(tree, settings=read_settings(base), packs=load_packs(base), baseline=read_baseline(base))
        return decision, tree

    def sign_off(
        self,
        *,
        key: str = "dev",
        principal: str = DEVELOPER,
        answers: Mapping[AnswerKey, Answer] | None = None,
        carry: bool = True,
        at: datetime = NOW,
    ) -> str:
        """What `run` does: every open item answered, the record and its markdown written. The record's path."""
        standing = self.standing()
        trust = read_trust(standing.base_tree())
        decision, tree = self.decide()
        records = self.records()
        carried: Mapping[AnswerKey, Carried] = {}
        if carry:
            on_base = (open_record(file, trust, NOW) for file in developer_files(standing.base_tree()))
            known = [*records, *(one for one in on_base if isinstance(one, VerifiedRecord))]
            carried = carried_answers(decision, known, at.date().isoformat())
        found = current(records)
        signing = Signing(
            change_of(standing, trust),
            running_engine(),
            developer_signer(principal, "A Developer"),
            stamp(at),
            found[0].sha256 if found else None,
            tuple(one.sha256 for one in found[1:]),
        )
        given = {key: answer for key, answer in answer_all(decision, at).items() if key not in carried}
        payload = developer_record(
            decision,
            {**given, **(answers or {})},
            carried,
            signing,
            subjects=subjects_of(tree, paths_rested_on(decision)),
            content=tree.content(),
        )
        data = sign(payload, self.keys[key])
        return write_developer_record(self.root, standing.id, payload, data, envelope.read(data).keyid)

    def review(
        self,
        *,
        key: str = "review",
        principal: str = REVIEWER,
        dispute: str | None = None,
        at: datetime = NOW,
    ) -> str:
        """What `review` does: agree to everything but what is disputed. The record's path."""
        standing = self.standing()
        trust = read_trust(standing.base_tree())
        records = self.records()
        developer = current(records)[0]
        points = reviewable(developer, open_one_pass=trust.policy.open_one_pass)
        held = carried_verdicts(points, records, principal)
        words = [
            held[point.key]
            if point.key in held and point.item.id != dispute
            else verdict(
                point,
                "dispute" if point.item.id == dispute else "agree",
                "not so" if point.item.id == dispute else "",
                stamp(at),
            )
            for point in points
        ]
        payload = review_record(
            developer,
            words,
            change=change_of(standing, trust),
            engine=running_engine(),
            signer=reviewer_signer(principal, "A Reviewer"),
            time=stamp(at),
            earlier=reviews(records),
        )
        return write_record(self.root, standing.id, "review", sign(payload, self.keys[key]))

    # --- forging ----------------------------------------------------------

    def payload(self, kind: str) -> dict[str, Any]:
        """The statement in the one file of a kind."""
        statement: dict[str, Any] = json.loads(envelope.read(self.path_of(kind).read_bytes()).sealed)
        return statement

    def replace(self, kind: str, data: bytes, *, name: str | None = None) -> Path:
        """Put other bytes in the place of a record, under the name that they must have."""
        old = self.path_of(kind)
        is_developer = kind.startswith("dev")
        path = self.root / record_path(old.parent.name, "dev" if is_developer else "review", data)
        old.unlink()
        old.with_suffix(".md").unlink(missing_ok=True)
        write_whole(path.with_name(name) if name else path, data)
        return path

    def forge(self, kind: str, change: Callable[[dict[str, Any]], None], *, key: str | None = None) -> Path:
        """Change the statement of a record and sign it again, by its own signer's key or another."""
        statement = self.payload(kind)
        change(statement)
        payload = json.dumps(statement).encode()
        return self.replace(kind, sign(payload, self.keys[key or kind.partition(":")[0]]))

    def commit(self, message: str = "A change", who: str = DEVELOPER) -> str:
        return commit(self.root, message, who)


def answer_all(decision: Decision, at: datetime) -> dict[AnswerKey, Answer]:
    """An answer for every instance that needs a person: fails are waived, the rest pass."""
    until = (at + timedelta(days=30)).date().isoformat()
    answers: dict[AnswerKey, Answer] = {}
    for item in decision.items:
        for instance in item.instances:
            if instance.outcome not in NEEDS_A_PERSON:
                continue
            key = item.item.id, instance.name
            if instance.outcome == "fail":
                waiver = Waiver("low", "known, and mended next week", REVIEWER, until)
                answers[key] = Answer("waived", None, "", waiver, "person", stamp(at))
            else:
                value = VALUES.get(item.item.answer) or item.item.choices[0]
                answers[key] = Answer("pass", value, "", None, "person", stamp(at))
    return answers


VALUES = {
    "confirm": "read on the branch and found so",
    "text": "the owner, by mail",
    "number": "1200",
    "path": "docs/notes.md",
    "url": "https://host.example.com/ml/experiments/1/runs/abc",
    "date": "2026-11-01",
}


def make_base(root: Path, keys: Keys, config: str = CONFIG) -> None:
    """The base: a project, its trust root, and a pack of three items in place of the five."""
    files = {
        ".mlcheck/config.toml": config,
        ".mlcheck/allowed_signers": keys.allowed(DEVELOPER, "dev") + keys.allowed(REVIEWER, "review"),
        ".mlcheck/packs/team.yaml": PACK,
        "databricks.yml": BUNDLE,
        "src/train.py": NOTEBOOK,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(root, "init", "-q")
    commit(root, "The base", who=REVIEWER)


def make_change(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "forecast")
    path = root / "src/train.py"
    path.write_text(path.read_text() + "    mlflow.log_param('depth', 3)\n")
    commit(root, "Log the depth")


def make_signed(root: Path, keys: Keys, config: str = CONFIG) -> Signed:
    """A change that is signed, reviewed, committed and valid."""
    root.mkdir(parents=True, exist_ok=True)
    make_base(root, keys, config)
    make_change(root)
    signed = Signed(root, keys)
    signed.sign_off()
    signed.commit("Sign off")
    signed.review()
    signed.commit("Review", who=REVIEWER)
    return signed


def copy_of_valid(factory: pytest.TempPathFactory, folder: Path) -> Signed:
    """A change that is signed, reviewed and valid: made once a session, copied for each test."""
    made = factory.getbasetemp() / "valid"
    keys = Keys(made / "keys")
    if not made.exists():
        (made / "keys").mkdir(parents=True)
        make_signed(made / "repository", keys)
    root = folder / "repository"
    shutil.copytree(made / "repository", root, symlinks=True)
    return Signed(root, keys)
