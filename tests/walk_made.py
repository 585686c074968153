"""Made decisions for the walk's tests: two packs, seven items, of every outcome and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from mlcheck.checks.base import Finding
from mlcheck.packs.model import (
    Answer,
    Coverage,
    Decision,
    Evidence,
    Exhibit,
    InstanceOutcome,
    Item,
    ItemOutcome,
    Outcome,
    Pack,
    Reference,
    Table,
)
from mlcheck.project.place import Place
from mlcheck.walk.draft import Resumed
from mlcheck.walk.messages import Effect, Entered, Event, Pressed, Rejudged
from mlcheck.walk.sheet import Change, Rules, Sheet
from mlcheck.walk.state import State
from mlcheck.walk.step import step

TODAY = date(2026, 11, 25)
NOON = "2026-11-25T12:00:00Z"


def item(item_id: str, pack: str = "training", **given: object) -> Item:
    base = Item(
        id=item_id,
        pack=pack,
        title=f"the title of {item_id}",
        question=f"Does {item_id} hold?",
        why=f"{item_id} cost 20 minutes: an error",
        how=f"mend what {item_id} names",
        killer=False,
        decided_by=(),
        scope="project",
        applies_to=(),
        role=None,
        answer="text",
        choices=(),
        evidence="",
        references=(),
        prevents=(),
        digest=f"text-{item_id}",
        place=Place(f"checklists/{pack}.yaml", 1),
    )
    return replace(base, **given)  # type: ignore[arg-type]


def instance(outcome: Outcome, name: str = "", *, exhibit: str = "exhibit", line: int = 0) -> InstanceOutcome:
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    if line:
        place = Place("src/train.py", line)
        context = tuple((number, f"    line_{number}()") for number in range(line - 1, line + 2))
        evidence = (Evidence(place, f"line_{line}()", context),)
        if outcome == "fail":
            help = f"raise on line {line}"
            findings = (Finding("exit-hides-failure", "error", place, "exit in a handler", "why", help),)
    reason = f"{outcome} because of {name or 'the project'}"
    shown = Exhibit({"digest": exhibit}, exhibit, ("src/train.py",) if line else ())
    return InstanceOutcome("model" if name else "project", name, outcome, reason, evidence, findings, shown)


def outcome_of(made: Item, *instances: InstanceOutcome, worst: Outcome | None = None) -> ItemOutcome:
    return ItemOutcome(made, worst or instances[0].outcome, instances[0].reason, instances, ("**/*.py",))


def items() -> tuple[ItemOutcome, ...]:
    """In the packs' order, which is not the walk's."""
    killer = item(
        "TRN-07",
        killer=True,
        decided_by=("exit-hides-failure",),
        answer="url",
        evidence="the URL of a run that ended well",
        references=(Reference("Jobs", "https://docs.example.com/jobs"),),
    )
    models = item("TRN-14", decided_by=("division-unguarded",), scope="model", answer="number")
    return (
        outcome_of(item("TRN-01", decided_by=("decimal-to-model",)), instance("pass", line=3)),
        outcome_of(item("TRN-02", answer="confirm"), instance("manual")),
        outcome_of(item("TRN-03", decided_by=("autolog",)), instance("fail", line=12)),
        outcome_of(killer, instance("unknown", line=88)),
        outcome_of(models, instance("unknown", "cat.ml.demand"), instance("unknown", "cat.ml.ltv")),
        outcome_of(item("JOB-05", "job"), instance("n/a")),
        outcome_of(item("JOB-10", "job", answer="choice", choices=("dev", "staging")), instance("manual", line=5)),
    )


def decision(given: Sequence[ItemOutcome] | None = None) -> Decision:
    made = tuple(given if given is not None else items())
    packs = tuple(
        Pack(name, title, "1.0", name, tuple(one.item for one in made if one.item.pack == name), "mlcheck")
        for name, title in (("training", "Training"), ("job", "Job"))
    )
    return Decision(packs, made, (), Coverage(3, 0, 0, 0), (), ())


def sheet(given: Sequence[ItemOutcome] | None = None) -> Sheet:
    change = Change("feature-x", "refs/heads/main", "feature-x", ("src/train.py", "databricks.yml"))
    rules = Rules(TODAY, "dev@example.com", forbid_waiver=("JOB-10",))
    return Sheet(change, decision(given), rules)


# --- walks over them -----------------------------------------------------------


def begun(given: Sheet | None = None, resumed: Resumed | None = None) -> State:
    return State.begun(given or sheet(), resumed or Resumed(), signer="dev@example.com", by="person")


def walk(state: State, *events: Event | str) -> tuple[State, list[Effect]]:
    """The state after events; a string is keys, one for each character, and `\\n` is Enter."""
    effects: list[Effect] = []
    for event in events:
        for each in _events(event):
            state, new = step(state, each)
            effects += new
    return state, effects


def _events(event: Event | str) -> list[Event]:
    if isinstance(event, str):
        return [Pressed("enter" if key == "\n" else key, NOON) for key in event]
    return [event]


def said(text: str) -> Entered:
    return Entered(text, NOON)


def answered() -> State:
    """Every item answered, none failing."""
    state, _ = walk(begun(), "\na", said("runs:/abc"), "d", said("wrong"), "a", said("0.9"))
    return walk(state, "a", said("read the encodings"), "a", said("dev"))[0]


def tabled() -> State:
    """At an item that has a table for each of its two instances."""
    table = Table(("column", "training", "inference"), (("price", "cast to double", ""), ("city", "", "")))
    rows = [replace(instance("manual", name), table=table) for name in ("cat.ml.demand", "cat.ml.ltv")]
    made = outcome_of(item("PRE-06", scope="model", answer="confirm"), *rows)
    return walk(begun(sheet((*items(), made))), "g", said("PRE-06"))[0]


def screens() -> list[State]:
    """A state on every kind of screen."""
    start = begun()
    resumable = begun(resumed=Resumed(answers={("TRN-07", ""): Answer("pass", "runs:/abc", at=NOON)}))
    opened = [walk(start, keys)[0] for keys in ("\n", "\ns", "\nss", "\nsss", "\nssss", "\nsssss")]
    forms = [walk(state, key)[0] for state in opened for key in "afxwdt"]
    overlays = [walk(state, key)[0] for state in (start, *opened) for key in "gp?q"]
    one_of_two = walk(start, "\nss2")[0]
    on_a_pass = walk(start, "g", said("TRN-01"))[0]
    tables = [walk(tabled(), keys)[0] for keys in ("", "e", "e2", "e2e", "e+", "e\n")]
    gone = walk(opened[0], Rejudged(decision(items()[:2])))[0]
    return [start, resumable, *opened, *forms, *overlays, one_of_two, on_a_pass, gone, answered(), *tables]
