"""Tableau's REST interface: signing in, projects, data sources, uploads, jobs, updates of their data.

Base `<sandbox>/tableau/api/<version>`. XML unless JSON is asked for. Published files are real `.hyper`
files; updates are carried out on them with Tableau's own database, where it is installed.
"""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from sandbox import faults
from sandbox.errors import Refusal
from sandbox.state import Sandbox
from sandbox.tableau import hyper
from sandbox.tableau.wire import answer, asked, below, failure, parts
from sandbox.vendors import Vendor

TOKEN_NAME, TOKEN_SECRET = "pacta", "tableau-demo-secret=:1"
SITE, SITE_NAME = str(uuid5(NAMESPACE_URL, "site")), "tessaly"
USER = str(uuid5(NAMESPACE_URL, "user"))
VERSION = "3.24"
LARGEST_CHUNK = 64 * 1024 * 1024
PROJECTS = (("default", ""), ("Finance", ""), ("Contracts", "Finance"), ("Contracts", "default"))
Json = dict[str, Any]


@dataclass
class DataSource:
    id: str
    name: str
    project: str
    file: Path
    created: datetime
    updated: datetime


@dataclass
class Job:
    """A job is under way when it is first asked for and has ended at the second time."""

    id: str
    type: str
    created: datetime
    datasource: str = ""
    code: int = 0
    note: str = ""
    asked: int = 0


@dataclass
class Held:
    """What clients have made so far."""

    sessions: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Path] = field(default_factory=dict)
    sources: dict[str, DataSource] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)


class Tableau:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.reset()

    def reset(self) -> None:
        self.held = Held()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/tableau/api/{version}")
        site = "/sites/{site}"
        for path, method, route in (
            ("/serverinfo", "GET", self.info),
            ("/serverInfo", "GET", self.info),
            ("/auth/signin", "POST", self.sign_in),
            ("/auth/signout", "POST", self.sign_out),
            (f"{site}/projects", "GET", self.projects),
            (f"{site}/datasources", "GET", self.datasources),
            (f"{site}/datasources", "POST", self.publish),
            (site + "/datasources/{key}", "GET", self.datasource),
            (site + "/datasources/{key}", "DELETE", self.delete),
            (site + "/datasources/{key}/content", "GET", self.content),
            (site + "/datasources/{key}/data", "PATCH", self.update),
            (f"{site}/fileUploads", "POST", self.begin),
            (site + "/fileUploads/{key}", "PUT", self.append),
            (site + "/jobs/{key}", "GET", self.job),
        ):
            router.add_api_route(path, route, methods=[method])
        return router

    # -- who may come in ------------------------------------------------------------------------------

    async def info(self, request: Request, version: str) -> Response:
        shown = {"productVersion": below("2024.3.0"), "restApiVersion": below(VERSION)}
        return answer(request, 200, {"serverInfo": shown})

    async def sign_in(self, request: Request, version: str) -> Response:
        try:
            given = asked(await request.body(), request.headers.get("content-type", ""))["credentials"]
        except (ValueError, KeyError, TypeError):
            return failure(request, 400, "400000", "Bad Request", "The request has no credentials.")
        known = (given.get("personalAccessTokenName"), given.get("personalAccessTokenSecret"))
        site = given.get("site")
        if known != (TOKEN_NAME, TOKEN_SECRET) or not isinstance(site, dict):
            return failure(request, 401, "401001", "Signin Error", "Error signing in to Tableau Server")
        if site.get("contentUrl") != SITE_NAME:
            return failure(request, 401, "401001", "Signin Error", "The site is not known.")
        token = f"{secrets.token_urlsafe(16)}|{secrets.token_urlsafe(24)}|{SITE}"
        # One session for each personal access token: the one before ends.
        self.held.sessions = {token: SITE}
        shown = {"token": token, "site": {"id": SITE, "contentUrl": SITE_NAME}, "user": {"id": USER}}
        return answer(request, 200, {"credentials": shown})

    async def sign_out(self, request: Request, version: str) -> Response:
        self.held.sessions.pop(request.headers.get("x-tableau-auth", ""), None)
        return Response(status_code=204)

    def _enter(self, request: Request, site: str) -> None:
        given = self.held.sessions.get(request.headers.get("x-tableau-auth", ""))
        if given is None:
            detail = "Your authentication credentials are invalid."
            raise Refusal(failure(request, 401, "401002", "Unauthorized Access", detail))
        if given != site:
            raise Refusal(failure(request, 403, "403004", "Forbidden", "The token is of another site."))

    # -- what is there --------------------------------------------------------------------------------

    async def projects(self, request: Request, version: str, site: str) -> Response:
        self._enter(request, site)
        rows = []
        for name, parent in PROJECTS:
            row = {"id": project_id(name, parent), "name": name, "description": ""}
            if parent:
                row["parentProjectId"] = project_id(parent)
            rows.append(row)
        return self._list(request, "projects", "project", rows)

    async def datasources(self, request: Request, version: str, site: str) -> Response:
        self._enter(request, site)
        rows = [self._shape(source) for source in self.held.sources.values()]
        return self._list(request, "datasources", "datasource", rows)

    async def datasource(self, request: Request, version: str, site: str, key: str) -> Response:
        return answer(request, 200, {"datasource": self._shape(self._source(request, site, key))})

    async def delete(self, request: Request, version: str, site: str, key: str) -> Response:
        del self.held.sources[self._source(request, site, key).id]
        return Response(status_code=204)

    async def content(self, request: Request, version: str, site: str, key: str) -> Response:
        """The published file as it is now."""
        source = self._source(request, site, key)
        headers = {"Content-Disposition": f'name="tableau_datasource"; filename="{source.name}.hyper"'}
        return FileResponse(source.file, media_type="application/octet-stream", headers=headers)

    def _list(self, request: Request, plural: str, single: str, rows: list[Json]) -> Response:
        """A page of rows that meet the filter."""
        given = request.query_params
        wanted = given.get("filter", "")
        if wanted:
            name, _, rest = wanted.partition(":")
            operator, _, value = rest.partition(":")
            if name != "name" or operator != "eq":
                return failure(request, 400, "400006", "Invalid filter", f"{wanted} is not supported here.")
            value = value.replace("\\,", ",").replace("\\:", ":").replace("\\\\", "\\")
            rows = [row for row in rows if row["name"] == value]
        size, number = given.get("pageSize", "100"), given.get("pageNumber", "1")
        if not size.isdigit() or not 1 <= int(size) <= 1000:
            return failure(request, 400, "400007", "Invalid page size", "It has to be between 1 and 1000.")
        if not number.isdigit() or int(number) < 1:
            return failure(request, 400, "400006", "Invalid page number", "It has to be 1 or more.")
        kind = faults.kind_of(request)
        start = 0 if kind == "loop" else (int(number) - 1) * int(size)
        page = faults.repeat(faults.reorder(rows, kind)[start : start + int(size)], kind)
        total = len(rows) if kind != "loop" else len(rows) + 1000
        paging = {"pageNumber": number, "pageSize": size, "totalAvailable": total}
        return answer(request, 200, {"pagination": paging, plural: {single: page}})

    def _source(self, request: Request, site: str, key: str) -> DataSource:
        self._enter(request, site)
        found = self.held.sources.get(key)
        if found is None:
            detail = f"Datasource '{key}' could not be found."
            raise Refusal(failure(request, 404, "404004", "Resource Not Found", detail))
        return found

    def _shape(self, source: DataSource) -> Json:
        name = next((n for n, parent in PROJECTS if project_id(n, parent) == source.project), "")
        return {
            "id": source.id,
            "name": source.name,
            "contentUrl": source.name.replace(" ", ""),
            "type": "hyper",
            "size": 1,
            "createdAt": stamp(source.created),
            "updatedAt": stamp(source.updated),
            "hasExtracts": "true",
            "project": {"id": source.project, "name": name},
            "owner": {"id": USER},
            "tags": {},
        }

    # -- uploads and jobs -----------------------------------------------------------------------------

    async def begin(self, request: Request, version: str, site: str) -> Response:
        self._enter(request, site)
        key = f"{secrets.randbelow(9000)}:{secrets.token_hex(16)}-1:0"
        self.held.uploads[key] = self._place()
        self.held.uploads[key].write_bytes(b"")
        return answer(request, 201, {"fileUpload": {"uploadSessionId": key, "fileSize": 0}})

    async def append(self, request: Request, version: str, site: str, key: str) -> Response:
        self._enter(request, site)
        path = self.held.uploads.get(key)
        if path is None:
            return failure(request, 404, "404011", "Resource Not Found", "There is no such upload session.")
        try:
            given = parts(await request.body(), request.headers.get("content-type", ""))
            piece = given["tableau_file"]
        except (ValueError, KeyError) as error:
            return failure(request, 400, "400000", "Bad Request", f"no tableau_file: {error}")
        if len(piece) > LARGEST_CHUNK:
            return failure(request, 413, "413000", "Payload Too Large", "A chunk has at most 64 MB.")
        with path.open("ab") as stream:
            stream.write(piece)
        size = path.stat().st_size // (1024 * 1024)
        return answer(request, 200, {"fileUpload": {"uploadSessionId": key, "fileSize": size}})

    async def publish(self, request: Request, version: str, site: str) -> Response:
        self._enter(request, site)
        given = request.query_params
        try:
            sent = parts(await request.body(), request.headers.get("content-type", ""))
            wanted = asked(sent["request_payload"], "text/xml")["datasource"]
            name, project = str(wanted["name"]), str(wanted["project"]["id"])
        except (ValueError, KeyError, TypeError) as error:
            return failure(request, 400, "400000", "Bad Request", f"The request is not whole: {error}")
        if project not in {project_id(n, parent) for n, parent in PROJECTS}:
            return failure(request, 404, "404005", "Resource Not Found", "There is no such project.")
        there = next((s for s in self.held.sources.values() if (s.name, s.project) == (name, project)), None)
        if there is not None and given.get("overwrite") != "true":
            return failure(request, 409, "409004", "Resource Conflict", f"{name} exists already.")
        file = self._sent(given.get("uploadSessionId", ""), sent)
        if file is None or given.get("datasourceType", "hyper") != "hyper":
            return failure(request, 400, "400011", "Bad Request", "There is no .hyper file to publish.")
        job = self._new_job("PublishDatasource")
        try:
            await asyncio.to_thread(hyper.tables, file)
        except hyper.ActionFailed as error:
            job.code, job.note = 1, str(error)
        else:
            there = self._keep(there, name, project, file)
            job.datasource = there.id
        if given.get("asJob") == "true":
            return answer(request, 202, {"job": self._job_shape(job)})
        if job.code or there is None:
            return failure(request, 400, "400011", "Bad Request", job.note)
        return answer(request, 201, {"datasource": self._shape(there)})

    async def update(self, request: Request, version: str, site: str, key: str) -> Response:
        """Actions on the data of a source, once for each RequestID."""
        source = self._source(request, site, key)
        number = request.headers.get("requestid", "")
        if not number:
            return failure(request, 400, "400000", "Bad Request", "The header RequestID is missing.")
        if f"{key}/{number}" in self.held.requests:
            known = self.held.jobs[self.held.requests[f"{key}/{number}"]]
            return answer(request, 202, {"job": self._job_shape(known)})
        try:
            actions = asked(await request.body(), "json").get("actions")
        except ValueError:
            actions = None
        if not isinstance(actions, list) or not all(isinstance(action, dict) for action in actions):
            return failure(request, 400, "400000", "Bad Request", "The body has no actions.")
        session = request.query_params.get("uploadSessionId", "")
        payload = self.held.uploads.get(session)
        if session and payload is None:
            return failure(request, 404, "404011", "Resource Not Found", "There is no such upload session.")
        job = self._new_job("UpdateUploadedFile", source.id)
        self.held.requests[f"{key}/{number}"] = job.id
        work = self._place()
        shutil.copyfile(source.file, work)
        try:
            await asyncio.to_thread(hyper.apply, work, payload, actions)
        except hyper.ActionFailed as error:
            job.code, job.note = 1, str(error)
        else:
            source.file, source.updated = work, self.sandbox.now
        return answer(request, 202, {"job": self._job_shape(job)})

    async def job(self, request: Request, version: str, site: str, key: str) -> Response:
        self._enter(request, site)
        job = self.held.jobs.get(key)
        if job is None:
            return failure(request, 404, "404031", "Resource Not Found", "There is no such job.")
        job.asked += 1
        return answer(request, 200, {"job": self._job_shape(job, ended=job.asked > 1)})

    def _sent(self, session: str, given: Mapping[str, bytes]) -> Path | None:
        """The file of a request: uploaded before, or one of its parts."""
        if session:
            return self.held.uploads.pop(session, None)
        if "tableau_datasource" not in given:
            return None
        path = self._place()
        path.write_bytes(given["tableau_datasource"])
        return path

    def _keep(self, there: DataSource | None, name: str, project: str, file: Path) -> DataSource:
        now = self.sandbox.now
        if there is None:
            key = str(uuid5(NAMESPACE_URL, f"{project}/{name}"))
            there = DataSource(key, name, project, file, now, now)
            self.held.sources[key] = there
        there.file, there.updated = file, now
        return there

    def _new_job(self, kind: str, datasource: str = "") -> Job:
        job = Job(secrets.token_hex(16), kind, self.sandbox.now, datasource)
        self.held.jobs[job.id] = job
        return job

    def _job_shape(self, job: Job, ended: bool = False) -> Json:
        shown: Json = {
            "id": job.id,
            "mode": "Asynchronous",
            "type": job.type,
            "progress": 100 if ended else 0,
            "createdAt": stamp(job.created),
        }
        if ended:
            shown |= {"startedAt": stamp(job.created), "completedAt": stamp(job.created)}
            shown["finishCode"] = job.code
            if job.note:
                shown["statusNotes"] = {"statusNote": [{"type": "Error", "text": job.note}]}
        return shown

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sandbox-tableau-")
        return Path(self._folder.name) / f"{secrets.token_hex(8)}.hyper"


def project_id(name: str, parent: str = "") -> str:
    return str(uuid5(NAMESPACE_URL, f"project/{parent}/{name}"))


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def vendor_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Tableau answers when nothing more particular is known."""
    summaries = {401: "Unauthorized Access", 404: "Resource Not Found", 429: "Too Many Requests"}
    code = {401: "401002"}.get(status, f"{status}000")
    made = failure(None, status, code, summaries.get(status, "Internal Server Error"))
    made.headers.update(headers)
    return made


VENDOR = Vendor("tableau", "tableau", Tableau, vendor_failure)
