"""`mlcheck init`: the trust root's files, for a person to fill in and commit to the base."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from mlcheck.commands.project_root import open_project
from mlcheck.commands.signoff_files import write_whole
from mlcheck.errors import CouldNotError
from mlcheck.git.repository import Repository
from mlcheck.record.trust import CONFIG, SIGNERS, is_url

_SIGNERS_TEXT = """\
# Who may sign, one key a line, in OpenSSH's format (man ssh-keygen, ALLOWED SIGNERS):
#
#   lead@example.com namespaces="mlcheck-signoff" ssh-ed25519 AAAAC3...
#
# The name in front is one person's, in full; the key is what `cat ~/.ssh/id_ed25519.pub` shows.
# The developer and the reviewer are two people with two keys.
"""

_CONFIG_TEXT = """\
# Who must sign. It is read from the base branch, never from the change that is judged.
# How code is read is said in mlcheck.toml, or under [tool.mlcheck] in pyproject.toml.

[repo]
id = {id}  # made once; records name it, so that none passes for another repository's
url = {url}  # where links in reports lead; "" makes them relative

[policy]
require_review = true
forbid_author_review = true
# reviewers = ["lead@example.com"]  # principals; without it every allowed signer
# forbid_waiver = ["TRN-10"]        # items that are never waived
# max_waiver_days = 180
# forbid_agent_answers = false
# max_age_days = 90
# staleness = "exhibit"             # or "bytes": every byte as it was signed
# packs = ["pre-dev", "mlflow", "training", "inference", "job"]
# open_one_pass = false             # the reviewer also opens one automatic pass
"""


@dataclass(frozen=True, slots=True)
class Initialised:
    """The files written and those that were there, from the project; and what to do next, a line each."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    next: tuple[str, ...]


def init(path: Path) -> Initialised:
    """Write what is missing of `.mlcheck/config.toml` and `.mlcheck/allowed_signers`.

    Raises UsageError where there is no such folder, CouldNotError where it is
    not in a git repository or can't be written.
    """
    tree = open_project(path)
    if tree.repository is None:
        raise CouldNotError("not in a git repository", where=str(path), help="run `git init` first")
    texts = {CONFIG: _config(tree.repository), SIGNERS: _SIGNERS_TEXT}
    written: list[str] = []
    for name, text in texts.items():
        target = tree.root / name
        if target.is_symlink() or target.exists():
            continue
        write_whole(target, text.encode())
        written.append(name)
    kept = tuple(name for name in texts if name not in written)
    return Initialised(tuple(written), kept, _next(tree.repository))


def _config(repository: Repository) -> str:
    url = _web_address(repository.config("remote.origin.url") or "")
    # A JSON text of ASCII letters is a TOML text.
    return _CONFIG_TEXT.format(id=json.dumps(secrets.token_hex(16)), url=json.dumps(url))


def _web_address(remote: str) -> str:
    """The https address of a remote, without the name and password that it may hold; "" for a path."""
    found = re.fullmatch(
        r"(?:(?:ssh|git|https?)://)?(?:[^/@\s]+@)?([^/:@\s]+)(?::[0-9]+(?=/))?[:/](.+?)(?:\.git)?/?", remote
    )
    local = remote.startswith(("/", ".", "~", "file:")) or re.match(r"[A-Za-z]:[\\/]", remote)
    if found is None or local:
        return ""
    url = f"https://{found.group(1)}/{found.group(2).lstrip('/')}"
    return url if is_url(url) else ""


def _next(repository: Repository) -> tuple[str, ...]:
    email = repository.config("user.email") or "you@example.com"
    return (
        f"add a line for each signer to {SIGNERS}, such as:"
        f' echo "{email} namespaces=\\"mlcheck-signoff\\" $(cat ~/.ssh/id_ed25519.pub)" >> {SIGNERS}',
        "commit .mlcheck/ to the base branch: verify trusts what is there, and nobody else",
        "packs of your own, if any, lie beside it: .mlcheck/packs/NAME.yaml (mlcheck packs shows how one begins)",
        "then, on a branch of a change: mlcheck run",
    )
