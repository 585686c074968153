"""The work tree and a commit show the same files, and nothing leads out of the root."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mlcheck.errors import CouldNotError
from mlcheck.git.repository import find_repository
from mlcheck.project.commit_tree import CommitTree
from mlcheck.project.tree import Tree
from mlcheck.project.work_tree import WorkTree

IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.com")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, check=True, capture_output=True)


def committed(folder: Path, prefix: str = "") -> CommitTree:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "all")
    repository = find_repository(folder)
    assert repository is not None
    head = repository.head()
    assert head is not None
    return CommitTree(repository, head, prefix)


def contents(tree: Tree) -> dict[str, tuple[bytes, str]]:
    return {path: (tree.read(path), tree.mode(path)) for path in tree.list()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    return root


def test_both_trees_are_the_same_for_the_same_content(folder: Path) -> None:
    project = folder / "team" / "project"
    project.mkdir(parents=True)
    (folder / "outside.py").write_text("x")
    (project / "a.py").write_bytes(b"x = 1\r\n")
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / 'odd\n"name".py').write_text("y")
    (project / "link.py").symlink_to("a.py")
    (project / "out.py").symlink_to("../../outside.py")
    (project / "absolute.py").symlink_to("/etc/hostname")
    commit = committed(folder, "team/project")
    work = WorkTree(project)
    assert contents(work) == contents(commit)
    assert contents(work) == {
        "a.py": (b"x = 1\r\n", "file"),
        "run.sh": (b"#!/bin/sh\n", "executable"),
        'odd\n"name".py': (b"y", "file"),
        "link.py": (b"a.py", "symlink"),
    }
    assert set(work.left_out()) == set(commit.left_out())
    assert {one.path: one.why for one in work.left_out()} == {
        "absolute.py": "a symbolic link out of the project",
        "out.py": "a symbolic link out of the project",
    }


def test_a_commit_without_the_folder_has_no_files(folder: Path) -> None:
    (folder / "a").write_text("1")
    assert committed(folder, "later").list() == ()


def test_the_work_tree_leaves_out_what_git_ignores_and_what_tools_make(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.log\n")
    (folder / "a.log").write_text("x")
    for tool in ("node_modules", "__pycache__"):
        (folder / "src" / tool).mkdir(parents=True)
        (folder / "src" / tool / "x.py").write_text("x")
    (folder / "env").mkdir()
    (folder / "env" / "pyvenv.cfg").write_text("")
    (folder / "env" / "x.py").write_text("x")
    tree = WorkTree(folder)
    assert tree.list() == (".gitignore",)
    assert {one.path: one.why for one in tree.left_out()} == {
        "a.log": "ignored by git",
        "src/node_modules/": "installed packages",
        "src/__pycache__/": "a cache",
        "env/": "a virtual environment",
    }


def test_a_deleted_file_is_not_listed(folder: Path) -> None:
    (folder / "a").write_text("1")
    (folder / "b").write_text("1")
    committed(folder)
    (folder / "a").unlink()
    assert WorkTree(folder).list() == ("b",)


def test_a_folder_replaced_by_a_link_is_not_entered(folder: Path, tmp_path: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.py").write_text("inside")
    committed(folder)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.py").write_text("secret")
    (folder / "sub" / "a.py").unlink()
    (folder / "sub").rmdir()
    (folder / "sub").symlink_to(tmp_path / "elsewhere")
    tree = WorkTree(folder)
    assert tree.list() == ()
    with pytest.raises(CouldNotError):
        tree.read("sub/a.py")


def test_a_repository_within_the_work_tree_is_left_out(folder: Path) -> None:
    (folder / "inner").mkdir()
    git(folder / "inner", "init", "--quiet")
    (folder / "inner" / "a.py").write_text("x")
    tree = WorkTree(folder)
    assert tree.list() == ()
    assert [(one.path, one.why) for one in tree.left_out()] == [("inner/", "a git repository of its own")]


def test_without_a_repository_the_disk_is_walked(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "a.py").write_text("x")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "b.py").write_text("x")
    (tmp_path / "loop").symlink_to(".")
    tree = WorkTree(tmp_path)
    assert tree.list() == ("loop", "pkg/a.py")
    assert tree.mode("loop") == "symlink"
    assert [one.path for one in tree.left_out()] == [".venv/"]


def test_names_that_are_not_utf8_are_left_out_and_shown(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    tree = WorkTree(tmp_path)
    assert tree.list() == ()
    assert [(one.path, one.why) for one in tree.left_out()] == [("caf\\xe9.py", "its name is not UTF-8")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_neither_listed_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    tree = WorkTree(tmp_path)
    assert tree.list() == ()
    with pytest.raises(CouldNotError):
        tree.read("pipe.py")


@pytest.mark.parametrize("path", ["", "../x", "/etc/hostname", "a/../../x", "a//b", "./a", "..", "a\0b"])
def test_paths_that_are_not_below_the_root_are_refused(folder: Path, path: str) -> None:
    (folder / "a").write_text("1")
    commit = committed(folder)
    for tree in (WorkTree(folder), commit):
        with pytest.raises(CouldNotError):
            tree.read(path)


def test_a_missing_folder_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(CouldNotError, match="no such folder"):
        WorkTree(tmp_path / "missing")


def test_a_folder_that_git_ignores_is_walked_like_one_without_git(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("scratch/\n")
    (tmp_path / "scratch" / "deep").mkdir(parents=True)
    (tmp_path / "scratch" / "deep" / "a.py").write_text("x = 1\n")
    assert WorkTree(tmp_path / "scratch").list() == ("deep/a.py",)
    assert WorkTree(tmp_path / "scratch" / "deep").list() == ("a.py",)
