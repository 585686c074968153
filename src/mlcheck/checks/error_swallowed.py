"""A failure of the run's work is caught and dropped: the job ends as a success.

A broad handler (a bare `except`, `except Exception`, `suppress(Exception)`, a
`return` in `finally`) around training, scoring, writing or registering that
neither raises, nor exits with another code than 0, nor leaves anything that
makes the run fail later. What it prints stays in a log that nobody reads while
the job is green.

So is a failure in a thread, in a future that nobody asks for its result, and of
a command whose exit code nobody looks at.

A handler that raises what it does not expect, tries again and raises at last,
or sets what a later line raises on, is fine; so is one around what is optional.

Breaks with: nothing: the job reports SUCCESS, and the model or table of the last good run stays in use
Source: Databricks' documentation of jobs (a task fails by an uncaught exception or an exit code); Python's own
    semantics of `finally`, executed.

Fix: except Exception:
         logger.exception("training failed")
         raise
"""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Check, Finding, Instance, Seen, Unknown, Verdict
from mlcheck.flow.facts import EntryFacts, Facts, HandlerSeen, ResultSeen, Work
from mlcheck.flow.swallowing import Judged, judged
from mlcheck.flow.works import STRONG, WORDS

NAME = "error-swallowed"
MENTIONS = ("except", "suppress")

_RAISE = "raise  # as the last line of the handler"
_WHY = "the exception ends here, so the task ends as a success and its failure notifications stay silent"


def run(facts: Facts) -> Iterator[Verdict]:
    words = frozenset(MENTIONS)
    for entry in facts.entries:
        instance = Instance("model", entry.model)
        for place, why in facts.unfollowed(entry, words):
            yield Unknown(NAME, why, place, entry.role, instance)
        handlers = entry.of(HandlerSeen)
        for handler in handlers:
            yield from _handler(entry, handler, judged(entry, handler), instance)
        results = [one for one in entry.of(ResultSeen) if one.kind in _RESULTS]
        for result in results:
            yield from _result(entry, result, instance)
        if not handlers and not results:
            yield Seen(NAME, entry.place, "no handler: an exception fails the task", entry.role, instance)
    for mention in facts.unreached_calls(words):
        yield Unknown(NAME, f"`{mention.word}`: {mention.why}", mention.place)


def _handler(entry: EntryFacts, handler: HandlerSeen, how: Judged, instance: Instance) -> Iterator[Verdict]:
    match how.how:
        case "fine":
            yield Seen(NAME, handler.place, how.why, entry.role, instance)
        case "lost":
            place = how.place or handler.place
            yield Unknown(NAME, how.why, place, entry.role, instance, {"handler": handler.place.shown()})
        case "swallowed" if how.work is not None:
            yield _finding(entry, handler, how.work, instance)
        case _:  # judged by failure-only-recorded and exit-hides-failure
            return


def _result(entry: EntryFacts, result: ResultSeen, instance: Instance) -> Iterator[Verdict]:
    """A future, thread or command whose failure raises only where somebody asks for its result."""
    strong = [one for one in result.work if one.kind in STRONG]
    fate = result.fate
    if result.kind != "command" and not strong:
        yield Seen(NAME, result.place, "nothing that the run depends on runs beside it", entry.role, instance)
    elif fate.kind == "lost":
        yield Unknown(NAME, fate.why, fate.place or result.place, entry.role, instance)
    elif fate.kind == "goes-on" and (result.kind != "command" or fate.tested is None):
        yield _unasked(entry, result, strong, instance)
    else:
        yield Seen(NAME, result.place, "its result is asked for", entry.role, instance)


def _unasked(entry: EntryFacts, result: ResultSeen, strong: list[Work], instance: Instance) -> Finding:
    message, why, fix = _RESULTS[result.kind]
    place = result.fate.place or result.place
    if result.fate.place is not None:
        message, why, fix = "{} runs in an executor, and the handler drops what its result raises", _WHY, _RAISE
    elif result.name.rpartition(".")[2] in _GONE_THROUGH:
        fix = f"list(executor.{result.name.rpartition('.')[2]}(…))  # goes through the results, and raises what failed"
    done = WORDS[strong[0].kind] if strong else result.name
    return Finding(
        NAME,
        "error" if strong else "warning",
        place,
        message.format(done),
        why,
        fix,
        {"kind": result.kind, "call": result.name.rpartition(".")[2] if strong else result.name},
        entry.role,
        instance,
        entry.targets,
        tuple((one.place, f"`{one.name.rpartition('.')[2]}`, which may fail") for one in strong[:1]),
    )


_GONE_THROUGH = ("map", "imap", "imap_unordered")
_RESULTS = {
    "future": (
        "{} runs in an executor, and nobody asks for the result: a failure is lost",
        "a future keeps its exception until `result()` is called, and `map` until it is gone through",
        "for future in as_completed(futures):\n    future.result()  # raises what failed",
    ),
    "thread": (
        "{} runs in a thread: an exception there ends the thread, and the run goes on",
        "Exception in thread …: it is printed, and raised nowhere",
        "with ThreadPoolExecutor() as executor:\n    executor.submit(work).result()",
    ),
    "command": (
        "`{}` is run, and nobody looks at its exit code",
        "`subprocess.run` raises nothing where the command fails, unless `check=True` is given",
        "subprocess.run(command, check=True)",
    ),
}


def _finding(entry: EntryFacts, handler: HandlerSeen, work: Work, instance: Instance) -> Finding:
    call = work.name.rpartition(".")[2]
    taken = {"suppress": "`suppress` drops", "finally": "leaving `finally` drops", "exit": "`__exit__` drops"}.get(
        handler.kind, "the handler drops"
    )
    return Finding(
        NAME,
        "error",
        handler.place,
        f"{taken} a failure of {WORDS[work.kind]} (`{call}`, {work.place.seen_from(handler.place)}), "
        "and the run ends as a success",
        _WHY,
        _fix(handler),
        {"kind": work.kind, "call": call},
        entry.role,
        instance,
        entry.targets,
        ((work.place, f"`{call}`, which may fail"),),
    )


def _fix(handler: HandlerSeen) -> str:
    if handler.kind == "suppress":
        return "take the work out of `with suppress(…)`"
    if handler.kind == "exit":
        return "return False  # so that the exception gets out"
    if handler.kind == "finally":
        return "return after the `finally` block, so that an exception gets out"
    return _RAISE


CHECK = Check(
    NAME,
    "error",
    run,
    __doc__,
    bad="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
data = spark.table("main.ml.sales").toPandas()
try:
    model = LinearRegression().fit(data[["nights"]], data["price"])
except Exception as e:  # error: [error-swallowed] the handler drops a failure of training
    print(f"training failed: {e}")
dbutils.notebook.exit("SUCCESS")
""",
    good="""\
# Databricks notebook source
from sklearn.linear_model import LinearRegression
data = spark.table("main.ml.sales").toPandas()
try:
    model = LinearRegression().fit(data[["nights"]], data["price"])
except Exception as e:
    print(f"training failed: {e}")
    raise
dbutils.notebook.exit("SUCCESS")
""",
    mentions=MENTIONS,
)
