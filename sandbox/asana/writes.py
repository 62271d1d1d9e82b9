"""The writing half of Asana's API: tasks, their places, comments.

A field that cannot be written is refused by name, and nothing is written when one of them is wrong.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.asana import text as rich
from sandbox.asana.answers import Routes, data, error, one, wrong
from sandbox.asana.reads import Reads
from sandbox.asana.records import Change, Comment, Field, Task, blank, company, gid
from sandbox.asana.shapes import Json, day, instant, usual
from sandbox.errors import Refusal

if TYPE_CHECKING:
    from sandbox.asana.service import Asana, Call

SUBTYPES = ("default_task", "milestone", "approval")
APPROVALS = ("pending", "approved", "rejected", "changes_requested")
READ_ONLY = (
    "gid", "resource_type", "created_at", "created_by", "completed_at", "modified_at", "memberships",
    "num_likes", "num_subtasks", "permalink_url", "hearts", "likes", "hearted", "num_hearts",
    "dependencies", "dependents", "is_rendered_as_separator", "actual_time_minutes",
)  # fmt: skip
ONLY_NEW = ("workspace", "projects", "parent", "followers", "tags")
IGNORED = ("liked", "assignee_status", "start_at", "assignee_section")
LONGEST_NAME = 1024


class Writes:
    def __init__(self, asana: "Asana") -> None:
        self.asana = asana
        self.reads = Reads(asana)

    def routes(self) -> Routes:
        return (
            ("POST", "/tasks", self.create),
            ("PUT", "/tasks/{task}", self.change),
            ("DELETE", "/tasks/{task}", self.delete),
            ("POST", "/tasks/{task}/subtasks", self.create),
            ("POST", "/tasks/{task}/stories", self.comment),
            ("PUT", "/stories/{story}", self.edit_story),
            ("DELETE", "/stories/{story}", self.delete_story),
            ("POST", "/tasks/{task}/addProject", self.add_project),
            ("POST", "/tasks/{task}/removeProject", self.remove_project),
            ("POST", "/tasks/{task}/addFollowers", self.followers),
            ("POST", "/tasks/{task}/removeFollowers", self.followers),
            ("POST", "/tasks/{task}/addDependencies", self.dependencies),
            ("POST", "/sections/{section}/addTask", self.add_to_section),
        )

    # -- values -------------------------------------------------------------------------------------

    def values(
        self, given: Mapping[str, Any], call: "Call", new: bool, projects: Iterable[str]
    ) -> dict[str, Any]:
        """What the database keeps for a task's JSON."""
        found: dict[str, Any] = {}
        for name, value in given.items():
            if name in READ_ONLY and not (new and name == "memberships"):
                raise wrong(f"{name}: Cannot write this property")
            if name in ONLY_NEW:
                if not new:
                    raise wrong(f"{name}: Cannot be changed here; there is a request of its own for it")
            elif name == "custom_fields":
                found |= self._custom(value, projects)
            elif name == "external":
                found[name] = self._external(value, call)
            elif name in PARSERS:
                found |= PARSERS[name](self, value)
            elif name not in IGNORED and name != "memberships":
                raise wrong(f"{name}: Unknown property")
        if given.get("due_on") and given.get("due_at"):
            raise wrong("You may only provide one of due_on or due_at!")
        return found

    def _external(self, value: Any, call: "Call") -> Any:
        """Kept for the app that wrote it: a personal token has no such place."""
        if not call.app:
            raise Refusal(error(403, "external: Only an app that came by OAuth may use external data."))
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) - {"gid", "data"}:
            raise wrong("external: Value is not an object with gid and data")
        for task in self.asana.tasks.values():
            held = task.values(self.asana.sandbox.now)["external"] or {}
            if value.get("gid") and held.get("gid") == value["gid"]:
                raise wrong(f"external: The gid {value['gid']} is taken")
        return dict(value)

    def _custom(self, given: Any, projects: Iterable[str]) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise wrong("custom_fields: Value is not an object")
        held = {key for project in projects for key in company().projects[project].fields}
        fields = {gid("field", key): company().fields[key] for key in held}
        found = {}
        for number, value in given.items():
            if number not in fields:
                raise wrong(f"custom_fields: Custom field with ID {number} is not on given object")
            found[f"field:{fields[number].key}"] = _field_value(fields[number], value)
        return found

    def user(self, value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise wrong(f"{name}: Value is not a string")
        try:
            return self.reads.find_user(value, name)
        except Refusal as refusal:
            raise wrong(f"{name}: Not a user in Organization: {value}") from refusal

    # -- tasks --------------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:write")
        given = await data(request)
        if "task" in request.path_params:
            given = {**given, "parent": request.path_params["task"]}
        projects, sections = self._places(given)
        parent = self._parent(given.get("parent"), call)
        workspace = given.get("workspace")
        if not (workspace or projects or parent):
            raise wrong("You must specify a workspace, a project or a parent for a new task.")
        if workspace and workspace != gid("workspace", "tessaly"):
            raise wrong(f"workspace: Unknown object: {workspace}")
        values = self.values(given, call, True, projects)
        followers = [call.user, *(self.user(one, "followers") for one in given.get("followers") or [])]
        numbers = self.asana.numbers
        seq = numbers.next()
        opening = blank() | values | sections | {"projects": tuple(projects), "parent": parent}
        opening["followers"] = tuple(dict.fromkeys([*followers, *filter(None, [opening["assignee"]])]))
        if opening["resource_subtype"] == "approval" and not opening["approval_status"]:
            opening["approval_status"] = "pending"
        done = opening.pop("completed")
        task = Task(
            gid("task", f"new{seq}"), seq, self.asana.sandbox.now, call.user, opening | {"completed": False}
        )
        self.asana.tasks[task.gid] = task
        if done:
            self.note(task, {"completed": True}, call.user)
        self.asana.hooks.happened(self.asana)
        return self._shown(request, call, task, 201)

    def _places(self, given: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
        """The projects of a new task, and in which of their sections it stands."""
        named = given.get("projects") or []
        if isinstance(named, str):
            named = [named]
        projects = [self._project(one) for one in named]
        chosen = {}
        for membership in given.get("memberships") or []:
            key = self._project(membership.get("project"))
            projects.append(key)
            if membership.get("section"):
                own, name = self.reads.find_section(str(membership["section"]), "memberships.section")
                if own != key:
                    raise wrong("memberships: The section is not of this project")
                chosen[key] = name
        projects = list(dict.fromkeys(projects))
        return projects, {
            f"section:{key}": chosen.get(key, company().projects[key].sections[0]) for key in projects
        }

    def _project(self, asked: Any) -> str:
        if not isinstance(asked, str):
            raise wrong("projects: Value is not a string")
        return self.reads.find_project(asked, "projects")

    def _parent(self, asked: Any, call: "Call") -> str | None:
        return self.asana.find_task(str(asked), "parent", call.app).gid if asked else None

    def _shown(self, request: Request, call: "Call", task: Task, status: int = 200) -> Response:
        return one(request, call.shapes.task(task), lambda full: usual(full, "task"), status)

    def _task(self, request: Request, call: "Call") -> Task:
        return self.asana.find_task(str(request.path_params["task"]), app=call.app)

    async def change(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:write")
        task, given = self._task(request, call), await data(request)
        values = self.values(given, call, False, task.values(self.asana.sandbox.now)["projects"])
        if "due_on" in values and "due_at" not in values:
            values["due_at"] = None
        if values.get("approval_status") and task.opening["resource_subtype"] == "approval":
            values["completed"] = values["approval_status"] != "pending"
        self.note(task, values, call.user)
        self.asana.hooks.happened(self.asana)
        return self._shown(request, call, task)

    def note(self, task: Task, values: Mapping[str, Any], user: str) -> None:
        """Write into the task's log what changes something."""
        now = self.asana.sandbox.now
        held = task.values(now)
        fresh = {name: value for name, value in values.items() if held.get(name) != value}
        if fresh:
            task.changes.append(Change(self.asana.numbers.next(), now, user, fresh))
            task.changes.sort(key=lambda change: (change.at, change.seq))

    async def delete(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:delete")
        self.note(self._task(request, call), {"deleted": True}, call.user)
        self.asana.hooks.happened(self.asana)
        return JSONResponse({"data": {}})

    # -- places -------------------------------------------------------------------------------------

    async def add_project(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:write")
        task, given = self._task(request, call), await data(request)
        if not given.get("project"):
            raise wrong("project: Missing input")
        key = self._project(given["project"])
        section = company().projects[key].sections[0]
        if given.get("section"):
            own, section = self.reads.find_section(str(given["section"]))
            if own != key:
                raise wrong("section: The section is not of this project")
        self._place(task, key, section, call)
        return JSONResponse({"data": {}})

    def _place(self, task: Task, key: str, section: str, call: "Call") -> None:
        held = task.values(self.asana.sandbox.now)["projects"]
        values = {"projects": tuple(dict.fromkeys([*held, key])), f"section:{key}": section}
        self.note(task, values, call.user)
        self.asana.hooks.happened(self.asana)

    async def remove_project(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:write")
        task, given = self._task(request, call), await data(request)
        if not given.get("project"):
            raise wrong("project: Missing input")
        key, held = self._project(given["project"]), task.values(self.asana.sandbox.now)["projects"]
        self.note(task, {"projects": tuple(one for one in held if one != key)}, call.user)
        self.asana.hooks.happened(self.asana)
        return JSONResponse({"data": {}})

    async def add_to_section(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:write")
        key, section = self.reads.find_section(str(request.path_params["section"]))
        asked = (await data(request)).get("task")
        if not asked:
            raise wrong("task: Missing input")
        self._place(self.asana.find_task(str(asked), app=call.app), key, section, call)
        return JSONResponse({"data": {}})

    async def followers(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:write")
        task, given = self._task(request, call), await data(request)
        asked = given.get("followers")
        users = [
            self.user(one, "followers")
            for one in (asked.split(",") if isinstance(asked, str) else asked or [])
        ]
        held = list(task.values(self.asana.sandbox.now)["followers"])
        adding = request.url.path.endswith("addFollowers")
        left = [*held, *users] if adding else [user for user in held if user not in users]
        self.note(task, {"followers": tuple(dict.fromkeys(left))}, call.user)
        self.asana.hooks.happened(self.asana)
        return self._shown(request, call, task)

    async def dependencies(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:write")
        task, given = self._task(request, call), await data(request)
        needed = [
            self.asana.find_task(str(key), "dependencies").gid for key in given.get("dependencies") or []
        ]
        held = task.values(self.asana.sandbox.now)["dependencies"]
        self.note(task, {"dependencies": tuple(dict.fromkeys([*held, *needed]))}, call.user)
        self.asana.hooks.happened(self.asana)
        return JSONResponse({"data": {}})

    # -- stories ------------------------------------------------------------------------------------

    async def comment(self, request: Request) -> Response:
        call = self.asana.enter(request, "stories:write")
        task, text = self._task(request, call), _words(await data(request))
        seq = self.asana.numbers.next()
        comment = Comment(seq, gid("story", f"c{seq}"), call.user, [(self.asana.sandbox.now, text)])
        task.comments.append(comment)
        self.asana.hooks.happened(self.asana)
        return one(request, call.shapes.comment(task, comment), lambda full: usual(full, "story"), 201)

    def _comment(self, request: Request, call: "Call") -> tuple[Task, Comment]:
        asked = str(request.path_params["story"])
        for task in self.asana.visible():
            for comment in task.said(self.asana.sandbox.now):
                if comment.gid == asked:
                    if comment.by != call.user:
                        raise Refusal(error(403, "You can only change your own comments."))
                    return task, comment
        raise Refusal(error(404, f"story: Unknown object: {asked}"))

    async def edit_story(self, request: Request) -> Response:
        call = self.asana.enter(request, "stories:write")
        task, comment = self._comment(request, call)
        comment.texts.append((self.asana.sandbox.now, _words(await data(request))))
        self.asana.hooks.happened(self.asana)
        return one(request, call.shapes.comment(task, comment), lambda full: usual(full, "story"))

    async def delete_story(self, request: Request) -> Response:
        call = self.asana.enter(request, "stories:write")
        _, comment = self._comment(request, call)
        comment.deleted_at = self.asana.sandbox.now
        self.asana.hooks.happened(self.asana)
        return JSONResponse({"data": {}})


def _words(given: Json) -> str:
    """The text of a comment, from plain or from html text, which has to be one body."""
    if "html_text" in given:
        return _rich("html_text", given["html_text"])
    if not isinstance(given.get("text"), str) or not given["text"]:
        raise wrong("text: Missing input")
    return str(given["text"])


def _field_value(field: Field, value: Any) -> str:
    """The value of a custom field as the database keeps it; empty takes it away."""
    if value is None:
        return ""
    if field.type == "enum":
        for name in field.options:
            if value == gid("option", f"{field.key}:{name}"):
                return name
        raise wrong(f"custom_fields: {value}: Not an option of this field")
    if field.type == "number":
        try:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidOperation
            return str(round(Decimal(str(value)), field.precision))
        except InvalidOperation as problem:
            raise wrong("custom_fields: Value is not a number") from problem
    if field.type == "date":
        try:
            return (
                day(value["date"]).isoformat()
                if value.get("date")
                else instant(value["date_time"]).date().isoformat()
            )
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise wrong("custom_fields: Value is not a date object") from problem
    if not isinstance(value, str):
        raise wrong("custom_fields: Value is not a string")
    return value


def _text(name: str) -> Callable[[Writes, Any], dict[str, Any]]:
    def parse(writes: Writes, value: Any) -> dict[str, Any]:
        if not isinstance(value, str):
            raise wrong(f"{name}: Value is not a string")
        if name == "name" and len(value) > LONGEST_NAME:
            raise wrong(f"name: Value is too long (more than {LONGEST_NAME} characters)")
        return {name: value}

    return parse


def _html(writes: Writes, value: Any) -> dict[str, Any]:
    return {"notes": _rich("html_notes", value)}


def _rich(name: str, value: Any) -> str:
    try:
        return rich.read(str(value))
    except ValueError as problem:
        raise wrong(f"{name}: XML is invalid: {problem}") from problem


def _flag(writes: Writes, value: Any) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise wrong("completed: Value is not a boolean")
    return {"completed": value}


def _among(name: str, allowed: tuple[str, ...]) -> Callable[[Writes, Any], dict[str, Any]]:
    def parse(writes: Writes, value: Any) -> dict[str, Any]:
        if value not in allowed:
            raise wrong(f"{name}: Value is not one of {', '.join(allowed)}")
        return {name: value}

    return parse


def _day(name: str) -> Callable[[Writes, Any], dict[str, Any]]:
    def parse(writes: Writes, value: Any) -> dict[str, Any]:
        try:
            return {name: day(value).isoformat() if value is not None else None}
        except ValueError as problem:
            raise wrong(f"{name}: Not a valid date: {value}") from problem

    return parse


def _moment(writes: Writes, value: Any) -> dict[str, Any]:
    try:
        moment: datetime | None = instant(value) if value is not None else None
    except ValueError as problem:
        raise wrong(f"due_at: Not a valid date: {value}") from problem
    return {"due_at": moment, "due_on": None}


def _assignee(writes: Writes, value: Any) -> dict[str, Any]:
    return {"assignee": writes.user(value, "assignee") if value is not None else ""}


PARSERS: Mapping[str, Callable[[Writes, Any], dict[str, Any]]] = {
    "name": _text("name"),
    "notes": _text("notes"),
    "html_notes": _html,
    "completed": _flag,
    "assignee": _assignee,
    "due_on": _day("due_on"),
    "due_at": _moment,
    "start_on": _day("start_on"),
    "resource_subtype": _among("resource_subtype", SUBTYPES),
    "approval_status": _among("approval_status", APPROVALS),
}
