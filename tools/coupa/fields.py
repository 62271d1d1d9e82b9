"""How Coupa writes texts, days, instants and numbers in its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from tools.kit.paging import Row
from tools.kit.values import day


def inner(row: Mapping[str, Any], name: str) -> Any:
    """A field, also one of an associated object ("asn-header.ship-date"); None where there is none."""
    held: Any = row
    for part in name.split("."):
        held = held.get(part) if isinstance(held, Mapping) else None
    return held


def text(row: Mapping[str, Any], name: str) -> str:
    """A field as text, also one of an associated object ("supplier.name"); empty where there is none."""
    held = inner(row, name)
    if isinstance(held, bool) or held is None:
        return ""
    return str(held).strip() if isinstance(held, str | int | Decimal) else ""


def rows(row: Mapping[str, Any], name: str) -> Sequence[Row]:
    """The objects of a list; none for anything else."""
    held = row.get(name)
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def instant(value: Any) -> datetime | None:
    """A time with its offset; None for an empty one; ValueError for other text or none."""
    if value in (None, ""):
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{str(value)[:40]!r} has no offset")
    return moment


def only_day(lines: Sequence[Row], field: str) -> date | None:
    """The one day that all lines name; None where they differ or name none."""
    days = {found for row in lines if (found := day(row.get(field))) is not None}
    return days.pop() if len(days) == 1 else None


def told(moment: datetime) -> bool:
    """Does an instant tell an hour? A day is written as its first instant."""
    return moment.timetz().replace(tzinfo=None) != time()
