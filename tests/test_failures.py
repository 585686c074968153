"""What becomes of a failure that a handler took, and that following it ends in bounded time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from case_files import Case, read_cases

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import Facts, HandlerSeen, ResultSeen
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

CASES = list(read_cases(Path(__file__).parent / "cases" / "failures"))


def facts_of(files: dict[str, str]) -> Facts:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return evaluate_project(load_project(tree, Settings()), frozenset({"except"}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_fate_of_a_failure(case: Case) -> None:
    expected = {
        (path, number): match.group(1)
        for path, text in case.files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := re.search(r"# fate: (\S+)$", line))
    }
    found: dict[tuple[str, int], str] = {}
    for entry in facts_of(case.files).entries:
        found.update({(one.place.path, one.place.line): one.fate.kind for one in entry.of(HandlerSeen)})
        found.update({(one.place.path, one.place.line): one.fate.kind for one in entry.of(ResultSeen)})
    assert found == expected


HANDLER = "try:\n    Ridge().fit(X, y)\nexcept Exception as e:\n    errors = [e]\n"


@pytest.mark.parametrize(
    "rest",
    [
        "x = errors" + " + errors" * 900,
        "x = errors" + ".append(1)" * 800,
        "if errors:\n    pass\n" * 5000,
        "x = " + "[" * 80 + "errors" + "]" * 80,
        "def f(n):\n    return g(n)\ndef g(n):\n    return f(n)\nf(errors)",
        "\n".join(f"def f{i}(a):\n    f{i - 1}(a)\n    f{i - 1}(a)" if i else "def f0(a): pass" for i in range(30))
        + "\nf29(errors)",
        "\n".join(
            f"def h{i}():\n    try:\n        h{i - 1}()\n    except Exception:\n        pass" for i in range(1, 60)
        )
        + "\ndef h0():\n    Ridge().fit(X, y)\nh59()",
        "for a in errors:\n"
        + "".join("    " * i + f"for b{i} in errors:\n" for i in range(1, 15))
        + "    " * 15
        + "pass",
        "while errors:\n    while errors:\n        while errors:\n            errors = errors",
        "match errors:\n    case [x]:\n        raise x\n    case _:\n        pass",
    ],
    ids=["sum", "chain", "ifs", "nested", "recursion", "tree", "tower", "loops", "whiles", "match"],
)
def test_following_a_failure_ends_and_never_raises(rest: str) -> None:
    start = time.monotonic()
    text = f"# Databricks notebook source\nfrom sklearn.linear_model import Ridge\n{HANDLER}{rest}\n"
    facts = facts_of({"notebook.py": text})
    assert any(entry.of(HandlerSeen) for entry in facts.entries)
    assert time.monotonic() - start < 10
