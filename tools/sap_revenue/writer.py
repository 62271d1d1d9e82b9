"""Writing to SAP revenue accounting: records of configured sets, fields of performance obligations.

Services that a customer makes of SAP's views are for reading only; SAP's own take no performance obligations
from outside. So nothing is written unless the settings name a set that takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.errors import Fatal, Misconfigured
from tools.kit.paging import Row
from tools.kit.payloads import Fields, Record, Scalar, payload, refused
from tools.sap_revenue.facts import text
from tools.sap_revenue.odata import OData, literal

if TYPE_CHECKING:
    from tools.sap_revenue.settings import RecordMap, SapRevenueSettings

TAKEN = ("put_record", "set_fields")
_LACKS = {
    "comment": "its records have no comments",
    "create_task": "it has no tasks",
    "update_task": "it has no tasks",
    "send_message": "it sends no messages",
    "create_invoice": "invoices are entered in sales, not in revenue accounting",
    "hold_invoice": "invoices are kept in sales, not in revenue accounting",
    "release_invoice": "invoices are kept in sales, not in revenue accounting",
    "schedule_payment": "it plans revenue, not payments",
}
_REFUSES = (405, 501)


class SapRevenueWriter:
    """Writes to one system. What we make carries our reference in a field of its own."""

    def __init__(self, settings: SapRevenueSettings, odata: OData) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._odata = odata

    def find(self, reference: str, target: str = "") -> Source | None:
        """The record that carries our reference, whichever set it stands in."""
        wanted = ref.checked(self.name, reference)
        for held in self.settings.records.values():
            found = self._held(held, wanted)
            if found is not None:
                return self._source(held, found)
        return None

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        wanted = ref.checked(self.name, action.reference)
        return self._set(action) if action.verb == "set_fields" else self._put(action, wanted)

    def _put(self, action: Action, wanted: str) -> Source:
        record = payload(self.name, action, Record)
        held = self.settings.records.get(record.entity)
        if held is None:
            raise Misconfigured(
                self.name,
                f"no service is configured that takes a {record.entity!r}",
                place=f"connectors.{self.name}.records",
                remedy="SAP's own services take none; name one of yours there that does, or act in SAP.",
            )
        body = self._theirs(record.fields, held.fields, f"records.{record.entity}.fields")
        found = self._held(held, wanted)
        if found is not None:
            return self._source(held, found)
        try:
            whole = {**body, held.reference: wanted}
            made = self._odata.create(held.path, whole, held.under, action.target, held.way)
        except Fatal as error:
            raise self._explained(error, held.path) from error
        return self._source(held, made)

    def _set(self, action: Action) -> Source:
        """Fields of the performance obligation that is the target; the same values twice change nothing."""
        names = self.settings.obligations
        fields = payload(self.name, action, Fields).fields
        body = self._theirs(fields, self.settings.obligation_fields, "obligation_fields")
        row, etag = self._odata.get(names.path, action.target)
        try:
            self._odata.change(names.path, action.target, body, etag)
        except Fatal as error:
            raise self._explained(error, names.path) from error
        label = text(row, names.name[0]) if names.name else action.target
        return Source(system=self.name, record=f"obligation/{action.target}", label=label or action.target)

    def _held(self, held: RecordMap, wanted: str) -> Row | None:
        """The row with our reference; the filter alone is not trusted."""
        condition = f"{held.reference} eq {literal(wanted)}"
        rows = self._odata.rows(held.path, held.key, [condition])
        return next((row for row in rows if text(row, held.reference) == wanted), None)

    def _theirs(self, fields: Mapping[str, Scalar], names: Mapping[str, str], place: str) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for field, value in fields.items():
            if field not in names:
                raise Misconfigured(
                    self.name,
                    f"no field is configured for {field!r}",
                    place=f"connectors.{self.name}.{place}",
                    remedy="Map it to a field of the service there, if the service lets it be written.",
                )
            body[names[field]] = self._odata.value(_as_day(value))
        return body

    def _explained(self, error: Fatal, path: str) -> Fatal:
        """The error, or that a service is for reading only."""
        if type(error) is not Fatal or error.status not in _REFUSES:
            return error
        return Fatal(
            self.name,
            "the service is for reading only",
            place=path,
            status=error.status,
            remedy="Name a service that takes changes, or act in SAP: revenue accounting takes them there.",
        )

    def _source(self, held: RecordMap, row: Row) -> Source:
        key = "/".join(text(row, field) for field in held.key)
        entity = held.path.rpartition("/")[2]
        return Source(system=self.name, record=f"{entity}/{key}", label=f"{entity} {key}")


def _as_day(value: Scalar) -> Scalar:
    """A day told as text is a day: an action's payload comes as JSON."""
    if not isinstance(value, str) or len(value) != 10:
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value
