"""Writing to Salesforce: cases by external id, comments, tasks, and fields of configured objects."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Comment, Fields, Record, Scalar, Task, payload, refused
from tools.salesforce.soql import Soql, lacks_object, quoted, select, value

if TYPE_CHECKING:
    from tools.salesforce.settings import Entity, SalesforceSettings

TAKEN = ("comment", "create_task", "update_task", "put_record", "set_fields")
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_NUMBER = re.compile(r"[\w-]{1,30}")
_PREFIXES = {
    "500": "Case",
    "810": "ServiceContract",
    "550": "Entitlement",
    "001": "Account",
    "800": "Contract",
}
_LACKS = {
    "send_message": "it sends no messages for us",
    **dict.fromkeys(
        ("hold_invoice", "release_invoice", "create_invoice", "schedule_payment"),
        "a CRM has no invoices and no payments",
    ),
}
_USER = "005"
_TASK_PRIORITIES = {"P1": "High", "P2": "High", "P3": "Normal", "P4": "Low", "P5": "Low"}


class SalesforceWriter:
    """Writes to one org. What is written carries our reference."""

    def __init__(self, settings: SalesforceSettings, soql: Soql) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._soql = soql

    def find(self, reference: str, target: str = "") -> Source | None:
        """The record with our reference in its own field; else the comment or post on the case `target`
        that ends in it: Salesforce cannot search in their texts."""
        wanted = ref.checked(self.name, reference)
        held = self._own(wanted)
        return held or (self._entry(wanted, self._case(target)) if target else None)

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        wanted = ref.checked(self.name, action.reference)
        if action.verb == "comment":
            case = self._case(action.target)
            return self._entry(wanted, case) or self._comment(action, case)
        if action.verb == "set_fields":
            return self._set(action)
        if action.verb == "update_task":
            return self._update(action)
        found = self._own(wanted)
        if found is not None:
            return found
        if action.verb == "put_record":
            return self._put(action)
        return self._task(action) if self.settings.tasks_as == "Task" else self._task_case(action)

    # -- looking ------------------------------------------------------------------------------------

    def _own(self, wanted: str) -> Source | None:
        """The record that carries our reference in its field, whichever object it is."""
        own = self.settings
        places = {(e.object, e.reference_field) for e in own.entities.values() if e.reference_field}
        if own.tasks_as == "Task":
            places.add(("Task", own.task_reference_field))
        for name, field in sorted(places):
            shown = ",CaseNumber" if name == "Case" else ""
            row = self._soql.one(select(f"Id{shown},{field}", name, f"{field} = {quoted(wanted)}"))
            if row is not None and value(row, field) == wanted:
                return self._source(value(row, "Id"), value(row, "CaseNumber"))
        return None

    def _entry(self, wanted: str, case: Row) -> Source | None:
        """Our comment or post on a case."""
        for name, field in (("CaseComment", "CommentBody"), ("FeedItem", "Body")):
            query = select(f"Id,{field}", name, f"ParentId = {quoted(value(case, 'Id'))}")
            try:
                rows = self._soql.rows(query)
            except Fatal as error:
                # Without the feed nothing of ours can stand there; without comments we must not write.
                if name == "CaseComment" or not lacks_object(error):
                    raise
                rows = []
            for row in rows:
                if ref.is_marked(value(row, field), wanted):
                    return self._entry_source(case, value(row, "Id"))
        return None

    def _case(self, target: str) -> Row:
        """A case by number or id. Raises NotFound."""
        if _ID.fullmatch(target) and target.startswith("500"):
            condition = f"Id = {quoted(target)}"
        elif _NUMBER.fullmatch(target):
            condition = f"CaseNumber = {quoted(target)}"
        else:
            what = f"{target[:60]!r} is no case number or id"
            raise Fatal(self.name, what, remedy="Name the case as people do, or by its id.")
        row = self._soql.one(select("Id,CaseNumber,OwnerId", "Case", condition))
        if row is None:
            raise NotFound(self.name, f"there is no case {target}", place=target)
        return row

    def _record_id(self, target: str) -> str:
        """The id of any record: given as such, or by case number."""
        if _ID.fullmatch(target) and (target[:3] in _PREFIXES or len(target) == 18):
            return target
        return value(self._case(target), "Id")

    # -- writing ------------------------------------------------------------------------------------

    def _comment(self, action: Action, case: Row) -> Source:
        comment = payload(self.name, action, Comment)
        text = ref.mark(comment.text, action.reference)
        owner = value(case, "OwnerId")
        if comment.mention_assignee and owner.startswith(_USER):
            return self._post(text, comment.public, case, owner)
        body = {"ParentId": value(case, "Id"), "CommentBody": text, "IsPublished": comment.public}
        return self._entry_source(case, self._create("CaseComment", body))

    def _post(self, text: str, public: bool, case: Row, owner: str) -> Source:
        """A post in the case's feed that mentions its owner, who is notified. A queue cannot be."""
        parts = [{"type": "Mention", "id": owner}, {"type": "Text", "text": f" {text}"}]
        body = {
            "feedElementType": "FeedItem",
            "subjectId": value(case, "Id"),
            "visibility": "AllUsers" if public else "InternalUsers",
            "body": {"messageSegments": parts},
        }
        path = f"{self._soql.root}/chatter/feed-elements"
        return self._entry_source(case, self._id(self._soql.send(Call("POST", path, body=body)).data, path))

    def _task(self, action: Action) -> Source:
        task = payload(self.name, action, Task)
        body = self._task_fields(task) | {self.settings.task_reference_field: action.reference}
        body["Description"] = ref.mark(task.text, action.reference)
        if action.target:
            body["WhatId"] = self._record_id(action.target)
        return self._source(self._create("Task", body), task.title)

    def _task_case(self, action: Action) -> Source:
        """A task as a case, created under our reference."""
        task = payload(self.name, action, Task)
        about = f"About: {action.target}\n\n" if action.target else ""
        body: dict[str, Any] = {"Subject": task.title, "Description": about + task.text}
        if task.priority:
            body["Priority"] = self.settings.priorities_written.get(task.priority, task.priority)
        return self._upsert(self.settings.entities["case"], action.reference, body)

    def _update(self, action: Action) -> Source:
        """Change a task: `target` is its id, or it is the one with our reference."""
        task = payload(self.name, action, Task)
        if self.settings.tasks_as == "Case":
            raise Fatal(self.name, "cases are worked by people", remedy="Propose a comment instead.")
        held = action.target if _ID.fullmatch(action.target) else ""
        if not held:
            found = self._own(ref.checked(self.name, action.reference))
            if found is None:
                raise NotFound(self.name, "no task to update", place=action.reference)
            held = found.record
        body = self._task_fields(task) | {"Description": ref.mark(task.text, action.reference)}
        self._patch(f"/sobjects/Task/{segment(held)}", body)
        return self._source(held, task.title)

    def _task_fields(self, task: Task) -> dict[str, Any]:
        body: dict[str, Any] = {
            "Subject": task.title[:255],
            "Status": "Completed" if task.state == "done" else "Not Started",
        }
        if task.due_on:
            body["ActivityDate"] = task.due_on.isoformat()
        if task.priority:
            body["Priority"] = _TASK_PRIORITIES[task.priority]
        return body

    def _put(self, action: Action) -> Source:
        """A record of a configured object; a case may bring its first comment, both or none."""
        record = payload(self.name, action, Record)
        entity = self._entity(record.entity)
        given = dict(record.fields)
        comment = given.pop("comment", None) if entity.object == "Case" else None
        body = self._mapped(record.entity, entity, given)
        if comment in (None, ""):
            return self._upsert(entity, action.reference, body)
        return self._case_with_comment(entity, action.reference, body, str(comment))

    def _set(self, action: Action) -> Source:
        """Fields of a record that stands; the same values twice change nothing."""
        fields = payload(self.name, action, Fields).fields
        held = self._record_id(action.target)
        name = _PREFIXES.get(held[:3], "")
        found = next(((k, e) for k, e in self.settings.entities.items() if e.object == name), None)
        if found is None:
            raise Misconfigured(
                self.name,
                f"no fields of {name or 'such a record'} are configured",
                place=f"connectors.{self.name}.entities",
                remedy="Add the object with its fields.",
            )
        self._patch(f"/sobjects/{name}/{segment(held)}", self._mapped(*found, fields))
        return self._source(held, action.target)

    def _entity(self, name: str) -> Entity:
        entity = self.settings.entities.get(name)
        if entity is None or not entity.reference_field:
            raise Misconfigured(
                self.name,
                f"no object with a field for our reference is configured for {name!r}",
                place=f"connectors.{self.name}.entities",
                remedy=f"Add it beside {', '.join(self.settings.entities)}.",
            )
        return entity

    def _mapped(self, name: str, entity: Entity, fields: dict[str, Scalar]) -> dict[str, Any]:
        """Our fields under their names. Raises Misconfigured for one that has none."""
        body: dict[str, Any] = {}
        for field, held in fields.items():
            if field not in entity.fields:
                raise Misconfigured(
                    self.name,
                    f"no field is configured for {field!r}",
                    place=f"connectors.{self.name}.entities.{name}.fields",
                    remedy="Map it to a field of the object.",
                )
            if field == "priority" and isinstance(held, str):
                held = self.settings.priorities_written.get(held, held)
            body[entity.fields[field]] = _plain(held)
        return body

    def _upsert(self, entity: Entity, reference: str, body: dict[str, Any]) -> Source:
        """Create or update by our reference: sent twice, it is one record."""
        path = f"/sobjects/{entity.object}/{entity.reference_field}/{segment(reference)}"
        made = value(self._patch(path, body) or {}, "id")
        found = self._own(reference)
        if found is None and not made:
            raise WrongAnswer(self.name, "the record is not there after it was written", place=path)
        return found or self._source(made)

    def _case_with_comment(
        self, entity: Entity, reference: str, body: dict[str, Any], comment: str
    ) -> Source:
        path = f"{self._soql.root}/sobjects/Case/{entity.reference_field}/{segment(reference)}"
        said = {
            "ParentId": "@{case.id}",
            "CommentBody": ref.mark(comment, reference),
            "IsPublished": False,
        }
        comments = f"{self._soql.root}/sobjects/CaseComment"
        results = self._composite(
            {"method": "PATCH", "url": path, "referenceId": "case", "body": body},
            {"method": "POST", "url": comments, "referenceId": "comment", "body": said},
        )
        return self._own(reference) or self._source(self._id(results[0], path))

    def _composite(self, *requests: dict[str, Any]) -> list[Any]:
        """Several requests, all or none; the body of each answer."""
        path = f"{self._soql.root}/composite"
        sent = {"allOrNone": True, "compositeRequest": list(requests)}
        data = self._soql.send(Call("POST", path, body=sent)).data
        answers = data.get("compositeResponse") if isinstance(data, dict) else None
        if not isinstance(answers, list) or len(answers) != len(requests):
            raise WrongAnswer(self.name, "no compositeResponse in the answer", place=path)
        bad = [a for a in answers if not isinstance(a, dict) or not _went_well(a)]
        if bad:
            self._failed(bad, path)
        return [answer.get("body") for answer in answers]

    def _failed(self, bad: list[Any], path: str) -> NoReturn:
        """The error of a composite request: the first cause, not that the others were halted."""
        errors = [e for answer in bad for e in _errors(answer)]
        cause = next((e for e in errors if e.get("errorCode") != "PROCESSING_HALTED"), {})
        said = self._soql_text(cause)
        self._soql.raise_better(Fatal(self.name, f"nothing was written: {said}", place=path, status=400))

    def _soql_text(self, cause: dict[str, Any]) -> str:
        return " - ".join(filter(None, (value(cause, "errorCode"), value(cause, "message")[:200])))

    def _create(self, name: str, body: dict[str, Any]) -> str:
        path = f"{self._soql.root}/sobjects/{name}"
        return self._id(self._soql.send(Call("POST", path, body=body)).data, path)

    def _patch(self, path: str, body: dict[str, Any]) -> Row | None:
        """Update or upsert, which sent twice is the same as once."""
        call = Call("PATCH", self._soql.root + path, body=body, repeatable=True)
        try:
            data = self._soql.send(call).data
        except WrongAnswer as error:
            if error.status != 300:
                raise
            what = "several records carry our reference"
            remedy = "Make the field a unique external id, and remove the doubles."
            raise Fatal(self.name, what, place=path, status=300, remedy=remedy) from error
        return data if isinstance(data, dict) else None

    def _id(self, data: Any, path: str) -> str:
        held = value(data, "id") if isinstance(data, dict) else ""
        if not held:
            raise WrongAnswer(self.name, "no id in the answer", place=path)
        return held

    def _source(self, record_id: str, label: str = "") -> Source:
        shown = label or record_id
        return Source(system=self.name, record=record_id, url=self.settings.page(record_id), label=shown)

    def _entry_source(self, case: Row, entry: str) -> Source:
        number = value(case, "CaseNumber")
        held = self._source(value(case, "Id"))
        return held.model_copy(update={"record": f"{number}/{entry}", "label": f"comment on {number}"})


def _plain(held: Scalar) -> str | bool | int | float | None:
    """A value as JSON: dates as text; numbers as such, for Salesforce refuses them as text."""
    if isinstance(held, date):
        return held.isoformat()
    if held is None or isinstance(held, str | bool | int):
        return held
    return int(held) if held == held.to_integral_value() else float(held)


def _went_well(answer: dict[str, Any]) -> bool:
    status = answer.get("httpStatusCode")
    return isinstance(status, int) and 200 <= status < 300


def _errors(answer: Any) -> list[dict[str, Any]]:
    body = answer.get("body") if isinstance(answer, dict) else None
    return [e for e in body if isinstance(e, dict)] if isinstance(body, list) else []
