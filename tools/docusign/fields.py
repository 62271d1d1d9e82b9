"""How CLM and Navigator write texts, days and names of files in their JSON; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tools.kit.paging import Row

_COMPACT = re.compile(r"\d{8}(?:\d{6})?")


def shown(value: Any) -> str:
    """A value as text: plain, what an attribute holds, or several of them."""
    if isinstance(value, Mapping):
        return next(
            (text for key in ("Value", "value", "Name", "name") if (text := shown(value.get(key)))), ""
        )
    if isinstance(value, list):
        return ", ".join(filter(None, (shown(each) for each in value)))
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip() if isinstance(value, str | int | Decimal) else ""


def document_id(row: Row) -> str:
    """CLM's id of an object: its `Uid`, else the last part of its address; empty where it has none."""
    tail = shown(row.get("Href")).partition("?")[0].rstrip("/").rpartition("/")[2]
    return shown(row.get("Uid")) or tail


def attributes(row: Row) -> dict[str, Any]:
    """A CLM document's properties and, as `Group/Attribute`, its attributes. Of a group that repeats, the
    first row counts."""
    found: dict[str, Any] = {key: held for key, held in row.items() if not isinstance(held, dict | list)}
    groups = row.get("AttributeGroups")
    for group, held in groups.items() if isinstance(groups, dict) else ():
        rows = held.get("Items") if isinstance(held, dict) else None
        first = rows[0] if isinstance(rows, list) and rows else held
        for name, value in first.items() if isinstance(first, dict) else ():
            found[f"{group}/{name}"] = value
    return {**found, "id": document_id(row)}


def nested(row: Row) -> dict[str, Any]:
    """A Navigator agreement's fields, those inside others behind strokes."""
    return dict(_walk(row, ""))


def _walk(row: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _walk(value, f"{before}{key}/")
        else:
            yield f"{before}{key}", value


def instant(value: Any) -> datetime:
    """A time of change in UTC; without an offset it is UTC already. Raises ValueError."""
    moment = datetime.fromisoformat(shown(value))
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        raise ValueError("a time outside the calendar") from None


def day(value: Any, zone: str, formats: Sequence[str] = ()) -> date | None:
    """A day, None for an empty one: ISO 8601, `20260930` with or without six digits of time, or by one of
    `formats`. Midnight, or an offset of its own, means that day; another time told in UTC its day in `zone`.
    Raises ValueError."""
    given = shown(value)
    if not given:
        return None
    for pattern in formats:
        try:
            return datetime.strptime(given, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    if _COMPACT.fullmatch(given):
        return datetime.strptime(given[:8], "%Y%m%d").date()  # noqa: DTZ007
    moment = datetime.fromisoformat(given)
    if moment.utcoffset() != timedelta() or moment.time() == time():
        return moment.date()
    try:
        return moment.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        raise ValueError("a time outside the calendar") from None
