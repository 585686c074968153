"""Names of registered models: where the project registers one, and where it looks one up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.flow.dotted_names import dotted
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts, ModelRegistered
from mlcheck.flow.model_uris import model_uri, model_uses
from mlcheck.flow.values import Const, Value, options_of
from mlcheck.project.model import Target
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, at, text_at

_NONE = Const(None)
# Methods of the client that look a model up by its name, which is their first argument.
_LOOKS_UP = (
    *("get_model_version", "get_model_version_by_alias", "get_registered_model", "get_latest_versions"),
    *("set_registered_model_alias", "delete_registered_model_alias", "transition_model_version_stage"),
)
_FILTER = re.compile(r"^\s*name\s*=\s*['\"]([^'\"]+)['\"]\s*$")
REGISTERS = ("register_model", "create_registered_model", "log_model", "copy_model_version", "create_model_version")


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name (`UNKNOWN` for holes, None where it is not known), and where it stands.

    `certain`: no undecided branch gives another.
    """

    name: str | None
    place: Place
    entry: EntryFacts | None = None  # None: in a bundle
    certain: bool = True


def registered(facts: Facts) -> Iterator[ModelName]:
    """Every name that the project registers a model under, by code or in a bundle."""
    for entry in facts.entries:
        for fact in entry.of(ModelRegistered):
            yield from _names(fact.name, fact.place, entry)
        for call in entry.calls("copy_model_version", "create_model_version", "autolog", "rename_registered_model"):
            given = _registers(call)
            if given is not None and given != _NONE:
                yield from _names(given, call.place, entry)
    for bundle in facts.bundles:
        for target in bundle.targets:
            yield from _of_bundle(target)


def _registers(call: CallSeen) -> Value | None:
    if not call.name.startswith("mlflow."):
        return None
    match call.method:
        case "copy_model_version":
            return call.argument("dst_name", 1)
        case "rename_registered_model":
            return call.argument("new_name", 1)
        case "create_model_version":
            return call.argument("name", 0)
        case _:
            return call.argument("registered_model_name")


def _of_bundle(target: Target) -> Iterator[ModelName]:
    for resource in target.resources:
        if resource.kind == "registered_models":
            parts = [text_at(resource.node, key) for key in ("catalog_name", "schema_name", "name")]
            yield ModelName(".".join(part or "" for part in parts) if all(parts) else None, resource.place)
        elif resource.kind == "models":
            yield ModelName(text_at(resource.node, "name"), resource.place)


def looked_up(facts: Facts) -> Iterator[ModelName]:
    """Every name that the project looks a model up by, in code or in a serving endpoint of a bundle."""
    for entry in facts.entries:
        for use in model_uses(entry):
            options = options_of(use.uri) if use.uri is not None else ()
            named = [uri.name for option in options if (uri := model_uri(option)) is not None and uri.kind != "id"]
            yield from (ModelName(one, use.call.place, entry, len(set(named)) == 1) for one in named)
        for call in entry.calls(*_LOOKS_UP):
            given = call.argument("name", 0)
            if call.name.startswith("mlflow.") and given is not None:
                yield from _names(given, call.place, entry)
        for call in entry.calls("search_model_versions"):
            where = call.argument("filter_string", 1 if call.name == "mlflow.search_model_versions" else 0)
            options = options_of(where) if where is not None else ()
            found = [match.group(1) for option in options if (match := _FILTER.match(dotted(option) or ""))]
            yield from (ModelName(one, call.place, entry, len(set(found)) == 1) for one in found)
    for bundle in facts.bundles:
        for target in bundle.targets:
            yield from _served(target)


def _served(target: Target) -> Iterator[ModelName]:
    for resource in target.resources:
        if resource.kind != "model_serving_endpoints":
            continue
        for key, name in (("served_entities", "entity_name"), ("served_models", "model_name")):
            listed = at(resource.node, "config", key)
            for one in listed if isinstance(listed, YamlList) else ():
                text, node = text_at(one, name), at(one, name)
                if text is not None and node is not None and "$" not in text:
                    yield ModelName(text, node.place)


def _names(value: Value, place: Place, entry: EntryFacts) -> Iterator[ModelName]:
    options = options_of(value)
    for option in options:
        yield ModelName(dotted(option), place, entry, len(options) == 1)
