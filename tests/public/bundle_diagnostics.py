"""What the CLI printed of its acceptance tests' bundles, beside what our two checks of bundles say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bundle_recordings import Recordings, unmasked

from mlcheck.checks import bundle_structure, bundle_unresolved
from mlcheck.checks.base import Finding
from mlcheck.flow.evaluate import evaluate_project
from mlcheck.project.load import load_project
from mlcheck.project.model import Settings
from mlcheck.project.work_tree import WorkTree

# The diagnostics that the checks are about, by how they begin.
_CLAIMED = re.compile(
    r"unknown field: |required field |invalid value .* for enum field|expected (?:a )?\w+(?: value)?, found |cannot parse "
    r"|multiple resources or scripts|reference does not exist|no value assigned to required variable"
    r"|job_cluster_key .* is not defined|Missing required cluster|.*defined in 'include' section|.*includes must be rel"
    r"|cycle detected|failed to (?:perform target override|merge)|cannot interpolate|Include section is defined outside"
    r"|Files in the 'include'|path .* (?:is not contained in sync root|is defined relative to)|both 'environments'"
)
_PREFIX = re.compile(r"^(?:Error|Warning): ")
_DROPPED = ": the CLI drops it, and deploys the rest without it"


# Why a diagnostic stands on one side only.
_REASONS = (
    ("no value assigned", "a variable that no target sets is given when the bundle is deployed: open, not wrong"),
    ("path ", "paths of pipelines, of dbt projects, and above the folder that is checked are not looked at"),
    ("unknown field: valueFrom", "the CLI has a text of its own for it"),
    ("required field", "only what resources require is asked for, where they say something of it"),
    ("invalid value", "the CLI found it too, in a call of which this text was not recorded"),
)


@dataclass
class Diagnosed:
    """How many diagnostics were found on both sides, and those of one side only, with the test."""

    both: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str]] = field(default_factory=list)
    extra: list[tuple[str, str]] = field(default_factory=list)
    calls: int = 0


def compare_diagnostics(recordings: Recordings, watched: frozenset[str]) -> Diagnosed:
    """The diagnostics of each call of `bundle validate`, and the findings for its target."""
    result = Diagnosed()
    seen: set[tuple[str, str | None, tuple[str, ...]]] = set()
    for recording in recordings.found:
        wanted = [_key(one.text) for one in recording.diagnostics if _CLAIMED.match(one.text)]
        identity = (recording.test, recording.target, tuple(wanted))
        root = _root(recording.folder)
        if not recording.heard or root is None or identity in seen:
            continue
        seen.add(identity)
        ours = [_key(text) for text in _ours(root, recording.target, watched)]
        result.calls += 1
        left, right = Counter(wanted), Counter(ours)
        for text, count in (left & right).items():
            result.both[_class(text)] += count
        result.missed += [(recording.test, text) for text in (left - right).elements()]
        stopped = any(one.severity == "error" for one in recording.diagnostics)
        if not stopped:
            result.extra += [(recording.test, text) for text in (right - left).elements()]
    return result


def reason_of(text: str) -> str | None:
    """Why a diagnostic that one side lacks is no mistake, or None."""
    return next((why for start, why in _REASONS if text.startswith(start)), None)


def _key(text: str) -> str:
    values = re.match(r"(invalid value .* Valid values are )\[(.*)\]", text)
    if values:
        return values.group(1) + " ".join(sorted(values.group(2).split()))
    text = re.sub(
        r"failed to perform target override for target=\S+: (?:failed to merge target=\S+ field=\S+: )?", "", text
    )
    text = re.sub(r"\[TEST_TMP_DIR\]/?|\s*\(resources/\S+\)|\(override\S+\)", "", text)
    return re.sub(r"(path .* is defined relative to the) .*", r"\1", re.sub(r"(cycle detected).*", r"\1", text))


def _class(text: str) -> str:
    match = _CLAIMED.match(text)
    return (match.group() if match else text)[:40].strip()


@lru_cache(maxsize=512)
def _findings(root: Path, watched: frozenset[str]) -> tuple[Finding, ...]:
    facts = evaluate_project(load_project(WorkTree(root), Settings()), watched)
    verdicts = (*bundle_unresolved.run(facts), *bundle_structure.run(facts))
    return tuple(one for one in verdicts if isinstance(one, Finding))


def _ours(root: Path, target: str | None, watched: frozenset[str]) -> list[str]:
    found: dict[tuple[str, object], None] = {}
    for one in _findings(root, watched):
        text = unmasked(_PREFIX.sub("", one.why).removesuffix(_DROPPED))
        if (not one.targets or target is None or target in one.targets) and _CLAIMED.match(text):
            found[text, one.place] = None
    return [text for text, _ in found]


def _root(folder: Path) -> Path | None:
    return next((one for one in (folder, *list(folder.parents)[:3]) if (one / "databricks.yml").is_file()), None)
