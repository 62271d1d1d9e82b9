"""Writing in Oracle Fusion: invoices with their instalments, holds and releases; actions on invoices."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.oracle_fusion.shapes import refusal
from sandbox.oracle_fusion.world import Books, Fields, Row, header, installment, story

NEEDED = (
    "InvoiceNumber",
    "InvoiceCurrency",
    "InvoiceAmount",
    "InvoiceDate",
    "BusinessUnit",
    "Supplier",
    "SupplierSite",
)
CHANGEABLE = frozenset(
    {"Description", "PaymentTerms", "PaymentMethod", "InvoiceReceivedDate", "InvoiceAmount"}
)
ENTERED = frozenset(
    {"InvoiceType", "Description", "AccountingDate", "PaymentMethod", "InvoiceSource", "PaymentCurrency"}
)


class Writer:
    """Writes at one instant, refusing in the shape of one framework version."""

    def __init__(self, books: Books, now: datetime, version: int) -> None:
        self.books, self.now, self.version = books, now, version

    def _no(self, detail: str, code: str = "", path: str = "") -> Exception:
        return refusal(self.version, 400, detail, code, path)

    def create(self, name: str, given: Mapping[str, Any]) -> Row:
        return self._invoice(given) if name == "invoices" else self._hold(given)

    def update(self, name: str, row: Row, given: Mapping[str, Any]) -> None:
        if name == "invoiceHolds":
            self._release(row, given)
            return
        bill = row.at(self.now)
        for attribute in given:
            if attribute not in CHANGEABLE:
                raise self._no(f"{attribute} cannot be changed", "AP-810302", f"/{attribute}")
        if bill["CanceledFlag"]:
            raise self._no("A cancelled invoice is not changed", "AP-810310")
        row.write(
            self.now, **{attribute: self._typed(attribute, value) for attribute, value in given.items()}
        )

    def act(self, name: str, action: str, given: Mapping[str, Any]) -> str:
        """validateInvoice and cancelInvoice, for the invoice that number, supplier and business unit name."""
        if name != "invoices" or action not in ("validateInvoice", "cancelInvoice"):
            raise refusal(self.version, 404, "There is no such action")
        row = self._named(given)
        bill = row.at(self.now)
        if bill["CanceledFlag"]:
            raise self._no("The invoice is cancelled already", "AP-810310")
        if action == "validateInvoice":
            row.write(self.now, ValidationStatus="Needs revalidation" if self._held(bill) else "Validated")
            return "The invoice was validated"
        if bill["AmountPaid"]:
            raise self._no("A paid invoice is not cancelled", "AP-810311")
        parts = [{**one, "UnpaidAmount": Decimal(0)} for one in bill["invoiceInstallments"]]
        row.write(
            self.now,
            ValidationStatus="Canceled",
            CanceledFlag=True,
            InvoiceAmount=Decimal(0),
            invoiceInstallments=parts,
        )
        return "The invoice was cancelled"

    # -- invoices -------------------------------------------------------------------------------------

    def _invoice(self, given: Mapping[str, Any]) -> Row:
        for name in NEEDED:
            either = name == "Supplier" and given.get("SupplierNumber")
            if given.get(name) in (None, "") and not either:
                raise self._no(f"{name} is missing", "AP-810220", f"/{name}")
        if given["BusinessUnit"] != story()["business_unit"]:
            raise self._no("The business unit is not known", "AP-810201", "/BusinessUnit")
        supplier = self._supplier(given)
        number, amount = (
            str(given["InvoiceNumber"])[:50],
            self._amount(given["InvoiceAmount"], "InvoiceAmount"),
        )
        for other in self.books.seen("invoices", self.now):
            bill = other.at(self.now)
            if (bill["InvoiceNumber"], bill["SupplierNumber"]) == (number, supplier["SupplierNumber"]):
                raise self._no("The supplier has an invoice with this number", "AP-810229", "/InvoiceNumber")
        dated, terms = self._day(given["InvoiceDate"], "InvoiceDate"), given.get("PaymentTerms") or "Net 30"
        if terms not in story()["terms"]:
            raise self._no("The payment terms are not known", "AP-810211", "/PaymentTerms")
        lines = [self._line(at, line) for at, line in enumerate(_several(given.get("invoiceLines")), start=1)]
        parts = [self._part(one, amount) for one in _several(given.get("invoiceInstallments"))]
        due = dated + timedelta(days=story()["terms"][terms])
        fields = header(supplier, number, amount, str(given["InvoiceCurrency"]), dated, terms)
        fields |= {name: self._typed(name, value) for name, value in given.items() if name in ENTERED}
        unknown = (
            set(given) - set(fields) - {"invoiceLines", "invoiceInstallments"} - {"TermsDate", "invoiceDff"}
        )
        if unknown:
            raise self._no(f"{min(unknown)[:40]} is no attribute of an invoice", "", f"/{min(unknown)[:40]}")
        return self.books.add(
            "invoices",
            self.now,
            **fields,
            invoiceLines=lines,
            invoiceInstallments=parts or [installment(1, due, amount)],
        )

    def _line(self, number: int, given: Mapping[str, Any]) -> Fields:
        amount = self._amount(given.get("LineAmount"), "LineAmount")
        told = (
            "Description",
            "PurchaseOrderNumber",
            "PurchaseOrderLineNumber",
            "Quantity",
            "UnitPrice",
            "UOM",
        )
        kept = {name: given.get(name) for name in told}
        return {
            "LineNumber": given.get("LineNumber") or number,
            "LineType": given.get("LineType") or "Item",
            "LineAmount": amount,
            **kept,
        }

    def _part(self, given: Mapping[str, Any], amount: Decimal) -> Fields:
        due = self._day(given.get("DueDate"), "DueDate")
        gross = self._amount(given.get("GrossAmount", amount), "GrossAmount")
        return installment(int(given.get("InstallmentNumber") or 1), due, gross)

    def add_installment(self, row: Row, given: Mapping[str, Any]) -> Fields:
        parts = row.at(self.now)["invoiceInstallments"]
        made = self._part(given, Decimal(0))
        if made["InstallmentNumber"] in {one["InstallmentNumber"] for one in parts}:
            raise self._no("There is an instalment of this number", "AP-810321", "/InstallmentNumber")
        row.write(self.now, invoiceInstallments=[*parts, made])
        return made

    def change_installment(self, row: Row, part: Mapping[str, Any], given: Mapping[str, Any]) -> Fields:
        changed = dict(part)
        paid = part["GrossAmount"] - part["UnpaidAmount"]
        for name, value in given.items():
            if name == "DueDate":
                changed[name] = self._day(value, name)
            elif name == "GrossAmount":
                changed[name] = self._amount(value, name)
                changed["UnpaidAmount"] = changed[name] - paid
            elif name in ("HoldFlag", "HoldReason"):
                changed[name] = value
            else:
                raise self._no(f"{name} cannot be changed", "AP-810302", f"/{name}")
        parts = [
            changed if one["InstallmentNumber"] == part["InstallmentNumber"] else one
            for one in row.at(self.now)["invoiceInstallments"]
        ]
        row.write(self.now, invoiceInstallments=parts)
        return changed

    def remove_installment(self, row: Row, part: Mapping[str, Any]) -> None:
        if part["UnpaidAmount"] != part["GrossAmount"]:
            raise self._no("A paid instalment is not deleted", "AP-810322")
        parts = row.at(self.now)["invoiceInstallments"]
        left = [one for one in parts if one["InstallmentNumber"] != part["InstallmentNumber"]]
        row.write(self.now, invoiceInstallments=left)

    # -- holds ----------------------------------------------------------------------------------------

    def _hold(self, given: Mapping[str, Any]) -> Row:
        row = self._named(given)
        bill = row.at(self.now)
        if given.get("HoldName") not in story()["holds"]:
            raise self._no("The name of the hold is not known", "AP-810410", "/HoldName")
        row.write(self.now, ValidationStatus="Needs revalidation")
        return self.books.add(
            "invoiceHolds",
            self.now,
            InvoiceNumber=bill["InvoiceNumber"],
            BusinessUnit=bill["BusinessUnit"],
            Supplier=bill["Supplier"],
            HoldName=given["HoldName"],
            HoldReason=given.get("HoldReason") or given["HoldName"],
            HoldDate=self.now,
            HeldBy="pacta.integration",
            LineHeld=None,
            ReleaseName=None,
            ReleaseReason=None,
            ReleaseDate=None,
            ReleaseBy=None,
        )

    def _release(self, row: Row, given: Mapping[str, Any]) -> None:
        if given.get("ReleaseName") not in story()["releases"]:
            raise self._no("The name of the release is not known", "AP-810411", "/ReleaseName")
        held = row.at(self.now)
        if held["ReleaseName"]:
            raise self._no("The hold is released already", "AP-810412")
        reason = given.get("ReleaseReason") or given["ReleaseName"]
        row.write(
            self.now,
            ReleaseName=given["ReleaseName"],
            ReleaseReason=reason,
            ReleaseDate=self.now,
            ReleaseBy="pacta.integration",
        )

    def _held(self, bill: Mapping[str, Any]) -> bool:
        holds = (row.at(self.now) for row in self.books.seen("invoiceHolds", self.now))
        same = (one for one in holds if one["InvoiceNumber"] == bill["InvoiceNumber"])
        return any(one["ReleaseName"] is None and one["Supplier"] == bill["Supplier"] for one in same)

    # -- values ---------------------------------------------------------------------------------------

    def _named(self, given: Mapping[str, Any]) -> Row:
        for row in self.books.seen("invoices", self.now):
            bill = row.at(self.now)
            if all(bill[name] == given.get(name) for name in ("InvoiceNumber", "Supplier", "BusinessUnit")):
                return row
        raise self._no(
            "No invoice has this number, supplier and business unit", "AP-810401", "/InvoiceNumber"
        )

    def _supplier(self, given: Mapping[str, Any]) -> Fields:
        for row in self.books.seen("suppliers", self.now):
            told = row.at(self.now)
            if all(given[name] == told[name] for name in ("Supplier", "SupplierNumber") if given.get(name)):
                if given["SupplierSite"] in {site["SupplierSite"] for site in told["sites"]}:
                    return told
                raise self._no("The supplier has no such site", "AP-810205", "/SupplierSite")
        raise self._no("The supplier is not known", "AP-810204", "/Supplier")

    def _typed(self, name: str, value: Any) -> Any:
        if name.endswith("Date") and value:
            return self._day(value, name)
        return self._amount(value, name) if name.endswith("Amount") else value

    def _day(self, value: Any, name: str) -> date:
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            raise self._no(f"{name} is no day", "", f"/{name}") from None

    def _amount(self, value: Any, name: str) -> Decimal:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise self._no(f"{name} is no amount", "", f"/{name}") from None
        if not amount.is_finite() or isinstance(value, bool):
            raise self._no(f"{name} is no amount", "", f"/{name}")
        return amount


def _several(given: Any) -> list[Mapping[str, Any]]:
    """Children of a new row: a list of objects, or none."""
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
