"""The change's name, and the base that it is judged against."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signed_repository import commit, git

from mlcheck.errors import CouldNotError, UsageError
from mlcheck.record.standing import BaseMissingError, Standing, change_id, find_standing


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x = 1\n")
    commit(tmp_path, "First")
    git(tmp_path, "checkout", "-q", "-b", "feature/Demand")
    (tmp_path / "a.py").write_text("x = 2\n")
    commit(tmp_path, "Second")
    return tmp_path


def standing(root: Path, **given: object) -> Standing:
    options: dict[str, object] = {"base": None, "change": None, "environment": {}}
    return find_standing(root, **{**options, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("refs/heads/forecast", "forecast"),
        ("refs/heads/forecast-2", "forecast-2"),
        ("refs/heads/feature/demand", "feature-demand-[0-9a-f]{6}"),
        ("refs/heads/Feature-demand", "feature-demand-[0-9a-f]{6}"),
        ("refs/heads/-a", "a-[0-9a-f]{6}"),
        ("refs/heads/日本", "change-[0-9a-f]{6}"),
        ("refs/heads/" + "a" * 200, "a{60}-[0-9a-f]{6}"),
    ],
)
def test_a_branch_gives_a_slug_with_digits_where_it_loses_characters(ref: str, expected: str) -> None:
    assert re.fullmatch(expected, change_id(ref))


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_branches_never_share_a_slug(one: str, other: str) -> None:
    slugs = [change_id("refs/heads/" + name) for name in (one, other)]
    assert all(re.fullmatch("[a-z0-9][a-z0-9-]*", slug) for slug in slugs)
    assert one == other or slugs[0] != slugs[1]


def test_the_change_is_the_branch_and_the_base_is_main(repository: Path) -> None:
    found = standing(repository)
    assert found.id == change_id("refs/heads/feature/Demand")
    assert (found.ref, found.base_ref) == ("refs/heads/feature/Demand", "refs/heads/main")
    assert not found.base_holds_head()


def test_origin_wins_over_a_local_branch(repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/master", "main")
    assert standing(repository).base_ref == "refs/remotes/origin/master"
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    git(repository, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert standing(repository).base_ref == "refs/remotes/origin/HEAD"
    assert standing(repository, base="main").base_ref == "refs/heads/main"


def test_a_base_that_is_not_there_has_an_error_of_its_own(repository: Path) -> None:
    for name in ("nowhere", "--all", "HEAD@{1}", ""):
        with pytest.raises(BaseMissingError):
            standing(repository, base=name)
    git(repository, "branch", "-q", "-D", "main")
    with pytest.raises(BaseMissingError, match="there is no base branch"):
        standing(repository)


def test_a_base_that_holds_the_head_is_known(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    assert standing(repository).base_holds_head()
    git(repository, "merge", "-q", "--ff-only", "feature/Demand")
    git(repository, "checkout", "-q", "feature/Demand")
    assert standing(repository).base_holds_head()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GITHUB_HEAD_REF": "forecast", "GITHUB_REF": "refs/pull/7/merge"}, "forecast"),
        ({"GITHUB_HEAD_REF": "", "GITHUB_REF": "refs/heads/forecast"}, "forecast"),
        ({"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "forecast", "CI_COMMIT_BRANCH": "x"}, "forecast"),
        ({"CI_COMMIT_BRANCH": "forecast"}, "forecast"),
        ({"SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/forecast"}, "forecast"),
        ({"BITBUCKET_BRANCH": "forecast"}, "forecast"),
        ({"CHANGE_BRANCH": "forecast", "BRANCH_NAME": "PR-7"}, "forecast"),
        ({"CIRCLE_BRANCH": "forecast"}, "forecast"),
        ({"BUILDKITE_BRANCH": "forecast"}, "forecast"),
    ],
)
def test_in_ci_the_change_is_the_source_branch(repository: Path, environment: dict[str, str], expected: str) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert standing(repository, environment=environment).id == expected


def test_a_detached_head_with_no_name_asks_for_one(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    for environment in ({}, {"GITHUB_REF": "refs/tags/v1"}):
        with pytest.raises(UsageError, match="HEAD is detached"):
            standing(repository, environment=environment)
    assert standing(repository, change="forecast").id == "forecast"
    for bad in ("Forecast", "../main", "", "-a", "a" * 90):
        with pytest.raises(UsageError, match="can't name a change"):
            standing(repository, change=bad)


def test_a_project_in_a_folder_has_its_prefix(repository: Path) -> None:
    (repository / "churn").mkdir()
    (repository / "churn/b.py").write_text("y = 1\n")
    commit(repository, "Third")
    found = standing(repository / "churn")
    assert found.prefix == "churn" and found.head_tree().list() == ("b.py",) and found.base_tree().list() == ()


def test_no_repository_and_no_commit_are_told(tmp_path: Path) -> None:
    with pytest.raises(CouldNotError, match="not in a git repository"):
        standing(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(CouldNotError, match="no commit yet"):
        standing(tmp_path)
