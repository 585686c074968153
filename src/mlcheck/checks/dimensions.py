"""What the checks on dimensions have in common: which tables those are, and the flag of the current version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlcheck.flow.facts import EntryFacts
from mlcheck.flow.frames.history import is_current_flag
from mlcheck.flow.frames.problems import FrameProblem, TableRead

_DIMENSION = re.compile(r"(^|_)dim(ension)?(_|$)", re.IGNORECASE)
_UNRESOLVED = ("UNRESOLVED_COLUMN.WITH_SUGGESTION", "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES")


def is_wrong_filter(problem: FrameProblem) -> bool:
    """Whether a column that is not there is the current version's flag, in a condition."""
    if problem.condition not in _UNRESOLVED or not is_current_flag(problem.name.rpartition(".")[2]):
        return False
    return bool(problem.clause) or problem.via in ("attribute", "column")


def dimensions(entry: EntryFacts) -> Iterator[TableRead]:
    """The dimensions that an entry point reads: by their names, or because they keep history."""
    for read in entry.of(TableRead):
        if read.schema.rows.versions or _DIMENSION.search(read.name.rpartition(".")[2]):
            yield read


def table_name(read: TableRead) -> str:
    """A table as its schema names it, else as it is read."""
    names = {source.table for one in read.schema for source in one.sources}
    return names.pop() if len(names) == 1 else read.name
