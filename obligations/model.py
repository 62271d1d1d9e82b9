"""The nouns: Contract, Obligation, Assessment, Action. Facts stand in `facts/`.

A Contract holds Obligations; Facts arrive; an Assessment says whether an obligation was kept, with
the clause and the records that prove it; an Action is what we propose to do about it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from obligations.document import Span
from obligations.facts import Source
from obligations.quantities import Frozen, Money, Quantity
from obligations.terms import Renewal, Term, TerminationNotice, Terms
from obligations.terms.duties import CurePeriod


class Party(Frozen):
    """One legal person, however the systems call it.

    `keys` are identifiers by system, such as {"sap_s4hana": "17300001", "servicenow": "<sys_id>"}.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    keys: dict[str, str] = Field(default_factory=dict)
    us: bool = False
    parent: str | None = Field(default=None, description="party id of the company that owns it")


Relation = Literal["master", "schedule", "amendment", "sow", "order", "standalone"]


class Contract(Frozen):
    """One executed document and its place in the contract tree.

    `counterparty` and `us` are party ids; `our_role` is what the text calls us ("Customer").
    `precedence` lists what prevails, strongest first, as relations, where the text says it.
    """

    id: str
    title: str
    type: str = Field(description="msa, sla, amendment, sow, saas, hosting, supply, sales, nda, …")
    relation: Relation = "standalone"
    parent: str | None = None
    us: str | None = None
    counterparty: str | None = None
    our_role: str = ""
    business_unit: str = ""
    agreed_on: date | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    zone: str | None = Field(default=None, description="IANA zone where the contract is performed")
    governing_law: str = ""
    precedence: tuple[Relation, ...] = ()
    document_id: str | None = None
    document_name: str = ""
    source: Source | None = None


class AsOf(Frozen):
    """The two clocks of every assessment: the instant judged, and what had been recorded by then."""

    as_of: AwareDatetime
    known_at: AwareDatetime

    @classmethod
    def at(cls, instant: datetime) -> "AsOf":
        """Judge `instant` with everything recorded by then."""
        return cls(as_of=instant, known_at=instant)


class Review(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class DatedTerms(Frozen):
    """Terms in force from a day on. `contract` is the document that says so (an amendment, say).

    An amendment may also take away: `resets` names terms that it puts back to not stated, and `deleted` says
    that from that day on nothing is promised any more ("Section 4.2 is deleted").
    """

    from_on: date | None = Field(default=None, description="None = from the start of the contract")
    terms: Terms
    span: Span
    basis: tuple[Span, ...] = Field(default=(), description="spans of what the terms hang on")
    contract: str
    resets: tuple[str, ...] = ()
    deleted: bool = False

    @model_validator(mode="after")
    def _resets_terms(self) -> "DatedTerms":
        unknown = [name for name in self.resets if name not in type(self.terms).model_fields]
        if unknown:
            raise ValueError(f"resets: {self.terms.kind} has no term {', '.join(unknown)}")
        return self


class Life(Frozen):
    """What decides when the agreement that a promise lives in ends.

    `contracts` are its documents: a notice that names one of them ends it, and one that names none where
    `alone`, the only agreement with the party. `parts` are those among them, such as schedules, that may be
    terminated on their own. `above` is the agreement it hangs on, which decides where it has no term of its
    own.
    """

    contracts: tuple[str, ...]
    parts: tuple[str, ...] = ()
    alone: bool = True
    initial: Term | None = None
    initials_before: tuple[tuple[date, Term | None], ...] = Field(
        default=(), description="what `initial` was before each of these days, in their order"
    )
    renewal: Renewal | None = Field(default=None, description="with the notice that stops it")
    renewals_before: tuple[tuple[date, Renewal | None], ...] = Field(
        default=(), description="what `renewal` was before each of these days, in their order"
    )
    termination: TerminationNotice | None = None
    terminations_before: tuple[tuple[date, TerminationNotice | None], ...] = Field(
        default=(), description="what `termination` was before each of these days, in their order"
    )
    expires_on: date | None = Field(default=None, description="by the contract record, without a clause")
    above: "Life | None" = None
    basis: tuple[Span, ...] = ()

    def initial_on(self, on: date) -> Term | None:
        """The clause on the term that was in force on a day."""
        return next((held for until, held in self.initials_before if on < until), self.initial)

    def termination_on(self, on: date) -> TerminationNotice | None:
        """The clause on termination without cause that was in force on a day."""
        return next((held for until, held in self.terminations_before if on < until), self.termination)

    def renewal_on(self, on: date) -> Renewal | None:
        """The clause on renewal that was in force on a day."""
        return next((held for until, held in self.renewals_before if on < until), self.renewal)


class Reading(Frozen):
    """How the terms were read: which reader or prompt, which model, which run."""

    engine: str = "embedded"
    task: str = "extract"
    version: str = "embedded/v1"
    model: str | None = None
    run: str | None = None


class Obligation(Frozen):
    """One promise. `terms` is a dated series in order of `from_on`: amendments add, never overwrite.

    `debtor` owes `creditor`, both party ids. `key` tells promises of one kind apart inside a contract
    tree ("P1", "order platform", "monthly service report"); an amendment changes the promise with the
    same kind and key. `governs` are the contract ids whose records it applies to (empty = its own).

    Fields marked "bound" are filled by `cascade.resolve` from the contract tree, not read in the clause.
    """

    id: str
    contract: str
    kind: str
    key: str = ""
    debtor: str | None = None
    creditor: str | None = None
    terms: tuple[DatedTerms, ...] = Field(min_length=1)
    governs: tuple[str, ...] = ()
    confidence: float = Field(default=1.0, ge=0, le=1)
    review: Review = Review.PROPOSED
    reading: Reading = Reading()
    notes: tuple[str, ...] = Field(default=(), description="readings chosen, doubts, conditions")
    since: str = Field(default="", description="id of the document in which these words and terms came up")
    replaces: str = Field(
        default="", description="id of the promise of the version before, whose words or terms were others"
    )
    modality: Literal["duty", "right", "prohibition"] = "duty"
    departs_from: str = Field(
        default="", description="clause of a stronger document that this one expressly departs from"
    )
    us: str | None = Field(default=None, description="bound: our party id, so that a rule knows our side")
    counterparty: str | None = Field(default=None, description="bound: the other side's party id")
    affiliates: tuple[str, ...] = Field(
        default=(), description="bound: party ids whose records count as the counterparty's"
    )
    zone: str | None = Field(default=None, description="bound: IANA zone where the contract is performed")
    starts_on: date | None = Field(default=None, description="bound: first day the contract runs")
    ends_on: date | None = Field(default=None, description="bound: last day, None while it may renew")
    life: Life | None = Field(default=None, description="bound: what notices may end the agreement")
    cure: CurePeriod | None = Field(default=None, description="bound: the time to mend any breach")
    unassigned: Literal["counts", "unclear", "ignored"] = Field(
        default="counts",
        description="bound: what a record of the party that names no contract is to this promise: its own; "
        "possibly another contract's; or another promise's for sure",
    )

    @model_validator(mode="after")
    def _one_kind_in_order(self) -> "Obligation":
        kinds = {dated.terms.kind for dated in self.terms}
        if kinds != {self.kind}:
            raise ValueError(f"obligation {self.id} is {self.kind} but its terms are {sorted(kinds)}")
        days = [dated.from_on or date.min for dated in self.terms]
        if days != sorted(days) or len(set(days)) != len(days):
            raise ValueError(f"obligation {self.id}: terms must have rising, distinct `from_on` days")
        return self

    @property
    def we_owe(self) -> bool | None:
        """True when we are the debtor, False when we are the creditor, None when that is not known."""
        if self.us is None or self.us not in (self.debtor, self.creditor):
            return None
        return self.us == self.debtor

    def in_force(self, on: date) -> DatedTerms | None:
        """The terms in force on a day; None before the first of them and once they are deleted."""
        held = self.said(on)
        return None if held is None or held.deleted else held

    def deleted_by(self, on: date) -> DatedTerms | None:
        """The terms that delete the promise, where it is deleted on a day."""
        held = self.said(on)
        return held if held is not None and held.deleted else None

    def said(self, on: date) -> DatedTerms | None:
        """What was said of the promise last, as of a day, be it that it is deleted."""
        held = None
        for dated in self.terms:
            if dated.from_on is None or dated.from_on <= on:
                held = dated
        return held


class Outcome(StrEnum):
    MET = "met"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    PENDING = "pending"
    UNDETERMINED = "undetermined"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


class Occurrence(Frozen):
    """One due instance: a ticket, a month, an invoice, a report's period, a notice date.

    `key` is stable ("INC0010427", "2026-10"); the occurrence belongs to the period that holds
    `counts_on` (a ticket: the day it was opened; a month: its last day; an invoice: its due day).
    """

    key: str
    label: str
    starts_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    counts_on: date


class Step(Frozen):
    """One step of a trail: the rule applied, what it found, and what it rests on."""

    rule: str = Field(description='such as "resolution_time.elapsed" or "calendar.open_time"')
    says: str
    spans: tuple[Span, ...] = ()
    records: tuple[Source, ...] = ()


MoneyMeaning = Literal[
    "credit_owed",
    "credit_received",
    "amount_due",
    "interest",
    "discount",
    "rebate",
    "shortfall",
    "damages",
    "overcharged",
    "withheld",
    "revenue",
    "spent",
    "",
]
"""What an assessment's money is: owed for a missed level, received, still to pay, lost by paying late, …"""

Aftermath = Literal["", "disputed", "cured"]
"""What has become of a finding by a person's decision: it is disputed, or the breach was mended in time."""


class Assessment(Frozen):
    """Whether one occurrence of an obligation was kept, as of an instant, knowing what was recorded.

    `measured` against `target`; `margin` is what is left (negative: exceeded by); `money` is at stake
    or owed; `missing` says what evidence an undetermined outcome lacks.
    """

    id: str
    obligation: str
    contract: str
    kind: str
    occurrence: Occurrence
    outcome: Outcome
    as_of: AwareDatetime
    known_at: AwareDatetime
    target: Quantity | None = None
    measured: Quantity | None = None
    margin: Quantity | None = None
    money: Money | None = None
    money_is: MoneyMeaning = ""
    summary: str = ""
    trail: tuple[Step, ...] = ()
    missing: tuple[str, ...] = ()
    aftermath: Aftermath = ""

    @model_validator(mode="after")
    def _undetermined_says_why(self) -> "Assessment":
        if self.outcome is Outcome.UNDETERMINED and not self.missing:
            raise ValueError("an undetermined assessment lists what is missing")
        return self

    @property
    def spans(self) -> tuple[Span, ...]:
        return tuple(dict.fromkeys(span for step in self.trail for span in step.spans))

    @property
    def records(self) -> tuple[Source, ...]:
        return tuple(dict.fromkeys(record for step in self.trail for record in step.records))


class ActionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXECUTED = "executed"
    FAILED = "failed"


Verb = Literal[
    "comment",
    "create_task",
    "update_task",
    "send_message",
    "put_record",
    "set_fields",
    "hold_invoice",
    "release_invoice",
    "create_invoice",
    "schedule_payment",
]
"""What an action may do outside; `tools/kit/payloads.py` holds what each carries."""


class Action(Frozen):
    """A write to an outside system. `reference` is our own key, written into the outside record so
    that it can be found again: the same proposal always has the same reference."""

    id: str
    system: str
    verb: Verb
    target: str = Field(description="record the action is about: a ticket number, a contract id")
    payload: dict[str, Any]
    reference: str
    reason: str
    assessment: str | None = None
    contract: str | None = None
    party: str | None = None
    state: ActionState = ActionState.PROPOSED
    proposed_at: AwareDatetime
    proposed_by: str
    decided_at: AwareDatetime | None = None
    decided_by: str | None = None
    executed_at: AwareDatetime | None = None
    result: Source | None = None
    error: str = ""
