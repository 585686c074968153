"""The keys of a pack and of an item: what each may hold, every mistake named by its line.

Each reader gives the value, or None after telling what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from mlcheck.errors import ConfigurationError
from mlcheck.packs.model import Reference
from mlcheck.packs.vocabulary import ANSWER_KINDS, APPLIES_TO, ROLES, SCOPES
from mlcheck.printable import forbidden_character, suggestion
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

_ITEM_ID = re.compile(r"[A-Z][A-Z0-9]+-[0-9]{2,}")
_PACK_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+){0,3}")
_SHOWN = 20  # mistakes told at once


class PackError(ConfigurationError):
    """One or more mistakes in packs; `line()` tells each on a line of its own."""

    def __init__(self, mistakes: Iterable[ConfigurationError]) -> None:
        self.mistakes = tuple(mistakes)
        first = self.mistakes[0]
        super().__init__(first.what, where=first.where, help=first.help)

    def line(self) -> str:
        lines = [mistake.line() for mistake in self.mistakes[:_SHOWN]]
        if len(self.mistakes) > _SHOWN:
            lines.append(f"{self.mistakes[0].where}: and {len(self.mistakes) - _SHOWN} more; mend these first")
        return "\n".join(lines)


class Mistakes:
    """The mistakes of one file, in the order in which they were met."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[ConfigurationError] = []

    def add(self, place: Place, what: str, help: str) -> None:
        self.found.append(ConfigurationError(what, where=place.shown(), help=help))

    def raise_any(self) -> None:
        if self.found:
            raise PackError(self.found)


def known_entries(
    node: YamlMap, known: tuple[str, ...], of: str, mistakes: Mistakes
) -> dict[str, tuple[YamlScalar, YamlNode]]:
    """The keys that are known, each once; the others are told."""
    entries: dict[str, tuple[YamlScalar, YamlNode]] = {}
    for key, value in node.entries:
        if key.text not in known:
            mistakes.add(key.place, f"`{key.text}` is no key of {of}", suggestion(key.text, known))
        elif key.text in entries:
            first = entries[key.text][0].place.line
            mistakes.add(key.place, f"`{key.text}` is given twice", f"keep this one or the one on line {first}")
        else:
            entries[key.text] = (key, value)
    return entries


def value_place(key: YamlScalar, value: YamlNode) -> Place:
    """Where the value is; an empty one has no place of its own, so its key's."""
    empty = isinstance(value, YamlScalar) and not value.text
    return key.place if empty else value.place


Reader = Callable[[YamlNode, Place, str, Mistakes], Any]


def read_text(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> str | None:
    value = node.value if isinstance(node, YamlScalar) else None
    if not isinstance(value, str) or not value.strip():
        written = node.text if isinstance(node, YamlScalar) else ""
        quoted = f'write it in quotes: {key}: "{written}"'
        mistakes.add(place, f"`{key}` is a text", quoted if written else "write a sentence")
        return None
    bad = forbidden_character(value)
    if bad:
        mistakes.add(place, f"`{key}` holds the character {bad}", "take it out")
        return None
    return value.strip()


def read_line(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> str | None:
    text = read_text(node, place, key, mistakes)
    if text is not None and "\n" in text:
        mistakes.add(place, f"`{key}` is one line", "use `>-` for a text that is wrapped")
        return None
    return text


def _matching(form: re.Pattern[str], example: str) -> Reader:
    def read(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> str | None:
        text = read_line(node, place, key, mistakes)
        if text is not None and not form.fullmatch(text):
            mistakes.add(place, f"`{key}: {text}` has not the right form", f"write it like `{example}`")
            return None
        return text

    return read


def read_flag(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> bool | None:
    if isinstance(node, YamlScalar) and isinstance(node.value, bool):
        return node.value
    mistakes.add(place, f"`{key}` is true or false", f"write `{key}: true` or leave it out")
    return None


def reads_one_of(known: Iterable[str]) -> Reader:
    names = tuple(known)

    def read(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> str | None:
        text = node.text if isinstance(node, YamlScalar) else ""
        if text not in names:
            what = f"`{text}` is no {key}" if text else f"`{key}` is one word"
            mistakes.add(place, what, suggestion(text, names))
            return None
        return text

    return read


def read_lines(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> tuple[str, ...] | None:
    if not isinstance(node, YamlList):
        mistakes.add(place, f"`{key}` is a list", f"write `{key}: [...]`")
        return None
    found = [read_line(one, one.place, key, mistakes) for one in node.items]
    known = [text for text in found if text is not None]
    for index, text in enumerate(known):
        if text in known[:index]:
            mistakes.add(place, f"`{key}` has `{text}` twice", "keep one")
            return None
    return tuple(known)


def _words(known: Iterable[str], what: str) -> Reader:
    names = frozenset(known)

    def read(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> tuple[str, ...] | None:
        texts = read_lines(node, place, key, mistakes)
        for one in node.items if isinstance(node, YamlList) else ():
            if isinstance(one, YamlScalar) and isinstance(one.value, str) and one.value not in names:
                mistakes.add(one.place, f"`{one.value}` is no {what}", suggestion(one.value, names))
        return texts

    return read


def _choices(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> tuple[str, ...] | None:
    texts = read_lines(node, place, key, mistakes)
    if texts is not None and isinstance(node, YamlList) and len(node.items) < 2:
        mistakes.add(place, "`choices` has at least two", "add another, or use `answer: text`")
        return None
    return texts


def _narrow(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> dict[str, dict[str, str]] | None:
    """Check → what its subject must be, both given as mappings of words."""
    like = f"write `{key}: {{dependency-unpinned: {{package: mlflow}}}}`"
    if not isinstance(node, YamlMap):
        mistakes.add(place, f"`{key}` is a mapping of checks", like)
        return None
    narrow: dict[str, dict[str, str]] = {}
    for name, (_, subject) in known_entries(node, node.keys(), f"`{key}`", mistakes).items():
        entries = subject.entries if isinstance(subject, YamlMap) else ()
        texts = {one.text: value.value for one, value in entries if isinstance(value, YamlScalar)}
        if not entries or len(texts) < len(entries) or not all(isinstance(text, str) for text in texts.values()):
            mistakes.add(subject.place, f"`{key}` says what a check's subject must be, in words", like)
            continue
        narrow[name] = {one: str(text) for one, text in texts.items()}
    return narrow


def _references(node: YamlNode, place: Place, key: str, mistakes: Mistakes) -> tuple[Reference, ...] | None:
    if not isinstance(node, YamlList):
        mistakes.add(place, "`references` is a list", "write `- title: …` and `url: …` below it")
        return None
    return tuple(_each_reference(node, mistakes))


def _each_reference(node: YamlList, mistakes: Mistakes) -> Iterator[Reference]:
    for one in node.items:
        if not isinstance(one, YamlMap):
            mistakes.add(one.place, "a reference has `title` and `url`", "write `- title: …` and `url: …` below it")
            continue
        entries = known_entries(one, ("title", "url"), "a reference", mistakes)
        texts = {key: read_line(value[1], value_place(*value), key, mistakes) for key, value in entries.items()}
        for key in ("title", "url"):
            if key not in entries:
                mistakes.add(one.place, f"a reference needs `{key}`", f"add `{key}:`")
        title, url = texts.get("title"), texts.get("url")
        if url and not _is_web_address(url):
            mistakes.add(entries["url"][1].place, f"`{url}` is no web address", "write it with https://")
        elif title and url:
            yield Reference(title, url)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)


_ID = _matching(_ITEM_ID, "TEAM-01")
_NAME = _matching(_PACK_NAME, "team-training")

PACK_FIELDS: Mapping[str, Reader] = {
    "name": _NAME,
    "title": read_line,
    "version": _matching(_VERSION, '"1.0"'),
    "extends": _NAME,
    "retire": read_lines,
}

ITEM_FIELDS: Mapping[str, Reader] = {
    "id": _ID,
    "title": read_line,
    "question": read_line,
    "why": read_line,
    "how": read_text,
    "killer": read_flag,
    "decided_by": read_lines,  # whether each is a check is told by `read` and `extend`
    "narrow": _narrow,
    "scope": reads_one_of(SCOPES),
    "role": reads_one_of(ROLES),
    "applies_to": _words(APPLIES_TO, "word of `applies_to`"),
    "answer": reads_one_of(ANSWER_KINDS),
    "choices": _choices,
    "evidence": read_line,
    "prevents": read_lines,
    "references": _references,
}
