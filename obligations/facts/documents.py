"""Records of what was sent, received, shown and decided: reports, notices, certificates, events, deeds."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from obligations.quantities import Frozen, Money


class ReportReceived(Frozen):
    """A report, statement or forecast that arrived; `period` is what it covers."""

    kind: Literal["report_received"] = "report_received"
    report: str
    period: str = Field(description='"2026-09", "2026-Q3", "2026-W40" or a date')
    received_at: AwareDatetime


class Notice(Frozen):
    """A formal notice. `subject` says what it does; `effect` names the right exercised.

    `about` is what it concerns where it says so: a promise's key, an invoice, a milestone, a period. A
    notice withdrawn has `withdrawn_on`.
    """

    kind: Literal["notice"] = "notice"
    subject: str
    effect: Literal[
        "non_renewal",
        "renewal",
        "termination",
        "breach",
        "claim",
        "price_change",
        "audit",
        "dispute",
        "other",
    ]
    sent_on: date
    received_on: date | None = None
    by: Literal["us", "counterparty"] = "us"
    sent_at: AwareDatetime | None = Field(default=None, description="for notices that count by the hour")
    channel: Literal["", "post", "registered_post", "courier", "email", "fax", "portal", "hand"] = ""
    about: str = ""
    period: str = Field(default="", description='the period it concerns, "2026-09"')
    amount: Money | None = None
    percent: Decimal | None = Field(default=None, description="the change it announces, where in percent")
    effective_on: date | None = Field(default=None, description="the day it says it takes effect")
    withdrawn_on: date | None = None


class Certificate(Frozen):
    """Evidence of insurance, or of a licence, audit or registration. A certificate informs; it is not the
    policy: what it does not say is not known.

    For insurance: `type` "general_liability", "professional", "cyber", "workers", "auto", "umbrella";
    for others the standard's name ("ISO 27001").
    """

    kind: Literal["certificate"] = "certificate"
    type: str
    insured: str = Field(default="", description="named insured or certified company, as printed")
    insurer: str = ""
    rating: str = Field(default="", description='financial strength of the insurer, "A-", "A++"')
    policy: str = ""
    issued_on: date | None = None
    effective_on: date
    expires_on: date
    cancelled_on: date | None = None
    each_occurrence: Money | None = None
    aggregate: Money | None = None
    aggregate_applies: Literal["", "policy", "project", "location"] = ""
    basis: Literal["", "occurrence", "claims_made"] = ""
    retroactive_on: date | None = None
    additional_insured: bool | None = Field(default=None, description="the box on the form")
    waiver_of_subrogation: bool | None = None
    primary: bool | None = Field(default=None, description="primary and non-contributory")
    endorsements: tuple[str, ...] = Field(default=(), description='attached forms, "CG 20 10"')


class Event(Frozen):
    """Something that happened and that a promise hangs on: "security incident", "change of control"."""

    kind: Literal["event"] = "event"
    name: str
    on: date
    at: AwareDatetime | None = None
    reference: str = ""


class Deed(Frozen):
    """That a duty was done: `of` is the promise's key or name, `occurrence` which one where it says so."""

    kind: Literal["deed"] = "deed"
    of: str
    occurrence: str = ""
    done_on: date
    done_at: AwareDatetime | None = None
    by: Literal["us", "counterparty", "unknown"] = "unknown"
    evidence: str = ""


class Decision(Frozen):
    """What a person decided about a promise: waived, disputed, cured, settled.

    `obligation` is the promise's id; `occurrence` one occurrence's key, empty for all from `on` to `until`.
    """

    kind: Literal["decision"] = "decision"
    decision: Literal["waived", "disputed", "dispute_ended", "cured", "not_cured"]
    obligation: str
    occurrence: str = ""
    on: date
    until: date | None = None
    by: str = ""
    reason: str = ""
