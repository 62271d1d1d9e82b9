"""rate_card: a table of prices, one for each item."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction.context import Context
from extraction.drafting import from_row
from extraction.model import Draft
from extraction.quantities import FIGURES, figures_value, money
from extraction.tables import Grid, Row
from obligations.currencies import CURRENCIES
from obligations.quantities import Money
from obligations.terms import RateCard
from obligations.terms.prices import CardPrice

KIND = "rate_card"
_PRICE_HEAD = re.compile(
    r"\b(?:prices?|rates?|charges?|costs?|fees?|(?:per|each) (?:hour|day|unit|piece|month|user|km|kilometre"
    r"|pallet|case|night)|hourly|daily)\b",
    re.IGNORECASE,
)
_NO_PRICE = re.compile(
    r"\b(?:total|amount due|instal\w*|milestones?|credit|discount|interest|date|due|availab\w*|response"
    r"|resolution|quantity|volume|royalt\w*|limit|insur\w*"
    r"|percent\w*|bonus|penalt\w*|failure|success)\b|%",
    re.IGNORECASE,
)
_ITEM_HEAD = re.compile(
    r"\b(?:items?|services?|products?|description|articles?|roles?|positions?|names?|grades?|skills?|goods"
    r"|materials?|model|type|title|profiles?|levels?)\b",
    re.IGNORECASE,
)
_UNIT_HEAD = re.compile(r"^\W*(?:units?|uom|per|unit of measure|basis)\W*$", re.IGNORECASE)
_CODE_HEAD = re.compile(
    r"\b(?:code|sku|article (?:no|number)|item (?:no|number)|part (?:no|number)|no\.?)(?:\W|$)", re.IGNORECASE
)
_PER = re.compile(
    r"\b(?:per|each|an?|/)\s?(?P<unit>hour|day|unit|piece|month|year|user|km|kilometre|pallet|case|night"
    r"|week|each)\b",
    re.IGNORECASE,
)
_BARE = re.compile(rf"^\s?{FIGURES}\s?$")
_LONGEST_ITEM = 90


def read(context: Context) -> Iterator[Draft]:
    """One draft for every table that lists prices of two items or more."""
    for grid in context.grids:
        column = _price_column(grid)
        item = _item_column(grid, column) if column is not None else None
        if column is None or item is None:
            continue
        rows = [(row, price) for row in grid.rows if (price := _price(grid, row, item, column)) is not None]
        names = [price.item.lower() for _, price in rows]
        if len(rows) < 2 or len(set(names)) < len(names):
            continue
        terms = RateCard(prices=tuple(price for _, price in rows))
        run = Row((), rows[0][0].start, rows[-1][0].end)
        sketch = from_row(context, grid, run, terms, certain=True)
        sketch.key = grid.section[:60].lower()
        sketch.debtor = context.roles.payer
        yield sketch.draft(context)


def _price_column(grid: Grid) -> int | None:
    """The first column that its head says holds prices and whose cells are sums of money."""
    for column, title in enumerate(grid.head):
        if not _PRICE_HEAD.search(title) or _NO_PRICE.search(title):
            continue
        cells = [cell.text for row in grid.rows if (cell := row.cell(column)) is not None and cell.text]
        sums = sum(_sum(cell, title) is not None for cell in cells)
        if sums >= 2 and sums * 3 >= len(cells) * 2:
            return column
    return None


def _sum(cell: str, title: str) -> Money | None:
    """The price in a cell; its currency may stand in the head ("Price in EUR")."""
    found = money(cell)
    if len(found) == 1 and len(cell) < 60:
        return found[0].money
    code = next((word for word in re.findall(r"\b[A-Z]{3}\b", title) if word in CURRENCIES), None)
    if code is None or not _BARE.match(cell):
        return None
    amount: Decimal | None = figures_value(cell.strip(), money=True)
    return None if amount is None else Money(amount=amount, currency=code)


def _item_column(grid: Grid, price: int) -> int | None:
    """The column of names: one that its head calls so, else the first that holds words."""
    worded = [number for number in range(len(grid.head)) if number != price and _holds_words(grid, number)]
    named = next((number for number in worded if _ITEM_HEAD.search(grid.head[number])), None)
    if named is not None:
        return named
    if worded:
        return worded[0]
    return None


def _holds_words(grid: Grid, column: int) -> bool:
    """Names, not article numbers or sums."""
    cells = [cell.text for row in grid.rows if (cell := row.cell(column)) is not None and cell.text]
    return bool(cells) and all(re.search(r"[A-Za-z]{3}", text) and not money(text) for text in cells)


def _price(grid: Grid, row: Row, item: int, column: int) -> CardPrice | None:
    name, cell = row.cell(item), row.cell(column)
    if name is None or cell is None or not name.text or len(name.text) > _LONGEST_ITEM:
        return None
    price = _sum(cell.text, grid.head[column])
    if price is None or re.match(r"\W*(?:sub-?)?total\b", name.text, re.IGNORECASE):
        return None
    return CardPrice(item=name.text, price=price, unit=_unit(grid, row, column), code=_code(grid, row, item))


def _unit(grid: Grid, row: Row, column: int) -> str:
    """The unit that a column of its own, the cell or the head of the prices names."""
    for number, title in enumerate(grid.head):
        cell = row.cell(number)
        if _UNIT_HEAD.match(title) and cell is not None and cell.text and len(cell.text) < 30:
            return re.sub(r"^per\s", "", cell.text.lower())
    cell = row.cell(column)
    found = _PER.search(cell.text if cell else "") or _PER.search(grid.head[column])
    return found["unit"].lower() if found else ""


def _code(grid: Grid, row: Row, item: int) -> str:
    for number, title in enumerate(grid.head):
        cell = row.cell(number)
        if number != item and _CODE_HEAD.search(title) and cell is not None and 0 < len(cell.text) < 30:
            return cell.text
    return ""
