"""Whatever Python binds is among the values that the engine allows: programs made at random, run by both.

The engine may say less (a hole, anything), never something else.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import ExperimentSet
from mlcheck.flow.values import Const, Text, Value, options_of
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

NAMES = ("a", "b", "c")
LISTS = ("p", "q")
names = st.sampled_from(NAMES)
lists = st.sampled_from(LISTS)
words = st.sampled_from(["x", "y", "/z", ""])


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines] or ["    pass"]


simple = st.one_of(
    st.builds(lambda n, w: [f"{n} = {w!r}"], names, words),
    st.builds(lambda n, m: [f"{n} = {m}"], names, names),
    st.builds(lambda n, m, w: [f"{n} = f'{{{m}}}{w}'"], names, names, words),
    st.builds(lambda n, m, k: [f"{n} = {m} + {k}"], names, names, names),
    st.builds(lambda n, w: [f"{n} += {w!r}"], names, words),
    st.builds(lambda n, m: [f"{n} = unknown() and {m} or {n}"], names, names),
    st.builds(lambda n, m, k: [f"{n} = {m} if unknown() else {k}"], names, names, names),
    st.builds(lambda p, n: [f"{p}.append({n})"], lists, names),
    st.builds(lambda p, q: [f"{p} = {q}"], lists, lists),
    st.builds(lambda p, n, m: [f"{p} = [{n}, {m}]"], lists, names, names),
    st.builds(lambda p, n: [f"{p}[0] = {n}"], lists, names),
    st.builds(lambda n, p: [f"{n} = {p}[-1]"], names, lists),
    st.builds(lambda n, p: [f"{n} = '-'.join({p})"], names, lists),
    st.builds(lambda n, m: [f"{n} = helper({m})"], names, names),
    st.builds(lambda n, m: [f"d[{m!r}] = {n}"], names, names),
    st.builds(lambda n, m: [f"{n} = d.get({m!r}, 'none')"], names, names),
    st.builds(lambda p: [f"change({p})"], lists),
    st.builds(lambda n, m: [f"{n} = look({m!r})"], names, names),
    st.builds(lambda p, n: [f"{p} = both({p}, {n})"], lists, names),
    st.builds(lambda n: [f"show({n})"], names),
    st.builds(lambda n, m: [f"box.held = {n}", f"{m} = box.held"], names, names),
)


def blocks(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    body = st.lists(inner, min_size=1, max_size=3).map(lambda parts: [line for part in parts for line in part])
    return st.one_of(
        st.builds(lambda b: ["if unknown():", *indented(b)], body),
        st.builds(lambda b, e: ["if unknown():", *indented(b), "else:", *indented(e)], body, body),
        st.builds(lambda n, b: [f"if {n} == 'x':", *indented(b)], names, body),
        st.builds(lambda n, b: [f"if {n}:", *indented(b)], names, body),
        st.builds(lambda n, p, b: [f"for {n} in list({p})[:3]:", *indented(b)], names, lists, body),
        st.builds(lambda n, b: [f"for {n} in ['x', 'k']:", *indented(b)], names, body),
        st.builds(lambda b: ["for _ in range(many()):", *indented(b)], body),
        st.builds(lambda b: ["for _ in range(many()):", *indented(b), "    if unknown():", "        break"], body),
        st.builds(lambda b, e: ["try:", *indented(b), "    maybe()", "except ValueError:", *indented(e)], body, body),
        st.builds(lambda b, e: ["try:", *indented(b), "finally:", *indented(e)], body, body),
    )


programs = st.lists(st.recursive(simple, blocks, max_leaves=8), min_size=2, max_size=8)

PRELUDE = """\
class Box:
    held = "w"
box = Box()
d = {"a": "x"}
a, b, c = "x", "y", "z"
p, q = ["x"], ["y", "z"]
def helper(v):
    if unknown():
        return v + "!"
    return "<" + v
def both(items, last):
    return [*items[:1], last] if unknown() else [last]
def look(key):
    return d.get(key, "gone") + "".join(q)
def change(items):
    if unknown():
        items.append("changed")
    items[0] = "first"
"""


def run_python(program: str, choices: list[bool]) -> list[tuple[int, str]]:
    """What `show` is given, by line, with the undecided conditions chosen."""
    seen: list[tuple[int, str]] = []
    left = list(choices)

    def unknown() -> bool:
        return left.pop() if left else False

    def maybe() -> None:
        if unknown():
            raise ValueError

    def show(value: str) -> None:
        import sys

        seen.append((sys._getframe(1).f_lineno, value))

    space: dict[str, Any] = {"unknown": unknown, "many": lambda: 2 if unknown() else 0, "maybe": maybe, "show": show}
    exec(compile(program, "program", "exec"), space)
    return seen


def allowed(value: Value | None, actual: str) -> bool:
    for option in options_of(value) if value is not None else ():
        if isinstance(option, Const):
            if option.value == actual:
                return True
        elif isinstance(option, Text):
            pattern = "".join(re.escape(one) if isinstance(one, str) else ".*" for one in option.parts)
            if re.fullmatch(pattern, actual, re.DOTALL):
                return True
        else:
            return True
    return False


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(programs, st.lists(st.booleans(), max_size=12))
def test_what_python_binds_is_what_the_engine_allows(parts: list[list[str]], choices: list[bool]) -> None:
    body = "\n".join(line for part in parts for line in part)
    ending = "\n".join(f"show({name})" for name in NAMES)
    program = f"{PRELUDE}{body}\n{ending}\n"
    try:
        actual = run_python(program, choices)
    except Exception:  # a program that breaks says nothing
        return
    notebook = "# Databricks notebook source\nimport mlflow\nfrom elsewhere import unknown, many, maybe\n"
    tree = MemoryTree({"n.py": (notebook + program.replace("show(", "mlflow.set_experiment(")).encode()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset())
    values: dict[int, list[Value | None]] = {}
    for fact in facts.entries[0].facts:
        if isinstance(fact, ExperimentSet):
            values.setdefault(fact.place.line - 3, []).append(fact.name)
    for line, shown in actual:
        assert line in values, f"line {line} runs, and the engine never got there\n{program}"
        assert any(allowed(value, shown) for value in values[line]), (
            f"line {line}: {shown!r}\n{values[line]}\n{program}"
        )
