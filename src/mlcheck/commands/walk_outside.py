"""What a walk has effects on: its draft, the editor, the files that it judges again."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from mlcheck.commands.draft_file import DraftFile
from mlcheck.progress import Progress, paced
from mlcheck.project.place import Place
from mlcheck.record.statement import stamp
from mlcheck.walk.conversation import Tell
from mlcheck.walk.messages import (
    Append,
    Astray,
    Effect,
    Event,
    OpenEditor,
    Preview,
    Previewed,
    Recheck,
    Rejudged,
    StartOver,
    Told,
)

_COLON = ("subl", "hx", "helix", "micro", "zed")  # FILE:LINE
_GOTO = ("code", "code-insiders", "codium", "cursor", "windsurf")  # --goto FILE:LINE

# How far it is, and whether a file that was read changed: what was decided, and the files read for it.
Judge = Callable[[Progress, bool], tuple[Rejudged, frozenset[str]]]
Seen = Mapping[str, tuple[int, int] | None]


class WalkOutside:
    """The world of a walk over a project's files.

    `judge` decides them again; None where nothing is ever decided again (a
    review). `astray` says, in words, that they are no longer the walk's;
    `preview` renders the report as it will be.
    """

    def __init__(
        self,
        project: Path,
        draft: DraftFile,
        environment: Mapping[str, str],
        *,
        judge: Judge | None = None,
        astray: Callable[[], str] = lambda: "",
        preview: Callable[[Preview], str] = lambda effect: "",
    ):
        self._project, self._draft, self._environment = project, draft, environment
        self._judge, self._astray, self._preview = judge, astray, preview
        self._watched: Seen = {}
        self._gone = ""  # where the files went astray, as it was told

    def watch(self, paths: frozenset[str]) -> None:
        """The files whose change is noticed, as they are now."""
        self._watched = {path: _seen(self._project / path) for path in paths}

    def now(self) -> str:
        """The time, as records write it."""
        return stamp(datetime.now(timezone.utc))

    def carry_out(self, effect: Effect, tell: Tell) -> Event | None:
        """Carry out an effect. Raises CouldNotError, ConfigurationError."""
        match effect:
            case Append(entry):
                self._draft.append(entry)
            case StartOver():
                self._draft.start_over()
            case Recheck(item) if self._judge is not None:
                return replace(self._judged(self._judge, tell), item=item)
            case OpenEditor(place):
                return self._open(place, tell)
            case Preview():
                return Previewed(self._preview(effect))
        return None

    def stirred(self) -> bool:
        """Whether the branch changed, or a file that was read."""
        return self._astray() != self._gone or (not self._gone and bool(self._changed_files()))

    def changed(self, tell: Tell) -> Event | None:
        """That the files went astray or are back; else the files decided again, where one changed."""
        gone = self._astray()
        if gone != self._gone:
            self._gone = gone
            return Astray(gone)
        if self._judge is None or gone or not self._changed_files():
            return None
        return self._judged(self._judge, tell)

    def _changed_files(self) -> list[str]:
        if self._judge is None:
            return []
        return [path for path, seen in self._watched.items() if _seen(self._project / path) != seen]

    def _judged(self, judge: Judge, tell: Tell) -> Rejudged:
        touched = bool(self._changed_files())
        self.watch(frozenset(self._watched))  # before judging: what can't be judged is not judged at each key
        before = self._watched
        judged, read = judge(paced(tell, "deciding again"), touched)
        self._watched = {path: before[path] if path in before else _seen(self._project / path) for path in read}
        return judged

    def _open(self, place: Place, tell: Tell) -> Event | None:
        editor = next(
            (found for name in ("GIT_EDITOR", "VISUAL", "EDITOR") if (found := self._environment.get(name))), ""
        )
        if not editor:
            return Told(f"no editor: set $VISUAL or $EDITOR, or open {place.shown()} yourself")
        try:
            done = subprocess.run(editor_command(editor, place), cwd=self._project)
        except (OSError, ValueError) as error:
            return Told(f"`{editor}` did not start ({error}); open {place.shown()} yourself")
        if done.returncode:
            return Told(f"`{editor}` ended with {done.returncode}")
        return self.changed(tell) or Told(f"`{editor}` is closed, and no file that was read changed")


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


def _seen(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
