"""git as this program asks it: full refs, hostile names, nothing of the repository executed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mlcheck.errors import CouldNotError
from mlcheck.git.objects import blob_id
from mlcheck.git.repository import Repository, find_repository


def git(folder: Path, *arguments: str, **environment: str) -> str:
    identity = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "author@example.com",
        "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "committer@example.com",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, env=os.environ | identity | environment
    )
    return done.stdout.decode().strip()


def commit(folder: Path, message: str = "change", **files: str) -> str:
    for name, text in files.items():
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    return tmp_path


def repository(folder: Path) -> Repository:
    found = find_repository(folder)
    assert found is not None
    return found


def test_a_folder_outside_any_repository_has_none(tmp_path: Path) -> None:
    assert find_repository(tmp_path) is None


def test_a_repository_without_commits_has_no_head(folder: Path) -> None:
    found = repository(folder)
    assert (found.head(), found.branch()) == (None, "refs/heads/main")
    assert found.git_dir == folder / ".git"


def test_a_subfolder_finds_its_repository(folder: Path) -> None:
    (folder / "below").mkdir()
    assert repository(folder / "below").root == folder


def test_names_resolve_with_branches_before_tags(folder: Path) -> None:
    first = commit(folder, a="1")
    second = commit(folder, a="2")
    git(folder, "tag", "v1", first)
    git(folder, "update-ref", "refs/tags/main", first)
    found = repository(folder)
    assert found.resolve("main") == second
    assert found.resolve("refs/tags/main") == first
    assert found.resolve("v1") == found.resolve("main~1") == found.resolve("HEAD^") == first
    assert found.resolve(second) == found.resolve(second[:10]) == second
    assert found.full_ref("main") == "refs/heads/main"


@pytest.mark.parametrize(
    "name", ["", "nothing", "--all", "-x", "a..b", "HEAD@{1}", "main:a", "main^{tree}", "a b", "~1"]
)
def test_names_that_are_no_commit_resolve_to_none(folder: Path, name: str) -> None:
    commit(folder, a="1")
    assert repository(folder).resolve(name) is None


def test_a_detached_head_has_no_branch(folder: Path) -> None:
    head = commit(folder, a="1")
    git(folder, "checkout", "--quiet", "--detach")
    assert (repository(folder).head(), repository(folder).branch()) == (head, None)


def test_default_bases_are_those_that_exist_in_order(folder: Path) -> None:
    head = commit(folder, a="1")
    git(folder, "update-ref", "refs/remotes/origin/master", head)
    assert repository(folder).default_bases() == (
        ("refs/remotes/origin/master", head),
        ("refs/heads/main", head),
    )


def test_ancestry_and_merge_base(folder: Path) -> None:
    first = commit(folder, a="1")
    git(folder, "checkout", "--quiet", "-b", "side")
    side = commit(folder, b="1")
    git(folder, "checkout", "--quiet", "main")
    main = commit(folder, c="1")
    git(folder, "checkout", "--quiet", "--orphan", "other")
    other = commit(folder, d="1")
    found = repository(folder)
    assert found.merge_base(side, main) == first
    assert found.merge_base(other, main) is None
    assert found.is_ancestor(first, side) and found.is_ancestor(side, side)
    assert not found.is_ancestor(side, main)


def test_a_tree_lists_hostile_names_below_a_prefix(folder: Path) -> None:
    (folder / "below").mkdir()
    names = ['new\nline "quoted".py', "tab\there", "-n", "ünïcode.py"]
    for name in names:
        (folder / "below" / name).write_text("x")
    head = commit(folder, outside="y")
    found = repository(folder)
    entries = found.list_tree(head, "below")
    assert sorted(entry.path for entry in entries) == sorted(names)
    assert {entry.id for entry in entries} == {found.blob_id(b"x")}
    assert found.list_tree(head, "missing") == ()
    assert found.list_tree(head, "outside") == ()


def test_blobs_are_read_through_one_process(folder: Path) -> None:
    head = commit(folder, a="one\r\n", b="")
    found = repository(folder)
    ids = {entry.path: entry.id for entry in found.list_tree(head)}
    assert found.read_blobs(ids.values()) == {ids["a"]: b"one\r\n", ids["b"]: b""}
    with pytest.raises(CouldNotError, match="not in the repository"):
        found.read_blobs(["0" * 40])
    reader = found.objects()
    reader.close()
    with pytest.raises(CouldNotError, match="closed"):
        reader.read(ids["a"])


def test_a_blob_id_is_what_git_computes(folder: Path) -> None:
    (folder / "f").write_bytes(b"x\r\n\0")
    assert blob_id(b"x\r\n\0") == git(folder, "hash-object", "f")


def test_commits_name_their_people_and_paths(folder: Path) -> None:
    base = commit(folder, a="1")
    first = commit(folder, "work\n\nCo-Authored-By: Some One <Third@example.com>", a="2", b="1")
    git(folder, "checkout", "--quiet", "-b", "side", base)
    commit(folder, c="1")
    git(folder, "checkout", "--quiet", "main")
    git(folder, "merge", "--quiet", "--no-commit", "side")
    merge = commit(folder, "merge", a="evil")
    found = repository(folder).commits(base, merge)
    by_id = {one.id: one for one in found}
    assert len(found) == 3
    assert by_id[first].paths == ("a", "b")
    assert by_id[first].people == {"author@example.com", "committer@example.com", "third@example.com"}
    assert by_id[merge].paths == ("a",)  # what differs from both of its parents
    assert len(by_id[merge].parents) == 2
    assert repository(folder).commits(merge, merge) == ()


def test_a_file_named_like_a_commit_is_no_commit(folder: Path) -> None:
    base = commit(folder, a="1")
    head = commit(folder, **{base: "x"})
    (one,) = repository(folder).commits(base, head)
    assert (one.id, one.paths) == (head, (base,))
    assert repository(folder).diff_names(base, head) == (base,)


def test_a_rename_differs_in_both_its_paths(folder: Path) -> None:
    base = commit(folder, old="same text\n" * 20)
    git(folder, "mv", "old", "new")
    assert set(repository(folder).diff_names(base, commit(folder))) == {"old", "new"}


def test_the_work_tree_lists_tracked_untracked_and_ignored(folder: Path) -> None:
    commit(folder, tracked="1", **{".gitignore": "*.log\nbuild/\n"})
    (folder / "build").mkdir()
    (folder / "build" / "x").write_text("x")
    (folder / "a.log").write_text("x")
    (folder / "un\ntracked").write_text("x")
    found = repository(folder)
    listed = {file.path: file.tracked for file in found.list_work_tree(folder)}
    assert listed == {"tracked": True, ".gitignore": True, "un\ntracked": False}
    assert set(found.list_ignored(folder)) == {"a.log", "build/"}


def test_a_conflict_lists_its_path_once(folder: Path) -> None:
    base = commit(folder, a="1")
    commit(folder, a="2")
    git(folder, "checkout", "--quiet", "-b", "side", base)
    commit(folder, a="3")
    subprocess.run(["git", "merge", "main"], cwd=folder, capture_output=True, check=False)
    assert [file.path for file in repository(folder).list_work_tree(folder)] == ["a"]


def test_configuration_is_read_by_key(folder: Path) -> None:
    git(folder, "config", "user.email", "two\nlines@example.com")
    assert repository(folder).config("user.email") == "two\nlines@example.com"
    assert repository(folder).config("user.nothing") is None


def test_programs_that_the_repository_configures_do_not_run(folder: Path) -> None:
    base = commit(folder, a="1")
    mark = folder / "ran"
    program = folder / "program"
    program.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    program.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "core.sshCommand"):
        git(folder, "config", key, str(program))
    git(folder, "config", "log.showSignature", "true")
    (folder / "a").write_text("2")
    mark.unlink(missing_ok=True)
    found = repository(folder)
    found.list_work_tree(folder)
    found.list_ignored(folder)
    found.commits(base, base)
    found.list_tree(base)
    found.resolve("main")
    assert not mark.exists()


def test_what_a_hook_sets_about_its_repository_is_not_taken(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "--quiet")
    head = commit(folder, a="1")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    assert repository(folder).head() == head
    assert [file.path for file in repository(folder).list_work_tree(folder)] == ["a"]


def test_a_repository_within_the_tree_that_is_bare_is_refused(folder: Path) -> None:
    (folder / "trap").mkdir()
    git(folder / "trap", "init", "--quiet", "--bare")
    with pytest.raises(CouldNotError, match="bare"):
        find_repository(folder / "trap")


def test_without_git_a_repository_is_an_error_and_a_plain_folder_is_not(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tmp_path_factory.mktemp("plain")
    monkeypatch.setenv("PATH", str(plain))
    assert find_repository(plain) is None
    with pytest.raises(CouldNotError, match="git is not on PATH"):
        find_repository(folder)
