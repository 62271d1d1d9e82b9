"""When a promise that is still open counts as at risk. The only place where these limits stand.

- A clock or a budget (tickets, availability): from 75 % of the allowance on.
- A due day (payments, reports, credits to be applied or claimed): from 3 days before it on.
- A notice day: from 30 days before it on, because a notice wants a decision, a letter and its delivery.
- The end of a policy or certificate that nothing follows: from the first reminder, 90 days before it, on.
- A least volume: from a quarter of the period on, while the volume so far, going on at the same rate of days
  until the period's end, would stay under it.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

SHARE_USED = Decimal("0.75")
DUE_LEAD = timedelta(days=3)
NOTICE_LEAD = timedelta(days=30)
REMINDER_DAYS = (90, 60, 30, 7)
RATE_FROM = Decimal("0.25")


def mostly_used(used: int | Decimal, allowance: int | Decimal) -> bool:
    """True from 75 % of an allowance on; both in the same unit. No allowance is always mostly used."""
    return used >= SHARE_USED * allowance


def due_soon(now: datetime, due_at: datetime) -> bool:
    """True in the three days before an instant."""
    # In UTC: two instants of one zone subtract by their wall clocks, an hour off where the clocks change.
    return due_at.astimezone(UTC) - now.astimezone(UTC) <= DUE_LEAD


def notice_soon(today: date, latest_on: date) -> bool:
    """True in the thirty days before a notice day."""
    return latest_on - today <= NOTICE_LEAD


def reminders(ends_on: date) -> tuple[tuple[int, date], ...]:
    """The days before an end on which it is recalled, the first of them first."""
    return tuple((days, ends_on - timedelta(days=days)) for days in REMINDER_DAYS)


def behind(volume: Decimal, least: Decimal, days_passed: int, days: int) -> bool:
    """True where a volume after `days_passed` of `days` whole days would not reach the least at this rate:
    volume / days_passed * days < least. Never before a quarter of the days has passed."""
    if days_passed < RATE_FROM * days:
        return False
    return volume * days < least * days_passed
