"""Finding the rows an OData request asks for without making and testing every row for every request.

What is answered is what testing every row would answer: rows named by their key, or by a list of keys, are
found by it; any other question is put to every row once and what was found is kept for its further pages.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sandbox import odata
from sandbox.listing import Kept, Listing, Place, places
from sandbox.sap_s4hana.model import EntitySet, Row, Value
from sandbox.sap_s4hana.tables import KEYED, SOURCES, Part, Tables

Order = Sequence[tuple[str, bool]]
KEPT = 6
NAMES = {"invoices": ("SupplierInvoice", "FiscalYear"), "orders": ("PurchaseOrder",)}
"""The fields of `KEYED`."""


class Index:
    """Answers for one system's tables."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._listings = Kept(KEPT)

    def found(self, each: EntitySet, now: datetime, text: str, order: Order) -> Sequence[Row]:
        """The rows that a `$filter` leaves, in the order asked for, else in that of entry."""
        test = odata.parse_filter(text, each) if text else None
        named = odata.only(text)
        if named is not None and (named[0],) == NAMES.get(SOURCES[each.name]):
            return odata.ordered(self._of_keys(each, named[1], now), order)
        asked = (each.name, text, tuple(order))
        return self._listings.get(
            (self.tables.writes, now), asked, lambda: self._listing(each, now, test, order)
        )

    def _of_keys(self, each: EntitySet, keys: Sequence[str], now: datetime) -> list[Row]:
        parts, where = self.tables.parts(each.name, now), self.tables.by_key(each.name, now)
        held = sorted({where[key,] for key in keys if (key,) in where})
        return [row for place in held for row in self.tables.of(each.name, parts[place], now)]

    def _listing(
        self, each: EntitySet, now: datetime, test: odata.Test | None, order: Order
    ) -> Listing[Part, Row]:
        """Every row tested and put in order; only its place is kept."""
        make = partial(self.tables.of, each.name, now=now)
        found: list[tuple[Row, Place[Part]]] = []
        fields = [name for name, _ in order]
        for row, place in places(self.tables.parts(each.name, now), make):
            if test is None or test(row):
                found.append(({name: row[name] for name in fields}, place))
        for name, descending in reversed(order):
            found.sort(key=lambda one, by=name: odata.sort_key(one[0][by]), reverse=descending)  # type: ignore[misc]
        return Listing([place for _, place in found], make)

    def by_key(self, each: EntitySet, key: Mapping[str, str], now: datetime) -> Row | None:
        return next(iter(self.sharing(each.name, key, now)), None)

    def sharing(self, name: str, wanted: Mapping[str, Value], now: datetime) -> list[Row]:
        """The rows of a set whose fields hold what is wanted."""
        names = NAMES.get(SOURCES[name])
        if names is None or not set(names) <= set(wanted):
            rows = self.tables.rows(name, now)
        else:
            place = self.tables.by_key(name, now).get(tuple(str(wanted[field]) for field in names))
            parts = self.tables.parts(name, now)
            rows = self.tables.of(name, parts[place], now) if place is not None else []
        return [row for row in rows if all(row[field] == value for field, value in wanted.items())]


assert NAMES.keys() == KEYED.keys()
