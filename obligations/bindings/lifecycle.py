"""Binding the agreement's own life: a notice hangs on the term that it ends, a renewal on both."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.amendments import noted
from obligations.bindings.calendar import business_calendar
from obligations.bindings.contract import starts_on_of
from obligations.bindings.filling import filled, nearest, on_day
from obligations.calendars import Calendar
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import Obligation
from obligations.terms import NoticePeriod, Renewal, RenewalNotice, Term, Terms


def renewing(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    term = nearest(tree, obligation, held, "term")
    renewal = nearest(tree, obligation, held, "renewal") if obligation.kind == "renewal_notice" else None
    notice = nearest(tree, obligation, held, "renewal_notice") if obligation.kind == "renewal" else None
    recorded = _recorded_term(tree, obligation) if term is None else None
    calendar, source = business_calendar(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, Renewal | RenewalNotice):
            return {}, ()
        dated = [d for d in (on_day(term, on), on_day(renewal, on), on_day(notice, on)) if d is not None]
        update: dict[str, Any] = {}
        if terms.initial is None:
            update["initial"] = next((d.terms for d in dated if isinstance(d.terms, Term)), recorded)
        for each in dated:
            if isinstance(terms, RenewalNotice) and isinstance(each.terms, Renewal) and not terms.renewal:
                update["renewal"] = each.terms
            if isinstance(terms, Renewal) and isinstance(each.terms, RenewalNotice) and not terms.notice:
                update["notice"] = _period_of(each.terms, calendar)
        spans = tuple(d.span for d in dated)
        if isinstance(terms, RenewalNotice) and terms.calendar is None and calendar is not None:
            update["calendar"] = calendar
            spans += source
        return update, spans

    bound = filled(obligation, [o for o in (term, renewal, notice) if o is not None], fill)
    if recorded is not None and term is None:
        note = f"No clause on the term was read; the end {recorded.due_on} is that of the contract record."
        return bound.model_copy(update={"notes": noted(bound.notes, note)})
    return bound


def _period_of(notice: RenewalNotice, calendar: Calendar | None) -> NoticePeriod:
    values = {name: getattr(notice, name) for name in NoticePeriod.model_fields}
    return NoticePeriod(**{**values, "calendar": notice.calendar or calendar})


def _recorded_term(tree: ContractTree, obligation: Obligation) -> Term | None:
    """The term by the contract system's own dates, where no clause states one."""
    path = [tree.by_id[obligation.contract], *tree.above(obligation.contract)]
    end = next((c.expires_on for c in path if c.expires_on), None)
    return Term(due_on=end, starts_on=starts_on_of(tree, obligation)) if end is not None else None
