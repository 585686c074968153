"""What a review looks back to, read from the repository: the last signed record, and the files as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mlcheck.errors import CouldNotError
from mlcheck.printable import printable
from mlcheck.project.commit_tree import CommitTree
from mlcheck.project.tree import Tree
from mlcheck.record.chain import developers
from mlcheck.record.opening import VerifiedRecord
from mlcheck.record.reviewing import ReviewPoint
from mlcheck.verify.inputs import Inputs
from mlcheck.walk.review_changes import Since, changed_lines
from mlcheck.walk.review_screens import files_of

_WIDEST = 400  # characters of a line
_TEXT = (".py", ".sql", ".yml", ".yaml", ".toml", ".cfg", ".txt", ".json")

Lines = Callable[[str], Sequence[str]]


def since_last_signature(
    inputs: Inputs, developer: VerifiedRecord, records: Iterable[VerifiedRecord], points: Sequence[ReviewPoint]
) -> Since:
    """The record before the reviewed one, where there is one, else where the change left its base."""
    earlier = next((one for one in developers(records) if one.sha256 == developer.developer.previous), None)
    then, words = _then(inputs, earlier)
    paths = dict.fromkeys(path for point in points for path in files_of(point.item))
    now, before = _reader(inputs.head), _reader(then)
    changed = {path: changed_lines(before(path), now(path)) for path in paths if path.endswith(_TEXT)}
    places = {(each.path, each.line) for point in points for each in point.item.evidence}
    code = {(path, number): _around(now(path), number) for path, number in places if path.endswith(_TEXT)}
    items = {item.key: item for item in earlier.developer.items} if earlier else {}
    return Since(words, items, {path: lines for path, lines in changed.items() if lines}, code)


def _then(inputs: Inputs, earlier: VerifiedRecord | None) -> tuple[Tree | None, str]:
    """The files as they were, and since when that is, in words."""
    standing = inputs.standing
    if earlier is not None:
        signed = f"since {earlier.signer.principal} signed on {earlier.record.time[:10]}"
        head = standing.repository.resolve(earlier.record.change.head)
        if head is not None:
            return CommitTree(standing.repository, head, standing.prefix), signed
        return inputs.fork, f"{signed} (that commit is not here: the code is compared with the base)"
    name = standing.base_ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    return inputs.fork, f"since it left {name}"


def _reader(tree: Tree | None) -> Lines:
    """The printable lines of a tree's files, each file read once; none of a file that can't be read."""
    known: dict[str, Sequence[str]] = {}

    def lines(path: str) -> Sequence[str]:
        if path not in known:
            known[path] = _lines(tree, path) if tree is not None else ()
        return known[path]

    return lines


def _lines(tree: Tree, path: str) -> Sequence[str]:
    try:
        text = tree.read(path).decode("utf-8", "replace")
    except (CouldNotError, KeyError):
        return ()
    return [printable(each)[:_WIDEST] for each in text.splitlines()]


def _around(lines: Sequence[str], number: int) -> list[tuple[int, str]]:
    return [(each, lines[each - 1]) for each in range(number - 1, number + 2) if 1 <= each <= len(lines)]
