"""What Databricks runtimes and serverless environment versions ship, from runtimes.json, with its source there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_VERSION = re.compile(r"(\d+)\.(\d+)\.x-")
_CORE = frozenset({"pyspark", "py4j", "delta-spark", "pandas", "numpy", "pyarrow"})
_UP_TO = re.compile(r"ml up to (\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Runtime:
    """A runtime: its name as people say it, its Python, its packages with versions.

    `unlisted` are packages that it has though its list doesn't say so; of those
    `doubted` it is not known.
    """

    name: str
    python: str
    packages: Mapping[str, str]
    unlisted: frozenset[str]
    doubted: frozenset[str]


def cluster_runtime(spark_version: str) -> Runtime | None:
    """The runtime of a cluster's `spark_version`, None where nothing is known of it."""
    match = _VERSION.match(spark_version)
    if match is None:
        return None
    number = f"{match.group(1)}.{match.group(2)}"
    return _runtime(f"{number} ml" if "-ml-" in spark_version else number)


def serverless_runtime(version: str) -> Runtime | None:
    """The serverless environment of a version, None where nothing is known of it."""
    return _runtime(f"serverless {version.strip()}")


@lru_cache(maxsize=2)
def in_every(serverless: bool) -> frozenset[str]:
    """What each serverless environment that is known has; or what no Databricks runtime is without, whichever it is."""
    rows = [key for key in _document()["runtimes"] if key.startswith("serverless") or not serverless]
    known = [runtime for runtime in map(_runtime, rows) if runtime is not None]
    common = frozenset.intersection(*(frozenset((*one.packages, *one.unlisted)) for one in known))
    return common if serverless else common & _CORE


@lru_cache(maxsize=64)
def _runtime(key: str) -> Runtime | None:
    document = _document()
    found = document["runtimes"].get(key)
    if found is None:
        return None
    packages = dict(one.split("=", 1) for one in found["packages"].split())
    words = key.split()
    if words[0] == "serverless":
        name = f"serverless environment {words[1]}"
    else:
        name = f"Databricks Runtime {words[0]}{' ML' if words[-1] == 'ml' else ''}"
    unlisted = frozenset(_unlisted(document["unlisted"], key))
    doubted = frozenset((*document["doubted"]["all"], *document["doubted"].get(key, ()))) - unlisted
    return Runtime(name, found["python"], packages, unlisted, doubted)


def _unlisted(rows: Mapping[str, Any], key: str) -> set[str]:
    names = {*rows["all"], *rows.get(key, ())}
    number, _, kind = key.partition(" ")
    if kind == "ml":
        names.update(rows["ml"])
        version = tuple(int(part) for part in number.split("."))
        for row, listed in rows.items():
            limit = _UP_TO.fullmatch(row)
            if limit and version <= (int(limit.group(1)), int(limit.group(2))):
                names.update(listed)
    return names


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    read = json.loads((Path(__file__).parent / "runtimes.json").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read
