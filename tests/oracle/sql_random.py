"""Random statements over the tables of `sql_programs`, the same for the same seed: most are right, some are not."""

from __future__ import annotations

import random

from sql_programs import TABLES

_COLUMNS = {
    "t": ["a", "b", "d", "dt", "ts", "x", "arr", "m", "s", "arrs", "n", "f"],
    "u": ["a", "c", "b"],
    "v": ["k", "a", "flag"],
    "other.w": ["a", "z"],
    "wide": ["id", "jan", "feb", "mar"],
}
assert set(_COLUMNS) == set(TABLES)
_NUMBERS = {"a", "d", "x", "n", "c", "k", "id", "jan", "feb", "mar"}
_AGGREGATES = ["sum", "avg", "min", "max", "count"]


class _Writer:
    """Writes statements. A relation is its text and the names that may be read of it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.made = 0

    def one(self, options: list[str]) -> str:
        return self.dice.choice(options)

    def chance(self, of: float) -> bool:
        return self.dice.random() < of

    def number(self, names: list[str]) -> str:
        """A name that is most likely one of a number."""
        numbers = [one for one in names if one.rpartition(".")[2] in _NUMBERS]
        return self.one(numbers) if numbers and self.chance(0.97) else self.one(names)

    def name(self) -> str:
        self.made += 1
        return f"{self.one(['p', 'q', 'r', 'total', 'A', 'b'])}{self.made if self.chance(0.8) else ''}"

    def relation(self, depth: int) -> tuple[str, list[str]]:
        kind = self.dice.random()
        alias = self.name()
        if depth <= 0 or kind < 0.55:
            table = self.one(list(_COLUMNS))
            if self.chance(0.4):
                return table, [*_COLUMNS[table], f"{table.rpartition('.')[2]}.{self.one(_COLUMNS[table])}"]
            return f"{table} {alias}", [*_COLUMNS[table], *(f"{alias}.{one}" for one in _COLUMNS[table])]
        text, names = self.query(depth - 1)
        return f"({text}) {alias}", [*names, *(f"{alias}.{one}" for one in names)]

    def joined(self, depth: int) -> tuple[str, list[str]]:
        text, names = self.relation(depth)
        for _ in range(self.dice.choice([0, 0, 1, 1, 2])):
            other, others = self.relation(depth - 1)
            kind = self.one(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"])
            if self.chance(0.3):
                text = f"{text} {kind} {other} USING (a)"
            elif self.chance(0.15):
                text = f"{text} CROSS JOIN {other}"
            else:
                text = f"{text} {kind} {other} ON {self.number(names)} = {self.number(others)}"
            if "SEMI" not in kind and "ANTI" not in kind:
                names = [*names, *others]
        if self.chance(0.12):
            text = f"{text} LATERAL VIEW {self.one(['explode(arr)', 'posexplode(arr)', 'explode(m)'])} e AS e1"
            names = [*names, "e1", "e.e1"]
        return text, names

    def value(self, names: list[str], depth: int = 2) -> str:
        kind = self.dice.random()
        if depth <= 0 or kind < 0.4:
            return self.one(names) if self.chance(0.97) else self.one(["missing", "t.missing", "s.p", "s.q", "z"])
        inner = self.value(names, depth - 1)
        if kind < 0.55:
            left, right = (
                self.number(names),
                self.one([self.number(names), "1", "2.5", "1e2", f"abs({self.number(names)})"]),
            )
            return f"{left} {self.one(['+', '-', '*', '/', '%', '=', '<', '||'])} {right}"
        if kind < 0.65:
            return self.one(["1", "'x'", "2.50", "1e2", "NULL", "true", "DATE '2024-01-31'", "3L", "-1"])
        if kind < 0.75:
            return f"CAST({self.number(names)} AS {self.one(['STRING', 'INT', 'DOUBLE', 'DECIMAL(8,3)', 'BIGINT'])})"
        if kind < 0.85:
            return f"CASE WHEN {inner} IS NULL THEN {self.number(names)} ELSE {self.number(names)} END"
        return self.one(
            [
                f"coalesce({self.number(names)}, {self.number(names)})",
                f"upper(CAST({self.number(names)} AS STRING))",
                f"abs({self.number(names)})",
                f"round({self.number(names)}, 1)",
                f"if({inner} IS NULL, 1, 2)",
                f"{self.number(names)} IN (1, 2)",
                f"({inner})",
                f"greatest({self.number(names)}, {self.number(names)})",
                f"count({self.one(names)}) OVER (ORDER BY {self.number(names)})",
                f"row_number() OVER (PARTITION BY {inner} ORDER BY {self.one(names)})",
                f"sum({self.number(names)}) OVER (PARTITION BY {inner})",
                f"(SELECT max({self.one(names)}) FROM u)",
            ]
        )

    def query(self, depth: int) -> tuple[str, list[str]]:
        text, names = self.joined(depth)
        where = (
            f" WHERE {self.number(names)} {self.one(['=', '>', '<>'])} {self.number(names)}" if self.chance(0.3) else ""
        )
        if self.chance(0.25):
            return self.grouped(text, names, where)
        outputs: list[str] = []
        made: list[str] = []
        for _ in range(self.dice.choice([1, 2, 2, 3])):
            if self.chance(0.1):
                outputs.append("*")
                made += [one for one in names if "." not in one]
                continue
            value = self.value([*names, *made] if self.chance(0.2) else names)
            if self.chance(0.65):
                alias = self.name()
                outputs.append(f"{value} AS {alias}")
                made.append(alias)
            else:
                outputs.append(value)
                made.append(value.rpartition(".")[2] if value.replace(".", "").isidentifier() else f"`{value}`")
        made = made or ["a"]
        order = f" ORDER BY {self.one([*made, *names])}" if self.chance(0.25) else ""
        distinct = "DISTINCT " if self.chance(0.1) else ""
        return f"SELECT {distinct}{', '.join(outputs)} FROM {text}{where}{order}", made

    def grouped(self, text: str, names: list[str], where: str) -> tuple[str, list[str]]:
        key, alias = self.one(names), self.name()
        aggregate = f"{self.one(_AGGREGATES)}({self.number(names)})"
        group = self.one([key, "1", "ALL", f"ROLLUP ({key})", key])
        having = f" HAVING {self.one([alias, f'max({self.one(names)})', key])} IS NOT NULL" if self.chance(0.3) else ""
        order = f" ORDER BY {self.one([alias, key, '1'])}" if self.chance(0.3) else ""
        text = f"SELECT {key}, {aggregate} AS {alias} FROM {text}{where} GROUP BY {group}{having}{order}"
        return text, [key.rpartition(".")[2], alias]

    def statement(self) -> str:
        kind = self.dice.random()
        text, names = self.query(2)
        if kind < 0.15:
            return f"WITH c1 AS ({text}) SELECT {self.one(names)} FROM c1 {self.one(['', 'p9', 'JOIN u USING (a)'])}"
        if kind < 0.25:
            other, _ = self.query(1)
            return f"({text}) {self.one(['UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT'])} ({other})"
        if kind < 0.35:
            return f"{text} LIMIT 3" if "ORDER" in text else f"SELECT * FROM ({text}) WHERE {self.one(names)} = 1"
        if kind < 0.42:
            correlated = f"SELECT 1 FROM v WHERE v.a = {self.one(names)}"
            return f"SELECT * FROM ({text}) o1 WHERE {self.one(['EXISTS', 'NOT EXISTS'])} ({correlated})"
        return text


def random_programs(count: int, seed: int) -> list[str]:
    """As many statements."""
    return [_Writer(seed * 1_000_003 + number).statement() for number in range(count)]
