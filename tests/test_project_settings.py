"""How code is read: `[tool.mlcheck]` or mlcheck.toml, and every mistake in them by its line."""

from __future__ import annotations

import pytest

from mlcheck.errors import ConfigurationError
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings
from mlcheck.project.settings import read_settings


def settings(**files: str) -> Settings:
    return read_settings(MemoryTree({name.replace("_toml", ".toml"): text.encode() for name, text in files.items()}))


def test_a_project_without_settings_has_the_defaults() -> None:
    assert settings(pyproject_toml="[project]\nname = 'mlcheck-user'\n") == Settings()


def test_a_pyproject_of_another_tool_may_be_broken() -> None:
    assert settings(pyproject_toml="not toml") == Settings()


@pytest.mark.parametrize(("name", "head"), [("pyproject_toml", "\ufeff[tool.mlcheck]\r\n"), ("mlcheck_toml", "")])
def test_every_key_is_read_from_either_file(name: str, head: str) -> None:
    text = (
        'schemas = ["gold/**"]\nexclude = ["old/"]\nseverity = {experiment-path = "info"}\n'
        'imports = "inline-only"\ndeployed_by = "git-folder"\n'
    )
    read = settings(**{name: head + text})
    assert read.path == name.replace("_toml", ".toml")
    assert (read.schemas, read.exclude) == (("gold/**",), ("old/",))
    assert dict(read.severity) == {"experiment-path": "info"}
    assert (read.imports, read.deployed_by) == ("inline-only", "git-folder")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('\nexlude = ["x"]', 2, "unknown key `exlude`; did you mean `exclude`?"),
        ("[policy]\na = 1", 1, "unknown key `policy`; [policy] belongs in .mlcheck/config.toml"),
        ('exclude = "x"', 1, "`exclude` is not a list of globs"),
        ("schemas = [1]", 1, "`schemas` is not a list of globs"),
        ('imports = "x"', 1, "`imports` is not one of importable, inline-only"),
        ('\n[severity]\nexperiment-path = "erorr"', 3, "did you mean `error`?"),
        ("severity = 3", 1, "`severity` is not a table of check names"),
        ("a = \n", 1, "not TOML"),
        ("a = 1\nb = [", 2, "not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        settings(mlcheck_toml=text)
    assert raised.value.line().startswith(f"mlcheck.toml:{line}: ")
    assert what in raised.value.line()


def test_the_line_is_that_of_our_own_table() -> None:
    with pytest.raises(ConfigurationError, match="unknown key") as raised:
        settings(pyproject_toml='[tool.other]\nexlude = 1\n\n[tool.mlcheck]\nexlude = ["x"]\n')
    assert raised.value.where == "pyproject.toml:5"


def test_settings_in_both_files_are_an_error() -> None:
    with pytest.raises(ConfigurationError, match="both"):
        settings(pyproject_toml="[tool.mlcheck]\n", mlcheck_toml="")


def test_settings_that_are_not_utf8_are_an_error() -> None:
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read_settings(MemoryTree({"mlcheck.toml": b"a = '\xff'"}))
