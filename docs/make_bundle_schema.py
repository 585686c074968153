"""Make `knowledge/bundle_schema.json`: the fields of a bundle's configuration, from a copy of databricks/cli.

`python docs/make_bundle_schema.py FOLDER COMMIT`. Three sources in it are joined:
`bundle/schema/jsonschema.json` (fields, types, enumerations, what is required);
`acceptance/bundle/refschema/out.fields.txt` (further fields that the CLI takes
without a warning, and does not offer); and the fields that it sets itself,
which its Go types mark `readonly` or `internal`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src" / "mlcheck" / "knowledge" / "bundle_schema.json"
_SCALARS = {"string": "string", "bool": "bool", "int": "int", "int64": "int", "float64": "float", "interface": "any"}

# Fields that the CLI sets itself, and takes from a file without a warning (`bundle:"readonly"`, `bundle:"internal"`).
_SET_BY_THE_CLI = {
    "config.Bundle": ("target", "environment", "terraform", "force", "mode"),
    "config.Git": ("commit", "bundle_root_path", "actual_branch"),
    "config.Workspace": ("current_user", "metadata_service_url", "snapshot_path"),
    "variable.Variable": ("value",),
    "variable.TargetVariable": ("value",),
    "root": ("definitions",),
}
# Enumerations that the schema calls plain strings, and that the CLI's code checks.
_CHECKED_BY_CODE = {
    "config.Mode": ("development", "production"),
    "config.ArtifactType": ("whl", "jar"),
    "variable.VariableType": ("complex",),
}


class Compact:
    """The types met so far, each by its short name."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.definitions = schema["$defs"]
        self.types: dict[str, dict[str, Any]] = {}

    def type_of(self, reference: str) -> str:
        """A reference as `string`, `[string`, `{jobs.Task` or `jobs.Task`, with what it names taken in."""
        path = reference.removeprefix("#/$defs/")
        for word, sign in (("slice/", "["), ("map/", "{")):
            if path.startswith(word):
                return sign + self.type_of(path.removeprefix(word))
        if path in _SCALARS:
            return _SCALARS[path]
        name = path.rpartition("/")[2]
        node: Any = self.definitions
        for step in path.split("/"):
            node = node[step]
        if name in _CHECKED_BY_CODE:
            self.types[name] = {"enum": list(_CHECKED_BY_CODE[name])}
        elif node.get("type") == "string" and "enum" not in node:
            return "string"
        elif name not in self.types:
            self.types[name] = {}
            self.types[name] = self.shape(node)
        return name

    def shape(self, node: dict[str, Any]) -> dict[str, Any]:
        for one in (node, *node.get("oneOf", ()), *node.get("anyOf", ())):
            if one.get("enum"):
                return {"enum": sorted(one["enum"])}
            if "properties" in one:
                return self.fields(one)
        return {"any": True}

    def fields(self, node: dict[str, Any]) -> dict[str, Any]:
        fields = {
            name: self.type_of(one["$ref"]) if "$ref" in one else "any" for name, one in node["properties"].items()
        }
        shape: dict[str, Any] = {"fields": fields}
        if node.get("required"):
            shape["required"] = node["required"]
        gone = sorted(name for name, one in node["properties"].items() if one.get("doNotSuggest"))
        if gone:
            shape["quiet"] = gone
        return shape

    def below(self, kind: str, steps: list[str]) -> str | None:
        for step in steps:
            if step in ("*", "[*]"):
                kind = kind[1:] if kind[:1] in "[{" else ""
            else:
                kind = self.types.get(kind, {}).get("fields", {}).get(step, "")
            if not kind:
                return None
        return kind


def further_fields(compact: Compact, text: str) -> None:
    """Add the fields that the CLI takes and does not offer."""
    for line in text.splitlines():
        path, _, use = line.split("\t")[:3]
        if not ({"ALL", "INPUT"} & set(use.split("|"))):
            continue
        steps = re.findall(r"\[\*\]|[^.\[\]]+", path)
        held = compact.below("root", steps[:-1])
        shape = compact.types.get(held or "", {})
        if steps[-1] not in ("*", "[*]") and "fields" in shape and steps[-1] not in shape["fields"]:
            shape["fields"][steps[-1]] = "any"
            shape.setdefault("quiet", []).append(steps[-1])


def main(folder: Path, commit: str) -> None:
    schema = json.loads((folder / "bundle/schema/jsonschema.json").read_text(encoding="utf-8"))
    compact = Compact(schema)
    compact.types["root"] = compact.fields(schema)
    further_fields(compact, (folder / "acceptance/bundle/refschema/out.fields.txt").read_text(encoding="utf-8"))
    for name, fields in _SET_BY_THE_CLI.items():
        shape = compact.types[name]
        for field in fields:
            shape["fields"].setdefault(field, "any")
            shape["quiet"] = sorted({*shape.get("quiet", ()), field})
    source = (
        f"https://github.com/databricks/cli at {commit}: bundle/schema/jsonschema.json, acceptance/bundle/refschema"
    )
    rows = ",\n".join(
        f" {json.dumps(name)}: {json.dumps(compact.types[name], separators=(',', ':'))}"
        for name in sorted(compact.types)
    )
    head = json.dumps({"source": source, "made by": "docs/make_bundle_schema.py"})[1:-1]
    TARGET.write_text(f'{{{head},\n"types": {{\n{rows}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
