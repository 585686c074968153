"""Writes docs/checks.md: every check, what it finds, how grave it is, and the items that it decides.

python docs/make_checks.py
"""

from __future__ import annotations

from pathlib import Path

from mlcheck.checks import all_checks
from mlcheck.packs.load import shipped_packs

PAGE = Path(__file__).parent / "checks.md"
HEAD = """\
# The checks

Made by `python docs/make_checks.py`. `mlcheck explain NAME` shows a check's page: why it breaks, with the real error,
the fix to paste, a bad example and a good one. An *error* breaks at run time or corrupts silently, a *warning* is a
risk, *info* a convention.

"""


def page() -> str:
    """The page's text."""
    packs = shipped_packs()
    checks = all_checks()
    rows = []
    for pack in packs:
        own = [name for item in pack.items for name in item.decided_by if name in checks]
        rows += [f"## {pack.title}", "", "| check | finds | severity | items |", "|---|---|---|---|"]
        for name in dict.fromkeys(own):
            items = ", ".join(item.id for one in packs for item in one.items if name in item.decided_by)
            first = checks[name].page.strip().split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
            rows.append(f"| `{name}` | {first} | {checks[name].severity} | {items} |")
        rows.append("")
    names = {name for pack in packs for item in pack.items for name in item.decided_by}
    rows += ["## Not there yet", "", ", ".join(f"`{name}`" for name in sorted(names - checks.keys())), ""]
    return HEAD + "\n".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
