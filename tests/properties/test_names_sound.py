"""What is called undefined raises in every run that reads it: programs made at random, run with all choices open.

The programs bind, delete and read names in branches, loops, handlers and
functions. A line that some run reads without a NameError has no finding.
"""

from __future__ import annotations

import sys
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import UndefinedName
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

NAMES = ("a", "b", "c")
FUNCTIONS = ("f", "g")
names = st.sampled_from(NAMES)
functions = st.sampled_from(FUNCTIONS)


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


simple = st.one_of(
    st.builds(lambda n: [f"{n} = 1"], names),
    st.builds(lambda n: [f"read({n})"], names),
    st.builds(lambda n, m: [f"read({n} if unknown() else {m})"], names, names),
    st.builds(lambda n: [f"read(unknown() and {n})"], names),
    st.builds(lambda n: [f"{n} += 1"], names),
    st.builds(lambda n: [f"del {n}"], names),
    st.builds(lambda f: [f"{f}()"], functions),
    st.builds(lambda f: [f"keep({f})"], functions),
    st.builds(lambda n: [f"keep(lambda: read({n}))"], names),
    st.builds(lambda n, m: [f"read([{n} for {n} in range(2) if unknown() or {m}])"], names, names),
    st.builds(lambda n: [f"read(sum({n} for _ in range(2)))"], names),
    st.builds(lambda n: [f"if ({n} := unknown()): pass"], names),
)


def blocks(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    body = st.lists(inner, min_size=1, max_size=3).map(lambda parts: [line for part in parts for line in part])
    return st.one_of(
        st.builds(lambda b: ["if unknown():", *indented(b)], body),
        st.builds(lambda b, e: ["if unknown():", *indented(b), "else:", *indented(e)], body, body),
        st.builds(lambda n, b: [f"for {n} in range(many()):", *indented(b)], names, body),
        st.builds(lambda b: ["for _ in range(many()):", *indented(b), "    if unknown(): break"], body),
        st.builds(lambda b: ["for _ in range(many()):", "    if unknown(): continue", *indented(b)], body),
        st.builds(lambda b: ["while True:", *indented(b), "    if stop(): break"], body),
        st.builds(lambda b: ["while True:", "    if stop(): break", *indented(b)], body),
        st.builds(lambda n, b, e: ["try:", *indented(b), f"except Exception as {n}:", *indented(e)], names, body, body),
        st.builds(lambda b, e: ["try:", *indented(b), "    maybe()", "except ValueError:", *indented(e)], body, body),
        st.builds(lambda b, e: ["try:", *indented(b), "finally:", *indented(e)], body, body),
        st.builds(lambda f, b: [f"def {f}():", *indented(b)], functions, body),
        st.builds(lambda f, n, b: [f"def {f}():", f"    global {n}", *indented(b)], functions, names, body),
        st.builds(lambda b: ["class K:", *indented(b)], body),
    )


programs = st.lists(st.recursive(simple, blocks, max_leaves=10), min_size=2, max_size=8)


def run_python(program: str, choices: list[bool]) -> set[int]:
    """The lines on which `read` was given a value."""
    seen: set[int] = set()
    kept: list[Any] = []
    left = list(choices)
    rounds = [0]

    def unknown() -> bool:
        return left.pop() if left else False

    def stop() -> bool:
        rounds[0] += 1
        return rounds[0] > 6 or unknown()

    def maybe() -> None:
        if unknown():
            raise ValueError

    def read(value: object) -> None:
        seen.add(sys._getframe(1).f_lineno)

    space: dict[str, Any] = {"unknown": unknown, "stop": stop, "maybe": maybe, "read": read, "keep": kept.append}
    space |= {"many": lambda: 2 if unknown() else 0, "f": lambda: None, "g": lambda: None}
    for name in FUNCTIONS:
        del space[name]
    try:
        exec(compile(program, "program", "exec"), space)
        for one in kept[:4]:
            one()
    except (NameError, ValueError, RecursionError, TypeError):
        pass
    return seen


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(programs, st.lists(st.lists(st.booleans(), max_size=14), min_size=4, max_size=4))
def test_a_name_that_some_run_reads_is_not_called_undefined(parts: list[list[str]], runs: list[list[bool]]) -> None:
    program = "\n".join(line for part in parts for line in part) + "\n"
    try:
        compile(program, "program", "exec")
    except SyntaxError:  # `global` after a use
        return
    read = set().union(*(run_python(program, choices) for choices in runs))
    prelude = "# Databricks notebook source\nfrom elsewhere import unknown, stop, maybe, read, keep, many\n"
    tree = MemoryTree({"n.py": (prelude + program).encode()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset())
    found = {fact.place.line - 2: fact for fact in facts.entries[0].of(UndefinedName)}
    plain = {line for line in read if " if " not in program.splitlines()[line - 1] + " "}
    for line in plain & found.keys():
        text = program.splitlines()[line - 1]
        if "and" in text or "or" in text:
            continue  # it may have been read for its other part
        raise AssertionError(f"line {line} is read: {found[line]}\n{program}")
