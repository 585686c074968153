"""What the tests on pandas' frames share: programs read, run by pandas, followed by mlcheck, and compared."""

from __future__ import annotations

import datetime
import re
import traceback
import warnings
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import CallSeen
from mlcheck.flow.frames.problems import FrameProblem
from mlcheck.flow.frames.schema import Attribute, Schema
from mlcheck.flow.frames.types import Dtype
from mlcheck.flow.frames.values import PANDAS_FRAME, Frame, Series
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

PROGRAMS = Path(__file__).with_name("pandas_programs.txt")
_VALUES: dict[str, tuple[list[Any], str, str]] = {  # values, the dtype, and that with a null
    "boolean": ([True, False, True], "bool", "object"),
    "tinyint": ([1, 2, 3], "int8", "float64"),
    "smallint": ([1, 2, 3], "int16", "float64"),
    "int": ([1, 0, 1], "int32", "float64"),
    "bigint": ([1, 2, 3], "int64", "float64"),
    "float": ([0.5, 1.5, 2.5], "float32", "float32"),
    "double": ([0.5, 1.5, 2.5], "float64", "float64"),
    "string": (["a", "b", "a"], "", ""),
    "date": ([datetime.date(2024, 1, 31), datetime.date(2024, 2, 1), datetime.date(2023, 5, 5)], "object", "object"),
    "timestamp": ([datetime.datetime(2024, 1, 31, 5), datetime.datetime(2024, 2, 1), datetime.datetime(2023, 5, 5)],)
    + ("datetime64[ns]",) * 2,
    "array<int>": ([[1], [2, 3], [4]], "object", "object"),
}
_HELD: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "decimal": (Decimal, float, int),  # what nulls among Decimals are filled with is there too
    "date": (datetime.date,),
    "bool": (bool, np.bool_),
    "list": (list, np.ndarray),
}


@dataclass(frozen=True)
class Program:
    title: str
    frames: dict[str, str]
    code: str
    ordered: bool = True  # whether the order of columns is compared


@dataclass
class Ran:
    """What pandas made of a program: the value, or the error's class and text."""

    value: Any = None
    error: str = ""
    text: str = ""
    lines: tuple[int, ...] = ()  # of the program, where it raised: calls first


@dataclass
class Followed:
    """What mlcheck made of it."""

    value: object = None
    problems: list[tuple[FrameProblem, int]] = field(default_factory=list)  # with their lines of the program


def read_programs(path: Path = PROGRAMS) -> list[Program]:
    found = []
    for block in re.split(r"^# ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = block.partition("\n")
        frames, code = {}, []
        for line in body.rstrip().splitlines():
            given = re.match(r"^(df|other): (.*)$", line)
            if given:
                frames[given.group(1)] = given.group(2)
            else:
                code.append(line)
        found.append(Program(title, frames, "\n".join(code)))
    return found


def columns_of(ddl: str) -> list[tuple[str, str, bool]]:
    found = []
    for part in re.split(r",(?![^(<]*[)>])", ddl):
        name, kind, *rest = part.split()
        found.append((name, kind, "not" not in rest))
    return found


def frame_of(ddl: str, nulls: bool) -> pd.DataFrame:
    """A frame as `toPandas()` gives it."""
    made = {}
    for name, kind, nullable in columns_of(ddl):
        missing = nulls and nullable
        if kind.startswith("decimal"):
            values: list[Any] = [Decimal("1.50"), Decimal("2.50"), Decimal("0.50")]
            dtype = "object"
        else:
            values, plain, with_null = _VALUES[kind]
            dtype = with_null if missing else plain
        values = [None if missing and at == 1 else value for at, value in enumerate(values)]
        made[name] = pd.Series(values, dtype=dtype or None)
    return pd.DataFrame(made)


def run(program: Program, nulls: bool) -> Ran:
    names: dict[str, Any] = {"pd": pd, "np": np}
    for name, ddl in program.frames.items():
        names[name] = frame_of(ddl, nulls)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(program.code, program.title, "exec"), names)
        except Exception as error:
            frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == program.title]
            kind = "TypeError" if isinstance(error, TypeError) else type(error).__name__
            return Ran(None, kind, str(error), tuple(one.lineno or 0 for one in frames))
    return Ran(names["out"])


def follow(program: Program) -> Followed:
    lines = ["# Databricks notebook source", "import numpy as np", "import pandas as pd"]
    for name, ddl in program.frames.items():
        lines.append(f'{name} = spark.createDataFrame([], "{ddl}").toPandas()')
    lines += [program.code, "import probe", "probe.shown(out)"]
    pin = f"pandas=={pd.__version__}"
    tree = MemoryTree({"program.py": "\n".join(lines).encode(), "requirements.txt": pin.encode()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset({"shown"}))
    found = Followed()
    for entry in facts.entries:
        for fact in entry.facts:
            if isinstance(fact, FrameProblem):
                found.problems.append((fact, fact.place.line - 3 - len(program.frames)))
            elif isinstance(fact, CallSeen) and fact.name == "probe.shown":
                found.value = fact.positional[0]
    return found


def disagreements(program: Program) -> list[str]:
    """Where mlcheck says what pandas does not; empty where they agree, or where mlcheck does not know."""
    rans = [run(program, nulls) for nulls in (False, True)]
    seen = follow(program)
    said = [(one, line) for one, line in seen.problems if one.certain and not one.in_try]
    if any(not ran.error for ran in rans):
        if said:
            return [f"runs, and mlcheck says {one.condition} `{one.name}` {one.detail}" for one, _ in said]
        return [
            text for ran in rans if not ran.error for text in _values_differ(ran.value, seen.value, program.ordered)
        ]
    lines = {line for ran in rans for line in ran.lines}
    last = max(ran.lines[0] for ran in rans)
    # What comes after the error was not judged: mlcheck goes on there, as a compiler does.
    expected = {ran.error for ran in rans}
    wrong = [one for one, line in said if line <= last and (line not in lines or one.condition not in expected)]
    errors = f"raises {rans[0].error} in line {last}: {rans[0].text}"
    return [f"{errors}, and mlcheck says {one.condition} {one.detail}" for one in wrong]


def found(program: Program) -> str:
    """How much of a program mlcheck knows: error, whole, part, nothing, or missed (pandas raises, mlcheck says nothing)."""
    ran, seen = run(program, False), follow(program)
    if ran.error:
        return "error" if any(line in ran.lines for _, line in seen.problems) else "missed"
    if isinstance(seen.value, Series):
        return "whole" if seen.value.attribute.type is not None else "part"
    if isinstance(seen.value, Frame):
        schema = seen.value.schema
        known = schema.closed and all(one.type is not None and not one.perhaps for one in schema)
        return "whole" if known else "part"
    return "nothing"


def _values_differ(real: Any, value: object, ordered: bool) -> list[str]:
    if isinstance(value, Series):
        if isinstance(real, pd.DataFrame):
            return [] if value.attribute.type is None else ["a column, and pandas has a frame"]
        return _differs(real, value.attribute) if hasattr(real, "dtype") else []
    if isinstance(value, Frame) and value.cls == PANDAS_FRAME:
        if isinstance(real, pd.DataFrame):
            return _frames_differ(real, value.schema, ordered)
        return [f"a frame, and pandas has {type(real).__name__}"] if value.schema.closed else []
    return []


def _frames_differ(real: pd.DataFrame, schema: Schema, ordered: bool) -> list[str]:
    names = [str(name) for name in real.columns]
    sure = [one.name for one in schema if one.name is not None and not one.perhaps]
    if schema.closed and len(sure) == len(schema.attributes):
        if names != sure and (ordered or sorted(names) != sorted(sure)):
            return [f"columns {sure}, and pandas has {names}"]
    else:
        lacking = [name for name in sure if name not in names]
        if lacking:
            return [f"columns {lacking} that pandas has not: {names}"]
        if schema.closed and any(name not in schema.names for name in names):
            return [f"only {list(schema.names)}, and pandas has {names}"]
    return [
        text
        for one in schema
        if one.name in names and names.count(one.name) == 1
        for text in _differs(real[one.name], one)
    ]


def _differs(real: Any, one: Attribute) -> list[str]:
    if not isinstance(one.type, Dtype):
        return []
    given = str(real.dtype)
    if given not in one.type.names and not (given == "object" and one.type.names == ("str",)):
        return [f"`{one.name}` {one.type}, and pandas has {given}"]
    held = (
        [value for value in list(real) if value is not None and value is not pd.NaT and value == value]
        if given == "object"
        else []
    )
    wanted = _HELD.get(one.type.holds) if one.type.name == "object" else None
    if wanted is not None and not all(isinstance(value, wanted) for value in held):
        return [f"`{one.name}` holds {one.type.holds}, and pandas has {type(held[0]).__name__}"]
    return []
