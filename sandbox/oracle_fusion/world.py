"""What Oracle Fusion holds: rows of each resource with their versions, as the story tells them.

Children stand in a row's fields as lists, under the name of the child. Amounts are Decimal, days `date`,
instants `datetime`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.world import HERE, World, _parse

Fields = dict[str, Any]
FIRST = 300_000_100_000_000
STANDING = datetime(2024, 1, 15, 8, tzinfo=UTC)
CHILDREN: Mapping[str, Mapping[str, Any]] = {
    "suppliers": {"sites": {}},
    "purchaseOrders": {"lines": {"schedules": {}}},
    "invoices": {"invoiceLines": {}, "invoiceInstallments": {}},
    "invoiceHolds": {},
    "payablesPayments": {"relatedInvoices": {}},
    "receivingTransactionsHistory": {},
    "contracts": {"ContractParty": {}},
}
KEYS = {
    "suppliers": "SupplierId",
    "purchaseOrders": "POHeaderId",
    "invoices": "InvoiceId",
    "invoiceHolds": "HoldId",
    "payablesPayments": "CheckId",
    "receivingTransactionsHistory": "TransactionId",
    "contracts": "Id",
    "sites": "SupplierSiteId",
    "lines": "POLineId",
    "schedules": "LineLocationId",
    "invoiceLines": "LineNumber",
    "invoiceInstallments": "InstallmentNumber",
    "relatedInvoices": "InvoicePaymentId",
    "ContractParty": "Id",
}
OPAQUE = frozenset({"purchaseOrders", "invoices", "contracts", "invoiceLines", "invoiceInstallments"})
"""Rows of these are addressed by a key that clients take from the link."""
OPEN = {"Status": "Open", "StatusCode": "OPEN"}
CANCELED = {"Status": "Canceled", "StatusCode": "CANCELED"}


@cache
def story() -> Fields:
    told: Fields = _parse(HERE / "oracle_fusion.yaml")
    return told


@dataclass
class Row:
    """One row with its versions, oldest first."""

    id: int
    versions: list[tuple[datetime, Fields]]

    def known(self, now: datetime) -> bool:
        return self.versions[0][0] <= now

    def at(self, now: datetime) -> Fields:
        """What it says, with its own times. Only for a row that is known."""
        seen = [version for version in self.versions if version[0] <= now]
        told = seen[-1][1]
        return {**told, "CreationDate": seen[0][0], "LastUpdateDate": seen[-1][0]}

    def write(self, at: datetime, **changes: Any) -> None:
        """A change at an instant; whatever came later holds it too, unless it says otherwise."""
        before = [version for version in self.versions if version[0] <= at][-1][1]
        later = [(when, {**said, **changes}) for when, said in self.versions if when > at]
        self.versions = [version for version in self.versions if version[0] <= at] + later
        self.versions.append((at, {**before, **changes}))
        self.versions.sort(key=lambda version: version[0])


@dataclass
class Books:
    """Every resource's rows, by id."""

    rooms: dict[str, dict[int, Row]] = field(default_factory=lambda: {name: {} for name in CHILDREN})
    last: int = FIRST

    def number(self) -> int:
        self.last += 1
        return self.last

    def add(self, resource: str, at: datetime, **fields: Any) -> Row:
        row = Row(self.number(), [])
        row.versions.append((at, {KEYS[resource]: row.id, **fields}))
        self.rooms[resource][row.id] = row
        return row

    def seen(self, resource: str, now: datetime) -> list[Row]:
        return [row for row in self.rooms[resource].values() if row.known(now)]


def path_key(name: str, row: Mapping[str, Any]) -> str:
    """What addresses a row in a path."""
    own = row[KEYS[name]]
    return (
        sha256(f"{name}/{own}/{row.get('of', '')}".encode()).hexdigest().upper()
        if name in OPAQUE
        else str(own)
    )


def fill(world: World) -> Books:
    books = Books()
    suppliers: dict[str, Fields] = {}
    for party in world.parties.values():
        if party.supplier:
            site = {"SupplierSiteId": books.number(), "SupplierSite": "MAIN", "Status": "ACTIVE"}
            site["ProcurementBU"] = story()["business_unit"]
            row = books.add(
                "suppliers",
                STANDING,
                Supplier=party.name,
                SupplierNumber=party.supplier,
                Status="ACTIVE",
                BusinessRelationship="Spend Authorized",
                InactiveDate=None,
                sites=[site],
            )
            suppliers[party.key] = row.at(STANDING)
    for contract in world.contracts:
        if contract.party in suppliers:
            party_row = {"Id": books.number(), "PartyName": suppliers[contract.party]["Supplier"]}
            books.add(
                "contracts",
                contract.recorded_at,
                ContractNumber=contract.ironclad,
                ShortDescription=contract.title,
                StsCode="ACTIVE",
                StartDate=contract.effective_on,
                EndDate=contract.expires_on,
                MajorVersion=1,
                CurrencyCode=contract.value.currency if contract.value else None,
                ContractParty=[{**party_row, "PartyRoleCode": "SUPPLIER"}],
            )
    for told in sorted((*_series(), *story()["orders"]), key=lambda one: moment(one["ordered"])):
        _order(books, told, suppliers[told["party"]])
    return books


def _series() -> Iterator[Fields]:
    """Everyday orders: received when asked for, billed the day after, paid a day before they are due."""
    for serial, row in enumerate(story()["series"]):
        for place in range(row["count"]):
            day = row["first"] + timedelta(days=row["every"] * place)
            came = day + timedelta(days=row["lead"])
            billed, due = came + timedelta(days=1), story()["terms"][row["terms"]]
            paid = {
                "at": _at(billed + timedelta(days=due - 1), 11),
                "amount": "all",
                "number": 10_000 + 100 * serial + place,
            }
            number = f"{row['number']}-{place + 1:02d}"
            bill = {"number": number, "dated": billed, "at": _at(billed, 12), "paid": [paid]}
            bill["lines"] = [{"line": 1, "quantity": row["quantity"]}]
            line = {name: row[name] for name in ("text", "quantity", "uom", "price")}
            receipt = {"line": 1, "quantity": row["quantity"], "day": came, "at": _at(came, 15)}
            told = {name: row[name] for name in ("party", "contract", "currency", "terms")}
            yield {
                **told,
                "po": f"UK-{number}",
                "ordered": _at(day, 9),
                "lines": [{**line, "requested": came}],
                "receipts": [receipt],
                "invoices": [bill],
            }


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(story()["zone"]))


def _order(books: Books, told: Mapping[str, Any], supplier: Mapping[str, Any]) -> None:
    """An order with everything that followed from it."""
    lines = [_line(books, told, number, line) for number, line in enumerate(told["lines"], start=1)]
    total = sum((line["Ordered"] for line in lines), Decimal(0))
    order = books.add(
        "purchaseOrders",
        moment(told["ordered"]),
        OrderNumber=told["po"],
        **OPEN,
        SupplierId=supplier["SupplierId"],
        Supplier=supplier["Supplier"],
        SupplierSite="MAIN",
        ProcurementBU=story()["business_unit"],
        BillToBU=story()["business_unit"],
        SoldToLegalEntity=story()["ledger"],
        CurrencyCode=told["currency"],
        Ordered=total,
        Total=total,
        PaymentTerms=told["terms"],
        Description=told["contract"],
        lines=lines,
    )
    if "canceled" in told:
        gone = [{**line, **CANCELED, "schedules": _each(line, **CANCELED)} for line in lines]
        order.write(moment(told["canceled"]), **CANCELED, lines=gone)
    if "moved" in told:
        promised = told["moved"]["promised"]
        moved = [{**line, "schedules": _each(line, PromisedDeliveryDate=promised)} for line in lines]
        order.write(moment(told["moved"]["at"]), lines=moved)
    _receipts(books, told, order, supplier)
    for bill in told.get("invoices", ()):
        _invoice(books, bill, told, lines, supplier)


def _line(books: Books, told: Mapping[str, Any], number: int, line: Mapping[str, Any]) -> Fields:
    """A line of an order with its only schedule."""
    quantity, price = Decimal(line["quantity"]), Decimal(line["price"])
    schedule = {
        "LineLocationId": books.number(),
        "ScheduleNumber": 1,
        "Quantity": quantity,
        "UOM": line["uom"],
        "RequestedDeliveryDate": line["requested"],
        "PromisedDeliveryDate": None,
        **OPEN,
        "ReceivedQuantity": Decimal(0),
    }
    return {
        "POLineId": books.number(),
        "LineNumber": number,
        "Description": line["text"],
        "Quantity": quantity,
        "UOM": line["uom"],
        "Price": price,
        "Ordered": quantity * price,
        "Total": quantity * price,
        "CurrencyCode": told["currency"],
        "SourceAgreementNumber": told["contract"],
        **OPEN,
        "schedules": [schedule],
    }


def _each(line: Mapping[str, Any], **changes: Any) -> list[Fields]:
    """The schedules of a line, all of them changed."""
    return [{**schedule, **changes} for schedule in line["schedules"]]


def _receipts(books: Books, told: Mapping[str, Any], order: Row, supplier: Mapping[str, Any]) -> None:
    made: list[Row] = []
    for one in told.get("receipts", ()):
        at, kind = moment(one["at"]), one.get("type", "RECEIVE")
        line = order.at(at)["lines"][one["line"] - 1]
        quantity = Decimal(one["quantity"])
        row = books.add(
            "receivingTransactionsHistory",
            at,
            TransactionType=kind.capitalize(),
            TransactionTypeCode=kind,
            TransactionDate=_at(one["day"], 9),
            ReceiptNumber=str(len(books.rooms["receivingTransactionsHistory"]) + 1),
            ParentTransactionId=made[one["parent"] - 1].id if "parent" in one else None,
            Quantity=quantity,
            UnitOfMeasure=line["UOM"],
            ItemDescription=line["Description"],
            POHeaderId=order.id,
            PONumber=told["po"],
            POLineId=line["POLineId"],
            POLineNumber=str(one["line"]),
            POLineLocationId=line["schedules"][0]["LineLocationId"],
            POShipmentNumber="1",
            SourceDocumentCode="PO",
            VendorId=supplier["SupplierId"],
            VendorName=supplier["Supplier"],
            OrganizationCode="UK1",
        )
        made.append(row)
        counted = -quantity if kind.startswith("RETURN") else quantity
        lines = [
            {
                **each,
                "schedules": [
                    {**s, "ReceivedQuantity": s["ReceivedQuantity"] + counted} for s in each["schedules"]
                ],
            }
            if each["LineNumber"] == one["line"]
            else each
            for each in order.at(at)["lines"]
        ]
        order.write(at, lines=lines)


def _invoice(
    books: Books,
    bill: Mapping[str, Any],
    told: Mapping[str, Any],
    lines: list[Fields],
    supplier: Mapping[str, Any],
) -> None:
    at, dated = moment(bill["at"]), bill["dated"]
    rows = []
    for number, one in enumerate(bill["lines"], start=1):
        line = lines[one["line"] - 1]
        quantity = Decimal(one["quantity"])
        rows.append(
            {
                "LineNumber": number,
                "LineType": "Item",
                "LineAmount": quantity * line["Price"],
                "Quantity": quantity,
                "UnitPrice": line["Price"],
                "UOM": line["UOM"],
                "Description": line["Description"],
                "PurchaseOrderNumber": told["po"],
                "PurchaseOrderLineNumber": one["line"],
            }
        )
    amount = sum((row["LineAmount"] for row in rows), Decimal(0))
    due = dated + timedelta(days=story()["terms"][told["terms"]])
    row = books.add(
        "invoices",
        at,
        **header(supplier, bill["number"], amount, told["currency"], dated, told["terms"]),
        invoiceLines=rows,
        invoiceInstallments=[installment(1, due, amount)],
    )
    kind = "Credit memo" if bill.get("credit") else "Standard"
    row.versions[0][1].update(InvoiceType=kind, Description=told["contract"], PurchaseOrderNumber=told["po"])
    row.write(at + timedelta(minutes=20), ValidationStatus="Validated")
    if "held" in bill:
        hold(books, row, bill["held"])
    if "canceled" in bill:
        row.write(
            moment(bill["canceled"]), ValidationStatus="Canceled", CanceledFlag=True, InvoiceAmount=Decimal(0)
        )
    for payment in bill.get("paid", ()):
        _pay(books, row, payment, supplier)


def header(
    supplier: Mapping[str, Any], number: str, amount: Decimal, currency: str, dated: date, terms: str | None
) -> Fields:
    """The header of an invoice as it is when it is entered."""
    return {
        "InvoiceNumber": number,
        "Supplier": supplier["Supplier"],
        "SupplierNumber": supplier["SupplierNumber"],
        "SupplierSite": "MAIN",
        "BusinessUnit": story()["business_unit"],
        "InvoiceAmount": amount,
        "InvoiceCurrency": currency,
        "PaymentCurrency": currency,
        "InvoiceDate": dated,
        "AccountingDate": dated,
        "InvoiceReceivedDate": None,
        "TermsDate": dated,
        "PaymentTerms": terms,
        "PaymentMethod": "Electronic",
        "InvoiceType": "Standard",
        "AmountPaid": Decimal(0),
        "PaidStatus": "Unpaid",
        "ApprovalStatus": "Not required",
        "ValidationStatus": "Not validated",
        "CanceledFlag": False,
        "Description": None,
        "PurchaseOrderNumber": None,
        "InvoiceSource": "Manual invoice entry",
    }


def installment(number: int, due: date, amount: Decimal) -> Fields:
    return {
        "InstallmentNumber": number,
        "DueDate": due,
        "GrossAmount": amount,
        "UnpaidAmount": amount,
        "HoldFlag": False,
        "HoldReason": None,
        "PaymentMethod": "Electronic",
        "FirstDiscountDate": None,
        "FirstDiscountAmount": None,
    }


def hold(books: Books, invoice: Row, told: Mapping[str, Any]) -> None:
    """A hold of the story, and its release."""
    at = moment(told["at"])
    bill = invoice.at(at)
    made = books.add(
        "invoiceHolds",
        at,
        InvoiceNumber=bill["InvoiceNumber"],
        BusinessUnit=bill["BusinessUnit"],
        Supplier=bill["Supplier"],
        HoldName=told["name"],
        HoldReason=told["reason"],
        HoldDate=at,
        HeldBy="priya.nair",
        LineHeld=None,
        ReleaseName=None,
        ReleaseReason=None,
        ReleaseDate=None,
        ReleaseBy=None,
    )
    invoice.write(at, ValidationStatus="Needs revalidation")
    gone = moment(told["released"])
    made.write(
        gone, ReleaseName=told["by"], ReleaseReason=told["by"], ReleaseDate=gone, ReleaseBy="priya.nair"
    )
    invoice.write(gone, ValidationStatus="Validated")


def _pay(books: Books, row: Row, told: Mapping[str, Any], supplier: Mapping[str, Any]) -> None:
    at = moment(told["at"])
    bill = row.at(at)
    rest = bill["InvoiceAmount"] - bill["AmountPaid"]
    amount = rest if told["amount"] in ("all", "rest") else Decimal(told["amount"])
    related = {
        "InvoicePaymentId": books.number(),
        "InvoiceId": row.id,
        "InvoiceNumber": bill["InvoiceNumber"],
        "InvoiceBusinessUnit": bill["BusinessUnit"],
        "InstallmentNumber": 1,
        "InvoiceCurrency": bill["InvoiceCurrency"],
        "AmountPaidPaymentCurrency": amount,
        "AmountPaidInvoiceCurrency": amount,
        "InvoiceAmount": bill["InvoiceAmount"],
        "DiscountTaken": Decimal(0),
    }
    payment = books.add(
        "payablesPayments",
        at,
        PaymentNumber=told["number"],
        PaymentAmount=amount,
        PaymentCurrency=bill["InvoiceCurrency"],
        PaymentDate=at.astimezone(ZoneInfo(story()["zone"])).date(),
        Payee=supplier["Supplier"],
        SupplierNumber=supplier["SupplierNumber"],
        PaymentMethod="Electronic",
        PaymentStatus="Negotiable",
        PaymentType="Quick",
        BusinessUnit=bill["BusinessUnit"],
        LegalEntity=story()["ledger"],
        VoidDate=None,
        ClearingDate=None,
        ClearingValueDate=None,
        ReconciledFlag=False,
        relatedInvoices=[related],
    )
    settle(row, at, amount)
    if "voided" in told:
        gone = moment(told["voided"])
        payment.write(gone, PaymentStatus="Voided", VoidDate=gone.date())
        settle(row, gone, -amount)
    else:
        day = at + timedelta(days=1)
        payment.write(day, PaymentStatus="Cleared", ClearingDate=day.date(), ClearingValueDate=day.date())


def settle(row: Row, at: datetime, amount: Decimal) -> None:
    """What is paid of an invoice, and of its only instalment, from an instant on."""
    bill = row.at(at)
    paid = bill["AmountPaid"] + amount
    status = "Paid" if paid == bill["InvoiceAmount"] else "Partially paid" if paid else "Unpaid"
    (only,) = bill["invoiceInstallments"]
    shown = {**only, "UnpaidAmount": only["UnpaidAmount"] - amount}
    row.write(at, AmountPaid=paid, PaidStatus=status, invoiceInstallments=[shown])


def moment(told: datetime | str) -> datetime:
    """A time of the story as an instant; without a zone it is local to the branch."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(story()["zone"]))).astimezone(UTC)
