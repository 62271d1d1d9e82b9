"""Writing to Icertis: tasks and records of configured contract types, associated with an agreement, and
attributes of agreements. All of it as instances of the classic API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.icertis.contracts import source_of
from tools.icertis.fields import text
from tools.icertis.rest import Rest
from tools.kit import reference as ref
from tools.kit.errors import Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Fields, Record, Scalar, Task, payload, refused

if TYPE_CHECKING:
    from tools.icertis.settings import EntityMap, IcertisSettings, TaskMap

TAKEN = ("create_task", "update_task", "put_record", "set_fields")
_LACKS = {
    "comment": "its interfaces offer no comments, only attributes of each record",
    "send_message": "it sends messages by its own rules only",
    "create_invoice": "agreements are kept there, not invoices",
    "hold_invoice": "agreements are kept there, not invoices",
    "release_invoice": "agreements are kept there, not invoices",
    "schedule_payment": "agreements are kept there, not payments",
}


class IcertisWriter:
    """Writes to one tenant. What we make carries our reference in an attribute of its own."""

    def __init__(
        self,
        settings: IcertisSettings,
        rest: Rest,
        agreement: Callable[[str], tuple[str, Row]],
        found: Callable[[str, str, str], Row | None],
    ) -> None:
        """`agreement` finds one by its number or id, `found` a record by the value of an attribute."""
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rest = rest
        self._agreement = agreement
        self._found = found

    def find(self, reference: str, target: str = "") -> Source | None:
        """The task or record that carries our reference, of whichever contract type."""
        wanted = ref.checked(self.name, reference)
        for entity, attribute in self._places():
            record = self._held(entity, attribute, wanted)
            if record:
                return self._source(entity, record)
        return None

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        wanted = ref.checked(self.name, action.reference)
        if action.verb == "set_fields":
            return self._set(action)
        if action.verb == "update_task":
            return self._update(action, wanted)
        if action.verb == "put_record":
            return self._put(action, wanted)
        return self._open(action, wanted)

    # -- looking ------------------------------------------------------------------------------------

    def _places(self) -> Iterator[tuple[str, str]]:
        """Contract types that we write, with the attribute of our reference, each once."""
        own = self.settings
        held: list[EntityMap | TaskMap] = [*([own.tasks] if own.tasks else []), *own.entities.values()]
        yield from dict.fromkeys((each.entity, each.reference) for each in held)

    def _held(self, entity: str, attribute: str, wanted: str) -> str:
        """The id of the record with our reference; empty if there is none."""
        row = self._found(entity, attribute, wanted)
        return text(row, self.settings.fields.id) if row is not None else ""

    # -- writing ------------------------------------------------------------------------------------

    def _open(self, action: Action, wanted: str) -> Source:
        task, names = payload(self.name, action, Task), self._tasks()
        return self._once(names, wanted, action.target, self._task(names, task))

    def _update(self, action: Action, wanted: str) -> Source:
        """Change the task with our reference, else the one that is the target (`Obligations/…`)."""
        task, names = payload(self.name, action, Task), self._tasks()
        body = self._task(names, task)
        record = self._held(names.entity, names.reference, wanted)
        if not record:
            named = re.fullmatch(rf"{re.escape(names.entity)}/([A-Za-z0-9-]{{1,60}})", action.target)
            if named is None:
                remedy = f"Name it like {names.entity}/ and its id, or create it first."
                raise NotFound(self.name, "no task to update", place=wanted, remedy=remedy)
            record = named[1]
        return self._change(names.entity, record, body)

    def _put(self, action: Action, wanted: str) -> Source:
        """A record of a configured contract type: an obligation, an audit entry, a record of performance."""
        record = payload(self.name, action, Record)
        held = self.settings.entities.get(record.entity)
        if held is None:
            raise Misconfigured(
                self.name,
                f"no contract type is configured for {record.entity!r}",
                place=f"connectors.{self.name}.entities",
                remedy="Name the contract type and its attributes there.",
            )
        body = self._theirs(record.fields, held.fields, f"entities.{record.entity}.fields")
        return self._once(held, wanted, action.target, body)

    def _set(self, action: Action) -> Source:
        """Attributes of an agreement, such as its performance."""
        fields = payload(self.name, action, Fields).fields
        body = self._theirs(fields, self.settings.agreement_fields, "agreement_fields")
        entity, row = self._agreement(action.target)
        return self._change(entity, text(row, self.settings.fields.id), body)

    def _once(self, names: EntityMap | TaskMap, wanted: str, target: str, body: Mapping[str, Any]) -> Source:
        """The record with our reference, made if there is none, below the agreement that is the target."""
        entity = names.entity
        found = self._held(entity, names.reference, wanted)
        if found:
            return self._source(entity, found)
        instance = {"EntityName": entity, **body, names.reference: wanted}
        if names.parent and target:
            _, row = self._agreement(target)
            instance[names.parent] = text(row, self.settings.fields.id)
        made = self._rest.save(self.settings.paths.save, instance)
        made = made or self._held(entity, names.reference, wanted)
        if not made:
            remedy = "Look for the reference in Icertis; the next attempt looks for it, too."
            raise WrongAnswer(
                self.name, f"no id for what was written as {entity}", place=wanted, remedy=remedy
            )
        return self._source(entity, made)

    def _change(self, entity: str, record: str, body: Mapping[str, Any]) -> Source:
        """Set attributes of a record: it is read whole and sent back whole, as the classic API wants it."""
        paths = self.settings.paths
        held = self._rest.instance(paths.instance, entity, record)
        self._rest.save(paths.save, {**held, **body})
        return self._source(entity, record)

    # -- attributes ---------------------------------------------------------------------------------

    def _tasks(self) -> TaskMap:
        if self.settings.tasks is None:
            raise Misconfigured(
                self.name,
                "no contract type of tasks is configured",
                place=f"connectors.{self.name}.tasks",
                remedy="Name the attribute for our reference there, and the others.",
            )
        return self.settings.tasks

    def _task(self, names: TaskMap, task: Task) -> dict[str, Any]:
        """The attributes of a task. Misconfigured for a part of it that has none."""
        if task.state == "done" and "done" not in names.states:
            raise self._unmapped("done", "tasks.states")
        body: dict[str, Any] = {names.title: task.title}
        parts = {
            "text": task.text,
            "due_on": _value(task.due_on) if task.due_on else "",
            "priority": names.priorities.get(task.priority, task.priority) if task.priority else "",
            "state": names.states.get(task.state, ""),
        }
        for part, value in parts.items():
            if not value:
                continue
            attribute = getattr(names, part)
            if not attribute:
                raise self._unmapped(part, "tasks")
            body[attribute] = value
        return body

    def _theirs(self, fields: Mapping[str, Scalar], names: Mapping[str, str], place: str) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for field, value in fields.items():
            if field not in names:
                raise self._unmapped(field, place)
            body[names[field]] = _value(value)
        return body

    def _unmapped(self, field: str, place: str) -> Misconfigured:
        return Misconfigured(
            self.name,
            f"no attribute is configured for {field!r}",
            place=f"connectors.{self.name}.{place}",
            remedy="Map it to an attribute of the contract type there.",
        )

    def _source(self, entity: str, record: str) -> Source:
        return source_of(self.settings, self.name, entity, record, f"{entity} {record}")


def _value(value: Scalar) -> Any:
    """A value as Icertis takes it: days in ISO form with midnight, figures as text."""
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    return str(value) if isinstance(value, Decimal) else value
