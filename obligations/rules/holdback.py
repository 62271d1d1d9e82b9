"""Holdback: no more is kept back of an invoice than the clause allows, and it is released in time.

The side that pays may keep back and must release. Each invoice of which something was kept back is one
occurrence, each stage of the release another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.deadlines import Deadline, days_after
from obligations.facts import Credit, Fact
from obligations.minor_units import at_least, at_most, to_the_unit
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.money.invoices import bills
from obligations.money.kept_back import Kept, credits_released, happened_on, kept_back
from obligations.money.payment_trail import tell_invoice
from obligations.quantities import Money, Quantity
from obligations.risk import due_soon
from obligations.terms import Holdback
from obligations.terms.money import Release
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import count_text, day_quantity, days_quantity, plain

Credits = Sequence[tuple[Fact, Credit]]


@dataclass(frozen=True)
class _Stage:
    """One stage of the release: `target` is what must be released in all once it is due, `share` its own."""

    number: int
    release: Release
    share: Decimal
    target: Decimal
    kept: tuple[Kept, ...]
    credits: Credits
    currency: str

    def released(self, until: date) -> Decimal:
        """What was released of everything by a day."""
        credits = [c.amount.amount for _, c in self.credits if c.credited_on <= until]
        return sum((kept.released(until) for kept in self.kept), Decimal(0)) + sum(credits, Decimal(0))

    def reached_on(self, today: date) -> date | None:
        """The first day on which enough was released."""
        days = {p.settled_on or p.paid_on for kept in self.kept for _, p in kept.bill.payments}
        days |= {p.paid_on for kept in self.kept for _, p in kept.bill.payments}
        days |= {c.credited_on for _, c in self.credits}
        needed = at_least(self.target, self.currency)
        return next((day for day in sorted(days) if day <= today and self.released(day) >= needed), None)

    def money(self, amount: Decimal) -> Money:
        return Money(amount=to_the_unit(amount, self.currency), currency=self.currency)


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each invoice of which something was kept back, and for each stage of the release."""
    kept = kept_back(list(bills(obligation, facts, at)))
    found = [_assess_invoice(Trail(obligation, at), each) for each in kept]
    for currency in sorted({each.bill.currency for each in kept}):
        own = tuple(each for each in kept if each.bill.currency == currency)
        found += _releases(obligation, facts, at, own, single=len(own) == len(kept))
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _promised(terms: Holdback) -> str:
    share = f"{plain(terms.percent)} %" if terms.percent is not None else "A share not stated"
    of = {"gross": " of the gross amount", "net": " of the net amount", None: ""}[terms.base]
    caps = [str(terms.cap)] if terms.cap is not None else []
    caps += [f"{plain(terms.cap_percent)} % of the price"] if terms.cap_percent is not None else []
    cap = f", at most {' and '.join(caps)} in all" if caps else ""
    stages = [_release_words(release) for release in terms.releases]
    released = f" Released: {'; '.join(stages)}." if stages else ""
    return f"{share} of each invoice{of} may be kept back{cap}.{released}"


def _release_words(release: Release) -> str:
    share = f"{plain(release.percent)} %" if release.percent is not None else "the rest"
    if release.within is None:
        return f"{share} after {release.after}, the time not stated"
    if not (release.within.in_days or release.within.seconds):
        return f"{share} on {release.after}"
    return f"{share} {release.within.words()} after {release.after}"


def _assess_invoice(trail: Trail, kept: Kept) -> Assessment:
    """Whether no more was kept back of one invoice than the clause allows."""
    bill = kept.bill
    trail.terms(bill.dated, _promised(kept.terms))
    tell_invoice(trail, bill)
    for fact, payment in bill.payments:
        held = f", {payment.withheld} kept back" if payment.withheld is not None else ""
        trail.note("payment", f"{payment.amount} paid {payment.paid_on}{held}.", (fact.source,))
    if kept.terms.base is None:
        side = "of all of it" if bill.we_pay is False else "of the net amount, where it is on record"
        trail.note("reading", f"The text does not say of what; to be careful, {side}.")
    day = min(payment.paid_on for _, payment in kept.payments)
    occurrence = Occurrence(key=bill.number, label=f"Kept back of invoice {bill.number}", counts_on=day)
    return trail.conclude(occurrence, _judge_invoice(kept))


def _judge_invoice(kept: Kept) -> Finding:
    bill, terms = kept.bill, kept.terms
    missing = _missing(kept)
    if missing:
        text = f"Whether too much of invoice {bill.number} was kept back cannot be told without"
        return undetermined(f"{text} {' and '.join(missing)}.", *missing)
    over = kept.over(bill.today)
    withheld, allowed, too_much = (
        Money(amount=to_the_unit(amount, bill.currency), currency=bill.currency)
        for amount in (kept.withheld, kept.allowed, over)
    )
    breached = over > 0 and kept.withheld > at_most(kept.allowed, bill.currency)
    share = f"{plain(terms.percent or Decimal(0))} %"
    text = f"{withheld} of invoice {bill.number} ({bill.invoice.gross}) was kept back"
    verdict = f"{too_much} more than the {allowed} allowed" if breached else f"{allowed} is allowed ({share})"
    if not breached and kept.withheld > at_most(kept.allowed, bill.currency):
        verdict = f"{allowed} is allowed ({share}); what was too much has been paid since"
    return Finding(
        Outcome.BREACHED if breached else Outcome.MET,
        f"{text}: {verdict}.",
        target=Quantity(value=allowed.amount, unit=bill.currency, text=str(allowed)),
        measured=Quantity(value=withheld.amount, unit=bill.currency, text=str(withheld)),
        money=too_much if breached else withheld,
        money_is="withheld",
    )


def _missing(kept: Kept) -> tuple[str, ...]:
    terms, bill = kept.terms, kept.bill
    missing = []
    if terms.percent is None:
        missing.append("the share that may be kept back")
    no_price = terms.cap_percent is not None and terms.contract_price is None
    if no_price and (terms.percent is None or kept.over(bill.today) <= 0):
        missing.append("the price that the cap is a share of")
    if bill.unclear:
        missing.append(f"which contract {bill.number} is under")
    if any(p.withheld is not None and p.withheld.currency != bill.currency for _, p in kept.payments):
        missing.append(f"what was kept back of {bill.number} in {bill.currency}")
    return tuple(missing)


def _releases(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, kept: tuple[Kept, ...], single: bool
) -> list[Assessment]:
    """Every stage of the release of what was kept back in one currency, by the terms of the last invoice."""
    last = kept[-1]
    bill, terms, currency = last.bill, last.terms, last.bill.currency
    whole = sum((min(each.withheld, each.allowed) for each in kept), Decimal(0))
    credits = [
        (f, c)
        for f, c in credits_released(obligation, facts, at, bill.today)
        if c.amount.currency == currency
    ]
    found, reached = [], Decimal(0)
    for number, release in enumerate(terms.releases, start=1):
        share = whole - reached if release.percent is None else whole * release.percent / 100
        reached += share
        stage = _Stage(number, release, share, reached, kept, credits, currency)
        trail = Trail(obligation, at)
        trail.terms(bill.dated, _promised(terms))
        _tell_stage(trail, stage)
        key = f"release-{number}" if single else f"release-{number} {currency}"
        found.append(_assess_stage(trail, stage, facts, bill.dated, key))
    return found


def _tell_stage(trail: Trail, stage: _Stage) -> None:
    for kept in stage.kept:
        allowed = stage.money(min(kept.withheld, kept.allowed))
        sources = (kept.bill.fact.source, *(fact.source for fact, _ in kept.bill.payments))
        trail.note("kept", f"{allowed} of invoice {kept.bill.number} rightly kept back.", sources)
    for fact, credit in stage.credits:
        trail.note("released", f"{credit.amount} released {credit.credited_on}.", (fact.source,))


def _assess_stage(
    trail: Trail, stage: _Stage, facts: Sequence[Fact], dated: DatedTerms, key: str
) -> Assessment:
    obligation, at, release = trail.obligation, trail.at, stage.release
    zone = zone_of(obligation, dated.terms, at)
    today = at.as_of.astimezone(zone).date()
    happened = happened_on(obligation, facts, at, release.after, today)
    last = max(kept.last_on for kept in stage.kept)
    label = f"Release {stage.number} of what was kept back"
    if happened is None:
        text = (
            f"{stage.money(stage.share)} is to be released after {release.after}, which is not on record yet."
        )
        finding = Finding(Outcome.PENDING, text, money=stage.money(stage.share), money_is="withheld")
        return trail.conclude(Occurrence(key=key, label=label, counts_on=last), finding)
    on, source = happened
    trail.note("event", f"{release.after} on {on}.", (source,))
    due = _due(stage, dated.terms, on)
    if isinstance(due, str):
        text = f"When {stage.money(stage.share)} is to be released cannot be told without {due}."
        return trail.conclude(Occurrence(key=key, label=label, counts_on=on), undetermined(text, due))
    deadline = Deadline(due, zone)
    occurrence = Occurrence(key=key, label=label, due_at=deadline.instant, counts_on=due)
    return trail.conclude(occurrence, _judge_stage(stage, deadline, at, today))


def _due(stage: _Stage, terms: object, on: date) -> date | str:
    release = stage.release
    if release.within is None:
        return "the time for the release"
    calendar = terms.calendar if isinstance(terms, Holdback) else None
    if release.clock == "business" and calendar is None:
        return "the calendar of the business days"
    return days_after(on, release.within, calendar if release.clock == "business" else None)


def _judge_stage(stage: _Stage, deadline: Deadline, at: AsOf, today: date) -> Finding:
    """Released in time or late; or still kept back."""
    share, due = stage.money(stage.share), deadline.on
    if stage.share <= 0:
        return Finding(Outcome.NOT_APPLICABLE, "Nothing is left to be released.")
    done = stage.reached_on(today)
    left = (due - (done or today)).days
    days = count_text(abs(left), "day")
    rest = stage.money(min(max(stage.target - stage.released(today), Decimal(0)), stage.share))
    what = str(share) if rest == share else f"{rest} of {share}"
    if done is not None:
        outcome = Outcome.MET if deadline.kept_on(done) else Outcome.BREACHED
        tail = "in time" if outcome is Outcome.MET else f"{days} late"
        text = f"{share} was released on {done}, {tail}: due {due}."
    elif deadline.passed(at.as_of):
        outcome = Outcome.BREACHED
        text = f"{what} was not released by {due}: {days} overdue."
    else:
        outcome = Outcome.AT_RISK if due_soon(at.as_of, deadline.instant) else Outcome.PENDING
        text = f"{what} is to be released by {due}: {days} left."
    return Finding(
        outcome,
        text,
        target=day_quantity(due),
        measured=day_quantity(done) if done else None,
        margin=days_quantity(left),
        money=share if done else rest,
        money_is="withheld",
    )
