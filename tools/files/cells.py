"""Cells that know what they are: numbers and dates of a workbook or a Parquet file.

Nothing has to be guessed about such a cell, so it is written out in the one form that the table's map
reads back to the same value, whatever the order of dates and the decimal mark of the map.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True)
class Number:
    """A number, with what the cell shows beside it: a currency code, or "%"."""

    value: Decimal
    mark: str = ""


@dataclass(frozen=True)
class Month:
    """A date that the cell shows without its day."""

    day: date


@dataclass(frozen=True)
class Unusable:
    """A cell without a value to read: an error of a formula, a list. `what` names it."""

    what: str


Cell = str | bool | Number | Month | date | time | Unusable
"""A datetime is a date too."""


def number(value: float | int | Decimal, digits: int = 15) -> Number:
    """A number as people see it. Spreadsheets keep binary fractions and show at most 15 digits of them."""
    if isinstance(value, float):
        return Number(Decimal(format(value, f".{digits}g")))
    return Number(Decimal(value))


def as_text(cell: Cell, decimal: Literal["point", "comma"] = "point", period: bool = False) -> str:
    """The cell as the map reads it. `period`: it plays the role of a period, so a month is enough.

    Raises ValueError for a cell that cannot be used.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Unusable):
        raise ValueError(cell.what)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Number):
        plain = format(cell.value, "f")
        shown = plain.replace(".", ",") if decimal == "comma" else plain
        return f"{shown} {cell.mark}".rstrip()
    if isinstance(cell, Month):
        return f"{cell.day:%Y-%m}" if period else cell.day.isoformat()
    if isinstance(cell, datetime):
        naive_midnight = cell.tzinfo is None and cell.time() == time()
        return cell.date().isoformat() if naive_midnight else cell.isoformat(timespec="seconds")
    return cell.isoformat()
