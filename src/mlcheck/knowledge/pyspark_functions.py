"""The functions of `pyspark.sql.functions` and what each parameter takes, by release 4.0.1's signatures."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def pyspark_functions() -> dict[str, tuple[tuple[str, str], ...]]:
    """By name: the parameters, each with its kind: column, columns (all that follow), lambda, literal."""
    text = files("mlcheck.knowledge").joinpath("pyspark_functions.json").read_text(encoding="utf-8")
    return {
        name: tuple((parameter, kind) for parameter, kind in given)
        for name, given in json.loads(text)["functions"].items()
    }
