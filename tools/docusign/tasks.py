"""Tasks in CLM: reminders of a document, or work items that a configured workflow makes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Protocol
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from obligations.model import Action
from tools.docusign.fields import document_id, shown
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured
from tools.kit.paging import Row
from tools.kit.payloads import Task, payload

if TYPE_CHECKING:
    from tools.docusign.clm import Clm
    from tools.docusign.settings import DocusignSettings, ReminderMap, WorkflowMap


class Tasks(Protocol):
    """One way in which tasks are told. `place` is what CLM calls them."""

    place: str

    def body(self, action: Action, wanted: str) -> Row:
        """What is sent for a task. Raises Fatal for a part that cannot be told this way."""

    def held(self, document: str, wanted: str) -> str:
        """The document's task with our reference, as place and id, empty if there is none."""

    def make(self, document: str, body: Row, wanted: str) -> str:
        """Make it; its place and id, empty where the answer tells none."""

    def change(self, task: str, body: Row) -> None:
        """Change it; twice the same changes nothing."""


class Reminders:
    """Reminders go out by e-mail on their day. They have a day and no state."""

    place = "documentreminders"

    def __init__(self, settings: DocusignSettings, name: str, clm: Clm) -> None:
        self._settings = settings
        self._name = name
        self._clm = clm

    def body(self, action: Action, wanted: str) -> Row:
        task, own = _task(self._name, action), self._map()
        if task.due_on is None:
            raise _without(self._name, "a day: a reminder goes out on it", action)
        at = datetime.combine(task.due_on, own.at, ZoneInfo(self._settings.zone)).astimezone(UTC)
        title = f"{task.priority}: {task.title}" if task.priority else task.title
        body: Row = {
            "Name": title[:255],
            "ReminderDate": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "RecipientAdHocEmails": list(own.to),
            "EmailSubject": title[:255],
            "EmailBody": ref.mark(task.text or task.title, wanted),
        }
        return {**body, "EmailFromAddress": own.sender} if own.sender else body

    def held(self, document: str, wanted: str) -> str:
        rows = self._clm.rows(f"/documents/{segment(document)}/documentreminders")
        found = (document_id(row) for row in rows if ref.is_marked(shown(row.get("EmailBody")), wanted))
        return _at(self.place, next(found, ""))

    def make(self, document: str, body: Row, wanted: str) -> str:
        whole = {**body, "Document": {"Href": self._clm.address(f"/documents/{document}")}}
        made = self._clm.send(Call("POST", "/documentreminders", body=whole))
        return _at(self.place, document_id(made) if isinstance(made, dict) else "")

    def change(self, task: str, body: Row) -> None:
        call = Call("PATCH", f"/documentreminders/{segment(task)}", body=body, repeatable=True)
        self._clm.send(call)

    def _map(self) -> ReminderMap:
        if self._settings.reminders is None:
            raise Misconfigured(
                self._name,
                "nobody is configured whom reminders go to",
                place=f"connectors.{self._name}.reminders",
                remedy="Name the addresses there, or a workflow for tasks under `workflow`.",
            )
        return self._settings.reminders


class WorkItems:
    """A workflow is started with the document; the work item that it makes holds our reference in its
    instructions."""

    place = "workitems"

    def __init__(self, settings: DocusignSettings, name: str, clm: Clm) -> None:
        self._settings = settings
        self._name = name
        self._clm = clm

    def body(self, action: Action, wanted: str) -> Row:
        task, own = _task(self._name, action), self._map()
        parts = {
            own.title: task.title,
            own.text: ref.mark(task.text or task.title, wanted),
            own.due_on: task.due_on.isoformat() if task.due_on else "",
            own.priority: task.priority or "",
        }
        root = ElementTree.Element(own.root)
        for element, value in {**own.constants, **parts}.items():
            if element and value:
                ElementTree.SubElement(root, element).text = _plain(value)
        due_on = task.due_on.isoformat() if task.due_on else None
        return {"Params": ElementTree.tostring(root, encoding="unicode"), "due_on": due_on}

    def held(self, document: str, wanted: str) -> str:
        path = f"/documents/{segment(document)}/workitems"
        rows = self._clm.rows(path, expand="AssigneeInstructions")
        texts = ((document_id(row), shown(row.get("AssigneeInstructions"))) for row in rows)
        return _at(self.place, next((key for key, text in texts if ref.is_marked(text, wanted)), ""))

    def make(self, document: str, body: Row, wanted: str) -> str:
        """Start the workflow. Its work item is there as soon as it has come to the step of a person."""
        documents = {"Items": [{"Href": self._clm.address(f"/documents/{document}")}]}
        whole = {"Name": self._map().name, "Params": body["Params"], "WorkflowDocuments": documents}
        started = self._clm.send(Call("POST", "/workflows", body=whole))
        instance = _at("workflows", document_id(started) if isinstance(started, dict) else "")
        return instance and (self.held(document, wanted) or instance)

    def change(self, task: str, body: Row) -> None:
        """Move its day; what a workflow was started with cannot be changed."""
        if not body["due_on"]:
            remedy = "Propose it with a day, or change it in CLM."
            raise Fatal(self._name, "only the day of a work item can be changed", place=task, remedy=remedy)
        day = date.fromisoformat(body["due_on"])
        at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self._settings.zone)).astimezone(UTC)
        due = {"DueDate": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
        self._clm.send(Call("PATCH", f"/workitems/{segment(task)}", body=due, repeatable=True))

    def _map(self) -> WorkflowMap:
        if self._settings.workflow is None:
            raise Misconfigured(self._name, "no workflow", place=f"connectors.{self._name}.workflow")
        return self._settings.workflow


def _at(place: str, key: str) -> str:
    return f"{place}/{key}" if key else ""


def _task(name: str, action: Action) -> Task:
    task = payload(name, action, Task)
    if task.state == "done":
        raise _without(name, "no state: it cannot be marked as done", action)
    return task


def _without(name: str, what: str, action: Action) -> Fatal:
    remedy = "Propose it with a day and open, or in another system."
    return Fatal(name, f"a task here has {what}", place=f"action {action.id}", remedy=remedy)


def _plain(value: Any) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(c for c in str(value) if c in "\t\n\r" or " " <= c <= "\ud7ff" or c >= "\ue000")
