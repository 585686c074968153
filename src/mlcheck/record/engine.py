"""The engine that runs now: what outcomes depend on beside the code."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

import mlcheck
from mlcheck.record.model import Engine


def running_engine() -> Engine:
    """The versions of the tool, of Python (minor) and of sqlglot."""
    try:
        sqlglot = version("sqlglot")
    except PackageNotFoundError:
        sqlglot = "none"
    return Engine(mlcheck.__version__, f"{sys.version_info.major}.{sys.version_info.minor}", sqlglot)
