"""Writing to OneTrust: objects of configured types, found again by our reference; fields of certificates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call
from tools.kit.errors import Fatal, Misconfigured, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Fields, Record, Scalar, payload, refused
from tools.onetrust.certificates import shown

if TYPE_CHECKING:
    from tools.kit.http import Client
    from tools.onetrust.connector import OneTrustSettings

TAKEN = ("put_record", "set_fields")
_LACKS = {
    "comment": "its objects have no comments in the interface",
    "create_task": "a task there belongs to a workflow's stage or an issue",
    "update_task": "a task there belongs to a workflow's stage or an issue",
}
_ENTITIES = "/api/custom-entity/v1/entities"
_TARGET = re.compile(r"(?:certificate/)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")


class OneTrustWriter:
    """Writes to one tenant."""

    def __init__(
        self, settings: OneTrustSettings, http: Client, search: Callable[[str, Sequence[Row]], list[Row]]
    ) -> None:
        """`search` gives all objects of a type that fit some filters."""
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http
        self._search = search

    def find(self, reference: str, target: str = "") -> Source | None:
        """The object that carries our reference, of whichever configured type."""
        wanted = ref.checked(self.name, reference)
        places = dict.fromkeys((each.entity, each.reference) for each in self.settings.entities.values())
        for entity, attribute in places:
            found = self._held(entity, attribute, wanted)
            if found is not None:
                return found
        return None

    def create(self, action: Action) -> Source:
        """Carry out a put_record or set_fields; see `tools.kit.payloads` for what each carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, "it keeps no such records"))
        wanted = ref.checked(self.name, action.reference)
        return self._put(action, wanted) if action.verb == "put_record" else self._set(action)

    def _held(self, entity: str, attribute: str, wanted: str) -> Source | None:
        """The object with our reference; the filter alone is not trusted."""
        same = {"field": attribute, "operator": "EQUAL_TO", "value": wanted}
        for row in self._search(entity, [same]):
            held = row.get("attributes")
            inside = held.get(attribute) if isinstance(held, dict) else None
            if wanted in (shown(row.get(attribute)), shown(inside)):
                return self._source(entity, row)
        return None

    def _put(self, action: Action, wanted: str) -> Source:
        record = payload(self.name, action, Record)
        held = self.settings.entities.get(record.entity)
        if held is None:
            raise Misconfigured(
                self.name,
                f"no object type is configured for {record.entity!r}",
                place=f"connectors.{self.name}.entities",
                remedy="Name the type and its attributes there.",
            )
        fields = dict(record.fields)
        name = shown(fields.pop(held.name, "")) if held.name else ""
        attributes = self._attributes(fields, held.fields, f"entities.{record.entity}.fields")
        found = self._held(held.entity, held.reference, wanted)
        if found is not None:
            return found
        body: dict[str, Any] = {
            "name": (name or wanted)[:255],
            "attributes": {**attributes, held.reference: [{"value": wanted}]},
        }
        if held.organization:
            body["organization"] = {"id": held.organization}
        return self._source(held.entity, self._send("POST", _ENTITIES, held.entity, body))

    def _set(self, action: Action) -> Source:
        """Attributes of a certificate; the same values twice change nothing."""
        fields = payload(self.name, action, Fields).fields
        attributes = self._attributes(fields, self.settings.certificate_fields, "certificate_fields")
        named = _TARGET.fullmatch(action.target)
        if named is None:
            what = f"{action.target[:60]!r} is no certificate"
            remedy = "Name it as our facts do: certificate/ and its id."
            raise Fatal(self.name, what, place=f"action {action.id}", remedy=remedy)
        entity = self.settings.certificates.entity
        made = self._send("PATCH", f"{_ENTITIES}/{named[1]}", entity, {"attributes": attributes}, again=True)
        return self.settings.source(self.name, f"certificate/{named[1]}", shown(made.get("name")))

    def _attributes(
        self, fields: Mapping[str, Scalar], names: Mapping[str, str], place: str
    ) -> dict[str, list[dict[str, str]]]:
        """Values as OneTrust takes them; None empties an attribute."""
        found: dict[str, list[dict[str, str]]] = {}
        for field, value in fields.items():
            if field not in names:
                raise Misconfigured(
                    self.name,
                    f"no attribute is configured for {field!r}",
                    place=f"connectors.{self.name}.{place}",
                    remedy="Map it to an attribute of the object type.",
                )
            text = value.isoformat() if isinstance(value, date) else shown(value)
            found[names[field]] = [] if value is None else [{"value": text}]
        return found

    def _send(self, method: str, path: str, entity: str, body: Row, again: bool = False) -> Row:
        call = Call(method, path, {"entityTypeName": entity}, body=body, repeatable=again)
        data = self._http.send(call).data
        if not isinstance(data, dict) or not shown(data.get("id")):
            remedy = "The next attempt looks for what was written."
            raise WrongAnswer(self.name, "no id in the answer", place=call.place, remedy=remedy)
        return data

    def _source(self, entity: str, row: Row) -> Source:
        return self.settings.source(self.name, f"{entity}/{shown(row.get('id'))}", shown(row.get("name")))
