"""The query that pulls a snapshot of a catalog's schemas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def snapshot_query(catalog: str, schemas: Sequence[str]) -> str:
    """The query for some schemas of a catalog; names with a quote in them are doubled there, as SQL wants."""
    text = (Path(__file__).parent / "schema_snapshot.sql").read_text(encoding="utf-8")
    quoted = ", ".join("'" + one.replace("'", "''") + "'" for one in schemas)
    return text.replace("{catalog}", catalog.replace("'", "''")).replace("{schemas}", quoted)
