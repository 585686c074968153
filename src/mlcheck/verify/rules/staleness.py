"""An answer holds as long as the question would look the same."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.errors import CouldNotError
from mlcheck.packs.model import InstanceOutcome
from mlcheck.project.load import load_project
from mlcheck.project.settings import read_settings
from mlcheck.project.tree import Tree
from mlcheck.record.codes import Code
from mlcheck.record.reading import RememberedTree, subject_of
from mlcheck.record.refusal import Refusal
from mlcheck.record.trust import FOLDER
from mlcheck.verify.case import Judged, Signed, about


def changed_files(signed: Signed) -> tuple[str, ...]:
    """The subjects that are not as they were signed, by content or mode."""
    there = {subject.name: subject for subject in signed.developer.subjects}
    head = signed.inputs.head
    return tuple(name for name, subject in sorted(there.items()) if subject_of(head, name) != subject)


def answers_are_fresh(judged: Judged) -> Iterator[Refusal]:
    """Each exhibit that somebody answered about is what it was."""
    changed = frozenset(changed_files(judged.signed))
    for item in judged.record.items:
        now = judged.items.get(item.key)
        if item.given.by == "tool" or now is None or now.exhibit.digest == item.exhibit.digest:
            continue
        yield Refusal(
            Code.E_STALE,
            f"what the answer to {about(item)} rests on changed after it was given",
            item=item.id,
            path=_changed_path(judged.instances[item.key], changed),
            help="run `mlcheck run`, which asks for the stale items alone",
        )


def _changed_path(instance: InstanceOutcome, changed: frozenset[str]) -> str | None:
    """A file that the exhibit rests on and that changed; else any that did."""
    paths = instance.exhibit.paths
    return next((path for path in paths if path in changed), min(changed, default=None))


def bytes_are_those_signed(signed: Signed) -> Iterator[Refusal]:
    """Where the policy says `staleness = "bytes"`, every subject is as it was, by content and mode."""
    if signed.trust.policy.staleness != "bytes":
        return
    for name in changed_files(signed):
        yield Refusal(
            Code.E_STALE,
            "the file changed after it was signed, and the policy asks for its bytes",
            path=name,
            help="run `mlcheck run`",
        )


_ANSWERS = b"format: mlcheck/answers/1"


def the_work_tree_is_the_head(judged: Judged) -> Iterator[Refusal]:
    """What lies on the disk is what HEAD holds, in the files that are read to decide."""
    work, head = judged.inputs.work, judged.inputs.head
    on_disk, in_head = set(work.list()), set(head.list())
    differ = {path for path in judged.read if path not in on_disk or _content(work, path) != _content(head, path)}
    new = {path for path in on_disk - in_head if not path.startswith(FOLDER)}
    if new:
        new = {path for path in new & _read_on_disk(judged) if not _is_answers(work, path)}
    for path in sorted(differ | new):
        yield Refusal(
            Code.E_STALE,
            "the file on the disk is not the one in HEAD, which is what is judged",
            path=path,
            help="commit it, or put it aside by `git stash -u`",
        )


def _read_on_disk(judged: Judged) -> frozenset[str]:
    """The paths that would be read to decide the work tree."""
    tree = RememberedTree(judged.inputs.work)
    load_project(tree, read_settings(judged.inputs.base))
    return tree.paths_read()


def _is_answers(tree: Tree, path: str) -> bool:
    """Whether a file holds answers or verdicts: somebody's own, and no part of the project."""
    content = _content(tree, path)
    return content is not None and any(line.strip() == _ANSWERS for line in content[0].splitlines())


def _content(tree: Tree, path: str) -> tuple[bytes, str] | None:
    try:
        return tree.read(path).replace(b"\r\n", b"\n"), tree.mode(path)
    except CouldNotError:
        return None
