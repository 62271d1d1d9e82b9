"""Writing to Oracle Fusion: invoices, holds and their release, instalments, attributes of invoices.

What we write carries our reference in a text, and is looked for before it is written.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call, segment
from tools.kit.errors import Fatal, Misconfigured, NotFound
from tools.kit.paging import Row
from tools.kit.payloads import (
    Fields,
    Hold,
    Instalment,
    InvoiceLineOut,
    NewInvoice,
    PaymentSchedule,
    payload,
    refused,
)
from tools.kit.values import decimal
from tools.oracle_fusion.fields import children, text
from tools.oracle_fusion.rest import Resources, quoted

if TYPE_CHECKING:
    from tools.oracle_fusion.connector import OracleFusionSettings

TAKEN = ("hold_invoice", "release_invoice", "create_invoice", "schedule_payment", "set_fields")
_HOLDS, _INVOICES = "invoiceHolds", "invoices"
_TARGET = re.compile(r"(?:invoices/)?(?P<id>\d{1,18})")
_LACKS = {
    "comment": "an invoice has no notes for us to write, only attachments",
    "create_task": "its worklist takes no tasks from outside",
    "update_task": "its worklist takes no tasks from outside",
    "put_record": "its records of other kinds are not written",
    "send_message": "it sends no messages for us",
}
_LONGEST = 240


class OracleFusionWriter:
    """Writes to one environment. A target is what our facts call an invoice: `invoices/300000123`."""

    def __init__(self, settings: OracleFusionSettings, rest: Resources) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rest = rest

    def find(self, reference: str, target: str = "") -> Source | None:
        """The hold on `target` that we placed or released under our reference; without a target, or where
        there is no such hold, the invoice that carries it."""
        wanted = ref.checked(self.name, reference)
        if target:
            invoice = self._invoice(target)
            for hold in self._holds(invoice):
                if _marked(hold, wanted):
                    return self._source(f"{_HOLDS}/{text(hold, 'HoldId')}", text(invoice, "InvoiceNumber"))
        found = self._entered(wanted)
        return self._of(found) if found else None

    def create(self, action: Action) -> Source:
        """Carry out an action; see `tools.kit.payloads` for what each verb carries."""
        if action.verb not in TAKEN:
            raise refused(self.name, action, TAKEN, _LACKS.get(action.verb, ""))
        ref.checked(self.name, action.reference)
        if action.verb == "create_invoice":
            return self._enter(action)
        if action.verb == "schedule_payment":
            return self._schedule(action)
        if action.verb == "set_fields":
            return self._set(action)
        return self._hold(action) if action.verb == "hold_invoice" else self._release(action)

    # -- looking ------------------------------------------------------------------------------------

    def _rows(self, path: str, condition: str, **more: str | int) -> list[Row]:
        return list(self._rest.all(path, {"q": condition, **(more or {"onlyData": "true"})}))

    def _invoice(self, target: str) -> Row:
        """The invoice that a target names. Raises Fatal for another text, NotFound."""
        named = _TARGET.fullmatch(target)
        if named is None:
            what = f"{target[:60]!r} is no invoice of Oracle Fusion"
            raise Fatal(self.name, what, remedy="Name it like invoices/300000123.")
        more: dict[str, str | int] = {"links": "self", "expand": "invoiceInstallments"}
        for row in self._rows(_INVOICES, f"InvoiceId = {named['id']}", **more):
            if text(row, "InvoiceId") == named["id"]:
                return row
        raise NotFound(self.name, "there is no such invoice", place=target, remedy="Check its InvoiceId.")

    def _holds(self, invoice: Row) -> list[Row]:
        both = [f"{field} = {self._quoted(invoice, field)}" for field in _SAME]
        return self._rows(_HOLDS, " and ".join(both))

    def _quoted(self, row: Row, field: str) -> str:
        try:
            return quoted(text(row, field))
        except ValueError as error:
            raise Fatal(self.name, f"{field}: {error}", remedy="Correct it in Oracle Fusion.") from None

    def _entered(self, wanted: str) -> Row | None:
        field = self.settings.reference_field
        condition = f"{field} like {quoted(wanted.join(2 * self.settings.wildcard))}"
        rows = self._rows(_INVOICES, condition, links="self")
        return next((row for row in rows if ref.is_marked(text(row, field), wanted)), None)

    # -- holds --------------------------------------------------------------------------------------

    def _hold(self, action: Action) -> Source:
        reason = payload(self.name, action, Hold).reason
        name = self._named("hold_name", self.settings.hold_name)
        return self._held(self._invoice(action.target), name, reason, action.reference)

    def _held(self, invoice: Row, name: str, reason: str, reference: str) -> Source:
        """A hold of ours on an invoice, found or placed."""
        number = text(invoice, "InvoiceNumber")
        for hold in self._holds(invoice):
            if ref.is_marked(text(hold, "HoldReason"), reference):
                return self._source(f"{_HOLDS}/{text(hold, 'HoldId')}", number)
        body = {field: text(invoice, field) for field in _SAME}
        made = self._rest.send(
            "POST", _HOLDS, {**body, "HoldName": name, "HoldReason": _with(reason, reference)}
        )
        return self._source(f"{_HOLDS}/{self._id(made, 'HoldId', _HOLDS)}", number)

    def _release(self, action: Action) -> Source:
        """Release the holds that we placed. Those that others placed, or validation did, are theirs."""
        reason = payload(self.name, action, Hold).reason
        name = self._named("release_name", self.settings.release_name)
        invoice = self._invoice(action.target)
        ours = [hold for hold in self._holds(invoice) if ref.marked(text(hold, "HoldReason"))]
        if not ours:
            what = "there is no hold on it that we placed"
            raise Fatal(self.name, what, place=action.target, remedy="Release it in Oracle Fusion.")
        for hold in ours:
            if not text(hold, "ReleaseName") and not text(hold, "ReleaseDate"):
                body = {"ReleaseName": name, "ReleaseReason": _with(reason, action.reference)}
                place = f"{_HOLDS}/{segment(self._id(hold, 'HoldId', _HOLDS))}"
                self._rest.send("PATCH", place, body, repeatable=True)
        return self._source(f"{_HOLDS}/{text(ours[-1], 'HoldId')}", text(invoice, "InvoiceNumber"))

    # -- invoices -----------------------------------------------------------------------------------

    def _enter(self, action: Action) -> Source:
        """Enter an invoice, held where it is to be; what an earlier attempt entered is completed."""
        bill = payload(self.name, action, NewInvoice)
        unit = self._named("business_unit", self.settings.business_unit)
        hold = self._named("hold_name", self.settings.hold_name) if bill.blocked else ""
        sites = self.settings.supplier_sites
        site = self._named("supplier_sites", sites.get(bill.supplier) or sites.get("*", ""))
        found = self._before(bill, unit, action.reference)
        if found is None:
            found = self._rest.send("POST", _INVOICES, self._body(bill, unit, site, action.reference))
        self._id(found, "InvoiceId", _INVOICES)
        if hold:
            self._held(found, hold, "Entered on hold.", action.reference)
        return self._of(found)

    def _before(self, bill: NewInvoice, unit: str, reference: str) -> Row | None:
        """What an earlier attempt entered. A number that the supplier used otherwise is refused: Payables
        takes each once."""
        try:
            same = {"InvoiceNumber": quoted(bill.number), _supplier(bill): quoted(bill.supplier)}
        except ValueError as error:
            raise Fatal(self.name, str(error), remedy="Propose the invoice anew.") from None
        same["BusinessUnit"] = quoted(unit)
        for row in self._rows(_INVOICES, " and ".join(f"{field} = {held}" for field, held in same.items())):
            if ref.is_marked(text(row, self.settings.reference_field), reference):
                return row
            place = f"{_INVOICES}/{text(row, 'InvoiceId')}"
            what = f"{bill.supplier} has an invoice {bill.number} already"
            raise Fatal(self.name, what, place=place, remedy="Use another number.")
        return None

    def _body(self, bill: NewInvoice, unit: str, site: str, reference: str) -> dict[str, Any]:
        amounts = [-abs(line.amount) if bill.credit else line.amount for line in bill.lines]
        total = _number(sum(amounts, Decimal()))
        body: dict[str, Any] = {
            **self.settings.invoice_values,
            "InvoiceNumber": bill.number,
            "InvoiceType": "Credit memo" if bill.credit else "Standard",
            "InvoiceCurrency": bill.currency,
            "InvoiceAmount": total,
            "InvoiceDate": bill.invoiced_on.isoformat(),
            "BusinessUnit": unit,
            _supplier(bill): bill.supplier,
            "SupplierSite": site,
            self.settings.reference_field: _with(bill.text, reference),
            "invoiceLines": [
                self._line(n, line, amount)
                for n, (line, amount) in enumerate(zip(bill.lines, amounts, strict=True), 1)
            ],
        }
        if bill.due_on:
            due = {"InstallmentNumber": 1, "DueDate": bill.due_on.isoformat(), "GrossAmount": total}
            body["invoiceInstallments"] = [due]
        return body

    def _line(self, number: int, line: InvoiceLineOut, amount: Decimal) -> dict[str, Any]:
        body: dict[str, Any] = {
            "LineNumber": number,
            "LineType": "Item",
            "LineAmount": _number(amount),
            "Description": line.text[:_LONGEST],
        }
        if line.order:
            row, _, schedule = line.order_line.partition(".")
            if not row.isdigit() or not (schedule or "1").isdigit():
                what = f"a line billed against order {line.order[:40]} needs the order's line"
                raise Fatal(self.name, what, remedy="Name it like 2, or 2.3 for its third schedule.")
            body["PurchaseOrderNumber"] = line.order
            body["PurchaseOrderLineNumber"] = int(row)
            body["PurchaseOrderScheduleLineNumber"] = int(schedule or "1")
        if line.account:
            body["DistributionCombination"] = line.account
        return body

    def _schedule(self, action: Action) -> Source:
        """Give an unpaid invoice the instalments of a schedule, which have to add up to its amount."""
        plan = payload(self.name, action, PaymentSchedule)
        invoice = self._invoice(action.target)
        held = sorted(
            children(invoice, "invoiceInstallments"), key=lambda row: text(row, "InstallmentNumber").zfill(9)
        )
        self._fits(plan, invoice, held, action.target)
        path = f"{_INVOICES}/{self._rest.key(invoice, _INVOICES)}/child/invoiceInstallments"
        for number, part in enumerate(plan.instalments):
            body = {"DueDate": part.due_on.isoformat(), "GrossAmount": _number(part.amount)}
            if number >= len(held):
                self._rest.send("POST", path, {"InstallmentNumber": number + 1, **body})
            elif not self._is(held[number], part):
                place = f"{path}/{self._rest.key(held[number], path)}"
                self._rest.send("PATCH", place, body, repeatable=True)
        for row in held[len(plan.instalments) :]:
            self._rest.http.send(Call("DELETE", f"/{path}/{self._rest.key(row, path)}", accept="text"))
        return self._of(invoice)

    def _fits(self, plan: PaymentSchedule, invoice: Row, held: list[Row], place: str) -> None:
        total = sum((part.amount for part in plan.instalments), Decimal())
        remedy = "Propose the schedule anew."
        if plan.currency != text(invoice, "InvoiceCurrency"):
            raise Fatal(self.name, "the schedule is in another currency", place=place, remedy=remedy)
        if total != self._amount(invoice, "InvoiceAmount"):
            raise Fatal(self.name, "the schedule is not the invoice's amount", place=place, remedy=remedy)
        for row in held:
            if self._amount(row, "UnpaidAmount") != self._amount(row, "GrossAmount"):
                raise Fatal(self.name, "an instalment of it is paid already", place=place, remedy=remedy)

    def _is(self, row: Row, part: Instalment) -> bool:
        on = text(row, "DueDate")[:10]
        return on == part.due_on.isoformat() and self._amount(row, "GrossAmount") == part.amount

    def _amount(self, row: Row, field: str) -> Decimal | None:
        try:
            return decimal(row.get(field))
        except ValueError as error:
            raise Fatal(self.name, f"{field}: {error}", remedy="Correct it in Oracle Fusion.") from None

    def _set(self, action: Action) -> Source:
        """Configured attributes of an invoice; the same values twice change nothing."""
        names, body = self.settings.invoice_fields, {}
        for field, held in payload(self.name, action, Fields).fields.items():
            if field not in names:
                raise Misconfigured(
                    self.name,
                    f"no attribute is configured for {field!r}",
                    place=f"connectors.{self.name}.invoice_fields",
                    remedy="Map it to an attribute of an invoice.",
                )
            plain = _number(held) if isinstance(held, Decimal) else held
            body[names[field]] = plain.isoformat() if isinstance(plain, date) else plain
        invoice = self._invoice(action.target)
        path = f"{_INVOICES}/{self._rest.key(invoice, _INVOICES)}"
        self._rest.send("PATCH", path, body, repeatable=True)
        return self._of(invoice)

    # -- shared -------------------------------------------------------------------------------------

    def _named(self, setting: str, held: str) -> str:
        if not held:
            raise Misconfigured(
                self.name,
                f"{setting.replace('_', ' ')} is not configured for this",
                place=f"connectors.{self.name}.{setting}",
                remedy="Set it to the name that Payables knows.",
            )
        return held

    def _id(self, row: Row, field: str, place: str) -> str:
        """A written row's identifier. Raises Fatal where it is no number."""
        held = text(row, field)
        if not held.isdigit():
            raise Fatal(self.name, f"the answer has no {field}", place=place, remedy="Look for it by hand.")
        return held

    def _of(self, invoice: Row) -> Source:
        number = text(invoice, "InvoiceId")
        url = self.settings.pages.get("invoice", "").replace("{id}", number)
        return self._source(f"{_INVOICES}/{number}", text(invoice, "InvoiceNumber"), url)

    def _source(self, record: str, label: str, url: str = "") -> Source:
        return Source(system=self.name, record=record, url=url, label=label or record)


_SAME = ("InvoiceNumber", "Supplier", "BusinessUnit")


def _marked(hold: Row, reference: str) -> bool:
    return any(ref.is_marked(text(hold, field), reference) for field in ("HoldReason", "ReleaseReason"))


def _with(said: str, reference: str) -> str:
    """A text with our reference at its end, in as many characters as these fields hold."""
    end = ref.mark("", reference).strip()
    return f"{said[: _LONGEST - len(end) - 1].strip()} {end}".strip()


def _supplier(bill: NewInvoice) -> str:
    return "SupplierNumber" if bill.supplier.isdigit() else "Supplier"


def _number(amount: Decimal) -> float | int:
    """An amount as JSON takes it."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
