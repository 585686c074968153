"""Where a change stands: its id, its head, and the base that it is judged against."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlcheck.errors import CouldNotError, UsageError
from mlcheck.git.repository import BASE_REFS, Repository, find_repository
from mlcheck.project.commit_tree import CommitTree

_CHANGE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_BRANCH = "refs/heads/"
_LONGEST_SLUG = 60

# What forges call a pull request's source branch, then the branch that is built.
_SOURCE_BRANCH = (
    "GITHUB_HEAD_REF",  # GitHub, Gitea, Forgejo
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",  # GitLab
    "SYSTEM_PULLREQUEST_SOURCEBRANCH",  # Azure Pipelines
    "BITBUCKET_BRANCH",  # Bitbucket
    "CHANGE_BRANCH",  # Jenkins
    "DRONE_SOURCE_BRANCH",  # Drone, Woodpecker by another name
    "CI_COMMIT_SOURCE_BRANCH",  # Woodpecker
    "BUILDKITE_BRANCH",
    "CIRCLE_BRANCH",
    "CI_COMMIT_BRANCH",  # GitLab
    "GITHUB_REF",
    "BUILD_SOURCEBRANCH",  # Azure Pipelines
    "BRANCH_NAME",  # Jenkins
)


class BaseMissingError(CouldNotError):
    """There is no base, or one that leaves nothing to judge (E_BASE_MISSING)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A change in its repository. `prefix` is the project's folder in it, `""` at the root."""

    repository: Repository
    prefix: str
    id: str
    ref: str | None  # in full; None on a detached HEAD
    head: str
    base_ref: str
    base: str

    def head_tree(self) -> CommitTree:
        """The files of HEAD."""
        return CommitTree(self.repository, self.head, self.prefix)

    def base_tree(self) -> CommitTree:
        """The files of the base branch's tip, which say by which rules the head is judged."""
        return CommitTree(self.repository, self.base, self.prefix)

    def base_holds_head(self) -> bool:
        """Whether the base is the head or descends from it: then nothing is left to judge."""
        return self.repository.is_ancestor(self.head, self.base)


def find_standing(project: Path, *, base: str | None, change: str | None, environment: Mapping[str, str]) -> Standing:
    """Where the change in a project's folder stands.

    Raises CouldNotError where there is no repository or commit,
    BaseMissingError where there is no base, UsageError where the change can't
    be named.
    """
    repository = find_repository(project)
    if repository is None:
        raise CouldNotError("not in a git repository", where=str(project), help="run `git init`, and commit")
    head = repository.head()
    if head is None:
        raise CouldNotError("the repository has no commit yet", where=str(project), help="commit first")
    branch = repository.branch()
    base_ref, commit = _base(repository, base)
    return Standing(
        repository=repository,
        prefix=_prefix(project, repository),
        id=_change(change, branch or _built_branch(environment)),
        ref=branch or _built_branch(environment),
        head=head,
        base_ref=base_ref,
        base=commit,
    )


def change_id(ref: str) -> str:
    """The change's id for a branch: a slug, with six digits of the ref's SHA-256 where it loses characters."""
    name = ref.removeprefix(_BRANCH)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower())[:_LONGEST_SLUG].strip("-")
    if slug == name:
        return slug
    return f"{slug or 'change'}-{hashlib.sha256(ref.encode('utf-8', 'surrogateescape')).hexdigest()[:6]}"


def _change(given: str | None, ref: str | None) -> str:
    if given is not None:
        if not _CHANGE_ID.fullmatch(given):
            raise UsageError(
                f"`{given}` can't name a change", where="--change", help="write lower-case letters, digits and `-`"
            )
        return given
    if ref is None:
        raise UsageError("HEAD is detached, so the change has no name", help="name it by --change")
    return change_id(ref)


def _built_branch(environment: Mapping[str, str]) -> str | None:
    """The full ref of the branch that CI says it builds, or None."""
    for name in _SOURCE_BRANCH:
        value = environment.get(name, "")
        if value.startswith("refs/") and not value.startswith(_BRANCH):
            continue  # a pull request's own ref, or a tag
        if value:
            return _BRANCH + value.removeprefix(_BRANCH)
    return None


def _base(repository: Repository, given: str | None) -> tuple[str, str]:
    if given is None:
        found = repository.default_bases()
        if not found:
            tried = ", ".join(ref.removeprefix("refs/remotes/").removeprefix(_BRANCH) for ref in BASE_REFS)
            raise BaseMissingError(f"there is no base branch (tried {tried})", help="name one by --base")
        return found[0]
    commit = repository.resolve(given)
    if commit is None:
        raise BaseMissingError(f"no such base: `{given}`", where="--base", help="fetch it, or name another")
    return repository.full_ref(given) or given, commit


def _prefix(project: Path, repository: Repository) -> str:
    folder = project if project.is_dir() else project.parent
    relative = folder.resolve().relative_to(repository.root.resolve()).as_posix()
    return "" if relative == "." else relative
