"""`explain` for a person: pages of errors, codes, packs and words, and the list of all that has one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from mlcheck.knowledge.error_catalogue import KnownError
from mlcheck.packs.model import Item, Pack
from mlcheck.packs.overview import item_row
from mlcheck.packs.vocabulary import ANSWER_KINDS, APPLIES_TO, ROLES, SCOPES
from mlcheck.printable import printable
from mlcheck.record.codes import PAGES
from mlcheck.record.refusal import Code
from mlcheck.reports.check_page import fix_lines, known_errors
from mlcheck.reports.packs_text import item_text
from mlcheck.reports.style import Style
from mlcheck.reports.wrapping import labelled, listed, wrapped

LIBRARIES = {
    "spark": "Spark",
    "features": "the feature client",
    "mlflow": "MLflow",
    "training": "pandas, scikit-learn, XGBoost and their kin",
    "jobs": "jobs, bundles, imports and files",
    "silent": "what raises nothing",
}
OUTCOMES: Mapping[str, str] = {
    "pass": "decided, on evidence that was seen",
    "fail": "findings at warning or error; mend them, waive the item, or dispute the detector",
    "unknown": "it could not be decided, and says where it got lost: a person decides",
    "manual": "a person's to judge, by nature",
    "n/a": "nothing in the project that it applies to",
    "waived": "a risk that somebody took, until a day",
    "disputed": "a person says that the detector is wrong; the reviewer accepts or refuses",
    "baselined": "a finding that was there when the baseline was taken; no pass",
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "what an item applies to": APPLIES_TO,
    "what an item is decided for": SCOPES,
    "the side that an item speaks of": ROLES,
    "how an item is answered": ANSWER_KINDS,
    "an item's outcome": OUTCOMES,
    "a finding's severity": {
        "error": "it breaks at run time, or corrupts silently; fails the item",
        "warning": "a risk; fails the item",
        "info": "a convention; a note on a pass",
        "killer": "not negotiable: walked first, answered by a value, never silenced by a comment or the baseline",
    },
}


def item_page(item: Item, checks: Collection[str], errors: Sequence[KnownError], style: Style) -> Iterator[str]:
    """One item in full, and the known errors that it prevents."""
    yield from item_text(item_row(item, checks)).rstrip("\n").split("\n")
    yield from known_errors(errors)


def code_page(code: Code, style: Style) -> Iterator[str]:
    """A code of `verify`."""
    page = PAGES[code]
    yield f"{style('error', code.value)}  {style('dim', f'verify refuses: {page.family}')}"
    yield from wrapped(page.meaning)
    yield ""
    yield f"mend it  {style('fix', page.mend)}"


def error_page(error: KnownError, items: Mapping[str, Item], checks: Collection[str], style: Style) -> Iterator[str]:
    """A known error."""
    yield style("bold", printable(error.title))
    names = [*error.conditions, *error.under]
    if names:
        yield from (style("dim", line) for line in wrapped(", ".join(names)))
    yield ""
    yield from labelled("why", error.why, 9)
    if error.cost:
        yield from labelled("cost", f"{error.cost}, where it was met", 9)
    yield from fix_lines(error.fix, "do", style)
    yield ""
    for index, name in enumerate(error.items):
        item = items.get(name)
        head = f"{'item' if index == 0 else '':<9}{name} {'K' if item is not None and item.killer else ' '} "
        yield from wrapped(item.title if item is not None else "not in your packs", head)
    names = [f"{name}{'' if name in checks else ' (not yet)'}" for name in error.checks]
    yield from labelled("checks", ", ".join(names), 9)
    if error.seen:
        yield ""
        yield "as it is said"
        for seen in error.seen:
            yield from (style("error", line) for line in wrapped(seen.text, "  "))
            yield from (style("dim", line) for line in wrapped(seen.by, "    "))
    if error.symptom:
        yield ""
        yield from labelled("shows", error.symptom, 9)


def error_list(title: str, errors: Sequence[KnownError], style: Style) -> Iterator[str]:
    """Several errors under one name, a line or two for each."""
    count = f"{len(errors)} known error{'' if len(errors) == 1 else 's'}"
    yield f"{style('bold', printable(title))}  {style('dim', f'{count} under this name')}"
    yield ""
    for error in errors:
        yield from _error_line(error, style)
    yield ""
    yield "One in full: `mlcheck explain NAME`. A whole trace: `mlcheck diagnose`."


def _error_line(error: KnownError, style: Style) -> Iterator[str]:
    yield from wrapped(f"{error.title} ({', '.join(error.items)})", f"  {error.id:<28} ")


def pack_page(pack: Pack, checks: Collection[str], style: Style) -> Iterator[str]:
    """A pack: its items, each with the checks that decide it."""
    base = f", extends {pack.extends}" if pack.extends else ""
    head = f"pack {pack.name} {pack.version}{base}, from {printable(pack.source)}"
    yield f"{style('bold', printable(pack.title))}  {style('dim', head)}"
    for item in pack.items:
        yield from wrapped(item.title, f"  {item.id:<7} {'K' if item.killer else ' '}  ")
        names = [f"{name}{'' if name in checks else ' (not yet)'}" for name in item.decided_by]
        yield from (style("dim", line) for line in listed(names or ["a person"], " " * 13))


def word_page(word: str, style: Style) -> Iterator[str]:
    """What a word of packs means; it may be one of several kinds."""
    for kind, words in WORDS.items():
        if word in words:
            yield f"{style('bold', word)}  {style('dim', f'a word of packs: {kind}')}"
            yield from wrapped(words[word], "  ")


def everything(
    packs: Sequence[Pack], checks: Collection[str], loose: Sequence[str], errors: Sequence[KnownError], style: Style
) -> Iterator[str]:
    """All that has a page, grouped by pack, then what belongs to none."""
    for pack in packs:
        yield from pack_page(pack, checks, style)
        yield ""
    if loose:
        yield style("bold", "Checks under no item")
        yield from listed(loose, "  ")
        yield ""
    yield style("bold", "Errors that `mlcheck diagnose` knows")
    for library, name in LIBRARIES.items():
        own = [error for error in errors if error.library == library]
        if own:
            yield from wrapped(f"{name}: {', '.join(error.id for error in own)}", "  ", "    ")
    yield ""
    yield style("bold", "Codes of `mlcheck verify`")
    families: dict[str, list[str]] = {}
    for code, page in PAGES.items():
        families.setdefault(str(page.family), []).append(code.value)
    for family, codes in families.items():
        yield from listed(codes, f"  {family:<13} ")
    yield ""
    yield style("bold", "Words of packs")
    for kind, words in WORDS.items():
        yield from wrapped(f"{kind}: {', '.join(words)}", "  ", "    ")
    yield ""
    yield "K: a killer. (not yet): no such check exists yet, so a person is asked."
    yield "One in full: `mlcheck explain NAME`."
