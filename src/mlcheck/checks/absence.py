"""When a check can say that an entry point has nothing that it asks about: as much proof as a pass needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import cast

from mlcheck.checks.base import Absent, Instance, Role, Unknown, Verdict
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts

_NAME = re.compile(r"[^\W\d]\w*")
# Words that code has for much else: what is called by them on something unknown is a place not followed.
_COMMON = frozenset(["evaluate", "exit", "fit", "predict", "save", "start", "stop", "train"])
_DEFINES = re.compile(r"\bdef\s+(\w+)")
_RUNS_PYTHON = re.compile(r"\bpython\d?\b(?!\s+-m\s+pip\b)|\.py\b")


# What writes into tables, also in ways that are not looked at.
WRITES = frozenset(
    [
        "foreachBatch",
        "insertInto",
        "publish_table",
        "save",
        "saveAsTable",
        "to_delta",
        "to_gbq",
        "to_sql",
        "to_table",
        "toTable",
        "write_deltalake",
        "write_table",
        "writeStream",
        "writeTo",
    ]
)
WRITES_NONE = "it writes no table"


def writes_no_table(call: CallSeen) -> bool:
    """Whether a call by one of these names is of a library that has no tables: a model is saved, say."""
    return call.method == "save" and of_other_library(call) and not call.name.startswith(("pyspark.", "delta."))


def of_other_library(call: CallSeen) -> bool:
    """Whether a call is neither MLflow's nor Databricks'."""
    return not call.name.startswith(("mlflow.", "databricks.", "dbutils."))


def nothing_of(
    check: str,
    facts: Facts,
    entry: EntryFacts,
    role: Role | None,
    words: frozenset[str],
    why: str,
    harmless: Callable[[CallSeen], bool] = of_other_library,
    job: Instance | None = None,
) -> Iterator[Verdict]:
    """What a check says of an entry point of a role in which it found nothing: Absent where that is proved.

    It is said of the entry point's model, or, whatever the role, of the `job` that is given.
    Proved: all of it was followed, it calls nothing by one of the words, and its own file names none of
    them but in comments. Calls that are `harmless` may be there, seen with all their arguments.
    Nothing is said where a cell of another language may do it.
    """
    if job is None and entry.role != role and not (entry.role is None and _shares_model(facts, entry, role)):
        return
    instance = job or Instance("model", entry.model)
    lost = list(facts.unfollowed(entry, words))
    if lost:
        yield from (Unknown(check, reason, place, role, instance) for place, reason in lost)
        return
    calls = [call for word in sorted(words) for call in entry.calls(word)]
    other = next((call for call in calls if _counts(call, harmless)), None)
    named = (words - _COMMON - {call.method for call in calls}) & _named(facts, entry)
    if other is not None:
        yield Unknown(check, f"`{other.method}` of `{_owner(other)}` was not looked at", other.place, role, instance)
    elif named:
        why = f"`{min(named)}` is named, and what comes of it was not followed"
        yield Unknown(check, why, entry.place, role, instance)
    elif not _in_other_cells(facts, entry, words):
        yield Absent(check, entry.place, why, role, instance)


def _shares_model(facts: Facts, entry: EntryFacts, role: Role | None) -> bool:
    """Whether an entry point of no role is of a model that one of a role is of."""
    if "roles" not in entry.kept:
        roles: dict[str, set[Role | None]] = {}
        for one in facts.entries:
            roles.setdefault(one.model, set()).add(one.role)
            one.kept["roles"] = roles
    return role in cast("dict[str, set[Role | None]]", entry.kept["roles"])[entry.model]


def _counts(call: CallSeen, harmless: Callable[[CallSeen], bool]) -> bool:
    """Whether a call may do what the words say."""
    if call.name.startswith("?.") or not harmless(call):
        return True
    return call.open and not of_other_library(call)


def _owner(call: CallSeen) -> str:
    return call.name.rpartition(".")[0]


def _named(facts: Facts, entry: EntryFacts) -> frozenset[str]:
    """The names and words of an entry point's own file, without its comments, and its own functions' names."""
    known = entry.kept.get("named")
    if known is None:
        code = facts.code(entry.path)
        lines = code.text.split("\n") if code is not None else []
        magics = [magic.argument for magic in code.magics] if code is not None else []
        text = "\n".join([line for line in lines if not line.lstrip().startswith("#")] + magics)
        known = entry.kept["named"] = frozenset(_NAME.findall(text)).difference(_DEFINES.findall(text))
    return cast("frozenset[str]", known)


def _in_other_cells(facts: Facts, entry: EntryFacts, words: frozenset[str]) -> bool:
    """Whether a cell of another language or a shell's, in what it runs, may do what the words say."""
    for path in entry.reached:
        code = facts.code(path)
        for magic in code.magics if code is not None else ():
            text = magic.argument if magic.kind in ("sh", "other") else ""
            if _RUNS_PYTHON.search(text) or not words.isdisjoint(_NAME.findall(text)):
                return True
    return False
