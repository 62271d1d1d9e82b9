"""CLM's API for objects and content: folders, documents, attribute groups, reminders, workflows, searches."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import oauth
from sandbox.docusign import searches
from sandbox.docusign.accounts import Desk
from sandbox.docusign.shapes import (
    DOCUMENT_EXPANDS,
    DOWNLOADS,
    FOLDER_EXPANDS,
    OBJECTS,
    UPLOADS,
    Reminder,
    Shapes,
    Work,
    expanded,
    media,
)
from sandbox.docusign.text import (
    LIMITED,
    PER_WINDOW,
    WINDOW_SECONDS,
    Json,
    clm_error,
    collection,
    docusign_failure,
    missing,
    refuse,
)
from sandbox.docusign.world import (
    ACCOUNT,
    CONTRACTS,
    GROUPS,
    ROOT,
    Account,
    Document,
    Folder,
    moment,
    number,
    story,
)
from sandbox.errors import Refusal
from sandbox.state import Sandbox

SYSTEM_FOLDERS = {"root": ROOT, "home": CONTRACTS, "trash": "/Trash", "other sources": "/Other Sources"}
READ, WRITE, CONTENT = "spring_read", "spring_write", "content"


class Clm:
    """What CLM holds, who may come in, and reading. Writing is in `clm_writes`."""

    def __init__(self, sandbox: Sandbox, desk: Desk) -> None:
        self.sandbox, self.desk = sandbox, desk
        self.account = Account()
        self.held_back: set[str] = set()
        self.begin(self.account)

    def begin(self, account: Account) -> None:
        self.account = account
        self.held_back = set(self.sandbox.withhold)
        self.reminders: dict[str, Reminder] = {}
        self.works: dict[str, Work] = {}
        self.searches: dict[str, searches.Search] = {}
        self.calls: list[float] = []
        for told in story()["reminders"] if account.documents else ():
            self._remind(told)

    def _remind(self, told: Mapping[str, Any]) -> None:
        document = self.account.of_contract(told["contract"])
        assert document is not None  # docusign.yaml names contracts of the world
        at, key = moment(told["at"]), number("reminder", told["name"])
        due = moment(told["due"]).strftime("%Y-%m-%dT%H:%M:%SZ")
        first = {"Name": told["name"], "ReminderDate": due, "RecipientAdHocEmails": told["to"]}
        reminder = Reminder(key, document.id, at, told["who"], [(at, told["who"], first)])
        if "moved" in told:
            later = moment(told["moved"]["due"]).strftime("%Y-%m-%dT%H:%M:%SZ")
            reminder.changes.append((moment(told["moved"]["at"]), told["who"], {"ReminderDate": later}))
        self.reminders[key] = reminder

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/docusign")
        router.add_api_route("/springcm/api/v2/{account}/account", self.discover, methods=["GET"])
        routes: tuple[tuple[str, str, Callable[..., Any]], ...] = (
            ("GET", "/folders/type", self.system_folder),
            ("GET", "/folders/path", self.folder_by_path),
            ("GET", "/folders/{id}", self.one_folder),
            ("GET", "/folders/{id}/folders", self.subfolders),
            ("GET", "/folders/{id}/documents", self.folder_documents),
            ("GET", "/documents", self.document_by_path),
            ("GET", "/documents/{id}", self.one_document),
            ("GET", "/documents/{id}/{part}", self.document_part),
            ("GET", "/attributegroups", self.groups),
            ("GET", "/attributegroups/{id}", self.one_group),
            ("GET", "/documentreminders/{id}", self.one_reminder),
            ("GET", "/workflowdefinitions", self.definitions),
            ("GET", "/workflows/{id}", self.one_workflow),
            ("GET", "/workitems/{id}", self.one_item),
            ("GET", "/workitems/{id}/documents", self.item_documents),
            ("POST", "/documentsearchtasks", self.search),
            ("GET", "/documentsearchtasks/{id}", self.one_search),
            ("GET", "/documentsearchtasks/{id}/result", self.search_result),
        )
        for method, path, answer in routes:
            router.add_api_route(f"/{OBJECTS}/v2/{{account}}{path}", answer, methods=[method])
        at = f"/{DOWNLOADS}/v2/{{account}}/documents/{{id}}"
        router.add_api_route(at, self.download, methods=["GET"])
        return router

    # -- who may come in ------------------------------------------------------------------------------

    def enter(self, request: Request, *scopes: str) -> str:
        """The user of the request; it needs one of `scopes`. Counts the call."""
        session = self.desk.session(oauth.bearer(request))
        if session is None:
            raise refuse(401, 103, "Access Denied")
        if not session.scopes & set(scopes):
            raise refuse(403, 142, f"The token lacks the scope {' or '.join(scopes)}")
        if request.path_params["account"] != ACCOUNT:
            raise refuse(403, 103, "The user has no part in this account")
        now = time.monotonic()
        self.calls = [at for at in self.calls if at > now - WINDOW_SECONDS]
        if len(self.calls) >= PER_WINDOW:
            wait = str(int(self.calls[0] + WINDOW_SECONDS - now) + 1)
            raise Refusal(docusign_failure(429, {**LIMITED, "retry-after": wait}))
        self.calls.append(now)
        return session.user

    async def discover(self, request: Request) -> Response:
        """Which hosts serve this account."""
        self.enter(request, READ, WRITE)
        base = f"{str(request.base_url).rstrip('/')}/docusign"
        return JSONResponse(
            {
                "Id": ACCOUNT,
                "ApiBaseUrl": f"{base}/{OBJECTS}",
                "ApiBaseDownloadUrl": f"{base}/{DOWNLOADS}",
                "ApiBaseUploadUrl": f"{base}/{UPLOADS}",
                "SftpUrl": "sftp://sftpuatna11.springcm.com",
                "WebLandingPageUrl": f"{base}/atlas",
                "OfficeAddInUrl": f"{base}/office",
                "DocumentPreviewUrl": f"{base}/preview",
                "EformUrl": f"{base}/eform",
            }
        )

    def shapes(self, request: Request) -> Shapes:
        return Shapes(self.account, self.sandbox.now, str(request.base_url).rstrip("/"))

    # -- folders and documents ------------------------------------------------------------------------

    def document(self, key: str) -> Document:
        found = self.account.documents.get(key)
        if found is None or not found.seen(self.sandbox.now) or found.contract in self.held_back:
            raise missing("The document")
        return found

    def folder(self, key: str) -> Folder:
        for folder in self.account.folders.values():
            if folder.id == key and folder.made_at <= self.sandbox.now:
                return folder
        raise missing("The folder")

    def documents_below(self, path: str, deep: bool = False) -> list[Document]:
        """The documents in a folder, by id: which is no order at all."""
        now = self.sandbox.now
        found = [
            one
            for one in self.account.documents.values()
            if one.seen(now)
            and one.contract not in self.held_back
            and (one.in_trash(now) if path == "/Trash" else not one.in_trash(now))
            and (path == "/Trash" or one.folder == path or (deep and one.folder.startswith(f"{path}/")))
        ]
        return sorted(found, key=lambda one: one.id)

    def page_of(self, request: Request, found: list[Document], expand: tuple[str, ...]) -> Json:
        now, shapes = self.sandbox.now, self.shapes(request)
        return collection(
            request,
            found,
            lambda one: shapes.document(one, expand),
            {
                "Name": lambda one: one.name(now),
                "CreatedDate": lambda one: one.writes[0].at,
                "CreatedBy": lambda one: one.writes[0].by,
                "UpdatedDate": lambda one: one.touched(now).at,
                "UpdatedBy": lambda one: one.touched(now).by,
                "Description": lambda one: one.plain(now).get("Description", ""),
            },
            {
                "Name": lambda one: one.name(now),
                "Description": lambda one: one.plain(now).get("Description", ""),
            },
        )

    def _folder_shown(self, request: Request, folder: Folder) -> Response:
        expand = expanded(request.query_params.get("expand", ""), FOLDER_EXPANDS)
        return JSONResponse(self.shapes(request).folder(folder, expand))

    async def system_folder(self, request: Request) -> Response:
        self.enter(request, READ)
        path = SYSTEM_FOLDERS.get(request.query_params.get("systemFolder", "").lower())
        if path is None:
            raise missing("The folder")
        return self._folder_shown(request, self.account.folders[path])

    async def folder_by_path(self, request: Request) -> Response:
        self.enter(request, READ)
        given = request.query_params.get("path", "").rstrip("/")
        # Paths are told from the root folder, which need not be named.
        for path in (given, f"{ROOT}{given}"):
            if "path" in request.query_params and path in self.account.folders:
                return self._folder_shown(request, self.account.folders[path])
        raise missing("The folder")

    async def one_folder(self, request: Request) -> Response:
        self.enter(request, READ)
        return self._folder_shown(request, self.folder(request.path_params["id"]))

    async def subfolders(self, request: Request) -> Response:
        self.enter(request, READ)
        parent, shapes = self.folder(request.path_params["id"]), self.shapes(request)
        seen = [one for one in self.account.folders.values() if one.made_at <= self.sandbox.now]
        found = sorted((one for one in seen if one.parent == parent.path), key=lambda one: one.id)
        names: Mapping[str, Callable[[Folder], Any]] = {
            "Name": lambda one: one.name,
            "CreatedDate": lambda one: one.made_at,
        }
        return JSONResponse(collection(request, found, shapes.folder, names, {"Name": lambda one: one.name}))

    async def folder_documents(self, request: Request) -> Response:
        self.enter(request, READ)
        folder = self.folder(request.path_params["id"])
        expand = expanded(request.query_params.get("expand", ""), DOCUMENT_EXPANDS)
        return JSONResponse(self.page_of(request, self.documents_below(folder.path), expand))

    async def document_by_path(self, request: Request) -> Response:
        self.enter(request, READ)
        folder, _, name = request.query_params.get("path", "").rpartition("/")
        for path in (folder, f"{ROOT}{folder}"):
            for one in self.documents_below(path):
                if one.name(self.sandbox.now) == name:
                    return self._document_shown(request, one)
        raise missing("The document")

    async def one_document(self, request: Request) -> Response:
        self.enter(request, READ)
        return self._document_shown(request, self.document(request.path_params["id"]))

    def _document_shown(self, request: Request, one: Document) -> Response:
        expand = expanded(request.query_params.get("expand", ""), DOCUMENT_EXPANDS)
        return JSONResponse(self.shapes(request).document(one, expand))

    async def document_part(self, request: Request) -> Response:
        self.enter(request, READ)
        one, part = self.document(request.path_params["id"]), request.path_params["part"]
        shapes = self.shapes(request)
        if part == "lock":
            return JSONResponse(shapes.lock(one))
        if part.lower() == "historyitems":
            when: Mapping[str, Callable[[Json], Any]] = {"ActionDate": lambda item: item["ActionDate"]}
            return JSONResponse(collection(request, shapes.history(one), lambda item: item, when))
        if part == "versions":
            return JSONResponse(self.page_of(request, [one], ()))
        if part == "relateddocuments":
            return JSONResponse(self.page_of(request, self._related(one), ()))
        if part == "documentreminders":
            return JSONResponse(self._reminders_of(request, one, shapes))
        if part == "workitems":
            found = [work for work in self.works.values() if one.id in work.documents and not work.ended_at]
            named: Mapping[str, Callable[[Work], Any]] = {"CreatedDate": lambda work: work.started_at}
            names = {"Name": lambda work: str(shapes.item(work)["Name"])}
            return JSONResponse(collection(request, found, shapes.item, named, names))
        raise missing("The resource")

    def _related(self, one: Document) -> list[Document]:
        """The contract above this one and those below it."""
        known = {contract.ironclad: contract.parent for contract in self.sandbox.world.contracts}
        near = [
            other
            for other, parent in known.items()
            if one.contract and (known.get(one.contract) == other or parent == one.contract)
        ]
        found = [self.account.of_contract(other) for other in near]
        seen = [other for other in found if other is not None and other.seen(self.sandbox.now)]
        return [other for other in seen if other.contract not in self.held_back]

    def _reminders_of(self, request: Request, one: Document, shapes: Shapes) -> Json:
        now = self.sandbox.now
        found = [r for r in self.reminders.values() if r.document == one.id and r.made_at <= now]
        order: Mapping[str, Callable[[Reminder], Any]] = {
            "Name": lambda reminder: reminder.fields(now)["Name"],
            "CreatedDate": lambda reminder: reminder.made_at,
            "UpdatedDate": lambda reminder: reminder.touched(now)[0],
        }
        names = {"Name": lambda reminder: str(reminder.fields(now)["Name"])}
        return collection(request, found, shapes.reminder, order, names)

    async def download(self, request: Request) -> Response:
        """The document's bytes; a rendition that was not made (yet) is not found."""
        self.enter(request, READ, CONTENT)
        one = self.document(request.path_params["id"])
        kind = media(one.name(self.sandbox.now))
        wanted = [part.split(";")[0].strip() for part in request.headers.get("accept", "*/*").split(",")]
        if kind not in wanted and "*/*" not in wanted:
            if not {"application/pdf", "text/plain"} & set(wanted):
                raise refuse(406, 101, "This form of a document is not offered")
            raise refuse(404, 119, "This rendition is not there yet")
        name = one.name(self.sandbox.now).encode("ascii", "replace").decode()
        return Response(
            one.bytes(), media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'}
        )

    # -- attribute groups, reminders, workflows ---------------------------------------------------------

    async def groups(self, request: Request) -> Response:
        self.enter(request, READ)
        shapes = self.shapes(request)
        full = "Attributes" in expanded(request.query_params.get("expand", ""), ("Attributes",))
        by: Mapping[str, Callable[[str], Any]] = {"Name": lambda name: name}
        return JSONResponse(collection(request, list(GROUPS), lambda name: shapes.group(name, full), by))

    async def one_group(self, request: Request) -> Response:
        self.enter(request, READ)
        for name in GROUPS:
            if number("group", name) == request.path_params["id"]:
                full = "Attributes" in expanded(request.query_params.get("expand", ""), ("Attributes",))
                return JSONResponse(self.shapes(request).group(name, full))
        raise missing("The attribute group")

    def reminder(self, key: str) -> Reminder:
        found = self.reminders.get(key)
        if found is None or found.made_at > self.sandbox.now:
            raise missing("The document reminder")
        return found

    async def one_reminder(self, request: Request) -> Response:
        self.enter(request, READ)
        return JSONResponse(self.shapes(request).reminder(self.reminder(request.path_params["id"])))

    async def definitions(self, request: Request) -> Response:
        self.enter(request, READ)
        shapes = self.shapes(request)
        by: Mapping[str, Callable[[str], Any]] = {"Name": lambda name: name}
        return JSONResponse(
            collection(
                request,
                list(story()["workflows"]),
                lambda name: {
                    "Name": name,
                    "CreatedDate": "2024-01-08T08:00:00Z",
                    "UpdatedDate": "2024-01-08T08:00:00Z",
                    "Href": shapes.href("workflowdefinitions", number("definition", name)),
                },
                by,
            )
        )

    async def one_workflow(self, request: Request) -> Response:
        self.enter(request, READ)
        work = self.works.get(request.path_params["id"])
        if work is None:
            raise missing("The workflow")
        shown = self.shapes(request).workflow(work)
        # It starts to run behind the answer: the next look finds it waiting for somebody.
        work.status = "Waiting" if work.status == "Execution Pending" else work.status
        return JSONResponse(shown)

    def work_of_item(self, key: str) -> Work:
        work = next((one for one in self.works.values() if one.item == key), None)
        if work is None:
            raise missing("The work item")
        return work

    async def one_item(self, request: Request) -> Response:
        self.enter(request, READ)
        return JSONResponse(self.shapes(request).item(self.work_of_item(request.path_params["id"])))

    async def item_documents(self, request: Request) -> Response:
        self.enter(request, READ)
        work = self.work_of_item(request.path_params["id"])
        return JSONResponse(self.page_of(request, [self.document(key) for key in work.documents], ()))

    # -- searching --------------------------------------------------------------------------------------

    async def search(self, request: Request) -> Response:
        self.enter(request, READ)
        expand = expanded(request.query_params.get("expand", ""), ("AttributeGroups",))
        given = await body_of(request)
        made = searches.Search(self.account.new_id("search"), expand, given)
        found = searches.found(self, made)
        # A short answer comes at once, a longer one is fetched when it is ready.
        made.looks_left = 0 if len(found) <= searches.AT_ONCE else 1
        self.searches[made.id] = made
        done = made.looks_left == 0
        result = self.page_of(request, found, expand) if done else None
        body = self._task(request, made, "Success" if done else "Processing", result)
        return JSONResponse(body, 200 if done else 202)

    def _search(self, request: Request) -> searches.Search:
        made = self.searches.get(request.path_params["id"])
        if made is None:
            raise missing("The search")
        return made

    def _task(self, request: Request, made: searches.Search, status: str, result: Json | None) -> Json:
        at = self.shapes(request).href("documentsearchtasks", made.id)
        return {**made.given, "Status": status, "Href": at, "Result": result or {"Href": f"{at}/result"}}

    async def one_search(self, request: Request) -> Response:
        self.enter(request, READ)
        made = self._search(request)
        if made.looks_left:
            made.looks_left -= 1
            return JSONResponse(self._task(request, made, "Processing", None))
        return JSONResponse(self._task(request, made, "Success", None))

    async def search_result(self, request: Request) -> Response:
        self.enter(request, READ)
        made = self._search(request)
        if made.looks_left:
            raise Refusal(clm_error(404, 104, "The search is still running"))
        return JSONResponse(self.page_of(request, searches.found(self, made), made.expand))


async def body_of(request: Request) -> Json:
    """The JSON object of a request."""
    if "json" not in request.headers.get("content-type", ""):
        raise refuse(406, 101, "The body has to be JSON and to say so")
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise refuse(400, 101, "The body is no JSON object")
    return given


def tail(href: Any) -> str:
    """The id at the end of an address."""
    return str(href).rstrip("/").rpartition("/")[2]


def link(given: Any) -> str:
    """The id of `{"Href": …}`, "" where there is none."""
    return tail(given.get("Href", "")) if isinstance(given, dict) and given.get("Href") else ""


def due_at(text: Any) -> datetime | None:
    """An instant that a client wrote; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else datetime.fromisoformat(f"{text}+00:00")
