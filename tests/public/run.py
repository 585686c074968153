"""Check copies of public repositories, and compare what is found with what was judged by hand.

`python tests/public/run.py FOLDER`: each folder in FOLDER that is named
owner+name, and stands at the commit of `judged.tsv`, is checked. A row of
`judged.tsv` speaks of one finding: its check, its place, and whether it is
true. Several findings of one check at one line (two packages, say) are as many
rows. A repository in which nothing is found has one row, with `-` for the check.

Exit 0: every finding was judged, and none is false. Exit 1: one is false, or
one was not judged yet. Exit 2: the call is wrong, or nothing in the folder was
judged. Exit 3: a copy could not be checked.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlcheck.commands.check import CheckOptions, check
from mlcheck.errors import USAGE, ConfigurationError, MlcheckError
from mlcheck.git.repository import find_repository
from mlcheck.packs.model import Decision
from mlcheck.printable import printable

JUDGED = Path(__file__).with_name("judged.tsv")
_OPEN = ("unknown", "manual")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What a row and a finding are compared by."""

    check: str
    place: str  # path:line


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows of one repository: its commit, and how many findings were judged true and false."""

    commit: str
    true: Counter[Finding]
    false: Counter[Finding]


def read_judged(path: Path) -> dict[str, Judged]:
    """The judged findings by repository, owner/name."""
    judged: dict[str, Judged] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            rows = judged.setdefault(row["repository"], Judged(row["commit"], Counter(), Counter()))
            if row["commit"] != rows.commit or row["verdict"] not in ("true", "false"):
                what = f"{row['repository']} has a second commit, or a verdict that is neither true nor false"
                raise ConfigurationError(what, where=path.name, help="judge it at one commit")
            if row["check"] != "-":
                of_verdict = rows.true if row["verdict"] == "true" else rows.false
                of_verdict[Finding(row["check"], row["place"])] += 1
    return judged


def compare(name: str, decision: Decision, judged: Judged) -> bool:
    """Print how the findings compare with the judged rows; whether all is well."""
    places = ((one.finding.check, one.finding.place) for one in decision.findings)
    found = Counter(Finding(check, f"{place.path}:{place.line}") for check, place in places)
    true, false = found & judged.true, found & judged.false
    # Where rows of one place are of both verdicts, each finding counts once: as false first.
    true &= found - false
    unjudged = found - judged.true - judged.false
    vanished = (judged.true + judged.false) - found
    decided = sum(item.outcome not in _OPEN for item in decision.items)
    print(
        f"{name}: {decided} of {len(decision.items)} items decided, {found.total()} findings:"
        f" {true.total()} true, {false.total()} false, {unjudged.total()} not judged; {vanished.total()} vanished"
    )
    _list("false", false)
    _list("not judged", unjudged)
    _list("vanished", vanished)
    return not false and not unjudged


def _list(what: str, findings: Mapping[Finding, int]) -> None:
    for finding, count in sorted(findings.items()):
        times = f" ({count} times)" if count > 1 else ""
        print(f"  {what}: {finding.check} {printable(finding.place)}{times}")


def check_all(folder: Path, judged: Mapping[str, Judged]) -> Iterable[bool]:
    """Check every copy that is in the folder and was judged at the commit at which it stands."""
    for name, rows in judged.items():
        copy = folder / name.replace("/", "+")
        if not copy.is_dir():
            print(f"{name}: no copy in {folder}")
            continue
        repository = find_repository(copy)
        head = repository.head() if repository is not None else None
        if head != rows.commit:
            print(f"{name}: judged at {rows.commit[:12]}, and this copy is at {(head or 'no commit')[:12]}")
            continue
        yield compare(name, check(CheckOptions(copy.resolve())).decision, rows)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: make public REPOSITORIES=FOLDER, with a folder of copies named owner+name", file=sys.stderr)
        return USAGE
    try:
        well = list(check_all(Path(arguments[0]), read_judged(JUDGED)))
    except MlcheckError as error:
        print(f"error: {error.line()}", file=sys.stderr)
        return error.exit_code
    return USAGE if not well else int(not all(well))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
