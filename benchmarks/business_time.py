"""Open time against businesstimedelta, a library that counts business time rule by rule: same pairs, one run.

Results are compared before a figure is given.
"""

import importlib
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from itertools import pairwise
from typing import Any

from obligations.calendars import WEEKDAYS, Calendar, OpenTime, Window
from obligations.calendars import compile as compile_calendar
from obligations.calendars.holiday_table import public_holidays

ZONE, REGION = "Europe/Berlin", "DE-BY"
PAIRS, DAYS_APART = 300, (1, 10, 30)
COPIES = 500
"""The vectorised clock is asked for so many times the pairs at once: it is meant for many."""

WEEK = WEEKDAYS[:5]
PLAIN = Calendar(
    name="plain week",
    zone=ZONE,
    windows=(Window(days=WEEK, opens=clock_time(9), closes=clock_time(17)),),
)
SUPPORT = Calendar(
    name="support hours with lunch and holidays",
    zone=ZONE,
    holiday_region=REGION,
    windows=(
        Window(days=WEEK, opens=clock_time(9), closes=clock_time(12)),
        Window(days=WEEK, opens=clock_time(13), closes=clock_time(17)),
    ),
)


def timed(call: Callable[[], Any], times: int) -> tuple[float, Any]:
    """The best of several runs in seconds, and what the last one gave."""
    best, found = float("inf"), None
    for _ in range(times):
        started = time.perf_counter()
        found = call()
        best = min(best, time.perf_counter() - started)
    return best, found


def clock() -> list[dict[str, Any]]:
    """A row for each calendar, distance and call. The library walks from day to day, so that its calls take
    the longer the farther apart the pairs are; ours do not."""
    other = importlib.import_module("businesstimedelta")
    rows = []
    for calendar in (SUPPORT, PLAIN):
        open_time = compile_calendar(calendar, date(2025, 1, 1), date(2027, 1, 1))
        rule = _businesstimedelta(other, calendar)
        for days in DAYS_APART:
            pairs, asked = _pairs(timedelta(days=days))
            about = {"calendar": calendar.name, "days_apart": days, "pairs": len(pairs)}
            rows.append({**about, "call": "elapsed", **_elapsed(rule, open_time, pairs)})
            rows.append({**about, "call": "due", **_due((other, rule), open_time, asked)})
    return rows


def _elapsed(rule: Any, open_time: OpenTime, pairs: Sequence[tuple[datetime, datetime]]) -> dict[str, float]:
    from numpy import tile

    from obligations.bulk.arrays import instants
    from obligations.bulk.open_time import elapsed

    starts, ends = (tile(instants(side), COPIES) for side in zip(*pairs, strict=True))
    theirs = timed(lambda: [rule.difference(a, b).timedelta for a, b in pairs], 3)
    ours = timed(lambda: [open_time.elapsed(a, b) for a, b in pairs], 30)
    bulk = timed(lambda: elapsed(open_time, starts, ends), 5)
    _equal(theirs[1], ours[1], [timedelta(microseconds=int(n)) for n in bulk[1][: len(pairs)]])
    return _figures(len(pairs), theirs[0], ours[0], bulk[0])


def _due(
    library: tuple[Any, Any], open_time: OpenTime, asked: Sequence[tuple[datetime, timedelta]]
) -> dict[str, float]:
    from numpy import array, int64, tile

    from obligations.bulk.arrays import instants, moment_of, span_of
    from obligations.bulk.open_time import due

    (other, rule), (starts, spans) = library, zip(*asked, strict=True)
    allowed = tile(array([span_of(span) for span in spans], int64), COPIES)
    begun = tile(instants(starts), COPIES)
    theirs = timed(lambda: [at + other.BusinessTimeDelta(rule, timedelta=span) for at, span in asked], 3)
    ours = timed(lambda: [open_time.due(at, span) for at, span in asked], 30)
    bulk = timed(lambda: due(open_time, begun, allowed), 5)
    # In UTC: Python holds an instant of an hour that comes twice for different from any of another zone.
    found = [[at.astimezone(UTC) for at in side[1]] for side in (theirs, ours)]
    _equal(*found, [moment_of(int(at)) for at in bulk[1][: len(asked)]])
    return _figures(len(asked), theirs[0], ours[0], bulk[0])


def _businesstimedelta(other: Any, calendar: Calendar) -> Any:
    """The same calendar as its rules: hours of work, less lunch, less holidays."""
    zone, days = importlib.import_module("pytz").timezone(calendar.zone), list(range(5))
    hours = other.WorkDayRule(
        start_time=calendar.windows[0].opens, end_time=calendar.windows[-1].closes, working_days=days, tz=zone
    )
    rules = [hours]
    for before, after in pairwise(calendar.windows):
        rules.append(
            other.LunchTimeRule(start_time=before.closes, end_time=after.opens, working_days=days, tz=zone)
        )
    if calendar.holiday_region:
        # It looks five years ahead for the next one.
        holidays = {
            day for year in range(2024, 2034) for day in public_holidays(calendar.holiday_region, year)
        }
        rules.append(other.HolidayRule(holidays, tz=zone))
    return other.Rules(rules)


def _pairs(apart: timedelta) -> tuple[list[tuple[datetime, datetime]], list[tuple[datetime, timedelta]]]:
    """Pairs of instants, and starts with allowances of about the open time between such pairs."""
    draw = random.Random(apart.days)  # noqa: S311
    begin, longest = datetime(2025, 1, 1, tzinfo=UTC), int(apart.total_seconds())
    starts = [begin + timedelta(seconds=draw.randrange(700 * 86_400)) for _ in range(PAIRS)]
    ends = [start + timedelta(seconds=draw.randrange(300, longest)) for start in starts]
    spans = [timedelta(seconds=draw.randrange(300, longest * 8 * 5 // (24 * 7))) for _ in starts]
    return list(zip(starts, ends, strict=True)), list(zip(starts, spans, strict=True))


def _equal(*results: Sequence[Any]) -> None:
    for other in results[1:]:
        if list(other) != list(results[0]):
            raise SystemExit("the results differ: no figure is worth printing")


def _figures(pairs: int, theirs: float, ours: float, bulky: float) -> dict[str, float]:
    each, bulk_each = ours / pairs, bulky / (pairs * COPIES)
    return {
        "businesstimedelta_us": round(theirs / pairs * 1e6, 2),
        "pure_us": round(each * 1e6, 3),
        "vectorised_us": round(bulk_each * 1e6, 4),
        "pure_times_faster": round(theirs / pairs / each),
        "vectorised_times_faster": round(theirs / pairs / bulk_each),
    }
