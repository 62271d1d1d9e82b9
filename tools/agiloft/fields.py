"""How Agiloft writes texts, days and instants in its JSON, as far as the reference tells; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tools.kit.downloads import safe_name


def shown(value: Any) -> str:
    """A value as text: plain, a linked record as `{"id", "value"}`, or several of them."""
    if isinstance(value, Mapping):
        named = (value.get(key) for key in ("value", "name", "fileName", "id"))
        return next((text for each in named if (text := shown(each))), "")
    if isinstance(value, list):
        return ", ".join(filter(None, (shown(each) for each in value)))
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip() if isinstance(value, str | int | Decimal) else ""


def text(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first filled field as text."""
    return next((held for name in names if (held := shown(row.get(name)))), "")


def files(value: Any) -> list[str]:
    """The file names that a file field shows; none where it shows something else, such as their number."""
    each = value if isinstance(value, list) else [value]
    return [safe_name(name) for one in each if (name := shown(one)) and not name.isdigit()]


def instant(value: Any, pattern: str, zone: str) -> datetime:
    """A time by `pattern` or in ISO form; without an offset it is a time in `zone`. Raises ValueError."""
    given = shown(value)
    try:
        moment = datetime.strptime(given, pattern)  # noqa: DTZ007 - the zone follows
    except ValueError:
        moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return in_utc(moment)


def in_utc(moment: datetime) -> datetime:
    """The instant in UTC. Raises ValueError where the calendar ends."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time outside the calendar") from None


def day(value: Any, pattern: str, zone: str) -> date | None:
    """A day by `pattern` or in ISO form, None for an empty one; a time with an offset is its day in `zone`.
    Raises ValueError."""
    given = shown(value)
    if not given:
        return None
    try:
        return datetime.strptime(given, pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        moment = datetime.fromisoformat(given)
    return moment.date() if moment.tzinfo is None else in_utc(moment).astimezone(ZoneInfo(zone)).date()
