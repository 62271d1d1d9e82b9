"""SOQL over Salesforce's REST API: queries with their further pages, and what an org does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from tools.kit.call import Answer, Call, segment
from tools.kit.errors import Fatal, Retryable, Unauthorised, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_token

if TYPE_CHECKING:
    from tools.kit.http import Client

MOST_IDS = 200
"""Ids in one condition: they travel in the address, which may hold 16 KB."""
_LIMIT_WAIT = 3600.0
"""Seconds until a spent day's allowance, which rolls over 24 hours, is worth another try."""


class Soql:
    """Queries of one org. `root` is the path of the chosen version, `/services/data/v62.0`."""

    def __init__(self, name: str, http: Client, version: str, page_size: int) -> None:
        self.name = name
        self.root = f"/services/data/v{version}"
        self._http = http
        self._headers = {"Sforce-Query-Options": f"batchSize={page_size}"}

    def pages(self, query: str, deleted: bool = False) -> Iterator[tuple[list[Row], bool]]:
        """Pages of a query's rows, each with whether it is the last; `deleted`: the recycle bin too.

        A query's result stays as it was when first asked, so pages neither skip nor repeat. The address
        of the next page is used by its last two parts only, never to another host.
        """
        path = f"{self.root}/{'queryAll' if deleted else 'query'}"

        def fetch(token: str | None) -> Page:
            if token is None:
                call = Call("GET", path, params={"q": query}, headers=self._headers)
            else:
                resource, _, locator = token.partition("/")
                call = Call("GET", f"{self.root}/{resource}/{segment(locator)}", headers=self._headers)
            data = self.send(call).data
            rows = data.get("records") if isinstance(data, dict) else None
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise WrongAnswer(self.name, "no records in the answer", place=call.place)
            return Page(rows, token=_next(data.get("nextRecordsUrl")))

        for page in by_token(fetch, LoopGuard(self.name, f"GET {path}")):
            yield list(page.rows), page.token is None

    def rows(self, query: str, deleted: bool = False) -> list[Row]:
        return [row for page, _ in self.pages(query, deleted) for row in page]

    def one(self, query: str) -> Row | None:
        return next(iter(self.rows(f"{query} LIMIT 1")), None)

    def among(self, select: str, field: str, ids: Sequence[str], deleted: bool = False) -> list[Row]:
        """The rows of `select` whose `field` is one of some ids, in as many queries as that takes."""
        joint = "AND" if " WHERE " in select else "WHERE"
        found: list[Row] = []
        for start in range(0, len(ids), MOST_IDS):
            some = ids[start : start + MOST_IDS]
            found += self.rows(f"{select} {joint} {field} IN ({','.join(map(quoted, some))})", deleted)
        return found

    def send(self, call: Call) -> Answer:
        """Carry out a call. A spent allowance and a locked row, which Salesforce tells as a lack of rights
        and as a bad request, become Retryable."""
        try:
            return self._http.send(call)
        except Fatal as error:
            self.raise_better(error)

    def raise_better(self, error: Fatal) -> NoReturn:
        if isinstance(error, Unauthorised) and "REQUEST_LIMIT_EXCEEDED" in error.what:
            raise Retryable(
                self.name,
                "the org's allowance of requests for 24 hours is spent",
                place=error.place,
                status=403,
                retry_after=_LIMIT_WAIT,
                remedy="It goes on by itself later; ask for a larger allowance if this stays.",
            ) from error
        if "UNABLE_TO_LOCK_ROW" in error.what:
            what = "the record is locked by somebody else's change"
            raise Retryable(self.name, what, place=error.place, remedy="It is tried again later.") from error
        raise error


def _next(url: Any) -> str | None:
    """The resource and locator of a `nextRecordsUrl`: "query/01g…-2000" or "queryAll/01g…-2000"."""
    parts = str(url or "").rstrip("/").split("/")
    if len(parts) < 2 or not parts[-1]:
        return None
    return f"{'queryAll' if parts[-2] == 'queryAll' else 'query'}/{parts[-1]}"


def select(fields: str, name: str, where: str = "", order: str = "") -> str:
    """A query. The parts are ours or validated settings; values in `where` come through `quoted`."""
    parts = ["SELECT", fields, "FROM", name]
    parts += ["WHERE", where] if where else []
    parts += ["ORDER BY", order] if order else []
    return " ".join(parts)


def lacks_object(error: Fatal) -> bool:
    """Was an object or a field asked for that the org does not have, or that our user may not see?"""
    return "INVALID_TYPE" in error.what or "INVALID_FIELD" in error.what or error.status == 403


def quoted(text: str) -> str:
    """A SOQL string literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def literal(moment: datetime) -> str:
    """A SOQL dateTime literal, which takes no quotes."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def value(row: Mapping[str, Any], name: str) -> str:
    """A text field, also one of a parent record ("Account.Name"); empty where there is none."""
    held: Any = row
    for part in name.split("."):
        held = held.get(part) if isinstance(held, Mapping) else None
    return held.strip() if isinstance(held, str) else ""


def first(row: Mapping[str, Any], names: Iterable[str]) -> str:
    """The first of some fields that holds something."""
    return next((text for name in names if (text := value(row, name))), "")


def instant(text: str) -> datetime | None:
    """A dateTime of the API, "2026-10-14T00:10:00.000+0000"; None for an empty one, ValueError for other
    text."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
