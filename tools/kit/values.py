"""Values as several vendors write them in their JSON: days, numbers, counts, texts that must agree."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any


def day(value: Any) -> date | None:
    """The calendar day as it is written, whatever time stands behind it; None for an empty one."""
    if value in (None, ""):
        return None
    return datetime.fromisoformat(str(value)).date()


def decimal(value: Any) -> Decimal | None:
    """A number, written as text or as such; None for an empty one; ValueError for other text."""
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{str(value)[:40]!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return number


def tidy(amount: Decimal) -> Decimal:
    """In cents where nothing is lost by it: some vendors' scale goes to 20 places."""
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount.normalize()


def count(number: Decimal, field: str) -> Decimal:
    """A number of things; ValueError for a negative one."""
    if number < 0:
        raise ValueError(f"{field} is negative: {number}")
    return number


def only(found: Iterable[str]) -> str:
    """The one text there is; empty texts do not count, and where others differ there is none."""
    different = {each for each in found if each}
    return different.pop() if len(different) == 1 else ""
