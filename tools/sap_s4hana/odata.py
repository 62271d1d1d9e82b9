"""Lists of SAP's OData V2 services: pages by the server's links or by counting, conditions, keys and days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from tools.kit.call import Params
from tools.kit.errors import WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_token

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]


class OData:
    """OData V2 of one system: lists with server-driven or client-driven paging."""

    def __init__(self, name: str, http: Client, page_size: int) -> None:
        self.name = name
        self.http = http
        self._size = page_size

    def pages(self, service: str, entity: str, params: Params, keys: Names) -> Iterator[Sequence[Row]]:
        """Pages of an entity set, new rows only. `__next` is followed by its query only, never to another
        host; without it, `$skip` goes on behind the rows that we have."""
        path = f"/{service}/{entity}"
        first = {"$format": "json", "$inlinecount": "allpages", "$top": self._size, **params}
        seen: set[str] = set()

        def fetch(token: str | None) -> Page:
            asked = first if token is None else {**first, **dict(parse_qsl(token))}
            rows, following, count = self._page(path, asked)
            fresh = {"\n".join([str(row.get(key)) for key in keys]): row for row in rows}
            fresh = {key: row for key, row in fresh.items() if key not in seen}
            seen.update(fresh)
            more = bool(rows) and count is not None and len(seen) < count
            token = urlsplit(following).query if following else f"$skip={len(seen)}" if more else None
            return Page(list(fresh.values()), token=token)

        for page in by_token(fetch, LoopGuard(self.name, f"GET {path}")):
            yield page.rows

    def rows(self, service: str, entity: str, params: Params, keys: Names) -> list[Row]:
        return [row for page in self.pages(service, entity, params, keys) for row in page]

    def _page(self, path: str, params: Params) -> tuple[list[Row], str, int | None]:
        """Rows, the address of the next page and the count of all rows."""
        data = self.http.get(path, params).data
        held = data.get("d") if isinstance(data, dict) else None
        rows = held.get("results") if isinstance(held, dict) else held
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "no OData results in the answer", place=f"GET {path}")
        outer = held if isinstance(held, dict) else {}
        count = str(outer.get("__count", ""))
        return rows, str(outer.get("__next") or ""), int(count) if count.isdigit() else None


def any_of(field: str, values: Sequence[str]) -> str:
    """An OData condition: the field is one of some values (quotes doubled, as OData asks)."""
    quoted = (value.replace("'", "''") for value in values)
    return "(" + " or ".join(f"{field} eq '{value}'" for value in quoted) + ")"


def literal(value: str) -> str:
    """A text in a condition or a key: in quotes, those within doubled."""
    return "'" + value.replace("'", "''") + "'"


def v2_day(day: date) -> str:
    """A day as OData V2 writes it in JSON."""
    return f"/Date({int(datetime.combine(day, time(), UTC).timestamp()) * 1000})/"
