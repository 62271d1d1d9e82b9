"""Spend limit: no more is spent than was agreed, in all, in a period, or with one order.

Orders commit what they say; invoices add what goes beyond their order. The limit is passed when what is spent
is more than it, with its tolerance; exactly the limit keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from decimal import Decimal

from obligations.facts import Fact
from obligations.minor_units import price_text
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.periods import Period, anchored, containing
from obligations.prices.books import Books
from obligations.prices.spend import ZERO, Spend, spend
from obligations.quantities import Money, Quantity
from obligations.risk import SHARE_USED
from obligations.segments import first_observed
from obligations.terms import Per
from obligations.terms.prices import SpendLimit
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import plain, share_text

_CADENCES: dict[str, Per] = {
    "month": "month",
    "quarter": "quarter",
    "half_year": "half_year",
    "year": "year",
}
"""The periods that a limit may be for."""


@dataclass(frozen=True)
class _Case:
    """What was spent in one period, with one order, or in all. `over` is True once nothing can be added."""

    key: str
    words: str
    dated: DatedTerms
    terms: SpendLimit
    counts_on: date
    over: bool
    held: tuple[Spend, ...]

    @property
    def currency(self) -> str:
        return self.terms.currency or ""

    @property
    def limit(self) -> Decimal:
        return self.terms.amount if self.terms.amount is not None else ZERO

    @property
    def most(self) -> Decimal:
        return self.limit * (1 + (self.terms.tolerance_percent or ZERO) / 100)

    @property
    def near(self) -> Decimal:
        percent = self.terms.warning_percent
        return self.limit * (percent / 100 if percent is not None else SHARE_USED)

    def spent(self, doubtful: bool) -> Decimal:
        return sum((s.amount for s in self.held if s.amount is not None and (doubtful or not s.doubts)), ZERO)

    def text(self, amount: Decimal) -> str:
        return price_text(amount, self.currency)


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for the contract, for each period from the first observed one, or for each order."""
    last = obligation.terms[-1].terms
    if not isinstance(last, SpendLimit):
        return ()
    zone = zone_of(obligation, last, at)
    today = at.as_of.astimezone(zone).date()
    books = Books(obligation, facts, at, today)
    held = spend(books, last, last.currency or "")
    if last.per == "contract":
        cases = [_contract(books, held)]
    elif last.per == "order":
        cases = _orders(books, held)
    else:
        cases = _periods(books, last, held, observed_from)
    return tuple(_assess(Trail(obligation, at), case, zone) for case in cases)


def _terms(books: Books, on: date) -> tuple[DatedTerms, SpendLimit]:
    """The limit in force on a day; before the first of them the first."""
    dated = books.obligation.in_force(on) or books.obligation.terms[0]
    assert isinstance(dated.terms, SpendLimit)
    return dated, dated.terms


def _while_limited(books: Books, on: date) -> date:
    """A day, or the last one before it on which the limit was not deleted."""
    gone = books.obligation.deleted_by(on)
    return on if gone is None or gone.from_on is None else gone.from_on - timedelta(days=1)


def _contract(books: Books, held: Sequence[Spend]) -> _Case:
    ends = books.obligation.ends_on
    on = _while_limited(books, min(books.today, ends or books.today))
    gone = books.obligation.deleted_by(books.today) is not None
    dated, terms = _terms(books, on)
    spent = tuple(each for each in held if each.on <= on) if gone else tuple(held)
    over = gone or (ends is not None and ends < books.today)
    return _Case("contract", "in all", dated, terms, on, over, spent)


def _orders(books: Books, held: Sequence[Spend]) -> list[_Case]:
    groups: dict[str, list[Spend]] = {}
    for each in held:
        groups.setdefault(each.group, []).append(each)
    cases = []
    for of in groups.values():
        if books.obligation.deleted_by(of[0].on) is not None:
            continue
        dated, terms = _terms(books, of[0].on)
        key = of[0].label
        cases.append(_Case(key, f"with {key}", dated, terms, of[0].on, False, tuple(of)))
    return sorted(cases, key=lambda c: (c.counts_on, c.key))


def _periods(
    books: Books, last: SpendLimit, held: Sequence[Spend], observed_from: date | None
) -> list[_Case]:
    groups: dict[Period, list[Spend]] = {}
    for each in held:
        groups.setdefault(_period_of(books, last, each.on), []).append(each)
    earliest = min((each.on for each in held), default=None)
    if observed_from is not None or earliest is not None:
        first = first_observed(
            _CADENCES[last.per], observed_from, earliest, books.today, books.obligation.starts_on
        )
        for of in _until(books, last, first):
            groups.setdefault(of, [])
    cases = []
    for of in sorted(groups):
        until = min(of.end, books.today)
        on = _while_limited(books, until)
        if on < of.start:
            continue
        dated, terms = _terms(books, on)
        spent = tuple(each for each in groups[of] if each.on <= on)
        over = on < until or of.end < books.today
        cases.append(_Case(of.label, f"in {of.words}", dated, terms, of.end, over, spent))
    return cases


def _until(books: Books, terms: SpendLimit, first: date) -> list[Period]:
    """The periods from a day to the day judged, while the contract runs."""
    day = max(first, books.obligation.starts_on or first)
    until = min(books.today, books.obligation.ends_on or books.today)
    found = []
    while day <= until:
        found.append(_period_of(books, terms, day))
        day = date.fromordinal(found[-1].end.toordinal() + 1)
    return found


def _period_of(books: Books, terms: SpendLimit, day: date) -> Period:
    """Years of the contract where the text says so, or says nothing of years; else of the calendar."""
    start = books.obligation.starts_on
    per = _CADENCES[terms.per]
    by_contract = terms.years == "contract" or (terms.years is None and terms.per == "year")
    if by_contract and start is not None and day >= start:
        return anchored(per, start, day)
    return containing(per, day)


def _assess(trail: Trail, case: _Case, zone: tzinfo) -> Assessment:
    terms = case.terms
    limit = case.text(case.limit) if terms.amount is not None else "an amount not stated"
    more = f", {plain(terms.tolerance_percent)} % more is let pass" if terms.tolerance_percent else ""
    soft = "; going over it only warns" if terms.hard is False else ""
    per = {"contract": "in all", "order": "with each order"}.get(
        terms.per, f"per {terms.per.replace('_', '-')}"
    )
    trail.terms(case.dated, f"At most {limit} may be spent {per}{more}{soft}.")
    gone = trail.obligation.deleted_by(trail.at.as_of.astimezone(zone).date())
    if gone is not None:
        trail.note("deleted", f"The limit is deleted from {gone.from_on} on.", spans=(gone.span,))
    if terms.hard is None:
        trail.note("reading", "The text does not say that going over it only warns; it is read as a limit.")
    if terms.counts is None:
        text = "Orders count in full, and of their invoices what goes beyond them; other invoices in full."
        trail.note("reading", text)
    total = ZERO
    for each in case.held:
        total += each.amount or ZERO
        amount = case.text(each.amount) if each.amount is not None else "an amount not known"
        so_far = f", {case.text(total)} so far" if case.currency else ""
        trail.note("spent", f"{_capital(each.label)} of {each.on}: {amount}{so_far}.", (each.record,))
        if each.rate is not None:
            trail.note("rate", each.says, (each.rate,))
    occurrence = Occurrence(key=case.key, label=f"Spend {case.words}", counts_on=case.counts_on)
    return trail.conclude(occurrence, _finding(case))


def _finding(case: _Case) -> Finding:
    """With what counts for sure, and with all that may: one verdict, or none."""
    if case.terms.amount is None:
        return undetermined("What may be spent is not stated.", "the amount of the limit")
    sure, most = case.spent(doubtful=False), case.spent(doubtful=True)
    doubts = tuple(dict.fromkeys(text for each in case.held for text in each.doubts))
    unknown = any(each.amount is None for each in case.held)
    outcomes = {_outcome(case, sure), _outcome(case, most)}
    if unknown and _outcome(case, sure) is not Outcome.BREACHED:
        outcomes.add(Outcome.UNDETERMINED)
    if len(outcomes) > 1:
        spread = f"{case.text(sure)} to {case.text(most)}" if sure != most else f"{case.text(sure)} and more"
        summary = f"{spread} of {case.text(case.limit)} are spent {case.words}."
        return undetermined(summary, *doubts)
    spent = sure if doubts else most
    return _figures(case, _outcome(case, spent), spent)


def _outcome(case: _Case, spent: Decimal) -> Outcome:
    if spent > case.most:
        return Outcome.AT_RISK if case.terms.hard is False else Outcome.BREACHED
    if case.over:
        return Outcome.MET
    if spent >= case.near and spent > 0:
        return Outcome.AT_RISK
    return Outcome.PENDING


def _figures(case: _Case, outcome: Outcome, spent: Decimal) -> Finding:
    left = case.limit - spent
    target, measured, margin = (
        Quantity(value=value, unit=case.currency, text=case.text(value))
        for value in (case.limit, spent, left)
    )
    money = Money(amount=spent, currency=case.currency)
    return Finding(outcome, _summary(case, spent, left), target, measured, margin, money, "spent")


def _summary(case: _Case, spent: Decimal, left: Decimal) -> str:
    head = f"{case.text(spent)} of {case.text(case.limit)} {'was' if case.over else 'is'} spent {case.words}"
    if left < 0:
        doubt = any(each.doubts for each in case.held)
        took = _took_over(case, case.most if spent > case.most else case.limit, not doubt)
        over = f"{case.text(-left)} over"
        if spent <= case.most:
            over += f", within the tolerance of {plain(case.terms.tolerance_percent or ZERO)} %"
        elif case.terms.hard is False:
            over += ", which only warns"
        return f"{head}: {over}{took}."
    share = f" ({share_text(spent / case.limit * 100, case.near / case.limit * 100)})" if case.limit else ""
    return f"{head}{share}: {case.text(left)} left."


def _took_over(case: _Case, limit: Decimal, doubtful: bool) -> str:
    """What took it over: the record with which the sum first was more than a limit."""
    total = ZERO
    for each in case.held:
        if each.amount is None or (each.doubts and not doubtful):
            continue
        total += each.amount
        if total > limit:
            return f"; {each.label} of {each.on} took it over"
    return ""


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
