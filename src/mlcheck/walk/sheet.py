"""What a walk asks about: the items of a decision, what carries over, and in which order they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from mlcheck.packs import legal
from mlcheck.packs.model import OPEN, Answer, Decision, InstanceOutcome, Item, ItemOutcome, Outcome, Pack
from mlcheck.printable import suggestion
from mlcheck.record.build import Carried
from mlcheck.walk.earlier import Earlier

Key = tuple[str, str]  # an item's id, an instance's name

NEEDS_A_PERSON: frozenset[Outcome] = OPEN | {"fail"}
_RANK: Mapping[str, int] = {"fail": 0, "unknown": 1, "manual": 2}


@dataclass(frozen=True, slots=True)
class Change:
    """The change that is walked: its id, the base's ref, and what differs from it."""

    id: str
    base: str
    head: str
    files: tuple[str, ...] = ()  # changed since the base
    uncommitted: tuple[str, ...] = ()  # differ from HEAD


@dataclass(frozen=True, slots=True)
class Rules:
    """What answers must keep to: the day, who signs, and the policy on waivers."""

    today: date
    signer: str | None = None  # the principal, where it is known
    forbid_waiver: tuple[str, ...] = ()  # item ids
    approvers: tuple[str, ...] = ()  # the allowed signers; none: not known yet
    max_waiver_days: int = 180
    forbid_agent_answers: bool = False

    @property
    def latest_waiver(self) -> str:
        """The last day on which a waiver may end."""
        return (self.today + timedelta(days=self.max_waiver_days)).isoformat()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A decision to be walked. `packs` and `only` narrow what is asked, never what is signed."""

    change: Change
    decision: Decision
    rules: Rules
    carried: Mapping[Key, Carried] = field(default_factory=dict)
    packs: tuple[str, ...] = ()  # names of the packs walked; empty: all
    only: frozenset[str] | None = None  # ids of the items walked; None: all
    earlier: Mapping[Key, Earlier] = field(default_factory=dict)  # answers that no longer hold

    def item(self, item_id: str) -> ItemOutcome | None:
        """The item of that id, or None."""
        return next((item for item in self.decision.items if item.item.id == item_id), None)

    def ids(self) -> tuple[str, ...]:
        """All items' ids, in the packs' order."""
        return tuple(item.item.id for item in self.decision.items)

    def pack(self, name: str) -> Pack | None:
        """The pack of that name, or None."""
        return next((pack for pack in self.decision.packs if pack.name == name), None)

    def asked(self) -> tuple[ItemOutcome, ...]:
        """The items that need a person, pack by pack: killers, failures, unknown, manual."""
        return tuple(
            item
            for pack in self.decision.packs
            if not self.packs or pack.name in self.packs
            for item in _ordered(item for item in self.decision.items if item.item.pack == pack.name)
            if (self.only is None or item.item.id in self.only) and self.needing(item)
        )

    def after(self, item_id: str) -> tuple[str, ...]:
        """The ids of the asked items that come after one, which need not be asked itself any more."""
        order = [item.item.id for item in self.asked()]
        if item_id in order:
            return tuple(order[order.index(item_id) + 1 :])
        item = self.item(item_id)
        here = self._rank_of(item) if item else (0, False)
        return tuple(one.item.id for one in self.asked() if self._rank_of(one) >= here)

    def _rank_of(self, item: ItemOutcome) -> tuple[int, bool]:
        names = [pack.name for pack in self.decision.packs]
        return names.index(item.item.pack), not item.item.killer

    def needing(self, item: ItemOutcome) -> tuple[InstanceOutcome, ...]:
        """The instances of an item that a person must speak of: not decided, not carried over."""
        return tuple(
            instance
            for instance in item.instances
            if instance.outcome in NEEDS_A_PERSON and (item.item.id, instance.name) not in self.carried
        )

    def forbids(self, item: ItemOutcome, instance: InstanceOutcome, outcome: Outcome) -> str:
        """Why an outcome can't be given at all, or `""` where it may be."""
        if outcome in legal.possible(item.item, instance.outcome):
            policy = outcome == "waived" and item.item.id in self.rules.forbid_waiver
            return f"policy forbids a waiver of {item.item.id}: fix it" if policy else ""
        return self.refusal(item, instance, Answer(outcome))

    def misfit(self, item: Item, outcome: Outcome | None, field: str, text: str) -> str:
        """Why a text does not fit a field of an answer, or `""` where it does."""
        match field:
            case "value":
                return legal.value_refusal(item, text) or ""
            case "risk":
                return legal.risk_refusal(text) or ""
            case "reason":
                return legal.reason_refusal(text) or ""
            case "approver":
                return legal.approver_refusal(item, text, self.rules.signer) or self._stranger(text)
            case "until":
                return legal.until_refusal(text, self.rules.today, self.rules.max_waiver_days) or ""
            case _ if outcome is not None and not text.strip():
                return f"`{outcome}` needs a note: why"
            case _:
                return legal.text_refusal("note", text) or ""

    def refusal(self, item: ItemOutcome, instance: InstanceOutcome, answer: Answer) -> str:
        """Why an answer can't be taken, or `""` where it can."""
        rules = self.rules
        why = legal.refusal(
            item.item,
            instance.outcome,
            answer,
            today=rules.today,
            signer=rules.signer,
            forbid_waiver=rules.forbid_waiver,
            max_waiver_days=rules.max_waiver_days,
            forbid_agent_answers=rules.forbid_agent_answers,
        )
        return why or (self._stranger(answer.waiver.approver) if answer.waiver else "")

    def _stranger(self, approver: str) -> str:
        known = self.rules.approvers
        if not known or approver.casefold() in (name.casefold() for name in known):
            return ""
        return f"`{approver}` is no allowed signer; {suggestion(approver, known)}"


def _ordered(items: Iterable[ItemOutcome]) -> list[ItemOutcome]:
    return sorted(items, key=lambda item: (not item.item.killer, _RANK.get(item.outcome, 3)))
