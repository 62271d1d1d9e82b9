"""Milestone payment: an amount is due on an event, may be invoiced from then on, and is paid.

Whether the event has come is told from the milestone's records in every system. It is judged with and
without what they leave in doubt; where that changes what is due, it is undetermined.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal

from obligations.deadlines import Deadline, days_after
from obligations.facts import Credit, Fact, Invoice, Milestone, Payment, Source, latest
from obligations.matching import belongs, each_once, records, same_service, words
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.quantities import Money
from obligations.risk import due_soon
from obligations.sales.acceptance import Reached, Recorded, of_name, reached
from obligations.terms import MilestonePayment
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import allowance_text, count_text, day_quantity

_EVENT_WORDS = {
    "accept": "accepted",
    "submi": "submitted",
    "complet": "completed",
    "deliver": "completed",
    "install": "completed",
    "signature": "completed",
    "order": "completed",
}
"""How the words of an event that the text names begin, and the step of the milestone it is."""


@dataclass(frozen=True)
class _Bill:
    """An invoice for the milestone with what was paid and credited on it by the day judged."""

    fact: Fact
    invoice: Invoice
    payments: tuple[tuple[Fact, Payment], ...]
    credits: tuple[tuple[Fact, Credit], ...] = ()

    @property
    def settled(self) -> list[tuple[date, Money]]:
        """Payments and credit memos, by day."""
        entries = [(p.paid_on, p.amount) for _, p in self.payments]
        entries += [(c.credited_on, c.amount) for _, c in self.credits]
        return sorted(entries, key=lambda entry: entry[0])

    @property
    def number(self) -> str:
        return self.invoice.number.strip().casefold()

    @property
    def paid_on(self) -> date | None:
        """The day on which payments and credits reached its gross amount."""
        paid = Decimal(0)
        for on, money in self.settled:
            if money.currency == self.invoice.gross.currency:
                paid += money.amount
            if paid >= self.invoice.gross.amount:
                return on
        return None


@dataclass(frozen=True)
class _Case:
    name: str
    dated: DatedTerms
    terms: MilestonePayment
    recorded: tuple[Recorded, ...]
    bills: tuple[_Bill, ...]
    zone: tzinfo
    today: date
    at: AsOf

    @property
    def sum(self) -> Money | None:
        """What the terms say, or else what the milestone's record says."""
        stated = [m.amount for _, m in self.recorded if m.amount is not None]
        return self.terms.sum or (stated[0] if len(set(stated)) == 1 else None)

    @property
    def not_billed(self) -> Money | None:
        """What of the amount no invoice bills yet; None where all of it is billed, or that cannot be told."""
        billed, gross = _billed(self), _total([bill.invoice.gross for bill in self.bills])
        if self.sum is None or billed is None or gross is None or billed.currency != self.sum.currency:
            return None
        rest = Money(amount=self.sum.amount - billed.amount, currency=billed.currency)
        return rest if rest.amount > 0 and gross.amount < self.sum.amount else None

    @property
    def planned_on(self) -> date | None:
        return max((m.planned_on for _, m in self.recorded if m.planned_on), default=None)

    @property
    def title(self) -> str:
        return f"Milestone {self.name}" + (f" ({self.sum})" if self.sum else "")


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment: the milestone, or the dated instalment."""
    dated = obligation.terms[-1]
    if not isinstance(dated.terms, MilestonePayment):
        return ()
    return (_assess(Trail(obligation, at), _case(obligation, dated, facts, at)),)


def _case(obligation: Obligation, dated: DatedTerms, facts: Sequence[Fact], at: AsOf) -> _Case:
    terms = dated.terms
    assert isinstance(terms, MilestonePayment)
    zone = zone_of(obligation, terms, at)
    today = at.as_of.astimezone(zone).date()
    name = terms.milestone or obligation.key or terms.event or "payment"
    recorded = tuple(of_name(name, list(records(obligation, facts, at.known_at, Milestone))))
    bills = tuple(_bills(obligation, name, facts, (at, today)))
    return _Case(name, dated, terms, recorded, bills, zone, today, at)


def _bills(obligation: Obligation, name: str, facts: Sequence[Fact], now: tuple[AsOf, date]) -> list[_Bill]:
    at, today = now
    wanted = {True: "payable", False: "receivable", None: None}[obligation.we_owe]
    payments = [f for f in latest(facts, at.known_at) if isinstance(f.data, Payment)]
    memos = records(obligation, facts, at.known_at, Credit)
    credits = list(each_once(memos, lambda credit: (credit.number, credit.amount)))
    found = []
    held = records(obligation, facts, at.known_at, Invoice)
    for fact, invoice in each_once(held, lambda invoice: (invoice.number, invoice.gross)):
        if wanted not in (None, invoice.direction) or invoice.invoiced_on > today or not invoice.milestone:
            continue
        if invoice.returned_on is not None and invoice.returned_on <= today:
            continue
        if same_service(name, invoice.milestone) is not True:
            continue
        reduced = [
            (credit_fact, credit)
            for credit_fact, credit in credits
            if credit_fact.party == fact.party
            and credit.invoice.strip().casefold() == invoice.number.strip().casefold()
            and credit.credited_on <= today
        ]
        own = [
            (paid, paid.data)
            for paid in payments
            if isinstance(paid.data, Payment)
            and paid.party == fact.party
            and paid.data.invoice.strip().casefold() == invoice.number.strip().casefold()
            and paid.data.direction == invoice.direction
            and paid.data.paid_on <= today
        ]
        own.sort(key=lambda p: (p[1].paid_on, p[0].id))
        found.append(_Bill(fact, invoice, tuple(own), tuple(reduced)))
    return sorted(found, key=lambda b: (b.invoice.invoiced_on, b.fact.id))


def _assess(trail: Trail, case: _Case) -> Assessment:
    _tell(trail, case)
    steps = _steps(case.terms, trail.obligation.we_owe)
    trail_of = _reached(case, steps[0], benefit=True)
    if trail_of.on is not None and trail_of.how:
        trail.note("reached", f"{case.name} was {trail_of.how} on {trail_of.on}.", _sources(case))
    missing = _missing(trail.obligation, case)
    if missing:
        summary = f"What is due for {case.title} cannot be told without {' and '.join(missing)}."
        return trail.conclude(_occurrence(case, None), undetermined(summary, *missing))
    finding = _by_step(case, steps[0])
    for step in steps[1:]:
        other = _by_step(case, step)
        if (other.outcome, other.money) == (finding.outcome, finding.money):
            continue
        if trail.obligation.we_owe is None:
            needed = "which side we are on, to choose the careful reading"
            finding = undetermined(f"{finding.summary} By another reading: {other.summary}", needed)
        else:
            text = f" Another reading of the text, due once {step}: {other.summary}"
            finding = replace(finding, summary=finding.summary + text)
    shown = _reached(case, steps[0], benefit=False)
    return trail.conclude(_occurrence(case, shown.on), finding)


def _steps(terms: MilestonePayment, we_owe: bool | None) -> tuple[str, ...]:
    """The step that makes it due; where the text does not say, the careful one first: the earliest where we
    pay, the latest where we are paid."""
    if terms.on is not None or terms.due_on is not None:
        return (terms.on or "day",)
    named = words(terms.event or "")
    found = [step for start, step in _EVENT_WORDS.items() if any(word.startswith(start) for word in named)]
    if len(set(found)) == 1:
        return (found[0],)
    return ("completed", "accepted") if we_owe is True else ("accepted", "completed")


def _missing(obligation: Obligation, case: _Case) -> tuple[str, ...]:
    terms, found = case.terms, []
    if not case.recorded and terms.due_on is None:
        found.append(f"records of milestone {case.name}")
    names = {" ".join(words(milestone.name)): milestone.name for _, milestone in case.recorded}
    if len(names) > 1:
        found.append(f"which milestone {case.name} is: {' or '.join(sorted(names.values()))}")
    counted = terms.deemed_after or terms.within
    if terms.clock == "business" and terms.calendar is None and counted is not None:
        found.append("the calendar of the business days")
    numbers = [bill.number for bill in case.bills]
    twice = (bill for bill in case.bills if numbers.count(bill.number) > 1)
    found += [f"which record of invoice {bill.invoice.number} is right" for bill in twice]
    held = [fact for fact, _ in case.recorded] + [bill.fact for bill in case.bills]
    found += [f"which contract {_label(f)} is under" for f in held if belongs(obligation, f) == "unclear"]
    return tuple(dict.fromkeys(found))


def _reached(case: _Case, step: str, benefit: bool) -> Reached:
    if case.terms.due_on is not None:
        on = case.terms.due_on
        return Reached(on if on <= case.today else None, "due by its date")
    return reached(case.terms, step, case.recorded, case.today, benefit)


def _by_step(case: _Case, step: str) -> Finding:
    """With and without what the records leave in doubt."""
    worst, best = _reached(case, step, benefit=False), _reached(case, step, benefit=True)
    finding, other = _judge(case, step, worst), _judge(case, step, best)
    doubts = tuple(dict.fromkeys((*worst.doubts, *best.doubts)))
    if doubts and (finding.outcome, finding.money, worst.on) != (other.outcome, other.money, best.on):
        summary = f"Whether {case.title} is due depends on {' and '.join(doubts)}."
        return undetermined(summary, *doubts)
    return finding


def _judge(case: _Case, step: str, found: Reached) -> Finding:
    deadline = _deadline(case, found.on)
    target = day_quantity(deadline.on) if deadline else None
    paid = [bill.paid_on for bill in case.bills]
    if case.bills and all(on is not None for on in paid) and case.not_billed is None:
        return _paid(case, found, deadline, max(on for on in paid if on is not None))
    if found.on is None:
        return Finding(Outcome.PENDING, _not_yet(case, step), target=target)
    if case.sum is None and not case.bills:
        missing = f"the amount of {case.name}"
        summary = f"{case.title} was {found.how} on {found.on}; what is due for it is not known."
        return undetermined(summary, missing, target=target)
    outcome = Outcome.PENDING
    if deadline is not None and deadline.passed(case.at.as_of):
        outcome = Outcome.BREACHED
    elif deadline is not None and due_soon(case.at.as_of, deadline.instant):
        outcome = Outcome.AT_RISK
    billing = f"{_billing(case, found.on)}{_so_far(case)}{_held_back(case)}{_until(case, deadline)}"
    summary = f"{case.title} was {found.how} on {found.on}; {billing}."
    rest = _open(case)
    return Finding(outcome, summary, target=target, money=rest, money_is="amount_due" if rest else "")


def _deadline(case: _Case, on: date | None) -> Deadline | None:
    if on is None or (case.terms.within is None and case.terms.due_on is None):
        return None
    calendar = case.terms.calendar if case.terms.clock == "business" else None
    due = days_after(on, case.terms.within, calendar) if case.terms.within else on
    return Deadline(due, case.zone, before=case.terms.due == "before")


def _paid(case: _Case, found: Reached, deadline: Deadline | None, paid_on: date) -> Finding:
    target = day_quantity(deadline.on) if deadline else None
    measured = day_quantity(paid_on)
    if found.on is None or paid_on < found.on:
        when = f"{found.how} on {found.on}" if found.on else "not due yet"
        summary = f"{case.title} was paid on {paid_on}, before it was due: it was {when}."
        return Finding(Outcome.MET, summary, target=target, measured=measured)
    kept = deadline is None or deadline.kept_on(paid_on)
    late = "" if deadline is None or kept else f", {count_text((paid_on - deadline.on).days, 'day')} late"
    summary = (
        f"{case.title} was {found.how} on {found.on} and paid on {paid_on}{_until(case, deadline)}{late}."
    )
    return Finding(Outcome.MET if kept else Outcome.BREACHED, summary, target=target, measured=measured)


def _until(case: _Case, deadline: Deadline | None) -> str:
    if deadline is None:
        return ""
    gone = (case.today - deadline.on).days
    unpaid = not case.bills or any(bill.paid_on is None for bill in case.bills)
    overdue = f", {count_text(gone, 'day')} overdue" if gone > 0 and unpaid else ""
    return f"; payable by {deadline.on}{overdue}"


def _not_yet(case: _Case, step: str) -> str:
    """Why nothing is due: the step has not come; and what was invoiced all the same."""
    planned = case.planned_on
    if case.terms.due_on is not None:
        state = f"is due on {case.terms.due_on}"
    else:
        late = (
            f", {count_text((case.today - planned).days, 'day')} after its planned day"
            if (planned and planned < case.today)
            else ""
        )
        state = f"has not been {step}" + (late or (f", planned for {planned}" if planned else ""))
    if not case.bills:
        return f"{case.title} {state}; it may not be invoiced yet."
    named = " and ".join(f"{b.invoice.number} on {b.invoice.invoiced_on}" for b in case.bills)
    return f"{case.title} {state}, but was invoiced with {named}: not payable yet."


def _billing(case: _Case, on: date) -> str:
    """Whether and when it was invoiced, against the day from which it may be."""
    if not case.bills:
        waiting = (case.today - on).days
        return f"it may be invoiced since then and has not been, for {count_text(waiting, 'day')}"
    said = []
    for bill in case.bills:
        early = ", before that" if bill.invoice.invoiced_on < on else ""
        said.append(f"invoiced with {bill.invoice.number} on {bill.invoice.invoiced_on}{early}")
    billed = _billed(case)
    stated = case.sum
    other = billed is not None and stated is not None and billed != stated
    return " and ".join(said) + (f", {billed} instead of {stated}" if other else "")


def _so_far(case: _Case) -> str:
    """What was paid and credited, and what is not invoiced yet, where that is a part."""
    settled = _total([money for bill in case.bills for _, money in bill.settled])
    some = f", {settled} of it paid or credited so far" if settled is not None else ""
    return some + (f", {case.not_billed} not invoiced yet" if case.bills and case.not_billed else "")


def _held_back(case: _Case) -> str:
    """What was kept back under a holdback clause, which is still owed."""
    sums = [p.withheld for bill in case.bills for _, p in bill.payments if p.withheld is not None]
    return f", {' and '.join(str(money) for money in sums)} held back" if sums else ""


def _billed(case: _Case) -> Money | None:
    """What was invoiced net of tax where invoices say so; None where they are in several currencies."""
    return _total([bill.invoice.net or bill.invoice.gross for bill in case.bills])


def _open(case: _Case) -> Money | None:
    """What is still to pay: of the invoices and what they leave out, or all where there are none."""
    if not case.bills:
        return case.sum
    gross = _total([bill.invoice.gross for bill in case.bills])
    less = [money.times(Decimal(-1)) for bill in case.bills for _, money in bill.settled]
    more = [case.not_billed] if case.not_billed is not None else []
    return _total([gross, *less, *more]) if gross is not None else None


def _total(sums: Sequence[Money]) -> Money | None:
    """The sum; None of nothing and of several currencies."""
    if len({money.currency for money in sums}) != 1:
        return None
    return Money(amount=sum((money.amount for money in sums), Decimal(0)), currency=sums[0].currency)


def _sources(case: _Case) -> tuple[Source, ...]:
    return tuple(fact.source for fact, _ in case.recorded)


def _occurrence(case: _Case, on: date | None) -> Occurrence:
    deadline = _deadline(case, on)
    counts_on = (
        (deadline.on if deadline else None) or on or case.terms.due_on or case.planned_on or case.today
    )
    return Occurrence(
        key=case.name,
        label=case.title,
        due_at=deadline.instant if deadline else None,
        counts_on=counts_on,
    )


def _tell(trail: Trail, case: _Case) -> None:
    terms = case.terms
    steps = _steps(terms, trail.obligation.we_owe)
    step = steps[0] if len(steps) == 1 else "reached"
    what = f"on {terms.due_on}" if terms.due_on else f"once {case.name} is {step}"
    trail.terms(case.dated, f"{terms.sum or 'An amount'} is due {what}.")
    if len(steps) > 1:
        side = {True: "we pay, so once completed", False: "we are paid, so once accepted", None: "both"}
        chosen = side[trail.obligation.we_owe]
        trail.note("reading", f"The text does not say which step makes it due; {chosen}.")
    if terms.deemed_after is not None:
        length = allowance_text(terms.deemed_after, terms.clock == "business")
        trail.note("deemed", f"Silence for {length} after it was submitted accepts it.")
    for fact, milestone in case.recorded:
        told = [f"{e.change} {e.on}{f' ({e.evidence})' if e.evidence else ''}" for e in milestone.events]
        known = [text for text, e in zip(told, milestone.events, strict=True) if e.on <= case.today]
        percent = milestone.percent_complete
        planned = f"planned {milestone.planned_on}" if milestone.planned_on else ""
        done = f"{percent.normalize():f} % complete" if percent is not None else ""
        said = ", ".join(text for text in (planned, done, *known) if text) or "nothing yet"
        trail.note("milestone", f"{milestone.name}: {said}.", (fact.source,))
        if milestone.amount is not None and terms.sum is not None and milestone.amount != terms.sum:
            text = f"The record says {milestone.amount}, the contract {terms.sum}, which counts."
            trail.note("amount", text, (fact.source,), (case.dated.span,))
    for bill in case.bills:
        paid = f", paid {bill.paid_on}" if bill.paid_on else ""
        sources = (bill.fact.source, *(fact.source for fact, _ in (*bill.payments, *bill.credits)))
        text = f"Invoice {bill.invoice.number} of {bill.invoice.invoiced_on}, {bill.invoice.gross}{paid}."
        trail.note("invoice", text, sources)


def _label(fact: Fact) -> str:
    return fact.source.label or fact.source.record
