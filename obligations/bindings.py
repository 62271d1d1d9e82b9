"""Binding a promise to what it hangs on: its sides, its zone, its days, and terms of other promises.

A service credit hangs on the level that was missed, a notice on the term that it ends, business days on the
calendar that another clause defines. Each binding fills only what the clause itself leaves open, cites the
clause it comes from, and follows that clause's own dated terms.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from obligations.amendments import normal_key, noted
from obligations.calendars import Calendar
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.matching import same_service
from obligations.model import DatedTerms, Obligation
from obligations.term_dates import term_end
from obligations.terms import (
    Availability,
    NoticePeriod,
    PaymentDue,
    Renewal,
    RenewalNotice,
    Reporting,
    ResolutionTime,
    ResponseTime,
    ServiceCredit,
    Term,
    Terms,
)

Fill = Callable[[Terms, date], tuple[dict[str, Any], tuple[Span, ...]]]


def bind(tree: ContractTree, obligations: Sequence[Obligation]) -> list[Obligation]:
    """Every obligation bound to its contract and to the others of its tree."""
    held = [_to_contract(tree, o) for o in obligations]
    held = [_filled(o, [], _start_of(tree, o)) if o.kind == "term" else o for o in held]
    held = [_within(tree, o, held) for o in held]
    bound = [_to_others(tree, o, held) for o in held]
    return [_unassigned(tree, o, bound) for o in bound]


def _to_contract(tree: ContractTree, obligation: Obligation) -> Obligation:
    """Our side, the other side, the zone: from the document or the nearest one above that says them."""
    path = [tree.by_id[obligation.contract], *tree.above(obligation.contract)]
    us = obligation.us or next((c.us for c in path if c.us), None)
    other = obligation.counterparty or next((c.counterparty for c in path if c.counterparty), None)
    debtor, creditor = obligation.debtor, obligation.creditor
    if us is not None and other is not None and (debtor is None) != (creditor is None):
        facing = {us: other, other: us}
        debtor = debtor or facing.get(creditor or "")
        creditor = creditor or facing.get(debtor or "")
    zone = obligation.zone or next((c.zone for c in path if c.zone), None)
    update = {"us": us, "counterparty": other, "debtor": debtor, "creditor": creditor, "zone": zone}
    return obligation.model_copy(update=update)


def _starts_on(tree: ContractTree, obligation: Obligation) -> date | None:
    """The effective date of the document, or of the top of its scope; an amendment has that of its scope."""
    contract = tree.by_id[obligation.contract]
    top = tree.by_id[tree.scope(obligation.contract)]
    own = None if contract.relation == "amendment" else contract.effective_on
    return own or top.effective_on


def _start_of(tree: ContractTree, obligation: Obligation) -> Fill:
    def fill(terms: Terms, _: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if isinstance(terms, Term) and terms.starts_on is None:
            return {"starts_on": _starts_on(tree, obligation)}, ()
        return {}, ()

    return fill


def _within(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The days on which the contract runs; the last one only where it does not renew by itself."""
    starts_on = obligation.starts_on or _starts_on(tree, obligation)
    return obligation.model_copy(
        update={"starts_on": starts_on, "ends_on": obligation.ends_on or _ends_on(tree, obligation, held)}
    )


def _ends_on(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> date | None:
    """The last day by the nearest scope that says one; None where that renews by itself or may."""
    scope = tree.scope(obligation.contract)
    for each in (scope, *tree.wider(scope)):
        within = sorted(
            (o for o in held if tree.scope(o.contract) == each), key=lambda o: tree.rank(o.contract)
        )
        last = {o.kind: o.terms[-1].terms for o in reversed(within)}
        renewal, term = last.get("renewal"), last.get("term")
        if isinstance(renewal, Renewal) and renewal.automatic is not False:
            return None
        if isinstance(term, Term):
            return term_end(term)
        if tree.by_id[each].expires_on is not None:
            return tree.by_id[each].expires_on
    return None


def _nearest(
    tree: ContractTree, obligation: Obligation, held: Iterable[Obligation], kind: str
) -> Obligation | None:
    """The promise of a kind in the nearest document: its own, its scope's, then the wider scopes'."""
    candidates = [o for o in held if o.kind == kind]
    own = [o for o in candidates if o.contract == obligation.contract]
    if own:
        return own[0]
    scope = tree.scope(obligation.contract)
    for each in (scope, *tree.wider(scope)):
        found = sorted(
            (o for o in candidates if tree.scope(o.contract) == each), key=lambda o: tree.rank(o.contract)
        )
        if found:
            return found[0]
    return None


def _to_others(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """Fill the bound terms of one promise from the others of its tree."""
    kind = obligation.kind
    if kind == "service_credit":
        return _credit(tree, obligation, held)
    if kind in ("renewal", "renewal_notice"):
        return _renewing(tree, obligation, held)
    if kind == "reporting":
        obligation = _filled(obligation, [], _reporting_days(obligation))
    return _with_calendar(tree, obligation, held)


def _reporting_days(obligation: Obligation) -> Fill:
    def fill(terms: Terms, _: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, Reporting):
            return {}, ()
        return {
            "starts_on": terms.starts_on or obligation.starts_on,
            "ends_on": terms.ends_on or obligation.ends_on,
        }, ()

    return fill


def _credit(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    level = _level(tree, obligation, held)
    base = _base(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, ServiceCredit):
            return {}, ()
        update: dict[str, Any] = {}
        spans: tuple[Span, ...] = ()
        dated = _on(level, on)
        if terms.level is None and dated is not None and isinstance(dated.terms, Availability):
            zone = dated.terms.zone or (level.zone if level else None)
            update["level"] = dated.terms.model_copy(update={"zone": zone})
            spans = (dated.span, *dated.basis)
        if terms.base is None and base is not None:
            charged = base.terms[-1]
            assert isinstance(charged.terms, ServiceCredit)
            update |= {"base": charged.terms.base, "base_per": charged.terms.base_per}
            spans += (charged.span,)
        return update, spans

    return _filled(obligation, [level] if level else [], fill)


def _level(tree: ContractTree, credit: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """The availability promise a credit hangs on: by key or service, or the only one in the document, then
    in the scope."""
    scope = tree.scope(credit.contract)
    levels = [o for o in held if o.kind == "availability" and tree.scope(o.contract) == scope]
    own = [o for o in levels if o.contract == credit.contract]
    for among in (own, levels):
        named = [o for o in among if _same_thing(credit, o)]
        if len(named) == 1 or len(among) == 1:
            return (named or among)[0]
    return None


def _same_thing(credit: Obligation, level: Obligation) -> bool:
    if normal_key(credit.key) == normal_key(level.key):
        return True
    return bool(credit.key) and same_service(credit.key, level.key) is True


def _base(tree: ContractTree, credit: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """Another credit of the same scope whose clause states the charge, if all of them state the same."""
    scope = tree.scope(credit.contract)
    stated = [
        o
        for o in held
        if o.id != credit.id and tree.scope(o.contract) == scope and _stated_base(o) is not None
    ]
    return stated[0] if len({_stated_base(o) for o in stated}) == 1 else None


def _stated_base(obligation: Obligation) -> Any:
    terms = obligation.terms[-1].terms
    return (terms.base, terms.base_per) if isinstance(terms, ServiceCredit) and terms.base else None


def _renewing(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    term = _nearest(tree, obligation, held, "term")
    renewal = _nearest(tree, obligation, held, "renewal") if obligation.kind == "renewal_notice" else None
    notice = _nearest(tree, obligation, held, "renewal_notice") if obligation.kind == "renewal" else None
    recorded = _recorded_term(tree, obligation) if term is None else None
    calendar, source = _business_calendar(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, Renewal | RenewalNotice):
            return {}, ()
        dated = [d for d in (_on(term, on), _on(renewal, on), _on(notice, on)) if d is not None]
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

    bound = _filled(obligation, [o for o in (term, renewal, notice) if o is not None], fill)
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
    return Term(due_on=end, starts_on=_starts_on(tree, obligation)) if end is not None else None


def _with_calendar(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The calendar of a promise that counts business days or hours and states none itself."""
    if all(_has_calendar(dated.terms) for dated in obligation.terms):
        return obligation
    calendar, source = _business_calendar(tree, obligation, held)
    if calendar is None:
        return obligation

    def fill(terms: Terms, _: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        return ({}, ()) if _has_calendar(terms) else ({"calendar": calendar}, source)

    note = (
        f"The text states no calendar here; {calendar.name or 'the calendar'} of the same contract is taken."
    )
    filled = _filled(obligation, [], fill)
    return filled.model_copy(update={"notes": noted(filled.notes, note)})


def _has_calendar(terms: Terms) -> bool:
    """True where a calendar stands or none is needed."""
    if isinstance(terms, PaymentDue):
        return terms.calendar is not None or (terms.clock != "business" and terms.roll is None)
    if isinstance(terms, ResponseTime | ResolutionTime | Reporting):
        return terms.calendar is not None or terms.clock != "business"
    return True


def _business_calendar(
    tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]
) -> tuple[Calendar | None, tuple[Span, ...]]:
    """The calendar the nearest documents agree on, with the clauses it comes from.

    Business hours must agree in everything, business days only in weekdays and holidays.
    """
    hours = obligation.kind in ("response_time", "resolution_time") and any(
        not dated.terms.within.in_days
        for dated in obligation.terms
        if isinstance(dated.terms, ResponseTime | ResolutionTime)
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


def _unassigned(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """Mark the promises that a record naming no contract cannot be told apart by: the same promise in
    another contract tree with the same party, at the same time."""
    if obligation.unassigned == "ignored" or obligation.counterparty is None:
        return obligation
    root = tree.root(obligation.contract)
    rival = any(
        other.kind == obligation.kind
        and other.counterparty == obligation.counterparty
        and tree.root(other.contract) != root
        and other.unassigned != "ignored"
        and (other.kind in _ONE_PER_PARTY or normal_key(other.key) == normal_key(obligation.key))
        and _at_once(obligation, other)
        for other in held
    )
    return obligation.model_copy(update={"unassigned": "unclear" if rival else "counts"})


_ONE_PER_PARTY = frozenset({"payment_due", "renewal", "renewal_notice"})


def _at_once(one: Obligation, other: Obligation) -> bool:
    begins = max(one.starts_on or date.min, other.starts_on or date.min)
    return begins <= min(one.ends_on or date.max, other.ends_on or date.max)


def _on(obligation: Obligation | None, on: date) -> DatedTerms | None:
    """The terms in force on a day; before the first of them, the first."""
    if obligation is None:
        return None
    return obligation.in_force(on) or obligation.terms[0]


def _filled(obligation: Obligation, sources: Sequence[Obligation], fill: Fill) -> Obligation:
    """The obligation with its terms filled, dated anew on every day on which a source's terms change."""
    own = [dated.from_on or date.min for dated in obligation.terms]
    changes = {d.from_on for s in sources for d in s.terms if d.from_on is not None and d.from_on > own[0]}
    series: list[DatedTerms] = []
    for day in sorted({*own, *changes}):
        dated = obligation.in_force(day) or obligation.terms[0]
        update, spans = fill(dated.terms, day)
        terms = dated.terms.model_copy(update=update)
        if series and series[-1].terms == terms and day not in own:
            continue
        basis = tuple(s for s in dict.fromkeys((*dated.basis, *spans)) if s != dated.span)
        from_on = None if day == date.min else day
        series.append(
            DatedTerms(from_on=from_on, terms=terms, span=dated.span, basis=basis, contract=dated.contract)
        )
    return obligation.model_copy(update={"terms": tuple(series)})
