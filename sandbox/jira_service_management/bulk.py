"""Jira's requests about many issues at once: their changelogs, and the issues themselves."""

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from sandbox.errors import Refusal
from sandbox.jira_service_management.answers import Routes, answer, body, platform, window
from sandbox.jira_service_management.platform import Platform, from_token, token, whole
from sandbox.jira_service_management.records import Change, Issue

if TYPE_CHECKING:
    from sandbox.jira_service_management.service import Jira

READ = "read:jira-work"
API = "/rest/api/{version}"
MOST_LOGS, MOST_FIELDS, MOST_ISSUES, LOG_PAGE = 1000, 10, 100, 1000


def routes(jira: "Jira") -> Routes:
    own = Bulk(jira)
    return (
        ("POST", API + "/changelog/bulkfetch", own.changelogs),
        ("POST", API + "/issue/bulkfetch", own.issues),
    )


class Bulk:
    def __init__(self, jira: "Jira") -> None:
        self.jira = jira
        self.platform = Platform(jira)

    def _named(self, given: dict[str, Any], most: int) -> tuple[list[Issue], list[str]]:
        """The issues that are named and there, and the names of those that are not."""
        keys = given.get("issueIdsOrKeys")
        if not isinstance(keys, list) or not keys or len(keys) > most:
            raise Refusal(platform(400, f"'issueIdsOrKeys' has to name 1 to {most} issues."))
        found = {str(key): self.jira.find(str(key)) for key in keys}
        issues = {issue.id: issue for issue in found.values() if issue is not None}
        return list(issues.values()), [key for key, issue in found.items() if issue is None]

    async def changelogs(self, request: Request) -> Response:
        """Histories of several issues, oldest first; their times are milliseconds here."""
        shapes, given = self.jira.enter(request, READ).shapes, await body(request)
        issues, _ = self._named(given, MOST_LOGS)
        fields = given.get("fieldIds")
        if fields is not None and (not isinstance(fields, list) or len(fields) > MOST_FIELDS):
            raise Refusal(platform(400, f"'fieldIds' can name up to {MOST_FIELDS} fields."))
        entries: list[tuple[Any, int, Change, list[Any]]] = []
        for issue in issues:
            for change, items in issue.history(shapes.now):
                kept = [item for item in items if not fields or item[0] in fields]
                if kept:
                    entries.append((change.at, issue.id, change, kept))
        entries.sort(key=itemgetter(0, 1))
        limit = max(whole(given.get("maxResults"), LOG_PAGE, "maxResults"), 1)
        start = from_token(given.get("nextPageToken"))
        page, at, last = window(request, entries, start, limit)
        content: dict[str, Any] = {"issueChangeLogs": []}
        for number, group in groupby(sorted(page, key=itemgetter(1)), key=itemgetter(1)):
            histories = [shapes.history(change, items) for _, _, change, items in group]
            for entry, moment in zip(histories, [e[0] for e in page if e[1] == number], strict=True):
                entry["created"] = int(moment.timestamp() * 1000)
            content["issueChangeLogs"].append({"issueId": str(number), "changeHistories": histories})
        if not last:
            content["nextPageToken"] = token(at + limit if at == start else start)
        return answer(content)

    async def issues(self, request: Request) -> Response:
        """Up to a hundred issues; what is not there is listed beside them."""
        call, given = self.jira.enter(request, READ), await body(request)
        issues, missing = self._named(given, MOST_ISSUES)
        text = "There is no such issue, or none that this user may see."
        errors = [{"issueIdsOrKeys": missing, "errorMessage": text}] if missing else []
        shown = [self.platform.shown(call, issue, given, ("*navigable",)) for issue in issues]
        return answer({"issues": shown, "issueErrors": errors})
