"""The reading half of Jira's platform API: search, issues, changelog, comments, lists of values, users."""

import base64
import binascii
import json
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from sandbox.errors import QuerySyntax, Refusal
from sandbox.jira_service_management.answers import (
    Routes,
    answer,
    body,
    names,
    no_issue,
    not_found,
    number,
    platform,
    window,
)
from sandbox.jira_service_management.columns import Columns
from sandbox.jira_service_management.fields import FIELDS, PRIORITIES, RESOLUTIONS, STATUSES
from sandbox.jira_service_management.jql import Query, parse
from sandbox.jira_service_management.records import Issue, account_id, site
from sandbox.jira_service_management.shapes import date

if TYPE_CHECKING:
    from sandbox.jira_service_management.service import Call, Jira

READ, USERS = "read:jira-work", "read:jira-user"
API = "/rest/api/{version}"
SEARCH_KEYS = {
    "jql",
    "nextPageToken",
    "maxResults",
    "fields",
    "expand",
    "properties",
    "fieldsByKeys",
    "reconcileIssues",
}
CLASSIC_KEYS = {
    "jql",
    "startAt",
    "maxResults",
    "fields",
    "expand",
    "properties",
    "fieldsByKeys",
    "validateQuery",
}
MOST_ISSUES, MOST_IDS = 100, 5000
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
GONE = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."


def routes(jira: "Jira") -> Routes:
    own = Platform(jira)
    return (
        ("GET", API + "/serverInfo", own.server),
        ("GET", API + "/myself", own.myself),
        ("GET", API + "/mypermissions", own.permissions),
        ("GET", API + "/field", own.fields),
        ("GET", API + "/status", own.statuses),
        ("GET", API + "/priority", own.priorities),
        ("GET", API + "/resolution", own.resolutions),
        ("GET", API + "/issuetype", own.issue_types),
        ("GET", API + "/project/search", own.projects),
        ("GET", API + "/project/{key}", own.project),
        ("GET", API + "/user", own.user),
        ("GET", API + "/user/search", own.find_users),
        ("GET", API + "/users/search", own.find_users),
        ("GET", API + "/search", own.classic),
        ("POST", API + "/search", own.classic),
        ("GET", API + "/search/jql", own.search),
        ("POST", API + "/search/jql", own.search),
        ("POST", API + "/search/approximate-count", own.count),
        ("GET", API + "/issue/{key}", own.issue),
        ("GET", API + "/issue/{key}/changelog", own.changelog),
        ("GET", API + "/issue/{key}/comment", own.comments),
        ("GET", API + "/issue/{key}/comment/{id}", own.comment),
        ("GET", API + "/issue/{key}/properties", own.property_keys),
        ("GET", API + "/issue/{key}/properties/{name}", own.property),
    )


class Platform:
    def __init__(self, jira: "Jira") -> None:
        self.jira = jira

    # -- the site -----------------------------------------------------------------------------------

    async def server(self, request: Request) -> Response:
        """Open to everybody, as at Atlassian."""
        base = f"{str(request.base_url).rstrip('/')}/jira"
        content = {
            "baseUrl": base,
            "displayUrl": base,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100277,
            "buildDate": "2026-10-30T00:00:00.000+0100",
            "serverTime": date(self.jira.sandbox.now)["jira"],
            "scmInfo": "0" * 40,
            "serverTitle": "Jira",
            "defaultLocale": {"locale": "en_US"},
            "serverTimeZone": "Europe/Berlin",
        }
        return answer(content)

    async def myself(self, request: Request) -> Response:
        call = self.jira.enter(request, USERS)
        me = call.shapes.user(call.user) or {}
        groups = {"size": 1, "items": []}
        return answer({**me, "locale": "en_GB", "groups": groups, "applicationRoles": groups})

    async def permissions(self, request: Request) -> Response:
        self.jira.enter(request, READ)
        asked = names(request, "permissions")
        if not asked:
            raise Refusal(platform(400, "The 'permissions' query parameter is required."))
        denied = {"DELETE_ISSUES", "DELETE_ALL_COMMENTS"}
        shown = {
            key: {
                "id": str(index + 10),
                "key": key,
                "name": key.replace("_", " ").capitalize(),
                "type": "GLOBAL" if key.startswith("ADMINISTER") else "PROJECT",
                "description": "",
                "havePermission": key not in denied,
            }
            for index, key in enumerate(asked)
        }
        return answer({"permissions": shown})

    async def fields(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return answer([shapes.field(key) for key in FIELDS])

    async def statuses(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return answer([shapes.status(name) for name in STATUSES])

    async def priorities(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return answer([shapes.priority(key) for key in PRIORITIES])

    async def resolutions(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return answer([shapes.resolution(name) for name in RESOLUTIONS])

    async def issue_types(self, request: Request) -> Response:
        return answer([self.jira.enter(request, READ).shapes.issue_type()])

    async def projects(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        found = [shapes.project(desk) for desk in site().desks.values()]
        return answer(_page(request, f"{shapes.rest}/project/search", found, 50))

    async def project(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        key = str(request.path_params["key"])
        for desk in site().desks.values():
            if key.upper() == desk.key or key == str(desk.project):
                return answer(
                    {**shapes.project(desk), "description": "", "issueTypes": [shapes.issue_type()]}
                )
        raise Refusal(platform(404, f"No project could be found with key '{key}'."))

    async def user(self, request: Request) -> Response:
        shapes = self.jira.enter(request, USERS).shapes
        asked = request.query_params.get("accountId")
        for user in site().people:
            if account_id(user) == asked:
                return answer(shapes.user(user))
        raise Refusal(platform(404, "There is no such user, or none that you may see"))

    async def find_users(self, request: Request) -> Response:
        """People whose name or address begins with `query`; everybody for `/users/search`."""
        shapes = self.jira.enter(request, USERS).shapes
        searching = request.url.path.endswith("/user/search")
        text = request.query_params.get("query", "").casefold()
        if searching and not text and "accountId" not in request.query_params:
            raise Refusal(platform(400, "The query parameter 'query' is required."))
        found = [
            person.user
            for person in site().people.values()
            if request.query_params.get("accountId", account_id(person.user)) == account_id(person.user)
            and any(
                word.startswith(text)
                for word in (person.user, person.name.casefold(), *person.name.casefold().split())
            )
        ]
        page, _, _ = window(
            request, found, number(request, "startAt", 0), number(request, "maxResults", 50, 1000)
        )
        return answer([shapes.user(user) for user in page])

    # -- searching ----------------------------------------------------------------------------------

    def _query(self, jql: Any, call: "Call") -> Query:
        if not isinstance(jql, str):
            raise Refusal(platform(400, "The JQL query is missing."))
        columns = Columns(self.jira.visible(), self.jira.sandbox.world)
        try:
            return parse(jql, columns.named, call.user, self.jira.sandbox.now)
        except QuerySyntax as error:
            raise Refusal(platform(400, str(error))) from error

    async def search(self, request: Request) -> Response:
        """The search by page token. Without `fields` an issue is its id and nothing else."""
        call = self.jira.enter(request, READ)
        asked = await _asked(request, SEARCH_KEYS)
        query = self._query(asked.get("jql"), call)
        if not query.bounded:
            raise Refusal(platform(400, UNBOUNDED))
        wanted = _wanted(asked.get("fields"), default=())
        most = MOST_IDS if wanted is not None and not set(wanted) - {"id", "key"} else MOST_ISSUES
        limit = min(whole(asked.get("maxResults"), 50, "maxResults"), most)
        start = from_token(asked.get("nextPageToken"))
        found = query.select(self.jira.visible(), self.jira.sandbox.now)
        page, at, last = window(request, found, start, max(limit, 1))
        bare = wanted is not None and not set(wanted) - {"id"}
        shown = [{"id": str(issue.id)} if bare else self._shown(call, issue, wanted, asked) for issue in page]
        content: dict[str, Any] = {"issues": shown, "isLast": last}
        if not last:
            content["nextPageToken"] = token(at + limit if at == start else start)
        return answer(content)

    async def classic(self, request: Request) -> Response:
        """The search by offset: withdrawn from version 3, kept here in version 2."""
        call = self.jira.enter(request, READ)
        if call.shapes.version == "3":
            raise Refusal(platform(410, GONE))
        asked = await _asked(request, CLASSIC_KEYS)
        query = self._query(asked.get("jql", ""), call)
        wanted = _wanted(asked.get("fields"), default=("*navigable",))
        limit = min(whole(asked.get("maxResults"), 50, "maxResults"), MOST_ISSUES)
        found = query.select(self.jira.visible(), self.jira.sandbox.now)
        page, at, _ = window(request, found, whole(asked.get("startAt"), 0, "startAt"), limit)
        content = {
            "expand": "schema,names",
            "startAt": at,
            "maxResults": limit,
            "total": len(found),
            "issues": [self._shown(call, issue, wanted, asked) for issue in page],
        }
        return answer(content)

    async def count(self, request: Request) -> Response:
        call = self.jira.enter(request, READ)
        query = self._query((await body(request)).get("jql"), call)
        if not query.bounded:
            raise Refusal(platform(400, UNBOUNDED))
        return answer({"count": len(query.select(self.jira.visible(), self.jira.sandbox.now))})

    def _shown(self, call: "Call", issue: Issue, wanted: Iterable[str] | None, asked: Any) -> dict[str, Any]:
        shown = call.shapes.issue(issue, wanted, _list(asked.get("expand")))
        kept = _list(asked.get("properties"))
        if kept:
            shown["properties"] = {key: issue.properties[key] for key in kept if key in issue.properties}
        return shown

    def shown(
        self, call: "Call", issue: Issue, asked: dict[str, Any], default: tuple[str, ...]
    ) -> dict[str, Any]:
        """The issue with the fields, properties and expansions that `asked` names."""
        return self._shown(call, issue, _wanted(asked.get("fields"), default), asked)

    # -- one issue ----------------------------------------------------------------------------------

    def _issue(self, request: Request) -> Issue:
        issue = self.jira.find(str(request.path_params["key"]))
        if issue is None:
            raise Refusal(no_issue())
        return issue

    async def issue(self, request: Request) -> Response:
        call = self.jira.enter(request, READ)
        asked = {name: names(request, name) or None for name in ("fields", "expand", "properties")}
        wanted = _wanted(asked["fields"], default=("*all",))
        return answer(self._shown(call, self._issue(request), wanted, asked))

    async def changelog(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        issue = self._issue(request)
        url = f"{shapes.rest}/issue/{issue.id}/changelog"
        return answer(_page(request, url, shapes.changelog(issue), 100))

    async def comments(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        issue = self._issue(request)
        order = request.query_params.get("orderBy", "created")
        if order not in ("created", "+created", "-created"):
            raise Refusal(platform(400, f"'{order}' is not a field to order comments by."))
        limit = number(request, "maxResults", 100, 5000)
        said = sorted(
            issue.said(self.jira.sandbox.now), key=lambda comment: comment.at, reverse=order[0] == "-"
        )
        page, at, _ = window(request, said, number(request, "startAt", 0), limit)
        shown = partial(shapes.comment, issue)
        content = {"startAt": at, "maxResults": limit, "total": len(said), "comments": list(map(shown, page))}
        return answer(content)

    async def comment(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        issue = self._issue(request)
        for comment in issue.said(self.jira.sandbox.now):
            if str(comment.id) == request.path_params["id"]:
                return answer(shapes.comment(issue, comment))
        raise Refusal(platform(404, f"Can not find a comment for the id: {request.path_params['id']}."))

    async def property_keys(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        issue = self._issue(request)
        url = f"{shapes.rest}/issue/{issue.id}/properties/"
        return answer({"keys": [{"self": url + key, "key": key} for key in sorted(issue.properties)]})

    async def property(self, request: Request) -> Response:
        self.jira.enter(request, READ)
        issue, name = self._issue(request), str(request.path_params["name"])
        if name not in issue.properties:
            raise Refusal(not_found())
        return answer({"key": name, "value": issue.properties[name]})


async def _asked(request: Request, keys: set[str]) -> dict[str, Any]:
    """What is asked for, from the query or the body; an unknown key in a body is refused."""
    if request.method == "POST":
        given = await body(request)
        if set(given) - keys or not isinstance(given.get("fields") or [], list):
            text = "Invalid request payload. Refer to the REST API documentation and try again."
            raise Refusal(platform(400, text))
        return given
    given = dict(request.query_params)
    for name in ("fields", "expand", "properties"):
        if name in given:
            given[name] = names(request, name)
    return given


def _list(given: Any) -> list[str]:
    if isinstance(given, str):
        given = given.split(",")
    return [str(name).strip() for name in given or ()]


def _wanted(given: Any, default: tuple[str, ...]) -> list[str] | None:
    """The ids of the fields asked for, None for all of them; `-name` takes one away."""
    asked = _list(given) or list(default)
    less = {name[1:] for name in asked if name.startswith("-")}
    every = {"*all", "*navigable"} & set(asked) or (less and len(less) == len(asked))
    if every and not less and "*all" in asked:
        return None
    if every:
        hidden = set() if "*all" in asked else {"comment"}
        return [name for name in FIELDS if name not in less | hidden]
    return [name for name in asked if name not in less]


def whole(given: Any, default: int, name: str) -> int:
    """A whole number of a body or query; refuses what is none."""
    if given is None or given == "":
        return default
    if isinstance(given, bool) or not str(given).isdigit():
        raise Refusal(platform(400, f"'{name}' is not a whole number from 0."))
    return int(given)


def token(start: int) -> str:
    """The opaque token of the page that begins at `start`."""
    return base64.urlsafe_b64encode(json.dumps({"from": start}).encode()).decode()


def from_token(given: Any) -> int:
    if given in (None, ""):
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(str(given)))["from"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Refusal(platform(400, "The provided next page token is invalid or expired.")) from error


def _page(request: Request, url: str, records: list[Any], default: int) -> dict[str, Any]:
    """A page of the platform's lists: `startAt`, `maxResults` (100 at most), `isLast`, `nextPage`."""
    limit, start = max(number(request, "maxResults", default, 100), 1), number(request, "startAt", 0)
    page, at, last = window(request, records, start, limit)
    content = {
        "self": f"{url}?maxResults={limit}&startAt={at}",
        "maxResults": limit,
        "startAt": at,
        "total": len(records),
        "isLast": last,
        "values": page,
    }
    if not last:
        content["nextPage"] = f"{url}?maxResults={limit}&startAt={at + limit if at == start else start}"
    return content
