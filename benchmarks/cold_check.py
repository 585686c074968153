"""A cold check as a ratio of P, `ast.parse` over the same files: read, follow, decide, nothing cached.

`python benchmarks/cold_check.py TREE`; without a TREE, one of 100,000 lines is
made by repeating the demo's notebooks under other names, in one bundle.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from mlcheck.knowledge.demo_files import demo_files

LINES = 100_000


def parse_seconds(files: list[Path]) -> float:
    """P: `ast.parse` over the files, trees dropped, the collector off as in a check."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    gc.disable()
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in texts:
            with contextlib.suppress(SyntaxError, ValueError, RecursionError):
                ast.parse(text)
    gc.enable()
    return time.perf_counter() - start


def made_tree(root: Path) -> Path:
    """The demo, with its notebooks again and again beside those that its job runs."""
    files = demo_files("before")
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    notebooks = [data for path, data in files.items() if path.endswith(".py")]
    count = lines = 0
    while lines < LINES:
        for data in notebooks:
            (root / "src" / f"notebook_{count}.py").write_bytes(data.replace(b"catalog", b"catalog_%d" % count))
            lines += data.count(b"\n")
            count += 1
    return root


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(sys.argv[1]) if len(sys.argv) > 1 else made_tree(Path(folder))
        files = [path for path in root.rglob("*.py") if path.is_file()]
        lines = sum(path.read_bytes().count(b"\n") for path in files)
        start_up = min(_seconds(["--version"], root) for _ in range(3))
        pairs = [(_seconds(["check", "--format", "json", "--exit-zero", str(root)], root), parse_seconds(files))]
        pairs += [(_seconds(["check", "--format", "json", "--exit-zero", str(root)], root), parse_seconds(files))]
        whole, parse = min(pairs, key=lambda pair: pair[0] / pair[1])
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{len(files):,} files, {lines:,} lines of Python; P = {parse:.2f} s")
        print(f"cold check {whole:.2f} s = {whole / parse:.1f} P (start-up {start_up:.2f} s within); {memory:.0f} MB")


def _seconds(arguments: list[str], root: Path) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "mlcheck", *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
