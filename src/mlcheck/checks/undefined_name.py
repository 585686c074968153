"""A name is read where nothing has defined it: a missing import, a cell out of order, a restart, a typo.

A notebook runs from top to bottom in a fresh session, with what it takes in
by `%run` and what its imports bring. A name that only a cell below defines is
not there yet, and one from above `dbutils.library.restartPython()` is there no
more. `spark`, `dbutils` and `display` are the notebook's own; a module that is
imported has none of them. A function's names are looked up when it is called.

Breaks with: NameError: name 'pd' is not defined
Breaks with: UnboundLocalError: cannot access local variable 'total' where it is not associated with a value
Breaks with: ImportError: cannot import name 'load' from 'helpers'
Source: CPython 3.10 to 3.12, executed; the notebook's own names are those of databricks-sdk 0.162's runtime module.

Fix: import pandas as pd   # in a cell above the first use, and below any restart
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlcheck.checks.base import Check, Finding, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, Facts, NamesRead, NameUncertain, UndefinedName
from mlcheck.project.place import Place

NAME = "undefined-name"

_LOCAL = "UnboundLocalError: cannot access local variable '{name}' where it is not associated with a value"
_FROM_MODULE: Mapping[str, str] = {
    "spark": "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()",
    "dbutils": "from databricks.sdk.runtime import dbutils",
    "sc": "from pyspark.sql import SparkSession\nsc = SparkSession.builder.getOrCreate().sparkContext",
    "sqlContext": "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()",
}


def run(facts: Facts) -> Iterator[Verdict]:
    for entry in facts.entries:
        wrong: set[str] = set()
        for fact in entry.of(UndefinedName):
            wrong.add(fact.place.path)
            yield _finding(entry, fact)
        for lost in entry.of(NameUncertain):
            wrong.add(lost.place.path)
            yield Unknown(NAME, f"`{lost.name}` is not defined in what was followed: {lost.why}", lost.place)
        for read in entry.of(NamesRead):
            if read.place.path not in wrong:
                note = f"{read.count} names are read, each where it is defined"
                yield Seen(NAME, read.place, note, subject={"file": read.place.path})


def _finding(entry: EntryFacts, fact: UndefinedName) -> Finding:
    subject = {"name": fact.name, "kind": fact.kind}
    if fact.near:
        subject["suggestion"] = fact.near
    return Finding(
        NAME,
        "error",
        fact.place,
        _message(fact),
        _why(fact),
        _help(fact),
        subject,
        targets=entry.targets,
        related=tuple(_related(entry, fact)),
    )


def _message(fact: UndefinedName) -> str:
    name, reader = fact.name, f" in `{fact.function}`" if fact.function else ""
    match fact.kind:
        case "below":
            return f"`{name}` is read here, and defined only below, in {_at(fact.where, fact.place)}"
        case "branch":
            return f"`{name}` is read here, and {_at(fact.where, fact.place)} defines it only on another path"
        case "restarted":
            restart = f"the restart in {_at(fact.cause, fact.place)}"
            return (
                f"`{name}` is read{reader}, and {restart} took it away: it was defined in {_at(fact.where, fact.place)}"
            )
        case "deleted":
            return f"`{name}` is read here, and was deleted in {_at(fact.cause, fact.place)}"
        case "called":
            called = f"which {_at(fact.cause, fact.place)} calls before {_at(fact.where, fact.place)} defines it"
            return f"`{name}` is read{reader}, {called}"
        case "local":
            return f"`{name}` is read{reader} where no path has assigned it"
        case "exception":
            return f"`{name}` is read{reader} after its `except` block, where Python has deleted it"
        case "notebook":
            return f"`{name}` is read{reader}: it is a notebook's own name, and this is a module that is imported"
        case "import":
            hint = f"; `{fact.near}` is" if fact.near else ""
            return (
                f"`{name}` is imported, and {fact.where.path if fact.where else 'the module'} does not define it{hint}"
            )
        case _:
            return f"`{name}` is read{reader}, and nothing defines it{_hint(fact)}"


def _hint(fact: UndefinedName) -> str:
    if fact.near:
        return f"; `{fact.near}` is"
    if fact.owner.endswith("()"):
        return f"; it is a local of `{fact.owner}`"
    return f"; it belongs to the class `{fact.owner}`" if fact.owner else ""


def _at(there: Place | None, here: Place) -> str:
    """`line 12`, `cell 3`, or another file's line."""
    if there is None:
        return "another place"
    if there.path != here.path:
        return there.shown()
    if there.cell is not None:
        return f"cell {there.cell}, line {there.cell_line}"
    return f"line {there.line}"


def _why(fact: UndefinedName) -> str:
    if fact.kind in ("local", "exception"):
        return _LOCAL.format(name=fact.name)
    if fact.kind == "import":
        return f"ImportError: cannot import name '{fact.name}'"
    return f"NameError: name '{fact.name}' is not defined"


def _help(fact: UndefinedName) -> str:
    name = fact.name
    match fact.kind:
        case "below":
            return f"move the cell that defines `{name}` above this one"
        case "called":
            return f"call `{fact.function}` below the line that defines `{name}`"
        case "restarted":
            return f"{fact.line or f'{name} = …'}   # again, below the restart"
        case "deleted":
            return f"del {name}   # below its last use"
        case "local" | "branch":
            return f"{name} = None   # before the branch or loop, or return early"
        case "exception":
            return f"error = {name}   # inside the `except` block; read `error` below it"
        case "notebook":
            return _FROM_MODULE[name]
        case "import":
            return fact.near or f"def {name}(…): …   # in {fact.where.path if fact.where else 'the module'}"
    if fact.line and not fact.near:
        return fact.line
    if fact.near:
        return fact.near
    if fact.owner and not fact.owner.endswith("()"):
        return f"self.{name}   # or {fact.owner}.{name}"
    return f"{name} = …   # above its first use"


def _related(entry: EntryFacts, fact: UndefinedName) -> Iterator[tuple[Place, str]]:
    if fact.where is not None:
        yield fact.where, "defined here" if fact.kind != "import" else "the module"
    if fact.cause is not None:
        yield fact.cause, "called here" if fact.kind in ("called", "never") else "taken away here"
    if fact.place.path != entry.path:
        yield entry.place, "runs it"


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
# MAGIC %pip install prophet
import mlflow

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

frame = spark.table("main.gold.sales").toPandas()
mlflow.log_param("rows", len(frame))  # error: [undefined-name] the restart in line 7 took it away
print(pd.isna(frame).sum())  # error: [undefined-name] `pd` is read, and nothing defines it
""",
    good="""\
# Databricks notebook source
# MAGIC %pip install prophet

# COMMAND ----------

dbutils.library.restartPython()

# COMMAND ----------

import mlflow
import pandas as pd

frame = spark.table("main.gold.sales").toPandas()
mlflow.log_param("rows", len(frame))
print(pd.isna(frame).sum())
""",
    mentions=(),
)
