"""Writing to Agiloft: tasks and rows of configured tables by upsert on our reference, fields of contracts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.agiloft.fields import shown
from tools.agiloft.rest import Rest, condition
from tools.kit import reference as ref
from tools.kit.errors import Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Fields, Record, Scalar, Task, payload, refused

if TYPE_CHECKING:
    from tools.agiloft.connector import AgiloftSettings, TableMap, TaskMap

TAKEN = ("create_task", "update_task", "put_record", "set_fields")
_LACKS = {
    "comment": "it has no comments of its own, only fields of each table",
    "send_message": "it sends messages by its own rules only",
    "create_invoice": "contracts are kept there, not invoices",
    "hold_invoice": "contracts are kept there, not invoices",
    "release_invoice": "contracts are kept there, not invoices",
    "schedule_payment": "contracts are kept there, not payments",
}


class AgiloftWriter:
    """Writes to one knowledge base. What we make carries our reference in a field of its own."""

    def __init__(self, settings: AgiloftSettings, rest: Rest, contract: Callable[[str], Row]) -> None:
        """`contract` finds a contract by its number or id."""
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rest = rest
        self._contract = contract

    def find(self, reference: str, target: str = "") -> Source | None:
        """The task or row that carries our reference, whichever table it stands in."""
        wanted = ref.checked(self.name, reference)
        for table, field in self._places():
            found = self._held(table, field, wanted)
            if found:
                return self._source(table, found)
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
        """Tables that we write, with the field of our reference, each once."""
        own = self.settings
        held = [(each.table, each.reference) for each in own.entities.values()]
        if own.tasks:
            held.insert(0, (own.tasks.table, own.tasks.reference))
        yield from dict.fromkeys(held)

    def _held(self, table: str, field: str, wanted: str) -> str:
        """The id of the row with our reference, empty if there is none; the search alone is not trusted."""
        rows = self._rest.search(table, condition(field, "=", wanted), ["id", field])
        ids = [shown(row.get("id")) for row in rows if shown(row.get(field)) == wanted]
        return min((each for each in ids if each.isdigit()), key=int, default="")

    # -- writing ------------------------------------------------------------------------------------

    def _open(self, action: Action, wanted: str) -> Source:
        task, names = payload(self.name, action, Task), self._tasks()
        body = self._task(names, task)
        if names.target and action.target:
            body[names.target] = action.target
        return self._once(names, wanted, body, action.target)

    def _update(self, action: Action, wanted: str) -> Source:
        """Change the task with our reference, else the one that is the target (`task/353`)."""
        task, names = payload(self.name, action, Task), self._tasks()
        body = self._task(names, task)
        record = self._held(names.table, names.reference, wanted)
        if not record:
            named = re.fullmatch(rf"{re.escape(names.table)}/(\d{{1,18}})", action.target)
            if named is None:
                remedy = f"Name it like {names.table}/353, or create it first."
                raise NotFound(self.name, "no task to update", place=wanted, remedy=remedy)
            record = named[1]
        self._rest.change(names.table, record, body)
        return self._source(names.table, record)

    def _put(self, action: Action, wanted: str) -> Source:
        """A row of a configured table: an obligation, an audit entry, a record of performance."""
        record = payload(self.name, action, Record)
        held = self.settings.entities.get(record.entity)
        if held is None:
            raise Misconfigured(
                self.name,
                f"no table is configured for {record.entity!r}",
                place=f"connectors.{self.name}.entities",
                remedy="Name the table and its fields there.",
            )
        body = self._theirs(record.fields, held.fields, f"entities.{record.entity}.fields")
        return self._once(held, wanted, body, action.target)

    def _once(self, names: TableMap | TaskMap, wanted: str, body: Mapping[str, Any], about: str) -> Source:
        """The row with our reference, made if there is none and linked to the contract it is about. The
        upsert matches the reference, too: of two attempts at the same time only one makes a row."""
        table, field = names.table, names.reference
        found = self._held(table, field, wanted)
        if found:
            return self._source(table, found)
        linked = {names.contract: shown(self._contract(about).get("id"))} if names.contract and about else {}
        made = self._rest.upsert(table, condition(field, "=", wanted), {**body, **linked, field: wanted})
        made = made or self._held(table, field, wanted)
        if not made:
            remedy = "Look for the reference in Agiloft; the next attempt looks for it, too."
            raise WrongAnswer(
                self.name, f"no id for what was written to {table}", place=wanted, remedy=remedy
            )
        return self._source(table, made)

    def _set(self, action: Action) -> Source:
        """Fields of a contract, such as its performance; the same values twice change nothing."""
        fields = payload(self.name, action, Fields).fields
        body = self._theirs(fields, self.settings.contract_fields, "contract_fields")
        row = self._contract(action.target)
        record = shown(row.get("id"))
        self._rest.change(self.settings.table, record, body)
        return self.settings.source(self.name, record, action.target)

    # -- fields -------------------------------------------------------------------------------------

    def _tasks(self) -> TaskMap:
        if self.settings.tasks is None:
            raise Misconfigured(
                self.name,
                "no table of tasks is configured",
                place=f"connectors.{self.name}.tasks",
                remedy="Name the table and its fields there.",
            )
        return self.settings.tasks

    def _task(self, names: TaskMap, task: Task) -> dict[str, Any]:
        """The fields of a task. Misconfigured for a part of it that has none."""
        due_on = task.due_on.strftime(self.settings.date_format) if task.due_on else ""
        if task.state == "done" and "done" not in names.states:
            raise self._unmapped("done", "tasks.states")
        body: dict[str, Any] = {names.title: task.title}
        parts = {
            "text": task.text,
            "due_on": due_on,
            "priority": names.priorities.get(task.priority, task.priority) if task.priority else "",
            "state": names.states.get(task.state, ""),
        }
        for part, value in parts.items():
            if not value:
                continue
            field = getattr(names, part)
            if not field:
                raise self._unmapped(part, "tasks")
            body[field] = value
        return body

    def _theirs(self, fields: Mapping[str, Scalar], names: Mapping[str, str], place: str) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for field, value in fields.items():
            if field not in names:
                raise self._unmapped(field, place)
            body[names[field]] = self._value(value)
        return body

    def _value(self, value: Scalar) -> Any:
        if isinstance(value, date):
            return value.strftime(self.settings.date_format)
        return str(value) if isinstance(value, Decimal) else value

    def _unmapped(self, field: str, place: str) -> Misconfigured:
        return Misconfigured(
            self.name,
            f"no field is configured for {field!r}",
            place=f"connectors.{self.name}.{place}",
            remedy="Map it to a field of the table there.",
        )

    def _source(self, table: str, record: str) -> Source:
        return Source(system=self.name, record=f"{table}/{record}", label=f"{table} {record}")
