"""Whether time and memory grow as the lines do: a tree once, twice and four times, under other names.

`python benchmarks/growth.py TREE`; without a TREE, one of 12,500 lines is made
of the demo. Each copy lies in a folder of its own. What a check of an empty
folder takes is taken off. Exit 1 where a line of the largest tree takes over
1.3 times what one of the smallest does.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from measuring import check, lines_of, made_tree, python_files

LINES = 12_500
TIMES = (1, 2, 4)
MOST = 1.3


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        compiled, empty, made, grown = (Path(folder) / name for name in ("compiled", "empty", "made", "grown"))
        empty.mkdir()
        root = Path(sys.argv[1]) if len(sys.argv) > 1 else made_tree(made, LINES)
        check(root, compiled)
        nothing = check(empty, compiled)
        costs: list[tuple[float, float]] = []
        for times in TIMES:
            for copy in range(len(list(grown.glob("*"))), times):
                shutil.copytree(root, grown / f"copy_{copy}", ignore=shutil.ignore_patterns(".git"))
            took = min((check(grown, compiled) for _ in range(2)), key=lambda one: one.seconds)
            seconds, megabytes = took.seconds - nothing.seconds, took.megabytes - nothing.megabytes
            lines = lines_of(python_files(grown))
            costs.append((seconds / lines, megabytes / lines))
            print(f"{times}×: {lines:>9,} lines {seconds:7.2f} s {megabytes:6.0f} MB, without start-up")
        growth = [last / first for first, last in zip(costs[0], costs[-1])]
        print(f"a line takes {growth[0]:.2f} times the time and {growth[1]:.2f} times the memory")
        return 0 if max(growth) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
