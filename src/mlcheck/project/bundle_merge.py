"""Merging YAML nodes as the Databricks CLI merges a bundle's files and targets."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar

# The lists of a job whose elements are joined where this key says the same.
_JOB_LISTS = {
    "tasks": "task_key",
    "job_clusters": "job_cluster_key",
    "environments": "environment_key",
    "parameters": "name",
}


def merged(left: YamlNode | None, right: YamlNode | None) -> YamlNode | None:
    """Both nodes as one: mappings key by key, lists one after the other, else the right one.

    Nothing on the right leaves the left as it is.
    """
    match left, right:
        case _, None | YamlScalar(value=None):
            return left if left is not None else right
        case YamlMap(), YamlMap():
            return merged_maps(left, right)
        case YamlList(), YamlList():
            return YamlList(left.items + right.items, left.place)
        case _:
            return right


def merged_maps(left: YamlMap, right: YamlMap) -> YamlMap:
    """Both mappings as one, in the left one's order, its keys keeping their places."""
    entries: dict[str, tuple[YamlScalar, YamlNode]] = {key.text: (key, node) for key, node in left.entries}
    for key, node in right.entries:
        held = entries.get(key.text)
        if held is None:
            entries[key.text] = (key, node)
        else:
            entries[key.text] = (held[0], merged(held[1], node) or node)
    return YamlMap(tuple(entries.values()), left.place)


def with_value(node: YamlMap, key: str, value: YamlNode) -> YamlMap:
    """The mapping with another value under a key that it has."""
    return YamlMap(tuple((k, value if k.text == key else v) for k, v in node.entries), node.place)


def joined_lists(job: YamlMap) -> YamlMap:
    """A job in which tasks, clusters, environments and parameters of one key are one element."""
    for name, key in _JOB_LISTS.items():
        elements = job.get(name)
        if isinstance(elements, YamlList):
            job = with_value(job, name, YamlList(tuple(_joined(elements, key)), elements.place))
    return job


def _joined(elements: YamlList, key: str) -> Iterator[YamlNode]:
    found: dict[str, YamlMap] = {}
    order: list[str | YamlNode] = []
    for element in elements:
        name = element.get(key) if isinstance(element, YamlMap) else None
        if not isinstance(element, YamlMap) or not isinstance(name, YamlScalar):
            order.append(element)
        elif name.text in found:
            found[name.text] = merged_maps(found[name.text], element)
        else:
            found[name.text] = element
            order.append(name.text)
    for one in order:
        yield found[one] if isinstance(one, str) else one
