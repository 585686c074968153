"""Which of a bundle's targets are production: where a job is meant to run by itself, with nobody looking.

A target in development mode never is. Where a target has no mode its name
decides: one called dev, test or staging is not, where another is there that is
called otherwise.
"""

from __future__ import annotations

import re

from mlcheck.project.model import Bundle, Target

_DEVELOPMENT = re.compile(
    r"(^|[-_.])(dev|devel|development|local|sandbox|sbx|personal|user|playground|feature|pr|demo)\d*($|[-_.])", re.I
)
_TESTING = re.compile(
    r"(^|[-_.])(test|tests|testing|tst|qa|ci|cicd|stage|staging|stg|uat|int|integration|acc|acceptance|pre[-_]?prod)\d*($|[-_.])",
    re.I,
)


def production_targets(bundle: Bundle) -> tuple[Target, ...]:
    """The targets that are production, none where only others are there."""
    live = [target for target in bundle.targets if target.mode != "development" and not _is_for_developing(target)]
    named = tuple(target for target in live if not _TESTING.search(target.name))
    return named or tuple(target for target in live if target.mode == "production")


def _is_for_developing(target: Target) -> bool:
    return target.mode != "production" and _DEVELOPMENT.search(target.name) is not None


def in_production(bundle: Bundle, target: Target) -> bool:
    """Whether a target is one of its bundle's production targets."""
    return any(one.name == target.name for one in production_targets(bundle))
