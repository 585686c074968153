"""What the CLI makes of a target's resources when it deploys them: prefixes, tags, pauses, defaults, owners.

Source: the CLI's `ApplyTargetMode`, `ApplyPresets`, `SetRunAs`, `OverrideCompute` and the defaults of its
`resource_mutator`, read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.project.bundle_merge import mapped, with_value
from mlcheck.project.bundle_permissions import with_permissions
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

SHORT_NAME = "${workspace.current_user.short_name}"  # only the deployment knows it
_DEV_RUNS = 4

# The field that a name prefix goes before, by kind; names that may hold no `[dev x] ` are made plain.
_NAMED = {
    "jobs": "name",
    "pipelines": "name",
    "models": "name",
    "clusters": "cluster_name",
    "instance_pools": "instance_pool_name",
    "dashboards": "display_name",
    "genie_spaces": "title",
    "alerts": "display_name",
    "sql_warehouses": "name",
}
_PLAIN_NAMED = frozenset({"registered_models", "model_serving_endpoints", "schemas"})
# Where tags go, by kind: a mapping, or a list of pairs.
_TAG_MAPS = {"jobs": "tags", "pipelines": "tags", "clusters": "custom_tags", "instance_pools": "custom_tags"}
_TAG_LISTS = frozenset({"models", "experiments"})
_RUN_AS = frozenset({"jobs", "pipelines", "alerts"})
_COMPUTE = ("new_cluster", "existing_cluster_id", "job_cluster_key", "environment_key")

_DEFAULTS: dict[str, tuple[tuple[str, str | int | bool], ...]] = {
    "jobs": (("name", "Untitled"), ("max_concurrent_runs", 1)),  # a preset comes before the 1
    "pipelines": (("edition", "ADVANCED"), ("channel", "CURRENT")),
    "volumes": (("volume_type", "MANAGED"),),
    "clusters": (("autotermination_minutes", 60),),
    "dashboards": (("embed_credentials", False),),
    "apps": (("description", ""),),
    "sql_warehouses": (
        ("auto_stop_mins", 120),
        ("enable_photon", True),
        ("max_num_clusters", 1),
        ("spot_instance_policy", "COST_OPTIMIZED"),
    ),
}


@dataclass(frozen=True, slots=True)
class Presets:
    """A target's presets with what development mode adds to them; None where they are not given or not resolved."""

    prefix: str
    tags: tuple[tuple[str, str], ...]
    runs: int | None
    paused: str | None  # PAUSED, UNPAUSED
    development: bool
    schema_prefix: bool


def presets_of(config: YamlMap) -> Presets:
    """The presets of a resolved configuration."""
    given = at(config, "presets")
    development = text_at(config, "bundle", "mode") == "development"
    tags = at(given, "tags")
    pairs = [(key.text, text_at(value) or "") for key, value in tags.entries] if isinstance(tags, YamlMap) else []
    if development and "dev" not in dict(pairs):
        pairs.append(("dev", SHORT_NAME))
    runs = at(given, "jobs_max_concurrent_runs")
    number = runs.value if isinstance(runs, YamlScalar) and isinstance(runs.value, int) else None
    return Presets(
        text_at(given, "name_prefix") or (f"[dev {SHORT_NAME}] " if development else ""),
        tuple(sorted(pairs)),
        number or (_DEV_RUNS if development and runs is None else None),
        text_at(given, "trigger_pause_status") or ("PAUSED" if development else None),
        text_at(given, "pipelines_development") == "true"
        or (development and at(given, "pipelines_development") is None),
        text_at(config, "experimental", "skip_name_prefix_for_schema") != "true",
    )


def deployed(config: YamlMap) -> YamlMap:
    """The configuration with its resources as they are deployed."""
    resources = config.get("resources")
    if not isinstance(resources, YamlMap):
        return config
    effects = _Effects(config, presets_of(config))
    kinds = tuple((kind, effects.resources(kind.text, node)) for kind, node in resources.entries)
    return with_value(config, "resources", with_permissions(YamlMap(kinds, resources.place), config))


@dataclass(frozen=True, slots=True)
class _Effects:
    config: YamlMap
    presets: Presets

    def resources(self, kind: str, node: YamlNode) -> YamlNode:
        return mapped(node, lambda key, resource: self._resource(kind, key, resource))

    def _resource(self, kind: str, key: YamlScalar, node: YamlMap) -> YamlMap:
        node = self._run_as(kind, node)
        if kind == "jobs":
            node = self._own_cluster(node)
        node = self._named(kind, key.place, node)
        node = self._tagged(kind, key.place, node)
        node = self._paused(kind, node)
        if kind == "jobs" and self.presets.runs is not None:
            node = _default(node, "max_concurrent_runs", self.presets.runs, key.place)
        for field, value in _DEFAULTS.get(kind, ()):
            node = _default(node, field, value, key.place)
        return self._with_defaults(kind, key.place, node)

    def _named(self, kind: str, place: Place, node: YamlMap) -> YamlMap:
        prefix, field = self.presets.prefix, _NAMED.get(kind, "name")
        if not prefix or (kind == "schemas" and not self.presets.schema_prefix):
            return node
        name = text_at(node, field) or ""
        where = (at(node, field) or node).place if at(node, field) else place
        if kind == "experiments":
            folder, slash, base = name.rpartition("/")
            return with_value(node, field, _scalar(f"{folder}{slash}{prefix}{base}", where))
        if kind in _PLAIN_NAMED:
            return with_value(node, field, _scalar(f"{plain_prefix(prefix)}{name}", where))
        return with_value(node, field, _scalar(f"{prefix}{name}", where)) if kind in _NAMED else node

    def _tagged(self, kind: str, place: Place, node: YamlMap) -> YamlMap:
        tags, field = self.presets.tags, _TAG_MAPS.get(kind)
        held = at(node, field or "tags")
        if tags and field and (held is None or isinstance(held, YamlMap)):
            found = held if isinstance(held, YamlMap) else YamlMap((), place)
            for name, value in tags:
                found = found if text_at(found, name) else with_value(found, name, _scalar(value, place))
            return with_value(node, field, found)
        if tags and kind in _TAG_LISTS and (held is None or isinstance(held, YamlList)):
            items = held.items if isinstance(held, YamlList) else ()
            names = {text_at(one, "key") for one in items}
            added = tuple(_pair(name, value, place) for name, value in tags if name not in names)
            return with_value(node, "tags", YamlList((*items, *added), place))
        return node

    def _paused(self, kind: str, node: YamlMap) -> YamlMap:
        paused = self.presets.paused
        if kind == "jobs":
            for trigger in ("schedule", "trigger", "continuous"):
                held = at(node, trigger)
                if isinstance(held, YamlMap) and not text_at(held, "pause_status"):
                    status = _scalar(paused or "UNPAUSED", held.place)
                    node = with_value(node, trigger, with_value(held, "pause_status", status))
        schedule = at(node, "schedule")
        if kind == "quality_monitors" and paused == "PAUSED" and text_at(schedule, "pause_status") != "UNPAUSED":
            return YamlMap(tuple(entry for entry in node.entries if entry[0].text != "schedule"), node.place)
        if kind == "alerts" and paused and isinstance(schedule, YamlMap) and not text_at(schedule, "pause_status"):
            return with_value(node, "schedule", with_value(schedule, "pause_status", _scalar(paused, schedule.place)))
        return node

    def _with_defaults(self, kind: str, place: Place, node: YamlMap) -> YamlMap:
        if kind == "jobs" and at(node, "queue") is None:
            enabled = YamlMap(((_scalar("enabled", place), YamlScalar(True, "true", place)),), place)
            node = with_value(node, "queue", enabled)
        if kind == "pipelines" and self.presets.development:
            node = with_value(node, "development", YamlScalar(True, "true", place))
        if kind == "pipelines" and self.presets.paused == "PAUSED" and at(node, "continuous") is not None:
            node = with_value(node, "continuous", YamlScalar(False, "false", place))
        if kind in ("dashboards", "genie_spaces", "alerts"):
            folder = text_at(self.config, "workspace", "resource_path")
            node = node if folder is None else _default(node, "parent_path", folder, place)
            return node if kind == "alerts" else _in_workspace(node)
        if kind == "volumes":
            parts = [text_at(node, part) or "" for part in ("catalog_name", "schema_name", "name")]
            node = with_value(node, "volume_path", _scalar(f"/Volumes/{'/'.join(parts)}", place))
        return _served_by_name(node) if kind == "model_serving_endpoints" else node

    def _run_as(self, kind: str, node: YamlMap) -> YamlMap:
        run_as = at(self.config, "run_as")
        legacy = text_at(self.config, "experimental", "use_legacy_run_as") == "true"
        if run_as is None or kind not in _RUN_AS or (legacy and kind != "jobs") or at(node, "run_as") is not None:
            return node
        return with_value(node, "run_as", run_as)

    def _own_cluster(self, node: YamlMap) -> YamlMap:
        """Each task on the target's own cluster, where it names one."""
        cluster, tasks = at(self.config, "bundle", "cluster_id"), node.get("tasks")
        if cluster is None or not isinstance(tasks, YamlList):
            return node
        return with_value(node, "tasks", YamlList(tuple(_on(task, cluster) for task in tasks), tasks.place))


def _on(task: YamlNode, cluster: YamlNode) -> YamlNode:
    if not isinstance(task, YamlMap):
        return task
    loop, inner = task.get("for_each_task"), at(task, "for_each_task", "task")
    if isinstance(loop, YamlMap) and inner is not None:
        return with_value(task, "for_each_task", with_value(loop, "task", _on(inner, cluster)))
    if not any(at(task, field) is not None for field in _COMPUTE):
        return task
    kept = tuple(entry for entry in task.entries if entry[0].text not in _COMPUTE)
    return with_value(YamlMap(kept, task.place), "existing_cluster_id", cluster)


def _in_workspace(node: YamlMap) -> YamlMap:
    parent = at(node, "parent_path")
    path = text_at(node, "parent_path") or ""
    if parent is None or f"{path}/".startswith(("/Workspace/", "${")):
        return node
    return with_value(
        node, "parent_path", _scalar(posixpath.join("/Workspace", path.lstrip("/")).rstrip("/"), parent.place)
    )


def _served_by_name(node: YamlMap) -> YamlMap:
    """A serving endpoint's models under the field's newer name."""
    config = at(node, "config")
    models = at(config, "served_models")
    if not isinstance(config, YamlMap) or not isinstance(models, YamlList) or at(config, "served_entities") is not None:
        return node
    names = {"model_name": "entity_name", "model_version": "entity_version"}
    entities = tuple(_renamed(one, names) if isinstance(one, YamlMap) else one for one in models)
    kept = YamlMap(tuple(entry for entry in config.entries if entry[0].text != "served_models"), config.place)
    return with_value(node, "config", with_value(kept, "served_entities", YamlList(entities, models.place)))


def _renamed(node: YamlMap, names: dict[str, str]) -> YamlMap:
    entries = [(_scalar(names.get(key.text, key.text), key.place), value) for key, value in node.entries]
    return YamlMap(tuple(entries), node.place)


def plain_prefix(prefix: str) -> str:
    """A name prefix as names in Unity Catalog take it: `[dev someone] ` is `dev_someone_`."""
    bare = prefix.replace("[", "").strip(" ")
    whole = "".join(_plain_parts(bare))
    return re.sub("_+", "_", whole).strip("_") + ("_" if bare.endswith("]") else "")


def _plain_parts(text: str) -> Iterator[str]:
    for part in re.split(r"(\$\{[^}]*\})", text):
        yield part if part.startswith("${") else re.sub(r"[\W_]", "_", part.lower())


def _default(node: YamlMap, field: str, value: str | int | bool, place: Place) -> YamlMap:
    if at(node, field) is not None:
        return node
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return with_value(node, field, YamlScalar(value, text, place))


def _pair(key: str, value: str, place: Place) -> YamlMap:
    return YamlMap(
        ((_scalar("key", place), _scalar(key, place)), (_scalar("value", place), _scalar(value, place))), place
    )


def _scalar(text: str, place: Place) -> YamlScalar:
    return YamlScalar(text, text, place)
