"""Jira Service Management's own API: service desks, requests, their comments, SLAs, organizations, queues."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from sandbox.errors import Refusal
from sandbox.jira_service_management.answers import Routes, answer, body, desk_page, no_request, platform
from sandbox.jira_service_management.answers import desk as wrong
from sandbox.jira_service_management.fields import FIELDS
from sandbox.jira_service_management.records import (
    INTEGRATION,
    ORGANIZATIONS,
    REQUEST_TYPE,
    SUPPLIER,
    Comment,
    Desk,
    Issue,
    account_id,
    site,
)
from sandbox.jira_service_management.shapes import Json, Shapes, date, organization_id
from sandbox.jira_service_management.slas import METRICS
from sandbox.jira_service_management.writes import EDITABLE, TRANSITIONS, Writes, offered

if TYPE_CHECKING:
    from sandbox.jira_service_management.service import Jira

READ, WRITE = "read:servicedesk-request", "write:servicedesk-request"
API = "/rest/servicedeskapi"
OWNERSHIPS = (
    "OWNED_REQUESTS", "PARTICIPATED_REQUESTS", "ORGANIZATION", "ALL_ORGANIZATIONS", "APPROVER",
    "ALL_REQUESTS",
)  # fmt: skip
STATUSES = ("CLOSED_REQUESTS", "OPEN_REQUESTS", "ALL_REQUESTS")
REQUEST_KEYS = {
    "serviceDeskId", "requestTypeId", "requestFieldValues", "requestParticipants", "raiseOnBehalfOf",
    "channel", "isAdfRequest", "form",
}  # fmt: skip
QUEUES = {"1": "All open requests", "2": "Resolved requests"}
SHOWN_FIELDS = ("summary", "description", SUPPLIER)


def routes(jira: "Jira") -> Routes:
    own = ServiceDesk(jira)
    request, desk = API + "/request", API + "/servicedesk"
    return (
        ("GET", API + "/info", own.info),
        ("GET", desk, own.desks),
        ("GET", desk + "/{desk}", own.one_desk),
        ("GET", desk + "/{desk}/requesttype", own.types),
        ("GET", desk + "/{desk}/requesttype/{type}", own.one_type),
        ("GET", desk + "/{desk}/requesttype/{type}/field", own.type_fields),
        ("GET", desk + "/{desk}/organization", own.organizations),
        ("GET", desk + "/{desk}/queue", own.queues),
        ("GET", desk + "/{desk}/queue/{queue}/issue", own.queued),
        ("GET", API + "/organization", own.organizations),
        ("GET", API + "/organization/{organization}", own.organization),
        ("GET", API + "/organization/{organization}/user", own.members),
        ("GET", request, own.requests),
        ("POST", request, own.create),
        ("GET", request + "/{key}", own.one_request),
        ("GET", request + "/{key}/status", own.statuses),
        ("GET", request + "/{key}/sla", own.slas),
        ("GET", request + "/{key}/sla/{metric}", own.one_sla),
        ("GET", request + "/{key}/participant", own.participants),
        ("GET", request + "/{key}/comment", own.comments),
        ("POST", request + "/{key}/comment", own.add_comment),
        ("GET", request + "/{key}/comment/{id}", own.one_comment),
        ("GET", request + "/{key}/transition", own.transitions),
        ("POST", request + "/{key}/transition", own.transition),
    )


class ServiceDesk:
    def __init__(self, jira: "Jira") -> None:
        self.jira = jira
        self.writes = Writes(jira)

    # -- desks --------------------------------------------------------------------------------------

    async def info(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        content = {
            "version": "1001.0.0-SNAPSHOT",
            "platformVersion": "1001.0.0-SNAPSHOT",
            "buildDate": date(self.jira.sandbox.start),
            "buildChangeSet": "0" * 40,
            "isLicensedForUse": True,
            "_links": {"self": f"{shapes.desk_rest}/info"},
        }
        return answer(content)

    async def desks(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return desk_page(request, shapes.base, list(site().desks.values()), shapes.desk)

    async def one_desk(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return answer(shapes.desk(_desk(str(request.path_params["desk"]))))

    async def types(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        desk = _desk(str(request.path_params["desk"]))
        numbers = [str(kind.id) for kind in desk.types]
        return desk_page(request, shapes.base, numbers, lambda number: shapes.request_type(desk, number))

    async def one_type(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        desk = _desk(str(request.path_params["desk"]))
        return answer(shapes.request_type(desk, _type(desk, str(request.path_params["type"]))))

    async def type_fields(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        desk = _desk(str(request.path_params["desk"]))
        _type(desk, str(request.path_params["type"]))
        fields = [
            {
                "fieldId": key,
                "name": FIELDS[key].name,
                "description": "",
                "required": key == "summary",
                "defaultValues": [],
                "validValues": [],
                "presetValues": [],
                "jiraSchema": shapes.field(key)["schema"],
                "visible": True,
            }
            for key in _on_form(desk)
        ]
        content = {
            "requestTypeFields": fields,
            "canRaiseOnBehalfOf": True,
            "canAddRequestParticipants": True,
        }
        return answer(content)

    async def queues(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        desk = _desk(str(request.path_params["desk"]))

        def shown(key: str) -> Json:
            url = f"{shapes.desk_rest}/servicedesk/{desk.id}/queue/{key}"
            jql = f"project = {desk.key} AND resolution IS {'' if key == '1' else 'NOT '}EMPTY"
            fields = ["issuekey", "summary", "status", "created"]
            return {"id": key, "name": QUEUES[key], "jql": jql, "fields": fields, "_links": {"self": url}}

        return desk_page(request, shapes.base, list(QUEUES), shown)

    async def queued(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        desk, queue = _desk(str(request.path_params["desk"])), str(request.path_params["queue"])
        if queue not in QUEUES:
            raise Refusal(wrong(404, "The queue does not exist.", "sd.queue.error.notfound"))
        now = self.jira.sandbox.now
        found = [
            issue
            for issue in self.jira.visible()
            if issue.project == desk.key and (issue.resolved_at(now) is None) == (queue == "1")
        ]
        wanted = ("summary", "status", "created")
        return desk_page(request, shapes.base, found, lambda issue: shapes.issue(issue, wanted))

    # -- organizations ------------------------------------------------------------------------------

    async def organizations(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        parties = list(self.jira.sandbox.world.parties)
        if "desk" in request.path_params:
            ours = _desk(str(request.path_params["desk"])).key == "CARE"
            party = self.jira.sandbox.world.party
            parties = [key for key in parties if bool(party(key).customer) == ours]
        return desk_page(request, shapes.base, parties, shapes.organization)

    def _organization(self, request: Request) -> str:
        world, asked = self.jira.sandbox.world, str(request.path_params["organization"])
        for party in world.parties:
            if organization_id(world, party) == asked:
                return party
        raise Refusal(wrong(404, "The organization does not exist.", "sd.organisation.error.notfound"))

    async def organization(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return answer(shapes.organization(self._organization(request)))

    async def members(self, request: Request) -> Response:
        """The people of a party, and the integration user, who belongs to every organization."""
        shapes = self.jira.enter(request, READ).shapes
        party = self._organization(request)
        people = [one.user for one in site().people.values() if one.party == party]
        return desk_page(request, shapes.base, [*people, INTEGRATION], shapes.desk_user)

    # -- requests -----------------------------------------------------------------------------------

    def _request(self, request: Request) -> Issue:
        issue = self.jira.find(str(request.path_params["key"]))
        if issue is None or not issue.opening[REQUEST_TYPE]:
            raise Refusal(no_request())
        return issue

    async def requests(self, request: Request) -> Response:
        """The requests a portal shows to our user: its own and those of its organizations, newest first."""
        shapes = self.jira.enter(request, READ).shapes
        asked = request.query_params
        if not set(asked.getlist("requestOwnership")) <= set(OWNERSHIPS):
            raise Refusal(wrong(400, "The request ownership is not known.", "sd.request.ownership.invalid"))
        if asked.get("requestStatus", "ALL_REQUESTS") not in STATUSES:
            raise Refusal(wrong(400, "The request status is not known.", "sd.request.status.invalid"))
        found = [issue for issue in self.jira.visible() if self._wanted(issue, asked)]
        found.sort(key=lambda issue: (issue.created_at, issue.id), reverse=True)
        expand = _expand(request)
        return desk_page(request, shapes.base, found, lambda issue: self._shown(shapes, issue, expand))

    def _wanted(self, issue: Issue, asked: Any) -> bool:
        now = self.jira.sandbox.now
        fields, desk = issue.fields(now), site().desks[issue.project]
        own = fields["reporter"] == INTEGRATION
        owned = set(asked.getlist("requestOwnership")) or {"ALL_REQUESTS"}
        shared = bool(fields[ORGANIZATIONS]) and bool(
            owned - {"OWNED_REQUESTS", "PARTICIPATED_REQUESTS", "APPROVER"}
        )
        open_ = issue.resolved_at(now) is None
        numbers = [organization_id(self.jira.sandbox.world, key) for key in fields[ORGANIZATIONS]]
        return (
            bool(fields[REQUEST_TYPE])
            and (shared or (own and bool(owned & {"OWNED_REQUESTS", "ALL_REQUESTS"})))
            and asked.get("serviceDeskId", str(desk.id)) == str(desk.id)
            and asked.get("requestTypeId", fields[REQUEST_TYPE]) == fields[REQUEST_TYPE]
            and ("organizationId" not in asked or asked["organizationId"] in numbers)
            and asked.get("searchTerm", "").casefold() in str(fields["summary"]).casefold()
            and asked.get("requestStatus", "ALL_REQUESTS")
            in ("ALL_REQUESTS", "OPEN_REQUESTS" if open_ else "CLOSED_REQUESTS")
        )

    def _shown(self, shapes: Shapes, issue: Issue, expand: set[str]) -> Json:
        fields, desk = issue.fields(shapes.now), site().desks[issue.project]
        shown: Json = {
            "_expands": [
                "participant",
                "status",
                "sla",
                "requestType",
                "serviceDesk",
                "attachment",
                "action",
                "comment",
            ],
            "issueId": str(issue.id),
            "issueKey": issue.key,
            "requestTypeId": str(fields[REQUEST_TYPE]),
            "serviceDeskId": str(desk.id),
            "createdDate": date(issue.created_at),
            "reporter": shapes.desk_user(str(fields["reporter"])),
            "requestFieldValues": [
                {"fieldId": key, "label": FIELDS[key].name, "value": _field_value(shapes, issue, key)}
                for key in SHOWN_FIELDS
                if fields[key]
            ],
            "currentStatus": shapes.request_status(issue),
            "_links": shapes.request_links(issue),
        }
        if "requestType" in expand:
            shown["requestType"] = shapes.request_type(desk, str(fields[REQUEST_TYPE]))
        if "serviceDesk" in expand:
            shown["serviceDesk"] = shapes.desk(desk)
        if "status" in expand:
            shown["status"] = _inner(shapes.statuses(issue))
        if "sla" in expand:
            shown["sla"] = _inner([shapes.sla(issue, metric) for metric in METRICS])
        if "participant" in expand:
            shown["participants"] = _inner([])
        if "comment" in expand:
            said = [comment for comment in issue.said(shapes.now) if comment.public]
            shown["comments"] = _inner([_comment(shapes, issue, comment) for comment in said])
        return shown

    async def one_request(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return answer(self._shown(shapes, self._request(request), _expand(request)))

    async def create(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        given = await body(request, wrong)
        unknown = sorted(set(given) - REQUEST_KEYS)
        if unknown:
            raise Refusal(wrong(400, f'Unrecognized field "{unknown[0]}"', "sd.rest.json.invalid"))
        desk = _desk(str(given.get("serviceDeskId", "")), status=400)
        number = _type(desk, str(given.get("requestTypeId", "")), status=400)
        asked = given.get("requestFieldValues")
        if not isinstance(asked, dict) or not asked.get("summary"):
            raise Refusal(
                wrong(
                    400,
                    "Your request could not be created: fill in the field summary.",
                    "sd.request.create.error.fields.invalid",
                )
            )
        version = "3" if given.get("isAdfRequest") is True else "2"
        values = self.writes.fields(asked, version, _on_form(desk))
        user = _raised_by(given.get("raiseOnBehalfOf"), call.user)
        issue = self.writes.add(desk, {**values, REQUEST_TYPE: number}, user)
        self.jira.hooks.happened(self.jira, "jira:issue_created", issue)
        return answer(self._shown(call.shapes, issue, set()), 201)

    async def statuses(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        return desk_page(request, shapes.base, shapes.statuses(self._request(request)), dict)

    async def participants(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        self._request(request)
        return desk_page(request, shapes.base, [], dict)

    # -- SLAs ---------------------------------------------------------------------------------------

    async def slas(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        issue = self._request(request)
        return desk_page(request, shapes.base, list(METRICS), lambda metric: shapes.sla(issue, metric))

    async def one_sla(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        issue = self._request(request)
        for metric, (number, _) in METRICS.items():
            if number == request.path_params["metric"]:
                return answer(shapes.sla(issue, metric))
        raise Refusal(wrong(404, "The SLA metric does not exist.", "sd.sla.error.notfound"))

    # -- comments -----------------------------------------------------------------------------------

    async def comments(self, request: Request) -> Response:
        """Public and internal comments, oldest first; `public=false` or `internal=false` leaves some out."""
        shapes = self.jira.enter(request, READ).shapes
        issue, asked = self._request(request), request.query_params
        kinds = {True: asked.get("public", "true"), False: asked.get("internal", "true")}
        if not set(kinds.values()) <= {"true", "false"}:
            raise Refusal(wrong(400, "'public' and 'internal' are true or false.", "sd.comment.invalid"))
        said = [one for one in issue.said(self.jira.sandbox.now) if kinds[one.public] == "true"]
        said.sort(key=lambda comment: comment.at)
        return desk_page(request, shapes.base, said, lambda comment: _comment(shapes, issue, comment))

    async def one_comment(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        issue = self._request(request)
        for comment in issue.said(self.jira.sandbox.now):
            if str(comment.id) == request.path_params["id"]:
                return answer(_comment(shapes, issue, comment))
        raise Refusal(wrong(404, "The comment does not exist.", "sd.comment.error.notfound"))

    async def add_comment(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        issue = self._request(request)
        given = await body(request, wrong)
        text, public = given.get("body"), given.get("public", True)
        if not isinstance(text, str) or not text.strip():
            raise Refusal(wrong(400, "The comment body is empty.", "sd.comment.error.empty"))
        if not isinstance(public, bool) or set(given) - {"body", "public"}:
            raise Refusal(wrong(400, "The payload could not be read.", "sd.rest.json.invalid"))
        comment = self.writes.comment(issue, call.user, text, public)
        return answer(_comment(call.shapes, issue, comment), 201)

    # -- transitions --------------------------------------------------------------------------------

    async def transitions(self, request: Request) -> Response:
        shapes = self.jira.enter(request, READ).shapes
        status = str(self._request(request).fields(self.jira.sandbox.now)["status"])
        keys = offered(status)
        return desk_page(request, shapes.base, keys, lambda key: {"id": key, "name": TRANSITIONS[key][0]})

    async def transition(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        issue = self._request(request)
        given = await body(request, wrong)
        key = str(given.get("id", ""))
        if key not in offered(str(issue.fields(self.jira.sandbox.now)["status"])):
            raise Refusal(
                wrong(400, "The transition is not valid for this request.", "sd.transition.invalid")
            )
        comment = given.get("additionalComment")
        self.writes.move(issue, key, call.user)
        if isinstance(comment, dict) and comment.get("body"):
            self.writes.comment(issue, call.user, str(comment["body"]), True)
        return Response(status_code=204)


def _desk(key: str, status: int = 404) -> Desk:
    """The desk by its number, or by the key of its project."""
    for desk in site().desks.values():
        if key in (str(desk.id), desk.key, f"projectKey:{desk.key}"):
            return desk
    raise Refusal(
        wrong(status, f"The Service Desk with ID {key} does not exist.", "sd.servicedesk.error.notfound")
    )


def _type(desk: Desk, number: str, status: int = 404) -> str:
    if number not in [str(kind.id) for kind in desk.types]:
        raise Refusal(
            wrong(
                status,
                "The request type you are trying to access does not exist.",
                "sd.requesttype.error.notfound",
            )
        )
    return number


def _on_form(desk: Desk) -> tuple[str, ...]:
    """The fields a request may be created with; the rest only an agent can set afterwards."""
    hidden = {"assignee", "reporter"} | ({SUPPLIER} if desk.key == "CARE" else set())
    return tuple(name for name in EDITABLE if name not in hidden)


def _raised_by(given: Any, user: str) -> str:
    if given is None:
        return user
    for person in site().people.values():
        if given in (account_id(person.user), person.user):
            return person.user
    raise Refusal(platform(400, errors={"reporter": "The reporter specified is not a user."}))


def _expand(request: Request) -> set[str]:
    given = request.query_params.getlist("expand")
    return {part.strip() for text in given for part in text.split(",")}


def _inner(values: list[Json]) -> Json:
    """A page inside a resource, all of it."""
    page: Mapping[str, Any] = {
        "_expands": [],
        "size": len(values),
        "start": 0,
        "limit": 50,
        "isLastPage": True,
    }
    return {**page, "values": values}


def _field_value(shapes: Shapes, issue: Issue, key: str) -> Any:
    value = str(issue.fields(shapes.now)[key])
    return shapes.option(value) if key == SUPPLIER else value


def _comment(shapes: Shapes, issue: Issue, comment: Comment) -> Json:
    return {
        "_expands": ["attachment", "renderedBody"],
        "id": str(comment.id),
        "body": comment.text(shapes.now),
        "public": comment.public,
        "author": shapes.desk_user(comment.by),
        "created": date(comment.at),
        "_links": {"self": f"{shapes.desk_rest}/request/{issue.id}/comment/{comment.id}"},
    }
