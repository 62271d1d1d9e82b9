"""How Oracle Transportation Management writes texts, times, measures and identifiers in its JSON; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tools.kit.paging import Row
from tools.kit.values import decimal


def shown(value: Any) -> str:
    """A value as text; a time or measure by its value."""
    if isinstance(value, Mapping):
        return shown(value.get("value"))
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip() if isinstance(value, str | int | Decimal) else ""


def text(row: Mapping[str, Any], *names: str) -> str:
    """The first filled field as text."""
    return next((held for name in names if (held := shown(row.get(name)))), "")


def bare(gid: str) -> str:
    """An identifier without the domain before it: `DEMO.S100` is S100 in DEMO."""
    return gid.partition(".")[2] or gid


def instant(value: Any) -> datetime | None:
    """A time in UTC; None for an empty one. Raises ValueError for other text, and for one without offset."""
    given = shown(value)
    if not given:
        return None
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        raise ValueError(f"{given[:40]!r} has no offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time outside the calendar") from None


def first_instant(row: Mapping[str, Any], names: Sequence[str]) -> datetime | None:
    """The first filled of some times. Raises ValueError."""
    return next((held for name in names if (held := instant(row.get(name))) is not None), None)


def measure(value: Any) -> tuple[Decimal, str] | None:
    """A figure with its unit; None for an empty one. Raises ValueError."""
    amount = decimal(shown(value))
    unit = shown(value.get("unit")) if isinstance(value, Mapping) else ""
    return (amount, unit) if amount is not None else None


def children(row: Mapping[str, Any], name: str) -> Sequence[Row]:
    """The rows of an expanded child; none for anything else."""
    held = row.get(name)
    held = held.get("items") if isinstance(held, Mapping) else held
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []
