"""CLM's REST interface: where the account is served, documents of folders in order of change, one document.

A list can be sorted by time of change but not filtered by it. So the first document of interest is looked for
by halving the list, and the list is read on from there; what shifts meanwhile is found by beginning each page
before the end of the one before.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tools.docusign.contracts import text
from tools.docusign.fields import attributes, document_id, instant, shown
from tools.docusign.settings import GUID
from tools.docusign.sorted_list import SortedList
from tools.kit.call import Answer, Call, segment
from tools.kit.errors import Fatal, NotFound, Retryable, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change, by_number
from tools.kit.watermark import furthest, marks, marks_cursor, resume_at

if TYPE_CHECKING:
    from tools.docusign.settings import DocusignSettings
    from tools.kit.http import Client

# Numbers of contracts that are searched for; anything else is none.
_NUMBER = re.compile(r"[\w][\w ./#:-]{0,99}")
_NOT_YET = "code 119"
_MOST_FOLDERS = 10_000


def said(answer: Answer) -> str:
    """What CLM says in a failure: its text for users, its code, and what is wrong with which property."""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    error = data.get("Error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return ""
    parts = [f"{shown(error.get('UserMessage'))} (code {shown(error.get('ErrorCode'))})"]
    wrong = data.get("ValidationErrors")
    parts += [
        f"{shown(each.get('PropertyName'))}: {shown(each.get('UserMessage'))}"
        for each in (wrong[:5] if isinstance(wrong, list) else ())
        if isinstance(each, dict)
    ]
    return "; ".join(parts)


class Clm:
    """Talks to one account."""

    def __init__(
        self,
        settings: DocusignSettings,
        name: str,
        http: Client,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._name = name
        self._http = http
        self._sleep = sleep
        self._served: dict[str, Client] = {}
        self._bases: dict[str, str] = {}

    # -- what the connector needs ---------------------------------------------------------------------

    def trials(self) -> dict[str, Callable[[], object]]:
        """Requests that show whether our rights suffice, by name."""

        def first(path: str) -> object:
            return self._ordered(f"/folders/{segment(self._folder(path))}/documents")(0, 1)

        return {path: lambda path=path: first(path) for path in self._settings.folders}  # type: ignore[misc]

    def read(self, cursor: str | None) -> Iterator[tuple[list[Row], str, tuple[Any, ...]]]:
        """Documents changed since the cursor, by folder and oldest change first, with the cursor behind them
        and a problem for each that does not say when it changed."""
        held = marks(self._name, cursor)
        for folder in self._folders():
            since = resume_at(self._name, held.get(folder), self._settings.overlap)
            path, listed = self._listed(folder)
            guard = LoopGuard(self._name, f"GET {path}")
            order = Order(document_id, self.changed_at, self._settings.page_size)
            for part in by_change(listed.fetch, since, order, guard):
                held[folder] = furthest(held.get(folder), part.reached)
                rows = [row for each in part.rows if (row := self._whole(each)) is not None]
                yield rows, marks_cursor(held), part.problems
        if not held:
            yield [], "", ()

    def record(self, contract_id: str) -> Row:
        """A document by its id, or by the number that an attribute holds. Raises NotFound."""
        if GUID.fullmatch(contract_id):
            return self._document(contract_id)
        if _NUMBER.fullmatch(contract_id):
            listing = self._search({self._settings.search_number: contract_id})
            for page in by_number(
                lambda number: listing(number * self._settings.page_size, self._settings.page_size),
                document_id,
                LoopGuard(self._name, "POST /documentsearchtasks"),
            ):
                for each in page.rows:
                    row = self._whole(each)
                    if row is not None and text(attributes(row), self._settings.names.number) == contract_id:
                        return row
        raise NotFound(
            self._name,
            f"there is no contract {contract_id[:60]!r}",
            place="POST /documentsearchtasks",
            remedy="Name it by what `fields.number` holds, or by the document's id.",
        )

    def document(self, row: Row) -> tuple[bytes, str]:
        """A document's bytes and stated name. Raises Retryable while CLM is still preparing it."""
        path = f"/v2/{self._settings.account}/documents/{segment(document_id(row))}"
        headers = {"Accept": "application/pdf"} if self._settings.as_pdf else {}
        most = self._settings.max_document
        call = Call("GET", path, headers=headers, accept="bytes", max_body=most, said=said)
        try:
            answer = self._client("ApiBaseDownloadUrl").send(call)
        except Fatal as error:
            if _NOT_YET not in error.what:
                raise
            answer = None
        if answer is None or answer.status in (205, 206):
            raise Retryable(
                self._name,
                "the document is not ready yet",
                place=call.place,
                remedy="It is tried again later.",
            )
        name = shown(row.get("Name"))
        if self._settings.as_pdf and not name.lower().endswith(".pdf"):
            name += ".pdf"
        return bytes_of(self._name, call, answer), name

    def values(self, row: Row) -> tuple[dict[str, Any], tuple[str, ...]]:
        return attributes(row), ()

    def own_id(self, row: Row) -> str:
        return document_id(row)

    def document_name(self, row: Row) -> str:
        return shown(row.get("Name"))

    def changed_at(self, row: Row) -> datetime:
        try:
            moment = instant(row.get("UpdatedDate"))
        except ValueError:
            moment = None
        if moment is None or not document_id(row):
            raise Skippable(
                self._name,
                "a document without id or readable UpdatedDate",
                place=f"documents/{document_id(row)[:40]}",
                remedy="Report it to the vendor: every document has both.",
            )
        return moment

    # -- asking -------------------------------------------------------------------------------------

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Row:
        """An object below the account."""
        data = self.send(Call("GET", path, params=params))
        if not isinstance(data, dict):
            raise WrongAnswer(self._name, "no object in the answer", place=f"GET {path}")
        return data

    def send(self, call: Call) -> Any:
        """The JSON of a call whose path is below the account."""
        path = f"/v2/{self._settings.account}{call.path}"
        whole = Call(
            call.method, path, call.params, call.body, repeatable=call.repeatable, said=call.said or said
        )
        return self._client("ApiBaseUrl").send(whole).data

    def address(self, path: str) -> str:
        """What CLM calls an object: its address."""
        return f"{self._base('ApiBaseUrl')}/v2/{self._settings.account}{path}"

    def rows(self, path: str, expand: str = "") -> Iterator[Row]:
        """All objects of a list below the account."""
        size = 100
        guard = LoopGuard(self._name, f"GET {path}")

        def fetch(number: int) -> Page:
            return self._page(path, number * size, size, expand)

        for page in by_number(fetch, document_id, guard):
            yield from page.rows

    def _client(self, kind: str) -> Client:
        """The client for one of the account's hosts; they are looked up once."""
        if kind not in self._served:
            self._served[kind] = self._http.at(self._base(kind))
        return self._served[kind]

    def _base(self, kind: str) -> str:
        if not self._bases:
            path = f"/api/v2/{self._settings.account}/account"
            data = self._http.send(Call("GET", path, said=said)).data
            for each in ("ApiBaseUrl", "ApiBaseDownloadUrl"):
                found = shown(data.get(each)) if isinstance(data, dict) else ""
                if not found:
                    remedy = "Check base_url and account."
                    raise WrongAnswer(
                        self._name, f"no {each} in the answer", place=f"GET {path}", remedy=remedy
                    )
                self._bases[each] = self._settings.vouched(self._name, found).rstrip("/")
        return self._bases[kind]

    # -- lists --------------------------------------------------------------------------------------

    def _page(self, path: str, offset: int, limit: int, expand: str = "", **more: str) -> Page:
        """Part of a list below the account; how many there are in all stands in `token`, if it is told."""
        params: dict[str, str | int] = {f"pageSortParams.{key}": value for key, value in more.items()}
        params |= {"pageSortParams.offset": offset, "pageSortParams.limit": limit}
        if expand:
            params["expand"] = expand
        return self._list(self.get(path, params), offset, limit, path)

    def _list(self, data: Row, offset: int, limit: int, path: str) -> Page:
        rows = data.get("Items")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self._name, "no list in the answer", place=f"GET {path}")
        total = data.get("Total")
        if not isinstance(total, int) or isinstance(total, bool):
            return Page(rows, more=len(rows) >= limit)
        return Page(rows, more=offset + limit < total, token=str(total))

    def _listed(self, folder: str) -> tuple[str, SortedList]:
        """The documents of a folder in order of change, by its list or by a search."""
        own = self._settings
        if own.search:
            where = {"InFolder": {"Href": self.address(f"/folders/{folder}")}}
            page = self._search({**own.search, **where, "IncludeSubFolders": own.subfolders})
            path = "/documentsearchtasks"
        else:
            path = f"/folders/{segment(folder)}/documents"
            page = self._ordered(path)
        guard = LoopGuard(self._name, f"GET {path}")
        return path, SortedList(page, document_id, self.changed_at, own.page_size, guard)

    def _ordered(self, path: str) -> Callable[[int, int], Page]:
        """Parts of a list in order of change."""
        order = {"sortProperty": "UpdatedDate", "sortDirection": "ASC"}
        return lambda offset, limit: self._page(path, offset, limit, "AttributeGroups", **order)

    def _folder(self, path: str) -> str:
        """The id of a folder by its path."""
        found = document_id(self.get("/folders/path", {"path": path}))
        if not found:
            raise WrongAnswer(self._name, f"no folder {path[:60]!r} in the answer", place="GET /folders/path")
        return found

    def _folders(self) -> list[str]:
        """The folders that are read; a search goes down by itself."""
        found = list(dict.fromkeys(self._folder(path) for path in self._settings.folders))
        if self._settings.search or not self._settings.subfolders:
            return found
        known = dict.fromkeys(found)
        for folder in found:  # grows while it is walked
            for row in self.rows(f"/folders/{segment(folder)}/folders"):
                below = document_id(row)
                if below and below not in known:
                    known[below] = None
                    found.append(below)
            if len(found) > _MOST_FOLDERS:
                raise Fatal(
                    self._name,
                    f"there are more than {_MOST_FOLDERS:,} folders",
                    place="folders",
                    remedy="Name folders further down, or set `search`.",
                )
        return found

    def _search(self, criteria: Mapping[str, Any]) -> Callable[[int, int], Page]:
        """Pages of what a search finds. It runs on its own; the answer may say that it is still under way."""
        call = Call("POST", "/documentsearchtasks", body=dict(criteria), repeatable=True)
        task = self._object(self.send(call), call.place)
        path = f"/documentsearchtasks/{segment(document_id(task))}"
        until = time.monotonic() + self._settings.search_wait
        while (status := shown(task.get("Status"))) == "Processing":
            if time.monotonic() > until:
                remedy = "It is tried again later; narrow the search if this happens often."
                raise Retryable(self._name, "a search took too long", place=call.place, remedy=remedy)
            self._sleep(min(1.0, self._settings.search_wait / 10))
            task = self._object(self.get(path), call.place)
        if status != "Success":
            remedy = "Check `search` in the connector's settings."
            raise Fatal(self._name, f"a search ended as {status[:40]!r}", place=call.place, remedy=remedy)

        return self._ordered(f"{path}/result")

    def _object(self, data: Any, place: str) -> Row:
        if not isinstance(data, dict) or not document_id(data):
            raise WrongAnswer(self._name, "no search in the answer", place=place)
        return data

    def _document(self, record: str) -> Row:
        row = self.get(f"/documents/{segment(record)}", {"expand": "AttributeGroups"})
        if not document_id(row):
            raise WrongAnswer(self._name, "no document in the answer", place=f"documents/{record}")
        return row

    def _whole(self, row: Row) -> Row | None:
        """A listed document with its attributes, asked for where the list had left them out; None for one
        that was deleted meanwhile."""
        groups = row.get("AttributeGroups")
        if isinstance(groups, dict) and set(groups) != {"Href"}:
            return row
        try:
            return self._document(document_id(row))
        except NotFound:
            return None


def bytes_of(vendor: str, call: Call, answer: Answer) -> bytes:
    """The bytes of a download. Raises WrongAnswer for an empty one or a web page."""
    if not answer.body or answer.headers.get("content-type", "").startswith("text/html"):
        raise WrongAnswer(
            vendor,
            "the document is empty or a web page",
            place=call.place,
            remedy="Check base_url, and that the document can be opened in DocuSign.",
        )
    return answer.body
