"""Tables that one entry point writes and another reads: entry points are evaluated again until both agree.

An entry point is evaluated again where a table that it reads has, by now, other
columns than those that it was given. What still changes after a few rounds, as
in a cycle, is given up on: its columns are then not known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlcheck.flow.catalog import Catalog, Reader, Written
from mlcheck.flow.entry import EntryPoint
from mlcheck.flow.facts import EntryFacts
from mlcheck.flow.frames.problems import TableRead, TableWritten
from mlcheck.flow.sources import Sources

_MOST_ROUNDS = 4


def settle(
    sources: Sources,
    entries: Sequence[EntryPoint],
    found: list[EntryFacts],
    evaluate: Callable[[Sources, EntryPoint], EntryFacts],
) -> None:
    """Evaluate again those entry points whose tables changed; `found` has their facts, and is brought up to date."""
    catalog = sources.catalog
    readers = [Reader(number, entry.path) for number, entry in enumerate(entries)]
    for reader, facts in zip(readers, found, strict=True):
        _write(catalog, reader, facts)
    for turn in range(_MOST_ROUNDS):
        stale = [index for index, reader in enumerate(readers) if _changed(catalog, reader, found[index])]
        if not stale:
            return
        if turn >= _MOST_ROUNDS - 2:
            for index in stale:
                for name in _changed(catalog, readers[index], found[index]):
                    catalog.unsettle(name)
        sources.forget_results()
        for index in stale:
            catalog.forget(readers[index])
            sources.reader = readers[index]
            found[index] = evaluate(sources, entries[index])
            _write(catalog, readers[index], found[index])


def _write(catalog: Catalog, reader: Reader, facts: EntryFacts) -> None:
    for fact in facts.facts:
        if isinstance(fact, TableWritten):
            catalog.write(reader, Written(fact.name, fact.schema, fact.whole, fact.unique))


def _changed(catalog: Catalog, reader: Reader, facts: EntryFacts) -> tuple[str, ...]:
    """The tables that were given other columns when this entry point read them than they have now."""
    read = {fact.name: fact.schema for fact in facts.facts if isinstance(fact, TableRead)}
    return tuple(name for name, schema in read.items() if catalog.find(name, reader).key() != schema.key())
