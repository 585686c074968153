"""The parts of a cold check, in seconds of the processor: `python benchmarks/parts.py TREE`.

Each stage of the road is timed where `check` calls it; imports are those of the command and of all checks.
"""

from __future__ import annotations

import gc
import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STAGES = (
    ("load", "mlcheck.commands.check", "load_project"),
    ("imports", "mlcheck.packs.judge", "checks_in_force"),
    ("flow", "mlcheck.packs.judge", "evaluate_project"),
    ("checks", "mlcheck.packs.judge", "run_checks"),
    ("decide", "mlcheck.packs.judge", "gather"),
    ("decide", "mlcheck.packs.judge", "presences"),
    ("decide", "mlcheck.packs.judge", "decide_items"),
    ("decide", "mlcheck.packs.judge", "_reported"),
    ("render", "mlcheck.reports.check_json", "render"),
)


def timed(taken: dict[str, float], part: str, stage: Callable[..., Any]) -> Callable[..., Any]:
    def call(*positional: Any, **keywords: Any) -> Any:
        start = time.process_time()
        result = stage(*positional, **keywords)
        taken[part] = taken.get(part, 0.0) + time.process_time() - start
        return result

    return call


def main() -> None:
    gc.disable()  # as the command does
    taken: dict[str, float] = {}
    start = time.process_time()
    modules = {name: importlib.import_module(name) for _, name, _ in STAGES}
    importlib.import_module("mlcheck.cli.app")
    taken["imports"] = time.process_time() - start
    for part, name, stage in STAGES:
        setattr(modules[name], stage, timed(taken, part, getattr(modules[name], stage)))
    command, report = modules["mlcheck.commands.check"], modules["mlcheck.reports.check_json"]
    report.render(command.check(command.CheckOptions(Path(sys.argv[1]), fail_on="never")).decision)
    for part, seconds in taken.items():
        print(f"{part} {seconds:.4f}")


if __name__ == "__main__":
    main()
