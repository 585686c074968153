"""`mlcheck explain`: the page of whatever has a name here, or the list of all that has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcheck.checks.base import Check
from mlcheck.commands.project_root import open_project
from mlcheck.errors import UsageError
from mlcheck.knowledge.check_names import CHECK_NAMES
from mlcheck.knowledge.error_catalogue import KnownError, error_catalogue
from mlcheck.packs import suppression
from mlcheck.packs.checks_in_force import checks_in_force
from mlcheck.packs.load import load_packs
from mlcheck.packs.model import Item, Pack
from mlcheck.printable import nearest
from mlcheck.record.refusal import Code
from mlcheck.reports import explain_text
from mlcheck.reports.check_page import check_page, missing_page, plain_page
from mlcheck.reports.style import Style


def explain(name: str | None, path: Path, *, color: bool = False) -> str:
    """The pages of a name, or without one the list of everything.

    Raises UsageError, with the nearest name, where nothing is called so.
    """
    packs = load_packs(open_project(path))
    known = _Known(packs, checks_in_force(packs), error_catalogue(), Style(color))
    if name is None:
        lines = list(known.everything())
    else:
        pages = [page for page in known.pages(name.strip().strip("`[]'\"")) if page]
        if not pages:
            raise known.nothing_called(name)
        lines = [line for index, page in enumerate(pages) for line in ([""] if index else []) + page]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that has a name."""

    packs: Sequence[Pack]
    checks: Mapping[str, Check]
    errors: Sequence[KnownError]
    style: Style

    @property
    def items(self) -> dict[str, Item]:
        return {item.id: item for pack in self.packs for item in pack.items}

    def everything(self) -> Iterator[str]:
        bound = {name for item in self.items.values() for name in item.decided_by}
        loose = sorted((CHECK_NAMES | set(self.checks)) - bound)
        return explain_text.everything(self.packs, self.checks, loose, self.errors, self.style)

    def pages(self, name: str) -> Iterator[list[str]]:
        """The pages of a name: it may be a check, an item, a code, a pack, a word, and errors at once."""
        lower, upper = name.lower(), name.upper()
        items = self.items
        deciding = [item for item in items.values() if lower in item.decided_by]
        prevented = [error for error in self.errors if lower in error.checks]
        if lower in self.checks:
            yield list(check_page(self.checks[lower], deciding, prevented, self.style))
        elif lower == suppression.NAME:  # it is no check of the code: `check` finds it by itself
            yield list(plain_page(lower, "warning", suppression.PAGE, self.style))
        elif lower in CHECK_NAMES:
            yield list(missing_page(lower, deciding, prevented, self.style))
        if upper in items:
            errors = [error for error in self.errors if upper in error.items]
            yield list(explain_text.item_page(items[upper], self.checks, errors, self.style))
        if upper in Code.__members__:
            yield list(explain_text.code_page(Code[upper], self.style))
        for pack in self.packs:
            if lower == pack.name:
                yield list(explain_text.pack_page(pack, self.checks, self.style))
        yield list(explain_text.word_page(lower, self.style))
        yield list(self._errors(name))

    def _errors(self, name: str) -> Iterator[str]:
        """The known errors that are called so: by id, condition, class, or the case study's code."""
        lower, upper = name.lower(), name.upper()
        own = [error for error in self.errors if error.id == lower and lower not in CHECK_NAMES]
        below = [error for error in self.errors if _comes_under(error, upper) or upper in error.codes]
        own = own or [error for error in self.errors if any(_is_under(upper, one) for one in error.conditions)]
        if not own and len(below) == 1:
            own = below
        for error in own:
            yield from explain_text.error_page(error, self.items, self.checks, self.style)
        rest = [error for error in below if error not in own]
        if rest and own:
            yield ""
        if rest:
            title = f"the case study's error {upper}" if any(upper in error.codes for error in rest) else name
            yield from explain_text.error_list(title, rest, self.style)

    def nothing_called(self, name: str) -> UsageError:
        conditions = {one for error in self.errors for one in (*error.conditions, *error.under)}
        words = {word for kind in explain_text.WORDS.values() for word in kind}
        ids = {error.id for error in self.errors}
        names = [*self.checks, *CHECK_NAMES, *self.items, *Code.__members__, *ids, *conditions, *words]
        near = nearest(name, [*names, *(pack.name for pack in self.packs)])
        what = f"did you mean `{near}`?" if near else "`mlcheck explain` lists all that there is"
        return UsageError(f"nothing is called `{name}`", help=what)


def _comes_under(error: KnownError, name: str) -> bool:
    """Whether an error is of a condition or class: `UNRESOLVED_COLUMN`, or one below or above it."""
    known = [one.upper() for one in (*error.conditions, *error.under)]
    return any(_is_under(name, one) or _is_under(one, name) for one in known)


def _is_under(condition: str, above: str) -> bool:
    return condition == above or condition.startswith(f"{above}.")
