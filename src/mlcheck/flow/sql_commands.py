"""Databricks' short commands, whole: shapes of statements that the parser takes as a command and does not look into.

Source: Databricks' SQL language manual, one shape for each page that is named.
"""

from __future__ import annotations

import re

_NAME = r"[\w`.\-{}$:]+"
_TEXT = r"(?:'[^']*'|\"[^\"]*\")"
_PAIRS = rf"\(\s*{_TEXT}?[\w.]*\s*=\s*[^,()]+(?:,\s*{_TEXT}?[\w.]*\s*=\s*[^,()]+)*\s*\)"
_THING = r"(?:CATALOG|SCHEMA|DATABASE|TABLE|VIEW|VOLUME|FUNCTION|MATERIALIZED\s+VIEW|STREAMING\s+TABLE)"
_SHAPES = (
    # CREATE CATALOG, CREATE SCHEMA, CREATE VOLUME
    rf"CREATE\s+(?:CATALOG|SCHEMA|DATABASE|VOLUME)\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}"
    rf"(?:\s+(?:MANAGED\s+)?LOCATION\s+{_TEXT}|\s+COMMENT\s+{_TEXT})*",
    rf"CREATE\s+EXTERNAL\s+VOLUME\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s+LOCATION\s+{_TEXT}(?:\s+COMMENT\s+{_TEXT})?",
    # OPTIMIZE, VACUUM
    rf"OPTIMIZE\s+{_NAME}(?:\s+FULL)?(?:\s+ZORDER\s+BY\s*\(?[\w`,.\s]+\)?)?",
    rf"VACUUM\s+{_NAME}(?:\s+RETAIN\s+\d+(?:\.\d+)?\s+HOURS)?(?:\s+DRY\s+RUN)?",
    # SHOW
    rf"SHOW\s+(?:CATALOGS|SCHEMAS|DATABASES|TABLES|VIEWS|VOLUMES|FUNCTIONS)(?:\s+(?:IN|FROM)\s+{_NAME})?"
    rf"(?:\s+(?:LIKE\s+)?{_TEXT})?",
    # ALTER … OWNER, ENABLE PREDICTIVE OPTIMIZATION, SET DBPROPERTIES, SET TBLPROPERTIES
    rf"ALTER\s+{_THING}\s+{_NAME}\s+(?:SET\s+)?OWNER\s+TO\s+{_NAME}",
    rf"ALTER\s+(?:CATALOG|SCHEMA|DATABASE|TABLE)\s+{_NAME}\s+(?:ENABLE|DISABLE|INHERIT)\s+PREDICTIVE\s+OPTIMIZATION",
    rf"ALTER\s+(?:SCHEMA|DATABASE)\s+{_NAME}\s+SET\s+DBPROPERTIES\s*{_PAIRS}",
    rf"ALTER\s+(?:TABLE|VIEW)\s+{_NAME}\s+SET\s+TBLPROPERTIES\s*{_PAIRS}",
    # GRANT, REVOKE
    rf"GRANT\s+[A-Z_ ]+(?:,\s*[A-Z_ ]+)*\s+ON\s+(?:{_THING}\s+)?{_NAME}\s+TO\s+(?:`[^`]+`|{_NAME})",
    rf"REVOKE\s+[A-Z_ ]+(?:,\s*[A-Z_ ]+)*\s+ON\s+(?:{_THING}\s+)?{_NAME}\s+FROM\s+(?:`[^`]+`|{_NAME})",
)
_KNOWN = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES), re.IGNORECASE)
_LONGEST = 2_000  # characters: these are short, and the patterns are not for more


def is_known_command(text: str) -> bool:
    """Whether a statement is, as a whole, one of the shapes."""
    return len(text) <= _LONGEST and _KNOWN.fullmatch(text.strip()) is not None
