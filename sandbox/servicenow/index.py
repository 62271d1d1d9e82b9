"""Finding the rows an encoded query asks for without making and testing every row for every request.

What is answered is what testing every row would answer. A query that names tickets is answered from those
alone; any other is tested against every row once, and the next page, or the same question from a later
time on, is cut out of what was found then.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sandbox.encoded_query import Condition, Query
from sandbox.listing import Kept, Listing, Place, places
from sandbox.servicenow.tables import Row, Tables
from sandbox.tickets import Ticket

Value = Callable[[Row, str], str]
KEYS = {
    "incident": "sys_id",
    "sys_journal_field": "element_id",
    "sys_audit": "documentkey",
    "task_sla": "task",
}
"""Which field of a table made of tickets names the ticket."""
KEPT = 6


class Index:
    """Answers for one instance's tables. `written()` has to be told of each write to a ticket."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._by_id = {ticket.sys_id: ticket for ticket in tables.tickets}
        self._writes = 0
        self._listings = Kept(KEPT)
        self._standing = Kept(len(tables.standing))

    def written(self, ticket: Ticket) -> None:
        """A ticket is new or was changed."""
        self._by_id[ticket.sys_id] = ticket
        self._writes += 1

    def ticket(self, key: str, now: datetime) -> Ticket | None:
        ticket = self._by_id.get(key)
        return ticket if ticket is not None and ticket.opened_at <= now else None

    def row(self, table: str, key: str, now: datetime) -> Row | None:
        """The row of `table` with the sys_id `key`."""
        if table == "incident":
            ticket = self.ticket(key, now)
            return self.tables.of_ticket(table, ticket, now)[0] if ticket else None
        if table in KEYS:
            return next((row for row in self.tables.rows(table, now) if row["sys_id"] == key), None)
        by_id: dict[str, Row] = self._standing.get(now, table, lambda: self._rows_by_id(table, now))
        return by_id.get(key)

    def journal(self, key: str, now: datetime) -> list[Row]:
        """What was said on the ticket `key`, by sys_id."""
        ticket = self.ticket(key, now)
        said = self.tables.of_ticket("sys_journal_field", ticket, now) if ticket else []
        return sorted(said, key=lambda row: row["sys_id"])

    def _rows_by_id(self, table: str, now: datetime) -> dict[str, Row]:
        return {row["sys_id"]: row for row in self.tables.rows(table, now)}

    def found(self, table: str, query: Query, value: Value, now: datetime) -> Sequence[Row]:
        """The rows that match, in the order asked for and by sys_id among equals."""
        if table not in KEYS:
            rows = self._standing.get(now, table, lambda: self._rows_by_id(table, now)).values()
            return _ordered(_matching(rows, query, value), query, value)
        named = _named(query, KEYS[table])
        if named is not None:
            held = (self.ticket(key, now) for key in named)
            made = (row for ticket in held if ticket for row in self.tables.of_ticket(table, ticket, now))
            rows_by_id = sorted(made, key=lambda row: row["sys_id"])
            return _ordered(_matching(rows_by_id, query, value), query, value)
        lead, rest = _led(query)
        state = (self._writes, now)
        listing: Listing[Ticket, Row] = self._listings.get(
            state, (table, rest), lambda: self._listing(table, rest, value, now)
        )
        if lead is None:
            return listing
        if listing.keys and listing.keys[0][0] == 0:
            # Numbers among the values are compared as numbers, so that one cut cannot part them.
            return self._listing(table, query, value, now)
        cut = bisect_left if lead.operator == ">=" else bisect_right
        return listing.behind(cut(listing.keys, Query.key(lead.value or "\0", text=True)))

    def _listing(self, table: str, query: Query, value: Value, now: datetime) -> Listing[Ticket, Row]:
        """Every row tested and put in order; only its place is kept."""
        make = partial(self.tables.of_ticket, table, now=now)
        known = (ticket for ticket in self.tables.tickets if ticket.opened_at <= now)
        found: list[tuple[list[Any], Place[Ticket]]] = []
        fields = ["sys_id", *(field for field, _ in query.order)]
        for row, place in places(known, make):
            lookup = partial(value, row)
            if query.matches(lookup):
                found.append(([query.sort_key(lookup, field) for field in fields], place))
        found.sort(key=lambda one: one[0][0][2])
        for number, (_, descending) in reversed(list(enumerate(query.order, start=1))):
            found.sort(key=lambda one, by=number: one[0][by], reverse=descending)  # type: ignore[misc]
        keys = [one[0][1] for one in found] if query.order else []
        return Listing([one[1] for one in found], make, keys)


def _matching(rows: Iterable[Row], query: Query, value: Value) -> list[Row]:
    return [row for row in rows if query.matches(partial(value, row))]


def _ordered(rows: list[Row], query: Query, value: Value) -> list[Row]:
    """Rows that come by sys_id, in the order asked for."""
    for field, descending in reversed(query.order):
        rows.sort(key=lambda row, by=field: query.sort_key(partial(value, row), by), reverse=descending)  # type: ignore[misc]
    return rows


def _named(query: Query, field: str) -> list[str] | None:
    """The tickets that a query names in each of its alternatives; None where one names none."""
    named: list[str] = []
    for requirements in query.alternatives:
        alone = [choices[0] for choices in requirements if len(choices) == 1]
        of_field = [one for one in alone if one.field == field and one.operator in ("=", "IN")]
        if not of_field:
            return None
        named += of_field[0].value.split(",") if of_field[0].operator == "IN" else [of_field[0].value]
    return list(dict.fromkeys(named))


def _led(query: Query) -> tuple[Condition | None, Query]:
    """A condition "from here on" over the field by which rows are ordered first, and what else is asked."""
    if len(query.alternatives) == 1 and query.order and not query.order[0][1]:
        (requirements,) = query.alternatives
        for place, choices in enumerate(requirements):
            lead = choices[0]
            if len(choices) == 1 and lead.field == query.order[0][0] and lead.operator in (">", ">="):
                others = (*requirements[:place], *requirements[place + 1 :])
                return lead, Query((others,), query.order)
    return None, query
