"""A check's page for a terminal: what is wrong, what breaks, the fix, and both examples side by side."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlcheck.checks.base import Check, Severity
from mlcheck.knowledge.error_catalogue import KnownError
from mlcheck.packs.model import Item
from mlcheck.printable import printable
from mlcheck.reports.style import Style
from mlcheck.reports.wrapping import WIDTH, code_lines, labelled, wrapped

_COLUMN = 9  # where what stands behind a label begins
_UNDER_FIX = " " * len("Fix: ")
_LABEL = re.compile(r"(Breaks with|Source|Fix): ?(.*)")
_FILE = re.compile(r"# file: (\S+)$")
_EXPECTED = re.compile(r"\s*# error: \[[a-z0-9-]+\] ?(.*)$")


@dataclass(frozen=True, slots=True)
class PageText:
    """A check's docstring taken apart."""

    summary: str
    prose: tuple[str, ...]  # paragraphs; one that is indented is code
    breaks: tuple[str, ...]
    sources: tuple[str, ...]
    fix: str


def page_text(page: str) -> PageText:
    """The parts of a page: the summary, the prose, and what stands behind its labels."""
    summary, _, rest = page.strip().partition("\n")
    prose: list[str] = []
    labelled: dict[str, list[str]] = {"Breaks with": [], "Source": [], "Fix": []}
    label = ""
    for line in rest.split("\n"):
        match = _LABEL.match(line)
        if match:
            label = match.group(1)
            labelled[label].append(match.group(2))
        elif label:
            labelled[label][-1] += f"\n{line}"
        else:
            prose.append(line)
    fix = "\n".join(_code(one) for one in labelled["Fix"])
    texts = {name: tuple(" ".join(one.split()) for one in labelled[name]) for name in ("Breaks with", "Source")}
    return PageText(summary.strip(), tuple(_paragraphs(prose)), texts["Breaks with"], texts["Source"], fix)


def _code(text: str) -> str:
    """Code behind `Fix: `, its further lines moved to where the first one stands."""
    first, _, further = text.rstrip().partition("\n")
    lines = further.split("\n") if further.strip() else []
    under = all(line.startswith(_UNDER_FIX) for line in lines if line.strip())
    moved = [line[len(_UNDER_FIX) :] for line in lines] if under else textwrap.dedent(further).split("\n")
    return "\n".join([first, *(moved if lines else [])])


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
        if block.strip():
            yield block


def check_page(check: Check, items: Sequence[Item], errors: Sequence[KnownError], style: Style) -> Iterator[str]:
    """The page of a check that exists."""
    text = page_text(check.page)
    yield from _title(check.name, check.severity, style)
    yield from _words(text, style)
    yield ""
    yield from _example(check.bad, "wrong", "error", style)
    yield ""
    yield from _example(check.good, "right", "good", style)
    if text.fix:
        yield ""
        yield from fix_lines(text.fix, "fix", style)
    yield ""
    yield from decides(items)
    yield from known_errors(errors)
    for source in text.sources:
        yield from (style("dim", line) for line in labelled("source", source, _COLUMN))
    yield ""
    yield from wrapped("To accept one, on its line, with a reason:")
    yield f"    # mlcheck: ignore[{check.name}] <why it is right here>"


def plain_page(name: str, severity: Severity, page: str, style: Style) -> Iterator[str]:
    """The page of what is found without being a check of the code: its words and its fix."""
    text = page_text(page)
    yield from _title(name, severity, style)
    yield from _words(text, style)
    yield ""
    yield from fix_lines(text.fix, "fix", style)


def _words(text: PageText, style: Style) -> Iterator[str]:
    """The summary, the prose, and what breaks."""
    yield from (style("bold", line) for line in wrapped(text.summary))
    for paragraph in text.prose:
        yield ""
        if paragraph.startswith("    "):
            yield from (part for line in code_lines(paragraph, "") for part in _cut(line, 0))
        else:
            yield from wrapped(" ".join(paragraph.split()))
    if text.breaks:
        yield ""
        mark = "· " if len(text.breaks) > 1 else ""
        for index, line in enumerate(text.breaks):
            head = f"{'breaks with' if index == 0 else '':<13}{mark}"
            yield from (style("error", one) for one in wrapped(line, head))


def _title(name: str, severity: Severity, style: Style) -> Iterator[str]:
    kinds = {"error": "error: breaks at run time, or corrupts silently", "warning": "warning: a risk"}
    yield f"{style(severity, name)}  {style('dim', kinds.get(severity, 'info: a convention'))}"


def decides(items: Sequence[Item]) -> Iterator[str]:
    """The items that a check decides, one on a line."""
    for index, item in enumerate(items):
        head = f"{'decides' if index == 0 else '':<{_COLUMN}}{item.id} {'K' if item.killer else ' '} "
        yield from wrapped(item.title, head)
    if not items:
        yield "decides no item of these packs"


def known_errors(errors: Sequence[KnownError]) -> Iterator[str]:
    """The errors of the catalogue that a check or an item prevents."""
    if errors:
        yield from labelled("prevents", ", ".join(error.id for error in errors), _COLUMN)


def fix_lines(text: str, label: str, style: Style) -> Iterator[str]:
    """Code to paste, with its label before the first line."""
    parts = (part for line in text.expandtabs(4).split("\n") for part in _cut(printable(line), _COLUMN))
    for index, part in enumerate(parts):
        yield f"{label if index == 0 else '':<{_COLUMN}}{style('fix', part)}".rstrip()


def _example(text: str, label: str, severity: str, style: Style) -> Iterator[str]:
    """An example's lines beside a rule; what the check says stands below its line."""
    yield style(severity, label)
    for line in text.rstrip().expandtabs(4).split("\n"):
        file = _FILE.match(line)
        if file:
            yield style("dim", f"  ┌ {printable(file.group(1))}")
            continue
        expected = _EXPECTED.search(line)
        code = printable(line[: expected.start()] if expected else line)
        for part in _cut(code, 4):
            yield f"  {style(severity, '│')} {style(severity, part) if expected else part}".rstrip()
        if expected:
            indent = " " * (len(code) - len(code.lstrip()))
            said = expected.group(1) or "found here"
            yield from (style(severity, one) for one in wrapped(said, f"  │ {indent}^ "))


def _cut(code: str, before: int) -> list[str]:
    """Code no wider than what is left of the terminal: what goes beyond is put on lines of its own."""
    width = WIDTH - before
    if len(code) <= width:
        return [code]
    indent = " " * (len(code) - len(code.lstrip()) + 4)
    return textwrap.wrap(code, width, subsequent_indent=indent, break_on_hyphens=False) or [code]


def missing_page(name: str, items: Sequence[Item], errors: Sequence[KnownError], style: Style) -> Iterator[str]:
    """The page of a check whose name is reserved, and that isn't there yet."""
    yield f"{style('bold', name)}  {style('dim', 'not written yet')}"
    yield from wrapped("No check of this name exists yet. What it would decide, a person is asked:")
    for item in items:
        yield ""
        yield from wrapped(item.title, f"{item.id} {'K' if item.killer else ' '} ")
        yield from wrapped(item.question, "  asks".ljust(_COLUMN))
        yield from fix_lines(item.how, "  do", style)
    if errors:
        yield ""
        yield from known_errors(errors)
