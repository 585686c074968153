"""The walk's figures: its first question, a key to the next screen, Esc, one item judged again, 1,000 items.

Measured from outside, in a pseudo-terminal of 80×24: from the key that is sent to the text that it brings.
`python benchmarks/walk.py`; exits 1 where a figure is not held.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pexpect
import pyte
import yaml

RUNS = 7
KEYS = 40


def seconds(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True)
    return time.perf_counter() - start


class Walk:
    """`mlcheck run` in a terminal; `wait` gives the seconds until a text was drawn."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.since = time.perf_counter()
        environment = {**os.environ, "TERM": "xterm-256color"}
        for name in ("CI", "NO_COLOR", "ACCESSIBLE"):
            environment.pop(name, None)
        self.child = pexpect.spawn(
            sys.executable, ["-m", "mlcheck", "run", *arguments], cwd=str(folder), env=environment, dimensions=(24, 80)
        )
        self.child.delaybeforesend = None
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)

    def press(self, keys: str) -> None:
        self.since = time.perf_counter()
        self.child.send(keys)

    def wait(self, text: str) -> float:
        """The screen may draw a part of the text alone: what counts is when the rest of it comes."""
        while True:
            data: Any = self.child.read_nonblocking(65536, timeout=120)  # bytes, where no encoding is named
            came = time.perf_counter()
            self.stream.feed(data)
            if any(text in row for row in self.screen.display):
                return came - self.since

    def settle(self) -> None:
        """Until nothing more is drawn."""
        try:
            while True:
                data: Any = self.child.read_nonblocking(65536, timeout=0.15)
                self.stream.feed(data)
        except pexpect.TIMEOUT:
            return

    def end(self) -> None:
        self.child.close(force=True)


def demo(root: Path) -> Path:
    folder = root / "demo"
    subprocess.run([sys.executable, "-m", "mlcheck", "demo", "--into", str(folder)], check=True, capture_output=True)
    return folder


def first_question(folder: Path) -> tuple[float, float]:
    """Seconds that the walk takes beyond a check, and `import typer`; medians of runs that follow each other."""
    extra, typer = [], []
    for _ in range(RUNS):
        check = seconds([sys.executable, "-m", "mlcheck", "check", "--exit-zero"], folder)
        walk = Walk(folder, "--restart")
        extra.append(walk.wait("Enter begins") - check)
        walk.end()
        typer.append(seconds([sys.executable, "-c", "import typer"], folder))
    return statistics.median(extra), statistics.median(typer)


def keys(folder: Path, count: int) -> tuple[list[float], list[float]]:
    """Seconds from `s` to the next item, and from Esc to the one before."""
    walk = Walk(folder, "--restart")
    walk.wait("Enter begins")
    walk.settle()
    walk.press("\r")
    walk.wait("1 of ")
    walk.settle()
    forward, back = [], []
    for number in range(2, count + 2):
        walk.press("s")
        forward.append(walk.wait(f"{number} of "))
        walk.settle()
    for number in range(count, 0, -1):
        walk.press("\x1b")
        back.append(walk.wait(f"{number} of "))
        walk.settle()
    walk.end()
    return forward, back


def recheck(folder: Path) -> tuple[float, float]:
    """Seconds from `r` to what it says: with no file changed, and with one changed."""
    walk = Walk(folder, "--restart", "--item", "PRE-06")
    walk.wait("Enter begins")
    walk.settle()
    walk.press("\r")
    walk.wait("PRE-06")
    walk.settle()
    unchanged, changed = [], []
    for number in range(RUNS):
        walk.press("r")
        unchanged.append(walk.wait("is still"))
        walk.settle()
        walk.press("b" if number % 2 else "?")  # the notice goes with the next key
        walk.settle()
        walk.press("\r")
        walk.settle()
        path = folder / "src/train_demand.py"
        path.write_bytes(path.read_bytes() + b"\n")
        walk.press("r")
        changed.append(walk.wait("is still"))
        walk.settle()
        walk.press("?")
        walk.settle()
        walk.press("\r")
        walk.settle()
    walk.end()
    return statistics.median(unchanged), statistics.median(changed)


def thousand(folder: Path) -> None:
    """A team's pack of 1,000 items that a person answers, on the base."""
    items = [
        {
            "id": f"BIG-{number:04}",
            "title": f"the title of item {number}",
            "question": f"Does item {number} hold?",
            "why": "it cost 20 minutes",
            "how": "mend it",
            "scope": "project",
            "answer": "text",
        }
        for number in range(1, 1001)
    ]
    pack = {"format": "mlcheck/pack/1", "name": "big", "title": "Big", "version": "1.0", "items": items}
    subprocess.run(["git", "switch", "-q", "--discard-changes", "main"], cwd=folder, check=True)
    (folder / ".mlcheck/packs").mkdir(parents=True)
    (folder / ".mlcheck/packs/big.yaml").write_text(yaml.safe_dump(pack, sort_keys=False))
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *who, "commit", "-qm", "A big pack"], cwd=folder, check=True)
    subprocess.run(["git", "switch", "-q", "-c", "more"], cwd=folder, check=True)


def main() -> int:
    with tempfile.TemporaryDirectory() as made:
        folder = demo(Path(made))
        extra, typer = first_question(folder)
        forward, back = keys(folder, 15)
        unchanged, changed = recheck(folder)
        thousand(folder)
        many_forward, many_back = keys(folder, KEYS)
    held = [
        figure("first question beyond a check", extra, 4 * typer, f"{extra / typer:.1f} × `import typer`"),
        figure("a key to the next screen", statistics.median(forward), 0.05, f"worst {max(forward) * 1000:.0f} ms"),
        figure("Esc to the screen before", statistics.median(back), 0.12, f"worst {max(back) * 1000:.0f} ms"),
        figure("one item judged again, facts in memory", unchanged, 0.3, "no file changed"),
        figure("one item judged again, a file changed", changed, None, "the whole project followed anew"),
        figure("1,064 items: a key", statistics.median(many_forward), 0.1, f"worst {max(many_forward) * 1000:.0f} ms"),
        figure("1,064 items: Esc", statistics.median(many_back), 0.17, f"worst {max(many_back) * 1000:.0f} ms"),
    ]
    return 0 if all(held) else 1


def figure(what: str, found: float, most: float | None, more: str) -> bool:
    limit = f"at most {most * 1000:.0f} ms" if most is not None else "no limit set"
    print(f"{what:<40} {found * 1000:6.0f} ms  ({limit}; {more})")
    return most is None or found <= most


if __name__ == "__main__":
    sys.exit(main())
