"""What a handler does to the failures of a pipeline's work, in one word."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from mlcheck.flow.facts import EntryFacts, HandlerSeen, Work
from mlcheck.flow.works import STRONG, WORDS
from mlcheck.project.place import Place

# The failure types of the libraries that do the work: to take one is to take any of its failures.
_FAILURES = frozenset(
    [
        "MlflowException",
        "RestException",
        "PySparkException",
        "AnalysisException",
        "SparkException",
        "Py4JJavaError",
        "Py4JError",
        "DatabricksError",
        "XGBoostError",
        "LightGBMError",
        "CatBoostError",
        "CalledProcessError",
    ]
)
_HOW = {
    "raises": "it raises",
    "picks": "it raises what it does not expect",
    "leads": "what it leaves leads to a raise",
    "later": "what follows raises",
    "retries": "it tries again until it succeeds",
}

# Tables that are written beside the run's own work.
_ASIDE = re.compile(
    r"(log|logs|audit|telemetry|metrics?|monitor\w*|history|trace|events?)\b|_(log|audit|metric)s?_", re.I
)

How = Literal["fine", "swallowed", "recorded", "all", "told", "lost", "exits"]


class Judged(NamedTuple):
    """`fine` with what was seen, `lost` with why it can't be told; else the work whose failure is hidden."""

    how: How
    why: str
    place: Place | None = None
    work: Work | None = None


def promotes(entry: EntryFacts) -> bool:
    """Whether an entry point registers a model version, or gives one its alias or stage."""
    gives = ("set_registered_model_alias", "transition_model_version_stage", "register_model", "copy_model_version")
    return any(True for _ in entry.calls(*gives))


def judged(entry: EntryFacts, handler: HandlerSeen) -> Judged:
    """What becomes of a failure of the work that a handler of an entry point stands around."""
    fate = handler.fate
    if fate.kind in _HOW:
        return Judged("fine", f"a handler: {_HOW[fate.kind]}", fate.place)
    strong = [one for one in handler.work if one.kind in STRONG]
    weak = [one for one in handler.work if one.kind not in STRONG and one.kind != "experiment"]
    if not strong and not weak:
        return _of_nothing(handler)
    if fate.kind == "exits":
        return Judged("exits", "a handler that exits", handler.place)
    again = [one for one in handler.does if any(_same(one, other) for other in handler.work)]
    if again:
        return Judged("fine", f"a handler: it does {WORDS[again[0].kind]} another way")
    if not handler.broad and not _FAILURES.intersection(handler.caught):
        return _narrow(handler, strong)
    if not strong:
        return _weak(handler, weak[0])
    doubt = _doubt(entry, handler, strong)
    if doubt:
        why = f"a failure of {WORDS[strong[0].kind]} is caught, and {doubt}"
        return Judged("lost", why, fate.tested, strong[0])
    return _strong(handler, strong[0])


def _doubt(entry: EntryFacts, handler: HandlerSeen, strong: list[Work]) -> str:
    """Why it can't be said that a failure matters to the run, though nothing raises on it; "" where it can."""
    fate = handler.fate
    kinds = {one.kind for one in strong}
    if kinds <= {"predicts", "validates"}:
        if fate.replaces or (fate.tested is not None and promotes(entry)):
            return "the run goes on with another value"
        if kinds == {"predicts"} and entry.role != "inference":
            return "what is scored may be no more than a trial"
    if fate.instead == "the next candidate" and kinds <= {"trains", "predicts"}:
        return "the next candidate is tried"
    if kinds == {"writes"}:
        if all(_ASIDE.search(one.label.rpartition(".")[2]) for one in strong):
            return "what is written may be no more than a log"
        others = [one for one in handler.does if one.kind == "writes"]
        if others and not all(one.target for one in (*others, *strong)):
            return "the handler writes as well, and where is not known"
    return ""


def _same(one: Work, other: Work) -> bool:
    """Whether a handler does what the body did: of a kind, or a write into a table that the body names."""
    if one.kind == "writes":
        return one.target == other.target and bool(one.target)
    return one.kind == other.kind


def _of_nothing(handler: HandlerSeen) -> Judged:
    if handler.strange and handler.broad and handler.fate.kind != "exits":
        place, why = handler.strange[0]
        return Judged("lost", f"a failure is caught and does not raise, and {why}", place)
    return Judged("fine", "a handler around nothing that the run depends on")


def _narrow(handler: HandlerSeen, strong: list[Work]) -> Judged:
    if not strong or handler.fate.replaces:
        return Judged("fine", "a handler for a case that it names")
    named = ", ".join(handler.caught)
    return Judged("lost", f"`{named}` of {WORDS[strong[0].kind]} is caught: whether that is a failure is not known")


def _strong(handler: HandlerSeen, work: Work) -> Judged:
    fate = handler.fate
    if fate.kind == "lost":
        return Judged("lost", f"a failure of {WORDS[work.kind]} is caught, and {fate.why}", fate.place, work)
    if fate.kind in ("all", "told"):
        return Judged("all" if fate.kind == "all" else "told", "", fate.place, work)
    if fate.records or fate.left:
        return Judged("recorded", fate.left or fate.records[0][0], None, work)
    return Judged("swallowed", "", None, work)


def _weak(handler: HandlerSeen, work: Work) -> Judged:
    """Reading and loading: what is not there is often another way to go."""
    fate = handler.fate
    if fate.replaces or fate.tested is not None:
        if work.kind == "reads":
            return Judged("fine", "a handler that asks whether something is there")
        return Judged("lost", f"a failure of {WORDS[work.kind]} is caught, and another way is gone", fate.tested, work)
    if fate.kind == "lost":
        return Judged("lost", f"a failure of {WORDS[work.kind]} is caught, and {fate.why}", fate.place, work)
    if work.kind == "reads" and not fate.instead:
        return Judged("fine", "a handler around reading, of which nothing is used afterwards")
    instead = fate.instead or "nothing"
    return Judged("lost", f"a failure of {WORDS[work.kind]} is caught, and the run goes on with {instead}", None, work)
