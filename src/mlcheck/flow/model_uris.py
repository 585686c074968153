"""Addresses of registered models: `models:/name/version`, `models:/name@alias`, and who is handed one.

Source: mlflow 3.17, `_parse_model_uri`, read and executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlcheck.flow.dotted_names import UNKNOWN
from mlcheck.flow.facts import CallSeen, EntryFacts
from mlcheck.flow.values import Const, Hole, Text, Value, options_of, parts_of

SuffixKind = Literal["alias", "version", "latest", "stage", "looked-up", "given", "unknown", "id", "none"]

STAGES = frozenset({"production", "staging", "archived", "none"})
_RUN = re.compile(r"runs:/([0-9a-f]{32})(/|$)")
_FIRST_MARK = 0xE000  # of Unicode's private use: a hole's place in a text
_LOOKUPS = re.compile(
    r"(search_model_versions|get_latest_versions|get_registered_model|get_model_version\w*|register_model|\w*log_model)\b"
)
_VERSIONS = ("version", "registered_model_version")


@dataclass(frozen=True, slots=True)
class ModelUri:
    """An address in the registry: the model's name, `UNKNOWN` for holes, and what follows it.

    `kind`: by an alias; by a version that is written down, that was looked up, or that is given from outside
    (a parameter, the environment); the latest one; a stage; an id (`models:/m-…`); unknown; or none follows.
    """

    name: str
    kind: SuffixKind
    suffix: str
    hole: Hole | None = None


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A call that is handed a model's address; `uri` is None where it is not seen."""

    call: CallSeen
    uri: Value | None


def model_uri(value: Value) -> ModelUri | None:
    """The address that a value is, None where it is no text that begins with `models:`."""
    holes: list[Hole] = []
    text = ""
    match value:
        case Const(value=str(constant)):
            text = constant
        case Text(parts=parts):
            for part in parts:
                if isinstance(part, Hole):
                    text += chr(_FIRST_MARK + len(holes))
                    holes.append(part)
                else:
                    text += part
    if not text.startswith("models:"):
        return None
    return _parsed(text.removeprefix("models:").lstrip("/"), holes)


def _parsed(body: str, holes: list[Hole]) -> ModelUri:
    name, slash, suffix = body.partition("/")
    if slash:
        return _with_suffix(_shown(name, holes), suffix.partition("/")[0], holes)
    if "@" in body:
        name, _, alias = body.partition("@")
        return ModelUri(_shown(name, holes), "alias", _shown(alias, holes))
    found = _holes_in(body, holes)
    if found:
        by_id = len(body) == 1 and found[0].origin.endswith(".model_id")
        return ModelUri(_shown(body, holes), "id" if by_id else "unknown", "", found[-1])
    return ModelUri(body, "id" if body.startswith("m-") else "none", "")


def _with_suffix(name: str, suffix: str, holes: list[Hole]) -> ModelUri:
    found = _holes_in(suffix, holes)
    if found and len(suffix) == 1:
        return ModelUri(name, _kind_of(found[0]), UNKNOWN, found[0])
    if found:
        return ModelUri(name, "unknown", _shown(suffix, holes), found[0])
    if suffix.isdigit():
        return ModelUri(name, "version", suffix)
    if not suffix.strip():
        return ModelUri(name, "unknown", "", Hole("unknown", "nothing stands after the name"))
    return ModelUri(name, "latest" if suffix.lower() == "latest" else "stage", suffix)


def _kind_of(hole: Hole) -> SuffixKind:
    owner, _, last = hole.origin.rpartition(".")
    if hole.kind == "attribute" and last in _VERSIONS:
        return "looked-up"
    if hole.origin.startswith("mlflow.") and _LOOKUPS.search(hole.origin):
        return "looked-up"
    if hole.kind == "parameter" or hole.what.startswith("the parameter") or "command line" in hole.what:
        return "given"
    return "given" if "environment variable" in hole.what or owner.startswith("dbutils") else "unknown"


def _holes_in(text: str, holes: list[Hole]) -> list[Hole]:
    return [hole for index, hole in enumerate(holes) if chr(_FIRST_MARK + index) in text]


def _shown(text: str, holes: list[Hole]) -> str:
    for index in range(len(holes)):
        text = text.replace(chr(_FIRST_MARK + index), UNKNOWN)
    return text


def fixed_run(value: Value) -> str | None:
    """The run's id that is written down in an address `runs:/<id>/…`, or None."""
    match = _RUN.match(value.value) if isinstance(value, Const) and isinstance(value.value, str) else None
    return match.group(1) if match is not None else None


# Calls that are handed an address: its keyword and its position.
_TAKES: dict[str, tuple[str, int]] = {
    "load_model": ("model_uri", 0),
    "load_pyfunc": ("model_uri", 0),
    "spark_udf": ("model_uri", 1),
    "score_batch": ("model_uri", 0),
    "get_model_info": ("model_uri", 0),
    "get_model_dependencies": ("model_uri", 0),
    "register_model": ("model_uri", 0),
    "download_artifacts": ("artifact_uri", 0),
    "ModelsArtifactRepository": ("artifact_uri", 0),
    "copy_model_version": ("src_model_uri", 0),
    "predict": ("model_uri", 0),
    "evaluate": ("model", 0),
}
_SOMETIMES = ("download_artifacts", "predict", "evaluate")  # of which only an address of a model counts


def model_uses(entry: EntryFacts) -> Iterator[ModelUse]:
    """Every call that is handed a model's address."""
    for call in entry.calls(*_TAKES):
        keyword, at = _TAKES[call.method]
        if call.name.partition(".")[0] not in ("mlflow", "databricks"):
            continue
        given = call.argument(keyword, at)
        if call.method not in _SOMETIMES or (given is not None and _begins(given)):
            yield ModelUse(call, given)


def _begins(value: Value) -> bool:
    for option in options_of(value):
        parts = parts_of(option) if isinstance(option, (Const, Text)) else []
        if parts and isinstance(parts[0], str) and parts[0].startswith(("models:", "runs:")):
            return True
    return False
