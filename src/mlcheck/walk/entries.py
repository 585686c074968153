"""Entries of an answers file as written: mappings with known keys, each mistake kept with its line."""

from __future__ import annotations

from collections.abc import Iterable

from mlcheck.errors import ConfigurationError
from mlcheck.packs.legal import text_refusal
from mlcheck.printable import suggestion
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlError, YamlMap, YamlNode, YamlScalar, read_yaml

FORMAT = "mlcheck/answers/1"
MAX_BYTES = 4 * 1024 * 1024
ROOT_KEYS = ("format", "renew", "answers", "review")

_SHOWN = 20  # mistakes told at once


class AnswersError(ConfigurationError):
    """One or more mistakes in an answers file; `line()` tells each on a line of its own."""

    def __init__(self, mistakes: Iterable[ConfigurationError]) -> None:
        self.mistakes = tuple(mistakes)
        first = self.mistakes[0]
        super().__init__(first.what, where=first.where, help=first.help)

    def line(self) -> str:
        lines = [mistake.line() for mistake in self.mistakes[:_SHOWN]]
        if len(self.mistakes) > _SHOWN:
            lines.append(f"and {len(self.mistakes) - _SHOWN} more mistakes; mend these first")
        return "\n".join(lines)


class Mistakes:
    """The mistakes of one file, in the order in which they were met."""

    def __init__(self) -> None:
        self.found: list[ConfigurationError] = []

    def add(self, place: Place, what: str, help: str) -> None:
        self.found.append(ConfigurationError(what, where=place.shown(), help=help))

    def raise_any(self) -> None:
        if self.found:
            raise AnswersError(self.found)


def read_root(data: bytes, path: str, mistakes: Mistakes) -> YamlMap:
    """The file's mapping, its format checked. Raises ConfigurationError where there is none."""
    if len(data) > MAX_BYTES:
        raise ConfigurationError(
            f"the answers are larger than {MAX_BYTES >> 20} MiB", where=path, help="split the file"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("not UTF-8", where=f"{path}:{line}", help="save the file as UTF-8") from None
    begin = f"begin with `format: {FORMAT}`"
    try:
        root = read_yaml(text, path)
    except YamlError as error:
        raise ConfigurationError(error.what, where=error.where, help=error.help) from None
    if not isinstance(root, YamlMap):
        raise ConfigurationError("an answers file is a mapping", where=f"{path}:1", help=begin)
    known_keys(root, ROOT_KEYS, "an answers file", mistakes)
    given = root.get("format")
    if not isinstance(given, YamlScalar) or given.text != FORMAT:
        place = given.place if given is not None else root.place
        mistakes.add(place, "not a format that this version reads", begin)
    return root


def known_keys(node: YamlMap, known: tuple[str, ...], of: str, mistakes: Mistakes) -> None:
    """Tells the keys that are unknown, or given twice."""
    for key, _ in node.entries:
        if key.text not in known:
            mistakes.add(key.place, f"`{key.text}` is no key of {of}", suggestion(key.text, known))
    once(node, mistakes)


def once(node: YamlMap, mistakes: Mistakes) -> None:
    """Tells the first key that is given twice."""
    twice = node.duplicate()
    if twice is not None:
        mistakes.add(twice.place, f"`{twice.text}` is given twice", "keep one of them")


def mapping(node: YamlMap, key: str, mistakes: Mistakes) -> YamlMap | None:
    """The mapping under a key; None where it is absent or empty, or none (which is told)."""
    value = node.get(key)
    if value is None or isinstance(value, YamlMap):
        return value
    if not (isinstance(value, YamlScalar) and value.value is None):
        help = f"write `{key}:` and its entries below, indented"
        mistakes.add(value.place, f"`{key}` is not a mapping", help)
    return None


def text(node: YamlMap, key: str, mistakes: Mistakes) -> str | None:
    """The text under a key as written; None where it is absent or empty, or no text (which is told)."""
    value = node.get(key)
    if value is None or (isinstance(value, YamlScalar) and (value.value is None or not value.text.strip())):
        return None
    if not isinstance(value, YamlScalar):
        mistakes.add(value.place, f"`{key}` is not a text", f'write `{key}: "…"`')
        return None
    why = text_refusal(key, value.text)
    if why is not None:
        mistakes.add(value.place, why, f"write another `{key}`")
        return None
    return value.text.strip()


def place_of(node: YamlMap, key: str) -> Place:
    """Where a key's value is written; the mapping's own place where it is absent."""
    found = node.key(key)
    return found.place if found is not None else node.place


def as_mapping(key: YamlScalar, node: YamlNode, mistakes: Mistakes, of: str = "{outcome: …}") -> YamlMap | None:
    """An entry's mapping; an empty entry is None, anything else is told."""
    if isinstance(node, YamlMap):
        return node
    if not (isinstance(node, YamlScalar) and node.value is None):
        mistakes.add(key.place, f"`{key.text}` is not a mapping", f"write `{key.text}: {of}`")
    return None
