"""Random programs in which frames of pandas go by several names: branches, loops, functions, lists, attributes.

Which branch is taken pandas knows and mlcheck does not, so what it says must be true of all of them.
"""

from __future__ import annotations

import random

from frames_of_pandas import Program

_HEAD = """import datetime
now = datetime.date.today().year
class Holder:
    def __init__(self, frame):
        self.frame = frame
    def put(self, name):
        self.frame[name] = 1
def put(frame, name):
    frame[name] = 0
def put_more(frame, name):
    put(frame, name)
    return frame
def copied(frame, name):
    frame = frame.copy()
    frame[name] = 0
    return frame
def without(frame, name):
    frame.drop(columns=[name], inplace=True, errors="ignore")
def either(frame, name):
    if now > 2000:
        frame[name] = 1
    return frame"""


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = ["a", "b"]
        self.made = 0

    def program(self, title: str) -> Program:
        lines = [_HEAD]
        for _ in range(self.random.randint(3, 9)):
            lines += self.statement(0)
        frame = self.frame()
        lines.append(
            f"out = {frame}[[{self.random.choice(['x', 'y', 'c1', 'c2'])!r}]]" if self.maybe(0.3) else f"out = {frame}"
        )
        frames = {"df": "x double not null, y bigint not null", "other": "x double, z string"}
        return Program(title, frames, "\n".join(lines), ordered=False)

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def frame(self) -> str:
        return self.random.choice(["df", "df", "other"])

    def column(self) -> str:
        if self.maybe(0.4):
            self.made = min(self.made + 1, 6)
        return f"c{self.random.randint(1, max(self.made, 1))}"

    def statement(self, depth: int) -> list[str]:
        choices = [self.simple] * 3
        if depth < 2:
            choices += [self.branch, self.loop, self.attempt]
        return self.random.choice(choices)(depth)

    def block(self, depth: int) -> list[str]:
        lines = [line for _ in range(self.random.randint(1, 2)) for line in self.statement(depth + 1)]
        return [f"    {line}" for line in lines]

    def branch(self, depth: int) -> list[str]:
        test = self.random.choice(
            ["now > 2000", "now < 2000", "len(df) > 1", f"'{self.column()}' in {self.frame()}.columns"]
        )
        lines = [f"if {test}:", *self.block(depth)]
        return [*lines, "else:", *self.block(depth)] if self.maybe(0.5) else lines

    def loop(self, depth: int) -> list[str]:
        over = self.random.choice(["range(now - now + 2)", "['c1', 'c2']", "range(2)", "[df, other]"])
        last = self.random.choice(
            [[], [], ["    if now > 2000:", "        break"], ["    if now > 2000:", "        continue"]]
        )
        return [f"for one in {over}:", *last, *self.block(depth)]

    def attempt(self, depth: int) -> list[str]:
        return ["try:", *self.block(depth), "except KeyError:", *self.block(depth)]

    def simple(self, depth: int) -> list[str]:
        frame, name, two = self.frame(), self.column(), self.frame()
        return self.random.choice(
            [
                [f"{frame}[{name!r}] = 1"],
                [f"put({frame}, {name!r})"],
                [f"{frame} = put_more({frame}, {name!r})"],
                [f"{frame} = copied({frame}, {name!r})"],
                [f"without({frame}, {name!r})"],
                [f"{frame} = either({frame}, {name!r})"],
                [f"{frame} = {two}"],
                [f"{frame} = {two}.copy()"],
                [f"frames = [{frame}, {two}]", f"frames[0][{name!r}] = 2"],
                [f"frames = {{'one': {frame}}}", f"frames['one'][{name!r}] = 2"],
                [f"frames = {{'one': {frame}}}", "for key, value in frames.items():", f"    value[{name!r}] = 3"],
                [f"Holder({frame}).put({name!r})"],
                [f"holder = Holder({frame})", f"holder.frame[{name!r}] = 2", f"{two} = holder.frame"],
                [f"{frame} = {frame}.drop(columns=[{name!r}], errors='ignore')"],
                [f"{frame}.drop(columns=[{name!r}], inplace=True, errors='ignore')"],
                [f"{frame}.rename(columns={{{name!r}: 'c9'}}, inplace=True)"],
                [f"one, two = {frame}, {two}", f"one[{name!r}] = 1"],
                [f"chosen = {frame} if now > 2000 else {two}", f"chosen[{name!r}] = 1"],
                [f"some = {frame}[{frame}['x'] > 0]", f"some[{name!r}] = 1"],
                [f"list(map(lambda frame: put(frame, {name!r}), [{frame}]))"],
                [f"held = {frame}[['x']]"],
            ]
        )


def paths(count: int, seed: int = 1) -> list[Program]:
    return [_Maker(seed * 1_000_003 + at).program(f"path {at}") for at in range(count)]
