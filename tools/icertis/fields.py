"""How Icertis writes texts, days and instants in its JSON; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

_SHOWN_AS = ("DisplayValue", "DisplayName", "Name", "Value", "Id")


def shown(value: Any) -> str:
    """An attribute as text: plain, a chosen record as an object or as text that holds one in JSON, or
    several of them."""
    if isinstance(value, str):
        held = _inner(value)
        return value.strip() if held is None else shown(held)
    if isinstance(value, Mapping):
        lower = {str(key).lower(): each for key, each in value.items()}
        found = (shown(lower.get(key.lower())) for key in _SHOWN_AS)
        return next((text for text in found if text), "")
    if isinstance(value, list):
        return ", ".join(filter(None, (shown(each) for each in value)))
    if isinstance(value, bool) or value is None:
        return ""
    return str(value) if isinstance(value, int | Decimal) else ""


def _inner(value: str) -> Any:
    """The object or list that a text holds in JSON; None for any other text."""
    if value[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def text(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first filled attribute as text."""
    return next((held for name in names if (held := shown(row.get(name)))), "")


def instant(value: Any, zone: str) -> datetime:
    """A time in UTC; without an offset it is a time in `zone`. Raises ValueError."""
    moment = datetime.fromisoformat(shown(value))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time outside the calendar") from None


def day(value: Any, zone: str) -> date | None:
    """The day as it is written, None for an empty one; midnight or no offset means that day, any other time
    with an offset its day in `zone`. Raises ValueError."""
    given = shown(value)
    if not given:
        return None
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None or moment.time() == datetime.min.time():
        return moment.date()
    return instant(given, zone).astimezone(ZoneInfo(zone)).date()
