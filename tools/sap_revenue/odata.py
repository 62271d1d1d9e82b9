"""Sets of OData services, V4 and V2 alike: pages by the server's links or by counting, conditions, keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo

from tools.kit.call import Answer, Call
from tools.kit.csrf import Csrf
from tools.kit.errors import WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_token

if TYPE_CHECKING:
    from tools.kit.http import Client

Params = Mapping[str, str | int]


@dataclass(frozen=True)
class Rows:
    """New rows of a page, and when it was made by the server's clock, where it says so."""

    rows: Sequence[Row]
    made_at: datetime | None


class OData:
    """Sets below one base address."""

    def __init__(self, name: str, http: Client, version: Literal["v4", "v2"], size: int) -> None:
        self.name = name
        self._http = http
        self._v4 = version == "v4"
        self._size = size
        self._tokens: dict[str, Csrf] = {}

    # -- reading ------------------------------------------------------------------------------------

    def pages(self, path: str, keys: Sequence[str], conditions: Sequence[str]) -> Iterator[Rows]:
        """Pages of a set by key, new rows only. A link to the next page is followed by its query only, never
        to another host; without one, `$skip` goes on behind the rows that we have."""
        first: dict[str, str | int] = {
            **({"$count": "true"} if self._v4 else {"$inlinecount": "allpages", "$format": "json"}),
            "$top": self._size,
            "$orderby": ",".join(keys),
        }
        if conditions:
            first["$filter"] = " and ".join(f"({each})" for each in conditions)
        seen: set[str] = set()
        made: list[datetime | None] = [None]

        def fetch(token: str | None) -> Page:
            asked = first if token is None else {**first, **dict(parse_qsl(token))}
            answer = self._http.get(f"/{path}", asked)
            made[0] = answer.made_at
            rows, following, count = self._page(path, answer)
            fresh = {"\n".join(str(row.get(key)) for key in keys): row for row in rows}
            fresh = {key: row for key, row in fresh.items() if key not in seen}
            seen.update(fresh)
            more = bool(rows) and count is not None and len(seen) < count
            after = urlsplit(following).query if following else f"$skip={len(seen)}" if more else None
            return Page(list(fresh.values()), token=after)

        for page in by_token(fetch, LoopGuard(self.name, f"GET /{path}")):
            yield Rows(page.rows, made[0])

    def rows(self, path: str, keys: Sequence[str], conditions: Sequence[str]) -> list[Row]:
        return [row for page in self.pages(path, keys, conditions) for row in page.rows]

    def of_any(self, path: str, keys: Sequence[str], field: str, values: Sequence[str]) -> list[Row]:
        """All rows of a set whose field is one of some values, asked for some at a time."""
        found: list[Row] = []
        for start in range(0, len(values), 40):
            some = (f"{field} eq {literal(value)}" for value in values[start : start + 40])
            found += self.rows(path, keys, [" or ".join(some)])
        return found

    def trial(self, path: str) -> None:
        """Ask for one row, to see whether our rights suffice."""
        params: Params = {"$top": 1} if self._v4 else {"$top": 1, "$format": "json"}
        self._page(path, self._http.get(f"/{path}", params))

    def since(self, field: str, kind: Literal["day", "instant"], moment: datetime, zone: ZoneInfo) -> str:
        """The condition that a field is not before an instant, or its day."""
        if kind == "day":
            day = moment.astimezone(zone).strftime("%Y-%m-%d")
            return f"{field} ge {day}" if self._v4 else f"{field} ge datetime'{day}T00:00:00'"
        text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{field} ge {text}" if self._v4 else f"{field} ge datetimeoffset'{text}'"

    # -- writing ------------------------------------------------------------------------------------

    def create(self, path: str, body: Row, under: str = "", key: str = "", way: str = "") -> Row:
        """A new row of a set, or on a way from the row of the set `under` that has the key; what the service
        answers of it."""
        address = f"{self._keyed(under, key)}/{way}" if under else f"/{path}"
        answer = self._writing(under or path).send(Call("POST", address, body=body, headers=self._content()))
        return self._single(path, answer)

    def get(self, path: str, key: str) -> tuple[Row, str]:
        """One row by its key, and its version where the service tells it."""
        answer = self._http.get(self._keyed(path, key))
        row = self._single(path, answer)
        about = row.get("__metadata")
        stated = about.get("etag") if isinstance(about, dict) else row.get("@odata.etag")
        return row, answer.etag or (stated if isinstance(stated, str) else "")

    def change(self, path: str, key: str, body: Row, etag: str) -> None:
        """Set fields of a row, if it still is the version that we know; twice the same changes nothing."""
        address, headers = self._keyed(path, key), self._content()
        call = Call("PATCH", address, body=body, headers=headers, etag=etag, accept="bytes", repeatable=True)
        self._writing(path).send(call)

    def value(self, value: Any) -> Any:
        """A value as the service takes it in JSON."""
        if isinstance(value, date) and not self._v4:
            day = datetime(value.year, value.month, value.day, tzinfo=UTC)
            return f"/Date({int(day.timestamp()) * 1000})/"
        if isinstance(value, date):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) else value

    def _content(self) -> dict[str, str]:
        """V4 takes decimals as text only where it is told so."""
        return {"Content-Type": "application/json;IEEE754Compatible=true"} if self._v4 else {}

    def _writing(self, path: str) -> Csrf:
        service = f"/{path.rpartition('/')[0]}/"
        return self._tokens.setdefault(service, Csrf(self._http, service))

    def _keyed(self, path: str, key: str) -> str:
        quoted = quote(literal(key), safe="'")
        return f"/{path}({quoted})"

    def _single(self, path: str, answer: Answer) -> Row:
        data = answer.data
        row = data if self._v4 else data.get("d") if isinstance(data, dict) else None
        if not isinstance(row, dict) or not row:
            raise WrongAnswer(self.name, "no record in the answer", place=f"/{path}", remedy=_SEE)
        return row

    def _page(self, path: str, answer: Answer) -> tuple[list[Row], str, int | None]:
        """Rows, the address of the next page and the count of all rows."""
        data: Any = answer.data if isinstance(answer.data, dict) else {}
        if self._v4:
            rows, following, count = (data.get(key) for key in ("value", "@odata.nextLink", "@odata.count"))
        else:
            held = data.get("d")
            outer = held if isinstance(held, dict) else {}
            rows, following, count = (outer.get(key) for key in ("results", "__next", "__count"))
            rows = held if isinstance(held, list) else rows
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "no list in the answer", place=f"GET /{path}", remedy=_SEE)
        stated = str(count if count is not None else "")
        return rows, str(following or ""), int(stated) if stated.isdigit() else None


_SEE = "Check base_url, `odata` and the paths in the connector's settings."


def literal(value: str) -> str:
    """A text in a condition or a key: in quotes, those within doubled."""
    return "'" + value.replace("'", "''") + "'"
