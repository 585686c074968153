"""What mlcheck says of expressions beside what Spark does, with ANSI and without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from type_judge import Answer, Judge
from type_programs import DDL, INFIX, Nowhere, is_aggregate, schema, sql

from mlcheck.flow.frames.expr import Call, Cast, Expr, Literal, Ref
from mlcheck.flow.frames.naming import automatic_name
from mlcheck.flow.frames.reading import Reading
from mlcheck.flow.frames.resolve import Names, Typed, resolve
from mlcheck.flow.frames.types import Array, DataType, Map, Struct, parse_type

KNOWN = Path(__file__).with_name("type_disagreements.tsv")


@dataclass(frozen=True)
class Said:
    """What mlcheck says of an expression."""

    value: Typed
    condition: str
    name: str | None


def said(expr: Expr) -> Said:
    reading = Reading(Nowhere(), "select")
    value = resolve(expr, Names(schema(), reading))
    name = automatic_name(expr, lambda one: resolve(one, Names(schema(), Reading(Nowhere(), "select"))).type)
    return Said(value, reading.problems[0].condition if reading.problems else "", name)


@dataclass(frozen=True)
class Disagreement:
    kind: str  # type, nullable, name, refused, condition
    text: str
    ours: str
    spark: str

    def __str__(self) -> str:
        return f"{self.kind}\t{self.text}\t{self.ours}\t{self.spark}"


@dataclass
class Tally:
    """How much was told, and how much of it was wrong."""

    count: Counter[str] = field(default_factory=Counter)
    wrong: list[Disagreement] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def new(self) -> list[Disagreement]:
        known = {tuple(line.split("\t")[:2]) for line in KNOWN.read_text(encoding="utf-8").splitlines()}
        return [one for one in self.wrong if (one.kind, one.text) not in known]

    def __str__(self) -> str:
        return ", ".join(f"{key} {count}" for key, count in sorted(self.count.items()))


def compare(judge: Judge, exprs: Sequence[Expr]) -> Tally:
    """Both judge each expression; aggregates apart from the others, as they change what a query is."""
    tally = Tally()
    judge.table("t", DDL)
    for aggregates in (False, True):
        chosen = list({sql(one): one for one in exprs if is_aggregate(one) is aggregates}.items())
        texts = [text for text, _ in chosen]
        judge.ansi(True)
        strict = judge.expressions("t", texts)
        judge.ansi(False)
        loose = judge.expressions("t", texts)
        for (text, expr), one, other in zip(chosen, strict, loose, strict=True):
            tally.wrong += _compared(text, expr, one, other, tally)
    return tally


def _is_nested(expr: Expr) -> bool:
    """Whether several parts may be refused, of which Spark names one and mlcheck another."""
    if isinstance(expr, Cast):
        return not isinstance(expr.child, (Ref, Literal))
    inner = expr.args if isinstance(expr, Call) else ()
    if any(not isinstance(one, (Ref, Literal)) for one in inner):
        return True
    return len(inner) != 1 and not (len(inner) == 2 and isinstance(expr, Call) and expr.name in INFIX)


def _compared(text: str, expr: Expr, strict: Answer, loose: Answer, tally: Tally) -> Iterator[Disagreement]:
    ours = said(expr)
    tally.count["programs"] += 1
    runs = [one for one in (strict, loose) if one.runs]
    tally.count["run with ANSI or without"] += bool(runs)
    if ours.condition:
        tally.count["refused by both"] += not runs
        if runs:
            yield Disagreement("refused", text, ours.condition, runs[0].type)
        elif not _is_nested(expr) and ours.condition not in ("DATATYPE_MISMATCH", strict.condition):
            yield Disagreement("condition", text, ours.condition, strict.condition)
        return
    if not runs:
        tally.count["refused by Spark alone"] += 1
        tally.missed.append(f"{text}\t{strict.condition}")
        return
    yield from _of_value(text, ours, runs, tally)


def fits(ours: DataType | None, theirs: DataType | None) -> bool:
    """Whether a type is the other where it is known: of an array the elements may not be."""
    match ours, theirs:
        case None, _:
            return True
        case Array(), Array():
            return fits(ours.element, theirs.element)
        case Map(), Map():
            return fits(ours.key, theirs.key) and fits(ours.value, theirs.value)
        case Struct(), Struct():
            pairs = zip(ours.fields, theirs.fields)
            same = ours.open or len(ours.fields) == len(theirs.fields)
            return same and all(one == two and fits(kind, other) for (one, kind), (two, other) in pairs)
    return ours == theirs


def _of_value(text: str, ours: Said, runs: Sequence[Answer], tally: Tally) -> Iterator[Disagreement]:
    types = {one.type for one in runs}
    if ours.value.type is not None:
        tally.count["types told"] += 1
        if any(one != str(ours.value.type) and not fits(ours.value.type, parse_type(one)) for one in types):
            yield Disagreement("type", text, str(ours.value.type), " or ".join(sorted(types)))
    elif len(types) == 1 and len(runs) == 2:
        tally.count["types not told"] += 1
    if ours.value.nullable is not None:
        tally.count["nulls told"] += 1
        if any(one.nullable != ours.value.nullable for one in runs):
            yield Disagreement("nullable", text, str(ours.value.nullable), str([one.nullable for one in runs]))
    if ours.name is not None:
        tally.count["names told"] += 1
        if any(one.name != ours.name for one in runs):
            yield Disagreement("name", text, ours.name, runs[0].name)
