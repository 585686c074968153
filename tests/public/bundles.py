"""Compare our reading of bundles with what the Databricks CLI recorded of its own acceptance tests.

`python tests/public/bundles.py FOLDER`: FOLDER is a copy of databricks/cli.
Each bundle below `acceptance/bundle` whose recorded output has the resolved
configuration is read, and every value is compared. `--write FILE` writes the
summary; `--show CLASS` lists the differences of one class.

Exit 0: what differs is what a reader can't know. Exit 1: something else does.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

from bundle_diagnostics import compare_diagnostics, reason_of
from bundle_recordings import Recording, Recordings, read_recordings
from bundle_summary import summary
from bundle_values import USER, aligned, below, is_empty, json_text, leaf_text, plain_value, steps_of

from mlcheck.project.bundle_fields import misfits
from mlcheck.project.load import load_project
from mlcheck.project.model import Bundle, Project, Settings, Target
from mlcheck.project.work_tree import WorkTree
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, text_at

_MASK = re.compile(r"\[[A-Z][A-Z0-9_]+\]")
_SUFFIXES = (".py", ".ipynb", ".sql", ".r", ".scala")

# Why a value may differ, by where it stands: the first that fits.
_BY_PLACE: tuple[tuple[str, str], ...] = (
    (r"(^|[.|])bundle[.|]git([.|]|$)", "git state of the folder that is deployed"),
    (r"(^|[.|])current_user([.|]|$)", "the user who deploys"),
    (r"[.|](deployment|edit_mode|format)([.|]|$)", "stamped on each job and pipeline when it is deployed"),
    (r"(^|[.|])permissions([.|[]|$)", "the user who deploys, added as owner"),
    (r"(^|[.|])artifacts([.|]|$)", "artifacts as they are built: absolute paths, and the files that globs match"),
    (r"[.|](libraries|one_libraries)\[.*(path|include)$", "the files that a pipeline's glob matches"),
    (r"num_workers$", "0 workers where a cluster names none, which means the same"),
    (r"^__locations|^experimental[.|]python", "where the CLI notes it, not what it says"),
)
_IN_PLANS = ("volume_path", "grants", "permissions")  # computed, or steps of their own


@dataclass(frozen=True)
class Difference:
    """One value that is not the same on both sides."""

    test: str
    path: str
    recorded: object
    ours: object
    reason: str | None


@dataclass
class Comparison:
    """What was compared, and what differs."""

    recordings: int = 0
    equal: int = 0
    by_part: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    not_read: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=512)
def _project(folder: Path) -> Project:
    return load_project(WorkTree(folder), Settings())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", type=Path, help="where the summary goes")
    parser.add_argument("--show", default="", help="list the differences of a class that contains this")
    arguments = parser.parse_args()
    if not (arguments.folder / "acceptance" / "bundle").is_dir():
        parser.error(f"{arguments.folder} has no acceptance/bundle: give a copy of databricks/cli")
    with tempfile.TemporaryDirectory() as made:
        recordings = read_recordings(arguments.folder, Path(made))
        comparison = compare_all(recordings)
        diagnosed = compare_diagnostics(recordings, frozenset())
    for one in comparison.differences:
        if (arguments.show and arguments.show in (one.reason or "")) or (not arguments.show and one.reason is None):
            print(f"{one.test}\t{one.path}\t{json.dumps(one.recorded)}\t{json.dumps(one.ours)}")
    reasons = [one.reason or "**not explained**" for one in comparison.differences]
    not_read = comparison.not_read.values()
    text = summary(recordings, comparison.recordings, comparison.by_part, reasons, not_read, diagnosed)
    print(text)
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")
    one_sided = [text for _, text in (*diagnosed.missed, *diagnosed.extra) if reason_of(text) is None]
    return 1 if one_sided or any(one.reason is None for one in comparison.differences) else 0


def compare_all(recordings: Recordings) -> Comparison:
    comparison = Comparison()
    for recording in recordings.found:
        if recording.output is None or recording.query == "?" or recording.failed:
            continue
        root = _root(recording.folder)
        bundle = _bundle(root) if root else None
        target = _target(bundle, recording.target) if bundle else None
        if bundle is None or target is None:
            comparison.not_read[recording.test] = "no bundle, or no such target"
            continue
        comparison.recordings += 1
        _Comparing(recording, bundle, target, comparison).run()
    return comparison


def _root(folder: Path) -> Path | None:
    for one in (folder, *list(folder.parents)[:3]):
        if any((one / name).is_file() for name in ("databricks.yml", "databricks.yaml")):
            return one
    return None


def _bundle(root: Path) -> Bundle | None:
    return next((one for one in _project(root).bundles if one.root == ""), None)


def _target(bundle: Bundle, name: str | None) -> Target | None:
    if name is not None:
        return next((one for one in bundle.targets if one.name == name), None)
    if len(bundle.targets) == 1:
        return bundle.targets[0]
    return next((one for one in bundle.targets if one.default), None)


class _Comparing:
    """One recording against one target."""

    def __init__(self, recording: Recording, bundle: Bundle, target: Target, comparison: Comparison) -> None:
        self.recording, self.bundle, self.target, self.comparison = recording, bundle, target, comparison
        self.file_path = text_at(target.config, "workspace", "file_path") or ""
        self.complete = not any(
            one.place.path == bundle.path for one in _project(_root(recording.folder)).not_understood
        )
        self.dropped = {one.name for _, part in bundle.parts for one in misfits(part)}

    def run(self) -> None:
        query = self.recording.query
        whole = self.target.config
        if query == "plan":
            assert isinstance(self.recording.output, dict)
            for kind, resources in self.recording.output.items():
                for key, value in resources.items():
                    node = below(whole, ["resources", kind, key])
                    if isinstance(node, YamlMap):
                        node = YamlMap(tuple(one for one in node.entries if one[0].text not in _IN_PLANS), node.place)
                    self._node(f"resources.{kind}.{key}", value, node)
            return
        steps = steps_of(query)
        if steps is not None:
            self._node(".".join(map(str, steps)), self.recording.output, below(whole, steps))
            return
        names = re.fullmatch(r"\{\s*(\w+(?:\s*,\s*\w+)*)\s*\}", query)
        picked = re.fullmatch(r"pick\((.*)\)", query)
        if names or picked:
            assert isinstance(self.recording.output, dict)
            for name, value in self.recording.output.items():
                if name != "__locations":
                    self._node(name, value, whole.get(name))
            return
        self._queried(query)

    def _queried(self, query: str) -> None:
        """A filter that makes something of its own: through jq, without places."""
        try:
            import jq
        except ImportError:
            self.comparison.not_read[self.recording.test] = "needs the package jq"
            return
        try:
            value = jq.compile(query).input_value(plain_value(self.target.config)).first()
        except (ValueError, StopIteration):
            self.comparison.not_read[self.recording.test] = "a filter that can't be applied to what was read"
            return
        self._plain(query, self.recording.output, value)

    # --- values ---------------------------------------------------------------

    def _node(self, path: str, recorded: object, node: YamlNode | None) -> None:
        match recorded, node:
            case dict(), YamlMap():
                ours = {key.text: value for key, value in node.entries}
                for key in [*recorded, *(key for key in ours if key not in recorded)]:
                    self._node(f"{path}.{key}" if path else key, recorded.get(key), ours.get(key))
            case list(), YamlList():
                for label, left, right in aligned(recorded, node):
                    self._node(f"{path}[{label}]", left, right)
            case dict() | list(), None:
                items = recorded.items() if isinstance(recorded, dict) else enumerate(recorded)
                for key, value in items:
                    self._node(f"{path}.{key}", value, None)
            case None, YamlMap() | YamlList() if not is_empty(node):
                children = node.entries if isinstance(node, YamlMap) else [(None, one) for one in node.items]
                for key, value in children:
                    self._node(f"{path}.{key.text if key else '-'}", None, value)
            case _:
                self._leaf(path, recorded, node)

    def _leaf(self, path: str, recorded: object, node: YamlNode | None) -> None:
        ours = leaf_text(node)
        left = json_text(recorded)
        if left == ours or (recorded in (None, "", [], {}) and ours in (None, "")):
            self._equal(path, recorded, ours)
            return
        if isinstance(node, YamlScalar) and isinstance(recorded, str) and self._same_path(path, recorded, node):
            self._equal(path, recorded, ours)
            return
        self._differs(path, recorded, ours)

    def _same_path(self, path: str, recorded: str, node: YamlScalar) -> bool:
        """Whether a path that the CLI translated is the file that we find for it."""
        file_path = USER.sub("[USERNAME]", self.file_path)
        prefix, text = "", node.text
        flag = re.match(r"(-[re]) +(.*)", text)
        if flag:
            prefix, text = f"{flag.group(1)} ", flag.group(2)
        sync_root = "."
        local = posixpath.normpath(posixpath.join(posixpath.dirname(node.place.path), text))
        local = posixpath.relpath(local, sync_root)
        for known in (
            local,
            f"./{local}",
            f"{file_path}/{local}",
            *(f"{file_path}/{local}".removesuffix(s) for s in _SUFFIXES),
        ):
            if recorded == prefix + known:
                return True
        return False

    def _plain(self, path: str, recorded: object, ours: object) -> None:
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key in [*recorded, *(key for key in ours if key not in recorded)]:
                self._plain(f"{path}|{key}", recorded.get(key), ours.get(key))
        elif isinstance(recorded, list) and isinstance(ours, list):
            if all(isinstance(one, dict) and "task_key" in one for one in [*recorded, *ours]):
                recorded, ours = (sorted(both, key=lambda one: str(one["task_key"])) for both in (recorded, ours))
            for index, (left, right) in enumerate(zip_longest(recorded, ours)):
                self._plain(f"{path}[{index}]", left, right)
        elif json_text(recorded) == json_text(ours) or _same_tail(recorded, ours):
            self._equal(path, recorded, ours)
        else:
            self._differs(path, recorded, ours)

    def _equal(self, path: str, recorded: object, ours: object) -> None:
        if recorded is None and ours is None:
            return
        self.comparison.equal += 1
        self.comparison.by_part[_part(path)] += 1

    def _differs(self, path: str, recorded: object, ours: object) -> None:
        reason = next((why for pattern, why in _BY_PLACE if re.search(pattern, path)), None)
        reason = reason or _reason(recorded, ours) or self._by_bundle(path, recorded, ours)
        self.comparison.differences.append(Difference(self.recording.test, path, recorded, ours, reason))

    def _by_bundle(self, path: str, recorded: object, ours: object) -> str | None:
        """A reason that lies in the bundle: Python code, other files, fields that the CLI drops."""
        config = self.target.config
        if any(below(config, steps) for steps in (["experimental", "python"], ["python"], ["experimental", "pydabs"])):
            return "resources that Python code adds or changes"
        if not self.complete:
            return "an include that lies outside of the folder that is checked"
        if text_at(config, "experimental", "immutable_folder") == "true":
            return "files that are deployed as a snapshot, whose place is made when it is"
        steps = re.split(r"[.\[|]", path)
        holder = below(config, [*steps[:3]]) if steps[0] == "resources" else None
        if text_at(holder, "file_path") is not None:
            return "what another file holds: an alert, a dashboard, a Genie space"
        if recorded is None and ours is not None and steps[-1] in self.dropped:
            return "dropped by the CLI as an unknown field, which `bundle-structure` reports"
        if steps[-1] == "node_type_id" and recorded is None:
            return "left out by the CLI beside an instance pool"
        variable = self.target.config.get("variables")
        if isinstance(variable, YamlMap) and ours is None and any(below(v, ["lookup"]) for _, v in variable.entries):
            return "a look-up in the workspace"
        return None


def _reason(recorded: object, ours: object) -> str | None:
    left, right = str(recorded), str(ours)
    if "${resources." in left and "${resources." not in right and ours is not None:
        return "another resource's field, which the CLI reads when it deploys, and we read ahead"
    if "${resources." in right:
        return "a field that only the deployed resource has, or that Terraform called otherwise"
    if recorded in (None, "", {}, False) and ours in (None, "", True):
        return "an empty text, which the CLI drops"
    if _MASK.search(left) or _MASK.search(right) or "@" in right:
        return "masked in the recording, or known to the workspace alone"
    return None


def _same_tail(recorded: object, ours: object) -> bool:
    """Whether a translated path ends as the written one does, where a filter lost its place."""
    if not isinstance(recorded, str) or not isinstance(ours, str) or not recorded.startswith("/"):
        return False
    tail = posixpath.normpath(ours).lstrip("./")
    return bool(tail) and any(
        recorded.endswith(f"/{one}") for one in (tail, *(tail.removesuffix(s) for s in _SUFFIXES))
    )


def _part(path: str) -> str:
    steps = re.split(r"[.\[|]", path)
    if steps and steps[0] == "resources" and len(steps) > 1:
        return f"resources.{steps[1]}"
    return steps[0] or "."


if __name__ == "__main__":
    sys.exit(main())
