"""Price change: a price is changed only when, and as far as, the contract allows.

Every change that a notice asks for, and every one that comes by itself, is held against the cap, the index,
the days on which prices may change and the time for notice. Whether invoices keep to the price that results
is judged by `fee` and `rate_card`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from obligations.deadlines import Deadline
from obligations.facts import Fact, Notice
from obligations.matching import belongs, same_service
from obligations.minor_units import at_most, price_text
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.periods import shift
from obligations.prices.books import Books
from obligations.prices.price_history import TOO_FAR, Change, Stated, Watched, changes
from obligations.prices.price_trail import promise, tell_change, tell_raise
from obligations.prices.raised_prices import Raise, raises
from obligations.quantities import Money, Quantity
from obligations.terms.prices import NamedPrice, PriceChange
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import plain

_IN_SHARES = NamedPrice(item="", price=Money(amount=Decimal(1_000_000), currency="EUR"))
"""A price to reckon with where only the percentage of a change is known. It is never shown."""


@dataclass(frozen=True)
class _Case:
    """One change of one price; `named` is the price that it is reckoned on."""

    change: Change
    named: NamedPrice
    dated: DatedTerms
    terms: PriceChange
    zone: tzinfo

    def shown(self, price: Decimal) -> str:
        """A price, or the change to it in percent where the price itself is not known."""
        if self.named is not _IN_SHARES:
            return price_text(price, self.named.price.currency)
        return f"{plain(self._share(price))} %"

    def quantity(self, price: Decimal) -> Quantity:
        if self.named is _IN_SHARES:
            return Quantity(value=self._share(price), unit="percent", text=self.shown(price))
        return Quantity(value=price, unit=self.named.price.currency, text=self.shown(price))

    def _share(self, price: Decimal) -> Decimal:
        before = self.change.before.low
        return round((price / before - 1) * 100, 6) if before else Decimal(0)


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each change asked for by notice or come by itself, by the day it takes effect, and
    for each that an invoice makes without the notice it needs."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    today = at.as_of.astimezone(zone).date()
    watched = Watched.of(obligation, facts, at, today)
    found: dict[str, Assessment] = {}
    for named in _reckoned(obligation):
        for change in changes(_series(obligation, named), named.item, watched):
            dated = obligation.in_force(change.on)
            if not change.key or dated is None or not isinstance(dated.terms, PriceChange):
                continue
            case = _Case(change, named, dated, dated.terms, zone)
            if _is_of(obligation, case):
                assessed = _assess(Trail(obligation, at), case)
                found[assessed.occurrence.key] = assessed
    books = Books(obligation, facts, at, today)
    for named in _prices(obligation):
        if named.alone:
            done = changes(_series(obligation, named), named.item, watched)
            for raised in raises(named, done, books):
                found |= _raised(Trail(obligation, at), named, raised, zone, observed_from)
    return tuple(sorted(found.values(), key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _prices(obligation: Obligation) -> list[NamedPrice]:
    """The prices it is about, as they were agreed last."""
    held: dict[str, NamedPrice] = {}
    for dated in obligation.terms:
        if isinstance(dated.terms, PriceChange):
            held |= {named.item: named for named in dated.terms.prices}
    return list(held.values())


def _reckoned(obligation: Obligation) -> list[NamedPrice]:
    """The prices that changes are reckoned on: each known one, and shares where there is not just one."""
    prices = _prices(obligation)
    return prices if len(prices) == 1 else [*prices, _IN_SHARES]


def _is_of(obligation: Obligation, case: _Case) -> bool:
    """Whether a change is reckoned on this price: on the one its notice is about, else on shares."""
    prices = _prices(obligation)
    if len(prices) == 1:
        return True
    notice = case.change.notice[1] if case.change.notice else None
    meant = [p for p in prices if notice and notice.about and same_service(p.item, notice.about)]
    return case.named is (meant[0] if len(meant) == 1 else _IN_SHARES)


def _series(obligation: Obligation, named: NamedPrice) -> tuple[Stated, ...]:
    entries = []
    for dated in obligation.terms:
        terms = dated.terms
        if not isinstance(terms, PriceChange):
            continue
        price = next((p.price for p in terms.prices if p.item == named.item), named.price)
        change = None if dated.deleted else terms
        entries.append(Stated(dated.from_on or date.min, price, change, dated))
    return tuple(entries)


def _assess(trail: Trail, case: _Case) -> Assessment:
    trail.terms(case.dated, promise(case.terms))
    tell_change(trail, case.change, case.terms, case.shown)
    change = case.change
    deadline = Deadline(change.latest_on, case.zone) if change.latest_on else None
    what = f" of {case.named.item}" if case.named.item else ""
    occurrence = Occurrence(
        key=change.key,
        label=f"Price change{what} on {change.on}",
        due_at=deadline.instant if deadline else None,
        counts_on=change.on,
    )
    return trail.conclude(occurrence, _finding(trail.obligation, case))


def _raised(
    trail: Trail, named: NamedPrice, raised: Raise, zone: tzinfo, observed_from: date | None
) -> dict[str, Assessment]:
    """The assessment of a price that an invoice raised without notice; none where no notice is needed."""
    charge, on = raised.charge, raised.charge.invoice.invoiced_on
    dated = trail.obligation.in_force(on)
    terms = dated.terms if dated is not None else None
    if dated is None or not isinstance(terms, PriceChange) or terms.notice is None:
        return {}
    latest_on = shift(on, terms.notice, -1)
    trail.terms(dated, promise(terms))
    tell_raise(trail, raised)
    occurrence = Occurrence(
        key=charge.key,
        label=f"Price change of {named.item} by {charge.label}",
        due_at=Deadline(latest_on, zone).instant,
        counts_on=on,
    )
    watched = observed_from is not None and observed_from <= latest_on
    missing = raised.missing if watched else (*raised.missing, f"whether notice was given by {latest_on}")
    finding = _without_notice(named, raised, latest_on, missing)
    return {charge.key: trail.conclude(occurrence, finding)}


def _without_notice(named: NamedPrice, raised: Raise, latest_on: date, missing: tuple[str, ...]) -> Finding:
    currency, most = named.price.currency, at_most(raised.allowed.price.high, named.price.currency)
    billed, stays = price_text(raised.price, currency), price_text(most, currency)
    was = price_text(raised.was, currency)
    label = f"{raised.charge.label[0].upper()}{raised.charge.label[1:]}"
    says = f"{label} bills {billed} for {named.item}, {was} before, and {stays} is the price"
    if missing:
        return undetermined(
            f"{says}; whether it may cannot be told without {' and '.join(missing)}.", *missing
        )
    target, measured, margin = (
        Quantity(value=value, unit=currency, text=price_text(value, currency))
        for value in (most, raised.price, most - raised.price)
    )
    why = f"no notice of it is on record, which was due by {latest_on}; {stays} stays"
    return Finding(Outcome.BREACHED, f"{says}: {why}.", target, measured, margin)


def _finding(obligation: Obligation, case: _Case) -> Finding:
    change = case.change
    missing = change.missing
    unclear = change.notice is not None and belongs(obligation, change.notice[0]) == "unclear"
    if case.named is _IN_SHARES and change.notice is not None and change.notice[1].amount is not None:
        missing = (f"the price that {change.key} changes",)
    if change.faults and missing == change.missing and not unclear:
        return _figures(case, Outcome.BREACHED, f"{_asks(case)}: {_why_not(case)}.")
    if missing:
        doubt = "to what" if change.notice is None else "whether it may"
        without = " and ".join(missing)
        return undetermined(f"{_asks(case)}; {doubt} cannot be told without knowing {without}.", *missing)
    if change.notice is None:
        moved = f"from {case.shown(change.before.low)} to {case.shown(change.after.low)}"
        if case.named is _IN_SHARES:
            moved = f"by {case.shown(change.after.low)}"
        return _figures(case, Outcome.MET, f"{_name(case)} changed by itself {moved} on {change.on}.")
    return _figures(case, Outcome.MET, f"{_asks(case)}: it may{_within(case)}.")


def _figures(case: _Case, outcome: Outcome, summary: str) -> Finding:
    """The finding with the price allowed, the price asked for, and what lies between."""
    change = case.change
    target = case.quantity(change.allowed.high) if change.allowed.high.is_finite() else None
    price = change.claimed or change.after
    measured = case.quantity(price.low)
    margin = None
    if target is not None and target.value is not None and measured.value is not None:
        left = target.value - measured.value
        text = f"{plain(left)} points" if target.unit == "percent" else price_text(left, target.unit)
        margin = Quantity(value=left, unit=target.unit, text=text)
    return Finding(outcome, summary, target, measured, margin)


def _name(case: _Case) -> str:
    return f"The price of {case.named.item}" if case.named.item else "The price"


def _asks(case: _Case) -> str:
    """ "N-7 asks for EUR 10,192.00 instead of EUR 9,800.00 from 2027-02-01 on"."""
    change = case.change
    asked = change.notice[1].amount if change.notice is not None else None
    if change.notice is None:
        return f"{_name(case)} changes by itself on {change.on}"
    if change.claimed is None or (case.named is _IN_SHARES and asked is not None):
        what = str(asked) if asked is not None else "another price"
        return f"{change.key} asks for {what} from {change.on} on"
    if case.named is _IN_SHARES:
        return f"{change.key} asks for {case.shown(change.claimed.low)} more from {change.on} on"
    now, then = case.shown(change.before.high), case.shown(change.claimed.high)
    what = f" for {case.named.item}" if case.named.item else ""
    return f"{change.key} asks for {then}{what} instead of {now} from {change.on} on"


def _why_not(case: _Case) -> str:
    change = case.change
    reasons = "; ".join(change.faults)
    if TOO_FAR in change.faults:
        reasons = reasons.replace(TOO_FAR, f"more than the {_most(case)} that is allowed")
    if change.from_on is None:
        stays = "nothing changes" if case.named is _IN_SHARES else f"{case.shown(change.before.high)} stays"
        return f"{reasons}; {stays}"
    most = "" if change.after.known else "no more than "
    return f"{reasons}; {most}{case.shown(change.after.high)} holds from {change.from_on} on"


def _most(case: _Case) -> str:
    return case.shown(case.change.allowed.high)


def _within(case: _Case) -> str:
    change = case.change
    assert change.claimed is not None
    if change.claimed.high <= change.before.low:
        return ", it is no increase"
    limit = f", up to {_most(case)} is allowed" if change.allowed.high.is_finite() else ""
    notice: Notice | None = change.notice[1] if change.notice else None
    if change.latest_on is None or notice is None:
        return limit
    return f"{limit}, and notice was due by {change.latest_on}"
