"""One cell's lines made Python text of as many lines: magics and other languages become comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlcheck.project.magics import Block, FoundMagic, read_block

_BARE = re.compile(r"(\s*)(?:%%?[A-Za-z]|!)")
_ASSIGNED = re.compile(r"""([\w.,\[\]'" \t]+=[ \t]*)(%[A-Za-z].*|!.*)""")
_HELP = re.compile(r"(\s*)(?:\?{1,2}[\w.]+|[\w.]+\?{1,2})\s*\Z")
_CANDIDATE = re.compile(
    r"""(?:\#|--|//)[ ]MAGIC
    | \s*[%!]
    | [\w.,\[\]'"\ \t]+=\s*[%!]
    | \s*\?*[\w.]+\?+\s*\Z
    | \s*\?+[\w.]+\s*\Z
    """,
    re.VERBOSE,
)
# What IPython takes for a magic without its `%`, where it is all that a cell holds.
_ALONE = re.compile(r"\s*(?:pip3?|conda|cd|ls|cat|mkdir|cp|mv|rm)[ \t]+[\w./~-].*\Z")
_MAX_CONTINUED = 100  # lines that a backslash can join to an assigned magic
_TOKEN = re.compile(
    r"""\#.* | ("{3}|'{3}) | "(?:\\.|[^"\\])*"? | '(?:\\.|[^'\\])*'? | [()\[\]{}] | (\\)$""", re.VERBOSE
)
_CLOSE = {quote: re.compile(rf"(?:\\.|(?!{quote})[^\\])*{quote}") for quote in ('"""', "'''")}


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell as Python text, line for line; `shifts` are the columns that a line's text lost at its start."""

    lines: tuple[str, ...]
    language: str
    magics: tuple[FoundMagic, ...] = ()
    shifts: tuple[tuple[int, int], ...] = ()  # line in the cell from 0, characters


def read_cell(lines: Sequence[str], default: str, marker: re.Pattern[str] | None) -> CellText:
    """A cell of a notebook in the language `default`; `marker` matches `# MAGIC ` where the format has it."""
    if default != "python":
        return _ForeignCell(lines, default, marker).read()
    if any(map(_CANDIDATE.match, lines)):
        return _PythonCell(lines, marker).read()
    code = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if len(code) == 1 and _ALONE.match(code[0]) and " = " not in code[0] and " in " not in code[0]:
        percent = ["%" + line.lstrip() if line is code[0] else line for line in lines]
        read = _PythonCell(percent, marker).read()
        return replace(read, lines=tuple("#" if line is code[0] else line for line in lines))
    return CellText(tuple(lines), "python")


class _Cell:
    comments_stay = True

    def __init__(self, lines: Sequence[str], marker: re.Pattern[str] | None) -> None:
        self.given = lines
        self.marker = marker
        self.lines = list(lines)
        self.magics: list[FoundMagic] = []
        self.shifts: list[tuple[int, int]] = []
        self.language: str | None = None

    def _text(self, language: str) -> CellText:
        return CellText(tuple(self.lines), self.language or language, tuple(self.magics), tuple(self.shifts))

    def _marked(self, start: int) -> int:
        """Read the run of `# MAGIC` lines at `start`; how many lines it has."""
        bodies: list[str] = []
        assert self.marker is not None
        for index in range(start, len(self.given)):
            line = self.given[index]
            match = self.marker.match(line)
            if match is None:
                break
            bodies.append(line[match.end() :])
        index, python = 0, False
        while index < len(bodies):
            block = None if python else read_block(bodies, index, len(bodies), whole=True)
            if block is None:
                self._unmarked(start + index, bodies[index] if python else None)
                index += 1
                continue
            self._note(block, start)
            python = block.python
            self._unmarked(start + index, block.code)
            for taken in range(index + 1, index + block.count):
                self._unmarked(start + taken, None)
            index += block.count
        return len(bodies)

    def _unmarked(self, index: int, code: str | None) -> None:
        """Make a `# MAGIC` line Python code, or leave it the comment that it is."""
        if code is not None:
            self.lines[index] = code
            self.shifts.append((index, len(self.given[index]) - len(code)))
        elif not self.comments_stay:
            self.lines[index] = ""

    def _note(self, block: Block, start: int = 0) -> None:
        """Take in what a block says; its lines count from `start`."""
        self.magics += (replace(magic, line=magic.line + start) for magic in block.magics)
        if block.language is not None:
            self.language = block.language


class _PythonCell(_Cell):
    """A cell whose own language is Python; magics stand where a statement could start."""

    def read(self) -> CellText:
        index, depth, quote, continued, first = 0, 0, "", False, True
        while index < len(self.given):
            line = self.given[index]
            if depth == 0 and not quote and not continued:
                taken = self._magic(index, first)
                index += taken
                if taken:
                    continue
                first = first and (not line.strip() or line.lstrip().startswith("#"))
            depth, quote, continued = _scan(line, depth, quote)
            index += 1
        return self._text("python")

    def _magic(self, index: int, first: bool) -> int:
        """Read a magic at a line that starts a statement; how many lines it takes, 0 where there is none."""
        line = self.given[index]
        if self.marker is not None and self.marker.match(line):
            return self._marked(index)
        bare = _BARE.match(line)
        if bare:
            block = read_block(self.given, index, len(self.given), whole=first)
            if block is not None:
                self._note(block)
                self._blank(index, block, bare.group(1))
                return block.count
        assigned = _ASSIGNED.match(line)
        if assigned:
            return self._assigned(index, assigned.group(1), assigned.group(2))
        asked = _HELP.match(line)
        if asked:
            self.lines[index] = f"{asked.group(1)}pass"
            return 1
        return 0

    def _assigned(self, index: int, target: str, magic: str) -> int:
        """`x = %sql …` or `x = !command`: what it yields is not known."""
        following = self.given[index + 1 : index + 1 + _MAX_CONTINUED]
        block = read_block([magic, *following], 0, 1 + len(following), whole=False)
        if block is None:
            return 0
        self._note(block, index)
        self.lines[index] = target + "get_ipython()"
        self.lines[index + 1 : index + block.count] = ["#"] * (block.count - 1)
        return block.count

    def _blank(self, index: int, block: Block, indent: str) -> None:
        """Put a comment where a bare magic was, or `pass` where a block may hold nothing else."""
        line = self.given[index]
        if block.code is not None:
            self.lines[index] = indent + block.code
            self.shifts.append((index, len(line) - len(self.lines[index])))
            return
        self.lines[index] = f"{indent}pass" if indent else f"# {line}"
        for taken in range(index + 1, index + block.count):
            self.lines[taken] = f"# {self.given[taken]}"


class _ForeignCell(_Cell):
    """A cell of a notebook whose own language is not Python: only its `%python` lines are text."""

    comments_stay = False

    def __init__(self, lines: Sequence[str], default: str, marker: re.Pattern[str] | None) -> None:
        super().__init__(lines, marker)
        self.default = default

    def read(self) -> CellText:
        first = next((index for index, line in enumerate(self.given) if line.strip()), None)
        if first is None:
            return self._text(self.default)
        if self.marker is None:
            return self._bare(first)
        index, marked = 0, False
        while index < len(self.given):
            if self.marker.match(self.given[index]):
                index += self._marked(index)
                marked = True
            else:
                self.lines[index] = ""
                index += 1
        if not marked and self.default == "sql":
            self.magics.append(FoundMagic("sql", "\n".join(self.given).strip("\n"), first))
        return self._text("python" if any(self.lines) else self.default)

    def _bare(self, first: int) -> CellText:
        block = read_block(self.given, first, len(self.given), whole=True) if _BARE.match(self.given[first]) else None
        if block is not None and block.python:
            python = _PythonCell(self.given[first + 1 :], None).read()
            offset = first + 1
            magics = tuple(replace(magic, line=magic.line + offset) for magic in python.magics)
            shifts = tuple((line + offset, by) for line, by in python.shifts)
            return CellText(("",) * offset + python.lines, "python", magics, shifts)
        self.lines = [""] * len(self.given)
        if block is not None:
            self._note(block)
        elif self.default == "sql":
            self.magics.append(FoundMagic("sql", "\n".join(self.given).strip("\n"), first))
        return self._text(self.default)


def _scan(line: str, depth: int, quote: str) -> tuple[int, str, bool]:
    """Brackets open, triple quote open, and continued by a backslash, after a line of Python."""
    position = 0
    while True:
        if quote:
            close = _CLOSE[quote].match(line, position)
            if close is None:
                return depth, quote, False
            position, quote = close.end(), ""
        token = _TOKEN.search(line, position)
        if token is None:
            return depth, "", False
        position = token.end()
        if token.group(1):
            quote = token.group(1)
        elif token.group(2):
            return depth, "", True
        elif token.group() in "([{":
            depth += 1
        elif token.group() in ")]}":
            depth = max(0, depth - 1)
