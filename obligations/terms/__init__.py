"""Typed terms, one class per kind. A term the contract does not state is None, never a default guess.

Names and values follow the labelling guide of the scorers (`within`, `priority`, `clock`, `percent`,
`per`, `every`, `starts`, …). A rule may read only its own kind's class. Terms marked "bound" are not
read in the clause itself: `cascade` copies them from the clauses they hang on.

One module for each family of kinds; the union and the registry stand here.
"""

from typing import Annotated, get_args

from pydantic import Field

from obligations.terms.assurance import HeldCertificate, Insurance
from obligations.terms.common import Clock, Due, Per
from obligations.terms.delivery import DeliveryPerformance, DeliveryTime, LiquidatedDamages, Warranty
from obligations.terms.duties import AuditRight, CurePeriod, Duty, Reporting, Retention
from obligations.terms.lifecycle import (
    DeemedReceipt,
    Giving,
    NoticePeriod,
    Renewal,
    RenewalNotice,
    Term,
    TerminationNotice,
    Uplift,
)
from obligations.terms.money import EarlyPaymentDiscount, Holdback, LateInterest, PaymentDue, Starts
from obligations.terms.prices import Fee, PriceChange, RateCard, SpendLimit
from obligations.terms.sales import MilestonePayment, PerformanceObligation
from obligations.terms.service import (
    Availability,
    Component,
    CreditStep,
    CreditTier,
    MissedLevel,
    Repeat,
    RivalCredit,
    ServiceCredit,
    TerminationRight,
)
from obligations.terms.tickets import ResolutionTime, ResponseTime, TicketShare, UpdateTime
from obligations.terms.volume import MinimumCommitment, Rebate, RevenueShare, VolumeDiscount

_Service = (
    ResponseTime | ResolutionTime | UpdateTime | TicketShare | Availability | ServiceCredit | TerminationRight
)
_Money = PaymentDue | EarlyPaymentDiscount | LateInterest | Holdback
_Prices = PriceChange | RateCard | Fee | SpendLimit
_Volume = Rebate | MinimumCommitment | VolumeDiscount | RevenueShare
_Duties = Duty | Reporting | Insurance | HeldCertificate | AuditRight | Retention | CurePeriod
_Delivery = DeliveryTime | DeliveryPerformance | LiquidatedDamages | Warranty
_Sales = MilestonePayment | PerformanceObligation
_Lifecycle = Term | Renewal | RenewalNotice | TerminationNotice

Terms = Annotated[
    _Service | _Volume | _Money | _Prices | _Delivery | _Sales | _Duties | _Lifecycle,
    Field(discriminator="kind"),
]

CLASSES = {model.model_fields["kind"].default: model for model in get_args(get_args(Terms)[0])}
"""The class of the terms of each kind."""

KINDS: tuple[str, ...] = tuple(CLASSES)
"""Every kind, by family: service, money, volume, delivery, sales, duties, lifecycle."""

__all__ = [
    "CLASSES",
    "KINDS",
    "AuditRight",
    "Availability",
    "Clock",
    "Component",
    "CreditStep",
    "CreditTier",
    "CurePeriod",
    "DeemedReceipt",
    "DeliveryPerformance",
    "DeliveryTime",
    "Due",
    "Duty",
    "EarlyPaymentDiscount",
    "Fee",
    "Giving",
    "HeldCertificate",
    "Holdback",
    "Insurance",
    "LateInterest",
    "LiquidatedDamages",
    "MilestonePayment",
    "MinimumCommitment",
    "MissedLevel",
    "NoticePeriod",
    "PaymentDue",
    "Per",
    "PerformanceObligation",
    "PriceChange",
    "RateCard",
    "Rebate",
    "Renewal",
    "RenewalNotice",
    "Repeat",
    "Reporting",
    "ResolutionTime",
    "ResponseTime",
    "Retention",
    "RevenueShare",
    "RivalCredit",
    "ServiceCredit",
    "SpendLimit",
    "Starts",
    "Term",
    "TerminationNotice",
    "TerminationRight",
    "Terms",
    "TicketShare",
    "UpdateTime",
    "Uplift",
    "VolumeDiscount",
    "Warranty",
]
