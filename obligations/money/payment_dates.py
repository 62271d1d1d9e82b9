"""The day on which an invoice is due, in every reading that the terms leave open."""

from dataclasses import replace
from datetime import date, timedelta

from obligations.calendars import Calendar
from obligations.deadlines import WEEKENDS_ONLY, business_days_of, days_after
from obligations.due_days import DueDay, DueDays
from obligations.matching import same_service
from obligations.money.invoices import Bill
from obligations.money.payment_starts import Start, earliest_start, starts_of
from obligations.periods import add_months, day_of_month, month_end, shift
from obligations.quantities import Duration
from obligations.terms.money import PaymentDue, SpecialClock
from obligations.wording import allowance_text, count_text, day_text

_NO_TIME = Duration(iso="P0D")


def due_days(terms: PaymentDue, bill: Bill) -> DueDays:
    """The due days of an invoice under the terms."""
    if terms.clock == "business" and terms.calendar is None and _counts_days(terms):
        return DueDays(missing="the calendar of the business days")
    variants, doubt = _for_what_it_bills(terms, bill)
    days: list[DueDay] = []
    for each in variants:
        if each.within is None and each.day is None:
            return DueDays(missing="the time to pay, which the text leaves open")
        starts = starts_of(each, bill)
        if isinstance(starts, str):
            first = earliest_start(each, bill)
            soonest = min(_days(each, bill, first), key=lambda day: day.on) if first else None
            return DueDays(missing=starts, earliest=soonest)
        days += [day for start in starts for day in _days(each, bill, start)]
    return DueDays(tuple(days), doubt=doubt if len({day.on for day in days}) > 1 else "")


def _counts_days(terms: PaymentDue) -> bool:
    return terms.within is not None or bool(terms.special)


def _for_what_it_bills(terms: PaymentDue, bill: Bill) -> tuple[list[PaymentDue], str]:
    """The terms for what an invoice bills: of every sort of goods on it that has a time of its own, and the
    general ones. Where nothing says what it bills, all of them, and what is to be known."""
    if not terms.special:
        return [terms], ""
    texts = [order.category for _, order in bill.orders] or [
        line.item for line in bill.invoice.lines if line.category in ("goods", "service", "other")
    ]
    texts = [text for text in texts if text]
    if not texts:
        return [terms, *(_under(terms, special) for special in terms.special)], f"what {bill.number} bills"
    found: dict[str, PaymentDue] = {}
    for text in texts:
        special = next((s for s in terms.special if same_service(s.category, text)), None)
        found.setdefault(special.category if special else "", _under(terms, special) if special else terms)
    return list(found.values()), ""


def _under(terms: PaymentDue, special: SpecialClock) -> PaymentDue:
    update = {"within": special.within, "starts": special.starts or terms.starts, "day": None}
    return terms.model_copy(update={**update, "later_of": () if special.starts else terms.later_of})


def _days(terms: PaymentDue, bill: Bill, start: Start) -> list[DueDay]:
    """The due days from one start, rolled, in every reading."""
    found = [DueDay(on, f"{how} {start.words}", start.records) for on, how in _counted(terms, start.on)]
    found = [_rolled(terms, _not_after(terms, start, day)) for day in found]
    over = _returned_late(terms, bill)
    if not over:
        return found
    said = f"less {count_text(over, 'day')}, as {bill.invoice.replaces} was sent back late"
    return [replace(day, on=day.on - timedelta(days=over), reading=f"{day.reading}, {said}") for day in found]


def _returned_late(terms: PaymentDue, bill: Bill) -> int:
    """Days by which an improper invoice was sent back too late; they come off the time for the new one."""
    old = bill.returned
    if terms.return_within is None or old is None or old.returned_on is None or old.received_on is None:
        return 0
    return max(0, (old.returned_on - days_after(old.received_on, terms.return_within, None)).days)


def _counted(terms: PaymentDue, start: date) -> list[tuple[date, str]]:
    """Due days from a start, before rolling, with how each is counted."""
    calendar = terms.calendar if terms.clock == "business" else None
    within = terms.within or _NO_TIME
    length = allowance_text(within, business=calendar is not None)
    if terms.in_advance:
        return [(_days_before(start, within, calendar), f"{length} in advance, counted back")]
    if terms.day is not None:
        begun = days_after(start, within, calendar) if terms.within else start
        months = 2 if terms.cut_off is not None and begun.day > terms.cut_off else 1
        on = day_of_month(add_months(begun.replace(day=1), months), terms.day)
        return [(on, f"day {terms.day} of the following month, counted")]
    if terms.end_of_month is None:
        return [(days_after(start, within, calendar), length)]
    end_first = _after_month_end(month_end(start), within, calendar)
    days_first = month_end(days_after(start, within, calendar))
    both = {
        "end_then_days": [(end_first, f"end of the month, then {length},")],
        "days_then_end": [(days_first, f"{length}, then the end of that month,")],
    }
    if terms.end_of_month == "unclear":
        return both["end_then_days"] + both["days_then_end"]
    return both[terms.end_of_month]


def _days_before(start: date, within: Duration, calendar: Calendar | None) -> date:
    if calendar is None:
        return shift(start, within, -1)
    from_day = add_months(start, -within.months)
    return business_days_of(calendar).add(from_day, -within.days) if within.days else from_day


def _after_month_end(end: date, within: Duration, calendar: Calendar | None) -> date:
    """Months from the end of a month end with a month: one month after 28 February is 31 March."""
    if within.months:
        end = month_end(add_months(end, within.months))
    return days_after(end, Duration(iso=f"P{within.days}DT{within.seconds}S"), calendar)


def _not_after(terms: PaymentDue, start: Start, due: DueDay) -> DueDay:
    """A due day cut off at the most that the terms or a statute allow."""
    if terms.at_most is None:
        return due
    latest = days_after(start.on, terms.at_most, None)
    if due.on <= latest:
        return due
    said = f"at most {allowance_text(terms.at_most, business=False)} {start.words}, rather than {due.on}"
    return replace(due, on=latest, reading=said)


def _rolled(terms: PaymentDue, due: DueDay) -> DueDay:
    if terms.roll is None:
        return due
    on = business_days_of(terms.calendar or WEEKENDS_ONLY).roll(due.on, terms.roll)
    if on == due.on:
        return due
    return replace(due, on=on, reading=f"{due.reading}, moved from {day_text(due.on)}")
