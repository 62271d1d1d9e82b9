"""Late interest: what an invoice that is paid after its due day bears, on what is open, day by day.

Interest runs from the day after the due day up to the day of payment. What the text leaves open (the days of
a year, when a new reference rate counts, what the time of grace forgives) is counted in every reading: the
most is acted on where we pay, the least where we are paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from obligations.facts import Fact, ReferenceRate, latest
from obligations.minor_units import at_least, to_the_unit, unit_of
from obligations.model import AsOf, Assessment, Obligation, Occurrence, Outcome
from obligations.money.interest import (
    COMPOUNDED,
    Accrued,
    Slice,
    by_begun_months,
    capitalised,
    compound,
    exact,
    simple,
    slices,
)
from obligations.money.interest_rates import Counting, Rates, countings, rate_words, rates, reference_rates
from obligations.money.invoices import Bill, bills
from obligations.money.late_balance import Late, lates, not_arrived, reminder_of, runs_from, sources
from obligations.money.payment_trail import head, tell_account, tell_due, tell_invoice
from obligations.quantities import Money, Quantity
from obligations.terms import LateInterest
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text, day_quantity, days_quantity, plain

Known = Sequence[tuple[Fact, ReferenceRate]]


@dataclass(frozen=True)
class _Sum:
    """Interest under one reading: `amount` exact and after any cap, without the fixed sum."""

    counting: Counting
    start: date
    parts: tuple[Accrued, ...]
    rates: Rates
    amount: Decimal
    capped: bool
    reminders: tuple[Fact, ...]


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each invoice under the promise, or each instalment of it, by its due day."""
    found = []
    published = latest((fact for fact in facts if isinstance(fact.data, ReferenceRate)), at.known_at)
    for bill in bills(obligation, facts, at):
        terms = bill.dated.terms
        if not isinstance(terms, LateInterest):
            continue
        known = reference_rates(terms, published, bill.today)
        payment = terms.payment_under(bill.fact.contract)
        if payment is None:
            found.append(_unbound(Trail(obligation, at), bill, terms))
            continue
        for late in lates(bill, payment):
            trail = Trail(obligation, at)
            _tell(trail, terms, late)
            found.append(trail.conclude(_occurrence(late), _finding(trail, terms, late, known)))
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _unbound(trail: Trail, bill: Bill, terms: LateInterest) -> Assessment:
    trail.terms(bill.dated, _promised(terms))
    tell_invoice(trail, bill)
    occurrence = Occurrence(
        key=bill.number, label=f"Interest on invoice {bill.number}", counts_on=bill.invoice.invoiced_on
    )
    missing = "the clause that says when invoices are due"
    return trail.conclude(
        occurrence, undetermined(f"Interest on {bill.number} cannot be told without {missing}.", missing)
    )


def _promised(terms: LateInterest) -> str:
    fixed = f", and {terms.fixed}" if terms.fixed is not None else ""
    compounding = f", compounded by the {terms.compounding}" if terms.compounding in COMPOUNDED else ""
    return f"What is paid late bears {rate_words(terms)}{compounding}{fixed}."


def _tell(trail: Trail, terms: LateInterest, late: Late) -> None:
    trail.terms(late.bill.dated, _promised(terms))
    tell_invoice(trail, late.bill)
    tell_due(trail, late.bill, late.part.due)
    tell_account(trail, late.bill, late.account)
    if terms.compounding is None and not terms.whole_months:
        trail.note("reading", "Compounding is not spoken of; interest bears no interest.")


def _finding(trail: Trail, terms: LateInterest, late: Late, known: Known) -> Finding:
    bill, number = late.bill, late.bill.number
    if bill.sent_back:
        return Finding(Outcome.NOT_APPLICABLE, f"Invoice {number} was sent back; it bears no interest.")
    if late.part.amount <= 0 and bill.rival is None and not bill.unclear:
        return Finding(Outcome.NOT_APPLICABLE, f"Nothing is to be paid on invoice {number}: no interest.")
    missing = [late.part.due.missing] if late.part.due.missing else []
    missing += list(late.account.missing)
    if bill.unclear:
        missing.append(f"which contract {number} is under")
    if bill.rival is not None:
        missing.append(f"which record of {number} is right, {bill.invoice.gross} or {bill.rival[1].gross}")
    if missing:
        summary = f"Interest on invoice {number} cannot be told without {' and '.join(missing)}."
        return undetermined(summary, *missing)
    found = _judge(trail, terms, late, known)
    if late.account.uncertain:
        other = _judge(Trail(trail.obligation, trail.at), terms, not_arrived(late), known)
        if (other.outcome, other.money) != (found.outcome, found.money):
            lacks = f"the day {' and '.join(late.account.uncertain)} reached the creditor"
            return undetermined(f"Interest on invoice {number} cannot be told without {lacks}.", lacks)
    return found


def _judge(trail: Trail, terms: LateInterest, late: Late, known: Known) -> Finding:
    """None runs yet; none is owed; or how much."""
    assert late.due is not None
    name = head(late.bill, late.account, late.part.words, late.part.amount)
    if late.settled_on is not None and late.settled_on <= late.due.on:
        text = f"{name} was paid on {late.settled_on}, due {late.due.on}: no interest is owed."
        return Finding(Outcome.NOT_APPLICABLE, text, target=day_quantity(late.due.on))
    if late.bill.today <= late.due.on:
        text = f"{name} is due {late.due.on}; no interest runs before."
        return Finding(Outcome.PENDING, text, target=day_quantity(late.due.on))
    sums = [_sum(terms, late, known, counting) for counting in countings(terms)]
    lacking = [found for found in sums if isinstance(found, str)]
    if lacking:
        text = f"{name} is late; the interest on it cannot be told without {lacking[0]}."
        return undetermined(text, lacking[0])
    owed = [found for found in sums if isinstance(found, _Sum)]
    if not owed:
        return _none_runs(terms, late, name)
    pick = min if late.bill.we_pay is False else max
    chosen = pick(owed, key=lambda s: s.amount)
    if len(owed) < len(sums) and late.bill.we_pay is False:
        return _none_runs(terms, late, name)
    _tell_sum(trail, terms, late, chosen, owed)
    return _owed(terms, late, chosen, name)


def _why_none(terms: LateInterest, late: Late) -> str:
    reminder = reminder_of(late) if terms.from_reminder else None
    if terms.from_reminder and reminder is None:
        return "no reminder is on record after it was due"
    if reminder is not None and reminder[1] >= late.end:
        return f"interest runs from the day after the reminder of {reminder[1]}"
    return "nothing of it that is not disputed was late"


def _none_runs(terms: LateInterest, late: Late, name: str) -> Finding:
    """Late, and yet without interest: in the time of grace, without a reminder, or held by a dispute."""
    assert late.due is not None
    over = late.settled_on is not None
    outcome = Outcome.NOT_APPLICABLE if over else Outcome.PENDING
    if terms.grace is not None and (late.end - late.due.on).days <= terms.grace.days:
        why = f"within the {terms.grace.words()} of grace"
    else:
        why = _why_none(terms, late)
    state = f"was paid on {late.settled_on}" if over else "is open"
    text = f"{name} {state}, due {late.due.on}: {why}, so that no interest is owed."
    return Finding(outcome, text, target=day_quantity(late.due.on))


def _sum(terms: LateInterest, late: Late, known: Known, counting: Counting) -> _Sum | str | None:
    """The interest under one reading; what is missing; or None where none runs."""
    begins = runs_from(terms, late, counting.from_due)
    if begins is None:
        return None
    start, reminders = begins
    balance = late.balance(start)
    if not any(step.value > 0 for step in balance):
        return None
    found = rates(terms, counting, known, start + timedelta(days=1), late.end)
    if isinstance(found, str):
        return found
    parts = _accrued(terms, late, start, found, counting)
    amount = exact(sum((part.interest for part in parts), Fraction(0)))
    most = None
    if terms.cap_percent is not None:
        most = max(step.value for step in balance) * terms.cap_percent / 100
    capped = most is not None and amount > most
    kept = most if capped and most is not None else amount
    return _Sum(counting, start, parts, found, kept, capped, reminders)


def _accrued(
    terms: LateInterest, late: Late, start: date, found: Rates, counting: Counting
) -> tuple[Accrued, ...]:
    balance, end = late.balance(start), late.end
    if terms.per == "once":
        part = Slice(start, end, balance[0].value, found.steps[0].value)
        return (Accrued(part, Fraction(part.principal) * Fraction(part.percent) / 100),)
    if terms.whole_months:
        return by_begun_months(start, end, balance, found.steps[0].value / 12)
    if terms.compounding in COMPOUNDED:
        dates = capitalised(start, end, terms.compounding)
        return compound(slices(start, end, balance, found.steps, dates), counting.day_count, dates)
    return simple(slices(start, end, balance, found.steps), counting.day_count)


def _tell_sum(trail: Trail, terms: LateInterest, late: Late, chosen: _Sum, owed: Sequence[_Sum]) -> None:
    currency = late.bill.currency
    for part in chosen.parts:
        if not part.interest:
            continue
        piece = part.slice
        days = count_text((piece.until - piece.after).days, "day")
        principal = Money(amount=piece.principal, currency=currency)
        interest = Money(amount=exact(part.interest), currency=currency)
        how = "" if terms.per == "once" or terms.whole_months else f", {chosen.counting.day_count}"
        rate = f"{plain(piece.percent.normalize())} % a year" if terms.per != "once" else rate_words(terms)
        text = f"{principal} for {days} after {piece.after} up to {piece.until} at {rate}{how}: {interest}."
        trail.note("accrued", text, (*chosen.rates.records, *sources(chosen.reminders)))
    if chosen.capped:
        trail.note("cap", f"At most {plain(terms.cap_percent or Decimal(0))} % of what was late.")
    amounts = {to_the_unit(s.amount, currency) for s in owed}
    if len(amounts) > 1:
        why = {True: "as we pay, the most", False: "as we are paid, the least", None: "the most"}
        others = " and ".join(str(Money(amount=a, currency=currency)) for a in sorted(amounts))
        trail.note("reading", f"The text leaves open how it is counted ({others}); {why[late.bill.we_pay]}.")


def _owed(terms: LateInterest, late: Late, chosen: _Sum, name: str) -> Finding:
    """What is owed, and whether it was paid together with the invoice."""
    assert late.due is not None
    currency = late.bill.currency
    fixed = terms.fixed if terms.fixed is not None and terms.fixed.currency == currency else None
    whole = chosen.amount + (fixed.amount if fixed else Decimal(0))
    total = Money(amount=to_the_unit(whole, currency), currency=currency)
    days = (late.end - late.due.on).days
    interest = Money(amount=to_the_unit(chosen.amount, currency), currency=currency)
    owes = f"{interest} of interest ({rate_words(terms)})"
    if terms.fixed is not None:
        in_all = f", {total} in all," if fixed else ""
        owes = f"{owes} and the fixed sum of {terms.fixed}{in_all}"
    state = f"was paid {count_text(days, 'day')} late on {late.settled_on}" if late.settled_on else "is open"
    late_for = "" if late.settled_on else f", {count_text(days, 'day')} overdue"
    says = f"{name} {state}{late_for}: {owes}"
    verb = "are" if terms.fixed is not None else "is"
    finding = Finding(
        Outcome.PENDING,
        f"{says} {verb} owed{'' if late.settled_on else ' so far'}.",
        target=day_quantity(late.due.on),
        measured=Quantity(value=total.amount, unit=currency, text=str(total)),
        margin=days_quantity(-days),
        money=total,
        money_is="interest",
    )
    paid = max(late.account.total() - late.account.owed, Decimal(0))
    last = late.part.upto == late.account.owed
    if late.settled_on is None or paid < unit_of(currency) or not last:
        return finding
    if paid >= at_least(whole, currency):
        return replace(
            finding, outcome=Outcome.MET, summary=f"{says} {'were' if terms.fixed else 'was'} paid with it."
        )
    rest = Money(amount=total.amount - paid, currency=currency)
    text = f"{says}, of which {late.account.money(paid)} was paid and {rest} is owed."
    return replace(finding, summary=text, money=rest)


def _occurrence(late: Late) -> Occurrence:
    invoice, part = late.bill.invoice, late.part
    words = f", {part.words}" if part.words else ""
    return Occurrence(
        key=f"{invoice.number}/{part.key}" if part.key else invoice.number,
        label=f"Interest on invoice {invoice.number}{words}",
        starts_at=datetime.combine(invoice.invoiced_on, time(), late.bill.zone),
        counts_on=late.due.on if late.due else invoice.invoiced_on,
    )
