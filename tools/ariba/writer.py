"""Writing to Ariba: custom fields of a contract workspace. Its other interfaces take nothing of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.ariba.contracts import custom, source_of
from tools.ariba.fields import text
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound
from tools.kit.paging import Row
from tools.kit.payloads import Fields, Scalar, payload, refused

if TYPE_CHECKING:
    from tools.ariba.settings import AribaSettings
    from tools.kit.http import Client

TAKEN = ("set_fields",)
_OWN = ("title", "description")
_ours = re.compile(r"\s*Reference: [A-Za-z0-9._:/-]+\s*$")  # the mark of an action before this one
_LACKS = {
    "comment": "an approval may carry one, but a document on its own takes none",
    "create_task": "tasks of a workspace come from its template",
    "update_task": "tasks of a workspace come from its template",
    "put_record": "it has no entities of its own making",
    "send_message": "it sends messages by its own rules only",
    "create_invoice": "invoices come from suppliers, over the network",
    "hold_invoice": "payment is held in the system that pays",
    "release_invoice": "payment is released in the system that pays",
    "schedule_payment": "it reports payments and takes none",
}


class AribaWriter:
    """Changes workspaces. The last reference that we wrote stands in a custom field of the workspace, or at
    the end of its description."""

    def __init__(self, settings: AribaSettings, http: Client, workspace: Callable[[str], Row]) -> None:
        """`workspace` finds one by its id or number."""
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http
        self._workspace = workspace

    def find(self, reference: str, target: str = "") -> Source | None:
        """The workspace `target`, if our reference is the last that was written to it."""
        wanted = ref.checked(self.name, reference)
        if not target or not self.settings.reference_field:
            return None
        try:
            row = self._workspace(target)
        except NotFound:
            return None
        return self._source(row) if self._carries(row, wanted) else None

    def create(self, action: Action) -> Source:
        """Set custom fields of a workspace that is open for change; done already, nothing is sent."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        wanted = ref.checked(self.name, action.reference)
        given = self._theirs(payload(self.name, action, Fields))
        row = self._workspace(action.target)
        if self._carries(row, wanted):
            return self._source(row)
        status = text(row, "contractStatus")
        if status not in self.settings.open_statuses:
            raise Fatal(
                self.name,
                f"the workspace is {status or 'in an unknown state'} and cannot be changed",
                place=f"action {action.id}",
                remedy="Have it amended in Ariba, then approve the action again.",
            )
        record, template = text(row, "contractId"), self.settings.changes_path
        body = self._body(row, given, wanted)
        if "{id}" not in template:
            body = {"contractId": record, **body}
        path = template.replace("{id}", segment(record))
        self._http.send(Call("PATCH", path, params=self.settings.who(), body=body))
        return self._source(row)

    def _carries(self, row: Row, wanted: str) -> bool:
        """Is our reference the last that was written to the workspace?"""
        field = self.settings.reference_field
        if field == "description":
            return ref.is_marked(text(row, field), wanted)
        return custom(row, field) == wanted

    def _theirs(self, fields: Fields) -> dict[str, Scalar]:
        """Values by the names they have there."""
        names = self.settings.contract_fields
        if not self.settings.reference_field:
            raise self._unmapped("our reference", "reference_field")
        for field in fields.fields:
            if field not in names:
                raise self._unmapped(repr(field), "contract_fields")
        return {names[field]: value for field, value in fields.fields.items()}

    def _body(self, row: Row, given: Mapping[str, Scalar], wanted: str) -> dict[str, Any]:
        """Fields of the workspace, its own and custom ones, our reference among them."""
        field = self.settings.reference_field
        values = {name: _plain(value) for name, value in given.items()}
        if field == "description":
            text_before = values.get(field) or _ours.sub("", text(row, field))
            values[field] = ref.mark(text_before, wanted).strip()
        else:
            values[field] = wanted
        body: dict[str, Any] = {name: held for name, held in values.items() if name in _OWN}
        others = [{"fieldId": name, "textValue": [held]} for name, held in values.items() if name not in _OWN]
        return {**body, **({"customFields": others} if others else {})}

    def _unmapped(self, what: str, place: str) -> Misconfigured:
        return Misconfigured(
            self.name,
            f"no custom field is configured for {what}",
            place=f"connectors.{self.name}.{place}",
            remedy="Name the id of a custom field of the workspace there.",
        )

    def _source(self, row: Row) -> Source:
        record = text(row, "contractId")
        return source_of(self.settings, self.name, record, record)


def _plain(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | int) else value or ""
