"""The code is as docs/architecture.md draws it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "mlcheck"
MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if "demo" not in path.relative_to(SOURCE).parts]


def drawn_layers() -> list[str]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("cli > commands"))
    return [layer.strip() for layer in line.split(">")]


def test_the_drawn_layers_are_those_that_the_linter_holds() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text[text.index("layers = [") :]
    held = re.findall(r'"([^"]+)"', block[: block.index("]")])
    assert held == drawn_layers()


def test_nobody_imports_upwards() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_every_package_is_drawn() -> None:
    packages = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    assert packages == {name.strip() for layer in drawn_layers() for name in layer.split("|")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_the_git_package_runs_git_and_the_middle_touches_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    package = path.relative_to(SOURCE).parts[0]
    if re.search(r"^\s*(import|from) subprocess\b", text, re.MULTILINE):
        assert package in ("git", "record", "walk", "cli", "commands"), "a process is started in the middle of the road"
    if package in ("flow", "checks", "reports"):
        assert not re.search(r"\bopen\(|\.read_text\(|\.write_text\(|datetime\.now|time\.time\(|os\.environ\[", text)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or text.startswith('"""')
