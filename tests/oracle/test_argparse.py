"""Options that a task gives, against those that a script takes: Python's own argparse is the judge."""

from __future__ import annotations

import contextlib
import io
import json
from argparse import ArgumentParser

from hypothesis import given, settings
from hypothesis import strategies as st

from mlcheck.checks.base import Finding, Unknown
from mlcheck.checks.parameter_undeclared import run
from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import Facts
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

NAMES = ("catalog", "catalogs", "schema", "rows", "dry-run")
KEYWORDS = (
    "",
    "required=True",
    "action='store_true'",
    "type=int",
    "type=float, required=True",
    "choices=['dev', 'prod']",
    "type=int, choices=[1, 2]",
    "nargs='*'",
    "nargs='+', required=True",
    "nargs='?', const='x'",
    "nargs=2",
    "action='append'",
    "action='count'",
    "default='a', dest='other'",
)
POSITIONALS = ("", "type=int", "choices=['dev', 'prod']", "nargs='?'", "nargs='*'", "nargs=2")

options = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(KEYWORDS)), unique_by=lambda one: one[0], max_size=4
)
positionals = st.lists(st.sampled_from(POSITIONALS), max_size=2)
parsers = st.tuples(options, positionals)
commands = st.dictionaries(st.sampled_from(["fit", "score", "check"]), parsers, max_size=3)
values = st.sampled_from(["x", "1", "2", "-1", "1.5", "dev", "prod", "fit", "score", "a b", ""])
arguments = st.lists(
    st.one_of(
        values,
        st.sampled_from([f"--{name}" for name in (*NAMES, "unknown", "cat")]),
        st.tuples(st.sampled_from(NAMES), values).map(lambda pair: f"--{pair[0]}={pair[1]}"),
    ),
    max_size=6,
)

Parser = tuple[list[tuple[str, str]], list[str]]


def declared(name: str, parser: Parser) -> list[str]:
    lines = []
    for option, keywords in parser[0]:
        lines.append(f"{name}.add_argument('--{option}'{', ' + keywords if keywords else ''})")
    for index, keywords in enumerate(parser[1]):
        lines.append(f"{name}.add_argument('place{index}'{', ' + keywords if keywords else ''})")
    return lines


def program(parser: Parser, inner: dict[str, Parser], required: bool) -> str:
    lines = ["import argparse", "parser = argparse.ArgumentParser()", *declared("parser", parser)]
    if inner:
        lines.append(f"commands = parser.add_subparsers(dest='command', required={required})")
    for name, one in inner.items():
        lines += [f"{name} = commands.add_parser('{name}')", *declared(name, one)]
    return "\n".join(lines) + "\n"


def argparse_refuses(code: str, given_arguments: list[str]) -> bool:
    names: dict[str, ArgumentParser] = {}
    exec(code, names)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            names["parser"].parse_args(given_arguments)
    except SystemExit:
        return True
    return False


def facts_of(code: str, given_arguments: list[str]) -> Facts:
    bundle = {
        "bundle": {"name": "x"},
        "resources": {
            "jobs": {
                "j": {
                    "tasks": [
                        {
                            "task_key": "t",
                            "spark_python_task": {"python_file": "./s.py", "parameters": given_arguments},
                        }
                    ]
                }
            }
        },
    }
    tree = MemoryTree({"s.py": code.encode(), "databricks.yml": json.dumps(bundle).encode()})
    return evaluate_project(load_project(tree, Settings()), frozenset({"parse_args"}))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(parsers, commands, st.booleans(), arguments)
def test_a_finding_is_what_argparse_refuses_and_a_pass_is_what_it_takes(
    parser: Parser, inner: dict[str, Parser], required: bool, given_arguments: list[str]
) -> None:
    code = program(parser, inner, required)
    main = "if __name__ == '__main__':\n    args = parser.parse_args()\n"
    found = list(run(facts_of(code + main, given_arguments)))
    refuses = argparse_refuses(code, given_arguments)
    assert found
    if any(isinstance(one, Finding) for one in found):
        assert refuses
    elif not any(isinstance(one, Unknown) for one in found):
        assert not refuses
