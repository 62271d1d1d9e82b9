"""What is written to Asana: tasks, comments, custom fields."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Comment, Fields, Scalar, Task, payload, refused

if TYPE_CHECKING:
    from tools.asana.connector import AsanaSettings, FieldMap, Tasklist

_VERBS = ("comment", "create_task", "update_task", "set_fields")
_OPEN = "Propose it as public, or set `shared: false` where nobody else sees the tasks."
_SEEN = "name,notes,permalink_url"


class AsanaWriter:
    """Opens and updates tasks, comments on them, sets configured custom fields."""

    def __init__(self, settings: AsanaSettings, tasks: Tasklist) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._tasks = tasks

    def find(self, reference: str, target: str = "") -> Source | None:
        """The task that carries our reference, else the comment on task `target` that does. Asana does not
        search in comments, so without a target none is found."""
        wanted = ref.checked(self.name, reference)
        own = self._own(wanted)
        if own is not None:
            return own
        try:
            return self._said_on(self._task(target), wanted) if target.isdigit() else None
        except NotFound:
            return None

    def create(self, action: Action) -> Source:
        """Carry out a comment, create_task, update_task or set_fields."""
        if action.verb == "comment":
            return self._comment(action)
        if action.verb == "create_task":
            return self._own(ref.checked(self.name, action.reference)) or self._open(action)
        if action.verb == "update_task":
            return self._update(action)
        if action.verb == "set_fields":
            return self._set(action)
        raise refused(self.name, action, _VERBS, "it has tasks and their comments only")

    def _own(self, wanted: str) -> Source | None:
        """The task with our reference: by its external gid, or in its text."""
        if self.settings.tasks.find == "external":
            path = f"/tasks/external:{segment(wanted)}"
            try:
                return self._source(self._tasks.one(path, {"opt_fields": _SEEN}))
            except NotFound:
                return None
        if not self.settings.tasks.project:
            return None
        params: dict[str, str | int] = {
            "project": self.settings.tasks.project,
            "opt_fields": _SEEN,
            "limit": 100,
        }
        pages = self._tasks.pages("/tasks", params, "GET /tasks")
        found = (row for page, _ in pages for row in page if ref.is_marked(str(row.get("notes")), wanted))
        row = next(found, None)
        return self._source(row) if row is not None else None

    def _task(self, target: str, fields: str = _SEEN) -> Row:
        """A task by its gid. Raises NotFound."""
        if not target.isdigit():
            raise NotFound(self.name, f"{target[:60]!r} is no gid of a task", place=target[:60])
        return self._tasks.one(f"/tasks/{segment(target)}", {"opt_fields": fields})

    def _said_on(self, task: Row, wanted: str) -> Source | None:
        for story in self._tasks.stories(str(task.get("gid")), "resource_subtype,type,text"):
            if story.get("type") != "system" and ref.is_marked(str(story.get("text")), wanted):
                return self._comment_source(task, story)
        return None

    def _comment(self, action: Action) -> Source:
        """A comment. Asana has no internal ones, whoever sees the task reads it: one that is not public is
        refused unless the settings say that only our own people see the tasks."""
        comment = payload(self.name, action, Comment)
        if self.settings.shared and not comment.public:
            raise Fatal(
                self.name,
                "has no comments that only our own people see",
                place=f"action {action.id}",
                remedy=_OPEN,
            )
        task = self._task(action.target, f"{_SEEN},assignee.name")
        found = self._said_on(task, ref.checked(self.name, action.reference))
        if found is not None:
            return found
        text = ref.mark(comment.text, action.reference)
        assignee = task.get("assignee")
        told = {"text": text}
        if comment.mention_assignee and isinstance(assignee, dict) and assignee.get("gid"):
            gid = escape(str(assignee["gid"]), quote=True)
            told = {"html_text": f'<body><a data-asana-gid="{gid}"/> {escape(text, quote=False)}</body>'}
        path = f"/tasks/{segment(str(task.get('gid')))}/stories"
        return self._comment_source(task, self._send("POST", path, told))

    def _open(self, action: Action) -> Source:
        task = payload(self.name, action, Task)
        own = self.settings.tasks
        if not own.project:
            raise Misconfigured(self.name, "no project for tasks", remedy="Set `tasks.project`.")
        about = f"About: {action.target}\n\n" if action.target else ""
        told: dict[str, Any] = {
            "name": task.title,
            "notes": ref.mark(about + task.text, action.reference),
            "projects": [own.project],
        }
        if task.due_on:
            told["due_on"] = task.due_on.isoformat()
        if own.assignee:
            told["assignee"] = own.assignee
        if own.find == "external":
            told["external"] = {"gid": action.reference, "data": action.target}
        return self._source(self._send("POST", "/tasks", told))

    def _update(self, action: Action) -> Source:
        """Title, text and due date of a task; a task of ours can also be done."""
        task = payload(self.name, action, Task)
        row = self._task(action.target)
        held = ref.marked(str(row.get("notes") or ""))
        if task.state == "done" and not held:
            raise Fatal(
                self.name, "tasks of others are completed by people", remedy="Propose a comment instead."
            )
        told: dict[str, Any] = {"name": task.title, "notes": ref.mark(task.text, held or action.reference)}
        if task.due_on:
            told["due_on"] = task.due_on.isoformat()
        if task.state == "done":
            told["completed"] = True
        return self._source(self._send("PUT", f"/tasks/{segment(action.target)}", told))

    def _set(self, action: Action) -> Source:
        wanted = payload(self.name, action, Fields).fields
        unknown = next((name for name in wanted if name not in self.settings.fields), "")
        if unknown:
            raise Misconfigured(
                self.name,
                f"no custom field for {unknown[:60]!r}",
                remedy="Add it to `fields` in the settings.",
            )
        row = self._task(action.target)
        fields = self.settings.fields
        told = {fields[name].gid: self._value(name, fields[name], value) for name, value in wanted.items()}
        return self._source(
            self._send("PUT", f"/tasks/{segment(str(row.get('gid')))}", {"custom_fields": told})
        )

    def _value(self, name: str, field: FieldMap, value: Scalar) -> object:
        """A value as Asana takes it for a custom field: a choice by its gid, a day as an object."""
        if field.options:
            if str(value) not in field.options:
                raise Misconfigured(
                    self.name,
                    f"no choice of {name!r} for {str(value)[:60]!r}",
                    remedy="Add it to its `options` in the settings.",
                )
            return field.options[str(value)]
        if isinstance(value, Decimal):
            return float(value)
        return {"date": value.isoformat()} if isinstance(value, date) else value

    def _send(self, method: str, path: str, told: dict[str, Any]) -> Row:
        return self._tasks.object(
            self._tasks.http.send(Call(method, path, body={"data": told})), f"{method} {path}"
        )

    def _source(self, row: Row) -> Source:
        gid = str(row.get("gid") or "")
        if not gid:
            raise WrongAnswer(self.name, "no gid in the answer", place="/tasks")
        url = row.get("permalink_url")
        return Source(
            system=self.name,
            record=gid,
            url=url if isinstance(url, str) else f"https://app.asana.com/0/0/{gid}",
            label=str(row.get("name") or gid),
        )

    def _comment_source(self, task: Row, story: Row) -> Source:
        held = self._source(task)
        record = f"{held.record}/{story.get('gid')}"
        return held.model_copy(update={"record": record, "label": f"comment on {held.label}"})
