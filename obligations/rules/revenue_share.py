"""Revenue share: a royalty or commission on the sales of a period, and the statement on them.

Sales are those that statements tell (`usage` in a currency) or that are invoiced under the contract. What was
paid are the payments of invoices for the period, net of tax.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal
from itertools import product
from typing import Literal

from obligations.deadlines import Deadline, days_after
from obligations.facts import Fact, Invoice, Payment, ReportReceived, latest
from obligations.matching import belongs, records, same_report
from obligations.minor_units import to_the_unit
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.quantities import Duration, Money
from obligations.risk import due_soon
from obligations.terms import RevenueShare
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.volume.settlement import Sum, money_quantity, settle
from obligations.volume.tiers import Ladder
from obligations.volume.volume_periods import (
    Book,
    Stretch,
    book_of,
    names_period,
    open_terms,
    stretches,
    tell,
    unmeasured,
)
from obligations.volume.volumes import ZERO, Measure, Volume, Wanted, bought_by
from obligations.wording import count_text, day_quantity, plain

Side = Literal["low", "high"]


@dataclass(frozen=True)
class _Case:
    """One period. `gross` counts the sales before anything is deducted, `net` after it."""

    trail: Trail
    stretch: Stretch
    terms: RevenueShare
    net: Book
    gross: Book
    currency: str
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.net.wanted.today


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """For each period that records can tell of, one assessment of the share and one of the statement, where
    one is due."""
    terms = obligation.terms[-1].terms
    if not isinstance(terms, RevenueShare):
        return ()
    currency = terms.currency or (terms.minimum.currency if terms.minimum else "")
    missing = [
        unmeasured(obligation, terms),
        "" if terms.ladder else "the percent",
        "" if currency else "the currency of the sales",
    ]
    if any(missing):
        return (open_terms(obligation, at, "A share of sales is owed.", *(m for m in missing if m)),)
    zone = zone_of(obligation, terms, at)
    net = _book(obligation, terms, facts, at, (observed_from, currency, terms.deducts))
    gross = _book(obligation, terms, facts, at, (observed_from, currency, ()))
    found: list[Assessment] = []
    for stretch in stretches(obligation, net.wanted.today, observed_from, net.entries):
        case = _Case(Trail(obligation, at), stretch, terms, net, gross, currency, zone)
        found += _assess(case, facts, observed_from)
    return tuple(found)


def _book(
    obligation: Obligation,
    terms: RevenueShare,
    facts: Sequence[Fact],
    at: AsOf,
    counted: tuple[date | None, str, tuple[str, ...]],
) -> Book:
    """Sales by the side that owes the share, less some deductions."""
    observed_from, currency, deducts = counted
    owe = obligation.we_owe
    wanted = Wanted(
        obligation,
        Measure(currency),
        terms.counts or "used",
        at,
        zone_of(obligation, terms, at),
        bought_by(None if owe is None else not owe),
        terms.item,
        excludes=tuple(name for name in ("tax", "freight") if name in deducts),
        less_returns="returns" in deducts,
    )
    return book_of(wanted, facts, observed_from)


def _assess(case: _Case, facts: Sequence[Fact], observed_from: date | None) -> list[Assessment]:
    terms = case.stretch.last.terms
    assert isinstance(terms, RevenueShare)
    case = replace(case, terms=terms)
    trail, stretch = case.trail, case.stretch
    for part in stretch.parts:
        assert isinstance(part.dated.terms, RevenueShare)
        trail.terms(part.dated, _promise(part.dated.terms, case.currency))
    sales = _sales(case)
    tell(trail, case.net.wanted.measure, sales, stretch.words)
    by = _by(case, terms.within)
    occurrence = stretch.occurrence("Share of sales", case.zone, by.on if by else None)
    found = [trail.conclude(occurrence, _judge(case, facts, sales, by))]
    if terms.statement_within is not None:
        found.append(_statement(replace(case, trail=Trail(trail.obligation, trail.at)), facts, observed_from))
    return found


def _promise(terms: RevenueShare, currency: str) -> str:
    tiers = []
    for tier in terms.ladder:
        floor = f" from {Measure(currency).text(tier.threshold)}" if tier.threshold else ""
        tiers.append(f"{plain(tier.percent or ZERO)} %{floor}")
    least = f", at least {terms.minimum}" if terms.minimum else ""
    return f"Of the sales of each {terms.per} is owed: {', '.join(tiers)}{least}."


def _by(case: _Case, within: Duration | None) -> Deadline | None:
    if within is None:
        return None
    return Deadline(days_after(case.stretch.end, within, None), case.zone)


def _sales(case: _Case) -> Volume:
    """The net sales. Where sales are told by statements and the period is over without one, they are not
    known."""
    sales = case.net.over(case.stretch)
    if case.net.wanted.counts == "used" and not sales.entries and case.today > case.stretch.end:
        doubt = f"the sales of {case.stretch.words}"
        return replace(sales, doubts=(*sales.doubts, doubt), complete=False)
    return sales


def _judge(case: _Case, facts: Sequence[Fact], sales: Volume, by: Deadline | None) -> Finding:
    readings = [(_owed(case, terms, sales), words) for terms, words in _readings(case.terms)]
    owe = case.trail.obligation.we_owe
    pick = max if owe else min
    (low, high), words = pick(readings, key=lambda each: each[0][0])
    others = sorted({(o[0], said) for (o, said) in readings if o != (low, high)})
    text = "".join(f" Read {words}; {said} it is {_money(case, amount)}." for amount, said in others)
    head = f"Sales of {case.stretch.words}{'' if case.today > case.stretch.end else ' so far'} are "
    head += case.net.wanted.measure.text(sales.low)
    if case.today <= case.stretch.end:
        summary = f"{head}: a share of {_money(case, low)} has accrued.{text}"
        quantity = money_quantity(_money(case, low))
        return Finding(
            Outcome.PENDING, summary, target=quantity, money=_money(case, low), money_is="amount_due"
        )
    if others and owe is None:
        summary = f"{head}: the share owed depends on how the text is read."
        return undetermined(summary, "which side we are on, to choose the careful reading")
    paid = _paid(case, facts)
    doubts = tuple(
        dict.fromkeys((*sales.doubts, *case.net.doubts(case.stretch), *case.gross.doubts(case.stretch)))
    )
    now = case.trail.at.as_of
    least = settle(Sum(head, "a share", "paid", _money(case, low), "amount_due"), paid, by, now)
    if high != low and least.outcome is not Outcome.BREACHED:
        most = None
        if high is not None:
            most = settle(Sum(head, "a share", "paid", _money(case, high), "amount_due"), paid, by, now)
        if most is None or (most.outcome, most.money) != (least.outcome, least.money):
            return undetermined(f"{head}; what share is owed depends on gaps in the records.", *doubts)
    more = " More may be owed: " + "; ".join(doubts) + " is not known." if high != low else ""
    return replace(least, summary=f"{least.summary}{more}{text}")


def _readings(terms: RevenueShare) -> list[tuple[RevenueShare, str]]:
    """The terms with everything the text leaves open filled in, in every way; words for each."""
    several = len(terms.ladder) > 1
    methods = (terms.method,) if terms.method or not several else ("marginal", "all_units")
    boundaries = (terms.boundary,) if terms.boundary or not several else ("exceeds", "reaches")
    found = []
    for method, boundary in product(methods, boundaries):
        said = []
        if method is not None and terms.method is None:
            said.append({"marginal": "for what lies in a tier", "all_units": "for all sales"}[method])
        if boundary is not None and terms.boundary is None:
            said.append({"exceeds": "above the threshold", "reaches": "from the threshold on"}[boundary])
        update = {"method": method or "marginal", "boundary": boundary or "exceeds"}
        found.append((terms.model_copy(update=update), ", ".join(said)))
    return found


def _owed(case: _Case, reading: RevenueShare, sales: Volume) -> tuple[Decimal, Decimal | None]:
    """The share at the least and at the most sales, with the guaranteed minimum."""
    low = max(_share(case, reading, "low"), _minimum(case))
    if sales.high is None or case.gross.over(case.stretch).high is None:
        return low, None
    return low, max(_share(case, reading, "high"), _minimum(case))


def _share(case: _Case, reading: RevenueShare, side: Side) -> Decimal:
    """The exact share over all parts of the period, each by its own terms, the tiers counted through."""
    owed = passed = ZERO
    total = sum((_part(case, n, side) for n in range(len(case.stretch.parts))), ZERO)
    for number, part in enumerate(case.stretch.parts):
        terms = part.dated.terms
        assert isinstance(terms, RevenueShare)
        ladder = Ladder(terms.ladder, reading.boundary or "exceeds")
        sales = _part(case, number, side)
        if reading.method == "all_units":
            tier = ladder.reached(total)
            owed += (tier.percent or ZERO) * sales / 100 if tier else ZERO
        else:
            for tier, amount in ladder.spread(passed, passed + sales):
                owed += (tier.percent or ZERO) * amount / 100 if tier else ZERO
        passed += sales
    return owed


def _part(case: _Case, number: int, side: Side) -> Decimal:
    """The sales of a part that the share is of: deductions at most `deduction_cap` of gross sales."""
    part = case.stretch.parts[number]
    net, gross = case.net.over(case.stretch, part), case.gross.over(case.stretch, part)
    own, whole = (net.low, gross.low) if side == "low" else (net.high or ZERO, gross.high or ZERO)
    cap = case.terms.deduction_cap
    return own if cap is None else max(own, whole * (100 - cap) / 100)


def _minimum(case: _Case) -> Decimal:
    """The guaranteed minimum; for a part of a period its share of days."""
    if case.terms.minimum is None:
        return ZERO
    covered = sum(part.days for part in case.stretch.parts)
    return case.terms.minimum.amount * covered / case.stretch.days


def _paid(case: _Case, facts: Sequence[Fact]) -> list[tuple[date, Decimal]]:
    """Payments of the invoices for the period, net of tax, by the day judged."""
    obligation, at = case.trail.obligation, case.trail.at
    direction = bought_by(obligation.we_owe)
    found: list[tuple[date, Decimal]] = []
    invoices = [
        (fact, invoice)
        for fact, invoice in records(obligation, facts, at.known_at, Invoice)
        if direction in (None, invoice.direction)
        and invoice.invoiced_on <= case.today
        and names_period(invoice.period, case.stretch.period)
        and belongs(obligation, fact) == "yes"
        and invoice.gross.currency == case.currency
    ]
    for fact in latest((f for f in facts if isinstance(f.data, Payment)), at.known_at):
        payment = fact.data
        if not isinstance(payment, Payment) or payment.paid_on > case.today:
            continue
        for billed, invoice in invoices:
            same = payment.invoice.strip().casefold() == invoice.number.strip().casefold()
            if same and fact.party == billed.party and payment.direction == invoice.direction:
                amount = _net(payment, invoice)
                text = f"{_money(case, amount)} paid {payment.paid_on} on {invoice.number}."
                case.trail.note("paid", text, (fact.source, billed.source))
                found.append((payment.paid_on, amount))
                break
    return found


def _net(payment: Payment, invoice: Invoice) -> Decimal:
    """What a payment pays of the net amount of its invoice."""
    if invoice.net is None or not invoice.gross.amount:
        return payment.amount.amount
    share = payment.amount.amount * invoice.net.amount / invoice.gross.amount
    return to_the_unit(share, invoice.gross.currency)


def _money(case: _Case, amount: Decimal) -> Money:
    return Money(amount=to_the_unit(amount, case.currency), currency=case.currency)


# The statement on the sales.


def _statement(case: _Case, facts: Sequence[Fact], observed_from: date | None) -> Assessment:
    trail, terms, stretch = case.trail, case.terms, case.stretch
    name = terms.statement or "statement of sales"
    by = _by(case, terms.statement_within)
    assert by is not None
    trail.terms(stretch.last, f"The {name} is due by {by.text}.")
    arrived = sorted(
        (
            (report.received_at.astimezone(case.zone).date(), fact)
            for fact, report in records(trail.obligation, facts, trail.at.known_at, ReportReceived)
            if same_report(terms.statement, report.report)
            and names_period(report.period, stretch.period)
            and report.received_at <= trail.at.as_of
        ),
        key=lambda each: (each[0], each[1].id),
    )
    for on, fact in arrived:
        trail.note("received", f"The {name} for {stretch.words} was received {on}.", (fact.source,))
    occurrence = stretch.occurrence(f"The {name}", case.zone, by.on)
    occurrence = occurrence.model_copy(update={"key": f"{occurrence.key}/statement", "counts_on": by.on})
    received = arrived[0][0] if arrived else None
    watched = bool(arrived) or observed_from is not None
    return trail.conclude(
        occurrence, _received(trail, f"The {name} for {stretch.words}", by, (received, watched))
    )


def _received(trail: Trail, title: str, by: Deadline, seen: tuple[date | None, bool]) -> Finding:
    received, watched = seen
    target = day_quantity(by.on)
    if received is not None:
        kept = by.kept_on(received)
        tail = "in time" if kept else f"{count_text((received - by.on).days, 'day')} late"
        summary = f"{title} was due {by.text} and was received {received}: {tail}."
        return Finding(Outcome.MET if kept else Outcome.BREACHED, summary, target, day_quantity(received))
    now = trail.at.as_of
    if not by.passed(now):
        outcome = Outcome.AT_RISK if due_soon(now, by.instant) else Outcome.PENDING
        return Finding(outcome, f"{title} is due {by.text}; not received yet.", target)
    if not watched:
        return undetermined(
            f"{title} was due {by.text}; nothing tells whether it came.", "records of statements"
        )
    return Finding(Outcome.BREACHED, f"{title} was due {by.text} and has not been received.", target)
