"""Items, units and prices: which row of a rate card a line is billed by, and how many units it bills."""

from collections.abc import Sequence
from decimal import Decimal

from obligations.matching import words
from obligations.terms.prices import CardPrice

_UNITS = {
    "each": "each ea pc pcs piece pieces unit units item items st stk stück stueck bottle bottles vial vials",
    "case": "case cases cs carton cartons ctn box boxes bx pack packs pk",
    "hour": "hour hours hr hrs h std stunde stunden",
    "day": "day days d man-day person-day tag tage",
    "week": "week weeks wk woche wochen",
    "month": "month months mo mth monat monate",
    "quarter": "quarter quarters qtr quartal quartale",
    "year": "year years yr yrs annum jahr jahre",
}
_NORMAL = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings.split()}
MANY = Decimal("Infinity")
"""How many there may be at most where nothing tells."""

PERIODS = frozenset({"day", "week", "month", "quarter", "half-year", "year"})
"""Units that count time, not things."""


def normal_unit(unit: str) -> str:
    """ "pcs." and "Each" are the same unit; one that is not known stays as it is, in lower case."""
    text = unit.strip().strip(".").casefold()
    return _NORMAL.get(text, text)


def rows_of(prices: Sequence[CardPrice], item: str) -> list[CardPrice]:
    """The rows for an item as a line names it: by article number or name, whatever the case and punctuation.

    A line that begins or ends with the article number means it: "PW-101 Acetonitrile". Nothing is guessed
    from a name that is only alike.
    """
    named = words(item)
    if not named:
        return []
    exact = [row for row in prices if named in (words(row.item), words(row.code))]
    if exact:
        return exact
    return [row for row in prices if _begins_or_ends(named, words(row.code))]


def _begins_or_ends(named: list[str], code: list[str]) -> bool:
    return bool(code) and (named[: len(code)] == code or named[-len(code) :] == code)


def in_units_of(
    row: CardPrice, quantity: Decimal, unit: str, units_per_case: Decimal | None
) -> tuple[tuple[Decimal, ...], str]:
    """How many of the row's units a quantity is, in every way that may be meant, and what is missing to tell.

    A case holds as many as the row says, or else the order. A line that names no unit is in the row's, unless
    it may be in cases or single units.
    """
    per_case = row.units_per_case or units_per_case
    billed, priced = normal_unit(unit), normal_unit(row.unit)
    if billed == priced:
        return (quantity,), ""
    if not priced:
        return _unstated(row, quantity, billed)
    if not billed:
        return _unnamed(quantity, priced, per_case, row)
    if {billed, priced} != {"case", "each"}:
        return (), f"how many {row.unit} of {row.item} one {billed} is"
    if per_case is None:
        return (), f"how many {row.item} a case holds"
    return ((quantity * per_case,) if billed == "case" else (quantity / per_case,)), ""


def _unstated(row: CardPrice, quantity: Decimal, billed: str) -> tuple[tuple[Decimal, ...], str]:
    """A price that says no unit is for each one billed; for a pallet or a day it may be for a part of it."""
    if billed == "each":
        return (quantity,), ""
    return (quantity, MANY), f"the unit that the price of {row.item} is for"


def _unnamed(
    quantity: Decimal, priced: str, per_case: Decimal | None, row: CardPrice
) -> tuple[tuple[Decimal, ...], str]:
    if per_case is None or priced not in ("case", "each"):
        return (quantity,), ""
    other = quantity * per_case if priced == "each" else quantity / per_case
    return (quantity, other), f"whether {row.item} is billed by the case or each"


def for_quantity(rows: Sequence[CardPrice], quantity: Decimal) -> list[CardPrice]:
    """The rows that hold for a quantity: those with the highest minimum that it reaches."""
    reached = [row for row in rows if row.min_quantity <= quantity]
    most = max((row.min_quantity for row in reached), default=None)
    return [row for row in reached if row.min_quantity == most]
