"""The answers file to be filled in: open items and computed fails, pack by pack, as commented YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from mlcheck.packs.model import InstanceOutcome, Item, ItemOutcome, Outcome
from mlcheck.packs.vocabulary import ANSWER_KINDS
from mlcheck.printable import printable
from mlcheck.walk.earlier import answer_shown
from mlcheck.walk.entries import FORMAT
from mlcheck.walk.renewal import renewals
from mlcheck.walk.sheet import Sheet

_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_NEEDS: tuple[tuple[Outcome, str], ...] = (
    ("pass", "pass (with a value)"),
    ("fail", "fail (with a note)"),
    ("n/a", "n/a (with a note: why)"),
    ("waived", "waived (with a waiver)"),
    ("disputed", "disputed (with a note: why the detector is wrong)"),
)


def template(sheet: Sheet) -> str:
    """The template's text; the same sheet gives the same text."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    asked = sheet.asked()
    yield f"# Answers for the change {printable(sheet.change.id)}: {len(asked)} items."
    yield "# Give each an `outcome`, with the value, note or waiver that it asks for. An item without an"
    yield "# outcome stays open. `kind`, `question`, `found`, `before`, `choices` and `expected`"
    yield "# are there to be read."
    yield "# `each:` within an item speaks of one instance by its name:"
    yield '#   each: {"cat.ml.demand": {outcome: pass, value: "…"}, "cat.ml.ltv": {outcome: n/a, note: "…"}}'
    yield "# Then:"
    yield "#   mlcheck run --answers THIS_FILE"
    yield f"format: {FORMAT}"
    yield from _renewals(sheet)
    yield "answers:" if asked else "answers: {}"
    pack = None
    for item in asked:
        if item.item.pack != pack:
            pack = item.item.pack
            found = sheet.pack(pack)
            yield ""
            yield f"  # ==== {printable(found.title if found else pack)} ({printable(pack)}) ===="
        yield ""
        yield from _item(sheet, item)


def _renewals(sheet: Sheet) -> Iterator[str]:
    found = renewals(sheet)
    if not found:
        return
    yield "# To keep earlier answers of a pack that rest on nothing but code that changed, say what was looked at:"
    yield "# renew:"
    for renewal in found:
        told = printable(f"{renewal.summary()}; given by {renewal.given()}")
        yield f'#   {key(renewal.pack.name)}: "…"  # {told}'


def _item(sheet: Sheet, item: ItemOutcome) -> Iterator[str]:
    needing = sheet.needing(item)
    yield f"  # {'KILLER: ' if item.item.killer else ''}{printable(item.item.title)}"
    if all(not one.evidence and not one.exhibit.paths for one in needing):
        yield "  # Nothing in the project seems to concern it: n/a, with a note, may fit."
    yield f"  {key(item.item.id)}:"
    alike = len({one.outcome for one in needing}) == 1
    if alike:
        yield from _blank(sheet, item, needing[0], "    ")
    yield f"    kind: {item.item.answer}"
    yield f"    question: {quoted(item.item.question)}"
    yield f"    found: {quoted('; '.join(_found(one) for one in needing))}"
    before = [words for one in needing if (words := _before(sheet, item, one))]
    if before:
        yield f"    before: {quoted('; '.join(before))}"
    yield f"    choices: [{', '.join(quoted(choice) for choice in item.item.choices)}]"
    yield f"    expected: {quoted(_expected(item.item, needing))}"
    if not alike:
        yield "    each:"
        for one in needing:
            yield f"      {key(one.name)}:"
            yield from _blank(sheet, item, one, "        ")


def _blank(sheet: Sheet, item: ItemOutcome, instance: InstanceOutcome, indent: str) -> Iterator[str]:
    """The fields to be filled in, the legal outcomes beside the first."""
    legal = [words for outcome, words in _NEEDS if not sheet.forbids(item, instance, outcome)]
    yield f"{indent}outcome:  # {', '.join(legal)}"
    yield f"{indent}value:"
    yield f"{indent}note:"
    waivable = not sheet.forbids(item, instance, "waived")
    if waivable and instance.outcome != "fail":
        yield f"{indent}# waiver: {{risk: low|medium|high, reason: , approver: , until: YYYY-MM-DD}}"
    if waivable and instance.outcome == "fail":
        yield f"{indent}waiver:"
        yield f"{indent}  risk:  # low, medium or high"
        yield f"{indent}  reason:"
        yield f"{indent}  approver:  # {_approvers(sheet)}"
        yield f"{indent}  until:  # YYYY-MM-DD, at the latest {sheet.rules.latest_waiver}"


def _approvers(sheet: Sheet) -> str:
    known = sheet.rules.approvers
    return f"who signs: {', '.join(printable(name) for name in known)}" if known else "an allowed signer"


def _found(instance: InstanceOutcome) -> str:
    name = f"{instance.name}: " if instance.name else ""
    place = f" at {instance.evidence[0].place.shown()}" if instance.evidence else ""
    return f"{name}{instance.outcome}: {instance.reason}{place}"


def _before(sheet: Sheet, item: ItemOutcome, instance: InstanceOutcome) -> str:
    earlier = sheet.earlier.get((item.item.id, instance.name))
    name = f"{instance.name}: " if instance.name else ""
    return f"{name}{answer_shown(earlier.answer)}" if earlier else ""


def _expected(item: Item, needing: Iterable[InstanceOutcome]) -> str:
    if all(one.outcome == "fail" for one in needing):
        return f"mend it and run again, or waive or dispute it: {item.how}"
    evidence = f": {item.evidence}" if item.evidence else ""
    return f"{ANSWER_KINDS[item.answer]}{evidence}"


def key(text: str) -> str:
    """A text as a YAML key."""
    return text if _PLAIN_KEY.match(text) else quoted(text)


def quoted(text: str) -> str:
    """A text as a YAML scalar on one line, made printable."""
    return json.dumps(printable(text), ensure_ascii=False)
