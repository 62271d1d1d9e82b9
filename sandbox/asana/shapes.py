"""How Asana writes its records as JSON, and how `opt_fields` chooses from them.

Every record is built in full first. Without `opt_fields` a list gives compact records, a single request the
usual ones; with them a record is its gid and what the paths name. Objects that no path goes into come as
gid and type only; custom fields, their options and what has no gid of its own come as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.asana import text as rich
from sandbox.asana.records import WORKSPACE, Change, Comment, Field, Status, Task, company, gid, stamp

Json = dict[str, Any]
ZONE = ZoneInfo("Europe/Berlin")
COMPACT = ("gid", "resource_type", "name", "resource_subtype")
WHOLE = (
    "custom_fields", "custom_field", "custom_field_settings", "enum_options", "enum_value", "new_enum_value",
    "old_enum_value", "external",
)  # fmt: skip
USUAL = {
    "task": (
        "gid", "actual_time_minutes", "assignee", "assignee_status", "completed", "completed_at",
        "created_at", "custom_fields", "due_at", "due_on", "followers", "hearted", "hearts", "liked",
        "likes", "memberships", "modified_at", "name", "notes", "num_hearts", "num_likes", "parent",
        "permalink_url", "projects", "resource_type", "resource_subtype", "start_at", "start_on", "tags",
        "workspace",
    ),
    "project": (
        "gid", "archived", "color", "completed", "completed_at", "created_at", "current_status_update",
        "custom_fields", "custom_field_settings", "default_view", "due_date", "due_on", "followers",
        "members", "modified_at", "name", "notes", "owner", "permalink_url", "public", "resource_type",
        "start_on", "team", "workspace",
    ),
    "user": (
        "gid", "email", "name", "photo", "resource_type", "workspaces",
    ),
    "section": (
        "gid", "created_at", "name", "project", "projects", "resource_type",
    ),
    "story": (
        "gid", "created_at", "created_by", "resource_type", "resource_subtype", "text", "type",
        "is_pinned", "is_editable", "is_edited", "hearted", "hearts", "num_hearts", "liked", "likes",
        "num_likes", "source", "target", "previews",
    ),
    "status_update": (
        "gid", "author", "created_at", "created_by", "modified_at", "parent", "resource_subtype",
        "resource_type", "status_type", "text", "title",
    ),
    "workspace": (
        "gid", "email_domains", "is_organization", "name", "resource_type",
    ),
}  # fmt: skip
COMPACT_STORY = ("gid", "created_at", "created_by", "resource_type", "resource_subtype", "text", "type")
# What a change of an attribute is called among stories.
STORIES = {
    "name": "name_changed",
    "notes": "notes_changed",
    "due_on": "due_date_changed",
    "due_at": "due_date_changed",
    "start_on": "due_date_changed",
    "approval_status": "approval_status_changed",
}


def compact(value: Any, keys: Iterable[str] = COMPACT) -> Any:
    """A record in its compact form; what is no record as it is."""
    if isinstance(value, list):
        return [compact(one, keys) for one in value]
    if isinstance(value, dict) and "gid" in value:
        return {key: value[key] for key in keys if key in value}
    return value


def usual(full: Json, kind: str) -> Json:
    """The record as a single request gives it without `opt_fields`."""
    shown: Json = {}
    for key in USUAL[kind]:
        if key not in full:
            continue
        if key == "memberships":
            shown[key] = [{name: compact(one) for name, one in each.items()} for each in full[key]]
        else:
            shown[key] = full[key] if key in WHOLE else compact(full[key])
    return shown | {key: compact(full[key]) for key in full if key in ("approval_status",) and full[key]}


def chosen(value: Any, paths: Sequence[Sequence[str]], whole: bool = False) -> Any:
    """What the paths of `opt_fields` leave of a record."""
    if isinstance(value, list):
        return [chosen(one, paths, whole) for one in value]
    if not isinstance(value, dict):
        return value
    inner: dict[str, list[Sequence[str]]] = {}
    for path in paths:
        if path and path[0] in value:
            inner.setdefault(path[0], []).append(path[1:])
    if not inner:
        keep_all = whole or "gid" not in value
        return value if keep_all else {key: value[key] for key in ("gid", "resource_type") if key in value}
    picked = {"gid": value["gid"]} if "gid" in value else {}
    for name, rest in inner.items():
        deeper = [path for path in rest if path]
        picked[name] = chosen(value[name], deeper, whole=name in WHOLE)
    return picked


@dataclass(frozen=True)
class Shapes:
    """Writes records at one instant. `app` tells whether an OAuth app asks: only it sees `external`."""

    now: datetime
    tasks: Mapping[str, Task]
    app: bool

    def workspace(self) -> Json:
        return {
            "gid": gid(*WORKSPACE),
            "resource_type": "workspace",
            "name": "Tessaly Instruments GmbH",
            "email_domains": ["tessaly.example"],
            "is_organization": True,
        }

    def team(self) -> Json:
        return {"gid": gid("team", "programmes"), "resource_type": "team", "name": "Programmes"}

    def user(self, user: str) -> Json | None:
        person = company().people.get(user)
        if person is None:
            return None
        return {
            "gid": gid("user", user),
            "resource_type": "user",
            "name": person.name,
            "email": user,
            "photo": None,
            "workspaces": [self.workspace()],
        }

    def users(self, names: Iterable[str]) -> list[Json | None]:
        return [self.user(name) for name in names]

    def named(self, number: str) -> tuple[str, str]:
        """The type and name of what a mention leads to."""
        for user, person in company().people.items():
            if gid("user", user) == number:
                return "user", person.name
        for key, project in company().projects.items():
            if gid("project", key) == number:
                return "project", project.name
        task = self.tasks.get(number)
        return ("task", str(task.values(self.now)["name"])) if task else ("user", "Unknown")

    # -- projects -----------------------------------------------------------------------------------

    def project(self, key: str) -> Json:
        given = company().projects[key]
        updates = [one for one in company().statuses if one.project == key and one.at <= self.now]
        return {
            "gid": gid("project", key),
            "resource_type": "project",
            "name": given.name,
            "archived": given.archived,
            "color": None,
            "completed": False,
            "completed_at": None,
            "created_at": stamp(given.created),
            "current_status_update": self.status(updates[-1], nested=True) if updates else None,
            "custom_fields": [],
            "custom_field_settings": [self.setting(key, name) for name in given.fields],
            "default_view": "list",
            "due_date": None,
            "due_on": None,
            "followers": [self.user(given.owner)],
            "members": [self.user(given.owner)],
            "modified_at": stamp(self._touched(key)),
            "notes": given.notes,
            "owner": self.user(given.owner),
            "permalink_url": f"https://app.asana.com/0/{gid('project', key)}",
            "public": True,
            "start_on": None,
            "team": self.team(),
            "workspace": self.workspace(),
        }

    def _touched(self, key: str) -> datetime:
        changed = [task.modified_at(self.now) for task in self.tasks.values() if self.belongs(task, key)]
        return max(changed, default=company().projects[key].created)

    def belongs(self, task: Task, key: str) -> bool:
        return task.created_at <= self.now and key in task.values(self.now)["projects"]

    def section(self, project: str, name: str) -> Json:
        home = {
            "gid": gid("project", project),
            "resource_type": "project",
            "name": company().projects[project].name,
        }
        return {
            "gid": gid("section", f"{project}:{name}"),
            "resource_type": "section",
            "name": name,
            "created_at": stamp(company().projects[project].created),
            "project": home,
            "projects": [home],
        }

    def status(self, given: Status, nested: bool = False) -> Json:
        parent = {} if nested else {"parent": compact(self.project(given.project))}
        return {
            "gid": gid("status", f"{given.project}:{given.at.isoformat()}"),
            "resource_type": "status_update",
            "resource_subtype": "project_status_update",
            "title": given.title,
            "text": given.text,
            "status_type": given.type,
            "author": self.user(given.by),
            "created_by": self.user(given.by),
            "created_at": stamp(given.at),
            "modified_at": stamp(given.at),
            **parent,
        }

    # -- custom fields ------------------------------------------------------------------------------

    def options(self, field: Field) -> list[Json]:
        return [
            {
                "gid": gid("option", f"{field.key}:{name}"),
                "resource_type": "enum_option",
                "name": name,
                "enabled": True,
                "color": "none",
            }
            for name in field.options
        ]

    def field(self, field: Field) -> Json:
        shown: Json = {
            "gid": gid("field", field.key),
            "resource_type": "custom_field",
            "name": field.name,
            "type": field.type,
            "resource_subtype": field.type,
            "representation_type": field.type,
            "enabled": True,
            "is_formula_field": False,
        }
        if field.type == "enum":
            shown["enum_options"] = self.options(field)
        if field.type == "number":
            shown["precision"] = field.precision
            shown["format"] = "currency" if field.currency else "none"
            shown["currency_code"] = field.currency or None
        return shown

    def setting(self, project: str, key: str) -> Json:
        home = {
            "gid": gid("project", project),
            "resource_type": "project",
            "name": company().projects[project].name,
        }
        return {
            "gid": gid("setting", f"{project}:{key}"),
            "resource_type": "custom_field_setting",
            "project": home,
            "parent": home,
            "is_important": key == "contract",
            "custom_field": self.field(company().fields[key]),
        }

    def value(self, field: Field, raw: str | None) -> Json:
        """A custom field with its value, as a task carries it."""
        shown = self.field(field) | {"display_value": raw or None}
        if field.type == "enum":
            shown["enum_value"] = self.option(field, raw)
        elif field.type == "number":
            shown["number_value"] = float(raw) if raw else None
            shown["display_value"] = f"{Decimal(raw):.{field.precision}f}" if raw else None
        elif field.type == "date":
            shown["date_value"] = {"date": raw, "date_time": None} if raw else None
            shown["display_value"] = f"{raw}T00:00:00.000Z" if raw else None
        else:
            shown["text_value"] = raw or None
        return shown

    def option(self, field: Field, name: str | None) -> Json | None:
        return next((one for one in self.options(field) if one["name"] == name), None)

    # -- tasks --------------------------------------------------------------------------------------

    def brief(self, task: Task) -> Json:
        values = task.values(self.now)
        return {
            "gid": task.gid,
            "resource_type": "task",
            "name": values["name"],
            "resource_subtype": values["resource_subtype"],
        }

    def task(self, task: Task) -> Json:
        """The task with everything that may be asked for."""
        values, done = task.values(self.now), task.completed(self.now)
        due_at = values["due_at"]
        keys = [key for project in values["projects"] for key in company().projects[project].fields]
        parent = self.tasks.get(values["parent"] or "")
        needed = [self.tasks[key] for key in values["dependencies"] if key in self.tasks]
        subtasks = [one for one in self.tasks.values() if one.values(self.now)["parent"] == task.gid]
        shown: Json = self.brief(task) | {
            "actual_time_minutes": None,
            "assignee": self.user(values["assignee"]),
            "assignee_status": "upcoming",
            "completed": values["completed"],
            "completed_at": stamp(done.at) if done else None,
            "completed_by": self.user(done.by) if done else None,
            "created_at": stamp(task.created_at),
            "created_by": self.user(task.creator),
            "custom_fields": [
                self.value(company().fields[key], values.get(f"field:{key}")) for key in dict.fromkeys(keys)
            ],
            "dependencies": [self.brief(one) for one in needed],
            "due_at": stamp(due_at) if due_at else None,
            "due_on": due_at.astimezone(ZONE).date().isoformat() if due_at else values["due_on"],
            "followers": self.users(values["followers"]),
            "hearted": False,
            "hearts": [],
            "html_notes": rich.html(values["notes"], self.named),
            "is_rendered_as_separator": False,
            "liked": False,
            "likes": [],
            "memberships": [
                {"project": self.home(key), "section": self.section(key, values[f"section:{key}"])}
                for key in values["projects"]
            ],
            "modified_at": stamp(task.modified_at(self.now)),
            "notes": rich.text(values["notes"], self.named),
            "num_hearts": 0,
            "num_likes": 0,
            "num_subtasks": sum(one.exists(self.now) for one in subtasks),
            "parent": self.brief(parent) if parent else None,
            "permalink_url": f"https://app.asana.com/0/0/{task.gid}",
            "projects": [self.home(key) for key in values["projects"]],
            "start_at": None,
            "start_on": values["start_on"],
            "tags": list(values["tags"]),
            "workspace": self.workspace(),
        }
        if values["approval_status"]:
            shown["approval_status"] = values["approval_status"]
        if self.app and values["external"]:
            shown["external"] = values["external"]
        return shown

    def home(self, key: str) -> Json:
        given = company().projects[key]
        return {
            "gid": gid("project", key),
            "resource_type": "project",
            "name": given.name,
            "archived": given.archived,
            "notes": given.notes,
        }

    # -- stories ------------------------------------------------------------------------------------

    def comment(self, task: Task, comment: Comment) -> Json:
        return self._story(task, comment.gid, comment.at, comment.by, "comment_added") | {
            "type": "comment",
            "text": rich.text(comment.text(self.now), self.named),
            "html_text": rich.html(comment.text(self.now), self.named),
            "is_editable": True,
            "is_edited": len([at for at, _ in comment.texts if at <= self.now]) > 1,
        }

    def _story(self, task: Task, number: str, at: datetime, by: str, subtype: str) -> Json:
        return {
            "gid": number,
            "resource_type": "story",
            "resource_subtype": subtype,
            "type": "system",
            "created_at": stamp(at),
            "created_by": self.user(by),
            "text": subtype.replace("_", " "),
            "is_pinned": False,
            "is_editable": False,
            "is_edited": False,
            "hearted": False,
            "hearts": [],
            "num_hearts": 0,
            "liked": False,
            "likes": [],
            "num_likes": 0,
            "previews": [],
            "source": "web",
            "target": self.brief(task),
        }

    def stories(self, task: Task) -> list[Json]:
        """Comments and what the system noted, oldest first."""
        found = [((c.at, float(c.seq)), self.comment(task, c)) for c in task.said(self.now)]
        for place, (change, name, old, new) in enumerate(task.history(self.now)):
            story = self.change(task, change, name, (old, new))
            if story is not None:
                found.append(((change.at, change.seq + place / 1000), story))
        for key in task.opening["projects"]:
            number = gid("story", f"{task.gid}:{key}")
            story = self._story(task, number, task.created_at, task.creator, "added_to_project")
            found.append(((task.created_at, float(task.seq)), story | {"project": self.home(key)}))
        return [story for _, story in sorted(found, key=lambda pair: pair[0])]

    def change(self, task: Task, change: Change, name: str, values: tuple[Any, Any]) -> Json | None:
        """The story of one change, None where Asana tells none."""
        old, new = values
        number = gid("story", f"{change.seq}:{name}")
        if name == "completed":
            subtype = "marked_complete" if new else "marked_incomplete"
            return self._story(task, number, change.at, change.by, subtype)
        if name == "assignee":
            story = self._story(task, number, change.at, change.by, "assigned" if new else "unassigned")
            return story | ({"assignee": self.user(new)} if new else {})
        if name.startswith("section:"):
            project = name.partition(":")[2]
            story = self._story(task, number, change.at, change.by, "section_changed")
            sections = {"old_section": old, "new_section": new}
            return story | {key: self.section(project, value) for key, value in sections.items() if value}
        if name.startswith("field:"):
            return self._field_story(task, change, name, values)
        if name == "projects":
            added = sorted(set(new) - set(old or ()))
            story = self._story(task, number, change.at, change.by, "added_to_project")
            return story | {"project": self.home(added[0])} if added else None
        if name not in STORIES:
            return None
        story = self._story(task, number, change.at, change.by, STORIES[name])
        if name in ("due_on", "due_at", "start_on"):
            return story | {"old_dates": _dates(name, old), "new_dates": _dates(name, new)}
        return story | {f"old_{name}": old, f"new_{name}": new}

    def _field_story(self, task: Task, change: Change, name: str, values: tuple[Any, Any]) -> Json:
        field = company().fields[name.partition(":")[2]]
        number = gid("story", f"{change.seq}:{name}")
        story = self._story(task, number, change.at, change.by, f"{field.type}_custom_field_changed")
        story["custom_field"] = compact(self.field(field), (*COMPACT, "type"))
        for prefix, raw in zip(("old", "new"), values, strict=True):
            shown = self.value(field, raw)
            key = {"enum": "enum_value", "number": "number_value", "date": "date_value"}.get(
                field.type, "text_value"
            )
            story[f"{prefix}_{key}"] = shown[key]
        return story


def _dates(name: str, value: Any) -> Json:
    shown = stamp(value) if isinstance(value, datetime) else value
    return {"start_on": None, "due_at": None, "due_on": None} | {name: shown}


def day(text: Any) -> date:
    """A calendar day. Raises ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError("no day")
    return date.fromisoformat(text)


def instant(text: Any) -> datetime:
    """An instant with its zone, or a day as its beginning in UTC. Raises ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError("no instant")
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
