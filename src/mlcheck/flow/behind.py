"""What may be behind the project's code that an evaluation does not follow: worked out once for each place."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import proxy

from mlcheck.flow.hidden import imported, words_of_broken, words_of_code, words_of_modules
from mlcheck.project.model import Code

if TYPE_CHECKING:
    from mlcheck.flow.sources import Sources


class Behind:
    """The words behind files that do not parse, and behind modules of which it is not known which one is meant."""

    def __init__(self, sources: Sources) -> None:
        self.sources: Sources = proxy(sources)  # who holds this: the two would keep each other, and every tree
        self._of_breaks: dict[str, frozenset[str] | None] = {}
        self._of_modules: frozenset[str] | None = None
        self._modules_read = False

    def breaks(self, code: Code) -> frozenset[str] | None:
        """The words that may be behind what does not parse in a file; None for anything."""
        if code.path not in self._of_breaks:
            places = [one.place for one in self.sources.breaks.get(code.path, ())]
            at = [code.lines.index_of(place) if code.lines.lines else place.line - 1 for place in places]
            lines = [index + 1 for index in at if index is not None]
            whole = len(lines) == len(places)
            self._of_breaks[code.path] = words_of_broken(code, lines, self._taken_in(code)) if whole else None
        return self._of_breaks[code.path]

    def _taken_in(self, code: Code) -> list[Code] | None:
        """The project's code that a file takes in by imports and `%run`, with all that this takes in; None if lost."""
        found: dict[str, Code] = {}
        waiting = [code]
        while waiting:
            one = waiting.pop()
            runs = [self.sources.notebook(one.path, magic.argument) for magic in one.magics if magic.kind == "run"]
            names = [name for name in imported(one.text) if name.startswith(".") or self.sources.is_own(name)]
            paths = [self.sources.module_path(one.path, name) for name in names]
            if None in runs or None in paths:
                return None
            for other in (*runs, *(self.sources.project.code[path] for path in paths if path is not None)):
                if other is not None and other.path not in found and other is not code:
                    found[other.path] = other
                    waiting.append(other)
        return list(found.values())

    def name(self, name: str) -> frozenset[str] | None:
        """The words that may be behind a module that one of several files may be; None for anything."""
        paths = self.sources.by_tail.get(name.replace(".", "/"), ())
        codes = [self.sources.project.code[path] for path in paths]
        taken = [self._taken_in(code) for code in codes]
        if not codes or None in taken:
            return None
        return words_of_code([*codes, *(one for some in taken if some is not None for one in some)])

    def modules(self) -> frozenset[str] | None:
        """The words that may be behind a module of the project whose name is not known; None for anything."""
        if not self._modules_read:
            self._modules_read = True
            self._of_modules = words_of_modules(self.sources.project)
        return self._of_modules
