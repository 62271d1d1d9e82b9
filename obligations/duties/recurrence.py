"""The days on which something recurs: by month day, weekday, business day, or after the end of a period.

Every day is counted from the anchor in one step: month by month, the 31st would drift to the 28th for good.
RFC 5545 leaves out a month without a 31st; a contract means its last day, and so do we. In all else the words
are those of the RFC: `count` counts left-out days, a month without a fifth Friday has none.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

from obligations.calendars import WEEKDAYS, BusinessDays, Calendar
from obligations.deadlines import WEEKENDS_ONLY, business_days_of, days_after
from obligations.errors import CalendarError
from obligations.fiscal import fiscal_containing
from obligations.periods import MONTHS, Period, add_months, day_of_month, month_end, shift
from obligations.terms.duties import Recurrence
from obligations.wording import WEEKDAY_NAMES, allowance_text

_DAY = timedelta(days=1)


class DueDay(NamedTuple):
    """A day on which something is due; `nominal` before it moved off a closed day, `period` what it is for
    where it is counted from a period's end."""

    on: date
    nominal: date
    period: Period | None = None


def lacking(rule: Recurrence, calendar: Calendar | None) -> str:
    """What is missing to tell the days, "" where nothing is."""
    business = rule.business_day is not None or (rule.within is not None and rule.clock == "business")
    if business and calendar is None:
        return "the calendar of the business days"
    chosen = rule.day or rule.nth or rule.business_day or rule.within or rule.weekdays
    if rule.starts_on is None and (not chosen or rule.interval > 1 or rule.count is not None):
        return "the day from which it is counted"
    return ""


def due_days(rule: Recurrence, calendar: Calendar | None, first: date, last: date) -> tuple[DueDay, ...]:
    """The due days from `first` to `last`, in order, each once. Nothing where something is `lacking`."""
    if lacking(rule, calendar):
        return ()
    found: dict[date, DueDay] = {}
    for due in _series(rule, calendar, rule.starts_on or _well_before(first, rule), last):
        if first <= due.on <= last:
            found.setdefault(due.on, due)
    for day in rule.also_on:
        if first <= day <= last:
            found.setdefault(day, DueDay(day, day))
    return tuple(found[day] for day in sorted(found))


def _well_before(first: date, rule: Recurrence) -> date:
    """A day so early that what is due from `first` on, in every period, belongs to a period after it."""
    try:
        back = shift(add_months(first, -12), rule.within, -1) if rule.within else add_months(first, -12)
        return back - timedelta(days=31)
    except (CalendarError, OverflowError):
        return date.min


def _series(rule: Recurrence, calendar: Calendar | None, anchor: date, last: date) -> Iterator[DueDay]:
    """The series from its anchor, ended by `until` and `count`, until nothing up to `last` can follow."""
    # A day that rolls back from a weekend may still fall on or before `last`.
    margin = timedelta(days=31)
    number = 0
    for nominal, period in _nominal(rule, calendar, anchor):
        if nominal < anchor:
            continue
        number += 1
        ended = rule.until is not None and nominal > rule.until
        if ended or (rule.count is not None and number > rule.count) or nominal - margin > last:
            return
        if nominal not in rule.except_on:
            yield DueDay(_rolled(rule, calendar, nominal), nominal, period)


def _rolled(rule: Recurrence, calendar: Calendar | None, day: date) -> date:
    return business_days_of(calendar or WEEKENDS_ONLY).roll(day, rule.roll) if rule.roll else day


def _nominal(
    rule: Recurrence, calendar: Calendar | None, anchor: date
) -> Iterator[tuple[date, Period | None]]:
    """Every day of the rule in order, before the series is cut and days roll; ends with the calendar."""
    try:
        if rule.day or rule.nth or rule.business_day or rule.within is not None:
            for period in _periods(rule, anchor):
                yield from _of_period(rule, calendar, period)
        elif rule.every == "day":
            yield from ((anchor + n * rule.interval * _DAY, None) for n in count())
        elif rule.every == "week":
            yield from ((day, None) for day in _weekly(rule, anchor))
        else:
            step = MONTHS[rule.every] * rule.interval
            yield from ((add_months(anchor, n * step), None) for n in count())
    except (CalendarError, OverflowError):
        return


def _weekly(rule: Recurrence, anchor: date) -> Iterator[date]:
    monday = anchor - timedelta(days=anchor.weekday())
    picked = sorted(WEEKDAYS.index(name) for name in set(rule.weekdays)) or [anchor.weekday()]
    for number in count():
        week = monday + timedelta(weeks=number * rule.interval)
        yield from (week + timedelta(days=weekday) for weekday in picked)


def _periods(rule: Recurrence, anchor: date) -> Iterator[Period]:
    """Every `interval`-th period from the one of the anchor on."""
    period = fiscal_containing(rule.every, anchor, rule.fiscal)
    for number in count():
        if number % rule.interval == 0:
            yield period
        period = fiscal_containing(rule.every, period.end + _DAY, rule.fiscal)


def _of_period(
    rule: Recurrence, calendar: Calendar | None, period: Period
) -> Iterator[tuple[date, Period | None]]:
    """The days that the rule picks of one period."""
    if rule.within is not None:
        days = calendar if rule.clock == "business" else None
        yield days_after(period.end, rule.within, days), period
        return
    start, end = _month_of(rule, period)
    if rule.business_day is not None and calendar is not None:
        yield _nth_business_day(business_days_of(calendar), start, end, rule.business_day), None
    elif rule.nth is not None:
        yield from ((day, None) for day in _nth_weekday(rule, start, end))
    elif rule.day is not None:
        yield (
            (day_of_month(start, rule.day) if rule.day > 0 else max(start, end + (rule.day + 1) * _DAY)),
            None,
        )


def _month_of(rule: Recurrence, period: Period) -> tuple[date, date]:
    """The days of the period among which the rule picks: all, or those of the month that it states."""
    if rule.month is None:
        return period.start, period.end
    if rule.fiscal is not None and rule.fiscal.weeks:
        inner = period.start
        for _ in range(rule.month - 1):
            inner = fiscal_containing("month", inner, rule.fiscal).end + _DAY
        found = fiscal_containing("month", inner, rule.fiscal)
        return found.start, found.end
    start = add_months(period.start, rule.month - 1)
    return start, month_end(start)


def _nth_business_day(days: BusinessDays, start: date, end: date, number: int) -> date:
    """The nth business day of a time, or its last (first) where it has fewer."""
    if number > 0:
        return min(days.add(start - _DAY, number), days.add(end + _DAY, -1))
    return max(days.add(end + _DAY, number), days.add(start - _DAY, 1))


def _nth_weekday(rule: Recurrence, start: date, end: date) -> Iterator[date]:
    """The nth of the weekdays: of any of them taken together, as in "the first Monday or Thursday"."""
    wanted = {WEEKDAYS.index(name) for name in rule.weekdays}
    number = rule.nth or 1
    length = (end - start).days
    ordered = [start + n * _DAY for n in (range(length + 1) if number > 0 else range(length, -1, -1))]
    hits = [day for day in ordered if day.weekday() in wanted]
    if len(hits) >= abs(number):
        yield hits[abs(number) - 1]


def words(rule: Recurrence) -> str:
    """The rule as people say it: "on business day 5 of every month", "every 2 weeks on Friday"."""
    unit = rule.every.replace("_", "-")
    each = f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"
    if rule.fiscal is not None and rule.every in MONTHS:
        each = each.replace(unit, f"fiscal {unit}")
    of = f"month {rule.month} of {each}" if rule.month is not None else each
    named = " or ".join(WEEKDAY_NAMES[WEEKDAYS.index(name)] for name in rule.weekdays)
    if rule.within is not None:
        length = allowance_text(rule.within, rule.clock == "business")
        at_once = not (rule.within.in_days or rule.within.seconds)
        text = f"by the end of {each}" if at_once else f"within {length} after {each}"
    elif rule.business_day is not None:
        text = f"on {_ordinal(rule.business_day, 'business day')} of {of}"
    elif rule.nth is not None:
        text = f"on {_ordinal(rule.nth, named)} of {of}"
    elif rule.day is not None:
        text = f"on {_ordinal(rule.day, 'day')} of {of}"
    else:
        text = f"{each} on {named}" if named else each
    rolls = {
        "following": "next",
        "preceding": "last",
        "modified_following": "next (of the month, else the last)",
    }
    return f"{text}, moved to the {rolls[rule.roll]} business day" if rule.roll else text


def _ordinal(number: int, noun: str) -> str:
    if number > 0:
        return f"{noun} {number}"
    return f"the last {noun}" if number == -1 else f"{noun} {-number} from the end"
