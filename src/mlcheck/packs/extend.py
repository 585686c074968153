"""Items made whole: a pack of its own, or one that changes, adds to and retires items of another.

A killer that ships may be tightened by a team, never loosened: it stays a
killer, keeps its checks, its scope, its role and what it applies to, and
can't be retired.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as fields_of
from typing import Any

from mlcheck.errors import ConfigurationError
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.packs.fields import PackError
from mlcheck.packs.model import Item, Pack
from mlcheck.packs.read import RawItem, RawPack, unknown_checks
from mlcheck.printable import suggestion
from mlcheck.project.place import Place

REQUIRED = ("id", "title", "question", "why", "how", "scope", "answer")
SHIPPED = "mlcheck"  # the source of the five packs

_DEFAULTS: Mapping[str, Any] = {
    "killer": False,
    "decided_by": (),
    "applies_to": (),
    "role": None,
    "choices": (),
    "evidence": "",
    "references": (),
    "prevents": (),
}
_NOT_ITS_OWN = ("pack", "digest", "place")


def whole_pack(raw: RawPack, base: Pack | None, known: Sequence[Pack], source: str) -> Pack:
    """The pack with every item complete. `known` are all packs so far, the base among them.

    Raises PackError with every mistake that was found.
    """
    mistakes: list[ConfigurationError] = []
    mistakes.extend(_taken_elsewhere(raw, base, known))
    mistakes.extend(_retired_wrongly(raw, base, known))
    checks = (*(base.checks if base else ()), *raw.checks)
    if base is not None:
        mistakes.extend(unknown_checks(raw.named, {*CHECK_NAMES, *(check.name for check in checks)}))
    retired = {name for name, _ in raw.retire}
    changes = {item.id: item for item in raw.items}
    items: list[Item] = []
    for item in base.items if base else ():
        if item.id not in retired:
            items.append(_changed(changes.pop(item.id, None), item, raw, known, mistakes))
        elif item.id in changes:
            place = changes.pop(item.id).place
            mistakes.append(_error(place, f"`{item.id}` is changed and retired", "do one of the two"))
    items.extend(_item(raw.name, added, {}, mistakes) for added in changes.values())
    mistakes.extend(_never_asked(raw, items))
    if mistakes:
        raise PackError(sorted(mistakes, key=_line_of))
    own = raw.digest
    digest = hashlib.sha256(f"{own} {base.digest}".encode()).hexdigest() if base else own
    return Pack(raw.name, raw.title, raw.version, digest, tuple(items), source, base.name if base else None, checks)


def ancestors(pack: Pack, known: Sequence[Pack]) -> Iterator[Pack]:
    """The packs that a pack extends, its base first."""
    by_name = {one.name: one for one in known}
    base = by_name.get(pack.extends or "")
    while base is not None:
        yield base
        base = by_name.get(base.extends or "")


# --- one item ---------------------------------------------------------------


def _changed(
    change: RawItem | None,
    item: Item,
    raw: RawPack,
    known: Sequence[Pack],
    mistakes: list[ConfigurationError],
) -> Item:
    own = {field.name: getattr(item, field.name) for field in fields_of(item) if field.name not in _NOT_ITS_OWN}
    if change is None:
        return Item(**own, pack=raw.name, digest=item.digest, place=item.place)
    shipped = _shipped_killer(item.id, known)
    if shipped is not None:
        mistakes.extend(_loosened(change, shipped))
    if change.fields.get("answer", "choice") != "choice":
        own["choices"] = ()  # those of an answer that is no longer a choice
    return _item(raw.name, change, own, mistakes)


def _item(pack: str, raw: RawItem, below: Mapping[str, Any], mistakes: list[ConfigurationError]) -> Item:
    """The item from what is written, over what the base has and the defaults."""
    own: dict[str, Any] = {**_DEFAULTS, **below, **raw.fields}
    for key in REQUIRED:
        if key not in own and key not in raw.places:  # a key that is there and wrong is told already
            mistakes.append(_error(raw.place, f"`{raw.id}` needs `{key}`", f"add `{key}:`"))
        own.setdefault(key, "")
    own.setdefault("narrow", {})
    mistakes.extend(_inconsistent(raw, own))
    return Item(**own, pack=pack, digest=item_digest(own), place=raw.place)


def item_digest(own: Mapping[str, Any]) -> str:
    """The SHA-256 of an item's own fields as canonical JSON: keys sorted, no spaces, UTF-8."""
    plain = {**own, "references": [{"title": one.title, "url": one.url} for one in own["references"]]}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _inconsistent(raw: RawItem, own: Mapping[str, Any]) -> Iterator[ConfigurationError]:
    place = raw.places.get("answer", raw.places.get("killer", raw.place))
    if own["killer"] and own["answer"] == "confirm":
        yield _error(
            place,
            f"`{raw.id}` is a killer, and `confirm` asks for no value",
            "let `answer` be choice, text, number, path, url or date",
        )
    if own["answer"] == "choice" and not own["choices"] and "choices" not in raw.places:
        yield _error(place, f"`{raw.id}` is answered by choice, and has no `choices`", "add `choices:`")
    if own["choices"] and own["answer"] not in ("choice", ""):
        place = raw.places.get("choices", raw.place)
        yield _error(place, f"`{raw.id}` has choices, and is answered by {own['answer']}", "write `answer: choice`")
    for check in own["narrow"]:
        if check not in own["decided_by"]:
            place = raw.places.get("narrow", raw.place)
            yield _error(
                place, f"`narrow` speaks of `{check}`, which does not decide `{raw.id}`", "add it to `decided_by`"
            )


def _never_asked(raw: RawPack, items: Sequence[Item]) -> Iterator[ConfigurationError]:
    """A declared check that decides no item is never run."""
    named = {name for item in items for name in item.decided_by} | {name for name, _ in raw.named}
    for check in raw.checks:
        if check.name not in named:
            yield _error(check.place, f"`{check.name}` decides no item", "name it in an item's `decided_by`")


# --- what the base and other packs allow --------------------------------------


def _loosened(change: RawItem, shipped: Item) -> Iterator[ConfigurationError]:
    for key, value in change.fields.items():
        kept: object = None
        match key:
            case "killer" if not value:
                kept = "true"
            case "decided_by" if not set(shipped.decided_by) <= set(value):
                kept = ", ".join(shipped.decided_by)
            case "applies_to" if not set(value) <= set(shipped.applies_to):
                kept = ", ".join(shipped.applies_to) or "every project"
            case "scope" | "role" | "narrow" if value != getattr(shipped, key):
                kept = str(getattr(shipped, key) or "none")
        if kept is not None:
            what = f"`{change.id}` is a killer of mlcheck's, and this `{key}` would loosen it"
            yield _error(change.places[key], what, f"leave `{key}` out; it is {kept}")


def _retired_wrongly(raw: RawPack, base: Pack | None, known: Sequence[Pack]) -> Iterator[ConfigurationError]:
    there = [item.id for item in base.items] if base else []
    for name, place in raw.retire:
        if base is None:
            yield _error(place, "`retire` needs a pack to retire from", "add `extends: NAME`")
        elif name not in there:
            yield _error(place, f"`{name}` is no item of `{base.name}`", suggestion(name, there))
        elif _shipped_killer(name, known) is not None:
            yield _error(place, f"`{name}` is a killer of mlcheck's and can't be retired", "waive it where it must be")


def _taken_elsewhere(raw: RawPack, base: Pack | None, known: Sequence[Pack]) -> Iterator[ConfigurationError]:
    line = {base.name, *(one.name for one in ancestors(base, known))} if base else set()
    taken = {item.id: (pack, item) for pack in known if pack.name not in line for item in pack.items}
    own = {item.id for item in base.items} if base else set()
    for item in raw.items:
        if item.id in taken and item.id not in own:
            pack, other = taken[item.id]
            where = f"in `{pack.name}` ({other.place.shown()})"
            yield _error(
                item.places["id"],
                f"`{item.id}` is there already, {where}",
                f"take another id, or `extends: {pack.name}` to change that item",
            )


def _shipped_killer(name: str, known: Sequence[Pack]) -> Item | None:
    for pack in known:
        for item in pack.items if pack.source == SHIPPED else ():
            if item.id == name and item.killer:
                return item
    return None


def _error(place: Place, what: str, help: str) -> ConfigurationError:
    return ConfigurationError(what, where=place.shown(), help=help)


def _line_of(error: ConfigurationError) -> int:
    return int(error.where.rpartition(":")[2])
