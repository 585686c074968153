"""The page that the comparison with the Databricks CLI writes: docs/bundle-judge.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bundle_diagnostics import Diagnosed, reason_of
from bundle_recordings import Recordings


def summary(
    recordings: Recordings,
    compared: int,
    equal: Mapping[str, int],
    differences: Sequence[str],
    not_read: Iterable[str],
    diagnosed: Diagnosed,
) -> str:
    """The whole comparison: `equal` values by their part, and why each of the `differences` is one."""
    reasons = Counter(differences)
    left_out = Counter(recordings.left_out.values()) + Counter(not_read)
    one_sided = Counter(
        (side, reason_of(text) or f"**not explained**: {text}")
        for side, rows in (("the CLI alone", diagnosed.missed), ("mlcheck alone", diagnosed.extra))
        for _, text in rows
    )
    return "\n".join(
        [
            _INTRODUCTION,
            f"Of {recordings.tests} tests, {compared} outputs with a resolved configuration were compared "
            f"value by value: **{sum(equal.values())} values are equal, {len(differences)} differ**.",
            "",
            *_table(("values", "why they differ"), ((str(count), why) for why, count in reasons.most_common())),
            "Equal values by part:",
            "",
            *_table(("values", "part"), ((str(n), part) for part, n in _by_part(equal).most_common())),
            "## Diagnostics",
            "",
            f"{diagnosed.calls} calls whose warnings and errors are recorded: **{sum(diagnosed.both.values())} of the "
            f"kinds that the checks are about are found by both**, {len(diagnosed.missed)} by the CLI alone, "
            f"{len(diagnosed.extra)} by mlcheck alone (where the CLI did not stop before).",
            "",
            *_table(("found by both", "which begin"), ((str(n), text) for text, n in diagnosed.both.most_common())),
            *_table(("found by", "", "why"), ((side, str(n), why) for (side, why), n in one_sided.most_common())),
            "## Left out",
            "",
            *_table(("tests", "why"), ((str(count), why) for why, count in left_out.most_common())),
        ]
    )


_INTRODUCTION = """\
# Bundles: how the reader was judged

The Databricks CLI's acceptance tests record what `bundle validate -o json`, and `bundle plan`, make of hundreds of
bundles. `make bundles CLI=<folder>` reads each of them with mlcheck, and compares every value: jobs, tasks and their
keys, variables, names, paths, parameters, clusters, environments, schedules, notifications, presets, permissions, and
every other resource. A path is equal where it is the file that the CLI translated it to. The copy (databricks/cli at
7bbe2852131b) is fetched when it is run, and is no part of this repository; this page is what `--write` wrote.

What differs is what a reader of files can't know (the workspace, the user, the state of git, what a deployment adds)
or reads ahead of the deployment. Two rules that were found this way, and that differ from what is said elsewhere: the
CLI does not merge a job's `environments` by their key, and of a list of mappings in `<<` the last one wins.
"""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""


def _by_part(equal: Mapping[str, int]) -> Counter[str]:
    known = Counter[str]()
    for part, count in equal.items():
        known[part if re.fullmatch(r"[\w.]+", part) and part != "." else "picked by a filter"] += count
    return known
