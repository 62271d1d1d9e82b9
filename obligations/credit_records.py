"""What the records say about one service credit: what was credited, whether it was claimed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from obligations.facts import Credit, Fact, Notice
from obligations.matching import belongs, records
from obligations.model import AsOf, Obligation
from obligations.periods import MONTH_NAMES, containing, period
from obligations.quantities import Money
from obligations.segments import Segment
from obligations.terms import Per

_LABEL = re.compile(r"\b\d{4}-(?:Q[1-4]|H[12]|W\d{2}|\d{2})\b", re.IGNORECASE)
_MONTH = re.compile(rf"\b({'|'.join(MONTH_NAMES)})\s+(\d{{4}})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Credited:
    """Credits for a period. `unclear` are credits that may be for it: without a period, in another
    currency, or from a record that names no contract where several could be meant."""

    facts: tuple[tuple[Fact, Credit], ...]
    unclear: tuple[tuple[Fact, Credit], ...]

    def amount(self, currency: str, until: date | None = None) -> Money:
        """What was credited, all in all or until a day."""
        counted = [c.amount.amount for _, c in self.facts if until is None or c.credited_on <= until]
        return Money(amount=sum(counted, Decimal(0)), currency=currency)


def credited(
    obligation: Obligation, facts: Sequence[Fact], segment: Segment, now: AsOf, currency: str
) -> Credited:
    """The credits on record for a segment by the day of `now`, which is on the clocks of the segment."""
    sure: list[tuple[Fact, Credit]] = []
    unclear: list[tuple[Fact, Credit]] = []
    for fact, credit in records(obligation, facts, now.known_at, Credit):
        if credit.credited_on > now.as_of.date() or credit.credited_on < segment.start:
            continue
        named = period(credit.period)
        if named is not None and not (named.start <= segment.start and segment.end <= named.end):
            continue
        exact = named is not None and credit.amount.currency == currency and not segment.split
        (sure if exact and belongs(obligation, fact) == "yes" else unclear).append((fact, credit))
    return Credited(tuple(sure), tuple(unclear))


def claim(
    obligation: Obligation, facts: Sequence[Fact], segment: Segment, per: Per, now: AsOf
) -> tuple[Fact, Notice] | None:
    """The first claim for a segment by the side that is owed the credit.

    A claim is for the period its subject names; one that names none is for the period that ended last
    before it was sent.
    """
    by = None if obligation.we_owe is None else "counterparty" if obligation.we_owe else "us"
    claims = [
        (fact, notice)
        for fact, notice in records(obligation, facts, now.known_at, Notice)
        if notice.effect == "claim"
        and by in (None, notice.by)
        and segment.start <= notice.sent_on <= now.as_of.date()
        and _claims(notice, segment, per)
    ]
    return min(claims, key=lambda c: (c[1].sent_on, c[0].id), default=None)


def _claims(notice: Notice, segment: Segment, per: Per) -> bool:
    named = {label.upper() for label in _LABEL.findall(notice.subject)}
    for month, year in _MONTH.findall(notice.subject):
        number = [name.casefold() for name in MONTH_NAMES].index(month.casefold()) + 1
        named.add(f"{year}-{number:02d}")
    if named:
        return segment.period.label in named
    ended = containing(per, notice.sent_on).start - timedelta(days=1)
    return ended in segment.period
