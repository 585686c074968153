"""What a walk has effects on: its draft, the editor, the files that it judges again."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from mlcheck.commands.draft_file import DraftFile
from mlcheck.project.place import Place
from mlcheck.record.statement import stamp
from mlcheck.walk.messages import Append, Effect, Event, OpenEditor, Recheck, Rejudged, StartOver, Told

_COLON = ("subl", "hx", "helix", "micro", "zed")  # FILE:LINE
_GOTO = ("code", "code-insiders", "codium", "cursor", "windsurf")  # --goto FILE:LINE

Judge = Callable[[], Rejudged]


class WalkOutside:
    """`judge` decides the files again; None where nothing is ever decided again (a review)."""

    def __init__(self, project: Path, draft: DraftFile, environment: Mapping[str, str], judge: Judge | None = None):
        self._project, self._draft, self._environment, self._judge = project, draft, environment, judge
        self._watched: Mapping[str, tuple[int, int] | None] = {}

    def watch(self, paths: frozenset[str]) -> None:
        """The files whose change is noticed, as they are now."""
        self._watched = {path: _seen(self._project / path) for path in paths}

    def now(self) -> str:
        """The time, as records write it."""
        return stamp(datetime.now(timezone.utc))

    def carry_out(self, effect: Effect) -> Event | None:
        """Carry out an effect. Raises CouldNotError, ConfigurationError."""
        match effect:
            case Append(entry):
                self._draft.append(entry)
            case StartOver():
                self._draft.start_over()
            case Recheck(item) if self._judge is not None:
                return _of(self._judge(), item)
            case OpenEditor(place):
                return self._open(place)
        return None

    def changed(self) -> Event | None:
        """The files decided again, where one that is watched changed."""
        if self._judge is None or not self._watched:
            return None
        changed = {path for path, seen in self._watched.items() if _seen(self._project / path) != seen}
        if not changed:
            return None
        self.watch(frozenset(self._watched))  # before judging: what can't be judged is not judged at each key
        return self._judge()

    def _open(self, place: Place) -> Event | None:
        editor = next(
            (found for name in ("GIT_EDITOR", "VISUAL", "EDITOR") if (found := self._environment.get(name))), ""
        )
        if not editor:
            return Told(f"no editor: set $VISUAL or $EDITOR, or open {place.shown()} yourself")
        try:
            done = subprocess.run(editor_command(editor, place), cwd=self._project)
        except (OSError, ValueError) as error:
            return Told(f"`{editor}` did not start ({error}); open {place.shown()} yourself")
        return Told(f"`{editor}` ended with {done.returncode}") if done.returncode else self.changed()


def editor_command(editor: str, place: Place) -> list[str]:
    """The command that opens an editor at a line. Raises ValueError where it can't be split."""
    command = shlex.split(editor)
    name = Path(command[0]).stem if command else ""
    path = f".{os.sep}{place.path}" if place.path.startswith(("-", "+")) else place.path
    if name in _GOTO:
        return [*command, "--goto", f"{path}:{place.line}"]
    if name in _COLON:
        return [*command, f"{path}:{place.line}"]
    return [*command, f"+{place.line}", path]


def _of(judged: Rejudged, item: str) -> Rejudged:
    return Rejudged(judged.decision, item, judged.carried, judged.earlier)


def _seen(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
