"""Writing to CLM: attributes, names, folders, uploads, locks, reminders, workflows and their work items."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.docusign.clm import WRITE, Clm, body_of, due_at, link
from sandbox.docusign.shapes import OBJECTS, UPLOADS, Reminder, Work
from sandbox.docusign.text import Json, invalid, refuse
from sandbox.docusign.world import GROUPS, Document, Groups, Write, story

LARGEST_FILE = 20_000_000
REMINDER_FIELDS = (
    "Name",
    "ReminderDate",
    "RecipientAdHocEmails",
    "EmailSubject",
    "EmailBody",
    "EmailFromAddress",
    "Document",
)
SHOWN_ONLY = ("CreatedDate", "CreatedBy", "UpdatedDate", "UpdatedBy", "Href")


class ClmWrites:
    def __init__(self, clm: Clm) -> None:
        self.clm = clm

    @property
    def now(self) -> datetime:
        return self.clm.sandbox.now

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/docusign")
        routes: tuple[tuple[tuple[str, ...], str, Callable[..., Any]], ...] = (
            (("POST",), "/folders", self.create_folder),
            (("PATCH", "PUT"), "/documents/{id}", self.change_document),
            (("DELETE",), "/documents/{id}", self.trash_document),
            (("POST", "DELETE"), "/documents/{id}/lock", self.lock),
            (("POST",), "/documentreminders", self.create_reminder),
            (("PATCH", "PUT"), "/documentreminders/{id}", self.change_reminder),
            (("DELETE",), "/documentreminders/{id}", self.delete_reminder),
            (("POST",), "/workflows", self.start_workflow),
            (("DELETE",), "/workflows/{id}", self.stop_workflow),
            (("PATCH", "PUT"), "/workitems/{id}", self.finish_item),
        )
        for methods, path, answer in routes:
            router.add_api_route(f"/{OBJECTS}/v2/{{account}}{path}", answer, methods=list(methods))
        upload = f"/{UPLOADS}/v2/{{account}}/folders/{{id}}/documents"
        router.add_api_route(upload, self.upload, methods=["POST"])
        return router

    # -- documents and folders --------------------------------------------------------------------------

    async def create_folder(self, request: Request) -> Response:
        user = self.clm.enter(request, WRITE)
        given = await body_of(request)
        name, above = given.get("Name"), link(given.get("ParentFolder"))
        if not isinstance(name, str) or not name.strip() or not above:
            raise invalid(("Name", 134, "Name and ParentFolder are required"))
        path = f"{self.clm.folder(above).path}/{name.strip()}"
        if path in self.clm.account.folders:
            raise refuse(409, 106, "There is a folder of this name")
        made = self.clm.account.folder(path, self.now, user)
        return JSONResponse(self.clm.shapes(request).folder(made), 201)

    async def upload(self, request: Request) -> Response:
        """The body is the file; its name stands in `name`."""
        user = self.clm.enter(request, WRITE)
        folder = self.clm.folder(request.path_params["id"])
        name, content = request.query_params.get("name", "").strip(), await request.body()
        if not name or not content:
            raise invalid(("name", 134, "A name and a content are required"))
        if len(content) > LARGEST_FILE:
            raise refuse(422, 130, "The file is too large")
        if any(one.name(self.now) == name for one in self.clm.documents_below(folder.path)):
            raise refuse(409, 106, "There is a document of this name")
        write = Write(self.now, user, "Uploaded", {}, {"Name": name})
        made = Document(self.clm.account.new_id("document"), folder.path, [write], content)
        self.clm.account.documents[made.id] = made
        return JSONResponse(self.clm.shapes(request).document(made), 201)

    async def change_document(self, request: Request) -> Response:
        """PATCH changes what is named; PUT also takes away attribute groups that are not named."""
        user = self.clm.enter(request, WRITE)
        one = self.clm.document(request.path_params["id"])
        given = await body_of(request)
        if one.locked_by not in ("", user):
            raise invalid(("", 1012, "The document is checked out by somebody else"))
        plain: dict[str, Any] = {
            name: str(given[name]) for name in ("Name", "Description") if given.get(name) is not None
        }
        if plain.get("Name") == "":
            raise invalid(("Name", 134, "A document has a name"))
        groups = wanted_groups(given["AttributeGroups"]) if given.get("AttributeGroups") is not None else {}
        if request.method == "PUT" and given.get("AttributeGroups") is not None:
            plain["-groups"] = tuple(set(one.groups(self.now)) - set(groups))
        if given.get("ParentFolder") and link(given["ParentFolder"]):
            one.folder = self.clm.folder(link(given["ParentFolder"])).path
        one.write(Write(self.now, user, "Attributes Updated" if groups else "Updated", groups, plain))
        return JSONResponse(self.clm.shapes(request).document(one, ("AttributeGroups",)))

    async def trash_document(self, request: Request) -> Response:
        user = self.clm.enter(request, WRITE)
        one = self.clm.document(request.path_params["id"])
        if not one.in_trash(self.now):
            one.trashed_at = self.now
            one.write(Write(self.now, user, "Moved to Trash"))
        return Response(status_code=204)

    async def lock(self, request: Request) -> Response:
        user = self.clm.enter(request, WRITE)
        one = self.clm.document(request.path_params["id"])
        if one.locked_by not in ("", user):
            raise invalid(("", 1012, "The document is checked out by somebody else"))
        one.locked_by = user if request.method == "POST" else ""
        if request.method == "DELETE":
            return Response(status_code=204)
        return JSONResponse(self.clm.shapes(request).lock(one), 201)

    # -- reminders --------------------------------------------------------------------------------------

    async def create_reminder(self, request: Request) -> Response:
        user = self.clm.enter(request, WRITE)
        given = self._reminder(await body_of(request))
        lacking = [name for name in ("Name", "ReminderDate", "Document") if not given.get(name)]
        if lacking:
            raise invalid(*((name, 134, f"{name} is required") for name in lacking))
        if not given.get("RecipientAdHocEmails"):
            raise invalid(("RecipientAdHocEmails", 134, "A reminder needs somebody to be reminded"))
        document = self.clm.document(link(given.pop("Document")))
        made = Reminder(
            self.clm.account.new_id("reminder"), document.id, self.now, user, [(self.now, user, given)]
        )
        self.clm.reminders[made.id] = made
        return JSONResponse(self.clm.shapes(request).reminder(made), 201)

    async def change_reminder(self, request: Request) -> Response:
        user = self.clm.enter(request, WRITE)
        one = self.clm.reminder(request.path_params["id"])
        given = self._reminder(await body_of(request))
        given.pop("Document", None)
        if "Name" in given and not given["Name"]:
            raise invalid(("Name", 134, "Name is required"))
        one.changes.append((self.now, user, given))
        return JSONResponse(self.clm.shapes(request).reminder(one))

    async def delete_reminder(self, request: Request) -> Response:
        self.clm.enter(request, WRITE)
        del self.clm.reminders[self.clm.reminder(request.path_params["id"]).id]
        return Response(status_code=204)

    def _reminder(self, given: Json) -> Json:
        wrong = sorted(set(given) - {*REMINDER_FIELDS, *SHOWN_ONLY})
        if wrong:
            raise invalid(*((name, 1006, "A reminder has no such property") for name in wrong))
        found = {name: value for name, value in given.items() if name in REMINDER_FIELDS}
        emails = found.get("RecipientAdHocEmails", [])
        if not isinstance(emails, list) or not all(isinstance(one, str) and "@" in one for one in emails):
            raise invalid(("RecipientAdHocEmails", 1002, "A list of e-mail addresses is expected"))
        if found.get("ReminderDate"):
            at = due_at(found["ReminderDate"])
            if at is None:
                raise invalid(("ReminderDate", 1002, "A date and time is expected"))
            if at <= self.now:
                raise invalid(("ReminderDate", 1015, "The day of a reminder lies ahead"))
            found["ReminderDate"] = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return found

    # -- workflows --------------------------------------------------------------------------------------

    async def start_workflow(self, request: Request) -> Response:
        user = self.clm.enter(request, WRITE)
        given = await body_of(request)
        name = given.get("Name")
        if name not in story()["workflows"]:
            raise invalid(("Name", 1002, f"No workflow is called {name!r}"))
        documents = _items(given.get("WorkflowDocuments"))
        work = Work(
            self.clm.account.new_id("workflow"),
            self.clm.account.new_id("workitem"),
            str(name),
            [self.clm.document(key).id for key in documents],
            _params(given.get("Params")),
            self.now,
            user,
        )
        self.clm.works[work.id] = work
        return JSONResponse(self.clm.shapes(request).workflow(work), 201)

    async def stop_workflow(self, request: Request) -> Response:
        self.clm.enter(request, WRITE)
        work = self.clm.works.get(request.path_params["id"])
        if work is None:
            raise refuse(404, 104, "The workflow was not found")
        if work.ended_at is not None:
            raise refuse(409, 106, "The workflow has ended")
        work.status, work.ended_at = "Aborted", self.now
        return Response(status_code=204)

    async def finish_item(self, request: Request) -> Response:
        """A human step ends with the choice in `Selected`."""
        self.clm.enter(request, WRITE)
        work = self.clm.work_of_item(request.path_params["id"])
        given = await body_of(request)
        if not isinstance(given.get("Selected"), dict):
            raise invalid(("Selected", 134, "A choice is required"))
        if work.ended_at is not None:
            raise refuse(409, 106, "The work item is done")
        work.status, work.ended_at = "Completed", self.now
        return JSONResponse(self.clm.shapes(request).item(work))


def _items(given: Any) -> list[str]:
    """The ids in `{"Items": [{"Href": …}]}`."""
    if given is None:
        return []
    items = given.get("Items") if isinstance(given, dict) else None
    if not isinstance(items, list) or not all(link(item) for item in items):
        raise invalid(("WorkflowDocuments", 1002, "A collection of links to documents is expected"))
    return [link(item) for item in items]


def _params(given: Any) -> Mapping[str, str]:
    """The elements of the XML that a workflow is started with."""
    if given in (None, ""):
        return {}
    try:
        # The sandbox's own clients write this; no entity is declared or followed.
        root = ElementTree.fromstring(str(given)) if "<!" not in str(given) else None  # noqa: S314
    except ElementTree.ParseError:
        root = None
    if root is None:
        raise invalid(("Params", 1002, "Well-formed XML is expected"))
    return {child.tag: (child.text or "").strip() for child in root}


def wanted_groups(given: Any) -> Groups:
    """`{group: {attribute: {"AttributeType"?, "RepeatingAttribute"?, "Value"}}}` as plain values."""
    if not isinstance(given, dict):
        raise invalid(("AttributeGroups", 1002, "An object is expected"))
    wrong: list[tuple[str, int, str]] = []
    found: Groups = {}
    for group, fields in given.items():
        if group not in GROUPS or not isinstance(fields, dict):
            wrong.append((group, 1005, "The account has no such attribute group"))
            continue
        found[group] = {}
        for name, told in fields.items():
            at = f"{group}.{name}"
            if name not in GROUPS[group]:
                wrong.append((at, 1006, "The group has no such attribute"))
                continue
            kind, repeats = GROUPS[group][name]
            problem = _problem(told, kind, repeats)
            if problem:
                wrong.append((at, 1002, problem))
            else:
                found[group][name] = _kept(told["Value"])
    if wrong:
        raise invalid(*wrong)
    return found


def _problem(told: Any, kind: str, repeats: bool) -> str:
    """What is wrong with an attribute, "" for nothing."""
    if not isinstance(told, dict) or "Value" not in told:
        return "An attribute is an object with a Value"
    if told.get("AttributeType", kind) != kind or told.get("RepeatingAttribute", repeats) is not repeats:
        return f"The attribute is of the type {kind}, and {'repeats' if repeats else 'does not repeat'}"
    value = told["Value"]
    if value is None or value == "":
        return ""
    if repeats != isinstance(value, list):
        return "A list is expected" if repeats else "One value is expected"
    values = value if isinstance(value, list) else [value]
    return "" if all(_fits(one, kind) for one in values) else f"A value of the type {kind} is expected"


def _fits(value: Any, kind: str) -> bool:
    if kind in ("Number", "Decimal"):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return False
        whole = number == number.to_integral_value() if number.is_finite() else False
        return not isinstance(value, bool) and number.is_finite() and (whole or kind == "Decimal")
    if not isinstance(value, str):
        return False
    if kind == "Date":
        try:
            datetime.strptime(value, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only whether it is a day
        except ValueError:
            return False
        return len(value) == 14
    return kind != "YesNo" or value in ("Yes", "No")


def _kept(value: Any) -> Any:
    if value in (None, ""):
        return None
    return [str(one) for one in value] if isinstance(value, list) else str(value)
