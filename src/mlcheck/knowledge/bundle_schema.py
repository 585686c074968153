"""The fields of a bundle's configuration, from bundle_schema.json, with its source there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

ROOT = "root"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a type is: a mapping with fields, or one of several texts; neither where anything goes.

    A field's type is `string`, `bool`, `int`, `float`, `any`, the name of a
    type, or one of these after `[` (a list) or `{` (a mapping). `quiet` are
    fields that are taken, and not to be offered.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    quiet: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()

    def offered(self) -> list[str]:
        """The fields that a person may have meant."""
        return [name for name in self.fields if name not in self.quiet]


@lru_cache(maxsize=1)
def bundle_types() -> Mapping[str, Shape]:
    """Every type by its name; the whole configuration is ROOT's."""
    document = json.loads(Path(__file__).with_name("bundle_schema.json").read_text(encoding="utf-8"))
    return {
        name: Shape(
            one.get("fields", {}),
            tuple(one.get("required", ())),
            frozenset(one.get("quiet", ())),
            tuple(one.get("enum", ())),
        )
        for name, one in document["types"].items()
    }
