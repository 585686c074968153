"""Who signed: two people, two keys, each in a role that the policy gives them."""

from __future__ import annotations

from collections.abc import Iterator

from mlcheck.record.codes import Code
from mlcheck.record.opening import SIGNOFFS
from mlcheck.record.refusal import Refusal
from mlcheck.verify.case import Signed

_ANOTHER = "have another person run `mlcheck review`"


def two_keys(signed: Signed) -> Iterator[Refusal]:
    """The reviewer's key is not the developer's."""
    for review in signed.reviews:
        if review.key == signed.developer.key:
            yield Refusal(Code.E_SAME_KEY, f"the key {review.key} signed both records", path=review.path, help=_ANOTHER)


def two_people(signed: Signed) -> Iterator[Refusal]:
    """The reviewer is another person than the developer, in whatever case of letters."""
    developer = signed.developer.signer.principal.casefold()
    for review in signed.reviews:
        if review.signer.principal.casefold() == developer:
            yield Refusal(
                Code.E_SAME_PERSON,
                f"{review.signer.principal} signed both records",
                path=review.path,
                help=_ANOTHER,
            )


def no_author_reviews(signed: Signed) -> Iterator[Refusal]:
    """Where the policy says so, the reviewer made no commit of the change but such of records alone."""
    if not signed.trust.policy.forbid_author_review:
        return
    for review in signed.reviews:
        reviewer = review.signer.principal.casefold()
        for commit in signed.inputs.commits:
            works = any(not path.startswith(SIGNOFFS) for path in commit.paths)
            if works and reviewer in commit.people:
                yield Refusal(
                    Code.E_AUTHOR_IS_REVIEWER,
                    f"{review.signer.principal} made the commit {commit.id[:12]}",
                    path=review.path,
                    help=_ANOTHER,
                )
                break


def reviewers_are_chosen(signed: Signed) -> Iterator[Refusal]:
    """Where the policy names reviewers, the reviewer is one of them."""
    chosen = {name.casefold() for name in signed.trust.policy.reviewers}
    for review in signed.reviews:
        if chosen and review.signer.principal.casefold() not in chosen:
            yield Refusal(
                Code.E_ROLE,
                f"{review.signer.principal} is not among the policy's reviewers",
                path=review.path,
                help="have one of them run `mlcheck review`: " + ", ".join(signed.trust.policy.reviewers),
            )


def no_agent_where_forbidden(signed: Signed) -> Iterator[Refusal]:
    """Where the policy forbids it, no program filled in an answer."""
    if not signed.trust.policy.forbid_agent_answers:
        return
    for item in signed.record.items:
        if item.given.by == "agent":
            yield Refusal(
                Code.E_ROLE,
                "answered by an agent, which the policy forbids",
                item=item.id,
                path=signed.developer.path,
                help="run `mlcheck run` and answer it",
            )


def answers_are_the_signers(signed: Signed) -> Iterator[Refusal]:
    """An answer that is not carried over is the signer's own."""
    principal = signed.developer.signer.principal
    for item in signed.record.items:
        given = item.given
        if given.by != "tool" and given.from_ is None and given.signer != principal:
            yield Refusal(
                Code.E_PRINCIPAL_MISMATCH,
                f"the answer names {given.signer}; {principal} signed it",
                item=item.id,
                path=signed.developer.path,
            )
