"""Code that runs on serverless compute uses what is not there: RDDs, the SparkContext, caches, global views, R.

Breaks with: [NOT_IMPLEMENTED] rdd is not implemented
Breaks with: [JVM_ATTRIBUTE_NOT_SUPPORTED] Attribute `sparkContext` is not supported in Spark Connect
Breaks with: [NOT_SUPPORTED_WITH_SERVERLESS] PERSIST TABLE is not supported on serverless compute
Source: pyspark 4.0.1 on Spark Connect, executed; Databricks' documentation of serverless compute's limitations.

Fix: df.rdd.map(f)       ->  df.select(f_udf("x"))
     df.cache()          ->  a table that is written once, and read
     spark.sparkContext  ->  spark.conf, F.broadcast(df), or a job cluster
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.checks.other_tasks import NO_PYTHON, other_tasks, told
from mlcheck.flow.facts import Caller, CallSeen, EntryFacts, Facts
from mlcheck.project.compute import Compute, compute_of

NAME = "compute-unsupported"
WORDS = ("rdd", "sparkContext", "cache", "persist", "parallelize")

_FRAME = "pyspark.sql.DataFrame"
_SESSION = "pyspark.sql.SparkSession"
_CACHES = frozenset(
    {f"{_FRAME}.cache", f"{_FRAME}.persist", f"{_SESSION}.catalog.cacheTable", f"{_SESSION}.catalog.uncacheTable"}
)
_GLOBAL = frozenset({f"{_FRAME}.createGlobalTempView", f"{_FRAME}.createOrReplaceGlobalTempView"})


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(WORDS)
    for entry in facts.entries:
        instance = Instance("job", entry.job or entry.path)
        found = [(call, form) for call in _calls(entry) if (form := _form(call.name)) is not None]
        computes = [(caller, compute) for caller in entry.callers if (compute := _compute(caller)) is not None]
        kinds = {compute.kind for _, compute in computes}
        if not entry.callers or len(computes) < len(entry.callers) or "unknown" in kinds:
            yield from _unsure(entry, found, instance)
            continue
        if "serverless" not in kinds:
            yield Seen(NAME, entry.place, "it runs on a cluster of its own", entry.role, instance)
            continue
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        compute = next(compute for _, compute in computes if compute.kind == "serverless")
        yield from _on_serverless(facts, entry, found, compute, instance)
    for instance, task in other_tasks(facts):
        yield told(NAME, instance, task, NO_PYTHON, "runs no Python of the project's")
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _calls(entry: EntryFacts) -> Iterator[CallSeen]:
    for fact in entry.of(CallSeen):
        if fact.name.startswith("pyspark."):
            yield fact


def _form(name: str) -> str | None:
    """What a call uses that serverless compute hasn't."""
    if name.startswith(f"{_FRAME}.rdd"):
        return "rdd"
    if name.startswith((f"{_SESSION}.sparkContext", "pyspark.SparkContext.")):
        return "sparkContext"
    if name in _CACHES:
        return "cache"
    return "global-view" if name in _GLOBAL else None


def _compute(caller: Caller) -> Compute | None:
    if caller.bundle is None or caller.job is None or caller.task is None:
        return None
    target = caller.in_target
    return compute_of(target, caller.job, caller.task) if target is not None else None


def _unsure(entry: EntryFacts, found: list[tuple[CallSeen, str]], instance: Instance) -> Iterator[Verdict]:
    for call, form in found:
        why = f"`{form}` is not there on serverless compute, and on what this runs is not known"
        yield Unknown(NAME, why, call.place, entry.role, instance)
    if not found and entry.callers:
        if any(gap.hides_code for gap in entry.gaps):
            yield Unknown(
                NAME, "on what this runs is not known, nor all that it does", entry.place, entry.role, instance
            )
        else:
            yield Seen(NAME, entry.place, "nothing that only a cluster has", entry.role, instance)


def _on_serverless(
    facts: Facts, entry: EntryFacts, found: list[tuple[CallSeen, str]], compute: Compute, instance: Instance
) -> Iterator[Verdict]:
    for call, form in found:
        if call.in_try or not call.certain:
            why = f"`{form}` is used on a condition, or where its failure is handled"
            yield Unknown(NAME, why, call.place, entry.role, instance)
        else:
            yield _finding(entry, call, form, compute, instance)
    if not found:
        yield Seen(NAME, entry.place, "nothing that serverless compute hasn't", entry.role, instance)


_ERRORS = {
    "rdd": ("RDDs", "[NOT_IMPLEMENTED] rdd is not implemented", "df.select(…)  # a DataFrame in place of the RDD"),
    "sparkContext": (
        "the SparkContext",
        "[JVM_ATTRIBUTE_NOT_SUPPORTED] Attribute `sparkContext` is not supported in Spark Connect",
        "spark.conf.get(…), F.broadcast(df), or a job cluster for this task",
    ),
    "cache": (
        "a cache",
        "[NOT_SUPPORTED_WITH_SERVERLESS] PERSIST TABLE is not supported on serverless compute",
        "take it out, or write a table once and read it",
    ),
    "global-view": (
        "a global view",
        "global temporary views are not supported on serverless compute",
        'df.createOrReplaceTempView("…")',
    ),
}


def _finding(entry: EntryFacts, call: CallSeen, form: str, compute: Compute, instance: Instance) -> Finding:
    what, error, fix = _ERRORS[form]
    return Finding(
        NAME,
        "error",
        call.place,
        f"{what} on serverless compute: `{call.method}` fails there",
        error,
        fix,
        {"kind": form, "call": call.method},
        entry.role,
        instance,
        entry.targets,
        ((compute.place, compute.why),),
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
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
df = spark.table("main.ml.customers")
rows = df.rdd.map(lambda row: row.id).collect()  # error: [compute-unsupported] RDDs
sc = spark.sparkContext
numbers = sc.parallelize([1, 2])  # error: [compute-unsupported] the SparkContext
df.cache()  # error: [compute-unsupported] a cache
""",
    good="""\
# file: databricks.yml
bundle: {name: churn}
resources:
  jobs:
    train:
      tasks:
        - task_key: train
          notebook_task: {notebook_path: train.py}
# file: train.py
# Databricks notebook source
df = spark.table("main.ml.customers")
rows = df.select("id").collect()
""",
    mentions=WORDS,
)
