"""RT's REST 2.0: pages of tickets, transactions and attachments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from tools.kit.call import Answer, Call, Params
from tools.kit.errors import WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_number
from tools.request_tracker.history import number_of, text_of

if TYPE_CHECKING:
    from tools.kit.http import Client

_MOST = 100
"""Rows that RT puts on a page at most, whatever is asked for."""

_TEXTS = ("text/plain", "text/html")
_AT_ONCE = 50


class Rest:
    """Lists and single records of one RT."""

    def __init__(self, name: str, http: Client) -> None:
        self.name = name
        self.http = http

    def page(self, path: str, params: Params) -> Page:
        """One page of a list. RT counts pages for users who may see everything; else there may be another as
        long as there are rows, because rows our user may not see are taken out of a page."""
        return self._page(self.http.get(path, params), f"GET {path}")

    def search(self, path: str, conditions: Sequence[Row], params: Params) -> list[Row]:
        """All rows of a search by conditions: those on one field are alternatives, fields go together."""
        guard = LoopGuard(self.name, f"POST {path}")

        def fetch(number: int) -> Page:
            window = {**params, "orderby": "id", "page": number + 1, "per_page": _MOST}
            call = Call("POST", path, params=window, body=list(conditions), repeatable=True)
            return self._page(self.http.send(call), f"POST {path}")

        return [row for page in by_number(fetch, number_of, guard) for row in page.rows]

    def one(self, path: str, params: Params | None = None) -> Row:
        """A single record. Raises NotFound."""
        return self.object(self.http.get(path, params), f"GET {path}")

    def object(self, answer: Answer, place: str) -> Row:
        if not isinstance(answer.data, dict):
            raise self._wrong("no record in the answer", place)
        return answer.data

    def transactions(self, tickets: Sequence[str], types: Sequence[str], person: str) -> list[Row]:
        """What happened on some tickets, of some types, in order of their numbers."""
        fields = {
            "fields": "Type,Field,OldValue,NewValue,Created,Creator,ObjectId",
            "fields[Creator]": person,
        }
        kinds = [{"field": "Type", "value": kind} for kind in types]
        rows: list[Row] = []
        for some in _chunks(tickets):
            which = [{"field": "ObjectId", "value": ticket} for ticket in some]
            asked = [{"field": "ObjectType", "value": "RT::Ticket"}, *which, *kinds]
            rows += self.search("/transactions", asked, fields)
        return rows

    def texts(self, transactions: Sequence[str]) -> dict[str, str]:
        """What was written in some transactions, by their numbers; files that were attached are left out."""
        found: dict[str, str] = {}
        kinds = [{"field": "ContentType", "value": kind} for kind in _TEXTS]
        for some in _chunks(transactions):
            which = [{"field": "TransactionId", "value": number} for number in some]
            for number, text in self._parts([*which, *kinds]):
                found.setdefault(number, text)
        return found

    def marked(self, reference: str) -> list[Row]:
        """Texts anywhere that hold `reference`, with the transaction they belong to."""
        asked = [{"field": "Content", "operator": "LIKE", "value": reference}]
        return self.search("/attachments", asked, {"fields": "Content,ContentType,TransactionId"})

    def _parts(self, asked: Sequence[Row]) -> Iterator[tuple[str, str]]:
        """The texts that a search finds, those in plain text first."""
        fields = {"fields": "Content,ContentType,TransactionId,Filename"}
        rows = [row for row in self.search("/attachments", asked, fields) if not text_of(row, "Filename")]
        for row in sorted(rows, key=lambda row: text_of(row, "ContentType") != "text/plain"):
            content = text_of(row, "Content")
            if content:
                html = text_of(row, "ContentType") == "text/html"
                yield text_of(row, "TransactionId"), plain(content) if html else content

    def _page(self, answer: Answer, place: str) -> Page:
        data: Any = answer.data
        rows = data.get("items") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._wrong("no list of items in the answer", place)
        pages, number = data.get("pages"), data.get("page")
        if isinstance(pages, int | Decimal) and isinstance(number, int | Decimal):
            return Page(rows, more=number < pages)
        return Page(rows, more=bool(rows))

    def _wrong(self, what: str, place: str) -> WrongAnswer:
        return WrongAnswer(
            self.name, what, place=place, remedy="Check that base_url ends in /REST/2.0 of an RT 5."
        )


def _chunks(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]


_BREAKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "pre"})
_UNSEEN = frozenset({"script", "style", "head"})


class _Words(HTMLParser):
    """The words of a text in HTML, a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def plain(html: str) -> str:
    """A text in HTML as plain lines."""
    words = _Words()
    words.feed(html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.parts).split("\n"))
    return "\n".join(line for line in lines if line)
