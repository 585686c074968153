"""Magic lines: what `%pip`, `%run`, `%sql`, `!command` and their kin say, from their lines alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LANGUAGES = {
    "sql": "sql",
    "md": "markdown",
    "md-sandbox": "markdown",
    "markdown": "markdown",
    "sh": "sh",
    "bash": "sh",
    "scala": "scala",
    "r": "r",
    "fs": "other",
    "html": "other",
    "javascript": "other",
    "js": "other",
    "latex": "other",
    "perl": "other",
    "ruby": "other",
    "script": "other",
    "svg": "other",
    "writefile": "other",
}
# A Python cell follows.
_TIMED = (
    "time",
    "timeit",
    "capture",
    "prun",
    "memit",
    "mprun",
    "lprun",
    "heat",
    "snakeviz",
    "wandb",
    "debug",
    "scalene",
)
_PYTHON = frozenset(["python", "python3", "py", "pyspark", "spark", "local", *_TIMED])

_MAGIC = re.compile(r"\s*(?:(%%?)([A-Za-z][\w-]*)|(!!?))[ \t]*(.*)", re.DOTALL)
_PIP = re.compile(r"(?:sudo\s+)?(?:(?:\{?sys\.executable\}?|\S*python3?)\s+-m\s+|uv\s+)?pip3?\s+(.*)", re.DOTALL)
_COMMENT = re.compile(r"\s+#\s.*\Z")
_RUN_PARAMETER = re.compile(r"""\$([A-Za-z_]\w*)\s*=\s*("[^"]*"|'[^']*'|\S+)""")


@dataclass(frozen=True, slots=True)
class FoundMagic:
    """A magic; `line` is that of its argument in the cell, from 0, the rest as in a Magic."""

    kind: str
    argument: str
    line: int
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """What one magic takes in: how many lines, the language of these, and the magics that they are.

    `python` says that the lines after it are Python; `code` is the Python that
    stands on the magic's own line (`%time x = 1`).
    """

    count: int
    language: str | None = None
    magics: tuple[FoundMagic, ...] = ()
    python: bool = False
    code: str | None = None


def read_block(lines: Sequence[str], start: int, end: int, whole: bool) -> Block | None:
    """The magic that starts at `lines[start]`, with no line at or after `end`, or None.

    `whole`: a language's magic takes all the lines to the end, as it does where
    it stands first in its cell.
    """
    match = _MAGIC.match(lines[start])
    if match is None:
        return None
    sign, word, bang, rest = match.groups()
    if bang:
        return _line_magic(lines, start, end, "!", rest)
    name = word.lower()
    takes_all = whole or sign == "%%"
    if name in LANGUAGES and takes_all:
        text = "\n".join([rest, *lines[start + 1 : end]])
        return Block(end - start, LANGUAGES[name], _language_magics(LANGUAGES[name], text, start))
    if name in _PYTHON and takes_all and not (name == "time" and sign == "%" and rest.strip()):
        kept = (FoundMagic("other", f"{name} {rest}".strip(), start),) if name == "capture" else ()
        return Block(1, magics=kept, python=True)
    if name == "time" and rest.strip():
        return Block(1, code=rest)
    if sign == "%%" and name != "run" and name not in ("pip", "sql"):
        text = "\n".join([f"{name} {rest}".strip(), *lines[start + 1 : end]])
        return Block(end - start, "unknown", (FoundMagic("other", text, start),))
    return _line_magic(lines, start, end, name, rest)


def _language_magics(language: str, given: str, start: int) -> tuple[FoundMagic, ...]:
    text = given.lstrip("\n")
    line = start + len(given) - len(text)
    text = text.rstrip("\n")
    if language == "markdown":
        return ()
    if language == "sh":
        return (FoundMagic("sh", text, line), *_installs(text, line))
    return (FoundMagic("sql" if language == "sql" else "other", text, line),)


def _installs(script: str, line: int) -> list[FoundMagic]:
    """The `pip install` lines of a shell script."""
    found = []
    for offset, one in enumerate(script.split("\n")):
        match = _PIP.match(one.strip())
        if match:
            found.append(FoundMagic("pip", match.group(1), line + offset))
    return found


def _line_magic(lines: Sequence[str], start: int, end: int, name: str, rest: str) -> Block:
    parts = [rest.strip()]
    while parts[-1].endswith("\\") and start + len(parts) < end:
        parts[-1] = parts[-1][:-1].rstrip()
        parts.append(lines[start + len(parts)].strip())
    return Block(len(parts), None, (_one_line(name, " ".join(parts).strip(), start),))


def _one_line(name: str, rest: str, line: int) -> FoundMagic:
    if name == "pip":
        return FoundMagic("pip", rest, line)
    if name in ("!", "uv"):
        match = _PIP.match(rest)
        return FoundMagic("pip", match.group(1), line) if match else FoundMagic("sh", rest, line)
    if name == "run":
        path, parameters = _run_argument(rest)
        return FoundMagic("run", path, line, parameters)
    if name == "restart_python":
        return FoundMagic("restart", rest, line)
    if name in ("sql", "sh", "bash"):
        return FoundMagic(LANGUAGES[name], rest, line)
    return FoundMagic("other", f"{name} {rest}".strip(), line)


def _run_argument(rest: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The path of a `%run`, and the widgets that it sets."""
    rest = _COMMENT.sub("", rest)
    quoted = re.match(r"""(["'])(.*?)\1""", rest)
    if quoted:
        path, tail = quoted.group(2), rest[quoted.end() :]
    else:
        path, dollar, tail = rest.partition(" $")
        tail = dollar + tail
    found = _RUN_PARAMETER.findall(tail)
    return path.strip(), tuple((name, value.strip("\"'")) for name, value in found)
