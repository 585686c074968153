"""Where `sys.path` lines lead: places of the project, wherever it is deployed."""

from __future__ import annotations

import pytest

from mlcheck.flow.evaluate import evaluate_project
from mlcheck.flow.facts import PathAdded
from mlcheck.project.load import load_project
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.project.model import Settings

HEAD = """\
# Databricks notebook source
import os
import sys
from pathlib import Path
nb = dbutils.notebook.entry_point.getDbutils().notebook().getContext().notebookPath().get()
"""


def added(line: str, more: str = "") -> list[str | None]:
    text = HEAD + more + line + "\n"
    project = load_project(MemoryTree({"src/notebooks/train.py": text.encode(), "lib/x.py": b""}), Settings())
    return [fact.folder for fact in evaluate_project(project, frozenset()).entries[0].of(PathAdded)]


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ('".."', "src"),
        ('"../../lib"', "lib"),
        ('"."', "src/notebooks"),
        ('os.path.abspath("../..")', ""),
        ('os.path.abspath(os.path.join(os.getcwd(), "..", "..", "lib"))', "lib"),
        ('f"{os.getcwd()}/../../lib"', "lib"),
        ("os.path.dirname(os.getcwd())", "src"),
        ('os.path.realpath("../helpers")', "src/helpers"),
        ('str(Path.cwd().parent.parent / "lib")', "lib"),
        ('str(Path(".").resolve().parents[1] / "a" / "b")', "a/b"),
        ('str(Path("../x").absolute())', "src/x"),
        ('Path(os.getcwd()).parent.joinpath("l").as_posix()', "src/l"),
        ('"/Workspace" + os.path.dirname(os.path.dirname(nb)) + "/e"', "src/e"),
        ('"/Workspace" + "/".join(nb.split("/")[:-2])', "src"),
        ('"/Workspace" + nb.rsplit("/", 3)[0]', ""),
        ('"/Workspace" + str(nb).rsplit("/src/", 1)[0]', ""),
        ('"/Workspace" + "/".join(nb.split("/")[:3])', None),
        ('"/Workspace" + nb.split("/")[2]', None),
        ('"../../.."', None),
        ('"/Workspace/Repos/team/project/lib"', None),
        ('dbutils.widgets.get("root") + "/lib"', None),
        ("unknown()", None),
    ],
)
def test_a_path_leads_to_a_folder_of_the_project_or_is_not_known(path: str, folder: str | None) -> None:
    assert added(f"sys.path.append({path})") == [folder]


@pytest.mark.parametrize(
    ("lines", "folders"),
    [
        ('sys.path.insert(0, "../../lib")', ["lib"]),
        ('sys.path.extend(["../../lib", ".."])', ["lib", "src"]),
        ('sys.path += ["../../lib"]', ["lib"]),
        ('for one in ["../../lib", ".."]:\n    sys.path.append(one)', ["lib", "src"]),
        ('def add(path):\n    if path not in sys.path:\n        sys.path.insert(0, path)\nadd("../../lib")', ["lib"]),
        ('import site\nsite.addsitedir("../../lib")', ["lib"]),
        ("sys.path += more()", [None]),
    ],
)
def test_every_way_to_add_a_folder_is_seen(lines: str, folders: list[str | None]) -> None:
    assert added(lines) == folders
