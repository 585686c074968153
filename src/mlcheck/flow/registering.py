"""Which calls register a model or look one up in the registry, and by which name.

Source: mlflow 3.17 and databricks-feature-engineering 0.18.2, read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.flow.facts import CallSeen, EntryFacts
from mlcheck.flow.feature_store import CLIENTS
from mlcheck.flow.values import NONE, Hole, Top, Value, options_of, parts_of, text_of

# Calls that register by their own nature: the name's keyword and its position.
_BY_NAME: dict[str, tuple[str, int]] = {
    "mlflow.register_model": ("name", 1),
    "mlflow.MlflowClient.create_registered_model": ("name", 0),
    "mlflow.MlflowClient.create_model_version": ("name", 0),
    "mlflow.MlflowClient.copy_model_version": ("dst_name", 1),
}
METHODS = ("log_model", "autolog", "register_model", "create_registered_model", "create_model_version")
REGISTERS = (*METHODS, "copy_model_version")


@dataclass(frozen=True, slots=True)
class Registration:
    """A call that registers a model; a Top as its name where `**` may bring one, or which is not known."""

    call: CallSeen
    name: Value


def registrations(entry: EntryFacts) -> Iterator[Registration]:
    """The calls that register a model, in each kind's order."""
    for call in entry.calls(*REGISTERS):
        name = registered_name(call)
        if name is not None:
            yield Registration(call, name)


def registered_name(call: CallSeen) -> Value | None:
    """The name under which a call registers a model, None where it registers none."""
    known = _BY_NAME.get(call.name)
    if known is not None:
        name = call.argument(*known)
        return name if name is not None else Top(call.place, "the name may come from `*` or `**`")
    if call.method not in ("log_model", "autolog") or not call.name.startswith(("mlflow.", *CLIENTS)):
        return None
    given = call.keywords.get("registered_model_name")
    return None if given is None or given == NONE else given


# Calls that look a model up: by an address, or by its name; the keyword and its position.
_BY_ADDRESS = {"load_model": 0, "spark_udf": 1, "score_batch": 0, "ModelsArtifactRepository": 0}
_BY_CLIENT = (
    "set_registered_model_alias",
    "get_model_version_by_alias",
    "get_model_version",
    "get_registered_model",
    "delete_registered_model_alias",
    "set_model_version_tag",
    "set_registered_model_tag",
    "update_model_version",
)
LOOKS_UP = (*_BY_ADDRESS, *_BY_CLIENT)


def lookups(entry: EntryFacts) -> Iterator[Registration]:
    """The calls that look a model up in the registry, with each name that they may give."""
    for call in entry.calls(*_BY_ADDRESS):
        if call.name.startswith(("mlflow.", *CLIENTS)):
            for option in options_of(_address(call) or NONE):
                name = _in_address(option)
                if name is not None:
                    yield Registration(call, name)
    for call in entry.calls(*_BY_CLIENT):
        if call.name.startswith("mlflow.MlflowClient."):
            yield Registration(call, call.argument("name", 0) or Top(call.place, "its name may come from `**`"))


def _address(call: CallSeen) -> Value | None:
    keyword = "artifact_uri" if call.method == "ModelsArtifactRepository" else "model_uri"
    return call.argument(keyword, _BY_ADDRESS[call.method])


def registers_nothing(call: CallSeen) -> bool:
    """Whether a call, seen with all its arguments, neither registers a model nor looks one up in a registry."""
    if not call.name.startswith(("mlflow.", *CLIENTS)):
        return True
    if call.method in _BY_ADDRESS:
        address = _address(call)
        return address is not None and all(_is_elsewhere(one) for one in options_of(address))
    return call.method in ("log_model", "autolog") and registered_name(call) is None


def _is_elsewhere(address: Value) -> bool:
    """Whether an address surely is none of a registry's."""
    first = (parts_of(address) or [""])[0]
    return isinstance(first, str) and first.startswith(("/", "./", "runs:", "dbfs:", "s3:", "abfss:", "gs:", "file:"))


def _in_address(address: Value) -> Value | None:
    """The name in `models:/name/version` or `models:/name@alias`; None for any other address."""
    parts = parts_of(address)
    if not parts or not isinstance(parts[0], str) or not parts[0].startswith("models:/"):
        return None
    kept: list[str | Hole] = []
    for part in (parts[0].removeprefix("models:/"), *parts[1:]):
        if isinstance(part, Hole):
            kept.append(part)
            continue
        end = min((part.find(mark) for mark in "/@" if mark in part), default=-1)
        kept.append(part if end < 0 else part[:end])
        if end >= 0:
            break
    return text_of(kept)
