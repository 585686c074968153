"""Addresses of lines at a commit, as the common forges write them."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from mlcheck.record.model import Change
from mlcheck.reports.gfm import path_in_url

_TO_THE_ROOT = "../../../"  # from .mlcheck/signoffs/<change>/


def line_address(change: Change, path: str, line: int) -> str:
    """The address of a line at the record's head; relative to the markdown's file where no url is known."""
    if not change.url:
        return f"{_TO_THE_ROOT}{path_in_url(path)}#L{line}"
    whole = path_in_url(f"{change.folder}/{path}" if change.folder else path)
    host = (urlsplit(change.url).hostname or "").lower()
    url, head = change.url, change.head
    if "gitlab" in host:
        return f"{url}/-/blob/{head}/{whole}#L{line}"
    if host == "bitbucket.org":
        return f"{url}/src/{head}/{whole}#lines-{line}"
    if host == "dev.azure.com" or host.endswith(".visualstudio.com"):
        return f"{url}?path={quote('/' + whole)}&version=GC{head}&line={line}"
    if "gitea" in host or host == "codeberg.org" or "forgejo" in host:
        return f"{url}/src/commit/{head}/{whole}#L{line}"
    return f"{url}/blob/{head}/{whole}#L{line}"
