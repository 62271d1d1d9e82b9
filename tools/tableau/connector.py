"""Tableau: one published data source each for assessments, obligations, money at stake and facts, updated in
place."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Literal
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import quoteattr

from pydantic import Field, SecretStr

from obligations.facts import Fact, Source
from obligations.quantities import Frozen
from tools.kit.auth import LoginAuth, Secret, Token
from tools.kit.call import Answer, Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, Retryable, WrongAnswer
from tools.kit.http import Client
from tools.kit.paging import LoopGuard
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe
from tools.tableau.hyper import REMOVED, ROWS, SCHEMA, write
from tools.tableau.tables import TABLES, Name, Row, Table
from tools.tableau.wire import filtered, identity, multipart, notes, page, path_of

_TRIES = 3
_SESSION = 3600.0  # seconds: a server ends a session after four hours, unless its administrator says less


class TableauToken(LoginAuth):
    """A personal access token. A new sign-in with it ends the session before, so it belongs to us alone."""

    header: ClassVar[str] = "X-Tableau-Auth"
    prefix: ClassVar[str] = ""
    token_name: str = Field(min_length=1)
    token: Secret
    site: str = ""

    def login(self) -> Call:
        credentials = {
            "personalAccessTokenName": self.token_name,
            "personalAccessTokenSecret": self.token.get_secret_value(),
            "site": {"contentUrl": self.site},
        }
        return Call("POST", "/auth/signin", body={"credentials": credentials}, repeatable=True)

    def session(self, answer: Answer) -> Token:
        given = answer.data["credentials"]
        return Token(
            value=SecretStr(given["token"]), expires_in=_SESSION, facts={"site": str(given["site"]["id"])}
        )

    def hidden(self) -> tuple[str, ...]:
        return (self.token.get_secret_value(),)


class DataSources(Frozen):
    """What our data sources are called there."""

    assessments: str = "Pacta assessments"
    obligations: str = "Pacta obligations"
    stakes: str = "Pacta money at stake"
    facts: str = "Pacta facts"


class TableauSettings(VendorSettings):
    """Settings of a site. `base_url` ends with the version of the interface (`/api/3.24`); `project` is
    the project's name or its path ("Finance/Contracts"); `chunk` is in bytes, times are seconds."""

    kind: Literal["tableau"] = "tableau"
    auth: TableauToken
    project: str = Field(default="default", min_length=1)
    datasources: DataSources = DataSources()
    chunk: int = Field(default=32_000_000, ge=1_000, le=64_000_000)
    job_timeout: float = Field(default=900, gt=0)
    job_wait: float = Field(default=2, ge=0)


@dataclass(frozen=True)
class Published:
    """A data source as it is after a job: how many rows were sent to it, and whether it was made anew."""

    source: Source
    rows: int
    removed: int
    anew: bool


class Tableau:
    """Publishes tables to a site; reads nothing."""

    def __init__(
        self, settings: TableauSettings, http: Client, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http
        self._sleep = sleep

    def check(self) -> Health:
        """Sign in and see the project and our data sources."""
        found = probe(self.name, {"the project": self._project, "data sources": lambda: self._find("facts")})
        return found.model_copy(update={"detail": "can publish" if found.ok else "cannot publish"})

    def discover(self) -> tuple[Stream, ...]:
        return ()

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Nothing: Tableau only shows."""
        remedy = "Read the system in which things happen."
        raise Fatal(self.name, f"there is no kind {kind!r}: Tableau only shows", remedy=remedy)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        return ()

    def publish(self, name: Name, rows: Iterable[Row]) -> Published:
        """Put all rows in the place of whatever the data source holds; it is made where it is not there.

        Raises Retryable, also where the job did not end in time: publishing again does no harm.
        """
        with self._hyper(TABLES[name], rows) as (path, count):
            self._job(self._put(name, path))
        found = self._find(name)
        if found is None:
            raise WrongAnswer(self.name, "the data source is not there after its publication", place=name)
        return Published(self._source(name, found), count, 0, anew=True)

    def update(self, name: Name, rows: Iterable[Row], run: str, removed: Sequence[str] = ()) -> Published:
        """Bring changed rows into the data source by their keys, and take away those of `removed`.

        `run` names this update: the same one is carried out once, however often it is asked for, so two
        different ones need different names (the instant up to which things are known will do). Raises
        NotFound where nothing was published yet.
        """
        found = self._find(name)
        if found is None:
            remedy = "Publish it first."
            raise NotFound(
                self.name, f"there is no data source {self._title(name)!r}", place=name, remedy=remedy
            )
        table = TABLES[name]
        with self._hyper(table, rows, removed) as (path, count):
            if not count and not removed:
                return Published(self._source(name, found), 0, 0, anew=False)
            session = self._upload(path)
        request = str(uuid.uuid5(uuid.NAMESPACE_URL, f"pacta:{self.name}:{found}:{run}"))
        call = Call(
            "PATCH",
            f"{self._site}/datasources/{segment(found)}/data",
            params={"uploadSessionId": session},
            body={"actions": _actions(table, bool(count), bool(removed))},
            headers={"RequestID": request},
            repeatable=True,  # the server carries out a RequestID once
        )
        self._job(identity(self.name, self._http.send(call).data, "job"))
        return Published(self._source(name, found), count, len(removed), anew=False)

    # -- where things are -----------------------------------------------------------------------------

    @property
    def _site(self) -> str:
        return f"/sites/{segment(self._http.session().get('site', ''))}"

    def _title(self, name: Name) -> str:
        return str(getattr(self.settings.datasources, name))

    def _project(self) -> str:
        """The id of our project. Misconfigured where there is none of that path, or several."""
        parts = self.settings.project.split("/")
        rows = list(self._rows("projects", "project", parts[-1]))
        names = {str(row.get("id")): row for row in self._parents(rows)} if len(parts) > 1 else {}
        found = [row for row in rows if path_of(row, names) == parts or len(parts) == 1]
        if len(found) != 1:
            raise Misconfigured(
                self.name,
                f"there is {'no' if not found else 'more than one'} project {self.settings.project!r}",
                remedy="Set `project` to its path, such as Finance/Contracts; our token has to see it.",
            )
        return str(found[0]["id"])

    def _parents(self, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Every project, where one of these lies inside another."""
        if any(row.get("parentProjectId") for row in rows):
            yield from self._rows("projects", "project")

    def _find(self, name: Name) -> str | None:
        """The id of our data source in our project."""
        project = self._project()
        for row in self._rows("datasources", "datasource", self._title(name)):
            held = row.get("project")
            if isinstance(held, dict) and held.get("id") == project and row.get("id"):
                return str(row["id"])
        return None

    def _rows(self, plural: str, single: str, name: str = "") -> Iterator[dict[str, Any]]:
        """The rows of a list, only those of the name where one is given: the filter alone is not trusted."""
        path = f"{self._site}/{plural}"
        guard = LoopGuard(self.name, f"GET {path}")
        number, seen = 1, 0
        while True:
            params: dict[str, str | int] = {"pageSize": 100, "pageNumber": number}
            if name:
                params["filter"] = f"name:eq:{filtered(name)}"
            data = self._http.get(path, params).data
            rows, total = page(self.name, path, data, plural, single)
            guard.rows([row.get("id") for row in rows], number)
            yield from (row for row in rows if not name or row.get("name") == name)
            seen += len(rows)
            if not rows or seen >= total:
                return
            number += 1

    def _source(self, name: Name, key: str) -> Source:
        parts = urlsplit(self.settings.base_url)
        site = f"/site/{quote(self.settings.auth.site)}" if self.settings.auth.site else ""
        url = f"{parts.scheme}://{parts.netloc}/#{site}/datasources"
        return Source(system=self.name, record=key, url=url, label=self._title(name))

    # -- sending --------------------------------------------------------------------------------------

    def _hyper(self, table: Table, rows: Iterable[Row], removed: Sequence[str] = ()) -> _Written:
        return _Written(self.name, table, rows, removed)

    def _put(self, name: Name, path: Path) -> str:
        """Publish a file in the place of the data source; the id of the job. Where the answer was lost it is
        sent whole once more, for an upload can be used once only: the second one takes the first's place."""
        for attempt in range(_TRIES):
            try:
                return self._overwrite(name, path)
            except Retryable as error:
                if not error.maybe_done or attempt == _TRIES - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _overwrite(self, name: Name, path: Path) -> str:
        title, project = quoteattr(self._title(name)), quoteattr(self._project())
        request = f"<tsRequest><datasource name={title}><project id={project}/></datasource></tsRequest>"
        params = {
            "uploadSessionId": self._upload(path),
            "datasourceType": "hyper",
            "overwrite": "true",
            "asJob": "true",
        }
        content, kind = multipart([("request_payload", "", "text/xml", request.encode())])
        call = Call(
            "POST",
            f"{self._site}/datasources",
            params=params,
            content=content,
            headers={"Content-Type": kind},
        )
        return identity(self.name, self._http.send(call).data, "job")

    def _upload(self, path: Path) -> str:
        """Send a file in pieces; the id of the upload. A piece whose answer was lost may be there twice,
        so then a new upload is begun."""
        for attempt in range(_TRIES):
            begun = self._http.send(Call("POST", f"{self._site}/fileUploads", repeatable=True))
            session = identity(self.name, begun.data, "fileUpload", "uploadSessionId")
            try:
                self._pieces(path, session)
            except Retryable as error:
                if not error.maybe_done or attempt == _TRIES - 1:
                    raise
            else:
                return session
        raise AssertionError("the last attempt returns or raises")

    def _pieces(self, path: Path, session: str) -> None:
        with path.open("rb") as stream:
            while piece := stream.read(self.settings.chunk):
                parts = [
                    ("request_payload", "", "text/xml", b""),
                    ("tableau_file", "file", "application/octet-stream", piece),
                ]
                content, kind = multipart(parts)
                where = f"{self._site}/fileUploads/{segment(session)}"
                self._http.send(Call("PUT", where, content=content, headers={"Content-Type": kind}))

    def _job(self, key: str) -> None:
        """Wait for a job. Raises Fatal where it failed, Retryable where it did not end in time."""
        until = time.monotonic() + self.settings.job_timeout
        wait = self.settings.job_wait
        while True:
            data = self._http.get(f"{self._site}/jobs/{segment(key)}").data
            job = data.get("job") if isinstance(data, dict) else None
            if not isinstance(job, dict):
                raise WrongAnswer(self.name, "no job in the answer", place=f"job {key}")
            if job.get("completedAt"):
                return self._ended(key, job)
            if time.monotonic() >= until:
                raise Retryable(
                    self.name,
                    "the job has not ended in time",
                    place=f"job {key}",
                    maybe_done=True,
                    remedy="It is asked for again later; raise job_timeout for large tables.",
                )
            self._sleep(wait)
            wait = min(wait * 1.5, 30.0)

    def _ended(self, key: str, job: dict[str, Any]) -> None:
        code = str(job.get("finishCode", ""))
        if code == "0":
            return
        said = self._http.redact(notes(job))[:300]
        what = {"1": "the job failed", "2": "the job was cancelled"}.get(code, f"the job ended with {code!r}")
        remedy = "Look at the job in Tableau; publish the data source anew where its columns changed."
        raise Fatal(self.name, f"{what}: {said}" if said else what, place=f"job {key}", remedy=remedy)


class _Written:
    """A `.hyper` file for as long as it is needed: its path and how many rows it holds."""

    def __init__(self, vendor: str, table: Table, rows: Iterable[Row], removed: Sequence[str]) -> None:
        self._given = (table, rows, removed)
        self._vendor = vendor
        self._folder = TemporaryDirectory(prefix="pacta-tableau-")

    def __enter__(self) -> tuple[Path, int]:
        table, rows, removed = self._given
        path = Path(self._folder.name) / f"{table.name}.hyper"
        try:
            return path, write(self._vendor, path, table, rows, removed)
        except BaseException:
            self._folder.cleanup()
            raise

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def run_of(as_of: datetime, known_at: datetime) -> str:
    """A name for an update: as of when, knowing what."""
    return f"{as_of.isoformat()}/{known_at.isoformat()}"


def _actions(table: Table, rows: bool, removed: bool) -> list[dict[str, Any]]:
    """What the server does with an uploaded file: first what goes, then what comes."""
    condition = {"op": "eq", "source-col": table.key, "target-col": table.key}
    common = {
        "source-schema": SCHEMA,
        "target-schema": SCHEMA,
        "target-table": ROWS,
        "condition": condition,
    }
    actions: list[dict[str, Any]] = []
    if removed:
        actions.append({"action": "delete", "source-table": REMOVED, **common})
    if rows:
        actions.append({"action": "upsert", "source-table": ROWS, **common})
    return actions


PROFILE = Profile(
    kind="tableau",
    title="Tableau",
    area="risk and BI",
    settings=TableauSettings,
    make=lambda settings, http: Tableau(settings, http),
    writes=("obligations, assessments, money at stake and facts as data sources, whole or by changed rows",),
    proved=(
        ("own client", "tableauserverclient 0.42 drives the same stand-in; .hyper files by tableauhyperapi"),
        ("documentation", "publishing and updating against that stand-in"),
    ),
    waits=(
        "a real site: whether JSON is answered in the same shapes by every version",
        "how names with commas and colons are filtered",
    ),
)
