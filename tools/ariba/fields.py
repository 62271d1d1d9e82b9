"""How Ariba writes texts, days, instants and money in its JSON; pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from obligations.quantities import Money
from tools.kit.paging import Row
from tools.kit.periods import period_in
from tools.kit.values import decimal, tidy


def inner(row: Mapping[str, Any], name: str) -> Any:
    """A field, also one of an object within ("Supplier.UniqueName"); None where there is none."""
    held: Any = row
    for part in name.split("."):
        held = held.get(part) if isinstance(held, Mapping) else None
    return held


def shown(value: Any) -> str:
    """A value as text; a named object by its name."""
    if isinstance(value, Mapping):
        return next(
            (held for key in ("UniqueName", "uniqueName", "name") if (held := shown(value.get(key)))), ""
        )
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip() if isinstance(value, str | int | Decimal) else ""


def text(row: Mapping[str, Any], *names: str) -> str:
    """The first filled field as text."""
    return next((held for name in names if (held := shown(inner(row, name)))), "")


def rows(row: Mapping[str, Any], name: str) -> Sequence[Row]:
    """The objects of a list; none for anything else."""
    held = row.get(name)
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def instant(value: Any) -> datetime | None:
    """A time in UTC, which is meant where no offset is stated; None for an empty one. Raises ValueError."""
    if isinstance(value, Mapping):  # the day of a fact stands in an object of its own
        value = value.get("Day", value.get("day"))
    if value in (None, ""):
        return None
    given = str(value)
    if re.search(r"[+-]\d{4}$", given) and "T" in given:
        given = f"{given[:-2]}:{given[-2:]}"
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time outside the calendar") from None


def day(value: Any, zone: ZoneInfo) -> date | None:
    """The day of a time in `zone`; None for an empty one. Midnight in UTC is that day, wherever we are."""
    moment = instant(value)
    if moment is None:
        return None
    return moment.date() if moment.time() == datetime.min.time() else moment.astimezone(zone).date()


def money(value: Any) -> Money | None:
    """An amount with its currency; None where either is missing. Raises ValueError."""
    amount = decimal(inner(value, "Amount")) if isinstance(value, Mapping) else None
    currency = shown(inner(value, "Currency")) if isinstance(value, Mapping) else ""
    return Money(amount=tidy(amount), currency=currency) if amount is not None and currency else None


def service_period(value: Any, zone: ZoneInfo) -> str:
    """The month that a service period is, else the one that it names; empty for any other."""
    if not isinstance(value, Mapping):
        return ""
    first, last = day(value.get("FromDate"), zone), day(value.get("ToDate"), zone)
    if (
        first
        and last
        and first.day == 1
        and last == first.replace(day=monthrange(first.year, first.month)[1])
    ):
        return f"{first:%Y-%m}"
    return period_in(shown(value.get("Period")))
