"""Navigator's agreements: the list from page to page, one agreement, the document behind its link.

The list cannot be asked for what changed since an instant, so it is read whole each time; what is older is
left out on our side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from obligations.document import Problem
from tools.docusign.clm import bytes_of
from tools.docusign.contracts import text
from tools.docusign.fields import instant, nested, shown
from tools.docusign.settings import GUID
from tools.kit.call import Call, segment
from tools.kit.errors import NotFound, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_token
from tools.kit.watermark import furthest, resume_at

if TYPE_CHECKING:
    from tools.docusign.settings import DocusignSettings
    from tools.kit.http import Client


class Navigator:
    """Talks to one account."""

    def __init__(self, settings: DocusignSettings, name: str, http: Client) -> None:
        self._settings = settings
        self._name = name
        self._http = http
        self._path = f"/v1/accounts/{settings.account}/agreements"

    def trials(self) -> dict[str, Callable[[], object]]:
        """Requests that show whether our rights suffice, by name."""
        return {"agreements": lambda: self._page(None, 1)}

    def read(self, cursor: str | None) -> Iterator[tuple[list[Row], str, tuple[Problem, ...]]]:
        """Agreements changed since the cursor, oldest change first, with the cursor behind them."""
        since = resume_at(self._name, cursor, self._settings.overlap)
        found: dict[tuple[datetime, str], Row] = {}
        problems: list[Problem] = []
        for page in self._pages():
            for row in page.rows:
                try:
                    moment = self.changed_at(row)
                except Skippable as error:
                    problems.append(error.problem())
                else:
                    if since is None or moment >= since:
                        found[moment, self.own_id(row)] = row
        changed, size = sorted(found), self._settings.page_size
        if not changed:
            yield [], cursor or "", tuple(problems)
        for start in range(0, len(changed), size):
            part = changed[start : start + size]
            cursor = furthest(cursor, part[-1][0])
            yield [found.pop(key) for key in part], cursor, tuple(problems)
            problems = []

    def record(self, contract_id: str) -> Row:
        """An agreement by its id, or by its number where a field of its own holds that: the list cannot be
        asked for it, so it is looked through. Raises NotFound."""
        if not GUID.fullmatch(contract_id):
            return self._numbered(contract_id)
        path = f"{self._path}/{segment(contract_id)}"
        data = self._http.get(path).data
        if not isinstance(data, dict) or not shown(data.get("id")):
            raise WrongAnswer(self._name, "no agreement in the answer", place=f"GET {path}")
        return data

    def _numbered(self, number: str) -> Row:
        names = self._settings.names.number
        for page in self._pages() if names != ("id",) else ():
            for row in page.rows:
                if text(nested(row), names) == number:
                    return row
        raise NotFound(
            self._name,
            f"there is no agreement {number[:60]!r}",
            place=f"GET {self._path}",
            remedy="Name it by its id, or by what `fields.number` holds.",
        )

    def document(self, row: Row) -> tuple[bytes, str]:
        """A document's bytes and stated name, from where the agreement links to. Raises NotFound without a
        link, Misconfigured where it leads to a host that is not the vendor's."""
        link = self._link(row)
        if not link:
            raise NotFound(
                self._name,
                "the agreement has no document",
                place=f"agreements/{self.own_id(row)}",
                remedy="Open it in Navigator, and give our user the right to see the document.",
            )
        parts = urlsplit(self._settings.vouched(self._name, link))
        params = dict(parse_qsl(parts.query))
        call = Call("GET", parts.path, params or None, accept="bytes", max_body=self._settings.max_document)
        answer = self._http.at(f"{parts.scheme}://{parts.netloc}").send(call)
        return bytes_of(self._name, call, answer), self.document_name(row)

    def values(self, row: Row) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The agreement's fields with its parties told apart, and what is unclear about these."""
        parties = row.get("parties")
        names = [_names(party) for party in parties] if isinstance(parties, list) else []
        own = {name.casefold() for name in self._settings.our_names}
        ours = [each for each in names if each and {name.casefold() for name in each} & own]
        others = [each for each in names if each and each not in ours]
        fields = {**nested(row), "parties/us": ours[0][0] if ours else ""}
        if len(others) == 1:
            fields |= {"parties/other": others[0][0], "parties/aliases": ", ".join(others[0][1:])}
            return fields, ()
        which = "; ".join(each[0] for each in others)[:200]
        note = (
            f"which of its parties is the counterparty is not clear: {which}" if others else "no counterparty"
        )
        return fields, (note,)

    def own_id(self, row: Row) -> str:
        return shown(row.get("id"))

    def document_name(self, row: Row) -> str:
        return (shown(row.get("file_name")) or shown(row.get("title"))) if self._link(row) else ""

    def changed_at(self, row: Row) -> datetime:
        about = row.get("metadata")
        about = about if isinstance(about, dict) else {}
        try:
            moment = instant(about.get("modified_at") or about.get("created_at"))
        except ValueError:
            moment = None
        if moment is None or not self.own_id(row):
            raise Skippable(
                self._name,
                "an agreement without id or readable time of change",
                place=f"agreements/{self.own_id(row)[:40]}",
                remedy="Report it to the vendor: every agreement has both.",
            )
        return moment

    def _pages(self) -> Iterator[Page]:
        size = self._settings.page_size
        guard = LoopGuard(self._name, f"GET {self._path}")
        for number, page in enumerate(by_token(lambda token: self._page(token, size), guard)):
            guard.rows([shown(row.get("id")) or repr(row) for row in page.rows], number)
            yield page

    def _page(self, token: str | None, size: int) -> Page:
        params: dict[str, str | int] = {"limit": size}
        if self._settings.filter:
            params["$filter"] = self._settings.filter
        if token:
            params["ctoken"] = token
        data = self._http.get(self._path, params).data
        rows = data.get("data") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self._name, "no list in the answer", place=f"GET {self._path}")
        further = _further(data)
        return Page(rows, more=bool(further), token=further or None)

    def _link(self, row: Row) -> str:
        links = row.get("_links")
        held = links.get("document") if isinstance(links, dict) else None
        return shown(held.get("href")) if isinstance(held, dict) else ""


def _further(data: Row) -> str:
    """The token of the next page: in its link, or beside the rows; empty for the last one."""
    links = data.get("_links")
    held = links.get("next") if isinstance(links, dict) else None
    address = shown(held.get("href")) if isinstance(held, dict) else ""
    token = dict(parse_qsl(urlsplit(address).query)).get("ctoken", "")
    about = data.get("response_metadata")
    return token or (shown(about.get("page_token_next")) if isinstance(about, dict) else "")


def _names(party: Any) -> list[str]:
    """The names of a party, its formal one first."""
    if not isinstance(party, dict):
        return []
    names = (shown(party.get(key)) for key in ("preferred_name", "name_in_agreement"))
    return list(dict.fromkeys(name for name in names if name))
