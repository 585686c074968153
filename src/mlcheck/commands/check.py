"""`mlcheck check`: read, follow, decide, and say what was found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from mlcheck.commands.project_root import open_project
from mlcheck.errors import ConfigurationError, CouldNotError, UsageError
from mlcheck.packs.baseline import PATH as BASELINE_PATH
from mlcheck.packs.baseline import Baseline, baseline_text, parse_baseline, read_baseline
from mlcheck.packs.judge import judge_project
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Decision, Pack
from mlcheck.printable import suggestion
from mlcheck.progress import Progress
from mlcheck.project.bundle_json import with_validated
from mlcheck.project.load import load_project
from mlcheck.project.settings import read_settings
from mlcheck.record.trust import CONFIG, Policy, read_trust

Format = Literal["text", "json", "markdown"]
MAX_JSON = 32 * 1024 * 1024
_RANK = {"error": 3, "warning": 2, "info": 1}


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the command line asks for."""

    path: Path
    packs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    fail_on: Literal["error", "warning", "info", "never"] = "warning"
    baseline: Path | None = None
    bundle_json: Path | None = None  # what `databricks bundle validate -o json` printed


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The decision and the exit code that it means."""

    decision: Decision
    exit_code: int


def check(options: CheckOptions, progress: Progress | None = None) -> CheckResult:
    """Decide everything that was asked for; `progress` hears how far it is.

    Raises UsageError for a pack or item that isn't there, ConfigurationError
    for settings, packs or a baseline that can't be read.
    """
    tree = open_project(options.path)
    settings = read_settings(tree)
    packs = load_packs(tree)
    _policy_names_packs(read_trust(tree).policy, packs)
    only = _selected(packs, options)
    baseline = _baseline_file(options.baseline) if options.baseline else read_baseline(tree)
    project = load_project(tree, settings)
    if options.bundle_json is not None:
        project = with_validated(project, tree, *_validated(options.bundle_json, options.path))
    decision = judge_project(project, packs=packs, baseline=baseline, only=only, exhibits=False, progress=progress)
    if only is not None:
        names = set(options.packs) or {item.item.pack for item in decision.items}
        decision = replace(decision, packs=tuple(pack for pack in packs if pack.name in names))
    return CheckResult(decision, exit_code(decision, options.fail_on))


def _policy_names_packs(policy: Policy, packs: tuple[Pack, ...]) -> None:
    known = {name for pack in packs for name in (pack.name, pack.extends) if name}
    for name in policy.packs:
        if name not in known:
            raise ConfigurationError(f"`packs` names no pack: `{name}`", where=CONFIG, help=suggestion(name, known))


def exit_code(decision: Decision, fail_on: str) -> int:
    """1 where a finding at or above the threshold is neither suppressed nor in the baseline; killers' always count."""
    if fail_on == "never":
        return 0
    killers = {item.item.id for item in decision.items if item.item.killer}
    for reported in decision.findings:
        accepted = reported.suppressed is not None or reported.baselined is not None
        if accepted and not killers.intersection(reported.items):
            continue
        if _RANK[reported.finding.severity] >= _RANK[fail_on]:
            return 1
    return 0


def _selected(packs: tuple[Pack, ...], options: CheckOptions) -> Collection[str] | None:
    names = [pack.name for pack in packs]
    for name in options.packs:
        if name not in names:
            raise UsageError(f"no pack `{name}`", help=suggestion(name, names))
    known = {item.id: item for pack in packs for item in pack.items}
    for one in options.items:
        if one.upper() not in known:
            raise UsageError(f"no item `{one}`", help=suggestion(one.upper(), known))
    if not options.packs and not options.items:
        return None
    chosen = {one.upper() for one in options.items}
    return chosen | {item.id for item in known.values() if item.pack in options.packs}


def _validated(path: Path, root: Path) -> tuple[str, str]:
    """The text of a file that the CLI printed, and what it is called: below the project, its path there."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= MAX_JSON else None
        shown = (
            path.resolve().relative_to(root.resolve()).as_posix()
            if path.resolve().is_relative_to(root.resolve())
            else str(path)
        )
    except (OSError, ValueError) as error:
        what = f"can't be read: {getattr(error, 'strerror', None) or error}"
        raise UsageError(what, where=str(path), help="give a file that exists") from None
    if raw is None:
        raise UsageError(f"over {MAX_JSON:,} bytes", where=str(path), help="give one bundle's output")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):  # as PowerShell redirects it
        return raw.decode("utf-16", "replace"), shown
    return raw.decode("utf-8-sig", "replace"), shown


def _baseline_file(path: Path) -> Baseline:
    try:
        return parse_baseline(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(
            f"the baseline can't be read: {error.strerror}", where=str(path), help="give a file that exists"
        ) from None


def take_baseline(decision: Decision, path: Path) -> str:
    """Write every finding of a decision into the project's baseline; what to say of it."""
    findings = [one for one in decision.findings if one.suppressed is None and one.items]
    target = path / BASELINE_PATH
    try:
        target.parent.mkdir(exist_ok=True)
        target.write_text(baseline_text(findings, date.today().isoformat()), encoding="utf-8")
    except OSError as error:
        raise CouldNotError(
            f"can't write: {error.strerror}", where=str(target), help="make the folder writable"
        ) from None
    return f"{target}: {len(findings)} findings taken in; a killer's findings fail all the same\n"
