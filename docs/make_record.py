"""Writes what is generated about the record: docs/record.schema.json, and the table of codes in docs/record.md.

python docs/make_record.py
"""

from __future__ import annotations

import dataclasses
import json
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from mlcheck.record.codes import PAGES, Family
from mlcheck.record.model import DeveloperRecord, ReviewRecord
from mlcheck.record.statement import PREDICATE_TYPE

DOCS = Path(__file__).parent
SCHEMA, PAGE = DOCS / "record.schema.json", DOCS / "record.md"
BEGIN, END = "<!-- codes: made by docs/make_record.py -->", "<!-- end of codes -->"

_DIGEST = {"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"}
_TIME = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}
_DIGESTS = {"digest", "content", "text", "binds", "from", "previous", "reviews", "merges", "earlier", "base", "head"}


def schema() -> dict[str, Any]:
    """The JSON Schema of the predicate."""
    definitions: dict[str, Any] = {}
    roles = [_reference(shape, definitions) for shape in (DeveloperRecord, ReviewRecord)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{PREDICATE_TYPE}/schema.json",
        "title": "mlcheck sign-off, the predicate of an in-toto statement",
        "oneOf": roles,
        "$defs": dict(sorted(definitions.items())),
    }


def _reference(shape: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if shape.__name__ not in definitions:
        definitions[shape.__name__] = {}  # against a shape that holds itself
        hints = get_type_hints(shape)
        members = {
            field.name.rstrip("_"): _value(hints[field.name], field.name.rstrip("_"), definitions)
            for field in dataclasses.fields(shape)
        }
        definitions[shape.__name__] = {
            "description": " ".join((shape.__doc__ or "").split()),
            "type": "object",
            "properties": members,
            "required": list(members),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{shape.__name__}"}


def _value(hint: Any, name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = next(each for each in get_args(hint) if each is not type(None))
        return {"anyOf": [_value(inner, name, definitions), {"type": "null"}]}
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if origin is tuple:
        return {"type": "array", "items": _value(get_args(hint)[0], name, definitions)}
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _reference(hint, definitions)
    if hint is str and name in _DIGESTS:
        return _DIGEST
    if hint is str and name in ("time", "at"):
        return _TIME
    return {"type": {str: "string", int: "integer", bool: "boolean"}[hint]}


def codes() -> str:
    """The table of codes, by family."""
    rows = ["| code | family | meaning | mended by |", "|---|---|---|---|"]
    for family in Family:
        rows += [
            f"| {code.value} | {family} | {page.meaning} | `{page.mend}` |"
            for code, page in PAGES.items()
            if page.family is family
        ]
    return "\n".join(rows)


def page(text: str) -> str:
    """The page with its table made anew."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{codes()}\n\n{END}{rest.partition(END)[2]}"


def schema_text() -> str:
    return json.dumps(schema(), indent=1) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
