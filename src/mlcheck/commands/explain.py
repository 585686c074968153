"""`mlcheck explain NAME`: the page of a check, an item, or a refusal's code."""

from __future__ import annotations

from pathlib import Path

from mlcheck.checks import all_checks
from mlcheck.checks.base import Check
from mlcheck.commands.project_root import open_project
from mlcheck.errors import UsageError
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.packs import suppression
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Item
from mlcheck.printable import suggestion
from mlcheck.record.codes import PAGES
from mlcheck.record.refusal import Code


def explain(name: str, path: Path) -> str:
    """The page as text. Raises UsageError, with the nearest name, where there is none."""
    checks = all_checks()
    items = {item.id: item for pack in load_packs(open_project(path)) for item in pack.items}
    codes = {code.value: code for code in Code}
    if name in checks:
        return _check(checks[name], [item for item in items.values() if name in item.decided_by])
    if name.upper() in items:
        return _item(items[name.upper()], checks)
    if name.upper() in codes:
        return _code(codes[name.upper()])
    if name == suppression.NAME:
        return suppression.PAGE
    if name in CHECK_NAMES:
        return f"{name}\n\nNo check of this name exists yet; its items are a person's to decide.\n"
    raise UsageError(f"nothing is called `{name}`", help=suggestion(name, [*checks, *items, *codes]))


def _check(check: Check, items: list[Item]) -> str:
    decides = ", ".join(f"{item.id} ({item.title})" for item in items) or "no item of these packs"
    return "\n".join(
        [
            f"{check.name} ({check.severity})",
            "",
            check.page.strip(),
            "",
            f"Decides: {decides}",
            "",
            "Found in:",
            *(f"    {line}" for line in check.bad.rstrip().splitlines()),
            "",
            "Right:",
            *(f"    {line}" for line in check.good.rstrip().splitlines()),
            "",
            f"To accept one, on its line, with a reason:  # mlcheck: ignore[{check.name}] <why it is right here>",
            "",
        ]
    )


def _item(item: Item, checks: dict[str, Check] | object) -> str:
    from mlcheck.commands.packs import item_page

    return item_page(item)


def _code(code: Code) -> str:
    page = PAGES[code]
    return f"{code.value} ({page.family})\n\n{page.meaning}\n\nMend it: {page.mend}\n"
