"""The calendar of a promise that counts business days or hours and states none itself."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.amendments import noted
from obligations.bindings.filling import filled
from obligations.calendars import Calendar
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import DatedTerms, Obligation
from obligations.terms import (
    AuditRight,
    CurePeriod,
    DeliveryTime,
    Duty,
    MilestonePayment,
    PaymentDue,
    PerformanceObligation,
    Reporting,
    ResolutionTime,
    ResponseTime,
    Terms,
    UpdateTime,
    Warranty,
)


def with_calendar(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The calendar of a promise that counts business days or hours and states none itself."""
    if all(_has_calendar(dated.terms) for dated in obligation.terms):
        return obligation
    calendar, source = business_calendar(tree, obligation, held)
    if calendar is None:
        return obligation

    def fill(terms: Terms, _: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        return ({}, ()) if _has_calendar(terms) else ({"calendar": calendar}, source)

    note = (
        f"The text states no calendar here; {calendar.name or 'the calendar'} of the same contract is taken."
    )
    bound = filled(obligation, [], fill)
    return bound.model_copy(update={"notes": noted(bound.notes, note)})


def _has_calendar(terms: Terms) -> bool:
    """True where a calendar stands or none is needed."""
    if isinstance(terms, PaymentDue):
        return terms.calendar is not None or (terms.clock != "business" and terms.roll is None)
    if isinstance(
        terms,
        ResponseTime
        | ResolutionTime
        | UpdateTime
        | Reporting
        | DeliveryTime
        | MilestonePayment
        | Warranty
        | PerformanceObligation
        | AuditRight
        | CurePeriod,
    ):
        return terms.calendar is not None or terms.clock != "business"
    if isinstance(terms, Duty):
        return terms.calendar is not None or not _counts_business_days(terms)
    return True


def _counts_business_days(duty: Duty) -> bool:
    rule = duty.recurrence
    counted = rule is not None and (rule.business_day is not None or rule.clock == "business" or rule.roll)
    return bool(counted) or duty.clock == "business"


def business_calendar(
    tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]
) -> tuple[Calendar | None, tuple[Span, ...]]:
    """The calendar the nearest documents agree on, with the clauses it comes from.

    Business hours must agree in everything, business days only in weekdays and holidays.
    """
    hours = any(
        dated.terms.within is not None and not dated.terms.within.in_days
        for dated in obligation.terms
        if isinstance(dated.terms, ResponseTime | ResolutionTime | UpdateTime)
    )
    scope = tree.scope(obligation.contract)
    scopes = [tree.members[s] for s in (scope, *tree.wider(scope))]
    for near in ((obligation.contract,), *scopes):
        stated: list[tuple[Calendar, DatedTerms]] = [
            (calendar, dated)
            for other in held
            if other.id != obligation.id and other.contract in near
            for dated in other.terms
            if (calendar := getattr(dated.terms, "calendar", None)) is not None
            and (not hours or _has_hours(calendar))
        ]
        alike = {c if hours else _days_of(c) for c, _ in stated}
        if len(alike) == 1:
            calendar, dated = min(stated, key=lambda c: _has_hours(c[0]))
            return calendar, dated.basis or (dated.span,)
        if alike:
            return None, ()
    return None, ()


def _has_hours(calendar: Calendar) -> bool:
    """True where it says hours of the day, not only days: a window from midnight to midnight is a day."""
    return any(window.opens != window.closes for window in calendar.windows)


def _days_of(calendar: Calendar) -> tuple[object, ...]:
    weekdays = frozenset(day for window in calendar.windows for day in window.days)
    usual = weekdays or frozenset({"mon", "tue", "wed", "thu", "fri"})
    return (usual, calendar.holiday_region, calendar.holidays, calendar.working_days)
