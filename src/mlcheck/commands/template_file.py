"""Answers files on the disk: read, and written where no answer is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlcheck.commands.signoff_files import write_whole
from mlcheck.errors import MlcheckError, UsageError
from mlcheck.project.yaml_nodes import plain, read_yaml

MAX_READ = 5 * 1024 * 1024  # over what the reader takes, so that it can say so


def read_answers_file(path: Path) -> bytes:
    """The file's bytes. Raises UsageError where it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_READ)
    except OSError as error:
        raise UsageError(
            f"the answers can't be read: {error.strerror}",
            where=str(path),
            help="give a file that --answers-template FILE wrote",
        ) from None


def write_template(name: str, text: str) -> tuple[str, ...]:
    """Write a template, to a file or, for `-`, as the lines to print.

    Raises UsageError where the file holds answers already.
    """
    if name == "-":
        return tuple(text.rstrip("\n").split("\n"))
    path = Path(name)
    if path.exists() and _holds_answers(path):
        raise UsageError("the file holds answers, or something else", where=name, help="give another name")
    write_whole(path, text.encode())
    return (f"{name}: fill it in, and give it by --answers {name}",)


def _holds_answers(path: Path) -> bool:
    """Whether anything in an existing file would be lost: a template with nothing filled in is not."""
    try:
        content = plain(read_yaml(read_answers_file(path).decode(), str(path)))
    except (MlcheckError, UnicodeDecodeError):
        return True
    if content is None:
        return False
    if not isinstance(content, dict) or not isinstance(content.get("format"), str):
        return True
    if content.get("renew") is not None:
        return True
    return any(_filled(entry) for part in ("answers", "review") for entry in _entries(content.get(part)))


def _entries(part: Any) -> list[Any]:
    return list(part.values()) if isinstance(part, dict) else [part]


def _filled(entry: Any) -> bool:
    """Whether a person wrote something into an entry."""
    if not isinstance(entry, dict):
        return entry is not None
    typed = ("outcome", "value", "note", "verdict")
    parts = [entry.get("waiver"), *_entries(entry.get("each"))]
    return any(entry.get(name) is not None for name in typed) or any(_any_value(part) for part in parts)


def _any_value(part: Any) -> bool:
    if not isinstance(part, dict):
        return part is not None
    return any(value is not None for name, value in part.items() if name != "found")
