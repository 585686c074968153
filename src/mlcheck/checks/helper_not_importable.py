"""The project's own code can't be imported where the notebook or task runs.

A notebook or a script sees its own folder; a Git folder's root is on
`sys.path`, that of files deployed by a bundle is not (`deployed_by` in the
settings says which is meant). Anything else needs a `sys.path` line that
leads there, a wheel that the task installs, or `%run` of a notebook. A file
with the notebook header is no module, a notebook has no package for relative
imports, and `%run` takes in notebooks, not plain `.py` files. With
`imports = "inline-only"` helpers are to be in the notebook itself, and an
import of the project's files is a warning.

Breaks with: ModuleNotFoundError: No module named 'churn'
Breaks with: ImportError: attempted relative import with no known parent package
Breaks with: Notebook not found: ./utils. Notebooks can be specified via a relative path or via an absolute path
Source: Databricks' documentation of workspace modules and of %run; the case study's attempts 7.4 and 8.1 to 8.4.

Fix: import os, sys
     sys.path.append(os.path.abspath("../src"))   # before the import
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Seen, Unknown, Verdict
from mlcheck.flow.facts import DoesNotParse, EntryFacts, Facts, NotebookTaken
from mlcheck.flow.helper_imports import HelperImport, helper_imports
from mlcheck.printable import nearest

NAME = "helper-not-importable"


def run(facts: Facts) -> Iterator[Verdict]:
    for entry in facts.entries:
        seen = False
        for verdict in (*_imports(facts, entry), *_taken(facts, entry), *_unfollowed(entry)):
            seen = True
            yield verdict
        if not seen:
            note = "it imports and takes in nothing of the project's own"
            yield Seen(NAME, entry.place, note, subject={"entry": entry.path})


def _unfollowed(entry: EntryFacts) -> Iterator[Verdict]:
    """Where an import may hide: `exec`, a cell that doesn't parse, a bound that was reached."""
    for broken in entry.of(DoesNotParse):
        yield Unknown(NAME, f"{broken.what}: its imports are not known", broken.place)
    for gap in entry.gaps:
        if gap.words is None and ("exec" in gap.why or "statements" in gap.why or "nested" in gap.why):
            yield Unknown(NAME, gap.why, gap.place)


def _imports(facts: Facts, entry: EntryFacts) -> Iterator[Verdict]:
    inline = facts.project.settings.imports == "inline-only" and entry.kind != "wheel"
    missed: set[str] = set()
    for found in helper_imports(facts, entry):
        if found.state == "unknown":
            yield Unknown(NAME, found.why, found.place, subject={"module": found.module})
        elif found.state == "broken":
            # One line leads to a folder, whatever is imported from it: its first import stands for all of them.
            if found.kind != "path" or found.folder is None or found.folder not in missed:
                yield _broken(entry, found)
            missed |= {found.folder} if found.kind == "path" and found.folder is not None else set()
        elif inline and found.kind != "wheel" and found.place.path == entry.path:
            yield _not_inline(entry, found)
        else:
            yield Seen(NAME, found.place, found.why, subject={"module": found.module})


def _broken(entry: EntryFacts, found: HelperImport) -> Finding:
    subject = {"module": found.module, "kind": found.kind}
    if found.near:
        subject["suggestion"] = found.near
    return Finding(
        NAME,
        "error",
        found.place,
        _message(entry, found),
        _why(found),
        _help(entry, found),
        subject,
        targets=entry.targets,
        related=() if found.place.path == entry.path else ((entry.place, "runs it"),),
    )


def _message(entry: EntryFacts, found: HelperImport) -> str:
    match found.kind:
        case "notebook":
            return f"`{found.module}` is imported, and {found.path} is a notebook, which is no module"
        case "relative":
            return f"`{found.module}` is a relative import, and {found.place.path} runs without a package"
        case "sibling":
            return f"`{found.module}` is imported as a top-level module, and the wheel has it inside its package only"
        case "gone":
            hint = f"; `{found.near}` is" if found.near else ""
            return f"`{found.module}` is imported, and no such file is in {found.folder or 'the project'}{hint}"
        case _:
            looked = f"{posixpath.dirname(entry.path) or 'the root'} and `sys.path` lead nowhere near it"
            return f"`{found.module}` is imported from {found.path}, and {looked}"


def _why(found: HelperImport) -> str:
    if found.kind == "notebook":
        return f"ModuleNotFoundError: No module named '{found.module}': {found.why}"
    if found.kind == "sibling":
        return f"ModuleNotFoundError: No module named '{found.module.partition('.')[0]}': {found.why}"
    return found.why


def _help(entry: EntryFacts, found: HelperImport) -> str:
    here = posixpath.dirname(entry.path)
    match found.kind:
        case "notebook":
            there = posixpath.relpath((found.path or "").removesuffix(".py"), here or ".")
            return f"# MAGIC %run {there if there.startswith('.') else f'./{there}'}"
        case "relative":
            name = found.module.lstrip(".")
            return (
                f"from {name} import …   # the file's own folder is on sys.path"
                if name
                else "import the module by name"
            )
        case "sibling":
            package = posixpath.basename(posixpath.dirname(found.path or ""))
            return f"from {package}.{found.module} import …" if package else f"from .{found.module} import …"
        case "gone":
            return found.near or f"add {found.module.rpartition('.')[2]}.py to {found.folder}"
    if found.folder is None:
        return "sys.path.append(…)   # the folder that holds it, before the import"
    there = posixpath.relpath(found.folder or ".", here or ".")
    return f'import os, sys\nsys.path.append(os.path.abspath("{there}"))   # before the import'


def _not_inline(entry: EntryFacts, found: HelperImport) -> Finding:
    return Finding(
        NAME,
        "warning",
        found.place,
        f"`{found.module}` is imported, and the settings say that helpers are inlined",
        '`imports = "inline-only"`: this project\'s notebooks hold their helpers themselves',
        f"copy what is used of {found.path or found.module} into the notebook",
        {"module": found.module, "kind": "inline"},
        targets=entry.targets,
    )


# --- %run


def _taken(facts: Facts, entry: EntryFacts) -> Iterator[Verdict]:
    for fact in entry.of(NotebookTaken):
        yield _of_run(facts, entry, fact)


def _of_run(facts: Facts, entry: EntryFacts, fact: NotebookTaken) -> Verdict:
    subject = {"module": fact.given}
    code = facts.code(fact.path) if fact.path is not None else None
    if code is not None and code.kind == "notebook":
        return Seen(NAME, fact.place, f"`%run` takes in the notebook {code.path}", subject=subject)
    if not entry.on_databricks:
        why = f"`%run {fact.given}`: what runs this notebook is not known"
        return Unknown(NAME, why, fact.place, subject=subject)
    if code is not None:
        return _run_finding(
            entry,
            fact,
            f"`%run {fact.given}` names {code.path}, a plain file and no notebook",
            "plain-file",
            f"# Databricks notebook source   (as the first line of {code.path}), or import it",
        )
    folder = posixpath.dirname(fact.place.path)
    there = posixpath.normpath(posixpath.join(folder, fact.given.strip()))
    if fact.given.startswith("/") or there.startswith("..") or any(sign in fact.given for sign in "$`{"):
        why = f"`%run {fact.given}` is outside of this project" if fact.given else "a `%run` whose path is not known"
        return Unknown(NAME, why, fact.place, subject=subject)
    near = nearest(posixpath.basename(there), _notebooks(facts, posixpath.dirname(there)))
    given = posixpath.join(posixpath.dirname(fact.given), near) if near else _elsewhere(facts, there, folder)
    hint = f"; `{near or given}` is" if near or given else ""
    return _run_finding(
        entry,
        fact,
        f"`%run {fact.given}` names a notebook that is not there{hint}",
        "run-missing",
        f"# MAGIC %run {given}" if given else f"add {there}.py",
    )


def _elsewhere(facts: Facts, there: str, folder: str) -> str | None:
    """The way to the one notebook of this name that stands nearest, in another folder."""
    name = posixpath.basename(there)
    paths = [posixpath.splitext(code.path)[0] for code in facts.project.code.values() if code.kind == "notebook"]
    ways = [posixpath.relpath(path, folder or ".") for path in paths if posixpath.basename(path) == name]
    ways.sort(key=lambda way: way.count("/"))
    if not ways or (len(ways) > 1 and ways[0].count("/") == ways[1].count("/")):
        return None
    return ways[0] if ways[0].startswith(".") else f"./{ways[0]}"


def _notebooks(facts: Facts, folder: str) -> list[str]:
    """The notebooks of a folder, as `%run` names them."""
    inside = (code for code in facts.project.code.values() if posixpath.dirname(code.path) == folder)
    return sorted(posixpath.splitext(posixpath.basename(code.path))[0] for code in inside if code.kind == "notebook")


def _run_finding(entry: EntryFacts, fact: NotebookTaken, message: str, kind: str, fix: str) -> Finding:
    return Finding(
        NAME,
        "error",
        fact.place,
        message,
        f"Notebook not found: {fact.given}. Notebooks can be specified via a relative path or via an absolute path",
        fix,
        {"module": fact.given, "kind": kind},
        targets=entry.targets,
        related=() if fact.place.path == entry.path else ((entry.place, "runs it"),),
    )


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task: {notebook_path: notebooks/train.py}
# file: notebooks/train.py
# Databricks notebook source
from features import build  # error: [helper-not-importable] lead nowhere near it

build(spark)
# file: src/features.py
def build(spark):
    return spark.table("main.gold.sales")
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task: {notebook_path: notebooks/train.py}
# file: notebooks/train.py
# Databricks notebook source
import os
import sys

sys.path.append(os.path.abspath("../src"))
from features import build

build(spark)
# file: src/features.py
def build(spark):
    return spark.table("main.gold.sales")
""",
    mentions=(),
)
