"""`MLmodel` files: what MLflow writes beside a saved model.

Source: mlflow 3.17, `Model.to_yaml` and `Schema.to_json`, read.
"""

from __future__ import annotations

import json

from mlcheck.project.model import NotUnderstood, SavedModel, SignatureColumn
from mlcheck.project.place import Place
from mlcheck.project.schema_nodes import text_at
from mlcheck.project.yaml_nodes import YamlMap, YamlNode

FILE_NAME = "MLmodel"


def read_saved_model(node: YamlNode | None, path: str) -> SavedModel | NotUnderstood:
    """The model that an `MLmodel` file describes, or why it can't be read."""
    flavors = node.get("flavors") if isinstance(node, YamlMap) else None
    if not isinstance(node, YamlMap) or not isinstance(flavors, YamlMap):
        return NotUnderstood(Place(path, 1), "not a saved model's description: it has no `flavors`")
    signature = node.get("signature")
    return SavedModel(
        node.place,
        _columns(text_at(signature, "inputs")),
        _columns(text_at(signature, "outputs")),
        flavors.keys(),
        text_at(node, "mlflow_version"),
    )


def _columns(given: str | None) -> tuple[SignatureColumn, ...] | None:
    """The columns of a signature's JSON, None where there is none or it can't be read."""
    if given is None:
        return None
    try:
        rows = json.loads(given)
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    return tuple(_column(row, index) for index, row in enumerate(rows))


def _column(row: dict[str, object], index: int) -> SignatureColumn:
    kind = row.get("type")
    plain = kind if isinstance(kind, str) and kind not in ("tensor", "array", "object", "map", "sparkml") else None
    return SignatureColumn(str(row.get("name", index)), plain, row.get("required", True) is not False)
