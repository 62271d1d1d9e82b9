"""Jira's lists: searches by JQL in their two forms, the pages below an issue, and time as JQL reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from tools.kit.call import Answer, Params, segment
from tools.kit.errors import WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_token

if TYPE_CHECKING:
    from tools.kit.http import Client

Form = Literal["jql", "classic"]


class Jira:
    """The platform's and the service desk's interfaces below one address."""

    def __init__(self, name: str, http: Client, api: str, form: Form) -> None:
        self.name = name
        self.http = http
        self.platform = f"/rest/api/{api}"
        self.desk = "/rest/servicedeskapi"
        self._search = f"{self.platform}/search" + ("/jql" if form == "jql" else "")
        self._by_token = form == "jql"

    @property
    def place(self) -> str:
        return f"GET {self._search}"

    def search(self, jql: str, fields: str, limit: int, after: str | None = None, expand: str = "") -> Page:
        """One page of issues. `after` is the token of the page before: an opaque one, or where to start."""
        params: dict[str, str | int] = {"jql": jql, "fields": fields, "maxResults": limit}
        if expand:
            params["expand"] = expand
        if after is not None:
            params["nextPageToken" if self._by_token else "startAt"] = after
        data = self.http.get(self._search, params).data
        issues = data.get("issues") if isinstance(data, dict) else None
        if not isinstance(issues, list) or not all(isinstance(row, dict) for row in issues):
            raise WrongAnswer(self.name, "no list of issues in the answer", place=self.place)
        token = self._next(data, int(after or 0) if not self._by_token else 0, len(issues))
        return Page(issues, token is not None, token)

    def one(self, path: str, params: Params | None = None) -> Row:
        """A single object."""
        answer = self.http.get(path, params)
        return self.object(answer, f"GET {path}")

    def object(self, answer: Answer, place: str) -> Row:
        if not isinstance(answer.data, dict):
            raise WrongAnswer(self.name, "no object in the answer", place=place)
        return answer.data

    def below(self, issue: str, what: Literal["comment", "changelog"]) -> list[Row]:
        """All comments or all of the changelog of an issue, oldest first."""
        key = "comments" if what == "comment" else "values"
        path = f"{self.platform}/issue/{segment(issue)}/{what}"
        return self._all(path, key, ("startAt", "maxResults"))

    def slas(self, issue: str) -> list[Row]:
        """The service desk's own SLA records of a request."""
        return self._all(f"{self.desk}/request/{segment(issue)}/sla", "values", ("start", "limit"))

    def _all(self, path: str, key: str, names: tuple[str, str]) -> list[Row]:
        def fetch(after: str | None) -> Page:
            data = self.one(path, {names[0]: after or "0", names[1]: 100})
            found = data.get(key)
            if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
                raise WrongAnswer(self.name, f"no {key} in the answer", place=f"GET {path}")
            start = int(after or 0) + len(found)
            last = data.get("isLastPage", data.get("isLast"))
            total = data.get("total")
            more = not last if isinstance(last, bool) else isinstance(total, int) and start < total
            return Page(found, more, str(start) if more and found else None)

        guard = LoopGuard(self.name, f"GET {path}")
        found: list[Row] = []
        for number, page in enumerate(by_token(fetch, guard)):
            guard.rows([row.get("id") for row in page.rows], number)
            found.extend(page.rows)
        return found

    def _next(self, data: Row, start: int, count: int) -> str | None:
        """Where the next page is. The newer search is believed by its token alone: `isLast` may be
        absent, and is not always right."""
        if self._by_token:
            token = data.get("nextPageToken")
            return token if isinstance(token, str) and token else None
        total = data.get("total")
        more = count > 0 and isinstance(total, int) and start + count < total
        return str(start + count) if more else None


class Pages:
    """Pages of one search whose filter moves along: the next token is used while the filter stays."""

    def __init__(self, jira: Jira, fields: str, limit: int) -> None:
        self._jira = jira
        self._fields = fields
        self._limit = limit
        self._after: str | None = None
        self._guard = LoopGuard(jira.name, jira.place)

    def fetch(self, jql: str, offset: int) -> Page:
        if offset == 0:
            self._after, self._guard = None, LoopGuard(self._jira.name, self._jira.place)
        page = self._jira.search(jql, self._fields, self._limit, self._after, "changelog")
        if page.token is not None:
            self._guard.token(page.token)
        self._after = page.token
        return page


def minute(moment: datetime) -> datetime:
    """JQL knows minutes only."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def jql_time(moment: datetime, zone: ZoneInfo) -> str:
    """An instant, at the latest, as JQL writes it: local time of our user to the minute.

    An hour that a zone has twice could be read as the second one; the hour before is asked from instead.
    """
    local = moment.astimezone(zone)
    while local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        moment -= timedelta(hours=1)
        local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}"


def quoted(text: str) -> str:
    """A text as a value of JQL."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def phrase(text: str) -> str:
    """A text to be found word for word by JQL's `~`."""
    return quoted(f'"{text}"')


SLACK = timedelta(hours=2)
"""How much earlier than asked a list may begin, because of hours that a zone has twice."""
