"""Start-up as a ratio: `mlcheck --version` and `--help` against `python -c "import typer"`, pair by pair."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time

RUNS = 15


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def ratio(command: list[str], against: list[str]) -> tuple[float, float]:
    """The median of the ratios, each from two runs that follow each other, and the other's median time."""
    seconds(command), seconds(against)
    pairs = [(seconds(command), seconds(against)) for _ in range(RUNS)]
    return statistics.median(one / other for one, other in pairs), statistics.median(other for _, other in pairs)


def main() -> int:
    mlcheck = shutil.which("mlcheck")
    if mlcheck is None:
        sys.exit("mlcheck is not installed here: pip install -e .")
    against = [sys.executable, "-c", "import typer"]
    worst = 0.0
    for arguments in (["--version"], ["--help"], ["check", "--help"]):
        found, base = ratio([mlcheck, *arguments], against)
        worst = max(worst, found)
        print(f"mlcheck {' '.join(arguments):<14} {found:.2f} × `import typer` ({base * 1000:.0f} ms)")
    return 0 if worst <= 1.3 else 1


if __name__ == "__main__":
    sys.exit(main())
