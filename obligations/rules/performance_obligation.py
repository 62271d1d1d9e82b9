"""Performance obligation: how much revenue a promise of ours gives in each period, and what is billed.

Revenue of a period is what is recognised to its end less what was recognised to its eve, both rounded, so
that the periods add up to the price. Billing is not revenue: billed more is a contract liability, less a
contract asset.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from obligations.facts import Fact, Invoice
from obligations.matching import belongs, each_once, records, same_service
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.quantities import Money, Quantity
from obligations.sales.revenue import Sale, Satisfied, follows_on, sale_of
from obligations.sales.transaction_price import TransactionPrice, given_by, transaction_price
from obligations.segments import Segment, first_observed, segments
from obligations.terms import Per, PerformanceObligation
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import plain

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Case:
    """One period of a promise. `until` is its last day, or the day judged where that comes first."""

    sale: Sale
    segment: Segment
    terms: PerformanceObligation
    until: date
    ended: bool
    invoices: tuple[tuple[Fact, Invoice], ...]

    def cumulated(self, on: date, benefit: bool = False) -> Money | None:
        """Recognised to a day, rounded to cents."""
        found = self.sale.recognised(on, benefit)
        if found is None or self.terms.price is None:
            return None
        return Money(amount=found, currency=self.terms.price.currency).rounded()

    def revenue(self, benefit: bool = False) -> Money | None:
        """Recognised in the period so far."""
        to_date = self.cumulated(self.until, benefit)
        before = self.cumulated(self.segment.start - _DAY, benefit)
        if to_date is None or before is None:
            return None
        return Money(amount=to_date.amount - before.amount, currency=to_date.currency)


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period in which the promise was performed, up to the current one."""
    last = obligation.terms[-1].terms
    if not isinstance(last, PerformanceObligation) or obligation.we_owe is False:
        return ()
    sale = sale_of(obligation, facts, at)
    zone = zone_of(obligation, last, at)
    invoices = tuple(_invoices(sale, facts))
    first = first_observed(last.per, None, _begins(sale, last), sale.today, None)
    found = []
    for segment in segments(obligation, _cadence, first, sale.today):
        terms = segment.dated.terms
        if isinstance(terms, PerformanceObligation):
            ended = sale.today > segment.end
            case = _Case(sale, segment, terms, min(segment.end, sale.today), ended, invoices)
            if not _over(case):
                found.append(_assess(Trail(obligation, at), case, zone))
    return tuple(found)


def _cadence(dated: DatedTerms) -> Per:
    return dated.terms.per if isinstance(dated.terms, PerformanceObligation) else "once"


def _begins(sale: Sale, terms: PerformanceObligation) -> date | None:
    """The first day on which there may be revenue."""
    known = [terms.starts_on, sale.obligation.starts_on]
    known += [progress.on for _, progress in sale.progress]
    known += [event.on for _, milestone in sale.milestones for event in milestone.events]
    known += [day for _, d in sale.deliveries for day in (d.delivered_on, d.proof_on, d.shipped_on)]
    known += [deed.done_on for _, deed in sale.deeds]
    return min((day for day in known if day is not None and day <= sale.today), default=None)


def _over(case: _Case) -> bool:
    """Whether all of the price was recognised before the period, and nothing changes in it."""
    eve = case.sale.satisfied(case.terms, case.segment.start - _DAY, benefit=False)
    revenue = case.revenue()
    return eve.part == 1 and revenue is not None and not revenue.amount


def _invoices(sale: Sale, facts: Sequence[Fact]) -> list[tuple[Fact, Invoice]]:
    """Our invoices for it: all of the contract's where it is the only promise, else those that name it."""
    last = sale.obligation.terms[-1].terms
    only = isinstance(last, PerformanceObligation) and not last.others
    found = []
    held = records(sale.obligation, facts, sale.at.known_at, Invoice)
    for fact, invoice in each_once(held, lambda invoice: (invoice.number, invoice.gross)):
        names = (invoice.milestone, *(line.item for line in invoice.lines))
        named = any(name and same_service(sale.name, name) is True for name in names)
        returned = invoice.returned_on is not None and invoice.returned_on <= sale.today
        ours = invoice.direction == "receivable" and invoice.invoiced_on <= sale.today and not returned
        if ours and (only or named) and belongs(sale.obligation, fact) == "yes":
            found.append((fact, invoice))
    return found


def _assess(trail: Trail, case: _Case, zone: tzinfo) -> Assessment:
    price = transaction_price(case.terms, case.sale.credits, case.until)
    satisfied = case.sale.satisfied(case.terms, case.until, benefit=False)
    _tell(trail, case, price, satisfied)
    occurrence = Occurrence(
        key=case.segment.key,
        label=f"Revenue from {case.sale.name}, {case.segment.words}",
        starts_at=datetime.combine(case.segment.start, time(), zone),
        counts_on=case.segment.end,
    )
    missing = _missing(case, satisfied)
    if missing:
        needed = " and ".join(missing)
        summary = f"Revenue from {case.sale.name} in {case.segment.words} cannot be told without {needed}."
        return trail.conclude(occurrence, undetermined(summary, *missing))
    return trail.conclude(occurrence, _finding(trail, case, satisfied))


def _missing(case: _Case, satisfied: Satisfied) -> tuple[str, ...]:
    """What must be known before revenue can be told; doubts only where they change it."""
    terms, found = case.terms, []
    if terms.price is None:
        found.append("the price of the contract")
    elif case.revenue() is None:
        found.append(f"the price of the contract before {case.segment.dated.from_on}")
    if terms.recognised is None and terms.method is None and terms.transfers_on is None:
        found.append("whether control passes at a point in time or over time")
    elif terms.recognised == "over_time" and terms.method is None:
        found.append("the measure of progress: output, input or days")
    if terms.clock == "business" and terms.calendar is None and terms.deemed_after is not None:
        found.append("the calendar of the business days")
    if terms.method is not None:
        stale = terms.method != "straight_line" and case.ended and _stale(case)
        found += satisfied.missing if case.ended or terms.method == "straight_line" else ()
        found += [f"progress on {case.sale.name} in {case.segment.words}"] if stale else []
    elif case.cumulated(case.until, benefit=True) != case.cumulated(case.until, benefit=False):
        best = case.sale.satisfied(terms, case.until, benefit=True)
        found += [*satisfied.missing, *best.missing]
    return tuple(dict.fromkeys(found))


def _stale(case: _Case) -> bool:
    """Whether the newest progress by the end of a period is from before it, and not of the whole."""
    days = [p.on for _, p in case.sale.progress if p.on <= case.until]
    done = case.sale.satisfied(case.terms, case.until, benefit=False).part == 1
    return bool(days) and max(days) < case.segment.start and not done


def _finding(trail: Trail, case: _Case, satisfied: Satisfied) -> Finding:
    revenue, to_date = case.revenue(), case.cumulated(case.until)
    price = transaction_price(case.terms, case.sale.credits, case.until)
    assert revenue is not None
    assert to_date is not None
    assert price is not None
    allocated = Money(amount=price.allocated, currency=to_date.currency).rounded()
    billed = _billing(trail, case, to_date)
    state = "recognised" if case.ended else "recognised so far"
    outcome = Outcome.MET if revenue.amount else Outcome.NOT_APPLICABLE
    if not case.ended:
        outcome = Outcome.PENDING
    summary = (
        f"Revenue from {case.sale.name} {state} in {case.segment.words}: {revenue} ({satisfied.says}); "
        f"{to_date} of {allocated} to date.{billed}"
    )
    rest = Money(amount=allocated.amount - to_date.amount, currency=to_date.currency)
    return Finding(
        outcome,
        summary,
        target=_quantity(allocated),
        measured=_quantity(to_date),
        margin=_quantity(rest),
        money=revenue if revenue.amount else None,
        money_is="revenue" if revenue.amount else "",
    )


def _billing(trail: Trail, case: _Case, to_date: Money) -> str:
    """What was billed to the end of the period, and the contract asset or liability that follows."""
    own = [(f, i) for f, i in case.invoices if i.invoiced_on <= case.until]
    if not own:
        return f" Nothing is billed: a contract asset of {to_date}." if to_date.amount else ""
    sums = [i.net or i.gross for _, i in own]
    if any(money.currency != to_date.currency for money in sums):
        return " It was billed in another currency."
    # What was credited is no longer owed; where the price is shared, it is not known for which promise.
    given = [] if case.terms.others else given_by(case.terms, case.sale.credits, case.until)
    less = sum((credit.amount.amount for _, credit in given), Decimal(0))
    billed = Money(amount=sum((m.amount for m in sums), Decimal(0)) - less, currency=to_date.currency)
    credited = f", {Money(amount=less, currency=billed.currency)} of credits taken off" if less else ""
    sources = tuple(fact.source for fact, _ in (*own, *given))
    trail.note("billed", f"{billed} billed by {case.until}{credited}.", sources)
    gap = Money(amount=abs(billed.amount - to_date.amount), currency=to_date.currency)
    if not gap.amount:
        return f" {billed} are billed: neither contract asset nor liability."
    side = "liability" if billed.amount > to_date.amount else "asset"
    trail.note("balance", f"Billed {billed} less recognised {to_date}: a contract {side} of {gap}.")
    return f" {billed} are billed: a contract {side} of {gap}."


def _quantity(money: Money) -> Quantity:
    return Quantity(value=money.amount, unit=money.currency, text=str(money))


def _tell(trail: Trail, case: _Case, price: TransactionPrice | None, satisfied: Satisfied) -> None:
    terms, dated = case.terms, case.segment.dated
    trail.terms(dated, f"Revenue from {case.sale.name} is recognised {_when(terms)}.")
    if (
        terms.recognised != "over_time"
        and terms.method is None
        and not terms.transfers_on
        and not terms.units
    ):
        trail.note("reading", "The text does not say when control passes; acceptance, the later, is taken.")
    if price is not None:
        _tell_price(trail, case, price)
    if case.segment.dated.from_on is not None and len(trail.obligation.terms) > 1:
        how = follows_on(terms).replace("_", " ")
        decided = "as decided" if terms.modification else "not decided; as the nature of the promise is"
        trail.note("modification", f"Changed on {dated.from_on}: {how}, {decided}.", spans=(dated.span,))
    sources = tuple(fact.source for fact in satisfied.facts)
    part = plain(round(satisfied.part * 100, 4))
    trail.note("satisfied", f"{part} % satisfied: {satisfied.says}.", sources)
    before, to_date = case.cumulated(case.segment.start - _DAY), case.cumulated(case.until)
    if before is not None and to_date is not None:
        trail.note("revenue", f"{to_date} to {case.until} less {before} before {case.segment.start}.")


def _when(terms: PerformanceObligation) -> str:
    if terms.method is not None:
        measure = {"straight_line": "day by day", "output": "by output", "input": "by input"}
        return f"over time, {measure[terms.method]}"
    if terms.recognised == "over_time":
        return "over time"
    return f"when control passes, at {terms.transfers_on or ('delivery' if terms.units else 'acceptance')}"


def _tell_price(trail: Trail, case: _Case, price: TransactionPrice) -> None:
    def money(amount: Decimal) -> str:
        return str(Money(amount=amount, currency=price.fixed.currency))

    parts = [f"{price.fixed} fixed"]
    parts += [f"{money(price.bonuses)} of bonuses that are highly probable"] if price.bonuses else []
    parts += [f"less {money(price.expected)} of credits and penalties expected"] if price.expected else []
    given = given_by(case.terms, case.sale.credits, case.until)
    sources = tuple(fact.source for fact, _ in given)
    parts += [f"{money(price.given)} of them given"] if given else []
    trail.note("price", f"Transaction price {money(price.whole)}: {', '.join(parts)}.", sources)
    for name in price.left_out:
        trail.note(
            "constraint", f"{name} is left out: that it will not be taken back is not highly probable."
        )
    own, every = price.share
    if own != every:
        text = f"Standalone {money(own)} of {money(every)}: {money(price.allocated)} is this promise's part."
        trail.note("allocation", text)
