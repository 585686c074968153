"""Options that a task gives, against those that a script takes: Python's own argparse is the judge."""

from __future__ import annotations

import contextlib
import io
from argparse import ArgumentParser

from hypothesis import given, settings
from hypothesis import strategies as st

from mlcheck.checks.base import Finding, Unknown
from mlcheck.checks.parameter_undeclared import run
from mlcheck.flow.evaluate import evaluate_project
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

NAMES = ("catalog", "catalogs", "schema", "rows", "dry-run")
options = st.lists(
    st.tuples(st.sampled_from(NAMES), st.booleans(), st.booleans()), unique_by=lambda one: one[0], max_size=4
)
arguments = st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), max_size=4)


def argparse_refuses(declared: list[tuple[str, bool, bool]], given_arguments: list[str]) -> bool:
    parser = ArgumentParser()
    for name, required, flag in declared:
        if flag:
            parser.add_argument(f"--{name}", action="store_true")
        else:
            parser.add_argument(f"--{name}", required=required)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            parser.parse_args(given_arguments)
    except SystemExit:
        return True
    return False


def verdicts(declared: list[tuple[str, bool, bool]], given_arguments: list[str]) -> list[object]:
    lines = ["import argparse", "parser = argparse.ArgumentParser()"]
    for name, required, flag in declared:
        rest = "action='store_true'" if flag else f"required={required}"
        lines.append(f"parser.add_argument('--{name}', {rest})")
    lines += ["if __name__ == '__main__':", "    args = parser.parse_args()"]
    bundle = (
        "bundle: {name: x}\nresources:\n  jobs:\n    j:\n      tasks:\n        - task_key: t\n          spark_python_task:\n"
        f"            python_file: ./s.py\n            parameters: {given_arguments!r}\n"
    )
    tree = MemoryTree({"s.py": "\n".join(lines).encode(), "databricks.yml": bundle.encode()})
    facts = evaluate_project(load_project(tree, Settings()), frozenset({"parse_args"}))
    return list(run(facts))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(options, arguments)
def test_a_finding_is_what_argparse_refuses_and_a_pass_is_what_it_takes(
    declared: list[tuple[str, bool, bool]], given_options: list[tuple[str, bool]]
) -> None:
    given_arguments = []
    flags = {name for name, _, flag in declared if flag}
    for name, joined in given_options:
        if name in flags:
            given_arguments.append(f"--{name}")
        else:
            given_arguments += [f"--{name}=x"] if joined else [f"--{name}", "x"]
    found = verdicts(declared, given_arguments)
    refuses = argparse_refuses(declared, given_arguments)
    if any(isinstance(one, Finding) for one in found):
        assert refuses
    elif not any(isinstance(one, Unknown) for one in found):
        assert not refuses
