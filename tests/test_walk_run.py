"""`mlcheck run` without a terminal: real repositories, real keys, the record and what is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from walk_repository import DEV, REV, commit, fill, git, make_key, make_repository, needs_ssh, trust

from mlcheck.commands.run import RunResult, run
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


@pytest.fixture
def repository(tmp_path: Path, keys: Path) -> Path:
    return make_repository(tmp_path / "repository", keys)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """Answers to every item of the repository, which are the same for each test."""
    folder = tmp_path_factory.mktemp("answered")
    repository = make_repository(folder / "repository", keys)
    template_of(repository, folder / "template.yaml")
    return fill(folder / "template.yaml", folder / "answers.yaml")


def template_of(repository: Path, path: Path) -> dict[str, Any]:
    assert run(RunOptions(repository, answers_template=str(path))).exit_code == 0
    entries: dict[str, Any] = yaml.safe_load(path.read_text())["answers"]
    return entries


def sign(repository: Path, answers: Path, keys: Path, **more: Any) -> RunResult:
    return run(RunOptions(repository, answers=answers, key=str(keys / "dev"), **more))


def records(repository: Path) -> list[Path]:
    return sorted((repository / ".mlcheck/signoffs").glob("*/dev-*.json"))


def test_answers_from_a_file_end_in_a_record_that_lacks_the_review_alone(
    repository: Path, answered: Path, keys: Path
) -> None:
    result = sign(repository, answered, keys)
    assert result.exit_code == 0
    (record,) = records(repository)
    assert record.with_suffix(".md").is_file() and record.parent.name == "feature-x"
    assert "git" in result.lines[-2] and "mlcheck review" in result.lines[-1]
    assert not list((repository / ".git/mlcheck/drafts").glob("*.jsonl"))
    commit(repository, "signed")
    verification, _ = verify(repository)
    assert [found.code and found.code.value for found in verification.findings] == ["E_NO_REVIEW"]


def test_with_nothing_stale_and_nothing_new_nothing_is_written(repository: Path, answered: Path, keys: Path) -> None:
    sign(repository, answered, keys)
    before = records(repository)
    for answers in (answered, _empty(repository)):
        result = sign(repository, answers, keys)
        assert result.exit_code == 0 and "nothing is stale" in result.lines[-1]
    assert records(repository) == before


def _empty(repository: Path) -> Path:
    path = repository.parent / "empty.yaml"
    path.write_text("format: mlcheck/answers/1\nanswers: {}\n")
    return path


def test_a_change_asks_again_for_what_it_touches_alone(
    repository: Path, answered: Path, keys: Path, tmp_path: Path
) -> None:
    every = len(template_of(repository, tmp_path / "all.yaml"))
    sign(repository, answered, keys)
    commit(repository, "signed")
    (repository / "README.md").write_text("other words\n")
    commit(repository, "words")
    assert template_of(repository, tmp_path / "words.yaml") == {}
    train = repository / "train.py"
    train.write_text(train.read_text() + '    mlflow.log_metric("more", 1)\n')
    commit(repository, "more")
    stale = template_of(repository, tmp_path / "stale.yaml")
    assert 0 < len(stale) < every
    assert any(entry.get("before") for entry in stale.values())
    result = sign(repository, fill(tmp_path / "stale.yaml", tmp_path / "delta.yaml"), keys)
    assert result.exit_code == 0 and len(records(repository)) == 2
    commit(repository, "signed again")
    verification, _ = verify(repository)
    assert [found.code and found.code.value for found in verification.findings] == ["E_NO_REVIEW"]


def test_open_items_write_no_record_and_keep_the_answers(
    repository: Path, answered: Path, keys: Path, tmp_path: Path
) -> None:
    half = yaml.safe_load(answered.read_text())
    left = dict(list(half["answers"].items())[-2:])
    for item in left:
        half["answers"].pop(item)
    (tmp_path / "half.yaml").write_text(yaml.safe_dump(half))
    result = sign(repository, tmp_path / "half.yaml", keys)
    assert result.exit_code == 1 and records(repository) == []
    assert result.lines[0] == "2 items are open or failed: nothing is signed, and the answers are kept"
    assert set(template_of(repository, tmp_path / "rest.yaml")) == set(left)
    assert sign(repository, fill(tmp_path / "rest.yaml", tmp_path / "r.yaml"), keys).exit_code == 0


def test_a_failed_item_holds_the_signature_up(repository: Path, keys: Path, tmp_path: Path) -> None:
    first = next(iter(template_of(repository, tmp_path / "t.yaml")))

    def failed(item: str, entry: dict[str, Any]) -> None:
        if item == first:
            entry.update(outcome="fail", value=None, note="not yet")

    result = sign(repository, fill(tmp_path / "t.yaml", tmp_path / "a.yaml", failed), keys)
    assert result.exit_code == 1 and f"{first}  fail" in result.lines[1]


def test_a_mistake_in_the_answers_writes_nothing(repository: Path, keys: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("format: mlcheck/answers/1\nanswers:\n  MLF-05: {outcome: n/a, note: x}\n  PRE-6: {}\n")
    with pytest.raises(ConfigurationError, match="no item `PRE-6`"):
        sign(repository, path, keys)
    assert records(repository) == [] and not list((repository / ".git/mlcheck/drafts").glob("*.jsonl"))


def test_without_a_terminal_it_names_the_answers_file(repository: Path) -> None:
    with pytest.raises(UsageError, match="no terminal") as caught:
        run(RunOptions(repository))
    assert "--answers FILE" in caught.value.help


def test_on_the_base_branch_it_refuses(repository: Path, answered: Path, keys: Path) -> None:
    git(repository, "switch", "-q", "main")
    with pytest.raises(UsageError, match="base branch") as caught:
        sign(repository, answered, keys)
    assert "git switch -c" in caught.value.help


def test_a_base_that_trusts_nobody_is_told_and_the_branch_signs(tmp_path: Path, answered: Path, keys: Path) -> None:
    repository = make_repository(tmp_path / "untrusted", keys, trusted=False)
    trust(repository, keys)
    commit(repository, "trust")
    result = sign(repository, answered, keys)
    assert result.exit_code == 0 and "mlcheck init" in result.lines[0]


def test_without_any_trust_root_the_walk_still_signs(tmp_path: Path, answered: Path, keys: Path) -> None:
    repository = make_repository(tmp_path / "bare", keys, trusted=False)
    assert sign(repository, answered, keys).exit_code == 0
    assert len(records(repository)) == 1


def test_unsigned_writes_a_record_without_signature_and_signing_replaces_it(
    repository: Path, answered: Path, keys: Path
) -> None:
    result = run(RunOptions(repository, answers=answered, unsigned=True))
    (unsigned,) = records(repository)
    assert result.exit_code == 0 and "UNSIGNED" in result.lines[0]
    assert "UNSIGNED" in unsigned.with_suffix(".md").read_text().split("\n")[0]
    assert sign(repository, answered, keys).exit_code == 0
    assert unsigned not in records(repository) and len(records(repository)) == 1


def test_in_ci_a_key_is_used_only_if_it_is_named(
    repository: Path, answered: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "config", "gpg.format", "ssh")
    git(repository, "config", "user.signingkey", str(keys / "dev"))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(UsageError, match="CI"):
        run(RunOptions(repository, answers=answered))
    monkeypatch.delenv("CI")
    assert run(RunOptions(repository, answers=answered)).exit_code == 0


def test_a_key_that_is_not_there_and_one_of_another_are_refused(repository: Path, answered: Path, keys: Path) -> None:
    with pytest.raises(UsageError, match="no such key"):
        run(RunOptions(repository, answers=answered, key=str(keys / "none")))
    with pytest.raises(UsageError, match=f"as {DEV}, not as {REV}"):
        sign(repository, answered, keys, principal=REV)


def test_a_key_that_the_base_does_not_know_is_told(repository: Path, answered: Path, keys: Path) -> None:
    result = run(RunOptions(repository, answers=answered, key=str(keys / "stranger")))
    assert result.exit_code == 0 and "not in the base's .mlcheck/allowed_signers" in result.lines[0]


def test_an_unknown_pack_gets_the_nearest(repository: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run(RunOptions(repository, packs=("trainin",)))
    assert "did you mean `training`?" in caught.value.help


def test_a_pack_narrows_what_is_asked(repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    run(RunOptions(repository, packs=("job",), answers_template=str(path)))
    assert {item[:3] for item in yaml.safe_load(path.read_text())["answers"]} <= {"JOB"}


def test_files_that_differ_from_head_are_named_at_signing(
    repository: Path, answered: Path, keys: Path, tmp_path: Path
) -> None:
    train = repository / "train.py"
    train.write_text(train.read_text() + "# a comment\n")
    result = sign(repository, answered, keys)
    assert result.exit_code == 0
    assert any("differ from HEAD" in line and "train.py" in line for line in result.lines)
    assert any("git" in line and "add train.py .mlcheck/signoffs" in line for line in result.lines)


def test_answers_by_an_agent_say_so(repository: Path, answered: Path, keys: Path) -> None:
    sign(repository, answered, keys, by="agent")
    assert "agent" in records(repository)[0].with_suffix(".md").read_text()


def test_a_template_is_written_over_no_answers(repository: Path, answered: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    template_of(repository, path)
    template_of(repository, path)  # nothing was filled in
    path.write_text(answered.read_text())
    with pytest.raises(UsageError, match="holds answers"):
        template_of(repository, path)
    shown = run(RunOptions(repository, answers_template="-"))
    assert "format: mlcheck/answers/1" in shown.lines


def test_all_asks_for_what_was_carried_over(repository: Path, answered: Path, keys: Path, tmp_path: Path) -> None:
    every = template_of(repository, tmp_path / "every.yaml")
    sign(repository, answered, keys)
    path = tmp_path / "all.yaml"
    run(RunOptions(repository, all=True, answers_template=str(path)))
    assert set(yaml.safe_load(path.read_text())["answers"]) == set(every)


def test_with_no_waiver_that_ends_there_is_nothing_to_renew(repository: Path) -> None:
    result = run(RunOptions(repository, renew=True))
    assert result == RunResult(("no waiver ends within six weeks: nothing to renew",), 0)


def test_a_pack_that_the_base_lacks_is_told_and_not_asked(
    repository: Path, answered: Path, keys: Path, tmp_path: Path
) -> None:
    (repository / ".mlcheck/packs").mkdir()
    (repository / ".mlcheck/packs/ops.yaml").write_text("name: ops\n")
    (repository / ".mlcheck/config.toml").write_text('[repo]\nid = "0123456789abcdef"\nurl = ""\n\n')
    for lines in (
        sign(repository, answered, keys).lines,
        run(RunOptions(repository, answers_template=str(tmp_path / "t.yaml"))).lines,
    ):
        (pack,) = (line for line in lines if "ops.yaml" in line)
        assert pack == (
            "`.mlcheck/packs/ops.yaml` is not on main: its items aren't asked, and verify will refuse this change;"
            " merge it on its own first"
        )
        assert any("`.mlcheck/config.toml` differs from main's: main's holds" in line for line in lines)


def test_a_trust_root_that_moved_on_the_base_alone_is_not_told(repository: Path, answered: Path, keys: Path) -> None:
    git(repository, "switch", "-q", "main")
    with (repository / ".mlcheck/config.toml").open("a") as file:
        file.write("# later\n")
    commit(repository, "later")
    git(repository, "switch", "-q", "feature-x")
    assert not any(".mlcheck/config.toml" in line for line in sign(repository, answered, keys).lines)


def test_answers_on_code_that_changed_are_renewed_by_a_line_a_pack(
    repository: Path, keys: Path, tmp_path: Path
) -> None:
    train = repository / "train.py"
    fits = "    from sklearn.linear_model import LinearRegression\n    LinearRegression().fit(x, y)\n"
    train.write_text(train.read_text() + fits)
    commit(repository, "fits")
    template_of(repository, tmp_path / "first.yaml")
    sign(repository, fill(tmp_path / "first.yaml", tmp_path / "first-answers.yaml"), keys)
    commit(repository, "signed")
    train.write_text(train.read_text() + '    mlflow.log_metric("more", 1)\n')
    commit(repository, "more")
    template_of(repository, tmp_path / "stale.yaml")
    head = (tmp_path / "stale.yaml").read_text().split("\nanswers:")[0]
    packs = [line.split(":")[0].strip("# ") for line in head.split("\n") if '"…"  #' in line]
    assert packs and re.search(r"rests? on code that changed: train\.py; given by dev@example\.com", head)
    renew = "".join(f"  {pack}: read the diff of train.py\n" for pack in packs)
    (tmp_path / "renew.yaml").write_text(f"format: mlcheck/answers/1\nrenew:\n{renew}")
    assert sign(repository, tmp_path / "renew.yaml", keys).exit_code in (0, 1)
    left = template_of(repository, tmp_path / "left.yaml")
    assert len(left) < len(yaml.safe_load((tmp_path / "stale.yaml").read_text())["answers"])
    assert "# renew:" not in (tmp_path / "left.yaml").read_text()
    if left:
        assert sign(repository, fill(tmp_path / "left.yaml", tmp_path / "a.yaml"), keys).exit_code == 0
    commit(repository, "signed again")
    verification, _ = verify(repository)
    assert [found.code and found.code.value for found in verification.findings] == ["E_NO_REVIEW"]
    newest = max(records(repository), key=lambda path: path.stat().st_mtime)
    assert "read the diff of train.py" in newest.with_suffix(".md").read_text()


def test_without_a_key_the_command_to_go_on_is_given(repository: Path, answered: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run(RunOptions(repository, answers=answered))
    assert f"go on with: mlcheck run {repository} --key FILE --answers {answered}" in caught.value.help


def test_an_answers_file_in_the_project_is_none_of_its_files(repository: Path, answered: Path, keys: Path) -> None:
    (repository / "answers.yaml").write_text(answered.read_text())
    (repository / "more.py").write_text("LIMIT = 12\n")
    lines = sign(repository, repository / "answers.yaml", keys).lines
    assert not any("answers.yaml" in line for line in lines) and any("add more.py .mlcheck" in line for line in lines)
