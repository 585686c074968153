"""`mlcheck review`: who may, what is shown, agreeing, disputing, and what a dispute leads to."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from walk_repository import DEV, REV, agree, commit, fill, git, make_key, make_repository, needs_ssh

from mlcheck.commands.review import ReviewOptions, ReviewResult, review
from mlcheck.commands.run import run
from mlcheck.commands.run_under_way import RunOptions
from mlcheck.commands.verify import verify
from mlcheck.errors import ConfigurationError, UsageError

pytestmark = needs_ssh


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("dev", "rev", "stranger"):
        make_key(folder, name)
    return folder


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("CI", "GITHUB_HEAD_REF", "GITHUB_REF"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def signed_once(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """A repository whose change is signed, and that in HEAD; for tests that write nothing into it."""
    folder = tmp_path_factory.mktemp("signed")
    repository = make_repository(folder / "repository", keys)
    run(RunOptions(repository, answers_template=str(folder / "t.yaml")))
    answers = fill(folder / "t.yaml", folder / "a.yaml")
    assert run(RunOptions(repository, answers=answers, key=str(keys / "dev"))).exit_code == 0
    commit(repository, "signed")
    return repository


@pytest.fixture
def signed(tmp_path: Path, signed_once: Path) -> Path:
    """The same, of the test's own."""
    return Path(shutil.copytree(signed_once, tmp_path / "repository"))


def template_of(repository: Path, path: Path) -> dict[str, Any]:
    assert review(ReviewOptions(repository, principal=REV, answers_template=str(path))).exit_code == 0
    entries: dict[str, Any] = yaml.safe_load(path.read_text())["review"]
    return entries


def reviewed(repository: Path, answers: Path, keys: Path) -> ReviewResult:
    return review(ReviewOptions(repository, key=str(keys / "rev"), principal=REV, answers=answers))


def test_agreeing_with_all_makes_the_change_valid(signed: Path, keys: Path, tmp_path: Path) -> None:
    template_of(signed, tmp_path / "rt.yaml")
    result = reviewed(signed, agree(tmp_path / "rt.yaml", tmp_path / "r.yaml"), keys)
    assert result.exit_code == 0 and "agrees with all" in result.lines[0]
    commit(signed, "reviewed")
    verification, code = verify(signed)
    assert code == 0, verification.findings


def test_reviewing_twice_is_nothing_to_review(signed: Path, keys: Path, tmp_path: Path) -> None:
    template_of(signed, tmp_path / "rt.yaml")
    answers = agree(tmp_path / "rt.yaml", tmp_path / "r.yaml")
    reviewed(signed, answers, keys)
    commit(signed, "reviewed")
    result = reviewed(signed, answers, keys)
    assert result.exit_code == 1 and "nothing to review" in result.lines[0]


def test_a_dispute_blocks_until_a_new_record_answers_it(signed: Path, keys: Path, tmp_path: Path) -> None:
    item = next(iter(template_of(signed, tmp_path / "rt.yaml")))
    disputes = {item.replace("-", "_"): "the value is not that run's"}
    result = reviewed(signed, agree(tmp_path / "rt.yaml", tmp_path / "r.yaml", **disputes), keys)
    assert result.exit_code == 1 and "disputes 1" in result.lines[0]
    commit(signed, "disputed")
    verification, _ = verify(signed)
    assert [found.code and found.code.value for found in verification.findings] == ["E_DISPUTED"]

    run(RunOptions(signed, answers_template=str(tmp_path / "again.yaml")))
    assert list(yaml.safe_load((tmp_path / "again.yaml").read_text())["answers"]) == [item]
    answers = fill(tmp_path / "again.yaml", tmp_path / "again-answered.yaml")
    again = run(RunOptions(signed, answers=answers, key=str(keys / "dev")))
    assert again.exit_code == 0 and f"{item}" in again.lines[0] and "disputed by" in again.lines[0]
    commit(signed, "answered")

    left = template_of(signed, tmp_path / "rt2.yaml")
    assert list(left) == [item]  # the rest was agreed to, and is as it was
    assert reviewed(signed, agree(tmp_path / "rt2.yaml", tmp_path / "r2.yaml"), keys).exit_code == 0
    commit(signed, "agreed")
    verification, code = verify(signed)
    assert code == 0, verification.findings


def test_verdicts_that_are_missing_keep_the_others_and_sign_nothing(signed: Path, keys: Path, tmp_path: Path) -> None:
    items = list(template_of(signed, tmp_path / "rt.yaml"))
    half = yaml.safe_load(agree(tmp_path / "rt.yaml", tmp_path / "r.yaml").read_text())
    half["review"].pop(items[0])
    (tmp_path / "half.yaml").write_text(yaml.safe_dump(half))
    result = reviewed(signed, tmp_path / "half.yaml", keys)
    assert result.exit_code == 1 and "1 of" in result.lines[0] and items[0] in result.lines[1]
    assert list(template_of(signed, tmp_path / "rest.yaml")) == [items[0]]
    assert reviewed(signed, agree(tmp_path / "rest.yaml", tmp_path / "r2.yaml"), keys).exit_code == 0


@pytest.mark.parametrize(
    "key, principal, told",
    [
        ("dev", REV, "signed the record"),
        ("rev", DEV, f"as {REV}, not as {DEV}"),
        ("dev", DEV, "signed the record"),
        ("stranger", "other@example.com", "not in the base's"),
        ("rev", "other@example.com", f"as {REV}, not as other@example.com"),
    ],
)
def test_who_may_not_review_is_told_before_anything_is_asked(
    signed_once: Path, keys: Path, key: str, principal: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        review(ReviewOptions(signed_once, key=str(keys / key), principal=principal))


def test_a_key_of_another_than_the_configured_principal_says_whose_it_is(signed_once: Path, keys: Path) -> None:
    with pytest.raises(UsageError) as caught:
        review(ReviewOptions(signed_once, key=str(keys / "rev")))
    assert caught.value.help == f"this key is {REV}'s: add --principal {REV}"


def test_an_author_of_the_change_may_not_review_it(signed: Path, keys: Path) -> None:
    (signed / "README.md").write_text("more words\n")
    git(signed, "-c", f"user.email={REV}", "commit", "-qam", "by the reviewer")
    with pytest.raises(UsageError, match="made the commit"):
        review(ReviewOptions(signed, key=str(keys / "rev"), principal=REV))


def test_without_a_record_there_is_nothing_to_review(tmp_path: Path, keys: Path) -> None:
    repository = make_repository(tmp_path / "repository", keys)
    result = review(ReviewOptions(repository, key=str(keys / "rev"), principal=REV))
    assert result.exit_code == 1 and "E_NO_SIGNOFF" in result.lines[1]


def test_a_stale_record_is_not_reviewed(signed: Path, keys: Path) -> None:
    train = signed / "train.py"
    train.write_text(train.read_text() + '    mlflow.log_metric("more", 1)\n')
    commit(signed, "more")
    result = review(ReviewOptions(signed, key=str(keys / "rev"), principal=REV))
    assert result.exit_code == 1 and "E_STALE" in result.lines[1]


def test_without_a_terminal_it_names_the_answers_file(signed_once: Path, keys: Path) -> None:
    with pytest.raises(UsageError, match="no terminal"):
        review(ReviewOptions(signed_once, key=str(keys / "rev"), principal=REV))


@pytest.mark.parametrize(
    "body, told",
    [
        ("  ZZZ-01: {verdict: agree}\n", "3: no item `ZZZ-01`"),
        ("  ITEM: {verdict: agreed}\n", "3: `agreed` is no verdict; did you mean `agree`?"),
        ("  ITEM: {verdict: dispute}\n", "3: a dispute needs a note: why"),
        ("  ITEM: {note: x}\n", "3: a note, and no verdict"),
        ("  ITEM: {verdct: agree}\n", "3: `verdct` is no key of a verdict; did you mean `verdict`?"),
        ("  ITEM: agree\n", "3: `ITEM` is not a mapping; write `ITEM: {verdict: …}`"),
    ],
)
def test_a_mistake_in_the_verdicts_is_told_with_its_line(
    signed_once: Path, keys: Path, tmp_path: Path, body: str, told: str
) -> None:
    item = next(iter(template_of(signed_once, tmp_path / "rt.yaml")))
    path = tmp_path / "r.yaml"
    path.write_text("format: mlcheck/answers/1\nreview:\n" + body.replace("ITEM", item))
    with pytest.raises(ConfigurationError) as caught:
        reviewed(signed_once, path, keys)
    assert f"r.yaml:{told.replace('ITEM', item)}" in caught.value.line()


def test_an_item_with_nothing_to_review_is_passed_over(signed: Path, keys: Path, tmp_path: Path) -> None:
    template_of(signed, tmp_path / "rt.yaml")
    document = yaml.safe_load(agree(tmp_path / "rt.yaml", tmp_path / "r.yaml").read_text())
    document["review"]["JOB-04"] = {"verdict": "agree"}
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(document))
    result = reviewed(signed, tmp_path / "r.yaml", keys)
    assert result.exit_code == 0 and "JOB-04 has nothing to review" in result.lines[0]
