"""Fee: a price is billed as agreed, for each period once, in full or for the part that is charged.

A fee that recurs has one occurrence for each period, a fee paid once has one, and a price for a unit has one
for each line that bills it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from obligations.deadlines import days_after
from obligations.facts import Fact
from obligations.minor_units import price_text
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.periods import Period
from obligations.prices.books import Books
from obligations.prices.charges import Charge
from obligations.prices.fee_charges import FeeCharge, HeldFee, fee_charges, multiples
from obligations.prices.fee_periods import RECURRING, Owed, charged_days, owed, periods_until, spread
from obligations.prices.fee_units import figures, money_text, unit_prices
from obligations.prices.index_linking import times
from obligations.prices.price_comparison import Agreed, Comparison, compared
from obligations.prices.price_history import Change, Watched, changes, stated
from obligations.quantities import Money
from obligations.segments import first_observed
from obligations.terms.prices import Fee
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import plain

_LAG = timedelta(days=30)
"""An invoice in arrears is missed from so many days after its period on, where the text states no time."""


@dataclass(frozen=True)
class _Case:
    """One period, or the one payment of a fee paid once. Each charge stands with the share that is for it;
    `inferred` are those placed by their date."""

    fee: HeldFee
    key: str
    words: str
    dated: DatedTerms
    owed: Owed
    bill_by: date
    counts_on: date
    charges: tuple[tuple[FeeCharge, Decimal], ...]
    inferred: frozenset[str] = frozenset()


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period from the first observed one, for the one payment, or for each line."""
    terms = obligation.terms[-1].terms
    if not isinstance(terms, Fee):
        return ()
    zone = zone_of(obligation, terms, at)
    today = at.as_of.astimezone(zone).date()
    watched = Watched.of(obligation, facts, at, today, several=bool(terms.others))
    if terms.item is None and obligation.key:
        terms = terms.model_copy(update={"item": obligation.key})
    books = Books(obligation, facts, at, today)
    held = tuple(fee_charges(books, terms))
    fee = HeldFee(obligation, terms, at, zone, today, held, _done(obligation, terms, watched))
    if terms.per in RECURRING:
        cases = _periods(fee, observed_from)
    elif terms.per == "once" and terms.unit is None:
        cases = [_once(fee)]
    else:
        return unit_prices(fee, books, watched)
    return tuple(_assess(Trail(obligation, at), case) for case in cases)


def _done(obligation: Obligation, terms: Fee, watched: Watched) -> tuple[Change, ...]:
    """The price agreed and its changes; nothing where the amount is not known."""
    pairs = [
        (dated, dated.terms.price, None if dated.deleted else dated.terms.change)
        for dated in obligation.terms
        if isinstance(dated.terms, Fee) and dated.terms.price is not None
    ]
    known = [(dated, price, change) for dated, price, change in pairs if price is not None]
    return changes(stated(known), terms.item or "", watched)


def _periods(fee: HeldFee, observed_from: date | None) -> list[_Case]:
    """The periods from the first observed one on, and every one that is billed."""
    placed: dict[Period, list[tuple[FeeCharge, Decimal]]] = {}
    inferred: set[str] = set()
    for each in fee.charges:
        found, said = spread(fee.terms, fee.anchor, each.charge)
        inferred |= set() if said else {each.charge.key}
        for of in found:
            placed.setdefault(of, []).append((each, 1 / Decimal(len(found))))
    assert fee.terms.per is not None
    earliest = min((of.start for of in placed), default=None)
    first = first_observed(fee.terms.per, observed_from, earliest, fee.today, fee.obligation.starts_on)
    watched = list(periods_until(fee.terms, fee.anchor, first, fee.today))
    charged = {of for of in watched if _is_charged(fee, of)}
    return [
        _period(fee, of, tuple(placed.get(of, ())), frozenset(inferred)) for of in sorted({*placed, *charged})
    ]


def _is_charged(fee: HeldFee, of: Period) -> bool:
    """Whether something is owed for a period even where nothing is billed for it."""
    if fee.terms.optional or (fee.terms.unit is not None and fee.terms.quantity is None):
        return False
    days = charged_days(fee.terms, fee.obligation, of)
    return days is not None and fee.obligation.in_force(days[0]) is not None


def _period(
    fee: HeldFee, of: Period, held: tuple[tuple[FeeCharge, Decimal], ...], inferred: frozenset[str]
) -> _Case:
    days = charged_days(fee.terms, fee.obligation, of)
    if days is None or not fee.done:
        lacking = f"the amount of {fee.name}" if days else f"whether {fee.name} is charged for {of.words}"
        due = Owed((), (lacking,))
    else:
        due = owed(fee.terms, of, days, fee.done)
    dated = fee.dated(days[0] if days else of.start)
    return _Case(fee, of.label, of.words, dated, due, _bill_by(fee.terms, of), of.end, held, inferred)


def _bill_by(terms: Fee, of: Period) -> date:
    """The last day on which the invoice for a period is not missed yet."""
    if terms.bill_within is not None:
        return days_after(of.start if terms.billed == "advance" else of.end, terms.bill_within, None)
    return of.end if terms.billed == "advance" else of.end + _LAG


def _once(fee: HeldFee) -> _Case:
    held = tuple((each, Decimal(1)) for each in fee.charges)
    on = max((each.charge.invoice.invoiced_on for each in fee.charges), default=fee.today)
    due = Owed((), (f"the amount of {fee.name}",))
    if fee.done:
        whole = Period(on, on, on.isoformat())
        due = owed(fee.terms, whole, (on, on), fee.done)
    return _Case(fee, "once", "once", fee.dated(on), due, date.max, on, held)


def _assess(trail: Trail, case: _Case) -> Assessment:
    fee = case.fee
    per = (fee.terms.per or "").replace("_", "-")
    each = f" for each {fee.terms.unit}" if fee.terms.unit else ""
    trail.terms(case.dated, f"{fee.name} is {fee.stated}{each}, {'once' if per == 'once' else f'per {per}'}.")
    gone = fee.obligation.deleted_by(case.counts_on)
    if gone is not None:
        trail.note("deleted", f"{fee.name} is deleted from {gone.from_on} on.", spans=(gone.span,))
    for says in case.owed.how:
        trail.note("part", says)
    for change in fee.done:
        if change.key and change.from_on is not None and change.from_on <= case.counts_on:
            text = f"From {change.from_on} on the price is {price_text(change.after.high, change.currency)}."
            trail.note("price", text, change.records)
    for each_charge, share in case.charges:
        _tell(trail, case, each_charge, share)
    label = f"{fee.name}, {case.words}" if case.key != "once" else fee.name
    occurrence = Occurrence(key=case.key, label=label, counts_on=case.counts_on)
    return trail.conclude(occurrence, _finding(case))


def _tell(trail: Trail, case: _Case, held: FeeCharge, share: Decimal) -> None:
    charge = held.charge
    text = f"{_capital(charge.label)} of {charge.invoice.invoiced_on} bills {charge.money}"
    part = f", {_share_words(share)} of it {_for(case)}" if share != 1 else ""
    placed = ", which says no period and is placed by its date" if charge.key in case.inferred else ""
    trail.note("invoice", f"{text}{part}{placed}.", (charge.source,))
    for fact, credit in held.credits:
        trail.note("credit", f"{credit.number}: {credit.amount} credited on it.", (fact.source,))


def _share_words(share: Decimal) -> str:
    return f"1/{plain(round(1 / share, 0))}"


def _finding(case: _Case) -> Finding:
    """With the charges that are the fee's for sure, and with those that may be: one verdict, or none."""
    sure = [c for c in case.charges if c[0].sure]
    if not sure:
        sure = [c for c in case.charges if _fits(case, c)][:1]
    taken = {held.charge.id for held, _ in sure}
    doubtful = [c for c in case.charges if c[0].charge.id not in taken]
    finding = _judged(case, sure)
    if not doubtful or (sure and not any(c[0].by_name for c in doubtful) and _fits_all(case, sure)):
        return finding
    other = _judged(case, [*sure, *doubtful])
    if other.outcome is finding.outcome:
        return finding
    return _cannot(case, tuple(text for held, _ in doubtful for text in held.doubts))


def _fits(case: _Case, held: tuple[FeeCharge, Decimal]) -> bool:
    """Whether a charge that may be the fee's has its amount exactly, and is under this contract for sure."""
    if any(text.startswith("which ") for text in held[0].doubts):
        return False
    return _fits_all(case, [held])


def _fits_all(case: _Case, held: Sequence[tuple[FeeCharge, Decimal]]) -> bool:
    found = _comparison(case, held)
    return found is not None and found.verdict == "within" and not found.under


def _comparison(case: _Case, held: Sequence[tuple[FeeCharge, Decimal]]) -> Comparison | None:
    """What was billed against what is owed; None where the one or the other cannot be told."""
    counts, _ = multiples(case.fee.terms, [each for each, _ in held])
    if not case.owed.readings or not counts:
        return None
    if any(each.charge.currency != case.fee.currency for each, _ in held):
        return None
    billed = sum((each.amount * share for each, share in held), Decimal(0))
    least, most = min(counts), max(counts)
    readings = [Agreed(times(r.low, least), times(r.high, most), r.reading) for r in case.owed.readings]
    return compared(billed, case.fee.currency, readings)


def _judged(case: _Case, held: Sequence[tuple[FeeCharge, Decimal]]) -> Finding:
    fee = case.fee
    found = _comparison(case, held)
    if not held:
        return _not_billed(case, found)
    if found is None or found.verdict == "unknown":
        return _cannot(case, _lacking(case, held))
    unsure = [each for each, _ in held if not each.charge.net or each.charge.key in case.inferred]
    if found.verdict == "over" and unsure:
        stands = f"; {money_text(found, found.billed)} stands against {_agreed(found)}"
        return _cannot(case, tuple(_unsure(each.charge, case) for each in unsure), stands)
    if found.verdict == "over":
        return _too_much(case, held, found)
    records = _names(held)
    if found.under and fee.today <= case.bill_by:
        part = f"{money_text(found, found.billed)} of the {_agreed(found)}"
        summary = f"{records} bill{_s(held)} {part} {_for(case)}."
        return figures(found, Outcome.PENDING, summary)
    short = f", {money_text(found, found.under)} less than agreed" if found.under else ""
    amount = f"{money_text(found, found.billed)}{short}"
    summary = f"{fee.name} {_for(case)} is billed as agreed by {records}: {amount}."
    return figures(found, Outcome.MET, f"{summary}{_other(found)}")


def _not_billed(case: _Case, found: Comparison | None) -> Finding:
    fee = case.fee
    amount = f", {_agreed(found)}," if found is not None else ""
    if not case.owed.readings:
        return _cannot(case, case.owed.missing)
    if fee.today <= case.bill_by:
        return Finding(Outcome.PENDING, f"{fee.name}{amount} is not billed yet {_for(case)}.")
    missing = f"the invoice of {fee.name} {_for(case)}"
    return undetermined(f"No invoice of {fee.name}{amount} is on record {_for(case)}.", missing)


def _too_much(case: _Case, held: Sequence[tuple[FeeCharge, Decimal]], found: Comparison) -> Finding:
    numbers = {each.charge.invoice.number for each, _ in held}
    amounts = {each.amount for each, _ in held}
    twice = len(numbers) > 1 and len(amounts) == 1 and found.over >= next(iter(amounts))
    how = (
        f"is billed {'twice' if len(numbers) == 2 else f'{len(numbers)} times'}, " if twice else "is billed "
    )
    summary = (
        f"{case.fee.name} {_for(case)} {how}{money_text(found, found.over)} too much by {_names(held)}: "
        f"{money_text(found, found.billed)} instead of {_agreed(found)}."
    )
    money = Money(amount=found.over, currency=found.currency)
    return figures(found, Outcome.BREACHED, f"{summary}{_other(found)}", money)


def _lacking(case: _Case, held: Sequence[tuple[FeeCharge, Decimal]]) -> tuple[str, ...]:
    fee = case.fee
    _, units = multiples(fee.terms, [each for each, _ in held])
    foreign = [each.charge for each, _ in held if each.charge.currency != fee.currency] if fee.done else []
    money = [f"what {charge.label} bills in {fee.currency}" for charge in foreign]
    return tuple(dict.fromkeys((*case.owed.missing, *money, *units)))


def _unsure(charge: Charge, case: _Case) -> str:
    if charge.key in case.inferred:
        return f"the period that {charge.invoice.number} is for"
    return f"the net amount of {charge.invoice.number}"


def _cannot(case: _Case, missing: tuple[str, ...], more: str = "") -> Finding:
    """Not to be told, and without what."""
    told = tuple(dict.fromkeys(missing))
    head = f"Whether {case.fee.name} is billed as agreed {_for(case)} cannot be told"
    return undetermined(f"{head} without knowing {' and '.join(told)}{more}.", *told)


def _for(case: _Case) -> str:
    return "so far" if case.key == "once" else f"for {case.words}"


def _agreed(found: Comparison) -> str:
    reading = f" ({found.agreed.reading})" if found.agreed.reading else ""
    return f"{money_text(found, found.agreed.shown)}{reading}"


def _other(found: Comparison) -> str:
    if found.other is None:
        return ""
    gives = "is too much" if found.verdict == "within" else "is as agreed"
    other = f"{money_text(found, found.other.shown)} ({found.other.reading})"
    return f" The text leaves it open; by the other reading, {other}, it {gives}."


def _names(held: Sequence[tuple[FeeCharge, Decimal]]) -> str:
    return " and ".join(dict.fromkeys(each.charge.invoice.number for each, _ in held))


def _s(held: Sequence[tuple[FeeCharge, Decimal]]) -> str:
    return "s" if len({each.charge.invoice.number for each, _ in held}) == 1 else ""


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
