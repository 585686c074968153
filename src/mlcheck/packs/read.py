"""A pack's YAML as values with their places, every mistake named by its line.

Nothing is known here of other packs: what `extends` and `retire` name is
looked up in `load`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlcheck.checks.declared.model import DeclaredCheck
from mlcheck.errors import ConfigurationError
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.packs.check_fields import read_checks
from mlcheck.packs.fields import ITEM_FIELDS, PACK_FIELDS, Mistakes, PackError, known_entries, value_place
from mlcheck.packs.vocabulary import FORMAT
from mlcheck.printable import suggestion
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlError, YamlList, YamlMap, YamlNode, YamlScalar, read_yaml

MAX_BYTES = 1024 * 1024
PACK_KEYS = ("format", "name", "title", "version", "extends", "retire", "checks", "items")


@dataclass(frozen=True, slots=True)
class RawItem:
    """An item as written: only the keys that are there, as `Item` holds them, each with its place."""

    id: str
    fields: Mapping[str, Any]
    places: Mapping[str, Place]
    place: Place


@dataclass(frozen=True, slots=True)
class RawPack:
    """A pack as written. `digest` is the SHA-256 of its text with CRLF turned to LF."""

    path: str
    name: str
    title: str
    version: str
    extends: str | None
    items: tuple[RawItem, ...]
    retire: tuple[tuple[str, Place], ...]
    digest: str
    places: Mapping[str, Place]  # of each key's value
    checks: tuple[DeclaredCheck, ...]
    named: tuple[tuple[str, Place], ...]  # the checks that its items name


def decode_pack(raw: bytes, path: str) -> str:
    """The text of a pack's bytes. Raises ConfigurationError: too big, or not UTF-8."""
    if len(raw) > MAX_BYTES:
        raise ConfigurationError(
            f"the pack is larger than {MAX_BYTES // 1024} KiB",
            where=f"{path}:1",
            help="split it into several packs",
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("not UTF-8", where=f"{path}:{line}", help="save the file as UTF-8") from None


def read_pack(text: str, path: str) -> RawPack:
    """The pack that a text holds. Raises PackError with every mistake that was found."""
    mistakes = Mistakes(path)
    root = _root(text, path, mistakes)
    entries = known_entries(root, PACK_KEYS, "a pack", mistakes)
    _check_format(entries, root, mistakes)
    fields: dict[str, Any] = {}
    for key, reader in PACK_FIELDS.items():
        node = entries.get(key)
        if node is not None:
            fields[key] = reader(node[1], value_place(*node), key, mistakes)
        elif key in ("name", "title", "version") and len(entries) == len(root.entries):
            mistakes.add(root.place, f"a pack needs `{key}`", f"add `{key}:`")
    checks = _checks(entries, str(fields.get("name") or ""), mistakes)
    items = _items(entries, root, mistakes)
    named = tuple(_named_checks(entries))
    if "extends" not in entries:  # else the pack that it extends may declare them
        mistakes.found += unknown_checks(named, {*CHECK_NAMES, *_declared_names(entries)})
    mistakes.raise_any()
    return RawPack(
        path=path,
        name=fields["name"],
        title=fields["title"],
        version=fields["version"],
        extends=fields.get("extends"),
        items=items,
        retire=_retired(entries, mistakes),
        digest=hashlib.sha256(text.encode().replace(b"\r\n", b"\n")).hexdigest(),
        places={key: value_place(*node) for key, node in entries.items()},
        checks=checks,
        named=named,
    )


# --- the file ---------------------------------------------------------------


def _root(text: str, path: str, mistakes: Mistakes) -> YamlMap:
    try:
        root = read_yaml(text.removeprefix("\ufeff"), path)
    except YamlError as error:
        lines = text.split("\n")
        tab = re.match(r"\s*\t", lines[min(error.place.line, len(lines)) - 1])
        raise ConfigurationError(
            "a tab where YAML wants spaces" if tab else error.what,
            where=error.where,
            help="indent with spaces" if tab else error.help,
        ) from None
    if root is None:
        mistakes.add(Place(path, 1), "the pack is empty", f"begin with `format: {FORMAT}`")
        raise PackError(mistakes.found)
    if not isinstance(root, YamlMap):
        mistakes.add(root.place, "a pack is a mapping", f"begin with `format: {FORMAT}`")
        raise PackError(mistakes.found)
    for number, line in enumerate(text.split("\n"), 1):
        if number > root.place.line and re.match(r"---(\s|$)", line):
            mistakes.add(Place(path, number), "a second YAML document", "put it in a file of its own")
    return root


def _check_format(entries: Mapping[str, tuple[YamlScalar, YamlNode]], root: YamlMap, mistakes: Mistakes) -> None:
    node = entries.get("format")
    if node is None:
        if len(entries) == len(root.entries):
            mistakes.add(root.place, "a pack needs `format`", f"add `format: {FORMAT}`")
    elif not isinstance(node[1], YamlScalar) or node[1].value != FORMAT:
        mistakes.add(value_place(*node), "a format that this version does not read", f"write `format: {FORMAT}`")


# --- checks -----------------------------------------------------------------


def _checks(
    entries: Mapping[str, tuple[YamlScalar, YamlNode]], pack: str, mistakes: Mistakes
) -> tuple[DeclaredCheck, ...]:
    node = entries.get("checks")
    return read_checks(node[1], value_place(*node), pack, mistakes) if node is not None else ()


def unknown_checks(named: Iterable[tuple[str, Place]], known: Collection[str]) -> Iterator[ConfigurationError]:
    """A mistake for each name of a check that there is none of."""
    for name, place in named:
        if name not in known:
            yield ConfigurationError(f"`{name}` is no check", where=place.shown(), help=suggestion(name, known))


def _named_checks(entries: Mapping[str, tuple[YamlScalar, YamlNode]]) -> Iterator[tuple[str, Place]]:
    """The names of checks in the items' `decided_by` and `narrow`, as they are written."""
    items = entries["items"][1] if "items" in entries else None
    for item in items.items if isinstance(items, YamlList) else ():
        decided = item.get("decided_by") if isinstance(item, YamlMap) else None
        for one in decided.items if isinstance(decided, YamlList) else ():
            if isinstance(one, YamlScalar) and isinstance(one.value, str):
                yield one.value, one.place
        narrow = item.get("narrow") if isinstance(item, YamlMap) else None
        for key, _ in narrow.entries if isinstance(narrow, YamlMap) else ():
            yield key.text, key.place


def _declared_names(entries: Mapping[str, tuple[YamlScalar, YamlNode]]) -> Iterator[str]:
    """The names of the declared checks, of those that are wrong too: what names them isn't."""
    checks = entries["checks"][1] if "checks" in entries else None
    for check in checks.items if isinstance(checks, YamlList) else ():
        name = check.get("name") if isinstance(check, YamlMap) else None
        if isinstance(name, YamlScalar):
            yield name.text


# --- items ------------------------------------------------------------------


def _items(
    entries: Mapping[str, tuple[YamlScalar, YamlNode]], root: YamlMap, mistakes: Mistakes
) -> tuple[RawItem, ...]:
    node = entries.get("items")
    if node is None:
        if "extends" not in entries and len(entries) == len(root.entries):
            mistakes.add(root.place, "a pack needs `items`", "add `items:` with at least one item")
        return ()
    if not isinstance(node[1], YamlList) or not (node[1].items or "extends" in entries):
        mistakes.add(
            value_place(*node),
            "`items` is a list of at least one item",
            "write `- id: TEAM-01` and its keys",
        )
        return ()
    items: list[RawItem] = []
    lines: dict[str, int] = {}
    for one in node[1].items:
        item = _item(one, mistakes)
        if item is None:
            continue
        if item.id in lines:
            mistakes.add(item.places["id"], f"`{item.id}` is there twice", f"the first is on line {lines[item.id]}")
        lines.setdefault(item.id, item.place.line)
        items.append(item)
    return tuple(items)


def _item(node: YamlNode, mistakes: Mistakes) -> RawItem | None:
    if not isinstance(node, YamlMap):
        mistakes.add(node.place, "an item is a mapping", "write `- id: TEAM-01` and its keys")
        return None
    entries = known_entries(node, tuple(ITEM_FIELDS), "an item", mistakes)
    if "id" not in entries:
        if len(entries) == len(node.entries):  # no key was misspelt, which is told already
            mistakes.add(node.place, "an item needs `id`", "add `id: TEAM-01`, with a prefix of your own")
        return None
    fields: dict[str, Any] = {}
    places: dict[str, Place] = {}
    for key, value in entries.items():
        places[key] = value_place(*value)
        read = ITEM_FIELDS[key](value[1], places[key], key, mistakes)
        if read is not None:
            fields[key] = read
    if "id" not in fields:
        return None
    return RawItem(fields["id"], fields, places, node.place)


def _retired(entries: Mapping[str, tuple[YamlScalar, YamlNode]], mistakes: Mistakes) -> tuple[tuple[str, Place], ...]:
    node = entries.get("retire")
    if node is None or not isinstance(node[1], YamlList):
        return ()
    return tuple((one.text, one.place) for one in node[1].items if isinstance(one, YamlScalar))
