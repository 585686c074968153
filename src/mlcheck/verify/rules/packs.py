"""The packs are those on the base, and those that the policy asks for."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.record.build import packs_used
from mlcheck.record.codes import Code
from mlcheck.record.refusal import Refusal
from mlcheck.verify.case import Opened, Signed, about


def packs_are_there(opened: Opened) -> Iterator[Refusal]:
    """Every pack that the policy asks for is in force; one that extends it will do."""
    there = {name for pack in opened.packs for name in (pack.name, pack.extends)}
    for name in opened.trust.policy.packs:
        if name not in there:
            yield Refusal(Code.E_PACK_MISSING, f"the policy asks for the pack `{name}`, which is not on the base")


def packs_are_the_bases(signed: Signed) -> Iterator[Refusal]:
    """The record was made with the base's packs, and each item as they have it."""
    used = {pack.name: pack for pack in signed.record.packs}
    for pack in packs_used(signed.opened.packs):
        if used.pop(pack.name, None) != pack:
            yield Refusal(
                Code.E_PACK_CHANGED,
                f"the pack `{pack.name}` is {pack.version} ({pack.digest[:12]}…) on the base,"
                " and was another when it was signed",
                path=signed.developer.path,
                help="run `mlcheck run`, which asks about what differs",
            )
    for name in used:
        yield Refusal(Code.E_PACK_CHANGED, f"the pack `{name}` is not on the base", path=signed.developer.path)
    items = {item.id: item for pack in signed.opened.packs for item in pack.items}
    for item in signed.record.items:
        base = items.get(item.id)
        if base is not None and (item.text, item.pack) != (base.digest, base.pack):
            yield Refusal(
                Code.E_PACK_CHANGED,
                f"{about(item)} has another text on the base",
                item=item.id,
                path=signed.developer.path,
                help="run `mlcheck run`, which asks it again",
            )
