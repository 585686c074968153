"""A cold check as a ratio of P, `ast.parse` over the same files: read, follow, decide, nothing cached.

`python benchmarks/cold_check.py TREE`; without a TREE, one of 100,000 lines is
made by repeating the demo's notebooks under other names, in one bundle. Held:
5 P, and 150 MB at 112,000 lines. Start-up (Python and all imports, as a check
of an empty folder takes them) is counted, and shown apart, as each part is.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import BENCHMARKS, check, lines_of, made_tree, parse_seconds, python_files, spent

LINES = 100_000
RUNS = 3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        compiled, empty, made = (Path(folder) / name for name in ("compiled", "empty", "made"))
        empty.mkdir()
        root = Path(sys.argv[1]) if len(sys.argv) > 1 else made_tree(made, LINES)
        files = python_files(root)
        check(root, compiled)  # Python keeps the bytecode
        start_up = min(check(empty, compiled).seconds for _ in range(RUNS))
        pairs = [(check(root, compiled), parse_seconds(files)) for _ in range(RUNS)]
        whole, parse = min(pairs, key=lambda pair: pair[0].seconds / pair[1])
        print(f"{len(files):,} files, {lines_of(files):,} lines of Python; P = {parse:.2f} s")
        print(f"cold check {whole.seconds:.2f} s = {whole.seconds / parse:.1f} P; {whole.megabytes:.0f} MB")
        print(f"  start-up {start_up:.2f} s = {start_up / parse:.1f} P, within")
        parts = spent([str(BENCHMARKS / "parts.py"), str(root)], compiled).output
        for line in parts.splitlines():
            name, seconds = line.split()
            print(f"  {name:<8} {float(seconds):.2f} s = {float(seconds) / parse:.1f} P")


if __name__ == "__main__":
    main()
