"""Records and their markdown written to the work tree: whole or not at all, and never over another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mlcheck.errors import CouldNotError, UsageError
from mlcheck.record import statement
from mlcheck.record.envelope import sha256
from mlcheck.record.model import DeveloperRecord
from mlcheck.record.store import Kind, markdown_path, record_path
from mlcheck.reports.markdown import Report, render


def write_developer_record(project: Path, change: str, payload: bytes, data: bytes, key: str | None) -> str:
    """Write a developer's record (`data`, the envelope of `payload`) and the markdown beside it.

    `key` is the fingerprint that signed it, None where nobody did. Returns the
    record's path from the project.
    """
    record = statement.read(payload).record
    if not isinstance(record, DeveloperRecord):
        raise TypeError("the payload is a review's")
    path = write_record(project, change, "dev", data)
    text = render(Report(record, sha256(data) if key else None, key))
    write_whole(project / markdown_path(path), text.encode())
    return path


def write_record(project: Path, change: str, kind: Kind, data: bytes) -> str:
    """Write a record's file under its own name; its path from the project.

    A file of that name holds the same bytes already, or the name's twelve
    digits are another's: that is refused.
    """
    path = record_path(change, kind, data)
    target = project / path
    if target.is_file() and target.read_bytes() != data:
        raise UsageError("another record has this name", where=path, help="sign again: the time will differ")
    write_whole(target, data)
    return path


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, on disk before it returns."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise CouldNotError(f"can't be written: {error.strerror}", where=str(target)) from None


def _sync_folder(folder: Path) -> None:
    """Have the folder's entry on disk too, where the system lets a folder be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
