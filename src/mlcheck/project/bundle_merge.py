"""Merging YAML nodes as the Databricks CLI merges a bundle's files, targets, and elements of one key.

Source: the CLI's `libs/dyn/merge` and the `merge_*` mutators of its bundle package, read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlcheck.project.model import BundleProblem
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

Conflicts = list[BundleProblem]

# Lists of a resource whose elements are one where the key says the same; the CLI sorts no list but the tasks.
_JOINED: dict[str, dict[str, str]] = {
    "jobs": {"tasks": "task_key", "job_clusters": "job_cluster_key", "parameters": "name"},
    "pipelines": {"clusters": "label"},
    "apps": {"resources": "name"},
    **{kind: {"grants": "principal"} for kind in ("catalogs", "schemas", "external_locations", "volumes")},
    **{kind: {"grants": "principal"} for kind in ("registered_models", "vector_search_indexes")},
}
_REPLACED = ("resources",)  # lists in which the later element of a key takes the place of the earlier one


def merged(left: YamlNode | None, right: YamlNode | None, conflicts: Conflicts) -> YamlNode | None:
    """Both nodes as one: mappings key by key, lists one after the other, else the right one.

    Nothing on one side leaves the other as it is. A mapping or list that meets
    a reference is a conflict, which the CLI refuses: what else doesn't fit it has
    dropped before.
    """
    match left, right:
        case _, None | YamlScalar(value=None):
            return left if left is not None else right
        case None | YamlScalar(value=None), _:
            return right
        case YamlMap(), YamlMap():
            return merged_maps(left, right, conflicts)
        case YamlList(), YamlList():
            return YamlList(left.items + right.items, left.place)
        case YamlScalar(), YamlScalar():
            return right
        case _:
            assert left is not None and right is not None
            if not _is_reference(left) and not _is_reference(right):
                return right
            error = f"cannot merge {kind_of(left)} with {kind_of(right)}"
            what = f"{_article(right)} takes the place of the {kind_of(left)} at {left.place.shown()}"
            conflicts.append(BundleProblem(right.place, what, "merge", error))
            return right


def merged_maps(left: YamlMap, right: YamlMap, conflicts: Conflicts) -> YamlMap:
    """Both mappings as one, in the left one's order, its keys keeping their places."""
    entries: dict[str, tuple[YamlScalar, YamlNode]] = {key.text: (key, node) for key, node in left.entries}
    for key, node in right.entries:
        held = entries.get(key.text)
        if held is None:
            entries[key.text] = (key, node)
        else:
            entries[key.text] = (held[0], merged(held[1], node, conflicts) or node)
    return YamlMap(tuple(entries.values()), left.place)


def kind_of(node: YamlNode) -> str:
    """What the CLI calls a node's kind."""
    match node:
        case YamlMap():
            return "map"
        case YamlList():
            return "sequence"
        case YamlScalar(value=bool()):
            return "bool"
        case YamlScalar(value=int()):
            return "int"
        case YamlScalar(value=float()):
            return "float"
        case YamlScalar(value=None):
            return "nil"
        case _:
            return "string"


def _is_reference(node: YamlNode) -> bool:
    return isinstance(node, YamlScalar) and node.text.startswith("${")


def _article(node: YamlNode) -> str:
    kind = kind_of(node)
    return f"an {kind}" if kind == "int" else f"a {kind}"


def with_value(node: YamlMap, key: str, value: YamlNode, named: YamlScalar | None = None) -> YamlMap:
    """The mapping with a value under a key, which is added at the end where it has none."""
    if node.key(key) is None:
        name = named or YamlScalar(key, key, value.place)
        return YamlMap((*node.entries, (name, value)), node.place)
    return YamlMap(tuple((k, value if k.text == key else v) for k, v in node.entries), node.place)


def mapped(node: YamlNode, change: Callable[[YamlScalar, YamlMap], YamlMap]) -> YamlNode:
    """A mapping of mappings with each of them changed; anything else as it is."""
    if not isinstance(node, YamlMap):
        return node
    entries = [(key, change(key, value) if isinstance(value, YamlMap) else value) for key, value in node.entries]
    return YamlMap(tuple(entries), node.place)


def joined_resources(resources: YamlMap, conflicts: Conflicts) -> YamlMap:
    """Resources in which elements of one key (a task, a job cluster, a parameter …) are one element."""
    for kind, lists in _JOINED.items():
        held = resources.get(kind)
        if held is not None:
            resources = with_value(resources, kind, mapped(held, _joining(lists, conflicts)))
    return resources


def _joining(lists: dict[str, str], conflicts: Conflicts) -> Callable[[YamlScalar, YamlMap], YamlMap]:
    def joined(_: YamlScalar, resource: YamlMap) -> YamlMap:
        for name, key in lists.items():
            elements = resource.get(name)
            if isinstance(elements, YamlList):
                together = tuple(_joined(elements, key, name in _REPLACED, conflicts))
                resource = with_value(resource, name, YamlList(together, elements.place))
        return resource

    return joined


def _joined(elements: YamlList, key: str, replaced: bool, conflicts: Conflicts) -> Iterator[YamlNode]:
    """The elements, those of one key as one; those without a key are one too."""
    found: dict[str, YamlMap] = {}
    order: list[str | YamlNode] = []
    for element in elements:
        if not isinstance(element, YamlMap):
            order.append(element)
            continue
        name = _key_of(element, key)
        if name in found:
            found[name] = element if replaced else merged_maps(found[name], element, conflicts)
        else:
            found[name] = element
            order.append(name)
    for one in order:
        yield one if not isinstance(one, str) else _labelled(found[one], one) if key == "label" else found[one]


def _key_of(element: YamlMap, key: str) -> str:
    """What an element is joined by: a pipeline's cluster without a label is the one labelled `default`."""
    name = element.get(key)
    text = name.text if isinstance(name, YamlScalar) and name.value is not None else None
    if key == "label":
        return "default" if text is None else text.lower()
    return text or ""


def _labelled(cluster: YamlMap, label: str) -> YamlMap:
    return with_value(cluster, "label", YamlScalar(label, label, (cluster.get("label") or cluster).place))
