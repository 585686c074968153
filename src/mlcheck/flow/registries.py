"""In which registry a call registers or looks up its models, for each way in which it is run.

Sources: mlflow 2.9 to 3.17, `tracking/_model_registry/utils.py`, read: what code sets, the environment, Spark's
configuration, and the default: Unity Catalog's from 3.0 on and on serverless compute from 2.12.2 on, else the
workspace's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from packaging.version import Version

from mlcheck.flow.environments import Held, environments_of
from mlcheck.flow.facts import CallSeen, EntryFacts, Facts
from mlcheck.flow.releases import releases_where
from mlcheck.flow.store import registry_of
from mlcheck.flow.values import NONE, Const, Obj, constant_text
from mlcheck.project.yaml_nodes import text_at

_THREE, _SERVERLESS = Version("3.0.0"), Version("2.12.2")
_CONF, _VARIABLE = "spark.mlflow.modelRegistryUri", "MLFLOW_REGISTRY_URI"


@dataclass(frozen=True, slots=True)
class Registry:
    """One registry: uc, workspace (Databricks' older one), local, or unknown. `chosen`: something names it."""

    kind: str
    chosen: bool
    why: str
    targets: tuple[str, ...] = ()


def registries_of(facts: Facts, entry: EntryFacts, call: CallSeen) -> tuple[Registry, ...]:
    """The registries of a call, the ways in which it is run alike put together."""
    chosen = _of_client(call) or _of_path(call)
    if chosen is not None:
        return (replace(chosen, targets=entry.targets),)
    rows: dict[Registry, set[str]] = {}
    for held in environments_of(facts, entry):
        target = held.caller.target if held.caller is not None else None
        row = _of_environment(facts, entry, held)
        if call.registry == "uc-or-unset" and row.kind != "uc":
            row = Registry("unknown", True, f"it is set to Unity Catalog in one branch, else {row.why}")
        rows.setdefault(row, set()).update([target] if target else [])
    return tuple(replace(row, targets=tuple(sorted(targets))) for row, targets in rows.items())


def _of_client(call: CallSeen) -> Registry | None:
    """What the client that the call is made on was told."""
    client = call.receiver
    made = client.made if isinstance(client, Obj) else None
    if made is None:
        return None
    for given in (made.argument("registry_uri", 1), made.argument("model_registry_uri")):
        if given is not None and given != NONE:
            return Registry(registry_of(given), True, "the client was told so")
    return None


def _of_path(call: CallSeen) -> Registry | None:
    if call.registry in ("unset", "uc-or-unset"):
        return None
    why = "set_registry_uri" if call.registry != "unknown" else "what the registry is set to is not known"
    return Registry(call.registry, True, why)


def _of_environment(facts: Facts, entry: EntryFacts, held: Held) -> Registry:
    named = _of_cluster(held)
    if named is not None:
        return named
    if any(True for _ in _set_in_spark(entry)):
        return Registry("unknown", True, f"`{_CONF}` is set in Spark's configuration")
    if not entry.on_databricks:
        return Registry("unknown", False, "whether it runs on Databricks is not known")
    releases = releases_where(facts, entry, held, "mlflow")
    oldest, newest = min(releases.versions), max(releases.versions)
    serverless = held.compute is not None and held.compute.kind == "serverless"
    if not releases.known:
        return Registry("unknown", False, releases.text)
    if oldest >= _THREE or (serverless and oldest >= _SERVERLESS):
        return Registry("uc", False, f"the default of {releases.shown}")
    if newest < _THREE and not serverless:
        return Registry("workspace", False, f"the default of {releases.shown}")
    return Registry("unknown", False, f"the default depends on the release: {releases.shown}")


def _of_cluster(held: Held) -> Registry | None:
    cluster = held.compute.cluster if held.compute is not None else None
    if cluster is None:
        return None
    for field, key in (("spark_env_vars", _VARIABLE), ("spark_conf", _CONF)):
        text = text_at(cluster, field, key)
        if text is not None:
            return Registry(registry_of(Const(text)), True, f"`{key}` of the cluster")
    return None


def _set_in_spark(entry: EntryFacts) -> Iterator[CallSeen]:
    for call in entry.calls("config"):  # of a session's builder
        key = call.argument("key", 0)
        if key is not None and constant_text(key) == _CONF:
            yield call
