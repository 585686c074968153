"""`diagnose` for machines: `mlcheck/diagnose/1`."""

from __future__ import annotations

import json
from typing import Any

from mlcheck import __version__
from mlcheck.diagnosis.diagnose import Cause, Diagnosis, RankedFinding
from mlcheck.reports.check_json import finding_row, place_row

FORMAT = "mlcheck/diagnose/1"


def render(diagnosis: Diagnosis) -> str:
    """The whole diagnosis as JSON text."""
    return json.dumps(as_data(diagnosis), indent=1) + "\n"  # ASCII: nothing in it is printed raw


def as_data(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": __version__,
        "recognised": bool(diagnosis.causes),
        "causes": [_cause(cause) for cause in diagnosis.causes],
        "nearest": [
            {"error": error.id, "title": error.title, "items": list(error.items)} for error in diagnosis.nearest
        ],
        "trace": [
            {**place_row(traced.place), "snippet": evidence.snippet, "moved": traced.moved}
            for traced, evidence in diagnosis.traced
        ],
        "said": diagnosis.said,
        "left_out_bytes": diagnosis.left_out,
        "code_files": diagnosis.code_files,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    one = cause.recognised
    return {
        "error": one.error.id,
        "title": one.error.title,
        "condition": one.condition,
        "text": one.text,
        "names": dict(one.names),
        "items": [{"id": item.id, "title": item.title, "killer": item.killer} for item in cause.items],
        "why": one.error.why,
        "fix": one.error.fix,
        "checks": list(cause.checks),
        "checks_not_yet": list(cause.missing),
        "outcomes": [
            {"item": outcome.item.id, "outcome": outcome.outcome, "reason": outcome.reason}
            for outcome in cause.outcomes
        ],
        "findings": [_finding(ranked) for ranked in cause.findings],
    }


def _finding(ranked: RankedFinding) -> dict[str, Any]:
    return {**finding_row(ranked.reported), "named": list(ranked.named), "traced": ranked.traced}
