"""`verify --format json`: the contract `mlcheck/verify/1`."""

from __future__ import annotations

import json
from typing import Any

from mlcheck.printable import printable
from mlcheck.record.codes import PAGES
from mlcheck.record.refusal import Refusal
from mlcheck.record.verification import Verification

FORMAT = "mlcheck/verify/1"


def render(verification: Verification) -> str:
    """One JSON document; `code` is null where something else than the record stood in the way."""
    document = {
        "format": FORMAT,
        "valid": verification.valid,
        "rechecked": verification.rechecked,
        "change": printable(verification.change),
        "signed_by": dict(verification.signed_by),
        "findings": [_finding(found) for found in verification.findings],
        "notes": [printable(note) for note in verification.notes],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _finding(found: Refusal) -> dict[str, Any]:
    return {
        "code": found.code.value if found.code else None,
        "family": PAGES[found.code].family.value if found.code else None,
        "item": printable(found.item) if found.item is not None else None,
        "path": printable(found.path) if found.path is not None else None,
        "message": printable(found.message),
        "help": printable(found.help),
    }
