"""Writing to Ironclad: obligations as tasks, comments, properties of contracts, records that hang on them.

What we write carries our reference in a property of its own, by which it is found before it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.ironclad.rows import page, property_of, source, text
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_number
from tools.kit.payloads import Comment, Fields, Record, Scalar, Task, payload, refused

if TYPE_CHECKING:
    from tools.ironclad.connector import IroncladSettings
    from tools.ironclad.properties import PropertyTarget
    from tools.kit.http import Client

TAKEN = ("comment", "create_task", "update_task", "set_fields", "put_record")
_INVOICES = "contracts are kept there, not invoices or payments"
_LACKS = {
    **dict.fromkeys(("hold_invoice", "release_invoice", "create_invoice", "schedule_payment"), _INVOICES),
    "send_message": "it sends no messages for us",
}


class IroncladWriter:
    """Writes tasks as Ironclad obligations, comments on a contract's workflow, properties of contracts, and
    obligations or records of types of their own that hang on a contract (an audit entry)."""

    def __init__(self, settings: IroncladSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http

    def find(self, reference: str, target: str = "") -> Source | None:
        """The obligation with our reference, else the record of one of our types, else (with `target`) the
        comment on that workflow."""
        found = self._obligation(reference) or self._record(reference)
        if found is not None:
            return self._written(found)
        return self._comment(reference, self._workflow(target)) if target else None

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        if action.verb == "update_task":
            return self._update(action)
        if action.verb == "comment":
            workflow = self._workflow(action.target)
            return self._comment(action.reference, workflow) or self._say(action, workflow)
        if action.verb == "set_fields":
            return self._set(action)
        if action.verb == "put_record":
            return self._put(action)
        found = self._obligation(action.reference)
        return self._written(found) if found is not None else self._add(action)

    def _obligation(self, reference: str) -> Row | None:
        """The obligation whose reference property is exactly ours; the filter alone is not trusted."""
        fields = dict.fromkeys(
            [self.settings.obligations.reference]
            + [each.reference for each in self.settings.entities.values() if each.obligation_type]
        )
        found = (self._marked("/obligations", field, reference, {}) for field in fields)
        return next(filter(None, found), None)

    def _record(self, reference: str) -> Row | None:
        """The record of one of our types whose reference property is exactly ours."""
        own = {(each.record_type, each.reference) for each in self.settings.entities.values()}
        places = sorted((kind, field) for kind, field in own if kind)
        found = (self._marked("/records", field, reference, {"types": kind}) for kind, field in places)
        return next(filter(None, found), None)

    def _marked(self, path: str, field: str, reference: str, params: dict[str, str]) -> Row | None:
        wanted = ref.checked(self.name, reference)
        filters = {"filter": f"Equals([{field}], '{wanted}')", **params}

        def fetch(number: int) -> Page:
            answer = self._http.get(path, {"page": number, "pageSize": 100, **filters})
            return page(self.name, path, answer.data, 100)

        for part in by_number(fetch, lambda row: row.get("id"), LoopGuard(self.name, f"GET {path}")):
            for row in part.rows:
                held = (row.get("properties") or {}).get(field) or {}
                if isinstance(held, dict) and held.get("value") == wanted:
                    return row
        return None

    def _add(self, action: Action) -> Source:
        task = payload(self.name, action, Task)
        ids = self.settings.obligations
        body = {
            "name": task.title,
            "parentId": action.target,
            "obligationTypeKey": [ids.type_key],
            "properties": {**self._properties(task), ids.reference: property_of("string", action.reference)},
        }
        return self._written(self._http.send(Call("POST", "/obligations", body=body)).data)

    def _update(self, action: Action) -> Source:
        """Change an obligation: `target` is its id, or it is the one with our reference."""
        task = payload(self.name, action, Task)
        target = action.target
        if not target:
            found = self._obligation(action.reference)
            if found is None:
                raise NotFound(self.name, "no obligation to update", place=action.reference)
            target = text(found, "id")
        body = {"name": task.title, "addProperties": self._properties(task)}
        call = Call("PATCH", f"/obligations/{segment(target)}", body=body, repeatable=True)
        return self._written(self._http.send(call).data)

    def _properties(self, task: Task) -> dict[str, Any]:
        ids = self.settings.obligations
        properties: dict[str, Any] = {}
        if ids.text and task.text:
            properties[ids.text] = property_of("string", task.text)
        if ids.due_on and task.due_on:
            properties[ids.due_on] = property_of("date", f"{task.due_on.isoformat()}T00:00:00Z")
        if task.state == "done":
            if not ids.state:
                raise Misconfigured(
                    self.name,
                    "no property says that an obligation is done",
                    remedy="Set obligations.state to the property's id.",
                )
            properties[ids.state] = property_of("string", "done")
        return properties

    def _workflow(self, target: str) -> str:
        """The workflow to comment on: the one a contract came from, else `target` itself."""
        try:
            record = self._http.get(f"/records/{segment(target)}").data
        except NotFound:
            return target
        came = record.get("source") if isinstance(record, dict) else None
        workflow = text(came, "workflowId") if isinstance(came, dict) else ""
        return workflow.removeprefix("workflow:") or target

    def _comment(self, reference: str, target: str) -> Source | None:
        """Our comment on a workflow, found by the reference at its end."""
        wanted = ref.checked(self.name, reference)
        path = f"/workflows/{segment(target)}/comments"

        def fetch(number: int) -> Page:
            answer = self._http.get(path, {"page": number, "pageSize": 100})
            return page(self.name, path, answer.data, 100)

        for part in by_number(fetch, lambda row: row.get("id"), LoopGuard(self.name, f"GET {path}")):
            for row in part.rows:
                if ref.is_marked(text(row, "commentMessage"), wanted):
                    return self._comment_source(row, target)
        return None

    def _say(self, action: Action, workflow: str) -> Source:
        said = ref.mark(payload(self.name, action, Comment).text, action.reference)
        body: dict[str, Any] = {"comment": said}
        if self.settings.auth.type == "bearer" and self.settings.as_user_email:
            body["creator"] = {"type": "email", "email": self.settings.as_user_email}
        path = f"/workflows/{segment(workflow)}/comments"
        return self._comment_source(self._http.send(Call("POST", path, body=body)).data, workflow)

    def _comment_source(self, row: Any, target: str) -> Source:
        if not isinstance(row, dict) or not text(row, "id"):
            raise WrongAnswer(self.name, "no comment in the answer", place=target)
        record = f"{target}/comments/{text(row, 'id')}"
        return Source(system=self.name, record=record, label=f"comment on {target}")

    def _written(self, row: Any) -> Source:
        if not isinstance(row, dict) or not text(row, "id"):
            remedy = "Look for the reference in Ironclad; the next attempt looks for it, too."
            raise WrongAnswer(self.name, "no written record in the answer", remedy=remedy)
        shown = text(row, "ironcladId") or text(row, "id")
        return source(self.settings, self.name, shown, shown)

    # -- contracts and what hangs on them -------------------------------------------------------------

    def _set(self, action: Action) -> Source:
        """Properties of a contract, such as its performance; the same values twice change nothing."""
        given = payload(self.name, action, Fields).fields
        added, removed = self._theirs(given, self.settings.contract_fields, "contract_fields", action)
        body: dict[str, Any] = {"addProperties": added, **({"removeProperties": removed} if removed else {})}
        path = f"/records/{segment(action.target)}"
        row = self._http.send(Call("PATCH", path, body=body, repeatable=True)).data
        return self._written(row)

    def _put(self, action: Action) -> Source:
        """An obligation or a record of a configured type, which hangs on the contract that is the target."""
        record = payload(self.name, action, Record)
        held = self.settings.entities.get(record.entity)
        if held is None:
            raise Misconfigured(
                self.name,
                f"no type is configured for {record.entity!r}",
                place=f"connectors.{self.name}.entities",
                remedy="Name the type of record or obligation and its properties there.",
            )
        place = f"entities.{record.entity}.fields"
        properties, _ = self._theirs(record.fields, held.fields, place, action)
        name = str(record.fields.get(held.title) or "") if held.title else ""
        body: dict[str, Any] = {
            "name": name or f"{record.entity.capitalize()} {action.reference}",
            "properties": {**properties, held.reference: property_of("string", action.reference)},
        }
        found = self._obligation(action.reference) or self._record(action.reference)
        if found is not None:
            return self._written(found)
        if held.obligation_type:
            body |= {"parentId": action.target, "obligationTypeKey": [held.obligation_type]}
            return self._written(self._http.send(Call("POST", "/obligations", body=body)).data)
        body["type"] = held.record_type
        if action.target:
            body["links"] = [{"recordId": self._record_id(action.target)}]
        return self._written(self._http.send(Call("POST", "/records", body=body)).data)

    def _record_id(self, target: str) -> str:
        """The id of a contract's record by the name that people call it. Raises NotFound."""
        row = self._http.get(f"/records/{segment(target)}").data
        if not isinstance(row, dict) or not text(row, "id"):
            raise WrongAnswer(self.name, "no record in the answer", place=f"GET /records/{target}")
        return text(row, "id")

    def _theirs(
        self, given: Mapping[str, Scalar], names: Mapping[str, PropertyTarget], place: str, action: Action
    ) -> tuple[dict[str, Any], list[str]]:
        """Our fields as their properties, and the ids of those that are to be emptied."""
        added: dict[str, Any] = {}
        removed: list[str] = []
        for field, value in given.items():
            if field not in names:
                raise Misconfigured(
                    self.name,
                    f"no property is configured for {field!r}",
                    place=f"connectors.{self.name}.{place}",
                    remedy="Map it to the id of a property there.",
                )
            if value is None:
                removed.append(names[field].id)
                continue
            try:
                added[names[field].id] = names[field].filled(value)
            except ValueError as error:
                remedy = "Propose the action anew, or correct the property's type in the settings."
                raise Fatal(
                    self.name, f"{field}: {error}", place=f"action {action.id}", remedy=remedy
                ) from None
        return added, removed
