"""What the benchmarks measure with: P, a command's processor time and memory, and trees made of the demo.

Times are of the processor, so that another process on the machine changes
little; a check runs on one core.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import os
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from mlcheck.knowledge.demo_files import demo_files

BENCHMARKS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took: seconds of the processor, and megabytes at its peak."""

    seconds: float
    megabytes: float
    output: str


def python_files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*.py") if path.is_file()]


def lines_of(files: list[Path]) -> int:
    return sum(path.read_bytes().count(b"\n") for path in files)


def parse_seconds(files: list[Path]) -> float:
    """P: `ast.parse` over the files, trees dropped, the collector off as in a check."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    gc.disable()
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in texts:
            with contextlib.suppress(SyntaxError, ValueError, RecursionError):
                ast.parse(text)
    gc.enable()
    return time.process_time() - start


def spent(arguments: list[str], compiled: Path) -> Spent:
    """Run Python with these arguments. `compiled`: where it keeps its bytecode, as an installation has it."""
    settings = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    settings["PYTHONPYCACHEPREFIX"] = str(compiled)
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, env=settings, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(arguments)}: exit {process.returncode}")
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def check(root: Path, compiled: Path) -> Spent:
    """A cold check of a tree."""
    return spent(["-m", "mlcheck", "check", "--format", "json", "--exit-zero", str(root)], compiled)


def made_tree(root: Path, least: int) -> Path:
    """The demo, with its notebooks again and again beside those that its job runs, of at least so many lines."""
    files = demo_files("before")
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    notebooks = [data for path, data in files.items() if path.endswith(".py")]
    count = lines = 0
    while lines < least:
        for data in notebooks:
            (root / "src" / f"notebook_{count}.py").write_bytes(data.replace(b"catalog", b"catalog_%d" % count))
            lines += data.count(b"\n")
            count += 1
    return root
