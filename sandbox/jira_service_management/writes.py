"""The writing half of Jira's platform API: issues, comments, transitions, properties.

Fields that are not on a screen are refused by name, and nothing is written when one of them is wrong.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from sandbox.errors import Refusal
from sandbox.jira_service_management.answers import Routes, answer, body, no_issue, not_found, platform
from sandbox.jira_service_management.fields import ISSUE_TYPE, PRIORITIES, RESOLUTIONS
from sandbox.jira_service_management.records import (
    CONTRACT,
    LINK,
    OPENING_STATUS,
    ORGANIZATIONS,
    READING,
    REFERENCE,
    REQUEST_TYPE,
    SERVICE,
    SUPPLIER,
    Change,
    Comment,
    Desk,
    Issue,
    Value,
    account_id,
    site,
)
from sandbox.jira_service_management.shapes import organization_id, plain

if TYPE_CHECKING:
    from sandbox.jira_service_management.service import Call, Jira

WRITE, READ = "write:jira-work", "read:jira-work"
API = "/rest/api/{version}"
EDITABLE = (
    "summary", "description", "priority", "labels", "assignee", "reporter", "duedate", ORGANIZATIONS,
    SUPPLIER, SERVICE, CONTRACT, REFERENCE,
)  # fmt: skip
LONGEST_SUMMARY, LONGEST_PROPERTY, LONGEST_LABEL = 255, 32768, 255
NO_FIELD = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
# id: name, new status
TRANSITIONS = {
    "11": ("Respond to customer", "Waiting for customer"),
    "21": ("Start work", "In Progress"),
    "31": ("Respond to support", "Waiting for support"),
    "41": ("Pending", "Pending"),
    "51": ("Resolve this issue", "Resolved"),
    "61": ("Close", "Closed"),
    "71": ("Cancel request", "Canceled"),
    "81": ("Back to in progress", "In Progress"),
}
OPEN = ("11", "21", "31", "41", "51", "71")


def routes(jira: "Jira") -> Routes:
    own = Writes(jira)
    return (
        ("POST", API + "/issue", own.create),
        ("PUT", API + "/issue/{key}", own.edit),
        ("DELETE", API + "/issue/{key}", own.delete),
        ("PUT", API + "/issue/{key}/assignee", own.assign),
        ("GET", API + "/issue/{key}/transitions", own.transitions),
        ("POST", API + "/issue/{key}/transitions", own.transition),
        ("POST", API + "/issue/{key}/comment", own.add_comment),
        ("PUT", API + "/issue/{key}/comment/{id}", own.edit_comment),
        ("DELETE", API + "/issue/{key}/comment/{id}", own.delete),
        ("PUT", API + "/issue/{key}/properties/{name}", own.set_property),
        ("DELETE", API + "/issue/{key}/properties/{name}", own.delete_property),
    )


def offered(status: str) -> list[str]:
    """The transitions that lead on from a status."""
    if status in ("Closed", "Canceled"):
        return []
    if status == "Resolved":
        return ["61", "81"]
    return [key for key in OPEN if TRANSITIONS[key][1] != status]


class Wrong(Exception):
    """A value a field does not take; the message is Jira's."""


class Writes:
    def __init__(self, jira: "Jira") -> None:
        self.jira = jira

    def _issue(self, request: Request) -> Issue:
        issue = self.jira.find(str(request.path_params["key"]))
        if issue is None:
            raise Refusal(no_issue())
        return issue

    # -- values -------------------------------------------------------------------------------------

    def value(self, name: str, given: Any, version: str) -> Value:
        """What the database keeps for a field's JSON. Raises Wrong."""
        if given is None:
            if name in ("summary", "priority"):
                raise Wrong(
                    "You must specify a summary of the issue." if name == "summary" else "is required"
                )
            return () if name in ("labels", ORGANIZATIONS) else ""
        if name == "summary":
            return _summary(given)
        if name == "description":
            return _long_text(given, version)
        if name == "priority":
            return _choice(given, PRIORITIES, "The priority selected is invalid.")
        if name == "labels":
            return _labels(given)
        if name in ("assignee", "reporter"):
            return _person(given)
        if name == "duedate":
            return _day(given)
        if name in (ORGANIZATIONS, SUPPLIER):
            return self._parties(name, given)
        if not isinstance(given, str):
            raise Wrong("Operation value must be a string")
        return given

    def _parties(self, name: str, given: Any) -> Value:
        numbers = {
            organization_id(self.jira.sandbox.world, key): key for key in self.jira.sandbox.world.parties
        }
        if name == ORGANIZATIONS:
            if not isinstance(given, list) or not {str(one) for one in given} <= set(numbers):
                raise Wrong("Organizations must be a list of ids of organizations.")
            return tuple(numbers[str(one)] for one in given)
        options = {self.jira.sandbox.world.party(key).name: key for key in numbers.values()}
        options |= {str(10100 + int(number)): key for number, key in numbers.items()}
        chosen = given.get("id", given.get("value")) if isinstance(given, dict) else None
        if chosen not in options:
            raise Wrong("Option value is not valid")
        return options[str(chosen)]

    def fields(self, given: Mapping[str, Any], version: str, allowed: tuple[str, ...]) -> dict[str, Value]:
        """The fields of a request as the database keeps them. Refuses all of it when one is wrong."""
        errors, values = {}, {}
        for name, value in given.items():
            if name not in allowed:
                errors[name] = NO_FIELD.format(name)
                continue
            try:
                values[name] = self.value(name, value, version)
            except Wrong as error:
                errors[name] = str(error)
        if errors:
            raise Refusal(platform(400, errors=errors))
        return values

    def _updates(self, issue: Issue, given: Any, version: str) -> tuple[dict[str, Any], list[Any]]:
        """The `update` operations: fields to set as JSON of version 2, and comments to add."""
        fields: dict[str, Any] = {}
        comments: list[Any] = []
        now = issue.fields(self.jira.sandbox.now)
        for name, steps in (given or {}).items():
            labels: list[Any] = list(now["labels"])
            for step in steps if isinstance(steps, list) else ():
                verb, value = next(iter(step.items()), ("", None)) if isinstance(step, dict) else ("", None)
                if name == "comment" and verb == "add":
                    comments.append(value)
                elif name == "labels" and verb in ("add", "remove"):
                    labels = [*(one for one in labels if one != value), *([value] if verb == "add" else [])]
                    fields[name] = labels
                elif verb == "set":
                    fields[name] = value
                else:
                    raise Refusal(platform(400, errors={name: f"The operation '{verb}' is not supported."}))
        return fields, comments

    # -- issues -------------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        given = await body(request)
        fields = given.get("fields")
        if not isinstance(fields, dict):
            raise Refusal(platform(400, "Can not instantiate type: 'fields' is missing."))
        desk, errors = _desk(fields.get("project")), {}
        if desk is None:
            errors["project"] = "Specify a valid project ID or key"
        kind = fields.get("issuetype")
        if not isinstance(kind, dict) or not {kind.get("id"), kind.get("name")} & set(ISSUE_TYPE):
            errors["issuetype"] = "Specify a valid issue type"
        if not fields.get("summary"):
            errors["summary"] = "You must specify a summary of the issue."
        if errors or desk is None:
            raise Refusal(platform(400, errors=errors))
        rest = {name: value for name, value in fields.items() if name not in ("project", "issuetype")}
        properties = given.get("properties") or []
        values = self.fields(rest, call.shapes.version, EDITABLE)
        issue = self.add(desk, values, call.user)
        for one in properties:
            issue.properties[str(one["key"])] = one["value"]
        self.jira.hooks.happened(self.jira, "jira:issue_created", issue)
        shown = {"id": str(issue.id), "key": issue.key, "self": f"{call.shapes.rest}/issue/{issue.id}"}
        return answer(shown, 201)

    def add(self, desk: Desk, values: Mapping[str, Value], user: str) -> Issue:
        """A new issue of the desk with the given fields; what is not given has its default."""
        opening: dict[str, Value] = {
            "description": "", "priority": "3", "status": OPENING_STATUS, "resolution": "", "assignee": "",
            "reporter": user, "labels": (), "duedate": "", REQUEST_TYPE: "", ORGANIZATIONS: (), SUPPLIER: "",
            SERVICE: "", CONTRACT: "", REFERENCE: "", READING: "", LINK: "", **values,
        }  # fmt: skip
        last = max(int(i.key.partition("-")[2]) for i in self.jira.issues if i.project == desk.key)
        number = self.jira.numbers.next("issue")
        issue = Issue(number, f"{desk.key}-{last + 1}", self.jira.sandbox.now, user, opening)
        self.jira.issues.append(issue)
        return issue

    async def edit(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        issue, given = self._issue(request), await body(request)
        version = call.shapes.version
        set_fields, comments = self._updates(issue, given.get("update"), version)
        fields = given.get("fields") or {}
        both = sorted(set(fields) & set(set_fields))
        if both:
            text = f"Field '{both[0]}' cannot appear in both 'fields' and 'update'"
            raise Refusal(platform(400, errors={both[0]: text}))
        values = self.fields({**fields, **set_fields}, version, EDITABLE)
        texts = [self._said(one, version) for one in comments]
        for one in given.get("properties") or []:
            issue.properties[str(one["key"])] = one["value"]
        self.change(issue, values, call.user)
        for text, public in texts:
            self.comment(issue, call.user, text, public)
        if request.query_params.get("returnIssue") == "true":
            return answer(call.shapes.issue(issue, None))
        return Response(status_code=204)

    def change(self, issue: Issue, values: Mapping[str, Value], user: str) -> None:
        """Note the change in the issue's log, where it changes something."""
        now = issue.fields(self.jira.sandbox.now)
        fields = {name: value for name, value in values.items() if now.get(name) != value}
        if not fields:
            return
        change = Change(self.jira.numbers.next("change"), self.jira.sandbox.now, user, fields)
        issue.changes.append(change)
        issue.changes.sort(key=lambda one: one.at)
        self.jira.hooks.happened(self.jira, "jira:issue_updated", issue, change=change)

    async def delete(self, request: Request) -> Response:
        self.jira.enter(request, WRITE)
        self._issue(request)
        raise Refusal(platform(403, "You do not have permission to delete here."))

    async def assign(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        issue, given = self._issue(request), await body(request)
        if "accountId" not in given:
            raise Refusal(platform(400, "'accountId' must be given; null takes the assignee away."))
        chosen = {"accountId": given["accountId"]} if given["accountId"] else None
        values = self.fields({"assignee": chosen}, call.shapes.version, EDITABLE)
        self.change(issue, values, call.user)
        return Response(status_code=204)

    # -- transitions --------------------------------------------------------------------------------

    async def transitions(self, request: Request) -> Response:
        call = self.jira.enter(request, READ)
        status = str(self._issue(request).fields(self.jira.sandbox.now)["status"])
        wanted = request.query_params.get("transitionId")
        shown = [self._transition(call, key) for key in offered(status) if wanted in (None, key)]
        return answer({"expand": "transitions", "transitions": shown})

    def _transition(self, call: "Call", key: str) -> dict[str, Any]:
        name, status = TRANSITIONS[key]
        return {
            "id": key,
            "name": name,
            "to": call.shapes.status(status),
            "hasScreen": status == "Resolved",
            "isGlobal": False,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "looped": False,
        }

    async def transition(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        issue, given = self._issue(request), await body(request)
        chosen = given.get("transition")
        key = str(chosen.get("id", "")) if isinstance(chosen, dict) else ""
        if not key:
            raise Refusal(platform(400, "Missing 'transition' identifier"))
        fields = dict(given.get("fields") or {})
        resolution = fields.pop("resolution", None)
        updated, comments = self._updates(issue, given.get("update"), call.shapes.version)
        values = self.fields({**fields, **updated}, call.shapes.version, EDITABLE)
        texts = [self._said(one, call.shapes.version) for one in comments]
        self.move(issue, key, call.user, resolution, values)
        for text, public in texts:
            self.comment(issue, call.user, text, public)
        return Response(status_code=204)

    def move(
        self,
        issue: Issue,
        key: str,
        user: str,
        resolution: Any = None,
        more: Mapping[str, Value] | None = None,
    ) -> None:
        """Lead the issue to the status of a transition. Refuses one that its status does not offer."""
        values = dict(more or {})
        if key not in offered(str(issue.fields(self.jira.sandbox.now)["status"])):
            name = TRANSITIONS[key][0] if key in TRANSITIONS else key
            text = (
                f"It seems that you have tried to perform a workflow operation ({name}) "
                "that is not valid for the current state of this issue."
            )
            raise Refusal(platform(400, text))
        status = TRANSITIONS[key][1]
        values["status"] = status
        if status == "Resolved":
            values["resolution"] = _resolution(resolution)
        elif resolution is not None:
            raise Refusal(platform(400, errors={"resolution": NO_FIELD.format("resolution")}))
        elif status == "Canceled":
            values["resolution"] = "Won't Do"
        elif status != "Closed":
            values["resolution"] = ""
        self.change(issue, values, user)

    # -- comments -----------------------------------------------------------------------------------

    def _said(self, given: Any, version: str) -> tuple[str, bool]:
        """The text of a comment's JSON and whether the customer sees it."""
        try:
            text = _long_text(given.get("body") if isinstance(given, dict) else None, version)
        except Wrong as error:
            raise Refusal(platform(400, errors={"comment": "Comment body is not valid!"})) from error
        if not text.strip():
            raise Refusal(platform(400, errors={"comment": "Comment body can not be empty!"}))
        internal = any(
            one.get("key") == "sd.public.comment" and (one.get("value") or {}).get("internal") is True
            for one in given.get("properties") or []
        )
        return text, not internal

    def comment(self, issue: Issue, user: str, text: str, public: bool) -> Comment:
        now = self.jira.sandbox.now
        comment = Comment(self.jira.numbers.next("comment"), user, public, [(now, text)])
        issue.comments.append(comment)
        # Jira tells of a comment twice: for itself, and as an update of its issue.
        for event in ("comment_created", "jira:issue_updated"):
            self.jira.hooks.happened(self.jira, event, issue, comment=comment)
        return comment

    async def add_comment(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        issue = self._issue(request)
        text, public = self._said(await body(request), call.shapes.version)
        comment = self.comment(issue, call.user, text, public)
        return answer(call.shapes.comment(issue, comment), 201)

    async def edit_comment(self, request: Request) -> Response:
        call = self.jira.enter(request, WRITE)
        issue, now = self._issue(request), self.jira.sandbox.now
        for comment in issue.said(now):
            if str(comment.id) == request.path_params["id"]:
                if comment.by != call.user:
                    raise Refusal(platform(400, "You do not have the permission to edit this comment."))
                text, _ = self._said(await body(request), call.shapes.version)
                comment.texts.append((now, text))
                self.jira.hooks.happened(self.jira, "comment_updated", issue, comment=comment)
                return answer(call.shapes.comment(issue, comment))
        raise Refusal(platform(404, f"Can not find a comment for the id: {request.path_params['id']}."))

    # -- properties ---------------------------------------------------------------------------------

    async def set_property(self, request: Request) -> Response:
        self.jira.enter(request, WRITE)
        issue, name = self._issue(request), str(request.path_params["name"])
        content = await request.body()
        try:
            value = json.loads(content)
        except ValueError as error:
            raise Refusal(platform(400, "The value has to be a valid, non-empty JSON.")) from error
        if len(content) > LONGEST_PROPERTY or len(name) > LONGEST_LABEL:
            raise Refusal(platform(400, f"The property is longer than {LONGEST_PROPERTY} characters."))
        status = 200 if name in issue.properties else 201
        issue.properties[name] = value
        self.jira.hooks.happened(self.jira, "issue_property_set", issue)
        message = "updated" if status == 200 else "created"
        return answer({"message": f"Property {message}."}, status)

    async def delete_property(self, request: Request) -> Response:
        self.jira.enter(request, WRITE)
        issue, name = self._issue(request), str(request.path_params["name"])
        if issue.properties.pop(name, None) is None:
            raise Refusal(not_found())
        return Response(status_code=204)


def _desk(given: Any) -> Desk | None:
    chosen = (
        {str(one) for one in (given.get("key"), given.get("id")) if one} if isinstance(given, dict) else set()
    )
    return next((d for d in site().desks.values() if {d.key, str(d.project)} & chosen), None)


def _summary(given: Any) -> str:
    if not isinstance(given, str):
        raise Wrong("Operation value must be a string")
    if not given.strip():
        raise Wrong("You must specify a summary of the issue.")
    if len(given) > LONGEST_SUMMARY:
        raise Wrong(f"Summary can't exceed {LONGEST_SUMMARY} characters.")
    if "\n" in given or "\r" in given:
        raise Wrong("The summary is invalid because it contains newline characters.")
    return given


def _long_text(given: Any, version: str) -> str:
    if version == "2":
        if not isinstance(given, str):
            raise Wrong("Operation value must be a string")
        return given
    try:
        return plain(given)
    except (ValueError, KeyError, TypeError) as error:
        raise Wrong(NO_DOCUMENT) from error


def _choice(given: Any, choices: Mapping[str, str], wrong: str) -> str:
    """The key of a choice that is named by `id` or `name`."""
    if isinstance(given, dict):
        for key, name in choices.items():
            if given.get("id") == key or given.get("name") == name:
                return key
    raise Wrong(wrong)


def _labels(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Wrong("Operation value must be an array of strings")
    for label in given:
        if not label or any(mark.isspace() for mark in label):
            raise Wrong(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > LONGEST_LABEL:
            raise Wrong(f"The label '{label}' exceeds the maximum length for a single label.")
    return tuple(dict.fromkeys(given))


def _person(given: Any) -> str:
    account = given.get("accountId", given.get("id")) if isinstance(given, dict) else None
    for user in site().people:
        if account_id(user) == account:
            return user
    raise Wrong("Specify a valid value for the user: an accountId that is known.")


def _day(given: Any) -> str:
    try:
        return date.fromisoformat(str(given)).isoformat()
    except ValueError as error:
        raise Wrong(f"Error parsing date string: {given}") from error


def _resolution(given: Any) -> str:
    if given is None:
        return "Done"
    for name, number in RESOLUTIONS.items():
        if isinstance(given, dict) and (given.get("name") == name or given.get("id") == number):
            return name
    raise Refusal(platform(400, errors={"resolution": "Resolution is invalid."}))
