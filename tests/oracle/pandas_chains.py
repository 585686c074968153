"""Random programs over random frames of pandas: the same seed gives the same programs."""

from __future__ import annotations

import random

from frames_of_pandas import Program

_KINDS = ["bigint", "int", "double", "float", "decimal(10,2)", "string", "date", "timestamp", "boolean", "smallint"]
_NAMES = ["id", "price", "name", "day", "seen_at", "active", "n", "rate", "Region", "x1"]


class _Maker:
    """Makes one program. `names` are columns that are likely there: not always, so that some programs fail."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        count = self.random.randint(3, 6)
        self.kinds = {name: self.random.choice(_KINDS) for name in self.random.sample(_NAMES, count)}
        self.names = list(self.kinds)
        self.made = 0

    def program(self, title: str) -> Program:
        nulls = {name: self.random.random() < 0.5 for name in self.kinds}
        ddl = ", ".join(f"{name} {kind}{'' if nulls[name] else ' not null'}" for name, kind in self.kinds.items())
        steps = [self.step() for _ in range(self.random.randint(2, 7))]
        last = self.random.choice(["df", "df", "df", f"df[{self.name()!r}]", f"df[{self.some()!r}]"])
        return Program(title, {"df": ddl, "other": self.other()}, "\n".join([*steps, f"out = {last}"]))

    def other(self) -> str:
        key = self.random.choice(list(self.kinds))
        return f"{key} {self.kinds[key]} not null, extra double, label int not null"

    def name(self) -> str:
        if self.random.random() < 0.04 or not self.names:
            return self.random.choice(["missing", "Price", "ID"])
        return self.random.choice(self.names)

    def some(self) -> list[str]:
        return list(dict.fromkeys(self.name() for _ in range(self.random.randint(1, 3))))

    def new(self) -> str:
        self.made += 1
        return f"c{self.made}"

    def step(self) -> str:
        return self.random.choice(_STEPS)(self)

    def put(self, name: str, value: str) -> str:
        if name not in self.names:
            self.names.append(name)
        return f"df[{name!r}] = {value}"

    def arithmetic(self) -> str:
        sign = self.random.choice(["+", "-", "*", "/", "//", ">", "==", "<="])
        right = self.random.choice([f"df[{self.name()!r}]", "2", "1.5", "True"])
        left = f"df[{self.name()!r}]"
        return self.put(self.new(), f"{left} {sign} {right}")

    def convert(self) -> str:
        name = self.name()
        what = ["astype(float)", "astype(str)", "astype('category')", "astype('int64')", "fillna(0)", "fillna('none')"]
        what += [
            "dt.year",
            "str.upper()",
            "isna()",
            "shift(1)",
            "abs()",
            "round(1)",
            "map({'a': 1, 'b': 2})",
            "cat.codes",
        ]
        return self.put(self.random.choice([name, self.new()]), f"df[{name!r}].{self.random.choice(what)}")

    def function(self) -> str:
        name = self.name()
        what = [
            "pd.to_datetime({})",
            "pd.to_numeric({})",
            "np.where({}.isna(), 0, 1)",
            "np.log1p({})",
            "pd.factorize({})[0]",
        ]
        return self.put(self.new(), self.random.choice(what).format(f"df[{name!r}]"))

    def constant(self) -> str:
        return self.put(self.new(), self.random.choice(["1", "0.5", "'a'", "True", "None", "[1, 2, 3]", "-1"]))

    def drop(self) -> str:
        some = self.some()[:1]
        self.names = [one for one in self.names if one not in some]
        ways = ["df = df.drop(columns={})", "df.drop(columns={}, inplace=True)", "df = df.drop({}, axis=1)"]
        ways += ["df = df.drop(columns={}, errors='ignore')"]
        return self.random.choice(ways).format(repr(some))

    def rename(self) -> str:
        old, new = self.name(), self.new()
        self.names = [new if one == old else one for one in self.names]
        return f"df = df.rename(columns={{{old!r}: {new!r}}})"

    def choose(self) -> str:
        some = list(dict.fromkeys([*self.some(), *self.some()]))
        self.names = list(some)
        return f"df = df[{some!r}]"

    def rows(self) -> str:
        name = self.name()
        ways = ["df = df[df[{}].notna()]", "df = df.dropna(subset=[{}])", "df = df.sort_values({})", "df = df.head(2)"]
        ways += [
            "df = df.drop_duplicates()",
            "df = df.copy()",
            "df = df.reset_index(drop=True)",
            "df = df.loc[df[{}].isna() == False]",
        ]
        return self.random.choice(ways).format(repr(name))

    def merge(self) -> str:
        key, how = self.name(), self.random.choice(["inner", "left", "outer"])
        self.names += [one for one in ("extra", "label") if one not in self.names]
        return f"df = df.merge(other, on={key!r}, how={how!r})"

    def group(self) -> str:
        key, value, how = (
            self.name(),
            self.name(),
            self.random.choice(["sum", "mean", "max", "count", "first", "nunique"]),
        )
        self.names = [key, "total"]
        ways = [
            f"df = df.groupby({key!r}).agg(total=({value!r}, {how!r})).reset_index()",
            f"df = df.groupby({key!r}, as_index=False).agg(total=({value!r}, {how!r}))",
            f"df = df.groupby([{key!r}])[{value!r}].{how}().reset_index(name='total')",
        ]
        return self.random.choice(ways)

    def several(self) -> str:
        ways = [
            "df = pd.concat([df, df])",
            "df = pd.concat([df, other])",
            "df = pd.concat([df, other], axis=1)",
            "df = df.select_dtypes(include='number')",
            "df = df.select_dtypes(exclude=['object'])",
            "df = df.fillna(0)",
            "df = df[[c for c in df.columns if c != 'id']]",
            "df.columns = [c.lower() for c in df.columns]",
            "for c in df.columns:\n    df[c] = df[c].astype(str)",
            "same = df\nsame['flag'] = 1",
            "df = df.assign(flag=0, half=lambda f: f['flag'] / 2)",
        ]
        return self.random.choice(ways)


_STEPS = [
    _Maker.arithmetic,
    _Maker.arithmetic,
    _Maker.convert,
    _Maker.convert,
    _Maker.function,
    _Maker.constant,
    _Maker.drop,
    _Maker.rename,
    _Maker.choose,
    _Maker.rows,
    _Maker.rows,
    _Maker.merge,
    _Maker.group,
    _Maker.several,
]


def chains(count: int, seed: int = 1) -> list[Program]:
    return [_Maker(seed * 1_000_003 + at).program(f"chain {at}") for at in range(count)]
