"""Data files that code reads as its configuration: those that it names, so that the others are not read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from mlcheck.project.model import Code

MAX_CONFIG = 512 * 1024
_KINDS = ("json", "toml", "ini", "cfg", "conf")
_SUFFIXES = tuple(f".{kind}" for kind in _KINDS)
_END = re.compile(rf"\.(?:{'|'.join(_KINDS)})\b")
_STEM = re.compile(r"[\w.{}\[\]()$%\-]*\Z")
_HOLE = re.compile(r"\{[^}]*\}|%s|^.*\}")
_LONGEST_NAME = 120


def named_config(code: Mapping[str, Code], texts: Iterable[str], files: Iterable[str]) -> Iterator[str]:
    """The project's JSON, TOML and INI files whose name is written in code, or in one of the texts."""
    there = [path for path in files if path.lower().endswith(_SUFFIXES)]
    if not there:
        return
    names = {name for text in (*(one.text for one in code.values()), *texts) for name in _names(text)}
    exact = {name for name in names if "*" not in name}
    globs = [name for name in names if "*" in name]
    for path in there:
        name = posixpath.basename(path)
        if name in exact or any(fnmatchcase(name, glob) for glob in globs):
            yield path


def _names(text: str) -> Iterator[str]:
    """Names of such files in a text, with `*` where a part is put in when the code runs."""
    if not any(suffix in text for suffix in _SUFFIXES):
        return
    for end in _END.finditer(text):
        stem = _STEM.search(text, max(0, end.start() - _LONGEST_NAME), end.start())
        yield _HOLE.sub("*", (stem.group() if stem else "") + end.group())
