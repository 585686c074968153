"""Programs on Spark's frames made at random: chains of operations over the tables, with names that may be wrong."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from spark_programs import _HEAD, TABLES

_COLUMNS = {
    name: [part.split()[0] for part in ddl.replace("map<string,string>", "map").replace(",10,2", "").split(", ")]
    for name, ddl in TABLES.items()
}
_COLUMNS["bookings"] = [
    "booking_id", "property_id", "destination_id", "booked_at", "created", "price", "nights", "cancelled",
    "channel", "score", "ratio", "tags",
]  # fmt: skip
_COLUMNS["properties"] = ["property_id", "destination_id", "name", "rating", "is_current", "valid_from"]
_COLUMNS["events"] = ["id", "kind", "amount", "small", "tiny", "at"]
_TABLE_OF = {"b": "bookings", "p": "properties", "d": "destinations", "e": "events"}


class Maker:
    """Writes one program. `names` are those that a frame probably has; a few are wrong on purpose."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.lines: list[str] = []
        self.frames: dict[str, list[str]] = {short: list(_COLUMNS[table]) for short, table in _TABLE_OF.items()}
        self.count = 0

    def program(self) -> str:
        for _ in range(self.random.randint(2, 7)):
            self.step()
        return _HEAD + "\n".join(self.lines) + "\n"

    def step(self) -> None:
        frame = self.random.choice([*self.frames, *list(self.frames)[4:] * 3])
        text, names = self.random.choice(_STEPS)(self, frame)
        self.count += 1
        name = f"f{self.count}"
        self.lines.append(f"{name} = {text}")
        self.frames[name] = names

    def name(self, frame: str) -> str:
        roll = self.random.random()
        if roll < 0.04:
            return self.random.choice(["missing", "prise", "nightz", "x9"])
        if roll < 0.10:
            return self.random.choice(_COLUMNS[self.random.choice(list(_COLUMNS))])
        known = self.frames[frame] or ["nights"]
        one = self.random.choice(known)
        return one.upper() if roll < 0.16 else one

    def fresh(self) -> str:
        return self.random.choice(["k", "v", "w", "price", "nights", "name"])

    def expr(self, frame: str) -> str:
        name = self.name(frame)
        column = self.random.choice([f'col("{name}")', f'F.col("{name}")'])
        return self.random.choice(
            [
                column,
                f'{column}.cast("{self.random.choice(["double", "string", "decimal(8,3)", "bigint"])}")',
                f"F.coalesce({column}, {column})",
                f"when({column}.isNull(), 1).otherwise(0)",
                f'F.concat_ws("-", {column}, lit("a"))',
                f"{column}.isNotNull()",
                "lit(1)",
            ]
        )


_SAME = ["distinct()", "limit(3)", "cache()", "alias('q')"]
Step = Callable[[Maker, str], "tuple[str, list[str]]"]


def _select(make: Maker, frame: str) -> tuple[str, list[str]]:
    names = list(dict.fromkeys(make.name(frame) for _ in range(make.random.randint(1, 4))))
    given = ", ".join(f'"{name}"' for name in names)
    return f"{frame}.select({given})", names


def _with_column(make: Maker, frame: str) -> tuple[str, list[str]]:
    name = make.fresh()
    return f'{frame}.withColumn("{name}", {make.expr(frame)})', list(dict.fromkeys([*make.frames[frame], name]))


def _filter(make: Maker, frame: str) -> tuple[str, list[str]]:
    return f'{frame}.filter(col("{make.name(frame)}").isNotNull())', make.frames[frame]


def _drop(make: Maker, frame: str) -> tuple[str, list[str]]:
    name = make.name(frame)
    return f'{frame}.drop("{name}")', [one for one in make.frames[frame] if one != name]


def _rename(make: Maker, frame: str) -> tuple[str, list[str]]:
    old, new = make.name(frame), make.fresh()
    names = [new if one == old else one for one in make.frames[frame]]
    return f'{frame}.withColumnRenamed("{old}", "{new}")', names


def _group(make: Maker, frame: str) -> tuple[str, list[str]]:
    key, of = make.name(frame), make.name(frame)
    how = make.random.choice(["max", "min", "count", "first", "collect_list", "countDistinct"])
    return f'{frame}.groupBy("{key}").agg(F.{how}("{of}").alias("v"))', [key, "v"]


def _join(make: Maker, frame: str) -> tuple[str, list[str]]:
    other = make.random.choice(list(make.frames))
    both = [one for one in make.frames[frame] if one in make.frames[other]]
    key = make.random.choice(both) if both and make.random.random() < 0.9 else make.name(frame)
    how = make.random.choice(["inner", "left", "full", "right", "left_semi", "left_anti"])
    names = list(dict.fromkeys([key, *make.frames[frame], *(make.frames[other] if "_" not in how else [])]))
    return f'{frame}.join({other}, "{key}", "{how}")', names


def _join_on(make: Maker, frame: str) -> tuple[str, list[str]]:
    other = make.random.choice([one for one in make.frames if one != frame])
    mine, theirs = make.name(frame), make.name(other)
    names = list(dict.fromkeys([*make.frames[frame], *make.frames[other]]))
    left, right = f"{frame}.alias('l')", f"{other}.alias('r')"
    return f"{left}.join({right}, col('l.{mine}').cast('string') == col('r.{theirs}').cast('string'))", names


def _union(make: Maker, frame: str) -> tuple[str, list[str]]:
    names = [make.name(frame) for _ in range(2)]
    other = [make.name(frame) for _ in range(2)]
    first = ", ".join(f"col('{one}').cast('string')" for one in names)
    second = ", ".join(f"col('{one}').cast('string')" for one in other)
    return f"{frame}.select({first}).union({frame}.select({second}))", names


def _order(make: Maker, frame: str) -> tuple[str, list[str]]:
    return f'{frame}.orderBy(col("{make.name(frame)}").desc())', make.frames[frame]


def _window(make: Maker, frame: str) -> tuple[str, list[str]]:
    window = f'Window.partitionBy("{make.name(frame)}").orderBy("{make.name(frame)}")'
    return f'{frame}.withColumn("w", F.row_number().over({window}))', [*make.frames[frame], "w"]


def _duplicates(make: Maker, frame: str) -> tuple[str, list[str]]:
    return f'{frame}.dropDuplicates(["{make.name(frame)}"])', make.frames[frame]


def _fill(make: Maker, frame: str) -> tuple[str, list[str]]:
    return f'{frame}.fillna(0, subset=["{make.name(frame)}"])', make.frames[frame]


def _same(make: Maker, frame: str) -> tuple[str, list[str]]:
    return f"{frame}.{make.random.choice(_SAME)}", make.frames[frame]


def _attribute(make: Maker, frame: str) -> tuple[str, list[str]]:
    name = make.name(frame)
    taken = make.random.choice([f'{frame}["{name}"]', f"{frame}.{name}"])
    return f'{frame}.select({taken}.alias("t"), "*")', ["t", *make.frames[frame]]


_STEPS: list[Step] = [
    _select, _select, _with_column, _with_column, _with_column, _filter, _filter, _drop, _rename, _group, _join,
    _join, _join_on, _union, _order, _window, _duplicates, _fill, _same, _attribute,
]  # fmt: skip


def program(seed: int) -> str:
    """The program of a seed."""
    return Maker(seed).program()
