"""Typed terms in plain words: "within 6 hours, around the clock", "99.9 % per month"."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from agent.numerals import WEEKDAYS as DAY_NAMES
from agent.phrases import amount, day, joined
from obligations.calendars.spec import WEEKDAYS, Calendar
from obligations.model import DatedTerms, Obligation
from obligations.quantities import Duration
from obligations.terms import (
    Availability,
    CreditTier,
    PaymentDue,
    Renewal,
    RenewalNotice,
    Reporting,
    ResolutionTime,
    ResponseTime,
    ServiceCredit,
    Term,
)
from obligations.terms.words import in_words

_STARTS = {
    "invoice_date": "the invoice date",
    "invoice_receipt": "receipt of the invoice",
    "period_end": "the end of the period",
    "delivery": "delivery",
    "signature": "signature",
    "termination": "termination",
    "notice": "the notice",
}
_END_OF_MONTH = {
    "end_then_days": "counted from the end of the month",
    "days_then_end": "then to the end of that month",
    "unclear": "end of month (the text allows two readings)",
}
_PAUSED = {"awaiting_customer": "the customer", "awaiting_vendor": "the vendor", "on_hold": "a hold"}


def describe(terms: Any) -> str:
    """One kind's terms in words; only what the contract states. Kinds without words of their own name each
    term with its value."""
    tell: Callable[[Any], str] = _TELL.get(type(terms), in_words)
    return tell(terms)


def title_of(obligation: Obligation) -> str:
    """What a promise is called when nothing about a single occurrence is said."""
    terms = obligation.terms[-1].terms
    priority = getattr(terms, "priority", None)
    service = getattr(terms, "service", None)
    name = {
        "response_time": "response time",
        "resolution_time": "resolution time",
        "availability": "availability",
        "service_credit": "service credits",
        "payment_due": "payment terms",
        "reporting": getattr(terms, "report", None) or "report",
        "term": "term",
        "renewal": "renewal",
        "renewal_notice": "notice of non-renewal",
    }.get(obligation.kind, obligation.kind.replace("_", " "))
    return " ".join(p for p in (priority, name) if p) + (f" of {service}" if service else "")


def current(obligation: Obligation, on: date) -> DatedTerms:
    """What was said of a promise last as of a day, be it that it is deleted; before that its first terms."""
    return obligation.said(on) or obligation.terms[0]


def current_and_past(obligation: Obligation, on: date, names: Mapping[str, str]) -> tuple[str, list[str]]:
    """The terms in force on a day in words, or which document deleted the clause (`names` are the titles of
    contracts); and each earlier version that said something else, with the day it ended."""
    now = current(obligation, on)
    said = describe(now.terms)
    if now.deleted:
        since = f" with effect from {day(now.from_on)}" if now.from_on else ""
        said = f"deleted by {names.get(now.contract, now.contract)}{since}; nothing is promised any more"
    earlier = []
    for held, following in pairwise(obligation.terms):
        changed = following.deleted != held.deleted or describe(held.terms) != describe(following.terms)
        if following.from_on and following.from_on <= on and changed and not held.deleted:
            earlier.append(f"before {day(following.from_on)}: {describe(held.terms)}")
    if now.from_on and earlier and not now.deleted:
        said += f" (since {day(now.from_on)})"
    return said, earlier


def _clock(calendar: Calendar | None, clock: str | None) -> str:
    if calendar is not None and not calendar.always_open:
        window = calendar.windows[0]
        days = (
            f"{window.days[0].title()}–{window.days[-1].title()}"
            if len(window.days) > 1
            else window.days[0].title()
        )
        hours = f"{days} {window.opens:%H:%M}–{window.closes:%H:%M} {calendar.zone}"
        return f"counted in {calendar.name or 'support hours'} ({hours})"
    if calendar is not None or clock == "calendar":
        return "around the clock"
    return "counted in business hours" if clock == "business" else ""


def _ticket(terms: ResponseTime | ResolutionTime) -> str:
    parts = [f"within {terms.within.words()}", _clock(terms.calendar, terms.clock)]
    if terms.pauses_on:
        parts.append(f"paused while the ticket awaits {joined(_PAUSED.get(s, s) for s in terms.pauses_on)}")
    if isinstance(terms, ResponseTime) and terms.automatic_counts:
        parts.append("an automatic reply counts")
    return ", ".join(p for p in parts if p)


def _availability(terms: Availability) -> str:
    parts = [f"{terms.percent} % per {terms.per.replace('_', ' ')}", terms.zone or ""]
    if terms.excludes:
        parts.append(f"not counting {joined(e.replace('_', ' ') for e in terms.excludes)}")
    if terms.maintenance_cap:
        parts.append(f"maintenance up to {terms.maintenance_cap.words()}")
    return ", ".join(p for p in parts if p)


def _tier(tier: CreditTier) -> str:
    floor = f" down to {tier.at_least} %" if tier.at_least is not None else ""
    worth = f"{tier.percent} %" if tier.percent is not None else amount(tier.amount) if tier.amount else ""
    return f"below {tier.below} %{floor}: {worth}"


def _credit(terms: ServiceCredit) -> str:
    parts = ["; ".join(_tier(t) for t in sorted(terms.tiers, key=lambda t: t.below, reverse=True))]
    if terms.base:
        parts.append(f"as a share of {amount(terms.base)} per {terms.base_per.replace('_', ' ')}")
    if terms.cap_percent is not None:
        parts.append(f"at most {terms.cap_percent} %")
    if terms.claim_within:
        parts.append(f"to be claimed within {terms.claim_within.words()} after the period")
    if terms.apply_within:
        parts.append(f"credited within {terms.apply_within.words()} after the period")
    return ", ".join(parts)


def _span(within: Duration, clock: str | None) -> str:
    said = within.words()
    return said.replace("day", "business day") if clock == "business" else said


def _payment(terms: PaymentDue) -> str:
    parts = (
        [f"within {_span(terms.within, terms.clock)}"]
        if terms.within
        else [f"by day {terms.day} of the following month"]
    )
    if terms.starts in _STARTS:
        parts.append(f"after {_STARTS[terms.starts]}")
    if terms.end_of_month:
        parts.append(f"({_END_OF_MONTH[terms.end_of_month]})")
    return " ".join(parts)


def _reporting(terms: Reporting) -> str:
    parts = [f"every {terms.every.replace('_', ' ')}" if terms.every else ""]
    if terms.within:
        parts.append(f"within {_span(terms.within, terms.clock)} after the period ends")
    if terms.day:
        parts.append(f"by day {terms.day} of the following month")
    if terms.weekday:
        name = DAY_NAMES[WEEKDAYS.index(terms.weekday)].title()
        parts.append(f"on {name} by {terms.at:%H:%M}" if terms.at else f"on {name}")
    return ", ".join(p for p in parts if p) or "no due date stated"


def _term(terms: Term) -> str:
    parts = [
        terms.within.words() if terms.within else "",
        f"until {day(terms.due_on)}" if terms.due_on else "",
    ]
    if terms.starts_on:
        parts.append(f"from {day(terms.starts_on)}")
    return ", ".join(p for p in parts if p)


def _renewal(terms: Renewal) -> str:
    how = {True: "renews automatically", False: "does not renew automatically", None: "renewal"}[
        terms.automatic
    ]
    length = f" for {terms.within.words()}" if terms.within else ""
    most = f", at most {terms.most} times" if terms.most else ""
    return f"{how}{length}{most}"


def _notice(terms: RenewalNotice) -> str:
    parts = [f"at least {_span(terms.within, terms.clock)} before the end of the term"]
    if terms.at_most:
        parts.append(f"not more than {terms.at_most.words()} before")
    if terms.effective:
        parts.append(f"effective on {terms.effective}")
    return ", ".join(parts)


_TELL: dict[type, Callable[[Any], str]] = {
    ResponseTime: _ticket,
    ResolutionTime: _ticket,
    Availability: _availability,
    ServiceCredit: _credit,
    PaymentDue: _payment,
    Reporting: _reporting,
    Term: _term,
    Renewal: _renewal,
    RenewalNotice: _notice,
}
