"""What verifying a change gives: every reason to refuse it, or none. Reports render it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlcheck.errors import COULD_NOT
from mlcheck.record.opening import VerifiedRecord
from mlcheck.record.refusal import Refusal

CLEAN, FINDINGS = 0, 1


@dataclass(frozen=True, slots=True)
class Verification:
    """The findings in the order of the steps.

    `could_not`: it could not be verified either way, or was not decided again
    because that was asked for.
    """

    change: str
    rechecked: bool
    findings: tuple[Refusal, ...]
    could_not: bool = False
    developer: VerifiedRecord | None = None
    reviews: tuple[VerifiedRecord, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether the change is signed, reviewed, and as it was signed. Never so without the re-check."""
        return self.rechecked and not self.could_not and not self.findings and self.developer is not None

    @property
    def signed_by(self) -> Mapping[str, str]:
        """The principals by role; several reviewers are joined."""
        signers = {}
        if self.developer is not None:
            signers["dev"] = self.developer.signer.principal
        if self.reviews:
            names = dict.fromkeys(one.signer.principal for one in self.reviews)
            signers["review"] = ", ".join(names)
        return signers

    @property
    def exit_code(self) -> int:
        """0 valid, 1 findings, 3 could not verify."""
        if self.valid:
            return CLEAN
        return COULD_NOT if self.could_not else FINDINGS
