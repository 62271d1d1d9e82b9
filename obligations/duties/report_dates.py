"""When the report of a period is due."""

from datetime import date, datetime, timedelta, tzinfo

from obligations.calendars import WEEKDAYS
from obligations.deadlines import Deadline, days_after
from obligations.periods import Period, add_months, day_of_month, midnight_of
from obligations.terms import Reporting
from obligations.wording import WEEKDAY_NAMES, allowance_text

_DAY = timedelta(days=1)


def clock_starts(terms: Reporting, period: Period) -> date:
    """The day on which the time for a report begins: with a weekday of the week itself the first day of
    that week, otherwise the day after the period. The terms in force on it decide."""
    return period.start if _within_the_week(terms) else period.end + _DAY


def report_due(terms: Reporting, period: Period, zone: tzinfo) -> Deadline | str:
    """The deadline of the report on a period, or what is missing to tell it."""
    before = terms.due == "before"
    if terms.within is not None and terms.clock == "business" and terms.calendar is None:
        return "the calendar of the business days"
    if terms.within is not None and not terms.within.in_days:
        due = midnight_of(period.end + _DAY, zone) + terms.within.elapsed
        local: datetime = due.astimezone(zone)
        return Deadline(local.date(), zone, local.time(), before)
    if _within_the_week(terms):
        on = _weekday_from(terms, period.start)
    elif terms.day is not None:
        on = day_of_month(add_months(period.end.replace(day=1), 1), terms.day)
    elif terms.within is not None:
        calendar = terms.calendar if terms.clock == "business" else None
        on = days_after(period.end, terms.within, calendar)
        on = _weekday_from(terms, on) if terms.weekday else on
    elif terms.weekday is not None:
        on = _weekday_from(terms, period.end + _DAY)
    else:
        return "the day by which it is due"
    return Deadline(on, zone, terms.at, before)


def due_words(terms: Reporting) -> str:
    """How the terms state the due day."""
    at = f" at {terms.at:%H:%M}" if terms.at else ""
    if terms.trigger is not None:
        length = (
            allowance_text(terms.within, terms.clock == "business") if terms.within else "a time not stated"
        )
        return f"within {length} after {terms.trigger.name or f'a notice ({terms.trigger.effect})'}"
    if terms.every in ("event", "request"):
        length = allowance_text(terms.within, terms.clock == "business") if terms.within else ""
        return f"within {length} after each {terms.every}" if length else f"on each {terms.every}"
    if terms.every == "once" and terms.within is not None:
        return f"within {allowance_text(terms.within, terms.clock == 'business')} after the start{at}"
    if _within_the_week(terms):
        return f"on {_name(terms)} of each week{at}"
    if terms.day is not None:
        return f"on day {terms.day} of the month after the period{at}"
    if terms.within is not None:
        return f"within {allowance_text(terms.within, terms.clock == 'business')} after the period{at}"
    return f"on the first {_name(terms)} after the period{at}" if terms.weekday else "on a day not stated"


def _within_the_week(terms: Reporting) -> bool:
    return terms.every == "week" and terms.weekday is not None and terms.within is None


def _weekday_from(terms: Reporting, day: date) -> date:
    """The first promised weekday on or after a day."""
    assert terms.weekday is not None
    return day + timedelta(days=(WEEKDAYS.index(terms.weekday) - day.weekday()) % 7)


def _name(terms: Reporting) -> str:
    return WEEKDAY_NAMES[WEEKDAYS.index(terms.weekday)] if terms.weekday else ""
