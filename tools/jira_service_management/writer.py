"""What is written to Jira: comments, tasks as issues or requests, configured fields."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.jira_service_management.history import mapping, rows
from tools.jira_service_management.search import Jira, phrase, quoted
from tools.jira_service_management.text import body, plain
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Comment, Fields, Task, payload, refused

if TYPE_CHECKING:
    from tools.jira_service_management.connector import JiraSettings

_VERBS = ("comment", "create_task", "update_task", "set_fields")
_SEEN = "summary,labels,description"


class JiraWriter:
    """Comments on issues, opens and updates tasks, sets configured fields."""

    def __init__(self, settings: JiraSettings, jira: Jira) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._jira = jira

    def find(self, reference: str, target: str = "") -> Source | None:
        """The issue that carries our reference as a label or in its description; else the comment that
        carries it, on the issue `target` or, without one, on any."""
        wanted = ref.checked(self.name, reference)
        return self._own(wanted) or (self._said_on(target, wanted) if target else self._said(wanted))

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
        raise refused(self.name, action, _VERBS, "a desk has requests, issues and their comments only")

    def _own(self, wanted: str) -> Source | None:
        asked = f"labels = {quoted(wanted)} OR description ~ {phrase(wanted)}"
        rows = self._jira.search(asked, _SEEN, 50).rows
        return next((self._source(row) for row in rows if self._carries(row, wanted)), None)

    def _said(self, wanted: str) -> Source | None:
        rows = self._jira.search(f"comment ~ {phrase(wanted)}", "summary", 50).rows
        return next((found for row in rows if (found := self._comment_on(row, wanted))), None)

    def _said_on(self, target: str, wanted: str) -> Source | None:
        """A comment on `target`; none where that is no issue: a task may be about a contract."""
        try:
            return self._comment_on(self._issue(target, "summary"), wanted)
        except NotFound:
            return None

    def _issue(self, target: str, fields: str = _SEEN) -> Row:
        """An issue by key or id. Raises NotFound."""
        path = f"{self._jira.platform}/issue/{segment(target)}"
        return self._jira.one(path, {"fields": fields})

    def _carries(self, row: Row, wanted: str) -> bool:
        fields = mapping(row.get("fields"))
        labels = fields.get("labels")
        return (isinstance(labels, list) and wanted in labels) or ref.is_marked(
            plain(fields.get("description")), wanted
        )

    def _comment_on(self, issue: Row, wanted: str) -> Source | None:
        for row in self._jira.below(str(issue.get("id") or issue.get("key")), "comment"):
            if ref.is_marked(plain(row.get("body")), wanted):
                return self._comment_source(issue, row)
        return None

    def _comment(self, action: Action) -> Source:
        """A comment by the service desk's interface, which takes `public`. With a mention, and on an issue
        that is no request, by the platform's, which takes documents; marked as internal there too."""
        comment = payload(self.name, action, Comment)
        issue = self._issue(action.target, "summary,assignee")
        found = self._comment_on(issue, ref.checked(self.name, action.reference))
        if found is not None:
            return found
        key = segment(str(issue.get("id") or issue.get("key")))
        text = ref.mark(comment.text, action.reference)
        mention = self._assignee(issue) if comment.mention_assignee else None
        if mention is None:
            try:
                path = f"{self._jira.desk}/request/{key}/comment"
                return self._comment_source(issue, self._post(path, {"body": text, "public": comment.public}))
            except NotFound:
                pass  # no request, or hidden from us: then the platform says so, too
        told: dict[str, Any] = {"body": body(self.settings.api, text, mention)}
        if not comment.public:
            told["properties"] = [{"key": "sd.public.comment", "value": {"internal": True}}]
        return self._comment_source(issue, self._post(f"{self._jira.platform}/issue/{key}/comment", told))

    def _assignee(self, issue: Row) -> tuple[str, str] | None:
        """Whom the issue is assigned to; None where nobody has it."""
        person = mapping(mapping(issue.get("fields")).get("assignee"))
        account = person.get("accountId")
        return (
            (account, str(person.get("displayName") or "")) if isinstance(account, str) and account else None
        )

    def _open(self, action: Action) -> Source:
        task = payload(self.name, action, Task)
        about = f"About: {action.target}\n\n" if action.target else ""
        if self.settings.tasks.as_ == "request":
            return self._request(action, task, about)
        own = self.settings.tasks
        if not own.project:
            raise Misconfigured(self.name, "no project for tasks", remedy="Set `tasks.project`.")
        fields = {
            "project": {"key": own.project},
            "issuetype": {"name": own.issue_type},
            "labels": [*own.labels, action.reference],
            **self._task_fields(task, about, action.reference),
        }
        return self._source(self._post(f"{self._jira.platform}/issue", {"fields": fields}))

    def _request(self, action: Action, task: Task, about: str) -> Source:
        """A customer request. Its form decides which fields there are; every form has these two."""
        own = self.settings.tasks
        if not own.service_desk or not own.request_type:
            raise Misconfigured(
                self.name,
                "no service desk or request type for tasks",
                remedy="Set `tasks.service_desk` and `tasks.request_type`.",
            )
        due = f"\n\nDue: {task.due_on.isoformat()}" if task.due_on else ""
        text = ref.mark(f"{about}{task.text}{due}", action.reference)
        asked = {
            "serviceDeskId": own.service_desk,
            "requestTypeId": own.request_type,
            "requestFieldValues": {"summary": task.title, "description": text},
        }
        made = self._post(f"{self._jira.desk}/request", asked)
        return self._source({"id": made.get("issueId"), "key": made.get("issueKey")})

    def _update(self, action: Action) -> Source:
        """Title, text, due date and priority of an issue; a task of ours can also be done."""
        task = payload(self.name, action, Task)
        issue = self._issue(action.target)
        held = ref.marked(plain(mapping(issue.get("fields")).get("description")))
        if task.state == "done" and not held:
            raise Fatal(
                self.name, "requests of others are resolved by people", remedy="Propose a comment instead."
            )
        changed = self._task_fields(task, "", held or action.reference)
        self._send("PUT", issue, "", {"fields": changed})
        if task.state == "done":
            self._finish(issue)
        return self._source(issue)

    def _finish(self, issue: Row) -> None:
        """Move an issue along the transition of the settings, or the first that ends in a done status."""
        path = f"{self._jira.platform}/issue/{segment(str(issue.get('id')))}/transitions"
        wanted = self.settings.tasks.done_transition.casefold()
        for way in rows(self._jira.one(path).get("transitions")):
            category = mapping(mapping(way.get("to")).get("statusCategory")).get("key")
            if str(way.get("name")).casefold() == wanted if wanted else category == "done":
                self._send("POST", issue, "/transitions", {"transition": {"id": str(way.get("id"))}})
                return
        raise Fatal(
            self.name,
            "no transition leads to a done status",
            place=str(issue.get("key")),
            remedy="Set `tasks.done_transition`, or finish it in Jira.",
        )

    def _set(self, action: Action) -> Source:
        wanted = payload(self.name, action, Fields).fields
        unknown = next((name for name in wanted if name not in self.settings.fields), "")
        if unknown:
            raise Misconfigured(
                self.name,
                f"no field of Jira for {unknown[:60]!r}",
                remedy="Add it to `fields` in the settings.",
            )
        issue = self._issue(action.target, "summary")
        values = {self.settings.fields[name]: _jsonable(value) for name, value in wanted.items()}
        self._send("PUT", issue, "", {"fields": values})
        return self._source(issue)

    def _task_fields(self, task: Task, about: str, reference: str) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "summary": task.title,
            "description": body(self.settings.api, ref.mark(about + task.text, reference)),
        }
        if task.due_on:
            fields["duedate"] = task.due_on.isoformat()
        if task.priority:
            fields["priority"] = {"name": self.settings.tasks.priorities[task.priority]}
        return fields

    def _post(self, path: str, told: dict[str, Any]) -> Row:
        return self._jira.object(self._jira.http.send(Call("POST", path, body=told)), f"POST {path}")

    def _send(self, method: str, issue: Row, below: str, told: dict[str, Any]) -> None:
        key = segment(str(issue.get("id") or issue.get("key")))
        self._jira.http.send(
            Call(method, f"{self._jira.platform}/issue/{key}{below}", body=told, accept="text")
        )

    def _source(self, row: Row) -> Source:
        key, number = str(row.get("key") or ""), str(row.get("id") or "")
        if not key:
            raise WrongAnswer(self.name, "no issue key in the answer", place=f"{self._jira.platform}/issue")
        return Source(system=self.name, record=number or key, url=self.settings.page(key), label=key)

    def _comment_source(self, issue: Row, comment: Row) -> Source:
        held = self._source(issue)
        record = f"{held.record}/{comment.get('id')}"
        return held.model_copy(update={"record": record, "label": f"comment on {held.label}"})


def _jsonable(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
