"""A key of the bundle that must be there, must not, or must have a value: in each target, as it is written.

What a mode or the CLI adds by itself (a `dev` tag, a name's prefix, a default)
is nobody's, so it is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcheck.checks.base import Instance, Verdict
from mlcheck.checks.declared.matching import text_is
from mlcheck.checks.declared.model import BundleRule, DeclaredCheck, about
from mlcheck.flow.facts import Facts
from mlcheck.project.bundle_merge import merged_maps
from mlcheck.project.model import Bundle, Target
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, plain

_TARGETS = "targets"
_MOST_HITS = 5_000


@dataclass(frozen=True, slots=True)
class _Hit:
    """What a key path comes to: a node, None where the key isn't there, or a part that is not known."""

    trail: tuple[str, ...]
    node: YamlNode | None
    place: Place
    lost: str = ""


def run(check: DeclaredCheck, rule: BundleRule, facts: Facts) -> Iterator[Verdict]:
    """Each place of the key, in each target."""
    for lost in facts.project.not_understood:
        if lost.place.path.endswith((".yml", ".yaml")):
            yield check.unknown(f"it may be in what was not read: {lost.what}", lost.place)
    names = facts.job_names()
    for bundle in facts.bundles:
        for target, root in _roots(bundle, rule):
            for hit in _hits(root, rule.key, (), root.place):
                verdict = _verdict(check, rule, hit, target)
                if verdict is not None:
                    yield about(verdict, None, _instance(bundle, hit, names))
        missing = [name for name in rule.targets if all(target.name != name for target in bundle.targets)]
        for name in missing:
            why = f"no target of this bundle is called `{name}`"
            yield about(check.unknown(why, Place(bundle.path, 1)), None, Instance("bundle", bundle.path))


def _roots(bundle: Bundle, rule: BundleRule) -> Iterator[tuple[Target | None, YamlMap]]:
    """The mappings that the key is looked for in: each target's, or for `targets.…` the bundle's own."""
    if rule.key[0] == _TARGETS:
        whole = YamlMap((), Place(bundle.path, 1))
        for _, part in bundle.parts:
            whole = merged_maps(whole, part, [])
        yield None, whole
        return
    for target in bundle.targets:
        if not rule.targets or target.name in rule.targets:
            yield target, target.written or target.config


def _hits(node: YamlNode, key: tuple[str, ...], trail: tuple[str, ...], place: Place) -> Iterator[_Hit]:
    """Where a key path leads from a node. `*` ranges over what is there; where nothing is, nothing is asked for."""
    if not key:
        yield _Hit(trail, node, node.place)
        return
    if isinstance(node, YamlScalar) and _unresolved(node):
        yield _Hit(trail, None, node.place, f"`{node.text}` is known when it is deployed")
        return
    head, rest = key[0], key[1:]
    if head == "*":
        for name, child, at in _children(node):
            yield from _hits(child, rest, (*trail, name), at)
        return
    below = node.get(head) if isinstance(node, YamlMap) else None
    named = node.key(head) if isinstance(node, YamlMap) else None
    if below is None or (isinstance(below, YamlScalar) and below.value is None):
        if "*" not in rest:
            yield _Hit((*trail, head, *rest), None, named.place if named is not None else place)
        return
    yield from _hits(below, rest, (*trail, head), named.place if named is not None else place)


def _children(node: YamlNode) -> Iterator[tuple[str, YamlNode, Place]]:
    if isinstance(node, YamlMap):
        for key, child in node.entries[:_MOST_HITS]:
            yield key.text, child, key.place
    elif isinstance(node, YamlList):
        for index, child in enumerate(node.items[:_MOST_HITS]):
            named = next((child.get(name) for name in _NAMES if isinstance(child, YamlMap) and child.get(name)), None)
            yield named.text if isinstance(named, YamlScalar) else str(index + 1), child, child.place


_NAMES = ("task_key", "job_cluster_key", "environment_key", "name")


def _unresolved(node: YamlScalar) -> bool:
    return "${" in node.text or "{{" in node.text


def _verdict(check: DeclaredCheck, rule: BundleRule, hit: _Hit, target: Target | None) -> Verdict | None:
    targets = (target.name,) if target is not None else ()
    subject = _subject(hit)
    if hit.lost:
        return check.unknown(hit.lost, hit.place, subject)
    if hit.node is None:
        return _not_there(check, rule, hit, target, subject)
    if rule.absent:
        return check.finding(hit.place, {**subject, "value": _shown(hit.node)}, targets)
    if isinstance(hit.node, YamlScalar) and (rule.wanted.values or rule.wanted.matches is not None):
        if _unresolved(hit.node):
            return check.unknown(f"`{hit.node.text}` is known when it is deployed", hit.place, subject)
        answer = text_is(rule.wanted, hit.node.text)
        if answer == "unknown":
            return check.unknown("a value too long to be matched", hit.place, subject)
        if answer == "no":
            return check.finding(hit.place, {**subject, "value": hit.node.text}, targets)
    elif rule.wanted.values or rule.wanted.matches is not None:
        return check.finding(hit.place, {**subject, "value": _shown(hit.node)}, targets)
    return check.seen(hit.place, f"{subject['key']} is {_shown(hit.node)}", subject)


def _not_there(
    check: DeclaredCheck, rule: BundleRule, hit: _Hit, target: Target | None, subject: dict[str, str]
) -> Verdict:
    job = next((job for job in target.jobs if job.key == subject.get("job")), None) if target is not None else None
    if job is not None and not job.complete:
        return check.unknown("a part of this job could not be resolved", hit.place, subject)
    if rule.absent or rule.optional:
        return check.seen(hit.place, f"{subject['key']} is not there", subject)
    return check.finding(hit.place, {**subject, "value": "nothing"}, (target.name,) if target is not None else ())


def _subject(hit: _Hit) -> dict[str, str]:
    """What a finding speaks of: the key, and the job or other resource that it is of."""
    subject = {"key": ".".join(hit.trail)}
    if hit.trail[:1] == ("resources",) and len(hit.trail) > 2:
        subject["resource"] = hit.trail[2]
    if hit.trail[:2] == ("resources", "jobs") and len(hit.trail) > 2:
        subject["job"] = hit.trail[2]
        if hit.trail[3:4] == ("tasks",) and len(hit.trail) > 4:
            subject["task"] = hit.trail[4]
    if hit.trail[:1] == (_TARGETS,) and len(hit.trail) > 1:
        subject["target"] = hit.trail[1]
    return subject


def _instance(bundle: Bundle, hit: _Hit, names: object) -> Instance:
    job = hit.trail[2] if hit.trail[:2] == ("resources", "jobs") and len(hit.trail) > 2 else None
    known = names.get((bundle.path, job)) if isinstance(names, dict) and job is not None else None
    return Instance("job", known) if known is not None else Instance("bundle", bundle.path)


def _shown(node: YamlNode) -> str:
    return node.text if isinstance(node, YamlScalar) else str(plain(node))[:80]
