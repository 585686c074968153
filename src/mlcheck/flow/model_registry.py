"""In which registry a call looks models up: Unity Catalog's, the workspace's, a local one, or not known.

Sources: mlflow 3.17, `tracking/_model_registry/utils.py`, read: from 3.0 on Unity Catalog is the default on
Databricks; before it was the workspace's own.
"""

from __future__ import annotations

from typing import Literal, cast

from mlcheck.flow.dotted_names import levels
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.releases import releases_of
from mlcheck.flow.store import registry_of
from mlcheck.flow.values import Const, Obj

Registry = Literal["uc", "workspace", "local", "unknown"]
_NONE = Const(None)


def registry_for(facts: Facts, entry: EntryFacts, call: CallSeen, name: str | None) -> Registry:
    """Where a call looks for a model of this name (`UNKNOWN` for holes, None where it is not known)."""
    client = call.receiver
    if isinstance(client, Obj) and client.made is not None and client.cls == "mlflow.MlflowClient":
        given = client.made.argument("registry_uri", 1)
        if given is not None and given != _NONE:
            return cast(Registry, registry_of(given))
    if call.registry == "uc-or-unset" and _by_default(facts, entry) != "uc":
        return "unknown"
    if call.registry not in ("unset", "uc-or-unset"):
        return cast(Registry, call.registry)
    if name is not None and len(levels(name)) >= 3 and all(levels(name)):
        return "uc"  # no other registry takes a name with dots
    return _by_default(facts, entry)


def _by_default(facts: Facts, entry: EntryFacts) -> Registry:
    if not entry.on_databricks:
        return "unknown"
    rows = releases_of(facts, entry, "mlflow")
    if not rows or not all(row.known for row in rows):
        return "unknown"
    if all(version.major >= 3 for row in rows for version in row.versions):
        return "uc"
    old = all(version.major < 3 for row in rows for version in row.versions)
    return "workspace" if old and not _set_elsewhere(facts) else "unknown"


def _set_elsewhere(facts: Facts) -> bool:
    """Whether a bundle's cluster may name the registry."""
    files = {path for bundle in facts.bundles for path in bundle.files}
    return any("egistryUri" in facts.project.texts.get(path, "") for path in files)
