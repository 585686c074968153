"""Keys of feature tables and lookups against the columns of the frames that they are of."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.checks.base import Finding, Instance, Unknown, Verdict
from mlcheck.checks.frame_verdicts import columns_shown, made_by, problems
from mlcheck.flow.facts import EntryFacts
from mlcheck.flow.feature_frames import KEY_TYPE, NO_FEATURE, NO_LOOKUP_KEY
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.flow.spark_tables import NO_KEY
from mlcheck.printable import nearest

_KINDS = {
    NO_KEY: ("key-not-in-frame", "the key `{name}` of `{table}` is no column of the frame"),
    NO_LOOKUP_KEY: ("lookup-key-not-in-frame", "the lookup key `{name}` is no column of the frame"),
    NO_FEATURE: ("no-such-feature", "`{table}` has no feature `{name}`"),
    KEY_TYPE: ("key-type", "the lookup key `{name}` is of another type than the key of `{table}`"),
}


def of_frames(check: str, entry: EntryFacts) -> Iterator[Verdict]:
    """What is wrong with keys and features by the columns that are there."""
    for problem in problems(entry, *_KINDS):
        instance = Instance("table", problem.table)
        if problem.in_try:
            why = f"{problem.detail}, and a handler stands around it"
            yield Unknown(check, why, problem.place, entry.role, instance)
            continue
        kind, message = _KINDS[problem.condition]
        near = nearest(problem.name, problem.schema.names) if problem.condition != KEY_TYPE else None
        said = message.format(name=problem.name, table=problem.table)
        yield Finding(
            check,
            "error",
            problem.place,
            said + (f": did you mean `{near}`?" if near else ""),
            problem.detail,
            _fix(problem, near),
            {"kind": kind, "table": problem.table, "column": problem.name},
            entry.role,
            instance,
            entry.targets,
            made_by(problem),
        )


def _fix(problem: FrameProblem, near: str | None) -> str:
    if problem.condition == KEY_TYPE:
        wanted = problem.detail.split("has type '")[1].split("'")[0]
        kind = {"LONG": "bigint", "INTEGER": "int", "SHORT": "smallint", "BYTE": "tinyint"}.get(wanted, wanted.lower())
        return f'df = df.withColumn("{problem.name}", F.col("{problem.name}").cast("{kind}"))'
    shown = columns_shown(problem.schema)
    return f"write `{near}`; there are {shown}" if near else f"there are {shown}: take one of them"
