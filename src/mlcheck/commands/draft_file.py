"""A draft on the disk: locked, read, appended to line by line, each line there before it returns."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path
from types import TracebackType

from mlcheck.errors import CouldNotError, UsageError
from mlcheck.record.standing import Standing
from mlcheck.walk.draft import Entry, decode, encode, header


def draft_path(standing: Standing, kind: str = "") -> Path:
    """The draft of a change under the git directory; a project in a folder has one of its own."""
    folder = f".{hashlib.sha256(standing.prefix.encode()).hexdigest()[:6]}" if standing.prefix else ""
    return standing.repository.git_dir / "mlcheck" / "drafts" / f"{standing.id}{folder}{kind}.jsonl"


class DraftFile:
    """One change's draft, held by one process. Raises CouldNotError where the disk does not take it."""

    def __init__(self, path: Path, change: str) -> None:
        self.path, self._change = path, change
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unwritable(error) from None
        if not _locked(self._lock):
            os.close(self._lock)
            raise UsageError(
                f"the walk of `{change}` is open in another terminal",
                help="go on there, or quit it with `q` first: nothing is lost",
            )
        try:
            self._end_torn_line()
        except OSError as error:
            raise self._unwritable(error) from None

    def __enter__(self) -> DraftFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._lock)  # which lets it go, as the end of the process does

    def entries(self) -> tuple[Entry, ...]:
        """What was written, torn lines passed over."""
        return read_draft(self.path)

    def append(self, entry: Entry) -> None:
        """Write one entry, and have it on the disk."""
        self._append(encode(entry))

    def _append(self, line: str) -> None:
        try:
            new = not self.path.exists()
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BINARY, 0o600)
            try:
                _write_whole(descriptor, (header(self._change) + line if new else line).encode("ascii"))
            finally:
                os.close(descriptor)
            if new:
                _sync_folder(self.path.parent)
        except OSError as error:
            raise self._unwritable(error) from None

    def _end_torn_line(self) -> None:
        """A process that was killed may have left half a line: what follows it begins a new one."""
        if self.path.exists() and not self.path.read_bytes().endswith(b"\n"):
            with self.path.open("ab") as file:
                file.write(b"\n")

    def start_over(self) -> None:
        """Put the draft aside as `….old`."""
        try:
            if self.path.exists():
                self.path.replace(self.path.with_suffix(".old"))
        except OSError as error:
            raise self._unwritable(error) from None

    def remove(self) -> None:
        """The draft is in a record now."""
        self.path.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> CouldNotError:
        return CouldNotError(
            f"the draft can't be written: {error.strerror}",
            where=str(self.path),
            help="make room there or make it writable, then do it again; what was answered before is kept",
        )


def _write_whole(descriptor: int, data: bytes) -> None:
    """All of the data, and on the disk; where it does not take all, none of it."""
    before = os.fstat(descriptor).st_size
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, before)
        raise


def read_draft(path: Path) -> tuple[Entry, ...]:
    """The entries of a draft that may not be there. Raises CouldNotError where it can't be read."""
    try:
        return decode(path.read_text(encoding="ascii", errors="replace"))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise CouldNotError(f"the draft can't be read: {error.strerror}", where=str(path)) from None


if sys.platform == "win32":
    import msvcrt

    _BINARY = os.O_BINARY

    def _sync_folder(folder: Path) -> None:
        """A folder is not opened here."""

    def _locked(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    _BINARY = 0

    def _sync_folder(folder: Path) -> None:
        """Have a new file's name on the disk too."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
