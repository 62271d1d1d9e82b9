"""SuiteQL over NetSuite's REST web services, and how it writes texts, days, instants and numbers.

Every value comes as text, an empty one not at all; days and instants come in the user's format, so each
query asks for them by TO_CHAR.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tools.kit.call import Call
from tools.kit.errors import WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_number

if TYPE_CHECKING:
    from tools.kit.http import Client

PATH = "/query/v1/suiteql"
MOST = 1000
"""Rows of a page; an offset has to be a multiple of the limit."""
_MOMENT = "YYYY-MM-DD HH24:MI:SS"
_IDS = 500


class SuiteQL:
    """Queries of one account."""

    def __init__(self, name: str, http: Client) -> None:
        self.name = name
        self.http = http

    def page(self, query: str, limit: int, offset: int) -> Page:
        """One page. A query is a POST that changes nothing, so it may be sent again."""
        call = Call(
            "POST",
            PATH,
            params={"limit": limit, "offset": offset},
            body={"q": query},
            headers={"Prefer": "transient"},
            repeatable=True,
        )
        data = self.http.send(call).data
        rows = data.get("items") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "no items in the answer", place=call.place)
        return Page(rows, more=data.get("hasMore") is True)

    def rows(self, query: str) -> list[Row]:
        """All rows of a query."""

        def fetch(number: int) -> Page:
            return self.page(query, MOST, number * MOST)

        guard = LoopGuard(self.name, f"POST {PATH}")
        pages = by_number(fetch, lambda row: sorted((k, str(v)) for k, v in row.items()), guard)
        return [row for page in pages for row in page.rows]

    def among(self, columns: Sequence[str], table: str, field: str, ids: Sequence[str]) -> list[Row]:
        """The rows whose `field` is one of some internal ids, in as many queries as that takes."""
        found: list[Row] = []
        for start in range(0, len(ids), _IDS):
            some = ",".join(ids[start : start + _IDS])
            found += self.rows(select(columns, table, f"{field} IN ({some})", f"{field}"))
        return found


def select(columns: Sequence[str], table: str, where: str = "", order: str = "") -> str:
    """A query. The parts are ours or validated settings; texts in `where` come through `quoted`."""
    parts = ["SELECT", ", ".join(columns), "FROM", table]
    parts += ["WHERE", where] if where else []
    parts += ["ORDER BY", order] if order else []
    return " ".join(parts)


def quoted(given: str) -> str:
    """A text literal."""
    doubled = given.replace("'", "''")
    return f"'{doubled}'"


def as_moment(column: str, name: str) -> str:
    return f"TO_CHAR({column}, '{_MOMENT}') AS {name}"


def as_day(column: str, name: str) -> str:
    return f"TO_CHAR({column}, 'YYYY-MM-DD') AS {name}"


def literal(moment: datetime, zone: str) -> str:
    """An instant as the account's wall clock shows it."""
    shown = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    return f"TO_DATE('{shown}', '{_MOMENT}')"


def text(row: Mapping[str, Any], name: str) -> str:
    """A column as text; empty where there is none."""
    held = row.get(name)
    if held is None or isinstance(held, bool):
        return ""
    return str(held).strip() if isinstance(held, str | int | Decimal) else ""


def yes(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) is True or text(row, name) == "T"


def day(row: Mapping[str, Any], name: str) -> date | None:
    """A day; None for an empty one; ValueError for other text."""
    held = text(row, name)
    return date.fromisoformat(held[:10]) if held else None


def instant(row: Mapping[str, Any], name: str, zone: str) -> datetime | None:
    """A time on the account's wall clock; None for an empty one; ValueError for other text. In the hour
    that clocks show twice, the first is meant."""
    held = text(row, name)
    return datetime.fromisoformat(held).replace(tzinfo=ZoneInfo(zone)) if held else None


def decimal(row: Mapping[str, Any], name: str) -> Decimal | None:
    """A number; None for an empty one; ValueError for other text."""
    held = text(row, name)
    if not held:
        return None
    try:
        number = Decimal(held)
    except InvalidOperation:
        raise ValueError(f"{name} is no number: {held[:40]!r}") from None
    if not number.is_finite():
        raise ValueError(f"{name} is no number: {held[:40]!r}")
    return number
