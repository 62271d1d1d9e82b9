"""The reading half of Asana's API: users, projects, sections, tasks, stories, custom fields, search."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.asana.answers import Routes, error, one, page, wrong
from sandbox.asana.records import INTEGRATION, WORKSPACE, Task, company, gid
from sandbox.asana.shapes import COMPACT_STORY, Json, day, instant, usual
from sandbox.errors import Refusal

if TYPE_CHECKING:
    from sandbox.asana.service import Asana

SORTS = ("modified_at", "created_at", "completed_at", "due_date", "likes")
SEARCHES = (
    "text", "completed", "resource_subtype", "projects.any", "sections.any", "assignee.any", "is_subtask",
    "sort_by", "sort_ascending", "limit", "opt_fields", "opt_pretty",
)  # fmt: skip
MOMENTS = ("created_at", "modified_at", "completed_at", "due_at")
DAYS = ("created_on", "modified_on", "completed_on", "due_on")


class Reads:
    def __init__(self, asana: "Asana") -> None:
        self.asana = asana

    def routes(self) -> Routes:
        return (
            ("GET", "/users", self.users),
            ("GET", "/users/{user}", self.user),
            ("GET", "/workspaces", self.workspaces),
            ("GET", "/workspaces/{workspace}", self.workspace),
            ("GET", "/workspaces/{workspace}/users", self.users),
            ("GET", "/workspaces/{workspace}/projects", self.projects),
            ("GET", "/workspaces/{workspace}/custom_fields", self.fields),
            ("GET", "/workspaces/{workspace}/tasks/search", self.search),
            ("GET", "/custom_fields/{field}", self.field),
            ("GET", "/projects", self.projects),
            ("GET", "/projects/{project}", self.project),
            ("GET", "/projects/{project}/tasks", self.project_tasks),
            ("GET", "/projects/{project}/sections", self.sections),
            ("GET", "/projects/{project}/custom_field_settings", self.settings),
            ("GET", "/projects/{project}/task_counts", self.counts),
            ("GET", "/status_updates", self.statuses),
            ("GET", "/sections/{section}", self.section),
            ("GET", "/sections/{section}/tasks", self.section_tasks),
            ("GET", "/tasks", self.tasks),
            ("GET", "/tasks/{task}", self.task),
            ("GET", "/tasks/{task}/subtasks", self.subtasks),
            ("GET", "/tasks/{task}/stories", self.stories),
            ("GET", "/tasks/{task}/projects", self.task_projects),
            ("GET", "/tasks/{task}/dependencies", self.dependencies),
            ("GET", "/stories/{story}", self.story),
        )

    # -- people and places --------------------------------------------------------------------------

    def _workspace(self, request: Request) -> None:
        asked = request.path_params.get("workspace") or request.query_params.get("workspace")
        if asked is None:
            return
        if not str(asked).isdigit():
            raise wrong(f"workspace: Not a recognized ID: {asked}")
        if asked != gid(*WORKSPACE):
            raise Refusal(error(404, f"workspace: Unknown object: {asked}"))

    async def users(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "users:read").shapes
        self._workspace(request)
        return page(request, list(company().people), lambda user: shapes.user(user) or {})

    async def user(self, request: Request) -> Response:
        """By gid, by address, or `me`."""
        shapes = self.asana.enter(request, "users:read").shapes
        user = self.find_user(str(request.path_params["user"]))
        return one(request, shapes.user(user) or {}, lambda full: usual(full, "user"))

    def find_user(self, asked: str, name: str = "user") -> str:
        if asked == "me":
            return INTEGRATION
        for user in company().people:
            if asked in (user, gid("user", user)):
                return user
        if not asked.isdigit() and "@" not in asked:
            raise wrong(f"{name}: Not a recognized ID: {asked}")
        raise Refusal(error(404, f"{name}: Unknown object: {asked}"))

    async def workspaces(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "workspaces:read").shapes
        return page(request, [0], lambda _: shapes.workspace())

    async def workspace(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "workspaces:read").shapes
        self._workspace(request)
        return one(request, shapes.workspace(), lambda full: usual(full, "workspace"))

    # -- projects -----------------------------------------------------------------------------------

    def find_project(self, asked: str, name: str = "project") -> str:
        for key, project in company().projects.items():
            if asked == gid("project", key) and project.created <= self.asana.sandbox.now:
                return key
        if not asked.isdigit():
            raise wrong(f"{name}: Not a recognized ID: {asked}")
        raise Refusal(error(404, f"{name}: Unknown object: {asked}"))

    def find_section(self, asked: str, name: str = "section") -> tuple[str, str]:
        for key, project in company().projects.items():
            for section in project.sections:
                if asked == gid("section", f"{key}:{section}"):
                    return key, section
        if not asked.isdigit():
            raise wrong(f"{name}: Not a recognized ID: {asked}")
        raise Refusal(error(404, f"{name}: Unknown object: {asked}"))

    async def projects(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "projects:read").shapes
        self._workspace(request)
        archived = request.query_params.get("archived")
        found = [
            key
            for key, project in company().projects.items()
            if project.created <= self.asana.sandbox.now
            and archived in (None, "true" if project.archived else "false")
        ]
        return page(request, found, shapes.project)

    async def project(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "projects:read").shapes
        key = self.find_project(str(request.path_params["project"]))
        return one(request, shapes.project(key), lambda full: usual(full, "project"))

    async def sections(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "projects:read").shapes
        key = self.find_project(str(request.path_params["project"]))
        return page(request, company().projects[key].sections, partial(shapes.section, key))

    async def section(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "projects:read").shapes
        key, name = self.find_section(str(request.path_params["section"]))
        return one(request, shapes.section(key, name), lambda full: usual(full, "section"))

    async def settings(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "projects:read").shapes
        key = self.find_project(str(request.path_params["project"]))
        found = [shapes.setting(key, name) for name in company().projects[key].fields]
        return page(request, found, lambda setting: setting, tuple(found[0]))

    async def counts(self, request: Request) -> Response:
        """Only what `opt_fields` names, as documented: nothing without it."""
        call = self.asana.enter(request, "projects:read")
        key = self.find_project(str(request.path_params["project"]))
        tasks = [self._values(task) for task in self.asana.visible() if call.shapes.belongs(task, key)]
        done = sum(bool(values["completed"]) for values in tasks)
        full = {
            "num_tasks": len(tasks),
            "num_completed_tasks": done,
            "num_incomplete_tasks": len(tasks) - done,
        }
        asked = request.query_params.get("opt_fields", "").split(",")
        return JSONResponse({"data": {name: full[name] for name in asked if name in full}})

    async def statuses(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "projects:read").shapes
        parent = request.query_params.get("parent")
        if not parent:
            raise wrong("parent: Missing input")
        key = self.find_project(parent, "parent")
        now = self.asana.sandbox.now
        found = [status for status in company().statuses if status.project == key and status.at <= now]
        return page(
            request, found[::-1], shapes.status, ("gid", "resource_type", "title", "resource_subtype")
        )

    # -- custom fields ------------------------------------------------------------------------------

    async def fields(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "custom_fields:read").shapes
        self._workspace(request)
        keys = tuple(shapes.field(next(iter(company().fields.values()))))
        return page(
            request, list(company().fields.values()), shapes.field, (*keys, "enum_options", "precision")
        )

    async def field(self, request: Request) -> Response:
        shapes = self.asana.enter(request, "custom_fields:read").shapes
        asked = str(request.path_params["field"])
        for field in company().fields.values():
            if gid("field", field.key) == asked:
                return one(request, shapes.field(field), dict)
        raise Refusal(error(404, f"custom_field: Unknown object: {asked}"))

    # -- tasks --------------------------------------------------------------------------------------

    def _values(self, task: Task) -> dict[str, Any]:
        return task.values(self.asana.sandbox.now)

    def _task(self, request: Request) -> Task:
        call = self.asana.enter(request, "tasks:read")
        return self.asana.find_task(str(request.path_params["task"]), app=call.app)

    def _open_since(self, task: Task, text: str | None) -> bool:
        """Whether the task is open, or was completed since then; everything without `completed_since`."""
        if text is None:
            return True
        done = task.completed(self.asana.sandbox.now)
        return done is None or done.at >= self._since(text, "completed_since")

    def _since(self, text: str, name: str) -> datetime:
        if text == "now":
            return self.asana.sandbox.now
        try:
            return instant(text)
        except ValueError as problem:
            raise wrong(f"{name}: Not a valid date: {text}") from problem

    async def tasks(self, request: Request) -> Response:
        call, asked = self.asana.enter(request, "tasks:read"), request.query_params
        if not any(asked.get(name) for name in ("project", "section", "tag")) and not (
            asked.get("assignee") and asked.get("workspace")
        ):
            raise wrong(
                "You should specify one of: project, tag, section, user task list, assignee + workspace"
            )
        self._workspace(request)
        tests: list[Callable[[Task], bool]] = []
        if asked.get("project"):
            project = self.find_project(asked["project"])
            tests.append(lambda task: project in self._values(task)["projects"])
        if asked.get("section"):
            key, name = self.find_section(asked["section"])
            tests.append(lambda task: self._values(task).get(f"section:{key}") == name)
        if asked.get("assignee"):
            user = self.find_user(asked["assignee"], "assignee")
            tests.append(lambda task: self._values(task)["assignee"] == user)
        if asked.get("modified_since"):
            since = self._since(asked["modified_since"], "modified_since")
            tests.append(lambda task: task.modified_at(self.asana.sandbox.now) >= since)
        tests.append(lambda task: self._open_since(task, asked.get("completed_since")))
        found = [task for task in self.asana.visible() if all(test(task) for test in tests)]
        return page(request, found, call.shapes.task)

    async def project_tasks(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:read")
        key = self.find_project(str(request.path_params["project"]))
        since = request.query_params.get("completed_since")
        found = [
            t
            for t in self.asana.visible()
            if key in self._values(t)["projects"] and self._open_since(t, since)
        ]
        return page(request, found, call.shapes.task)

    async def section_tasks(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:read")
        key, name = self.find_section(str(request.path_params["section"]))
        found = [task for task in self.asana.visible() if self._values(task).get(f"section:{key}") == name]
        return page(request, found, call.shapes.task)

    async def task(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:read")
        return one(request, call.shapes.task(self._task(request)), lambda full: usual(full, "task"))

    async def subtasks(self, request: Request) -> Response:
        call, parent = self.asana.enter(request, "tasks:read"), self._task(request)
        found = [task for task in self.asana.visible() if self._values(task)["parent"] == parent.gid]
        return page(request, found, call.shapes.task)

    async def task_projects(self, request: Request) -> Response:
        call = self.asana.enter(request, "projects:read")
        return page(request, self._values(self._task(request))["projects"], call.shapes.project)

    async def dependencies(self, request: Request) -> Response:
        call = self.asana.enter(request, "tasks:read")
        needed = [self.asana.tasks[key] for key in self._values(self._task(request))["dependencies"]]
        return page(request, needed, call.shapes.task)

    async def stories(self, request: Request) -> Response:
        call = self.asana.enter(request, "stories:read")
        return page(request, call.shapes.stories(self._task(request)), lambda story: story, COMPACT_STORY)

    async def story(self, request: Request) -> Response:
        call, asked = self.asana.enter(request, "stories:read"), str(request.path_params["story"])
        for task in self.asana.visible():
            for story in call.shapes.stories(task):
                if story["gid"] == asked:
                    extra = {key: story[key] for key in story if key.startswith(("old_", "new_"))}
                    return one(request, story, lambda full: usual(full, "story") | extra)  # noqa: B023
        raise Refusal(error(404, f"story: Unknown object: {asked}"))

    # -- search -------------------------------------------------------------------------------------

    async def search(self, request: Request) -> Response:
        """The advanced search: up to a hundred, not paged, newest change first unless asked otherwise."""
        call, asked = self.asana.enter(request, "tasks:read"), request.query_params
        self._workspace(request)
        tests = [test for name, value in asked.items() for test in self._search(name, value)]
        found = [task for task in self.asana.visible() if all(test(task) for test in tests)]
        sort = asked.get("sort_by", "modified_at")
        if sort not in SORTS:
            raise wrong(f"sort_by: Value is not one of {', '.join(SORTS)}")
        shown = {task.gid: call.shapes.task(task) for task in found}
        key = "due_on" if sort == "due_date" else "modified_at" if sort == "likes" else sort
        found.sort(key=lambda t: shown[t.gid][key] or "", reverse=asked.get("sort_ascending") != "true")
        limit = asked.get("limit", "20")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise wrong("limit: Limit must be between 1 and 100.")
        answer = page(request, found[: int(limit)], call.shapes.task)
        return answer

    def _search(self, name: str, value: str) -> list[Callable[[Task], bool]]:
        """The tests a parameter of the search stands for."""
        base, _, side = name.rpartition(".")
        if base in MOMENTS and side in ("before", "after"):
            return [self._dated(base, side, self._since(value, name))]
        if name in DAYS or (base in DAYS and side in ("before", "after")):
            return [self._on_day(base or name, side if base else "on", value)]
        if name.startswith("custom_fields."):
            return [self._custom(name, value)]
        if name not in SEARCHES:
            raise wrong(f"{name}: Unknown search parameter")
        listed = set(value.split(","))
        if name == "projects.any":
            keys = {self.find_project(each, "projects") for each in listed}
            return [lambda task: bool(keys & set(self._values(task)["projects"]))]
        if name == "sections.any":
            wanted = {self.find_section(each, "sections") for each in listed}
            return [lambda task: any(self._values(task).get(f"section:{key}") == s for key, s in wanted)]
        if name == "assignee.any":
            users = {"" if each == "null" else self.find_user(each, "assignee") for each in listed}
            return [lambda task: self._values(task)["assignee"] in users]
        simple: Mapping[str, Callable[[Task], bool]] = {
            "text": lambda task: (
                value.casefold()
                in (self._values(task)["name"] + "\n" + self._values(task)["notes"]).casefold()
            ),
            "completed": lambda task: self._values(task)["completed"] == (value == "true"),
            "resource_subtype": lambda task: self._values(task)["resource_subtype"] == value,
            "is_subtask": lambda task: bool(self._values(task)["parent"]) == (value == "true"),
        }
        return [simple[name]] if name in simple else []

    def _dated(self, name: str, side: str, moment: datetime) -> Callable[[Task], bool]:
        def dated(task: Task) -> bool:
            text = self.asana.shapes(app=True).task(task)[name]
            if text is None:
                return False
            at = datetime.fromisoformat(text)
            return at < moment if side == "before" else at > moment

        return dated

    def _on_day(self, name: str, side: str, value: str) -> Callable[[Task], bool]:
        if value == "null" and side == "on":
            return lambda task: not self.asana.shapes(app=True).task(task).get(name)
        try:
            wanted = day(value).isoformat()
        except ValueError as problem:
            raise wrong(f"{name}: Not a valid date: {value}") from problem

        def dated(task: Task) -> bool:
            shown: Json = self.asana.shapes(app=True).task(task)
            text = shown[name] if name == "due_on" else (shown[name.replace("_on", "_at")] or "")[:10]
            if not text:
                return False
            return bool({"on": text == wanted, "before": text < wanted, "after": text > wanted}[side])

        return dated

    def _custom(self, name: str, value: str) -> Callable[[Task], bool]:
        _, number, verb = [*name.split("."), "", ""][:3]
        field = next((f for f in company().fields.values() if gid("field", f.key) == number), None)
        if field is None:
            raise wrong(f"{name}: Unknown custom field")
        key = f"field:{field.key}"
        if verb == "is_set":
            return lambda task: bool(self._values(task).get(key)) == (value == "true")
        if verb == "contains" and field.type == "text":
            return lambda task: value.casefold() in str(self._values(task).get(key) or "").casefold()
        if verb != "value":
            raise wrong(f"{name}: This filter does not fit a field of type {field.type}")
        wanted = {gid("option", f"{field.key}:{each}"): each for each in field.options}.get(value, value)
        return lambda task: str(self._values(task).get(key) or "") == wanted
