"""Where names come from: what `import *` of a library brings, and the line that imports a name that is missing."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=2)
def _table(name: str) -> dict[str, str]:
    text = files("mlcheck.knowledge").joinpath("names").joinpath(f"{name}.json").read_text(encoding="utf-8")
    return {key: value for key, value in json.loads(text).items() if not key.startswith("_")}


@lru_cache(maxsize=64)
def star_names(module: str) -> frozenset[str] | None:
    """Every name that `from module import *` may bind, in any release in use; None where it isn't known."""
    known = _table("star_imports").get(module)
    return frozenset(known.split()) if known is not None else None


def import_line(name: str) -> str | None:
    """The import that most likely brings a name: `import pandas as pd` for `pd`."""
    return _table("import_lines").get(name)
