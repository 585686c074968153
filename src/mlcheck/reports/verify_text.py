"""`verify` for a person: the verdict, then each kind of refusal with the one command that mends it."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.printable import printable
from mlcheck.record.codes import PAGES, Family
from mlcheck.record.refusal import Refusal
from mlcheck.record.verification import Verification
from mlcheck.reports.style import Style


def render(verification: Verification, *, color: bool = False) -> str:
    """The report: verdict first, findings by family, notes last."""
    style = Style(color)
    lines = [*_verdict(verification, style), *_signers(verification)]
    for family in (*Family, None):
        found = [one for one in verification.findings if _family(one) is family]
        if found:
            lines += ["", *_kind(family, found, style)]
    if verification.notes:
        lines += ["", *(style("dim", f"note: {printable(note)}") for note in verification.notes)]
    return "\n".join(lines) + "\n"


def _verdict(verification: Verification, style: Style) -> Iterator[str]:
    change = printable(verification.change)
    reviewed = " and reviewed" if verification.reviews else ""
    if verification.valid:
        yield style("good", f"valid: change {change} is signed{reviewed}, and is as it was signed")
    elif verification.could_not and verification.developer is not None and not verification.rechecked:
        yield style("warning", f"not verified: change {change} was not decided again (--no-recheck)")
    elif verification.could_not:
        yield style("warning", f"could not verify change {change}" if change else "could not verify")
    else:
        count = len(verification.findings)
        yield style("error", f"refused: change {change}, {count} finding{'' if count == 1 else 's'}")


def _signers(verification: Verification) -> Iterator[str]:
    developer = verification.developer
    if developer is not None:
        yield f"  developer {printable(developer.signer.principal)}, {developer.key}, {developer.record.time}"
    for review in verification.reviews:
        yield f"  reviewer  {printable(review.signer.principal)}, {review.key}, {review.record.time}"


def _family(found: Refusal) -> Family | None:
    return PAGES[found.code].family if found.code else None


def _kind(family: Family | None, found: list[Refusal], style: Style) -> Iterator[str]:
    yield style("bold", family.value if family else "could not do it")
    for one in found:
        code = f"{one.code.value}: " if one.code else ""
        item = f"{printable(one.item)}: " if one.item and one.item not in one.message else ""
        where = f"{printable(one.path)}: " if one.path else ""
        yield f"  {where}{code}{item}{printable(one.message)}"
    for help in dict.fromkeys(_mend(one) for one in found):
        yield f"  do: {style('fix', printable(help))}"


def _mend(found: Refusal) -> str:
    if found.help:
        return found.help
    return f"`{PAGES[found.code].mend}`" if found.code else "run it again"
