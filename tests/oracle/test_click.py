"""Options that a task gives, against those that a click or typer command takes: the libraries are the judge."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_argparse import arguments, facts_of

from mlcheck.checks.base import Finding, Unknown
from mlcheck.checks.parameter_undeclared import run

click = pytest.importorskip("click")

NAMES = ("catalog", "catalogs", "schema", "rows", "dry-run")
KEYWORDS = (
    "",
    "required=True",
    "is_flag=True",
    "type=int",
    "type=float, required=True",
    "type=click.Choice(['dev', 'prod'])",
    "multiple=True",
    "count=True",
    "nargs=2",
    "default='x', show_default=True",
    "default=3",
)
PLACES = ("", "type=int", "required=False", "nargs=-1", "default='x'", "nargs=2")
TYPED = ("str", "int", "float", "bool = False", "str = 'x'", "int = 3", "Optional[str] = None", "list[str] = []")
TYPED += ("str = typer.Option(...)", "int = typer.Option(3)", "str = typer.Argument('x')")
TYPED += ("Annotated[str, typer.Option()]", "Annotated[int, typer.Option('--number', '-n')] = 3")

options = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(KEYWORDS)), unique_by=lambda one: one[0], max_size=4
)
commands = st.tuples(options, st.lists(st.sampled_from(PLACES), max_size=2))
groups = st.dictionaries(st.sampled_from(["fit", "score", "check"]), commands, max_size=2)
signatures = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(TYPED)), unique_by=lambda one: one[0], max_size=4
)

Made = tuple[list[tuple[str, str]], list[str]]


def click_command(decorator: str, name: str, made: Made) -> str:
    lines = [f"@{decorator}"]
    for option, keywords in made[0]:
        lines.append(f"@click.option('--{option}'{', ' + keywords if keywords else ''})")
    for index, keywords in enumerate(made[1]):
        lines.append(f"@click.argument('place{index}'{', ' + keywords if keywords else ''})")
    return "\n".join([*lines, f"def {name}(**kwargs):", "    pass"]) + "\n"


def click_program(alone: Made, inner: dict[str, Made]) -> str:
    code = "import click\n"
    if not inner:
        return code + click_command("click.command()", "main", alone)
    code += click_command("click.group()", "main", (alone[0], []))
    return code + "".join(click_command("main.command()", name, one) for name, one in inner.items())


def typer_program(inner: dict[str, list[tuple[str, str]]]) -> str:
    code = "from typing import Annotated, Optional\nimport typer\nmain = typer.Typer()\n"
    for name, parameters in inner.items():
        ordered = sorted(parameters, key=lambda one: "=" in one[1])
        written = ", ".join(f"{one.replace('-', '_')}: {kind}" for one, kind in ordered)
        code += f"@main.command()\ndef {name}({written}):\n    pass\n"
    return code


def refuses(code: str, given_arguments: list[str]) -> bool:
    names: dict[str, Any] = {}
    exec(code, names)
    command = names["main"]
    if not isinstance(command, click.Command):
        import typer

        command = typer.main.get_command(command)
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            command.main(given_arguments, standalone_mode=False)
    except Exception as error:
        return type(error).__name__ not in ("Exit",)
    return False


def agrees(code: str, given_arguments: list[str]) -> None:
    found = list(run(facts_of(code + "if __name__ == '__main__':\n    main()\n", given_arguments)))
    judged = refuses(code, given_arguments)
    assert found
    if any(isinstance(one, Finding) for one in found):
        assert judged
    elif not any(isinstance(one, Unknown) for one in found):
        assert not judged


@settings(max_examples=300, deadline=None, derandomize=True)
@given(commands, groups, arguments)
def test_a_finding_is_what_click_refuses_and_a_pass_is_what_it_takes(
    alone: Made, inner: dict[str, Made], given_arguments: list[str]
) -> None:
    agrees(click_program(alone, inner), given_arguments)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(["fit", "score"]), signatures, min_size=1, max_size=2), arguments)
def test_a_finding_is_what_typer_refuses_and_a_pass_is_what_it_takes(
    inner: dict[str, list[tuple[str, str]]], given_arguments: list[str]
) -> None:
    agrees(typer_program(inner), given_arguments)
