"""What was raised in a text, the root cause first: Python's traces, notebooks', and Java's around them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TRACEBACK = "Traceback (most recent call last)"
_CHAIN = re.compile(r"The above exception was the direct cause|During handling of the above exception")
_CAUSED = re.compile(r"\s*Caused by: ")
_NESTED = re.compile(r"\S*(?:Exception|Error)\S*: *$|stack trace below|[Rr]emote ?[Tt]raceback")
_PYTHON_FRAME = re.compile(r'\s*File "([^"]{1,1000})", line (\d{1,9})(?:, in (.{1,200}))?')
_NOTEBOOK_FRAME = re.compile(
    r"File (?P<file>[^\"\n]{1,1000}?)(?::|, line )(?P<line>\d{1,9})(?:, in (?P<where>.{1,200}?))?(?:\(.*)?$"
    r"|Cell (?P<cell>In ?\[\d+\]),? line (?P<cell_line>\d{1,9})"
    r"|(?P<old>(?:/|~/|<)[^\s\"]{1,1000}) in (?P<old_where>[\w<>]{1,200}\(.*\)|<module>)$"
)
_NUMBERED = re.compile(r"\s*(?P<arrow>-+>)?\s*(?P<number>\d{1,6})(?: (?P<code>.*))?$")
_JAVA_FRAME = re.compile(
    r"\s*(?:at )?[\w$./<>-]{3,300}\((?:[\w$-]+\.(?:scala|java|kt):\d+|Native Method|Unknown Source)\)"
)
_MORE = re.compile(r"\s*\.\.\. \d+ (?:more|common frames)|\s*[~^]{1,}\s*$|\s*-{20,}\s*$")
_HEADLINE = re.compile(r"\s*(?:[\w.$]*(?:Error|Exception|Exit)\b(?:: |$)|Error: |ERROR: |\[[A-Z][A-Z0-9_.]{5,}\])")
_CLASS = re.compile(
    r"(?:^|[\s:(])((?:[a-zA-Z_$][\w$]*\.)*[A-Z]\w*(?:Error|Exception|Exit|NotDefined|DivisionByZero|Interrupt))\b"
)
_MOST_FRAMES = 400
_MOST_PIECES = 120


@dataclass(frozen=True, slots=True)
class Frame:
    """A line that the trace goes through; `source` is its code, "" where the trace doesn't show it."""

    path: str
    line: int  # 0 where it is not known
    source: str


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception: its message without frames and code, on one line, and all of its text."""

    message: str
    lines: tuple[str, ...]  # of the message, as they are
    text: str
    frames: tuple[Frame, ...]

    def class_at(self, position: int) -> str:
        """The class that stands nearest before a position of the message, without its package; "" where none."""
        found = [match.group(1) for match in _CLASS.finditer(self.message) if match.start(1) <= position]
        return found[-1].rpartition(".")[2] if found else ""


def raised_in(text: str) -> tuple[Raised, ...]:
    """Every exception of a text. Those of one chain stand together, the first cause first."""
    pieces = _Pieces()
    for line in text.split("\n"):
        pieces.add(line)
    return tuple(one for chain in pieces.chains for lines in chain for one in _raised(lines))


class _Pieces:
    """The lines of a text, apart for each exception: Python tells a chain's first cause first, Java last."""

    def __init__(self) -> None:
        self.chains: list[list[list[str]]] = [[[]]]
        self.deeper = False  # in a cause that Java tells, or a trace within a message
        self.count = 0
        self.previous = ""

    def add(self, line: str) -> None:
        kind = self._kind(line)
        self.count += kind != "more"
        chain = self.chains[-1]
        if kind == "more" or self.count > _MOST_PIECES:
            chain[0 if self.deeper else -1].append(line)
        elif kind == "next":
            chain.append([])
            self.deeper = False
        elif kind == "cause":
            chain.insert(0, [line])
            self.deeper = True
        else:
            if any(one.strip() for one in chain[-1]) and not _starts_a_notebook_trace(chain[-1]):
                self.chains.append([[]])
            self.deeper = False
            self.chains[-1][-1].append(line)
        if line.strip():
            self.previous = line

    def _kind(self, line: str) -> str:
        """What a line begins: a trace, a cause beneath the one before, the next of a chain, or more of the same."""
        if _TRACEBACK in line:
            before = line[: line.index(_TRACEBACK)]
            within = _NESTED.search(before) or (not before.strip() and _NESTED.search(self.previous))
            return "cause" if within else "trace"
        if _CAUSED.match(line):
            return "cause"
        return "next" if _CHAIN.search(line) else "more"


def _starts_a_notebook_trace(lines: Sequence[str]) -> bool:
    """Whether all that stands before is the rule that IPython draws."""
    return all(not line.strip() or set(line.strip()) == {"-"} for line in lines)


def _raised(lines: Sequence[str]) -> Iterator[Raised]:
    """The exceptions of one piece: that of its frames, and any whose line stands alone after it."""
    frames, rest = _taken_apart(lines)
    for piece in _by_headline(rest):
        kept = tuple(line for line in piece if line.strip())
        if kept or frames:
            message = re.sub(r"\s+", " ", " ".join(kept)).strip()
            yield Raised(message, kept, "\n".join(lines), tuple(frames))


def _by_headline(lines: Sequence[str]) -> Iterator[list[str]]:
    piece: list[str] = []
    for line in lines:
        if _HEADLINE.match(line) and any(one.strip() for one in piece):
            yield piece
            piece = []
        piece.append(line)
    yield piece


def _taken_apart(lines: Sequence[str]) -> tuple[list[Frame], list[str]]:
    """The frames, and the lines that are neither frames nor their code."""
    frames: list[Frame] = []
    rest: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        frame = _PYTHON_FRAME.match(line) or _NOTEBOOK_FRAME.match(line)
        if frame is not None and len(frames) < _MOST_FRAMES:
            taken, source = _source(lines, index, frame)
            frames.append(_frame(frame, source))
            index += taken
        elif _JAVA_FRAME.match(line) or _MORE.match(line) or _TRACEBACK in line:
            continue
        else:
            rest.append(line)
    return frames, rest


def _source(lines: Sequence[str], start: int, frame: re.Match[str]) -> tuple[int, str]:
    """How many lines after a frame are its code, and the code itself."""
    if frame.re is _PYTHON_FRAME:
        own = len(frame.group()) - len(frame.group().lstrip())
        taken = 0
        while start + taken < len(lines) and taken < 6:
            line = lines[start + taken]
            if not line.strip() or len(line) - len(line.lstrip()) <= own or _PYTHON_FRAME.match(line):
                break
            taken += 1
        return taken, lines[start].strip() if taken else ""
    taken, source = 0, ""
    while start + taken < len(lines) and (numbered := _NUMBERED.match(lines[start + taken])):
        if numbered.group("arrow"):
            source = (numbered.group("code") or "").strip()
        taken += 1
    return taken, source


def _frame(match: re.Match[str], source: str) -> Frame:
    if match.re is _PYTHON_FRAME:
        return Frame(match.group(1), int(match.group(2)), source)
    named = match.groupdict()
    path = named["file"] or named["cell"] or named["old"] or ""
    return Frame(path, int(named["line"] or named["cell_line"] or 0), source)
