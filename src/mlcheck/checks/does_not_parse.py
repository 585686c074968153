"""A file that runs does not parse: a merge marker, SQL in a Python cell, a broken edit.

Python reads a whole file, and a notebook a whole cell, before it runs any of
it: one broken line fails the task, or the cell that it stands in, and with it
all that imports the file or takes it in by `%run`. What only a newer Python
reads is no finding, and neither is a template that something else fills in.

Breaks with: SyntaxError: invalid syntax
Breaks with: IndentationError: unexpected indent
Breaks with: TabError: inconsistent use of tabs and spaces in indentation
Source: CPython 3.10 to 3.12, executed; a notebook runs cell by cell.

Fix: python -m py_compile src/train.py   # a plain file: says which line
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlcheck.checks.base import Check, Finding, Seen, Unknown, Verdict
from mlcheck.flow.facts import DoesNotParse, EntryFacts, Facts
from mlcheck.project.place import Place

NAME = "does-not-parse"

# What may be right where something else reads the text first.
_NOT_OURS: Mapping[str, str] = {
    "newer-python": "what this Python can't read, a newer one may",
    "too-deep": "the code is nested too deep to be read here",
    "template": "template syntax: something may fill it in before it runs",
}
_SHOWN: Mapping[str, str] = {
    "merge-marker": "a merge conflict was committed",
    "sql": "SQL in a Python cell",
    "shell": "a shell command in Python",
    "markdown": "Markdown in Python",
    "placeholder": "a placeholder that nobody filled in",
    "python-2": "Python 2",
    "tabs": "tabs and spaces mixed",
    "indentation": "wrong indentation",
    "bracket": "unbalanced brackets",
    "string": "a string that does not end",
    "statement": "a statement where it can't stand",
    "syntax": "not Python",
}
_HELP: Mapping[str, str] = {
    "merge-marker": "keep one side, and delete the lines `<<<<<<<`, `=======` and `>>>>>>>`",
    "sql": "# MAGIC %sql   (on the cell's first line, or spark.sql('''…'''))",
    "shell": "%pip install …   (or %sh on the first line of a cell of its own)",
    "markdown": "# MAGIC %md   (on the first line of a cell of its own, or delete it)",
    "placeholder": 'dbutils.secrets.get("scope", "key")',
    "python-2": 'print("…"); except (A, B) as error; raise ValueError("…")',
    "tabs": "indent with four spaces",
    "indentation": "indent the line as the block that it belongs to",
}
_FIXTURE = re.compile(r"(?:^|/)(?:tests?|testdata|fixtures?|docs?|examples?)/")


def run(facts: Facts) -> Iterator[Verdict]:
    reached: set[DoesNotParse] = set()
    for entry in facts.entries:
        broken = entry.of(DoesNotParse)
        reached.update(broken)
        for fact in broken:
            yield _broken(facts, entry, fact)
        if not broken:
            count = len(entry.reached)
            what = "the file parses" if count == 1 else f"{count} files parse"
            yield Seen(NAME, entry.place, what, subject={"entry": entry.path})
    for fact in facts.breaks:
        if fact not in reached:
            yield _not_run(facts, fact)
    yield from _notebook_files(facts)


def _broken(facts: Facts, entry: EntryFacts, fact: DoesNotParse) -> Verdict:
    if fact.kind in _NOT_OURS:
        return Unknown(NAME, f"{fact.what}: {_NOT_OURS[fact.kind]}", fact.place)
    related = () if fact.place.path == entry.path else ((entry.place, "runs it"),)
    return _finding(fact.place, fact.kind, fact.error, _unit(facts, fact), entry.targets, related)


def _not_run(facts: Facts, fact: DoesNotParse) -> Verdict:
    """What breaks a file that nothing was seen to run: a conflict is never right."""
    if fact.kind == "merge-marker" and not _FIXTURE.search(fact.place.path):
        return _finding(fact.place, fact.kind, fact.error, _unit(facts, fact))
    return Unknown(NAME, f"{fact.what}, and nothing was seen to run the file", fact.place)


def _notebook_files(facts: Facts) -> Iterator[Verdict]:
    """Notebooks whose file is no JSON."""
    run = {task.file for _, _, job in facts.jobs() for task in job.tasks}
    for lost in facts.project.not_understood:
        if not lost.kind:
            continue
        if lost.place.path in run or (lost.kind == "merge-marker" and not _FIXTURE.search(lost.place.path)):
            yield _finding(lost.place, lost.kind, f"NotJSONError: {lost.what}", "the notebook does not open")
        else:
            yield Unknown(NAME, f"{lost.what}, and nothing was seen to run the notebook", lost.place)


def _unit(facts: Facts, fact: DoesNotParse) -> str:
    """What does not run: a plain file as a whole, a notebook from the broken cell on."""
    code = facts.code(fact.place.path)
    if code is None or code.kind != "notebook":
        return "the file does not run at all"
    cell = f"cell {fact.place.cell}" if fact.place.cell else "the cell"
    return f"{cell} does not run, and as a job the notebook ends there"


def _finding(
    place: Place,
    kind: str,
    error: str,
    unit: str,
    targets: tuple[str, ...] = (),
    related: tuple[tuple[Place, str], ...] = (),
) -> Finding:
    what = _SHOWN.get(kind, "the notebook's file is no JSON")
    return Finding(
        NAME,
        "error",
        place,
        f"does not parse: {what} ({error})",
        f"{error}: {unit}",
        _HELP.get(kind, "mend the line, or take it out"),
        {"kind": kind},
        targets=targets,
        related=related,
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
import mlflow

# COMMAND ----------

<<<<<<< HEAD  # error: [does-not-parse] a merge conflict was committed
epochs = 10
=======
epochs = 20
>>>>>>> feature
""",
    good="""\
# Databricks notebook source
import mlflow

# COMMAND ----------

epochs = 20
""",
    mentions=(),
)
