"""Whether a call fits what a function takes: as Python binds arguments, with the words of its error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.knowledge.library_calls import Signature


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a call fails before the function runs: an argument's name, and what Python says."""

    kind: Literal["keyword", "positions", "missing", "twice", "absent"]
    name: str
    says: str


def misfits(call: CallSeen, signature: Signature | None) -> Iterator[Misfit]:
    """Why a call fails, each argument on its own; nothing where it fits, or may. No signature: no such function."""
    if signature is None:
        owner, _, name = call.name.rpartition(".")
        kind = f"'{owner.rpartition('.')[2]}' object" if call.receiver is not None else f"module '{owner}'"
        yield Misfit("absent", name, f"AttributeError: {kind} has no attribute '{name}'")
    elif not signature.anything:
        yield from _keywords(call, signature)
        yield from _positions(call, signature)
        yield from _missing(call, signature)


def _keywords(call: CallSeen, signature: Signature) -> Iterator[Misfit]:
    for name in call.keywords:
        if name not in signature.names and not signature.any_keywords:
            yield Misfit("keyword", name, f"TypeError: {call.method}() got an unexpected keyword argument '{name}'")
        if name in signature.positional[: len(call.positional)]:
            yield Misfit("twice", name, f"TypeError: {call.method}() got multiple values for argument '{name}'")


def _positions(call: CallSeen, signature: Signature) -> Iterator[Misfit]:
    given, taken = len(call.positional), len(signature.positional)
    if given <= taken or signature.any_positions:
        return
    more = 1 if call.receiver is not None or call.method[:1].isupper() else 0  # Python counts `self`
    least = sum(name in signature.required for name in signature.positional)
    counts = f"{taken + more}" if least == taken else f"from {least + more} to {taken + more}"
    plural = "s" if taken + more != 1 or least != taken else ""
    says = f"TypeError: {call.method}() takes {counts} positional argument{plural} but {given + more} were given"
    yield Misfit("positions", str(given), says)


def _missing(call: CallSeen, signature: Signature) -> Iterator[Misfit]:
    given = {*signature.positional[: len(call.positional)], *call.keywords}
    missing = [name for name in signature.names if name in signature.required and name not in given]
    if not missing or call.open:
        return
    where = "positional" if missing[0] in signature.positional else "keyword-only"
    listed = " and ".join(f"'{name}'" for name in missing)
    many = f"{len(missing)} required {where} argument{'s' if len(missing) != 1 else ''}"
    for name in missing:
        yield Misfit("missing", name, f"TypeError: {call.method}() missing {many}: {listed}")


def may_be_avoided(facts: Facts, entry: EntryFacts, call: CallSeen) -> str | None:
    """Why a call that doesn't fit may not run, or not matter: a condition on the version, or a handler's other call."""
    if call.in_try and call.handler is None:
        for other in entry.calls(call.method):
            if other.handler is not None and other.handler.kind == "except" and other.lines is call.lines:
                return "a handler calls it in another way"
    code = facts.code(call.lines.path)
    if not call.certain and code is not None and any(word in code.text for word in _VERSION_WORDS):
        return "a condition on the version may stand before it"
    return None


_VERSION_WORDS = ("__version__", "metadata.version", "signature(", "hasattr(")
