"""The case study's errors as the demo has them: which error, where, and the check that is to find it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from mlcheck.knowledge.demo_files import demo_files


@dataclass(frozen=True, slots=True)
class CaseError:
    """One error: its number in the case study, what it says, and where the demo's half before makes it."""

    id: str
    what: str
    path: str
    line: int
    check: str


@lru_cache(maxsize=1)
def case_errors() -> tuple[CaseError, ...]:
    """Every error of the case study that the demo makes, in the case study's order."""
    text = (Path(__file__).parent / "case_study.yaml").read_text(encoding="utf-8")
    files = demo_files("before")
    return tuple(_error(row, files[row["path"]].decode()) for row in yaml.safe_load(text)["errors"])


def _error(row: dict[str, str], text: str) -> CaseError:
    line = text[: text.index(row["at"])].count("\n") + 1
    return CaseError(row["id"], row["what"], row["path"], line, row["check"])
