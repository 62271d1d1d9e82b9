"""The day on which an invoice is due, in every reading that the terms leave open."""

from dataclasses import dataclass
from datetime import date

from obligations.calendars import Calendar
from obligations.deadlines import business_days_of, days_after
from obligations.facts import Invoice
from obligations.periods import add_months, day_of_month, month_end, period
from obligations.quantities import Duration
from obligations.terms import PaymentDue
from obligations.wording import allowance_text, day_text

WEEKENDS_ONLY = Calendar(name="Monday to Friday, holidays not stated", zone="UTC")
"""Rolling without a stated calendar knows weekends only; the trail says so."""

_NO_TIME = Duration(iso="P0D")


@dataclass(frozen=True)
class DueDay:
    """A due day with the reading that gives it: "30 days from receipt on 2026-10-02"."""

    on: date
    reading: str


@dataclass(frozen=True)
class DueDays:
    """All due days of one invoice; `missing` says why there are none."""

    days: tuple[DueDay, ...] = ()
    missing: str = ""

    def chosen(self, we_owe: bool | None) -> DueDay:
        """The reading to act on: what we owe is due on the earliest day, what is owed to us on the latest,
        so that neither are we late nor do we accuse wrongly. The earliest where our side is not known."""
        pick = max if we_owe is False else min
        return pick(self.days, key=lambda due: due.on)

    @property
    def ambiguous(self) -> bool:
        return len({due.on for due in self.days}) > 1


def due_days(terms: PaymentDue, invoice: Invoice) -> DueDays:
    """The due days of an invoice under the terms."""
    starts = _starts(terms, invoice)
    if isinstance(starts, str):
        return DueDays(missing=starts)
    if terms.clock == "business" and terms.calendar is None and terms.within is not None:
        return DueDays(missing="the calendar of the business days")
    days = tuple(
        _rolled(terms, DueDay(on, f"{how} {start_words}"))
        for start, start_words in starts
        for on, how in _counted(terms, start)
    )
    return DueDays(days)


def _starts(terms: PaymentDue, invoice: Invoice) -> list[tuple[date, str]] | str:
    """The days from which it may be counted, with words for each; or what is missing."""
    dated = (invoice.invoiced_on, f"from the invoice date {invoice.invoiced_on}")
    receipt = [(day, f"from receipt on {day}") for day in (invoice.received_on,) if day is not None]
    if terms.starts == "invoice_date":
        return [dated]
    if terms.starts == "invoice_receipt":
        return receipt or f"the day {invoice.number} was received"
    if terms.starts == "period_end":
        ended = period(invoice.period)
        if ended is None:
            return f"the service period of {invoice.number}"
        return [(ended.end, f"from the end of {ended.words}")]
    if terms.starts is None:
        return [dated, *receipt]
    event = "other event that it is counted from" if terms.starts == "other" else terms.starts
    return f"the day of the {event} for {invoice.number}"


def _counted(terms: PaymentDue, start: date) -> list[tuple[date, str]]:
    """Due days from a start, before rolling, with how each is counted."""
    calendar = terms.calendar if terms.clock == "business" else None
    within = terms.within or _NO_TIME
    length = allowance_text(within, business=calendar is not None)
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


def _after_month_end(end: date, within: Duration, calendar: Calendar | None) -> date:
    """Months from the end of a month end with a month: one month after 28 February is 31 March."""
    if within.months:
        end = month_end(add_months(end, within.months))
    return days_after(end, Duration(iso=f"P{within.days}DT{within.seconds}S"), calendar)


def _rolled(terms: PaymentDue, due: DueDay) -> DueDay:
    if terms.roll is None:
        return due
    on = business_days_of(terms.calendar or WEEKENDS_ONLY).roll(due.on, terms.roll)
    if on == due.on:
        return due
    return DueDay(on, f"{due.reading}, moved from {day_text(due.on)}")
