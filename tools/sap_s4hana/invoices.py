"""Supplier invoices written to SAP: entered whole, posted or parked, held for payment or not; released.

The service makes and releases invoices and never changes one, so nothing is held after it was entered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from obligations.facts import Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call
from tools.kit.csrf import Csrf
from tools.kit.errors import Fatal, Misconfigured, NotFound, WrongAnswer
from tools.kit.paging import Row
from tools.kit.payloads import Hold, InvoiceLineOut, NewInvoice, payload
from tools.sap_s4hana.documents import INVOICES, KEYS, SETS
from tools.sap_s4hana.odata import OData, literal, v2_day

if TYPE_CHECKING:
    from tools.sap_s4hana.connector import SapSettings

INVOICE = re.compile(r"(?P<number>\d{1,10})/(?P<year>\d{4})")
_SET = SETS["invoice"][1]
_LENGTHS = {"SupplierPostingLineItemText": 50, "PaymentReference": 30, "DocumentHeaderText": 25}
_LINE_TEXT = 50
_CENT = Decimal("0.01")
_ASKED = (*KEYS["invoice"], "SupplierInvoiceIDByInvcgParty", "SupplierInvoiceStatus", "PaymentBlockingReason")


class Invoices:
    """Enters and releases the invoices of one system."""

    def __init__(self, name: str, settings: SapSettings, odata: OData) -> None:
        self.name = name
        self.settings = settings
        self._odata = odata
        self._csrf = Csrf(odata.http, f"/{INVOICES}/")

    def find(self, wanted: str) -> Source | None:
        """The invoice that carries our reference."""
        field = self.settings.reference_field
        for row in self._rows(f"substringof({literal(wanted)},{field})"):
            if self._is_ours(row, wanted):
                return self._source(row)
        return None

    # -- entering -----------------------------------------------------------------------------------

    def enter(self, action: Action) -> Source:
        """Enter an invoice; one of the same supplier and number is ours, or in the way."""
        bill = payload(self.name, action, NewInvoice)
        body = self._body(bill, action)
        same = {"SupplierInvoiceIDByInvcgParty": bill.number, "InvoicingParty": bill.supplier}
        condition = " and ".join(f"{field} eq {literal(held)}" for field, held in same.items())
        for row in self._rows(condition):
            if self._is_ours(row, action.reference):
                return self._source(row)
            what = f"{bill.supplier} has an invoice {bill.number} already"
            raise Fatal(self.name, what, place=self._source(row).record, remedy="Use another number.")
        answer = self._csrf.send(Call("POST", f"/{INVOICES}/{_SET}", body=body)).data
        made = answer.get("d") if isinstance(answer, dict) else None
        if not isinstance(made, dict) or not INVOICE.fullmatch(_key(made)):
            what = "the answer does not tell the invoice's number"
            remedy = "Look for the reference in SAP; the next attempt looks for it, too."
            raise WrongAnswer(self.name, what, place=f"POST /{INVOICES}/{_SET}", remedy=remedy)
        return self._source(made)

    def _body(self, bill: NewInvoice, action: Action) -> dict[str, Any]:
        own = self.settings
        net = sum((line.amount for line in bill.lines), Decimal())
        if net <= 0:
            what = "an invoice is entered with a positive amount; a credit memo says so by `credit`"
            raise Fatal(self.name, what, place=f"action {action.id}", remedy="Propose it anew.")
        booked_at = action.decided_at or action.proposed_at
        body: dict[str, Any] = {
            **own.invoice_values,
            "CompanyCode": self._company_code(),
            "DocumentDate": v2_day(bill.invoiced_on),
            "PostingDate": v2_day(booked_at.astimezone(ZoneInfo(own.zone)).date()),
            "SupplierInvoiceIDByInvcgParty": self._short(bill.number, 16, "number"),
            "InvoicingParty": self._short(bill.supplier, 10, "supplier"),
            "DocumentCurrency": bill.currency,
            "InvoiceGrossAmount": str((net * (1 + own.tax_rate / 100)).quantize(_CENT, ROUND_HALF_UP)),
            own.reference_field: self._marked(bill.text, action.reference),
            **self._lines(bill),
        }
        if own.tax_rate:
            body["TaxIsCalculatedAutomatically"] = True
        if bill.credit:
            body["SupplierInvoiceIsCreditMemo"] = "X"
        if bill.due_on:
            body |= {"DueCalculationBaseDate": v2_day(bill.due_on), "NetPaymentDays": "0"}
        if bill.blocked:
            body["PaymentBlockingReason"] = own.block_reason
        if own.enter_as == "parked":
            body["SupplierInvoiceStatus"] = own.parked_status
        return body

    def _lines(self, bill: NewInvoice) -> dict[str, Any]:
        """Lines by what they are booked on: an order's item, or an account."""
        lines = list(enumerate(bill.lines, 1))
        on_orders = [self._order_line(n, line, bill.currency) for n, line in lines if line.order]
        on_accounts = [self._account_line(n, line, bill) for n, line in lines if not line.order]
        held = {"to_SuplrInvcItemPurOrdRef": on_orders, "to_SupplierInvoiceItemGLAcct": on_accounts}
        return {name: {"results": rows} for name, rows in held.items() if rows}

    def _order_line(self, number: int, line: InvoiceLineOut, currency: str) -> dict[str, Any]:
        if not line.order_line.isdigit() or line.amount <= 0:
            what = (
                f"a line billed against order {line.order[:40]} needs the order's item and a positive amount"
            )
            raise Fatal(self.name, what, remedy="Name the item like 10.")
        return {
            **self._line(number, line, currency),
            "PurchaseOrder": line.order,
            "PurchaseOrderItem": line.order_line,
        }

    def _account_line(self, number: int, line: InvoiceLineOut, bill: NewInvoice) -> dict[str, Any]:
        if not line.account:
            what = f"line {number} names neither an order nor an account"
            raise Fatal(self.name, what, remedy="Propose the invoice with one of them.")
        return {
            **self._line(number, line, bill.currency),
            "CompanyCode": self._company_code(),
            "GLAccount": line.account,
            "DebitCreditCode": "H" if (line.amount < 0) != bill.credit else "S",
        }

    def _line(self, number: int, line: InvoiceLineOut, currency: str) -> dict[str, Any]:
        return {
            "SupplierInvoiceItem": str(number),
            "SupplierInvoiceItemAmount": str(abs(line.amount)),
            "DocumentCurrency": currency,
            "TaxCode": self._set("tax_code", self.settings.tax_code),
            "SupplierInvoiceItemText": line.text[:_LINE_TEXT],
        }

    # -- letting go ---------------------------------------------------------------------------------

    def release(self, action: Action) -> Source:
        """Lift an invoice's payment block, and post it before where we parked it. One that is free already
        stays as it is; one that somebody else parked is theirs to post."""
        payload(self.name, action, Hold)
        row = self._one(action.target)
        key = {"SupplierInvoice": row["SupplierInvoice"], "FiscalYear": row["FiscalYear"]}
        if row.get("SupplierInvoiceStatus") == self.settings.parked_status:
            if not self._is_of_us(row):
                what = "it is only parked, and not by us"
                raise Fatal(self.name, what, place=action.target, remedy="Post it in SAP.")
            self._call("Post", {name: literal(value) for name, value in key.items()})
        if row.get("PaymentBlockingReason"):
            shifted = "true" if self.settings.shift_discount_days else "false"
            asked = {name: literal(value) for name, value in key.items()}
            self._call("Release", {**asked, "DiscountDaysHaveToBeShifted": shifted})
        return self._source(row)

    def _call(self, function: str, params: dict[str, str]) -> None:
        """A function import; SAP says in the answer whether it did what was asked."""
        answer = self._csrf.send(Call("POST", f"/{INVOICES}/{function}", params)).data
        held = answer.get("d") if isinstance(answer, dict) else None
        told = held.get(function, held) if isinstance(held, dict) else None
        if not isinstance(told, dict) or told.get("Success") is not True:
            what = f"{function} does not say that it succeeded"
            remedy = "Look at the invoice in SAP; the next attempt looks at it, too."
            raise WrongAnswer(self.name, what, place=f"POST /{INVOICES}/{function}", remedy=remedy)

    # -- shared -------------------------------------------------------------------------------------

    def _one(self, target: str) -> Row:
        named = INVOICE.fullmatch(target)
        if named is None:
            what = f"{target[:40]!r} is no supplier invoice"
            raise Fatal(self.name, what, remedy="Name it with its fiscal year, like 5105600117/2026.")
        condition = f"SupplierInvoice eq '{named['number']}' and FiscalYear eq '{named['year']}'"
        for row in self._rows(condition):
            if _key(row) == target:
                return row
        raise NotFound(self.name, "there is no such invoice", place=target, remedy="Check number and year.")

    def _rows(self, condition: str) -> Sequence[Row]:
        params = {"$filter": condition, "$select": ",".join([*_ASKED, self.settings.reference_field])}
        return self._odata.rows(INVOICES, _SET, params, KEYS["invoice"])

    def _is_ours(self, row: Row, wanted: str) -> bool:
        held = str(row.get(self.settings.reference_field) or "")
        return held == wanted or ref.is_marked(held, wanted)

    def _is_of_us(self, row: Row) -> bool:
        """Does an invoice carry any reference of ours, in whichever of its two forms?"""
        held = str(row.get(self.settings.reference_field) or "")
        return bool(ref.marked(held)) or held.startswith("pacta-")

    def _marked(self, said: str, reference: str) -> str:
        """A text with our reference at its end; the reference alone where the field holds no more."""
        longest = _LENGTHS[self.settings.reference_field]
        end = ref.mark("", reference).strip()
        if len(end) > longest:
            return self._short(reference, longest, "reference")
        return f"{said[: longest - len(end) - 1].strip()} {end}".strip()

    def _short(self, text: str, longest: int, name: str) -> str:
        """A text that SAP would cut, or take for another if it was cut, is refused."""
        if len(text) > longest:
            what = f"the {name} is longer than the {longest} characters that SAP keeps"
            raise Fatal(self.name, what, remedy="Propose the invoice with a shorter one.")
        return text

    def _company_code(self) -> str:
        only = self.settings.company_codes if len(self.settings.company_codes) == 1 else ("",)
        return self._set("company_code", self.settings.company_code or only[0])

    def _set(self, setting: str, held: str) -> str:
        if not held:
            raise Misconfigured(
                self.name,
                f"{setting.replace('_', ' ')} is not configured for invoices that we enter",
                place=f"connectors.{self.name}.{setting}",
                remedy="Set it to a key that SAP knows.",
            )
        return held

    def _source(self, row: Row) -> Source:
        url = (
            f"{self.settings.base_url.rstrip('/')}/{INVOICES}/{_SET}"
            f"(SupplierInvoice='{row.get('SupplierInvoice')}',FiscalYear='{row.get('FiscalYear')}')"
        )
        label = str(row.get("SupplierInvoiceIDByInvcgParty") or "") or _key(row)
        return Source(system=self.name, record=_key(row), url=url, label=label)


def _key(row: Row) -> str:
    return f"{row.get('SupplierInvoice', '')}/{row.get('FiscalYear', '')}"
