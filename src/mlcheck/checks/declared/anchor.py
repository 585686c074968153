"""Where a project is told that something is missing in it: a place that is there."""

from __future__ import annotations

from mlcheck.flow.facts import Facts
from mlcheck.project.place import Place

_FIRST = ("databricks.yml", "databricks.yaml", "pyproject.toml", "README.md")


def project_place(facts: Facts) -> Place | None:
    """The first line of the file that speaks for the project: its bundle, its `pyproject.toml`, else its first file."""
    if facts.bundles:
        return Place(facts.bundles[0].path, 1)
    files = facts.project.files
    named = next((name for name in _FIRST if name in files), None)
    first = named or min(files, key=lambda path: (path.count("/"), path), default=None)
    return Place(first, 1) if first is not None else None
