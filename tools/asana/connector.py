"""Asana: milestones, reports and deeds from the tasks of configured projects in; tasks and comments out.

`read("task")` goes through each project's tasks changed since its watermark; `asana_tasks` turns one with
its stories into facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from obligations.document import Problem
from obligations.facts import Fact
from obligations.quantities import Frozen
from tools.asana.tasks import TaskFacts, instant, mapping, rows
from tools.kit.call import Answer, Params, segment
from tools.kit.errors import ConnectorError, NotFound, Skippable, Unauthorised, WrongAnswer
from tools.kit.hook_secrets import HookSecrets
from tools.kit.known import gone, packed, unpacked
from tools.kit.paging import LoopGuard, Page, Row, by_token
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, marks, marks_cursor, resume_at
from tools.kit.webhooks import (
    Handshake,
    WebhookEvent,
    WebhookSettings,
    delivery,
    echoed_secret,
    event_id,
    hmac_hex,
    json_object,
    moment,
    within,
)

if TYPE_CHECKING:
    from tools.asana.writer import AsanaWriter
    from tools.kit.http import Client

Names = tuple[str, ...]
Kind = Literal["milestone", "report_received", "deed", "none"]

_KINDS: dict[str, Kind] = {
    "milestone": "milestone",
    "approval": "milestone",
    "default_task": "none",
    "report": "report_received",
    "duty": "deed",
}
_TASK = (
    "name,resource_subtype,approval_status,completed,completed_at,completed_by.name,created_at,modified_at,"
    "due_at,due_on,permalink_url,memberships.project.name,memberships.section.name,custom_fields.name,"
    "custom_fields.type,custom_fields.display_value,custom_fields.text_value,custom_fields.number_value,"
    "custom_fields.enum_value.name,custom_fields.date_value.date,custom_fields.currency_code,custom_fields.format"
)
_STORY = (
    "created_at,created_by.name,resource_subtype,type,old_dates,new_dates,old_approval_status,"
    "new_approval_status,custom_field.name"
)

_ROUNDS = 4  # a list that shifts under its pages is read this many times at most


class Project(Frozen):
    """A project whose tasks are read. `kind` is what its ordinary tasks are, where not none; `party` and
    `contract` are what they are about where they do not say it themselves, `by` who carries them out."""

    gid: str = Field(pattern=r"^\d+$")
    kind: Kind | None = None
    party: str = ""
    contract: str = ""
    by: Literal["us", "counterparty", "unknown"] = "unknown"


class FieldMap(Frozen):
    """A custom field that is written: its gid and, for one with choices, the gid of each choice."""

    gid: str = Field(pattern=r"^\d+$")
    options: dict[str, str] = Field(default={})


class Tasks(Frozen):
    """How `create_task` is carried out. `find` says how a task of ours is found again: among those of the
    project by the reference in its text, or by its external gid, which takes an OAuth app of ours."""

    project: str = Field(default="", pattern=r"^\d*$")
    assignee: str = Field(default="", description="me, an address or a gid")
    find: Literal["list", "external"] = "list"


class Hooks(WebhookSettings):
    """Webhooks. Asana gives each its secret when it is set up: they are kept in the file `kept_in` (else in
    memory, until the process ends), no more than `most`."""

    kept_in: Path | None = None
    most: int = Field(default=1, ge=1)


class AsanaSettings(VendorSettings):
    """Settings of the Asana connector; `base_url` ends in /api/1.0."""

    kind: Literal["asana"] = "asana"
    projects: tuple[Project, ...] = Field(min_length=1)
    zone: Zone = Field(description="where a day begins for instants that become days")
    page_size: int = Field(default=100, ge=1, le=100)
    kinds: dict[str, Kind] = _KINDS
    kind_fields: Names = Field(
        default=("Type",), description="custom fields, by name or gid; first filled one"
    )
    name_kinds: dict[str, Kind] = Field(default={}, description="patterns of task names; the first that fits")
    accepted_fields: Names = Field(default=("Accepted on",), description="the day a milestone was accepted")
    party_fields: Names = ("Party", "Vendor", "Supplier")
    contract_fields: Names = ("Contract",)
    report_fields: Names = ("Report",)
    period_fields: Names = ("Period",)
    promise_fields: Names = ("Promise",)
    amount_fields: Names = ("Amount",)
    percent_fields: Names = ("Progress",)
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$", description="of amounts that name none")
    deleted: bool = Field(default=True, description="tell of tasks that are no longer there")
    history: bool = Field(default=True, description="milestones with their stories, a request for each")
    tasks: Tasks = Tasks()
    shared: bool = Field(default=True, description="others than our own people see the tasks")
    webhook: Hooks = Hooks()
    fields: dict[str, FieldMap] = Field(default={}, description="our names to custom fields, for set_fields")

    @field_validator("kinds")
    @classmethod
    def _over_defaults(cls, given: dict[str, Kind], info: ValidationInfo) -> dict[str, Kind]:
        return {**_KINDS, **{key.casefold(): value for key, value in given.items()}}

    def project_of(self, gid: str) -> Project | None:
        return next((project for project in self.projects if project.gid == gid), None)


class Tasklist:
    """Asana's interface: one object or a list under `data`, lists by offset tokens."""

    def __init__(self, name: str, http: Client) -> None:
        self.name = name
        self.http = http

    def pages(self, path: str, params: Params, place: str) -> Iterator[tuple[list[Row], Answer]]:
        """Pages of a list, each with its answer."""
        answers: list[Answer] = []

        def fetch(offset: str | None) -> Page:
            answer = self.http.get(path, {**params, **({"offset": offset} if offset else {})})
            answers.append(answer)
            body = answer.data if isinstance(answer.data, dict) else {}
            found, following = body.get("data"), body.get("next_page")
            if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
                raise WrongAnswer(self.name, "no list in the answer", place=place)
            token = following.get("offset") if isinstance(following, dict) else None
            return Page(found, bool(token), str(token) if token else None)

        for page in by_token(fetch, LoopGuard(self.name, place)):
            yield [*page.rows], answers[-1]

    def one(self, path: str, params: Params | None = None) -> Row:
        return self.object(self.http.get(path, params), f"GET {path}")

    def object(self, answer: Answer, place: str) -> Row:
        held = answer.data.get("data") if isinstance(answer.data, dict) else None
        if not isinstance(held, dict):
            raise WrongAnswer(self.name, "no object in the answer", place=place)
        return held

    def stories(self, task: str, fields: str = _STORY) -> list[Row]:
        path = f"/tasks/{segment(task)}/stories"
        pages = self.pages(path, {"opt_fields": fields, "limit": 100}, f"GET {path}")
        return [row for page, _ in pages for row in page]


class Asana:
    """Reads tasks of configured projects."""

    def __init__(self, settings: AsanaSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._tasks = Tasklist(self.name, http)
        self._closed: dict[str, ConnectorError] = {}
        self._secrets = HookSecrets(settings.webhook.kept_in, settings.webhook.most)

    def check(self) -> Health:
        trials: dict[str, Callable[[], object]] = {"our user": lambda: self._tasks.one("/users/me")}
        for project in self.settings.projects:
            params: dict[str, str | int] = {"project": project.gid, "limit": 1}
            trials[f"project {project.gid}"] = lambda asked=params: next(  # type: ignore[misc]
                self._tasks.pages("/tasks", asked, "GET /tasks")
            )
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        facts = ("milestone", "report_received", "deed")
        return (Stream(kind="task", label="Tasks", facts=facts, watermark="modified_at"),)

    def writer(self) -> AsanaWriter:
        from tools.asana.writer import AsanaWriter

        return AsanaWriter(self.settings, self._tasks)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Tasks changed since the cursor, project by project.

        The cursor holds a watermark for each project, so that a read that was interrupted goes on with the
        projects it had not finished.
        """
        if kind != "task":
            raise unknown_kind(self.name, kind, self.discover())
        held = marks(self.name, cursor)
        self._closed = {}
        told: set[str] = set()
        for project in self.settings.projects:
            since = resume_at(self.name, held.get(project.gid), self.settings.overlap)
            known = unpacked(self.name, held.get(f"known {project.gid}", ""))
            read: set[str] = set()
            for found, problems, reached in self._changed(project, since):
                if reached is not None:
                    held[project.gid] = furthest(held.get(project.gid), reached)
                records = tuple(self._composed(row, project) for row in found)
                read |= {
                    each.id for each in records if TaskFacts(self.settings, self.name, each).kind != "none"
                }
                told_now = (*problems, *self._unreadable(told))
                yield Batch(records=records, cursor=marks_cursor(held), problems=told_now)
            if self.settings.deleted and project.gid in held:
                lost, problems = self._gone(project, known - read)
                held[f"known {project.gid}"] = packed({gid for gid in known | read if gid.isdecimal()} - lost)
                yield Batch(records=(), cursor=marks_cursor(held), problems=tuple(problems))

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a task, pure. Raises Skippable."""
        with readable(self.name, f"task {raw.id}", "Correct the task, or the settings."):
            return TaskFacts(self.settings, self.name, raw).facts()

    def verify_webhook(
        self, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
    ) -> WebhookEvent | Handshake:
        """The answer to a handshake, or the events of a delivery, upon which tasks are read again. One
        without events is a sign of life. Raises SignatureError."""
        given = delivery(self.name, raw_body, headers, at)
        handshake = echoed_secret(given, "X-Hook-Secret", self._secrets)
        if handshake is not None:
            return handshake
        own = self.settings.webhook
        keys = (*(secret.get_secret_value() for secret in own.secrets), *self._secrets.all())
        hmac_hex("x-hook-signature")(given, keys)
        body = json_object(given)
        events = rows(body.get("events"))
        times = [found for event in events if (found := moment(event.get("created_at")))]
        actions = dict.fromkeys(str(event.get("action") or "") for event in events)
        return WebhookEvent(
            id=event_id(given),
            event=",".join(actions) or "heartbeat",
            streams=("task",) if events else (),
            sent_at=within(given, max(times), own.window) if times else None,
            payload=body,
        )

    def _changed(
        self, project: Project, since: datetime | None
    ) -> Iterator[tuple[list[Row], list[Problem], datetime | None]]:
        """Pages of a project's tasks, with problems, and at their end how far they reach.

        Asana keeps no order of change, so nothing is reached before the end; and a task changed while we
        read may have been passed already, so it is reached no further than when the reading began. A task
        met on two pages shows that the list shifted under them: it is read again until nothing new is found.
        """
        params: dict[str, str | int] = {
            "project": project.gid,
            "opt_fields": _TASK,
            "limit": self.settings.page_size,
        }
        if since is not None:
            params["modified_since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        began: datetime | None = None
        newest: datetime | None = None
        seen: set[tuple[str, datetime]] = set()
        for again in range(_ROUNDS):
            guard, shifted, found_more = LoopGuard(self.name, "GET /tasks"), False, False
            passed: set[tuple[str, datetime]] = set()
            for number, (found, answer) in enumerate(self._tasks.pages("/tasks", params, "GET /tasks")):
                began = began or answer.made_at
                stamps, good, problems = self._stamped(found)
                guard.not_before(stamps, since)
                guard.rows(stamps or [repr(row) for row in found], number)
                newest = max(
                    [*(changed for _, changed in stamps), *([newest] if newest else [])], default=None
                )
                fresh = [row for row, stamp in zip(good, stamps, strict=True) if stamp not in seen]
                shifted, found_more = shifted or not passed.isdisjoint(stamps), found_more or bool(fresh)
                passed.update(stamps)
                seen.update(stamps)
                yield fresh, [] if again else problems, None
            if not shifted or (again and not found_more):
                yield [], [], min(newest, began) if newest and began else newest
                return

    def _gone(self, project: Project, known: set[str]) -> tuple[set[str], list[Problem]]:
        """Those of the tasks known before that the project no longer has, and what a person is told of each.
        A list may pass one over while it shifts, so each that it lacks is asked for by itself."""
        if not known:
            return set(), []
        params: dict[str, str | int] = {"project": project.gid, "opt_fields": "gid", "limit": 100}
        for found, _ in self._tasks.pages("/tasks", params, "GET /tasks"):
            known = known - {str(row.get("gid")) for row in found}
        lost: dict[str, str] = {}
        for gid in sorted(known, key=int):
            try:
                task = self._tasks.one(f"/tasks/{gid}", {"opt_fields": "memberships.project.gid"})
            except NotFound:
                lost[gid] = "a task was deleted"
                continue
            places = task.get("memberships")
            if isinstance(places, list) and not any(
                mapping(mapping(place).get("project")).get("gid") == project.gid for place in places
            ):
                lost[gid] = f"a task was taken out of project {project.gid}"
        problems = [
            problem for gid, what in lost.items() for problem in gone(self.name, what, [f"task {gid}"])
        ]
        return set(lost), problems

    def _stamped(self, found: list[Row]) -> tuple[list[tuple[str, datetime]], list[Row], list[Problem]]:
        """The tasks that say when they changed, with gid and time; a problem for each other one."""
        stamps, good, problems = [], [], []
        for row in found:
            try:
                stamps.append((str(row.get("gid")), self._modified(row)))
                good.append(row)
            except Skippable as error:
                problems.append(error.problem())
        return stamps, good, problems

    def _composed(self, row: Row, project: Project) -> RawRecord:
        """A task with its stories, where they matter: a milestone's days and steps."""
        gid = str(row["gid"])
        data: dict[str, Any] = {"task": row, "project": project.gid, "stories": []}
        raw = RawRecord(kind="task", id=gid, data=data, updated_at=self._modified(row))
        wanted = self.settings.history and TaskFacts(self.settings, self.name, raw).kind == "milestone"
        if wanted and "stories" not in self._closed:
            try:
                return raw.model_copy(update={"data": {**data, "stories": self._tasks.stories(gid)}})
            except NotFound:
                return raw  # deleted since the list was made
            except Unauthorised as error:
                if error.status == 401:
                    raise
                self._closed["stories"] = error
        return raw

    def _unreadable(self, told: set[str]) -> tuple[Problem, ...]:
        new = [what for what in self._closed if what not in told]
        told.update(new)
        return tuple(
            Problem(
                stage="sync",
                what=f"{self.name}: {what} cannot be read, so earlier days of milestones are unknown",
                place=self._closed[what].place,
                remedy="Give our user the rights for it.",
            )
            for what in new
        )

    def _modified(self, row: Mapping[str, Any]) -> datetime:
        try:
            found = instant(row.get("modified_at"))
        except ValueError:
            found = None
        if found is None or not row.get("gid"):
            raise Skippable(
                self.name, "a task without gid or readable modified_at", place=str(row.get("gid"))
            )
        return found


PROFILE = Profile(
    kind="asana",
    title="Asana",
    area="work",
    settings=AsanaSettings,
    make=Asana,
    reads=("milestones and approvals with their stories", "completed reports and duties", "webhooks"),
    writes=("tasks", "comments", "custom fields"),
    proved=(
        ("specification", "every request"),
        ("own client", "asana 5.4.0 drives the same stand-in"),
        ("documentation", "reads, writes and webhooks against that stand-in"),
    ),
    waits=(
        "external gids: tried against a stand-in only; without an OAuth app tasks are found by their text",
        "which story subtypes a workspace's own automation writes",
    ),
)
