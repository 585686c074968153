"""`check` for machines: the JSON of the contract, `mlcheck/check/1`."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from typing import Any

from mlcheck import __version__
from mlcheck.packs.model import Decision, Evidence, ItemOutcome, ReportedFinding
from mlcheck.project.place import Place

FORMAT = "mlcheck/check/1"


def render(decision: Decision) -> str:
    """The whole decision as JSON text."""
    return _written(as_data(decision), "\n") + "\n"  # ASCII: nothing in it is printed raw


def _written(value: Any, line: str) -> str:
    """A value as `json.dumps(value, indent=1)` writes it, which takes three times as long."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    inner = line + " "
    if isinstance(value, dict) and value:
        parts = [f"{encode_basestring_ascii(key)}: {_written(one, inner)}" for key, one in value.items()]
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}"
    if isinstance(value, list) and value:
        return f"[{inner}{f',{inner}'.join([_written(one, inner) for one in value])}{line}]"
    return json.dumps(value) if type(value) is not int else str(value)


def as_data(decision: Decision) -> dict[str, Any]:
    coverage = decision.coverage
    return {
        "format": FORMAT,
        "version": __version__,
        "summary": decision.summary(),
        "coverage": {
            "files": coverage.files,
            "column_references": coverage.column_references,
            "decided": coverage.decided,
            "open": coverage.open,
            "calls": coverage.calls,
            "calls_resolved": coverage.calls_resolved,
            "cells": coverage.cells,
            "cells_passed_over": coverage.cells_passed_over,
        },
        "items": [_item(item) for item in decision.items],
        "findings": [finding_row(reported) for reported in decision.findings],
        "not_understood": [{**place_row(one.place), "what": one.what} for one in decision.not_understood],
        "left_out": [{"path": one.path, "why": one.why} for one in decision.left_out],
    }


def _item(item: ItemOutcome) -> dict[str, Any]:
    return {
        "id": item.item.id,
        "pack": item.item.pack,
        "title": item.item.title,
        "killer": item.item.killer,
        "outcome": item.outcome,
        "reason": item.reason,
        "instances": [
            {"scope": one.scope, "name": one.name, "outcome": one.outcome, "reason": one.reason}
            for one in item.instances
        ],
        "evidence": [_evidence(evidence) for evidence in item.evidence],
        "searched": list(item.searched),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    row = {**place_row(evidence.place), "snippet": evidence.snippet}
    if evidence.note:
        row["note"] = evidence.note
    return row


def finding_row(reported: ReportedFinding) -> dict[str, Any]:
    finding = reported.finding
    row: dict[str, Any] = {
        "check": finding.check,
        "item": reported.items[0] if reported.items else None,
        "items": list(reported.items),
        "severity": finding.severity,
        **place_row(finding.place),
        "end_line": finding.place.end_line or finding.place.line,
        "end_column": finding.place.end_column or finding.place.column,
        "message": finding.message,
        "why": finding.why,
        "help": finding.help,
        "fingerprint": reported.fingerprint,
        "subject": dict(finding.subject),
        "targets": list(finding.targets),
        "related": [{**place_row(place), "note": note} for place, note in finding.related],
    }
    if reported.suppressed is not None:
        row["suppressed"] = reported.suppressed
    if reported.baselined is not None:
        row["baselined"] = reported.baselined
    return row


def place_row(place: Place) -> dict[str, Any]:
    row: dict[str, Any] = {"path": place.path, "line": place.line, "column": place.column}
    if place.cell is not None:
        row["cell"] = place.cell
    return row
