"""The frames of a trace as places of the project, whatever folder the code ran in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlcheck.diagnosis.traces import Frame
from mlcheck.project.model import Code, Project
from mlcheck.project.place import Place

_ENDINGS = ("", ".py", ".ipynb")
_LIBRARIES = ("/site-packages/", "/dist-packages/", "/lib/python", "/databricks/", "/ipykernel")
_SHORTEST_SOURCE = 10  # characters of a line by which it is looked for in the whole project


@dataclass(frozen=True, slots=True)
class TracedPlace:
    """A line of the project that the trace goes through; `moved`: the trace shows other code at that line."""

    place: Place
    moved: bool


def traced_places(frames: Iterable[Frame], project: Project) -> tuple[TracedPlace, ...]:
    """Where the frames lie in the project, in the trace's order; frames of libraries are left out."""
    finder = _Finder(project)
    return tuple(dict.fromkeys(place for frame in frames for place in finder.places(frame)))


def modules_of(paths: Iterable[str]) -> frozenset[str]:
    """The names under which code at these paths may be imported: its file's and its folders', lower case."""
    names: set[str] = set()
    for path in paths:
        if path.endswith((".py", ".ipynb")):
            *folders, last = path.casefold().split("/")
            names.update(folders)
            names.add(last.partition(".")[0])
    return frozenset(names)


class _Finder:
    """Finds a frame's file by the end of its path, and its line by the code that the trace shows."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.by_name: dict[str, list[str]] = {}
        for path in project.code:
            self.by_name.setdefault(path.rpartition("/")[2].casefold(), []).append(path)

    def places(self, frame: Frame) -> Iterator[TracedPlace]:
        path = self._path(frame.path)
        if path is not None:
            yield self._line(self.project.code[path], frame)
        elif frame.path.startswith(("<", "In", "Cell")) and len(frame.source) >= _SHORTEST_SOURCE:
            found = [place for code in self.project.code.values() for place in _with_source(code, frame.source)]
            if len(found) == 1:  # a notebook's cell has no path: its code says where it is
                yield TracedPlace(found[0], False)

    def _path(self, written: str) -> str | None:
        given = written.replace("\\", "/")
        installed = False
        for library in _LIBRARIES:
            if library in given:
                given, installed = given.rpartition(library)[2], True
        parts = [part for part in given.split("/") if part not in ("", ".", "..", "~")]
        lengths = [len(parts)] if installed else range(len(parts), 0, -1)
        if installed and len(parts) < 2:
            return None  # a file's name alone says too little of an installed package
        for length in lengths:
            found = self._ending(parts[-length:])
            if found:
                return found.pop() if len(found) == 1 else None
        return None

    def _ending(self, parts: list[str]) -> set[str]:
        """The project's files whose path ends so, with or without the ending that a deployed notebook loses."""
        end = "/".join(parts).casefold()
        return {
            path
            for ending in _ENDINGS
            for path in self.by_name.get((parts[-1] + ending).casefold(), ())
            if f"/{path.casefold()}".endswith(f"/{end}{ending}")
        }

    def _line(self, code: Code, frame: Frame) -> TracedPlace:
        """The frame's line, or the nearest one with the code that the trace shows."""
        lines = self._lines(code)
        if not frame.source or lines.get(frame.line, "").strip() == frame.source:
            return TracedPlace(_place(code, frame.line), frame.line not in lines)
        alike = [number for number, text in lines.items() if text.strip() == frame.source]
        if alike:
            return TracedPlace(_place(code, min(alike, key=lambda one: abs(one - frame.line))), False)
        return TracedPlace(_place(code, min(frame.line, max(lines, default=1))), True)

    def _lines(self, code: Code) -> Mapping[int, str]:
        text = self.project.texts.get(code.path, code.text)
        return dict(enumerate(text.split("\n"), 1))


def _with_source(code: Code, source: str) -> Iterator[Place]:
    for number, line in enumerate(code.text.split("\n"), 1):
        if line.strip() == source:
            yield code.lines.at(number)


def _place(code: Code, line: int) -> Place:
    return code.lines.at(line) if code.lines.lines else Place(code.path, max(line, 1))
