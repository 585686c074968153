"""The baseline: findings that were there when a team began, by fingerprints that survive moved lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlcheck.checks.base import Finding
from mlcheck.errors import ConfigurationError
from mlcheck.packs.exhibits import statement_digest
from mlcheck.packs.model import ReportedFinding
from mlcheck.project.model import Project
from mlcheck.project.tree import Tree

PATH = ".mlcheck/baseline.json"
FORMAT = "mlcheck/baseline/1"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Fingerprint to the ISO date on which it was taken in."""

    dates: Mapping[str, str]


def read_baseline(tree: Tree, path: str = PATH) -> Baseline | None:
    """The tree's baseline, or None where it has none. Raises ConfigurationError with the place."""
    if path not in tree.list():
        return None
    return parse_baseline(tree.read(path), path)


def parse_baseline(data: bytes, path: str) -> Baseline:
    try:
        loaded: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise ConfigurationError(
            "not JSON", where=f"{path}:{line}", help="write it with `mlcheck check --write-baseline`"
        ) from None
    if not isinstance(loaded, dict) or loaded.get("format") != FORMAT or not isinstance(loaded.get("findings"), list):
        raise ConfigurationError(f"not a baseline (`format` is not {FORMAT})", where=f"{path}:1", help="write it anew")
    dates: dict[str, str] = {}
    for row in loaded["findings"]:
        if (
            not isinstance(row, dict)
            or not isinstance(row.get("fingerprint"), str)
            or not isinstance(row.get("since"), str)
        ):
            raise ConfigurationError(
                "a finding without `fingerprint` and `since`", where=f"{path}:1", help="write it anew"
            )
        dates[row["fingerprint"]] = row["since"]
    return Baseline(dates)


def baseline_text(findings: Iterable[ReportedFinding], today: str) -> str:
    """The baseline file that takes in these findings; those taken in before keep their date."""
    rows = [
        {
            "fingerprint": one.fingerprint,
            "check": one.finding.check,
            "path": one.finding.place.path,
            "since": one.baselined or today,
        }
        for one in findings
    ]
    rows.sort(key=lambda row: (row["path"], row["check"], row["fingerprint"]))
    return json.dumps({"format": FORMAT, "findings": rows}, indent=1, ensure_ascii=False) + "\n"


def fingerprint(finding: Finding, project: Project, occurrence: int) -> str:
    """What stays of a finding when lines move: check, path, subject, and its statement's tokens."""
    parts = [
        finding.check,
        finding.place.path,
        json.dumps(dict(finding.subject), sort_keys=True),
        statement_digest(project, finding.place),
        str(occurrence),
    ]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
