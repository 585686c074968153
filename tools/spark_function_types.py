"""Write `src/mlcheck/knowledge/spark_function_types.json`: what each SQL function of Spark takes and gives.

    python tools/spark_function_types.py        (needs pyspark and Java; some minutes)

Of each function the examples in its own description are analysed, with each of
their arguments replaced by a column of each type in turn, null or not, with ANSI
and without. Kept is what holds in both. Functions whose result depends on their
arguments' types have no `type` here: `flow/frames` has rules for them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "oracle"))

from type_judge import Answer, Judge, items, spark  # noqa: E402

OUT = ROOT / "src" / "mlcheck" / "knowledge" / "spark_function_types.json"
KINDS = {
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "int": "int",
    "bigint": "bigint",
    "float": "float",
    "double": "double",
    "decimal": "decimal(10,2)",
    "string": "string",
    "binary": "binary",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp_ntz",
    "interval": "interval day to second",
    "array": "array<int>",
    "map": "map<string,int>",
    "struct": "struct<a:int,b:string>",
    "variant": "variant",
}
# An array is more than its kind where a function asks for its elements' type.
MORE = {"array": ("array<string>", "array<double>", "array<array<int>>", "array<struct<a:int,b:string>>")}
MOST = 10  # operands that are tried
REFUSED = ("UNEXPECTED_INPUT_TYPE", "CAST_WITHOUT_SUGGESTION")


class Reader:
    """Reads one function after another."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        judge.table("t", ", ".join(f"c_{name} {ddl}" for name, ddl in self.columns().items()))
        judge.table("n", ", ".join(f"c_{name} {ddl} NOT NULL" for name, ddl in self.columns().items()))

    @staticmethod
    def columns() -> dict[str, str]:
        more = {f"{name}_{index}": ddl for name, many in MORE.items() for index, ddl in enumerate(many)}
        return {**KINDS, **more}

    def both(self, table: str, texts: list[str]) -> list[tuple[Answer, Answer]]:
        self.judge.ansi(True)
        strict = self.judge.expressions(table, texts)
        self.judge.ansi(False)
        return list(zip(strict, self.judge.expressions(table, texts), strict=True))

    def arity(self, name: str) -> list[int]:
        """How many operands are not refused for their number; MOST stands for any more."""
        texts = [f"{name}({', '.join(['NULL'] * count)})" for count in range(MOST + 1)]
        answers = self.judge.expressions("t", texts)
        return [count for count, answer in enumerate(answers) if "WRONG_NUM_ARGS" not in answer.condition]

    def examples(self, name: str) -> dict[int, list[str]]:
        """By number, the operands of the examples in a function's description."""
        found: dict[int, list[str]] = {}
        for row in self.judge.session.sql(f"DESCRIBE FUNCTION EXTENDED `{name}`").collect():
            for text in re.findall(r"> (SELECT .*?);", row[0]):
                for operands in self._operands(name, text):
                    found.setdefault(len(operands), operands)
        return found

    def _operands(self, name: str, text: str) -> Iterator[list[str]]:
        state = self.judge.java.sessionState()
        try:
            plan = state.sqlParser().parsePlan(text)
            analysed = state.analyzer().execute(plan)
        except Exception:
            return
        if plan.getClass().getSimpleName() != "Project":
            return
        one = items(plan.projectList())[0]
        while one.getClass().getSimpleName() in ("UnresolvedAlias", "Alias"):
            one = one.child()
        if one.getClass().getSimpleName() != "UnresolvedFunction":
            return
        if one.nameParts().apply(0).lower() != name or one.isDistinct():
            return
        types = {each.name(): each.dataType().catalogString() for each in _leaves(analysed)}
        yield [_without_columns(each.sql(), types) for each in items(one.arguments())]

    def read(self, name: str) -> dict[str, Any] | None:
        row: dict[str, Any] = {"arity": self.arity(name)}
        forms = [self._form(name, operands) for _, operands in sorted(self.examples(name).items())]
        row["forms"] = [one for one in forms if one is not None]
        return row if row["arity"] else None

    @staticmethod
    def _shown(operands: list[str], answers: tuple[Answer, Answer]) -> str | None:
        """What a function is called in a column's name, where its operands follow between parentheses."""
        found = set()
        for answer in answers:
            given = _plain(", ".join(operands))
            called = re.fullmatch(r"(\w+)\((.*)\)", answer.name, re.DOTALL)
            found.add(called[1] if called is not None and _plain(called[2]) == given else None)
        return found.pop() if len(found) == 1 else None

    def _form(self, name: str, base: list[str]) -> dict[str, Any] | None:
        plain = self.both("t", [f"{name}({', '.join(base)})"])[0]
        if not all(one.runs for one in plain):
            return None
        results = {one.type for one in plain}
        accepts: list[list[str] | None] = []
        for place in range(len(base)):
            found, types = self._accepts(name, base, place)
            accepts.append(found)
            results |= types
        form: dict[str, Any] = {"accepts": accepts, "type": results.pop() if len(results) == 1 else None}
        form["null"] = self._nulls(name, base, accepts)
        form["shown"] = self._shown(base, plain)
        return form

    def _accepts(self, name: str, base: list[str], place: int) -> tuple[list[str] | None, set[str]]:
        """The kinds that an operand may be of, None where that can't be told; and what results there are."""
        columns = self.columns()
        given = {kind: f"c_{kind}" for kind in columns}
        answers = self._varied(name, base, place, given)
        if not any(one.runs for pair in answers.values() for one in pair):
            answers = self._varied(name, base, place, {kind: f"CAST(NULL AS {ddl})" for kind, ddl in columns.items()})
        found, told = [], True
        for kind in KINDS:
            pairs = [answers[kind], *(answers[f"{kind}_{index}"] for index in range(len(MORE.get(kind, ()))))]
            if any(one.runs for pair in pairs for one in pair):
                found.append(kind)
            elif not all(one.condition.endswith(REFUSED) for pair in pairs for one in pair):
                told = False
        types = {one.type for pair in answers.values() for one in pair if one.runs}
        return (found if told else None), types

    def _varied(
        self, name: str, base: list[str], place: int, given: dict[str, str]
    ) -> dict[str, tuple[Answer, Answer]]:
        texts = [_call(name, base, place, one) for one in given.values()]
        return dict(zip(given, self.both("t", texts), strict=True))

    def _nulls(self, name: str, base: list[str], accepts: list[list[str] | None]) -> Any:
        """`always`, `never`, or for each operand the kinds of which one null makes the result null.

        Of these kinds, with no null among them, the result is not null. None where that is not so simple.
        """
        best, sure = list(base), []
        for place, kinds in enumerate(accepts):
            tried = [_call(name, best, place, f"c_{kind}") for kind in kinds or []]
            answers = self.both("n", tried)
            kept = [kind for kind, pair in zip(kinds or [], answers, strict=True) if _none(pair)]
            sure.append(kept)
            if kept:
                best[place] = f"c_{kept[0]}"
        text = f"{name}({', '.join(best)})"
        alone, nulls = self.both("n", [text])[0], self.both("t", [text])[0]
        if _none(nulls):
            return "never"
        if all(one.nullable for one in alone):
            return None if any(sure) else "always"
        if not _none(alone):
            return None
        for place, kept in enumerate(sure):
            null = _call(name, best, place, f"nullif({best[place]}, {best[place]})")
            if kept and not all(one.nullable for one in self.both("n", [null])[0]):
                return None
        return sure


def _plain(text: str) -> str:
    """Operands without what Spark leaves out of a column's name: quotes, and the types of constants."""
    text = re.sub(r"\b(?:DATE|TIMESTAMP)\(('[^']*')\)", r"\1", text)
    return re.sub(r"(\d)(?:BD|L)\b", r"\1", text).replace("'", "").lower()


def _call(name: str, operands: list[str], place: int, operand: str) -> str:
    return f"{name}({', '.join([*operands[:place], operand, *operands[place + 1 :]])})"


def _none(pair: tuple[Answer, Answer]) -> bool:
    return all(one.nullable is False for one in pair)


def _leaves(plan: Any) -> Iterator[Any]:
    for node in items(plan.collectLeaves()):
        yield from items(node.output())


def _without_columns(text: str, types: dict[str, str]) -> str:
    """An operand's text with each column of the example a null of its type."""
    for name, kind in types.items():
        text = re.sub(rf"(?<![\w.'`]){re.escape(name)}(?![\w(.'`])", f"CAST(NULL AS {kind})", text)
    return text


def numbered(found: Any, sets: dict[tuple[str, ...], int]) -> Any:
    """Lists of kinds by their number, as few of them stand in many functions."""
    if not isinstance(found, list):
        return found
    return [None if one is None else sets.setdefault(tuple(one), len(sets)) for one in found]


def main() -> None:
    rows: dict[str, Any] = {}
    sets: dict[tuple[str, ...], int] = {}
    with spark() as judge:
        reader = Reader(judge)
        for (name,) in judge.session.sql("SHOW FUNCTIONS").collect():
            row = reader.read(name) if re.fullmatch(r"\w+", name) else None
            if row is None:
                continue
            for form in row["forms"]:
                form["accepts"], form["null"] = numbered(form["accepts"], sets), numbered(form["null"], sets)
            rows[name] = row
        version = judge.session.version
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    source = f"Spark {version}, each function analysed by tools/spark_function_types.py"
    kinds = ",\n".join(f"  {json.dumps(one)}" for one in sets)
    text = f'{{"source": {json.dumps(source)},\n"kinds": [\n{kinds}\n],\n"functions": {{\n{lines}\n}}}}\n'
    OUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
