"""`mlcheck schema`: the tables whose columns are known, and from where; how to pull them from the catalog."""

from __future__ import annotations

from pathlib import Path

from mlcheck.commands.project_root import open_project
from mlcheck.errors import UsageError
from mlcheck.knowledge.snapshot_query import snapshot_query
from mlcheck.printable import suggestion
from mlcheck.project.load import load_project
from mlcheck.project.model import Project, TableSchema
from mlcheck.project.settings import read_settings
from mlcheck.reports.schema_text import render_list, render_table
from mlcheck.reports.style import Style


def list_schemas(path: Path, style: Style) -> str:
    """Every table of the project's schemas, as text."""
    project = _project(path)
    return render_list(project.schemas, project.not_understood, style)


def show_table(path: Path, name: str, style: Style) -> str:
    """One table's columns, from each source that has it. Raises UsageError, with the nearest name, for none."""
    schemas = _project(path).schemas
    found = [one for one in schemas if _means(name, one)]
    if not found:
        raise UsageError(f"no schema of `{name}`", help=suggestion(name, [one.name for one in schemas]))
    return "\n".join(render_table(one, style) for one in found)


def query(name: str) -> str:
    """The query that pulls `catalog.schema` (several schemas by commas). Raises UsageError for another form."""
    catalog, _, schemas = name.partition(".")
    names = [one.strip().removeprefix(f"{catalog}.") for one in schemas.split(",")]
    if not catalog or not all(names):
        raise UsageError(f"`{name}` names no schema of a catalog", help="give catalog.schema, such as main.gold")
    return snapshot_query(catalog, names)


def _project(path: Path) -> Project:
    tree = open_project(path)
    return load_project(tree, read_settings(tree))


def _means(name: str, schema: TableSchema) -> bool:
    wanted, there = name.lower().split("."), schema.name.lower().split(".")
    return there[-len(wanted) :] == wanted or wanted[-len(there) :] == there
