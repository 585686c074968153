"""`mlcheck init`: what it writes is read back, and nothing that exists is changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from signed_repository import git

from mlcheck.commands.init import init
from mlcheck.errors import CouldNotError, UsageError
from mlcheck.project.work_tree import WorkTree
from mlcheck.record.trust import CONFIG, SIGNERS, Policy, read_trust


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


def test_it_writes_a_trust_root_that_is_read_back_and_trusts_nobody(repository: Path) -> None:
    done = init(repository)
    assert done.written == (CONFIG, SIGNERS) and done.kept == ()
    trust = read_trust(WorkTree(repository))
    assert trust.configured and len(trust.repository) == 32 and trust.url == ""
    assert trust.policy == Policy() and trust.signers.people() == ()
    assert any("allowed_signers" in line for line in done.next)


def test_it_changes_nothing_that_exists(repository: Path) -> None:
    (repository / ".mlcheck").mkdir()
    (repository / CONFIG).write_text("mine")
    done = init(repository)
    assert (done.written, done.kept) == ((SIGNERS,), (CONFIG,))
    assert (repository / CONFIG).read_text() == "mine"
    assert init(repository).written == ()


def test_it_writes_through_no_link(repository: Path, tmp_path: Path) -> None:
    (repository / ".mlcheck").mkdir()
    (repository / CONFIG).symlink_to(tmp_path / "elsewhere")
    init(repository)
    assert not (tmp_path / "elsewhere").exists()


def test_two_repositories_have_two_ids(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        git(tmp_path / name, "init", "-q")
        init(tmp_path / name)
        ids.add(read_trust(WorkTree(tmp_path / name)).repository)
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("git@github.com:example/forecast.git", "https://github.com/example/forecast"),
        ("https://user:secret@github.com/example/forecast.git", "https://github.com/example/forecast"),
        ("ssh://git@host.example.com:2222/example/forecast.git", "https://host.example.com/example/forecast"),
        ("https://dev.azure.com/o/p/_git/r", "https://dev.azure.com/o/p/_git/r"),
        ("https://host.example.com/example/forecast/", "https://host.example.com/example/forecast"),
        ("/srv/git/forecast.git", ""),
        ("../forecast", ""),
        ("file:///srv/git/forecast", ""),
        ("C:\\git\\forecast", ""),
    ],
)
def test_the_address_comes_from_the_remote_without_its_secrets(repository: Path, remote: str, url: str) -> None:
    git(repository, "remote", "add", "origin", remote)
    init(repository)
    text = (repository / CONFIG).read_text()
    assert f"url = {json.dumps(url)}" in text and "secret" not in text
    assert read_trust(WorkTree(repository)).url == url


def test_outside_a_repository_or_a_folder_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(CouldNotError, match="not in a git repository"):
        init(tmp_path)
    with pytest.raises(UsageError):
        init(tmp_path / "nowhere")
