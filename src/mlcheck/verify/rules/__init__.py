"""The rules in the order of their steps, each with the codes that it may give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from mlcheck.record.codes import Code
from mlcheck.verify.case import JudgedRule, OpenedRule, SignedRule
from mlcheck.verify.rules import (
    answers,
    belonging,
    chain,
    computed,
    content,
    evidence,
    packs,
    people,
    report,
    reviews,
    staleness,
    trust_root,
    waivers,
)

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Step(Generic[R]):
    """A rule, and the codes of its refusals."""

    rule: R
    codes: tuple[Code, ...]


# 1 Opening each file: its shape, its signature, its signer (record/opening.py).
OPENING = (
    Code.E_TOO_BIG,
    Code.E_JSON,
    Code.E_ENVELOPE,
    Code.E_PAYLOAD_TYPE,
    Code.E_UNSIGNED,
    Code.E_SIG_COUNT,
    Code.E_BAD_SIGNATURE,
    Code.E_NAMESPACE,
    Code.E_UNKNOWN_SIGNER,
    Code.E_WILDCARD_PRINCIPAL,
    Code.E_KEY_EXPIRED,
    Code.E_KEY_REVOKED,
    Code.E_TEXT_CONTROL,
    Code.E_PRINCIPAL_MISMATCH,
    Code.E_ROLE,
)

# 2 The change as a whole: whose rules, which records.
OF_CHANGE: tuple[Step[OpenedRule], ...] = (
    Step(trust_root.somebody_is_trusted, (Code.E_UNKNOWN_SIGNER,)),
    Step(trust_root.trust_is_the_bases, (Code.E_TRUST_CHANGED,)),
    Step(trust_root.settings_are_the_bases, (Code.E_TRUST_CHANGED,)),
    Step(packs.packs_are_there, (Code.E_PACK_MISSING,)),
    Step(belonging.same_repository, (Code.E_OTHER_REPO,)),
    Step(belonging.same_change, (Code.E_OTHER_CHANGE,)),
    Step(belonging.not_from_the_future, (Code.E_FUTURE_TIME,)),
    Step(chain.links_are_there, (Code.E_CHAIN,)),
    Step(chain.later_than_what_it_rests_on, (Code.E_CHAIN,)),
    Step(chain.records_stay, (Code.E_CHAIN,)),
    Step(chain.one_is_current, (Code.E_TWO_CURRENT,)),
)

# 3 The current record and its reviews, as they say of themselves.
OF_RECORD: tuple[Step[SignedRule], ...] = (
    Step(belonging.not_too_old, (Code.E_TOO_OLD,)),
    Step(belonging.answers_are_not_later, (Code.E_FUTURE_TIME,)),
    Step(people.two_keys, (Code.E_SAME_KEY,)),
    Step(people.two_people, (Code.E_SAME_PERSON,)),
    Step(people.no_author_reviews, (Code.E_AUTHOR_IS_REVIEWER,)),
    Step(people.reviewers_are_chosen, (Code.E_ROLE,)),
    Step(people.no_agent_where_forbidden, (Code.E_ROLE,)),
    Step(people.answers_are_the_signers, (Code.E_PRINCIPAL_MISMATCH,)),
    Step(content.paths_are_inside, (Code.E_PATH,)),
    Step(content.subjects_once, (Code.E_SUBJECT_DUP,)),
    Step(content.items_once, (Code.E_ITEM_DUP,)),
    Step(packs.packs_are_the_bases, (Code.E_PACK_CHANGED,)),
    Step(computed.the_tool_adds_nothing, (Code.E_AUTO_DISAGREES,)),
    Step(answers.nothing_is_open, (Code.E_OPEN_ITEM,)),
    Step(answers.answers_may_stand, (Code.E_AUTO_DISAGREES, Code.E_OPEN_ITEM)),
    Step(chain.reviews_name_the_file, (Code.E_CHAIN,)),
    Step(chain.carried_answers_have_a_source, (Code.E_CHAIN,)),
    Step(chain.agreements_have_a_source, (Code.E_CHAIN,)),
    Step(waivers.waivers_are_complete, (Code.E_WAIVER_INCOMPLETE,)),
    Step(waivers.waivers_are_approved, (Code.E_WAIVER_INCOMPLETE,)),
    Step(waivers.waivers_are_allowed, (Code.E_WAIVER_FORBIDDEN,)),
    Step(waivers.waivers_are_not_over, (Code.E_WAIVER_EXPIRED,)),
    Step(evidence.evidence_is_of_subjects, (Code.E_EVIDENCE_UNBOUND,)),
    Step(evidence.no_links_are_cited, (Code.E_SYMLINK_EVIDENCE,)),
    Step(report.markdown_is_the_records, (Code.E_REPORT_MISMATCH,)),
    Step(staleness.bytes_are_those_signed, (Code.E_STALE,)),
    Step(reviews.reviewed, (Code.E_NO_REVIEW,)),
    Step(reviews.nothing_is_disputed, (Code.E_DISPUTED,)),
)

# 4 The tree, read again.
OF_TREE: tuple[Step[JudgedRule], ...] = (
    Step(staleness.the_work_tree_is_the_head, (Code.E_STALE,)),
    Step(computed.items_are_the_packs, (Code.E_AUTO_DISAGREES,)),
)

# 5 What is computed again; where another engine signed, a difference here is neither pass nor contradiction.
OF_OUTCOMES: tuple[Step[JudgedRule], ...] = (
    Step(answers.the_items_are_all_there, (Code.E_ITEM_SET, Code.E_STALE)),
    Step(computed.outcomes_agree, (Code.E_AUTO_DISAGREES,)),
    Step(computed.reasons_agree, (Code.E_AUTO_DISAGREES,)),
    Step(staleness.answers_are_fresh, (Code.E_STALE,)),
    Step(evidence.evidence_agrees, (Code.E_EVIDENCE_UNBOUND,)),
)

# Given by `verify` itself: no record to apply a rule to, or no base.
BESIDE_THE_RULES = (Code.E_NO_SIGNOFF, Code.E_BASE_MISSING)


def codes_given() -> frozenset[Code]:
    """Every code that some step may give."""
    given: list[Code] = [*OPENING, *BESIDE_THE_RULES]
    for of_change in OF_CHANGE:
        given += of_change.codes
    for of_record in OF_RECORD:
        given += of_record.codes
    for of_tree in (*OF_TREE, *OF_OUTCOMES):
        given += of_tree.codes
    return frozenset(given)
