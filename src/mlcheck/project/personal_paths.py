"""Absolute paths of one person: in the workspace, in DBFS, or on a computer.

A placeholder (`your.name@…`), a service's own account and the folders that
every machine has are nobody's. Source: Databricks' documentation of the
workspace's and DBFS's folders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HINT = re.compile(r"/Users/|/users/|/Repos/|/home/|/shared_uploads/|\\Users\\")
# What can't be in a folder's name here; the last stands for a part that is not known.
_NAME = r"[^/\\\s\"'`{}<>$*?|,;()\ue000]+"
_BEFORE = {"text": r"(?:\A|(?<=[\"'`]))", "shell": r"(?:\A|(?<=[\s\"'`=]))"}
_PATH = (
    r"(?P<path>(?:(?:file:/*|dbfs:/*|/dbfs/+|/+)(?:Workspace/+|FileStore/+)?"
    rf"(?P<folder>Users|users|Repos|home|shared_uploads)/+|[A-Za-z]:[\\/]+(?P<drive>Users)[\\/]+)(?P<who>{_NAME}))"
)
_PATTERNS = {kind: re.compile(before + r"\s*" + _PATH) for kind, before in _BEFORE.items()}

_PLACEHOLDER = re.compile(
    r"(your|my|the|some|any)[._-]?\w*|me|you|users?|user[._-]?name|name|\w*e?-?mail\w*|first[._-]?(name)?[._-]?last"
    r"([._-]?name)?|first[._-]?name|last[._-]?name|x{2,}|abc|foo|bar|test([._-]?user)?|dummy|sample|example|"
    r"placeholder|change[._-]?me|todo|\.+|user\d+|unknown\w*|anonymous|default\w*|nobody|none|\w+[._-]user",
    re.IGNORECASE,
)
_PERSON_NAMED_SOME = re.compile(r"someone|somebody|some[._-]?one", re.IGNORECASE)
_SERVICE = re.compile(
    r"(^|[._+-])(svc|service|serviceaccount|srv|bot|robot|ci|cicd|team|teams|shared|group|deploy\w*|automation|sp|"
    r"noreply|no-reply|admin|system|pipeline|pipelines)($|[._+\d-])",
    re.IGNORECASE,
)
# Folders below `/home` and `/Users` that every machine of a kind has, or that say who without being one.
_FOLDERS = (
    "ubuntu spark root hadoop ec2-user vscode runner jovyan app site airflow databricks docker node coder gitpod "
    "codespace site-packages shared public all default guest user users username me you name somebody someone "
    "data datasets models model output outputs input inputs work workspace project projects tmp temp test tests "
    "code src repo repos lib libs bin share conda anaconda miniconda python jupyter dask ray mlflow zeppelin livy "
    "jenkins github circleci travis azureuser sagemaker-user ml team prod dev staging"
)
_NOBODY = frozenset(_FOLDERS.split())


@dataclass(frozen=True, slots=True)
class PersonalPath:
    """A path found in a text, up to the person's folder, with where it starts."""

    path: str
    who: str
    start: int


def may_hold(text: str) -> bool:
    """Whether a text can hold such a path at all: a quick look."""
    return _HINT.search(text) is not None


def personal_paths(text: str, *, shell: bool = False) -> Iterator[PersonalPath]:
    """The paths of one person in a text: at its start or after a quote, and in a shell's line after a blank."""
    if not may_hold(text):
        return
    for match in _PATTERNS["shell" if shell else "text"].finditer(text):
        who = match.group("who").rstrip(".:")
        ended = text[match.end() : match.end() + 1] in ("", "/", "\\", '"', "'", "`", " ", "\n", ")", ",", ";")
        if ended and _is_person(match.group("path"), match.group("folder") or "Users", who):
            yield PersonalPath(match.group("path"), who, match.start("path"))


def _is_person(path: str, folder: str, who: str) -> bool:
    local, sign, domain = who.partition("@")
    if sign:
        if "." not in domain or re.search(r"your|<|\bdomain\b", domain, re.IGNORECASE):
            return False
        if _PERSON_NAMED_SOME.fullmatch(local):
            return True
        return not _PLACEHOLDER.fullmatch(local) and not _SERVICE.search(local)
    in_workspace = "Workspace" in path or folder in ("Repos", "users", "shared_uploads")
    plain = re.fullmatch(r"[A-Za-z][\w.-]*", who) is not None
    return plain and not in_workspace and who.lower() not in _NOBODY and not _PLACEHOLDER.fullmatch(who)
