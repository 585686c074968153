"""What a run rests on: where the change stands, the base's rules, earlier records, the files judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from mlcheck.errors import UsageError
from mlcheck.packs.baseline import Baseline, read_baseline
from mlcheck.packs.judge import judge
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Decision, Pack
from mlcheck.progress import Progress
from mlcheck.project.commit_tree import CommitTree
from mlcheck.project.model import Settings
from mlcheck.project.settings import read_settings
from mlcheck.project.tree import Tree
from mlcheck.project.work_tree import WorkTree
from mlcheck.record.build import Carried, paths_rested_on
from mlcheck.record.carry import carried_answers
from mlcheck.record.chain import current, reviews_of
from mlcheck.record.opening import SIGNOFFS, RecordFile, VerifiedRecord, open_record
from mlcheck.record.reading import RememberedTree
from mlcheck.record.standing import Standing, find_standing
from mlcheck.record.store import developer_files, record_files
from mlcheck.record.trust import FOLDER, Trust, read_trust
from mlcheck.walk.earlier import Earlier, earlier_answers
from mlcheck.walk.sheet import Change, Key

_DATA = (".yaml", ".yml", ".json", ".txt", ".md")
_ENDING = timedelta(weeks=6)  # before a waiver's end it is spoken of


@dataclass(frozen=True, slots=True)
class RunInputs:
    """All that a run reads but the files judged.

    `from_base` is False where the base holds no `.mlcheck/` yet: then the rules
    are the work tree's. `records` are the verified ones of this change,
    `on_base` the developers' records on the base.
    """

    project: Path
    standing: Standing
    from_base: bool
    trust: Trust
    settings: Settings
    packs: tuple[Pack, ...]
    baseline: Baseline | None
    records: tuple[VerifiedRecord, ...]
    on_base: tuple[VerifiedRecord, ...]
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def current(self) -> tuple[VerifiedRecord, ...]:
        """The developer's records that a new one follows."""
        return current(self.records)


@dataclass(frozen=True, slots=True)
class JudgedFiles:
    """The files as they are now, decided; `tree` remembers what was read."""

    decision: Decision
    tree: RememberedTree


def read_inputs(
    project: Path, *, base: str | None, change: str | None, environment: Mapping[str, str], now: datetime
) -> RunInputs:
    """Read what a run rests on.

    Raises UsageError on the base branch itself; CouldNotError,
    ConfigurationError and UsageError as what is read does.
    """
    standing = find_standing(project, base=base, change=change, environment=environment)
    _not_on_the_base(standing)
    base_tree, work = standing.base_tree(), WorkTree(project)
    from_base = any(path.startswith(FOLDER) and not path.startswith(SIGNOFFS) for path in base_tree.list())
    rules: Tree = base_tree if from_base else work
    trust = read_trust(rules)
    here = _verified(record_files(work, standing.id), trust, now)
    return RunInputs(
        project=project,
        standing=standing,
        from_base=from_base,
        trust=trust,
        settings=read_settings(rules),
        packs=load_packs(rules),
        baseline=read_baseline(rules),
        records=tuple(one for one in here if one.record.change.id == standing.id),
        on_base=_verified(developer_files(base_tree), trust, now),
        now=now,
    )


def judge_files(inputs: RunInputs, progress: Progress | None = None) -> JudgedFiles:
    """The work tree as it is now, decided by the rules."""
    tree = RememberedTree(WorkTree(inputs.project))
    decision = judge(tree, settings=inputs.settings, packs=inputs.packs, baseline=inputs.baseline, progress=progress)
    return JudgedFiles(decision, tree)


def carried_over(inputs: RunInputs, decision: Decision) -> Mapping[Key, Carried]:
    """The earlier answers that hold, those left out that a reviewer of the current record disputes."""
    records = (*inputs.records, *inputs.on_base)
    carried = carried_answers(decision, records, inputs.today.isoformat())
    disputed = {(key[0], key[1]) for key in disputes(inputs)}
    return {key: one for key, one in carried.items() if key not in disputed}


def earlier_of(inputs: RunInputs, decision: Decision) -> Mapping[Key, Earlier]:
    """What verified records answered before, whether it holds or not."""
    return earlier_answers(decision, (*inputs.records, *inputs.on_base))


def disputes(inputs: RunInputs) -> tuple[tuple[str, str, str], ...]:
    """What reviewers of the current record dispute: an item's id, its instance's name, and their note."""
    return tuple(
        (verdict.id, verdict.name, f"{review.signer.principal}: {verdict.note}")
        for developer in inputs.current[:1]
        for review in reviews_of(inputs.records, developer)
        for verdict in review.review.verdicts
        if verdict.verdict == "dispute"
    )


def ending(carried: Mapping[Key, Carried], today: date) -> tuple[tuple[Key, str], ...]:
    """The carried waivers that end within six weeks, each with its last day."""
    waivers = ((key, one.answer.waiver) for key, one in carried.items())
    last = (today + _ENDING).isoformat()
    return tuple((key, waiver.until) for key, waiver in waivers if waiver and waiver.until <= last)


def change_walked(inputs: RunInputs, judged: JudgedFiles) -> Change:
    """The change as the walk shows it."""
    standing = inputs.standing
    fork = standing.repository.merge_base(standing.base, standing.head) or standing.base
    head = f"{standing.prefix}/" if standing.prefix else ""
    names = standing.repository.diff_names(fork, standing.head)
    return Change(
        id=standing.id,
        base=_short(standing.base_ref),
        head=_short(standing.ref) if standing.ref else standing.head[:12],
        files=tuple(name.removeprefix(head) for name in names if name.startswith(head)),
        uncommitted=uncommitted(standing.head_tree(), judged),
    )


def trust_changed(inputs: RunInputs) -> tuple[str, ...]:
    """What differs from the base under `.mlcheck/`, records aside: a line for each file, and what to do.

    A file that is as it was where the branch left the base is merely behind.
    """
    if not inputs.from_base:
        return ()
    standing = inputs.standing
    base, here = _trust_files(standing.base_tree()), _trust_files(WorkTree(inputs.project))
    if base == here:
        return ()
    fork = standing.repository.merge_base(standing.base, standing.head)
    left = _trust_files(CommitTree(standing.repository, fork, standing.prefix)) if fork else {}
    name = _short(standing.base_ref)
    return tuple(
        f"`{path}` {_differs(path, base, here, name)}, and verify will refuse this change; merge it on its own first"
        for path in sorted(base.keys() | here.keys())
        if here.get(path) != base.get(path) and not (fork and here.get(path) == left.get(path))
    )


def _trust_files(tree: Tree) -> Mapping[str, tuple[bytes, str]]:
    inside = (path for path in tree.list() if path.startswith(FOLDER) and not path.startswith(SIGNOFFS))
    return {path: (tree.read(path).replace(b"\r\n", b"\n"), tree.mode(path)) for path in inside}


def _differs(path: str, base: Mapping[str, object], here: Mapping[str, object], name: str) -> str:
    """How a file differs, and what this run does about it."""
    pack = path.startswith(f"{FOLDER}packs/")
    if path not in base:
        unused = "its items aren't asked" if pack else "it is not read"
        return f"is not on {name}: {unused}"
    if path not in here:
        return f"is on {name} and not here: {'its items are asked all the same' if pack else 'it holds all the same'}"
    return f"differs from {name}'s: {name}'s {'items are asked' if pack else 'holds'}"


def uncommitted(head: Tree, judged: JudgedFiles) -> tuple[str, ...]:
    """The files read to decide that are not in HEAD as they lie on the disk, line ends apart.

    A YAML file that HEAD lacks and nothing rests on is somebody's own: an answers file, a scratch.
    """
    tree, in_head = judged.tree, set(head.list())
    rested = paths_rested_on(judged.decision)
    return tuple(
        path
        for path in sorted(tree.paths_read())
        if (not _same(head, tree, path) if path in in_head else path in rested or not path.endswith(_DATA))
    )


def _same(head: Tree, tree: Tree, path: str) -> bool:
    return head.read(path).replace(b"\r\n", b"\n") == tree.read(path).replace(b"\r\n", b"\n")


def _verified(files: Iterable[RecordFile], trust: Trust, now: datetime) -> tuple[VerifiedRecord, ...]:
    opened = (open_record(file, trust, now) for file in files)
    return tuple(
        one for one in opened if isinstance(one, VerifiedRecord) and one.record.change.repository == trust.repository
    )


def _not_on_the_base(standing: Standing) -> None:
    """A change is signed on a branch of its own."""
    branch = (standing.ref or "").removeprefix("refs/heads/")
    same = standing.ref == standing.base_ref or standing.base_ref == f"refs/remotes/origin/{branch}"
    default = standing.base_ref == "refs/remotes/origin/HEAD" and branch in ("main", "master")
    if branch and (same or default):
        raise UsageError(
            f"`{branch}` is the base branch, and a change is signed on a branch of its own",
            help="run `git switch -c NAME`, or name another base by --base",
        )


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
