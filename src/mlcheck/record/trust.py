"""The trust root: `.mlcheck/` on the base, which says who must sign. Never read from what is judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlcheck.errors import ConfigurationError
from mlcheck.printable import suggestion
from mlcheck.project.settings import read_toml
from mlcheck.project.tree import Tree
from mlcheck.record.signers import AllowedSigners, read_allowed_signers
from mlcheck.record.strict_json import text_problem

FOLDER = ".mlcheck/"
CONFIG = ".mlcheck/config.toml"
SIGNERS = ".mlcheck/allowed_signers"
REVOKED = ".mlcheck/revoked_keys"

Staleness = Literal["exhibit", "bytes"]
Grade = Literal["key", "forge"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Who must sign, and what may be waived."""

    require_review: bool = True
    forbid_author_review: bool = True
    reviewers: tuple[str, ...] = ()  # principals; none: every allowed signer
    forbid_waiver: tuple[str, ...] = ()  # item ids
    max_waiver_days: int = 180
    forbid_agent_answers: bool = False
    max_age_days: int | None = None
    staleness: Staleness = "exhibit"
    accept: tuple[Grade, ...] = ("key",)
    packs: tuple[str, ...] = ()
    open_one_pass: bool = False


@dataclass(frozen=True, slots=True)
class Trust:
    """The trust root as read. `configured` is False where the base has no config.toml."""

    repository: str
    url: str
    policy: Policy
    signers: AllowedSigners
    revoked: bytes | None
    configured: bool


def read_trust(tree: Tree) -> Trust:
    """The trust root of a tree; without files it is one that trusts nobody.

    Raises ConfigurationError with the line and the nearest key.
    """
    listed = set(tree.list())
    config = _document(tree) if CONFIG in listed else {}
    repo = config.get("repo", {})
    signers = tree.read(SIGNERS) if SIGNERS in listed else b""
    return Trust(
        repository=repo.get("id", ""),
        url=repo.get("url", "").rstrip("/"),
        policy=_policy(config.get("policy", {})),
        signers=read_allowed_signers(signers, SIGNERS),
        revoked=tree.read(REVOKED) if REVOKED in listed else None,
        configured=CONFIG in listed,
    )


# Each key's kind: what it may be, in words, and whether a value is one.
_Kind = tuple[str, Any]
_TEXT: _Kind = ("a text on one line", lambda v: isinstance(v, str) and bool(v) and text_problem(v) is None)
_YES_NO: _Kind = ("true or false", lambda v: isinstance(v, bool))
_DAYS: _Kind = ("a number of days above 0", lambda v: type(v) is int and v > 0)
_NAMES: _Kind = ("a list of texts", lambda v: isinstance(v, list) and all(_TEXT[1](one) for one in v))


def _one_of(*names: str) -> _Kind:
    return ("one of " + ", ".join(f'"{name}"' for name in names), lambda v: isinstance(v, str) and v in names)


def _some_of(*names: str) -> _Kind:
    shown = "a list of some of " + ", ".join(f'"{name}"' for name in names)
    return (shown, lambda v: isinstance(v, list) and bool(v) and all(one in names for one in v))


_TABLES: Mapping[str, Mapping[str, _Kind]] = {
    "repo": {"id": _TEXT, "url": ("an https:// address", lambda v: v == "" or is_url(v))},
    "policy": {
        "require_review": _YES_NO,
        "forbid_author_review": _YES_NO,
        "reviewers": _NAMES,
        "forbid_waiver": _NAMES,
        "max_waiver_days": _DAYS,
        "forbid_agent_answers": _YES_NO,
        "max_age_days": _DAYS,
        "staleness": _one_of("exhibit", "bytes"),
        "accept": _some_of("key", "forge"),
        "packs": _NAMES,
        "open_one_pass": _YES_NO,
    },
    "record": {"carrier": _one_of("branch")},
}
_HOW_CODE_IS_READ = ("schemas", "exclude", "severity", "imports", "deployed_by")


def is_url(value: Any) -> bool:
    """Whether a value is an address that links may be built from."""
    return isinstance(value, str) and re.fullmatch(r"https?://[!-;=?-~]+", value) is not None


def _document(tree: Tree) -> dict[str, Any]:
    try:
        text = tree.read(CONFIG).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"not UTF-8 at byte {error.start}", where=CONFIG) from None
    document = read_toml(text, CONFIG)
    for table, members in document.items():
        known = _TABLES.get(table)
        if known is None or not isinstance(members, dict):
            where = f"{CONFIG}:{_line_of(text, '', table)}"
            raise ConfigurationError(f"unknown table `{table}`", where=where, help=_belongs(table))
        for key, value in members.items():
            _check_member(text, table, key, value)
    if not document.get("repo", {}).get("id"):
        raise ConfigurationError(
            "the repository has no id", where=f"{CONFIG}:1", help='write [repo] and id = "…", or run `mlcheck init`'
        )
    return document


def _check_member(text: str, table: str, key: str, value: Any) -> None:
    where = f"{CONFIG}:{_line_of(text, table, key)}"
    kind = _TABLES[table].get(key)
    if kind is None:
        raise ConfigurationError(f"unknown key `{key}` in [{table}]", where=where, help=_belongs(key, _TABLES[table]))
    shown, fits = kind
    if not fits(value):
        raise ConfigurationError(f"`{key}` is not {shown}", where=where, help=f"write {shown}")


def _belongs(key: str, known: Mapping[str, Any] = _TABLES) -> str:
    if key in _HOW_CODE_IS_READ:
        return f"`{key}` says how code is read: put it in mlcheck.toml, or [tool.mlcheck] of pyproject.toml"
    for table, members in _TABLES.items():
        if key in members:
            return f"it belongs in [{table}]"
    return suggestion(key, known)


def _line_of(text: str, table: str, key: str) -> int:
    """The line that gives a key; TOML readers keep no positions."""
    start = 0
    if table:
        head = re.search(rf"^\s*\[\s*{re.escape(table)}\s*\]", text, re.MULTILINE)
        start = head.end() if head else 0
    found = re.compile(rf"^\s*\[*\s*(?:[\w-]+\.)?[\"']?{re.escape(key)}[\"']?\s*(?:=|\.|\])", re.MULTILINE).search(
        text, start
    )
    return text.count("\n", 0, found.end()) + 1 if found else 1


def _policy(members: Mapping[str, Any]) -> Policy:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in members.items()}
    return Policy(**values)
