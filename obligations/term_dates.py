"""When a term ends, when it renews, and the last day for a notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from obligations.deadlines import business_days_of
from obligations.facts import Fact, Notice
from obligations.payment_dates import WEEKENDS_ONLY
from obligations.periods import add_months, last_day, shift
from obligations.quantities import Duration
from obligations.terms import NoticePeriod, Renewal, Term
from obligations.wording import allowance_text, day_text

_DAY = timedelta(days=1)


def term_end(initial: Term, renewal: Renewal | None = None, renewals: int = 0) -> date | None:
    """The last day, inclusive, of the initial term or of the term after so many renewals.

    Counted from the start of the contract in one step, so that a clamped month end does not stick. None
    where the start, or the length of a renewal, is not known.
    """
    if renewals and (renewal is None or renewal.within is None):
        return None
    extension = renewal.within if renewal is not None and renewals else None
    if initial.due_on is not None:
        return last_day(initial.due_on + _DAY, extension, renewals) if extension else initial.due_on
    if initial.starts_on is None or initial.within is None:
        return None
    months, days = initial.within.months, initial.within.days
    if extension is not None:
        months, days = months + extension.months * renewals, days + extension.days * renewals
    return last_day(initial.starts_on, Duration(iso=f"P{months}M{days}D"))


@dataclass(frozen=True)
class NoticeDays:
    """The days for a notice that ends a term.

    `latest_on` is what the text gives; `act_by` the business day on or before it, on which a letter can
    still be sent; `earliest_on` the first day where the text has one. `reading` says how it was counted.
    """

    latest_on: date
    act_by: date
    earliest_on: date | None
    reading: str


def notice_days(notice: NoticePeriod, end: date) -> NoticeDays | str:
    """The notice days for a term whose last day is `end`, or what is missing to tell them."""
    if notice.clock == "business" and notice.calendar is None:
        return "the calendar of the business days"
    base, named = (end, "the last day") if notice.counts_to == "term_end" else (end + _DAY, "the renewal day")
    business = notice.clock == "business"
    days = notice.within.days + -(-notice.within.seconds // 86_400)
    if business and notice.calendar is not None:
        from_day = add_months(base, -notice.within.months)
        latest = business_days_of(notice.calendar).add(from_day, -days) if days else from_day
    else:
        latest = add_months(base, -notice.within.months) - timedelta(days=days)
    if notice.clear_days:
        latest -= _DAY
    act_by = business_days_of(notice.calendar or WEEKENDS_ONLY).roll(latest, "preceding")
    clear = "clear " if notice.clear_days else ""
    length = allowance_text(notice.within, business)
    reading = f"{clear}{length} before {named}, {base}, is {day_text(latest)}"
    if act_by != latest:
        reading += f"; the business day before is {day_text(act_by)}"
    earliest = shift(base, notice.at_most, -1) if notice.at_most is not None else None
    return NoticeDays(latest, act_by, earliest, reading)


def in_time(notice: Notice, period: NoticePeriod, days: NoticeDays, today: date) -> bool | str:
    """Whether a notice was in time; or what is missing to tell.

    Where the text does not say whether dispatch or receipt counts, both must be in time.
    """
    received = notice.received_on if notice.received_on and notice.received_on <= today else None
    if period.effective == "dispatch":
        return notice.sent_on <= days.latest_on
    if period.effective == "receipt":
        if received is None and notice.sent_on <= days.latest_on:
            return "the day the notice was received"
        return received is not None and received <= days.latest_on
    if notice.sent_on > days.latest_on:
        return False
    if received is not None and received <= days.latest_on:
        return True
    return "whether dispatch or receipt of the notice counts"


def notices(held: Sequence[tuple[Fact, Notice]], effect: str, today: date) -> list[tuple[Fact, Notice]]:
    """The notices of one effect sent by `today`, in order."""
    sent = [(f, n) for f, n in held if n.effect == effect and n.sent_on <= today]
    return sorted(sent, key=lambda n: (n[1].sent_on, n[0].id))


def within_term(
    held: Sequence[tuple[Fact, Notice]], previous_end: date | None, end: date
) -> list[tuple[Fact, Notice]]:
    """The notices sent during one term: after the end before it, up to its own."""
    return [
        (f, n) for f, n in held if n.sent_on <= end and (previous_end is None or n.sent_on > previous_end)
    ]
