"""Draws docs/terminal.svg: `mlcheck check` on the demo's half before, as a terminal shows it.

python docs/picture.py
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from mlcheck.commands.demo import demo
from mlcheck.reports.check_text import render

WIDTH = 118
FINDINGS = 2  # as many as fit a picture


def shortened(text: str) -> str:
    """The first findings, and the table with the last lines."""
    blocks = text.rstrip().split("\n\n")
    return "\n\n".join([*blocks[:FINDINGS], "…", *blocks[-2:]])


def main() -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(Text.from_ansi("$ mlcheck check\n" + shortened(render(demo(None).before, color=True))))
    svg = console.export_svg(title="mlcheck check", unique_id="mlcheck")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # nothing is loaded from elsewhere
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas")
    target = Path(__file__).with_name("terminal.svg")
    target.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
