"""Commits between two points: who made them, and which paths they touch."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PERSON = re.compile(r"<([^<>\n]*)> [0-9]+ [-+][0-9]{4}\Z")
_CO_AUTHOR = re.compile(r"^co-authored-by:.*?<([^<>\n]+)>\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its people's email addresses, and the paths that it changes.

    A merge changes the paths that differ from every parent. Paths are relative
    to the repository's root.
    """

    id: str
    parents: tuple[str, ...]
    author: str
    committer: str
    co_authors: tuple[str, ...]
    paths: tuple[str, ...]

    @property
    def people(self) -> frozenset[str]:
        """Every email address in it, case-folded."""
        return frozenset(email.casefold() for email in (self.author, self.committer, *self.co_authors) if email)


def parse_commit(commit_id: str, raw: bytes, paths: tuple[str, ...]) -> Commit:
    """A commit from its object's text."""
    header, _, message = raw.decode("utf-8", "replace").partition("\n\n")
    lines = [line.partition(" ") for line in header.split("\n")]
    people = {name: _email(value) for name, _, value in reversed(lines) if name in ("author", "committer")}
    return Commit(
        commit_id,
        tuple(value for name, _, value in lines if name == "parent"),
        people.get("author", ""),
        people.get("committer", ""),
        tuple(_CO_AUTHOR.findall(message)),
        paths,
    )


def _email(value: str) -> str:
    match = _PERSON.search(value)
    return match.group(1).strip() if match else ""


def parse_changes(output: bytes) -> dict[str, tuple[str, ...]]:
    """Paths by commit, from `git diff-tree --stdin --raw -z`.

    Each path follows a field that starts with `:`, so a file named like a
    commit is no commit.
    """
    changes: dict[str, list[str]] = {}
    fields = iter(output.decode("utf-8", "surrogateescape").split("\0"))
    current: list[str] = []
    for field in fields:
        if field.startswith(":"):
            current.append(next(fields))
        elif field:
            current = changes.setdefault(field, [])
    return {commit: tuple(paths) for commit, paths in changes.items()}
