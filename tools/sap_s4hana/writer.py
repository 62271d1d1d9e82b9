"""Writing to SAP: notes on purchase orders, supplier invoices and their release, invoicing plans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call
from tools.kit.csrf import Csrf
from tools.kit.errors import Fatal
from tools.kit.paging import Row
from tools.kit.payloads import Comment, payload, refused
from tools.sap_s4hana.documents import ORDERS
from tools.sap_s4hana.invoices import INVOICE, Invoices
from tools.sap_s4hana.odata import OData
from tools.sap_s4hana.plans import ITEM, Plans

if TYPE_CHECKING:
    from tools.sap_s4hana.connector import SapSettings

TAKEN = ("comment", "create_invoice", "release_invoice", "schedule_payment")
_ORDER = re.compile(r"\d{1,10}")
_TASKS = "it has no tasks for us"
_LACKS = {
    "hold_invoice": "an invoice is never changed through it, so payment is held only where one is entered so",
    "create_task": _TASKS,
    "update_task": _TASKS,
    "set_fields": "its documents have no fields for us to set",
    "put_record": "its records of other kinds are not written",
    "send_message": "it sends no messages for us",
}


class SapWriter:
    """Writes to one system. A target is what our facts call a document: an order (`4500000104`), an item of
    one (`4500000104/10`), an invoice with its year (`5105600117/2026`)."""

    def __init__(self, settings: SapSettings, odata: OData) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._odata = odata
        self._csrf = Csrf(odata.http, f"/{ORDERS}/")
        self._invoices = Invoices(self.name, settings, odata)
        self._plans = Plans(self.name, settings, odata.http)

    def find(self, reference: str, target: str = "") -> Source | None:
        """The note on order `target` that carries our reference: SAP cannot search in note texts, so the
        order must be named. A release and a plan carry none: what they are about is looked at before it is
        written. For any other target the invoice that carries it, which SAP has no index for."""
        wanted = ref.checked(self.name, reference)
        if _ORDER.fullmatch(target):
            return self._noted(wanted, target)
        if INVOICE.fullmatch(target) or ITEM.fullmatch(target):
            return None
        return self._invoices.find(wanted)

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        ref.checked(self.name, action.reference)
        if action.verb == "create_invoice":
            return self._invoices.enter(action)
        if action.verb == "release_invoice":
            return self._invoices.release(action)
        if action.verb == "schedule_payment":
            return self._plans.schedule(action)
        return self._say(action)

    # -- notes on orders ----------------------------------------------------------------------------

    def _say(self, action: Action) -> Source:
        comment = payload(self.name, action, Comment)
        found = self._noted(action.reference, action.target)
        if found is not None:
            return found
        text = ref.mark(comment.text, action.reference)
        note = self._own_note(action.target)
        call = self._append(action.target, note, text) if note else self._new(action.target, text)
        self._csrf.send(call)
        return self._source(action.target)

    def _noted(self, wanted: str, order: str) -> Source | None:
        held = (str(row.get("PlainLongText") or "") for row in self._notes(order))
        return self._source(order) if any(ref.is_marked(text, wanted) for text in held) else None

    def _notes(self, order: str) -> list[Row]:
        if not _ORDER.fullmatch(order):
            raise Fatal(self.name, f"{order[:40]!r} is no purchase order number", remedy="Name the order.")
        params = {"$filter": f"PurchaseOrder eq '{order}'"}
        return self._odata.rows(ORDERS, "A_PurchaseOrderNote", params, ("TextObjectType", "Language"))

    def _own_note(self, order: str) -> Row | None:
        """The note of our text type and language, if the order has one."""
        own = (self.settings.note_type, self.settings.note_language)
        notes = self._notes(order)
        return next((n for n in notes if (n.get("TextObjectType"), n.get("Language")) == own), None)

    def _new(self, order: str, text: str) -> Call:
        body = {
            "PurchaseOrder": order,
            "TextObjectType": self.settings.note_type,
            "Language": self.settings.note_language,
            "PlainLongText": text,
        }
        return Call("POST", f"/{ORDERS}/A_PurchaseOrderNote", body=body)

    def _append(self, order: str, note: Row, text: str) -> Call:
        """An order has one note of a type and language: ours goes below what is there."""
        kind, language = self.settings.note_type, self.settings.note_language
        key = f"PurchaseOrder='{order}',TextObjectType='{kind}',Language='{language}'"
        etag = (note.get("__metadata") or {}).get("etag")
        return Call(
            "PATCH",
            f"/{ORDERS}/A_PurchaseOrderNote({key})",
            body={"PlainLongText": f"{note.get('PlainLongText') or ''}\n\n{text}".strip()},
            etag=etag if isinstance(etag, str) else "",
        )

    def _source(self, order: str) -> Source:
        record = f"{order}/notes/{self.settings.note_type}"
        url = f"{self.settings.base_url.rstrip('/')}/{ORDERS}/A_PurchaseOrder('{order}')"
        return Source(system=self.name, record=record, url=url, label=f"note on order {order}")
