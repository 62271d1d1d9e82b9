"""What is written to Request Tracker: correspondence, comments, tasks as tickets, custom fields."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Answer, Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Comment, Fields, Task, payload, refused
from tools.request_tracker.history import mapping, number_of, rows, text_of
from tools.request_tracker.rest import Rest, plain

if TYPE_CHECKING:
    from tools.request_tracker.connector import RequestTrackerSettings

_VERBS = ("comment", "create_task", "update_task", "set_fields")
_NOBODY = "Nobody"
_TRANSACTION = re.compile(r"/transaction/(\d+)$")


class RequestTrackerWriter:
    """Comments on tickets and answers them, opens and updates tasks, sets configured custom fields."""

    def __init__(self, settings: RequestTrackerSettings, rest: Rest) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rest = rest

    def find(self, reference: str, target: str = "") -> Source | None:
        """The ticket that carries our reference; else what was written with it on the ticket `target` or,
        without one, on any."""
        wanted = ref.checked(self.name, reference)
        own = self._own(wanted)
        if own is not None:
            return own
        if target:
            return self._said_on(target, wanted) if target.isdigit() else None
        return self._said(wanted)

    def create(self, action: Action) -> Source:
        """Carry out a comment, create_task, update_task or set_fields."""
        if action.verb == "comment":
            return self._comment(action)
        if action.verb == "create_task":
            task = payload(self.name, action, Task)
            return self._own(ref.checked(self.name, action.reference)) or self._open(action, task)
        if action.verb == "update_task":
            return self._update(action)
        if action.verb == "set_fields":
            return self._set(action)
        raise refused(self.name, action, _VERBS, "it has tickets and what is written on them only")

    def _own(self, wanted: str) -> Source | None:
        """The ticket with our reference in its custom field, or at the end of its subject."""
        field = self.settings.tasks.reference_field
        query = f"'CF.{{{field}}}' = '{wanted}'" if field else f"Subject LIKE '{wanted}'"
        asked: dict[str, str | int] = {
            "query": query,
            "fields": "Subject,CustomFields",
            "orderby": "id",
            "per_page": 100,
        }
        for row in self._rest.page("/tickets", asked).rows:
            held = _values(row, field) if field else [_subject_mark(text_of(row, "Subject"))]
            if wanted in held:
                return self._source(number_of(row))
        return None

    def _said_on(self, ticket: str, wanted: str) -> Source | None:
        """What was written on `ticket` with our reference."""
        written = self._rest.transactions([ticket], ("Correspond", "Comment"), "Name")
        texts = self._rest.texts([number_of(row) for row in written])
        for number, text in texts.items():
            if ref.is_marked(text, wanted):
                return self._said_source(ticket, number)
        return None

    def _said(self, wanted: str) -> Source | None:
        """What was written with our reference on any ticket; RT also keeps the mails it sent about it."""
        for part in self._rest.marked(wanted):
            content, number = text_of(part, "Content"), text_of(part, "TransactionId")
            if not ref.is_marked(content if _is_plain(part) else plain(content), wanted):
                continue
            row = self._rest.one(f"/transaction/{segment(number)}")
            about = mapping(row.get("Object"))
            if text_of(row, "Type") in ("Correspond", "Comment") and about.get("type") == "ticket":
                return self._said_source(number_of(about), number)
        return None

    def _ticket(self, target: str) -> Row:
        """A ticket by its number; one that was merged answers as the ticket it is part of now. Raises
        NotFound."""
        if not target.isascii() or not target.isdigit():
            raise NotFound(self.name, f"{target[:60]!r} is no ticket number", place=target[:60])
        return self._rest.one(f"/ticket/{target}", {"fields[Owner]": "Name,RealName"})

    def _comment(self, action: Action) -> Source:
        """Correspondence where it is public, which RT sends to the requestors; else a comment."""
        comment = payload(self.name, action, Comment)
        wanted = ref.checked(self.name, action.reference)
        row = self._ticket(action.target)
        ticket = number_of(row)
        found = self._said_on(ticket, wanted)
        if found is not None:
            return found
        owner = self._owner(row) if comment.mention_assignee else ""
        return self._say(ticket, f"{owner}{comment.text}", wanted, public=comment.public)

    def _say(self, ticket: str, text: str, reference: str, *, public: bool) -> Source:
        path = f"/ticket/{ticket}/{'correspond' if public else 'comment'}"
        body = {"Content": ref.mark(text, reference), "ContentType": "text/plain"}
        answer = self._rest.http.send(Call("POST", path, body=body))
        made = _TRANSACTION.search(answer.headers.get("location", ""))
        if made is None:
            raise WrongAnswer(
                self.name,
                "the answer names no transaction",
                place=f"POST {path}",
                remedy="Look at the ticket in RT: it may have been written.",
            )
        return self._said_source(ticket, made[1])

    @staticmethod
    def _owner(row: Row) -> str:
        """How a text begins that is meant for the owner; RT has no mention that would notify by itself."""
        owner = mapping(row.get("Owner"))
        name = number_of(owner)
        if not name or name == _NOBODY:
            return ""
        return f"@{text_of(owner, 'RealName') or name}: "

    def _open(self, action: Action, task: Task) -> Source:
        own = self.settings.tasks
        if not own.queue:
            raise Misconfigured(self.name, "no queue for tasks", remedy="Set `tasks.queue`.")
        self._prove_field(own.queue, own.reference_field)
        about = f"About: {action.target}\n\n" if action.target else ""
        mark = "" if own.reference_field else f" [{action.reference}]"
        body: dict[str, Any] = {
            "Queue": own.queue,
            "Subject": f"{_line(task.title)}{mark}",
            "Content": ref.mark(about + task.text, action.reference),
            "ContentType": "text/plain",
            **self._details(task),
        }
        if own.requestor:
            body["Requestor"] = own.requestor
        if own.reference_field:
            body["CustomFields"] = {own.reference_field: action.reference}
        made = self._rest.object(self._rest.http.send(Call("POST", "/ticket", body=body)), "POST /ticket")
        return self._source(number_of(made))

    def _prove_field(self, queue: str, field: str | None) -> None:
        """RT leaves out a custom field that a queue does not have, and says nothing; a ticket without our
        reference would not be found again. Raises Misconfigured."""
        if field is None:
            return
        held = self._rest.one(f"/queue/{segment(queue)}", {"fields[TicketCustomFields]": "Name"})
        known = {text_of(one, "name").casefold() for one in rows(held.get("TicketCustomFields"))}
        if field.casefold() not in known:
            raise Misconfigured(
                self.name,
                f"the queue {queue!r} has no custom field {field!r} that we may see",
                remedy="Apply it to the queue in RT, or leave `tasks.reference_field` out.",
            )

    def _details(self, task: Task) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if task.due_on:
            told["Due"] = f"{task.due_on.isoformat()} 00:00:00"
        if task.priority:
            told["Priority"] = self.settings.tasks.priorities[task.priority]
        return told

    def _update(self, action: Action) -> Source:
        """Title, due date and priority of a ticket; text as a comment. A task of ours can also be done."""
        task = payload(self.name, action, Task)
        wanted = ref.checked(self.name, action.reference)
        row = self._ticket(action.target)
        ticket = number_of(row)
        field = self.settings.tasks.reference_field
        mark = _subject_mark(text_of(row, "Subject"))
        ours = bool(_values(row, field)) if field else bool(mark)
        if task.state == "done" and not ours:
            raise Fatal(
                self.name, "tickets of others are resolved by people", remedy="Propose a comment instead."
            )
        told = {"Subject": _line(task.title) + (f" [{mark}]" if mark and not field else "")}
        told |= self._details(task)
        if task.state == "done":
            told["Status"] = self.settings.tasks.done_status
        self._change(ticket, told)
        if task.text and self._said_on(ticket, wanted) is None:
            self._say(ticket, task.text, wanted, public=False)
        return self._source(ticket)

    def _set(self, action: Action) -> Source:
        wanted = payload(self.name, action, Fields).fields
        unknown = next((name for name in wanted if name not in self.settings.fields), "")
        if unknown:
            raise Misconfigured(
                self.name,
                f"no custom field for {unknown[:60]!r}",
                remedy="Add it to `fields` in the settings.",
            )
        row = self._ticket(action.target)
        fields = {self.settings.fields[name]: _told(value) for name, value in wanted.items()}
        other = {name: text for name, text in fields.items() if _values(row, name) != _alone(text)}
        if other:
            self._change(number_of(row), {"CustomFields": other})
        return self._source(number_of(row))

    def _change(self, ticket: str, told: dict[str, Any]) -> None:
        """Change a ticket and look whether it is changed: RT answers 200 to what it does not do, too."""
        answer = self._rest.http.send(Call("PUT", f"/ticket/{ticket}", body=told))
        row = self._rest.one(f"/ticket/{ticket}")
        fields = told.get("CustomFields", {})
        lost = [name for name in ("Subject", "Status", "Priority") if name in told]
        lost = [name for name in lost if text_of(row, name) != str(told[name])]
        lost += [name for name, text in fields.items() if _values(row, name) != _alone(text)]
        if lost:
            raise Fatal(
                self.name,
                f"RT did not set {', '.join(lost)}: {_said(answer)}",
                place=f"ticket {ticket}",
                remedy="Give our user the rights for this, or correct the settings.",
            )

    def _source(self, ticket: str) -> Source:
        if not ticket.isdigit():
            raise WrongAnswer(
                self.name,
                "no number of a ticket in the answer",
                place="/ticket",
                remedy="Check that base_url ends in /REST/2.0 of an RT 5.",
            )
        url = self.settings.page(ticket)
        return Source(system=self.name, record=ticket, url=url, label=f"#{ticket}")

    def _said_source(self, ticket: str, transaction: str) -> Source:
        held = self._source(ticket)
        url = f"{held.url}#txn-{transaction}"
        told = {"record": f"{ticket}/{transaction}", "label": f"comment on #{ticket}", "url": url}
        return held.model_copy(update=told)


def _values(row: Row, field: str | None) -> list[str]:
    """The values of a custom field, by its name or number."""
    for held in rows(row.get("CustomFields")):
        if field and field.casefold() in (text_of(held, "name").casefold(), number_of(held)):
            values = held.get("values")
            return [str(value) for value in values] if isinstance(values, list) else []
    return []


def _subject_mark(subject: str) -> str:
    """Our reference at the end of a subject; empty for a ticket that is not ours."""
    found = re.search(r"\[([A-Za-z0-9][A-Za-z0-9._:/-]{3,99})\]$", subject)
    return found[1] if found else ""


def _line(title: str) -> str:
    """A title on one line: RT takes no line breaks in a subject."""
    return " ".join(title.split())


def _is_plain(part: Row) -> bool:
    return text_of(part, "ContentType") != "text/html"


def _told(value: object) -> str | None:
    """A value as RT takes it for a custom field; None clears it."""
    if value in (None, ""):
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _alone(text: str | None) -> list[str]:
    """The values of a custom field that holds `text` only."""
    return [] if text is None else [text]


def _said(answer: Answer) -> str:
    """What RT said about a change, on one line."""
    said = answer.data if isinstance(answer.data, list) else []
    return "; ".join(" ".join(str(one).split()) for one in said)[:300] or "no reason given"
