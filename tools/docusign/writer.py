"""Writing to CLM: tasks of a document, attributes of a document. Navigator takes nothing."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.docusign.fields import document_id, shown
from tools.docusign.tasks import Reminders, Tasks, WorkItems
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Fields, Scalar, payload, refused

if TYPE_CHECKING:
    from tools.docusign.clm import Clm
    from tools.docusign.settings import AttributeMap, DocusignSettings

TAKEN = ("create_task", "update_task", "set_fields")
_LACKS = {
    "comment": "its interface has no comments on documents",
    "send_message": "it sends reminders of documents only; propose a task",
    "put_record": "it keeps documents with attributes, and no records that could carry our reference",
    "create_invoice": "contracts are kept there, not invoices",
    "hold_invoice": "contracts are kept there, not invoices",
    "release_invoice": "contracts are kept there, not invoices",
    "schedule_payment": "contracts are kept there, not payments",
}
_ID = "[0-9a-fA-F-]{36}"


class NoWriter:
    """Navigator's interface shows agreements and takes uploads; it changes nothing."""

    def __init__(self, settings: DocusignSettings) -> None:
        self.name = settings.name or settings.kind

    def find(self, reference: str, target: str = "") -> Source | None:
        """Nothing: nothing of ours is there."""
        return None

    def create(self, action: Action) -> Source:
        """Raises Fatal: every verb is refused."""
        raise Fatal(
            self.name,
            f"takes no {action.verb}: Navigator's interface only shows agreements",
            place=f"action {action.id}",
            remedy="Propose this in another system; DocuSign CLM takes tasks and attributes.",
        )


class ClmWriter:
    """Writes to one account. A task carries our reference at the end of its text."""

    def __init__(self, settings: DocusignSettings, clm: Clm) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._clm = clm
        self._tasks: Tasks = (WorkItems if settings.workflow else Reminders)(settings, self.name, clm)

    def find(self, reference: str, target: str = "") -> Source | None:
        """The task of the target that carries our reference; without a target nothing can be found."""
        wanted = ref.checked(self.name, reference)
        if not target:
            return None
        document = document_id(self._clm.record(target))
        held = self._tasks.held(document, wanted)
        return self._source(document, held) if held else None

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        wanted = ref.checked(self.name, action.reference)
        if action.verb == "set_fields":
            return self._set(action)
        body = self._tasks.body(action, wanted)
        if action.verb == "update_task":
            return self._update(action, wanted, body)
        document = document_id(self._clm.record(action.target))
        held = self._tasks.held(document, wanted) or self._tasks.make(document, body, wanted)
        return self._source(document, held)

    def _update(self, action: Action, wanted: str, body: Row) -> Source:
        """Change the task that is the target (`documents/…/documentreminders/…`), else the target contract's
        one with our reference."""
        named = re.fullmatch(rf"documents/({_ID})/{self._tasks.place}/({_ID})", action.target)
        if named:
            document, task = named[1], named[2]
        else:
            document = document_id(self._clm.record(action.target))
            task = self._tasks.held(document, wanted).rpartition("/")[2]
            if not task:
                remedy = f"Create it first, or name it like documents/…/{self._tasks.place}/…"
                raise NotFound(self.name, "no task to update", place=wanted, remedy=remedy)
        self._tasks.change(task, body)
        return self._source(document, f"{self._tasks.place}/{task}")

    # -- attributes ---------------------------------------------------------------------------------

    def _set(self, action: Action) -> Source:
        """Attributes of a contract's document; the same values twice change nothing."""
        groups: dict[str, dict[str, Any]] = {}
        for field, value in payload(self.name, action, Fields).fields.items():
            held = self.settings.contract_fields.get(field)
            if held is None:
                raise Misconfigured(
                    self.name,
                    f"no attribute is configured for {field!r}",
                    place=f"connectors.{self.name}.contract_fields",
                    remedy="Map it to an attribute of documents there.",
                )
            group, _, name = held.attribute.partition("/")
            groups.setdefault(group, {})[name] = self._value(held, value)
        row = self._clm.record(action.target)
        document = document_id(row)
        path = f"/documents/{segment(document)}"
        self._clm.send(Call("PATCH", path, body={"AttributeGroups": groups}, repeatable=True))
        return self.settings.source(self.name, document, shown(row.get("Name")))

    def _value(self, held: AttributeMap, value: Scalar) -> Row:
        """A value as an attribute holds it: days as fourteen digits."""
        written: Any = value
        if held.type == "Date" and isinstance(value, str):
            try:
                written = date.fromisoformat(value)
            except ValueError:
                what = f"{value[:40]!r} is no day for {held.attribute}"
                raise Fatal(self.name, what, remedy="Propose it as 2026-09-30.") from None
        if isinstance(written, date):
            written = f"{written:%Y%m%d}000000"
        elif isinstance(written, Decimal):
            written = str(written)
        return {"AttributeType": held.type, "RepeatingAttribute": False, "Value": written}

    def _source(self, document: str, task: str) -> Source:
        if not task:
            remedy = "Look for it in CLM; the next attempt looks for it, too."
            raise WrongAnswer(self.name, "no task in the answer", place=self._tasks.place, remedy=remedy)
        return Source(system=self.name, record=f"documents/{document}/{task}", label=f"task of {document}")
