"""What the records say about one service credit: what was credited, whether it was claimed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from decimal import Decimal

from obligations.deadlines import Deadline, days_after
from obligations.facts import Credit, Fact, Notice
from obligations.matching import belongs, each_once, records, same_service
from obligations.model import AsOf, Obligation
from obligations.periods import MONTH_NAMES, MONTHS, add_months, containing, period
from obligations.quantities import Money
from obligations.segments import Segment
from obligations.service.missed_levels import per_of
from obligations.terms import Per, ServiceCredit

_LABEL = re.compile(r"\b\d{4}-(?:Q[1-4]|H[12]|W\d{2}|\d{2})\b", re.IGNORECASE)
_MONTH = re.compile(rf"\b({'|'.join(MONTH_NAMES)})\s+(\d{{4}})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Credited:
    """Credits for a period. `unclear` are credits that may be for it: without a period, in another
    currency, or from a record that names no contract where several could be meant."""

    facts: tuple[tuple[Fact, Credit], ...]
    unclear: tuple[tuple[Fact, Credit], ...]
    earlier: Decimal = Decimal(0)
    most: Decimal | None = None

    def amount(self, currency: str, until: date | None = None) -> Money:
        """What was credited, all in all or until a day: after what the `earlier` parts of the same period
        take, and `most` where later parts take the rest."""
        counted = [c.amount.amount for _, c in self.facts if until is None or c.credited_on <= until]
        left = sum(counted, Decimal(0)) - self.earlier
        left = left if not self.earlier else max(left, Decimal(0))
        return Money(amount=left if self.most is None else min(left, self.most), currency=currency)


def credited(
    obligation: Obligation, facts: Sequence[Fact], segment: Segment, now: AsOf, currency: str
) -> Credited:
    """The credits on record for a segment by the day of `now`, which is on the clocks of the segment."""
    sure: list[tuple[Fact, Credit]] = []
    unclear: list[tuple[Fact, Credit]] = []
    held = records(obligation, facts, now.known_at, Credit)
    for fact, credit in each_once(held, lambda credit: (credit.number, credit.amount)):
        if credit.credited_on > now.as_of.date() or credit.credited_on < segment.start:
            continue
        if credit.type not in ("", "service_credit") or _for_another(obligation, segment, credit):
            continue
        named = _is_for(credit.period, segment)
        if named is False:
            continue
        exact = named is True and credit.amount.currency == currency
        (sure if exact and belongs(obligation, fact) == "yes" else unclear).append((fact, credit))
    return Credited(tuple(sure), tuple(unclear))


def _for_another(obligation: Obligation, segment: Segment, credit: Credit) -> bool:
    """Whether a credit says that it is for another level of the agreement, and not for this one."""
    terms = segment.dated.terms
    assert isinstance(terms, ServiceCredit)
    said = f"{credit.reason} {credit.item}"
    own = (obligation.key, getattr(terms.level, "service", None))
    if any(name and same_service(name, said) is True for name in own):
        return False
    return any(same_service(name, said) is True for name in terms.others)


def _is_for(label: str, segment: Segment) -> bool | None:
    """Whether a credit's period is that of a segment; None where that is not sure."""
    if label == segment.period.label:
        return True
    named = period(label)
    if named is None:
        return None
    if (named.start, named.end) == (segment.period.start, segment.period.end):
        return True
    return None if segment.start <= named.end and named.start <= segment.end else False


def claim_deadline(terms: ServiceCredit, segment: Segment, zone: tzinfo) -> Deadline | None:
    """Until when the credit for a segment must be claimed; None where it need not be."""
    end = segment.period.end
    if terms.claim_within is not None:
        return Deadline(days_after(end, terms.claim_within, None), zone)
    if terms.claim_cycles is None:
        return None
    lengths = [MONTHS[per] for per in (per_of(terms.level, terms.base_per), terms.base_per) if per in MONTHS]
    months = min(lengths, default=1) * terms.claim_cycles
    return Deadline(add_months(end + timedelta(days=1), months) - timedelta(days=1), zone)


@dataclass(frozen=True)
class Claims:
    """The first claim that was made in time and in the form agreed, or else what came closest to it: made,
    but too late or in another form (`flaw` says which), or of unknown day or form (`doubt`)."""

    fact: Fact | None = None
    notice: Notice | None = None
    flaw: str = ""
    doubt: str = ""

    @property
    def valid(self) -> bool:
        return self.notice is not None and not self.flaw and not self.doubt


def claims(
    obligation: Obligation,
    facts: Sequence[Fact],
    segment: Segment,
    terms: ServiceCredit,
    by: Deadline,
    now: AsOf,
) -> Claims:
    """What the side that is owed the credit claimed for a segment by the day of `now`.

    A claim is for the period it names; one that names none is for the period that ended last before it.
    """
    side = None if obligation.we_owe is None else "counterparty" if obligation.we_owe else "us"
    per = per_of(terms.level, terms.base_per)
    found = [
        _judged(fact, notice, terms, by, now.as_of.date())
        for fact, notice in sorted(
            records(obligation, facts, now.known_at, Notice), key=lambda n: (n[1].sent_on, n[0].id)
        )
        if notice.effect == "claim"
        and side in (None, notice.by)
        and segment.start <= notice.sent_on <= now.as_of.date()
        and not (notice.withdrawn_on is not None and notice.withdrawn_on <= now.as_of.date())
        and _claims(notice, segment, per)
    ]
    return min(found, key=lambda c: (not c.valid, bool(c.flaw)), default=Claims())


def _judged(fact: Fact, notice: Notice, terms: ServiceCredit, by: Deadline, today: date) -> Claims:
    if terms.claim_channels and notice.channel and notice.channel not in terms.claim_channels:
        return Claims(fact, notice, flaw=f"by {notice.channel}, which is not the form agreed")
    label = fact.source.label or fact.source.record
    if not by.kept_on(notice.sent_on):
        return Claims(fact, notice, flaw=f"after {by.text}")
    if terms.claim_receipt:
        if notice.received_on is None or notice.received_on > today:
            return Claims(fact, notice, doubt=f"when the claim {label} was received")
        if not by.kept_on(notice.received_on):
            return Claims(fact, notice, flaw=f"received {notice.received_on}, after {by.text}")
    if terms.claim_channels and not notice.channel:
        return Claims(fact, notice, doubt=f"how the claim {label} was sent")
    return Claims(fact, notice)


def _claims(notice: Notice, segment: Segment, per: Per) -> bool:
    if notice.period:
        return _is_for(notice.period, segment) is not False
    named = {label.upper() for label in _LABEL.findall(notice.subject)}
    for month, year in _MONTH.findall(notice.subject):
        number = [name.casefold() for name in MONTH_NAMES].index(month.casefold()) + 1
        named.add(f"{year}-{number:02d}")
    if named:
        return segment.period.label in named or any(_is_for(label, segment) is None for label in named)
    last = segment.period.end
    if period(segment.period.label) is None:
        length = (segment.period.end - segment.period.start) + timedelta(days=1)
        return last < notice.sent_on <= last + length
    return containing(per, notice.sent_on).start - timedelta(days=1) == last
