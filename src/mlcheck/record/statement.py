"""The payload: an in-toto Statement with our predicate, written and strictly read.

Source: in-toto attestation framework, Statement v1 and digest sets, read.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

from mlcheck.record import strict_json
from mlcheck.record.codes import Code
from mlcheck.record.model import DeveloperRecord, Record, ReviewRecord, Statement, Subject
from mlcheck.record.refusal import refuse
from mlcheck.record.shape import from_json, to_json

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://mlcheck.dev/signoff/v1"

# Texts that a person types may have several lines.
TYPED = frozenset({"note", "value", "reason", "risk"})

_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ROLES: dict[str, type[DeveloperRecord] | type[ReviewRecord]] = {
    "developer": DeveloperRecord,
    "review": ReviewRecord,
}


def write(statement: Statement) -> bytes:
    """The payload's bytes. Raises Refused where it holds what a reader would refuse."""
    value = {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": each.name, "digest": dict(each.digest), "annotations": {"mode": each.mode}}
            for each in statement.subjects
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": to_json(statement.record),
    }
    payload = json.dumps(value, separators=(",", ":")).encode("ascii")
    read(payload)
    return payload


def read(payload: bytes) -> Statement:
    """The statement in a payload. Raises Refused: E_JSON, E_TOO_BIG, E_TEXT_CONTROL, E_PAYLOAD_TYPE."""
    value = strict_json.parse(payload)
    if not isinstance(value, dict) or value.get("_type") != STATEMENT_TYPE:
        raise refuse(Code.E_PAYLOAD_TYPE, "the payload is no in-toto statement of version 1")
    if value.get("predicateType") != PREDICATE_TYPE:
        raise refuse(Code.E_PAYLOAD_TYPE, f"the statement's predicate is not `{PREDICATE_TYPE}`")
    if sorted(value) != ["_type", "predicate", "predicateType", "subject"]:
        raise refuse(Code.E_JSON, "the statement has other members than a record's")
    strict_json.check_texts(value, lines_in=TYPED)
    record = _record(value["predicate"])
    _check_forms(value["predicate"], "predicate")
    return Statement(_subjects(value["subject"]), record)


def _record(value: Any) -> Record:
    role = value.get("role") if isinstance(value, dict) else None
    shape = _ROLES.get(role) if isinstance(role, str) else None
    if shape is None:
        raise refuse(Code.E_JSON, f"`predicate.role` is not one of {', '.join(_ROLES)}")
    return from_json(shape, value, "predicate")


def _subjects(value: Any) -> tuple[Subject, ...]:
    if not isinstance(value, list):
        raise refuse(Code.E_JSON, "`subject` is not a list")
    return tuple(_subject(each, f"subject[{index}]") for index, each in enumerate(value))


def _subject(value: Any, where: str) -> Subject:
    if not isinstance(value, dict) or sorted(value) != ["annotations", "digest", "name"]:
        raise refuse(Code.E_JSON, f"`{where}` does not have a name, a digest and annotations")
    annotations = value["annotations"]
    if not isinstance(annotations, dict) or list(annotations) != ["mode"]:
        raise refuse(Code.E_JSON, f"`{where}.annotations` does not hold the mode alone")
    flat = {"name": value["name"], "digest": value["digest"], "mode": annotations["mode"]}
    subject = from_json(Subject, flat, where)
    if not subject.digest or not all(_DIGEST.fullmatch(each) for each in subject.digest.values()):
        raise refuse(Code.E_JSON, f"`{where}.digest` is not digests in hex")
    return subject


_DIGESTS = frozenset(
    {"digest", "content", "text", "binds", "from", "previous", "reviews", "merges", "earlier", "base", "head"}
)
_TIMES = frozenset({"time", "at"})


def _check_forms(value: Any, where: str, name: str = "") -> None:
    """Digests are hex and times are UTC to the second, wherever they stand."""
    match value:
        case dict():
            for each, inner in value.items():
                _check_forms(inner, f"{where}.{each}", each)
        case list():
            for index, inner in enumerate(value):
                _check_forms(inner, f"{where}[{index}]", name)
        case str() if name in _DIGESTS and not _DIGEST.fullmatch(value):
            raise refuse(Code.E_JSON, f"`{where}` is not a digest in hex")
        case str() if name in _TIMES and moment(value) is None:
            raise refuse(Code.E_JSON, f"`{where}` is not a time as 2027-03-31T12:00:00Z")


def moment(text: str) -> datetime | None:
    """The moment that a record's time names, or None where it names none."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def stamp(at: datetime) -> str:
    """A moment as records write it."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
