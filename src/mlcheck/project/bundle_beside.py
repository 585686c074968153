"""What lies beside bundles: files of resources that no `include` takes in, and values that come from outside."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mlcheck.knowledge.bundle_schema import bundle_types
from mlcheck.project.bundle_files import ReadYaml
from mlcheck.project.globs import path_matcher
from mlcheck.project.model import Bundle, NotUnderstood
from mlcheck.project.yaml_nodes import YamlMap, YamlScalar

_RESOURCES = re.compile(r"^resources[ \t]*:[ \t]*(?:#.*)?$", re.MULTILINE)
# Folders whose files are not deployed by nature.
NOT_DEPLOYED = re.compile(
    r"(?:^|/)_?(?:tests?|fixtures?|examples?|samples?|templates?|docs?|\.[^/]+|archived?|old|disabled|deprecated|unused"
    r"|backups?|drafts?)/",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"BUNDLE_VAR_(\w+)|--var[= ]+[\"']?([A-Za-z]\w*)=")
OUTSIDE_FILES = re.compile(
    r"(?:.*/)?(?:Makefile|[Jj]ustfile|Jenkinsfile|Taskfile\.ya?ml|[^/]+\.(?:sh|bash|ps1|bat|mk|md|groovy|toml|ya?ml|env))\Z"
)


def with_unreached(bundles: Sequence[Bundle], texts: Mapping[str, str], read: ReadYaml) -> Iterator[Bundle]:
    """The bundles with the resources that files below their folders define, and that none of them takes in."""
    taken = {path for bundle in bundles for path in bundle.files}
    found: dict[str, list[tuple[YamlScalar, str]]] = {}
    for path, text in texts.items() if bundles else ():
        if path in taken or not path.endswith((".yml", ".yaml")) or not _RESOURCES.search(text):
            continue
        bundle = _nearest(path, bundles)
        if bundle is None or NOT_DEPLOYED.search(path[len(bundle.root) :].lstrip("/")) or _named(path, bundle, texts):
            continue
        node = read(path)
        if isinstance(node, YamlMap) and node.get("bundle") is None:
            found.setdefault(bundle.path, []).extend(_defined(node))
    for bundle in bundles:
        more = found.get(bundle.path)
        yield bundle if more is None else replace(bundle, unreached=tuple(more))


def _nearest(path: str, bundles: Sequence[Bundle]) -> Bundle | None:
    around = [one for one in bundles if not one.root or path.startswith(f"{one.root}/")]
    return max(around, key=lambda one: len(one.root), default=None)


def _named(path: str, bundle: Bundle, texts: Mapping[str, str]) -> bool:
    """Whether the bundle speaks of a file, in a comment say: it was left out on purpose."""
    name = posixpath.basename(path)
    return any(name in texts.get(one, "") for one in bundle.files)


def _defined(node: YamlMap) -> Iterator[tuple[YamlScalar, str]]:
    """The resources of known kinds that a file defines."""
    resources = node.get("resources")
    kinds = bundle_types()["config.Resources"].fields
    for kind, found in resources.entries if isinstance(resources, YamlMap) else ():
        if kind.text in kinds and isinstance(found, YamlMap):
            yield from ((key, kind.text) for key, value in found.entries if isinstance(value, YamlMap))


def with_made(bundles: Iterable[Bundle], paths: Iterable[str], text: Callable[[str], str | None]) -> Iterator[Bundle]:
    """The bundles, in which an included file that git ignores is not a problem: it is made before they are deployed."""
    ignored: list[tuple[str, Callable[[str], bool]]] | None = None
    for bundle in bundles:
        missing = [one for one in bundle.problems if one.kind == "include" and one.error.endswith("match any files")]
        if missing and ignored is None:
            ignored = [*_ignoring(paths, text)]
        made = [one for one in missing if _is_ignored(posixpath.join(bundle.root, one.named), ignored or [])]
        if not made:
            yield bundle
            continue
        lost = tuple(NotUnderstood(one.place, f"{one.named} is made before the bundle is deployed") for one in made)
        problems = tuple(one for one in bundle.problems if one not in made)
        yield replace(bundle, problems=problems, not_understood=bundle.not_understood + lost)


def _ignoring(paths: Iterable[str], text: Callable[[str], str | None]) -> Iterator[tuple[str, Callable[[str], bool]]]:
    for path in paths:
        if posixpath.basename(path) == ".gitignore":
            lines = [line.strip() for line in (text(path) or "").splitlines()]
            yield posixpath.dirname(path), path_matcher([one for one in lines if one and one[0] not in "#!"])


def _is_ignored(path: str, ignored: Iterable[tuple[str, Callable[[str], bool]]]) -> bool:
    whole = posixpath.normpath(path)
    inside = ((folder, matches) for folder, matches in ignored if not folder or whole.startswith(f"{folder}/"))
    return any(matches(whole[len(folder) :].lstrip("/")) for folder, matches in inside)


def with_outside(
    bundles: Iterable[Bundle], paths: Iterable[str], text: Callable[[str], str | None]
) -> Iterator[Bundle]:
    """The bundles, in which a variable that something outside sets is open, and not a problem.

    `paths` are the files that may call the CLI; they are read only where a variable has no value.
    """
    given: dict[str, str] | None = None
    for bundle in bundles:
        unset = {one.named for one in bundle.problems if one.kind == "variable" and one.error.startswith("no value")}
        if unset and given is None:
            given = dict(_given(paths, text))
        if not unset or given is None or not unset & set(given):
            yield bundle
            continue
        outside = [one for one in bundle.problems if one.named in given and one.error.startswith("no value")]
        what = "variable `{0}` is given when the bundle is deployed, by {1}"
        more = tuple(replace(one, what=what.format(one.named, given[one.named])) for one in outside)
        problems = tuple(one for one in bundle.problems if one not in outside)
        yield replace(bundle, problems=problems, open=bundle.open + more)


def _given(paths: Iterable[str], text: Callable[[str], str | None]) -> Iterator[tuple[str, str]]:
    for path in paths:
        if OUTSIDE_FILES.match(path):
            for match in _OUTSIDE.finditer(text(path) or ""):
                yield match.group(1) or match.group(2), path
