"""Fees that are prices for a unit: every line that bills units is judged by itself, as on a rate card."""

from decimal import Decimal

from obligations.facts import Source
from obligations.minor_units import price_text
from obligations.model import Assessment, Obligation, Occurrence, Outcome
from obligations.prices.books import Books
from obligations.prices.card_lines import Billed, Card, CardLine, judge
from obligations.prices.fee_charges import FeeCharge, HeldFee
from obligations.prices.price_comparison import Comparison
from obligations.prices.price_history import Watched
from obligations.quantities import Money, Quantity
from obligations.terms.prices import CardPrice, Fee, RateCard
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import plain


def figures(found: Comparison, outcome: Outcome, summary: str, money: Money | None = None) -> Finding:
    """A finding with what was agreed, what was billed, and what lies between."""
    target, measured, margin = (
        Quantity(value=value, unit=found.currency, text=money_text(found, value))
        for value in (found.agreed.shown, found.billed, found.agreed.shown - found.billed)
    )
    return Finding(outcome, summary, target, measured, margin, money, "overcharged" if money else "")


def money_text(found: Comparison, amount: Decimal) -> str:
    return price_text(round(amount, 2), found.currency)


def unit_prices(fee: HeldFee, books: Books, watched: Watched) -> tuple[Assessment, ...]:
    """One assessment for each line that bills units at this price."""
    card = Card(_as_card(fee), books, watched)
    found = []
    for held in fee.charges:
        on = held.charge.supplied_on or held.charge.invoice.invoiced_on
        line = judge(card, _billed(fee, held), [("supply", (on,))])
        found.append(_assess_unit(Trail(fee.obligation, fee.at), fee, held, line))
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _as_card(fee: HeldFee) -> Obligation:
    """The fee as a rate card of one row."""
    series = []
    for dated in fee.obligation.terms:
        terms = dated.terms
        if isinstance(terms, Fee) and terms.price is not None:
            unit = terms.unit or (terms.per if terms.per == "day" else None) or ""
            row = CardPrice(item=fee.name, price=terms.price, unit=unit)
            series.append(dated.model_copy(update={"terms": RateCard(prices=(row,), change=terms.change)}))
    return fee.obligation.model_copy(update={"kind": "rate_card", "terms": tuple(series)})


def _billed(fee: HeldFee, held: FeeCharge) -> Billed:
    charge = held.charge
    line = charge.line
    quantity = line.quantity if line else None
    if quantity is None and line is not None and line.unit_price is not None and line.unit_price.amount:
        quantity = charge.amount / line.unit_price.amount
    if quantity is None and fee.terms.unit is None and fee.terms.per != "day":
        quantity = Decimal(1)
    records: tuple[Source, ...] = (charge.source, *(fact.source for fact, _ in held.credits))
    unit = line.unit if line else ""
    on = charge.invoice.invoiced_on
    return Billed(charge.label, fee.name, held.amount, charge.currency, quantity, unit, None, on, records)


def _assess_unit(trail: Trail, fee: HeldFee, held: FeeCharge, line: CardLine) -> Assessment:
    charge = held.charge
    dated = fee.dated(charge.invoice.invoiced_on)
    unit = fee.terms.unit or fee.terms.per or "unit"
    trail.terms(dated, f"{fee.name} is {fee.stated} for each {unit}.")
    for says in line.how:
        trail.note("price", says, line.records)
    trail.note("line", f"{_capital(charge.label)} bills {charge.money}.", line.billed.records)
    on = charge.invoice.invoiced_on
    occurrence = Occurrence(key=charge.key, label=f"{fee.name}, {charge.label}", counts_on=on)
    return trail.conclude(occurrence, _unit_finding(fee, held, line))


def _unit_finding(fee: HeldFee, held: FeeCharge, line: CardLine) -> Finding:
    found, label = line.comparison, held.charge.label
    missing = (f"the amount of {fee.name}",) if not fee.done else line.missing
    if found is None or missing or held.doubts:
        lacking = tuple(dict.fromkeys((*held.doubts, *missing)))
        without = " and ".join(lacking)
        summary = f"Whether {label} bills {fee.name} as agreed cannot be told without knowing {without}."
        return undetermined(summary, *lacking)
    many = plain(round(line.billed.quantity or Decimal(1), 6))
    what = f"{_capital(label)} bills {money_text(found, found.billed)} for {many} {line.billed.unit}".rstrip()
    if found.verdict == "over":
        agreed = money_text(found, found.agreed.shown)
        summary = f"{what} of {fee.name}, {money_text(found, found.over)} more than the {agreed} agreed."
        return figures(found, Outcome.BREACHED, summary, Money(amount=found.over, currency=found.currency))
    short = f", {money_text(found, found.under)} less than agreed" if found.under else ", as agreed"
    return figures(found, Outcome.MET, f"{what} of {fee.name}{short}.")


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
