"""What NetSuite shows of its books at one instant: statuses and sums it works out, as REST and as tables."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.netsuite.world import ZONE, Books, Fields, Record, story, total

TYPES = {
    "purchaseOrder": "PurchOrd",
    "itemReceipt": "ItemRcpt",
    "vendorBill": "VendBill",
    "vendorCredit": "VendCred",
    "vendorPayment": "VendPymt",
}
LABELS = {
    "PurchOrd": "Purchase Order",
    "ItemRcpt": "Item Receipt",
    "VendBill": "Bill",
    "VendCred": "Bill Credit",
    "VendPymt": "Bill Payment",
}
STATUSES = {
    "PurchOrd:A": "Pending Supervisor Approval",
    "PurchOrd:B": "Pending Receipt",
    "PurchOrd:D": "Partially Received",
    "PurchOrd:E": "Pending Billing/Partially Received",
    "PurchOrd:F": "Pending Bill",
    "PurchOrd:G": "Fully Billed",
    "PurchOrd:H": "Closed",
    "ItemRcpt:Y": "Received",
    "VendBill:A": "Open",
    "VendBill:B": "Paid In Full",
    "VendBill:D": "Pending Approval",
    "VendCred:A": "Open",
    "VendPymt:F": "Approved",
    "VendPymt:V": "Voided",
}
APPROVAL = {1: "Pending Approval", 2: "Approved", 3: "Rejected"}
# Fields whose changes the system notes tell, by the name they have there.
NOTED = {
    "tranId": "TRANDOC.STRNUMBER",
    "dueDate": "TRANDOC.DDUE",
    "approvalStatus": "TRANDOC.KAPPROVALSTATUS",
    "lines": "TRANDOC.MAMOUNTMAIN",
    "memo": "TRANDOC.SMEMO",
    "voided": "TRANDOC.BVOID",
    "paymentHold": "TRANDOC.BPAYMENTHOLD",
    "expected": "TRANLINE.DEXPECTEDRECEIPTDATE",
}
ZERO = Decimal(0)


class Ledger:
    def __init__(self, books: Books, now: datetime) -> None:
        self.books, self.now = books, now
        self._fields: dict[int, Fields] = {}
        self._paid: dict[int, Decimal] | None = None
        self._taken: dict[tuple[int, str], dict[int, Decimal]] | None = None
        self._modified: dict[int, datetime] | None = None

    def fields(self, record: Record) -> Fields:
        """What the record holds; folded once for a ledger, which lives for one request."""
        if record.id not in self._fields:
            self._fields[record.id] = record.fields(self.now)
        return self._fields[record.id]

    def transactions(self) -> Iterator[Record]:
        for record in self.books.records.values():
            if record.type in TYPES and record.created_at <= self.now and not record.gone(self.now):
                yield record

    # -- what follows from the records ----------------------------------------------------------------

    def paid(self, bill: int) -> Decimal:
        """What payments in force apply to a bill."""
        if self._paid is None:
            self._paid = {}
            for record in self.books.seen("vendorPayment", self.now):
                fields = self.fields(record)
                for one in () if fields.get("voided") else fields["apply"]:
                    self._paid[one["doc"]] = self._paid.get(one["doc"], ZERO) + one["amount"]
        return self._paid.get(bill, ZERO)

    def taken(self, order: int, kind: str) -> dict[int, Decimal]:
        """How much of each line of an order was received, or billed."""
        if self._taken is None:
            self._taken = {}
            for record in self.transactions():
                fields = self.fields(record)
                if record.type not in ("itemReceipt", "vendorBill") or not fields.get("createdFrom"):
                    continue
                found = self._taken.setdefault((fields["createdFrom"], record.type), {})
                for line in fields.get("lines", ()):
                    key = line.get("orderLine", line["line"])
                    found[key] = found.get(key, ZERO) + line["quantity"]
        return self._taken.get((order, kind), {})

    def status(self, record: Record, fields: Fields) -> str:
        if record.type == "purchaseOrder":
            return self._order_status(record, fields)
        if record.type == "vendorBill":
            if fields.get("approvalStatus") == 1:
                return "VendBill:D"
            return "VendBill:B" if self.paid(record.id) >= total(fields) else "VendBill:A"
        if record.type == "vendorPayment":
            return "VendPymt:V" if fields.get("voided") else "VendPymt:F"
        return {"itemReceipt": "ItemRcpt:Y", "vendorCredit": "VendCred:A"}[record.type]

    def _order_status(self, record: Record, fields: Fields) -> str:
        received, billed = self.taken(record.id, "itemReceipt"), self.taken(record.id, "vendorBill")
        live = [line for line in fields["lines"] if not line["isClosed"]]
        if not live:
            return "PurchOrd:H"
        here = all(received.get(line["line"], ZERO) >= line["quantity"] for line in live)
        if here and all(billed.get(line["line"], ZERO) >= line["quantity"] for line in live):
            return "PurchOrd:G"
        if here:
            return "PurchOrd:F"
        if not received:
            return "PurchOrd:B"
        return "PurchOrd:D" if sum(billed.values()) >= sum(received.values()) else "PurchOrd:E"

    def modified(self, record: Record) -> datetime:
        """The last write, also one of a document that moved this one's status: a receipt, bill or payment."""
        if self._modified is None:
            last = {one.id: one.seen(self.now)[-1].at for one in self.transactions()}
            self._modified = dict(last)
            for one in self.transactions():
                fields = self.fields(one)
                moved = [applied["doc"] for applied in fields.get("apply", ())]
                if fields.get("createdFrom") and one.type != "vendorCredit":
                    moved.append(fields["createdFrom"])
                for key in moved:
                    if key in last:
                        self._modified[key] = max(self._modified[key], last[one.id])
        return self._modified[record.id]

    # -- tables of SuiteQL ----------------------------------------------------------------------------

    def table(self, name: str) -> list[dict[str, Any]]:
        rows = {
            "transaction": self._transaction_rows,
            "transactionline": self._line_rows,
            "transactionaccountingline": self._accounting_rows,
            "transactionstatus": self._status_rows,
            "entity": self._entity_rows,
            "previoustransactionlink": self._link_rows,
            "vendor": self._vendor_rows,
            "task": self._task_rows,
            "systemnote": self._note_rows,
            "deletedrecord": self._deleted_rows,
        }[name]()
        return list(rows)

    def _transaction_rows(self) -> Iterator[dict[str, Any]]:
        for record in self.transactions():
            fields, kind = self.fields(record), TYPES[record.type]
            amount, paid = total(fields), self.paid(record.id)
            bill = record.type == "vendorBill"
            status = self.status(record, fields)
            yield {
                "id": record.id,
                "tranid": fields["tranId"],
                "transactionnumber": f"{kind.upper()}{record.id}",
                "trandisplayname": self.label(record),
                "type": kind,
                "abbrevtype": {"VendBill": "BILL", "VendPymt": "BILLPMT"}.get(kind, kind.upper()),
                "recordtype": record.type.lower(),
                "entity": fields["entity"],
                "trandate": fields["tranDate"],
                "duedate": fields.get("dueDate"),
                "createddate": record.created_at,
                "lastmodifieddate": self.modified(record),
                "status": status,
                "currency": currency(fields["currency"])["id"],
                "exchangerate": 1,
                # What lowers a debt is negative.
                "foreigntotal": -amount if kind in ("VendPymt", "VendCred") else amount,
                "foreignamountpaid": paid if bill else None,
                "foreignamountunpaid": amount - paid if bill else None,
                "memo": fields.get("memo"),
                "externalid": fields.get("externalId"),
                "terms": agreed["id"] if (agreed := term(fields.get("terms"))) else None,
                "approvalstatus": fields.get("approvalStatus"),
                "closedate": self.modified(record).date() if status == "VendBill:B" else None,
                "foreignpaymentamountused": amount if kind == "VendPymt" else None,
                "daysopen": (self.now.date() - fields["tranDate"]).days if status == "VendBill:A" else None,
                "paymenthold": bool(fields.get("paymentHold")) if bill else None,
                "void": bool(fields.get("voided")),
                "voided": bool(fields.get("voided")),
                "posting": record.type != "purchaseOrder",
                "createdby": record.log[0].by,
                "lastmodifiedby": record.seen(self.now)[-1].by,
                "custbody_contract_number": fields.get("contract"),
                "custbody_pacta_ref": fields.get("pactaRef"),
            }

    def _line_rows(self) -> Iterator[dict[str, Any]]:
        for record in self.transactions():
            fields = self.fields(record)
            common = {
                "transaction": record.id,
                "subsidiary": story()["subsidiary"]["id"],
                "entity": fields["entity"],
                "taxline": False,
                "linecreateddate": record.created_at,
                "linelastmodifieddate": self.modified(record),
                "createdfrom": fields.get("createdFrom"),
            }
            main: dict[str, Any] = {
                "id": 0,
                "linesequencenumber": 0,
                "uniquekey": record.id * 100,
                "mainline": True,
            }
            amount = -total(fields)
            main["accountinglinetype"] = (
                None if record.type in ("purchaseOrder", "itemReceipt") else "ACCTSPAYABLE"
            )
            yield {**common, **main, "foreignamount": amount, "netamount": amount, "isclosed": False}
            order = record.type == "purchaseOrder"
            received = self.taken(record.id, "itemReceipt") if order else {}
            billed = self.taken(record.id, "vendorBill") if order else {}
            for line in fields.get("lines", ()):
                yield {
                    **common,
                    "id": line["line"],
                    "linesequencenumber": line["line"],
                    "uniquekey": record.id * 100 + line["line"],
                    "mainline": False,
                    "item": line["item"],
                    "quantity": line["quantity"],
                    "quantityshiprecv": received.get(line["line"], ZERO) if order else None,
                    "quantitybilled": billed.get(line["line"], ZERO) if order else None,
                    "rate": line["rate"],
                    "foreignamount": line["quantity"] * line["rate"],
                    "netamount": line["quantity"] * line["rate"],
                    "itemtype": "Service",
                    "accountinglinetype": "EXPENSE",
                    "expectedreceiptdate": line.get("expectedReceiptDate"),
                    "isclosed": line.get("isClosed", False),
                    "memo": line.get("description"),
                }
            yield from self._expense_rows(record, common)

    def _expense_rows(self, record: Record, common: dict[str, Any]) -> Iterator[dict[str, Any]]:
        fields = self.fields(record)
        first = len(fields.get("lines", ())) + 1
        for place, one in enumerate(fields.get("expenses", ()), first):
            yield {
                **common,
                "id": place,
                "linesequencenumber": place,
                "uniquekey": record.id * 100 + place,
                "mainline": False,
                "memo": one.get("memo"),
                "expenseaccount": one["account"],
                "foreignamount": one["amount"],
                "netamount": one["amount"],
                "accountinglinetype": "EXPENSE",
                "isclosed": False,
            }

    def _task_rows(self) -> Iterator[dict[str, Any]]:
        for record in self.books.seen("task", self.now):
            fields = self.fields(record)
            plain = ("title", "message", "status", "priority", "assigned", "transaction", "company")
            yield {
                "id": record.id,
                **{name: fields.get(name) for name in plain},
                "startdate": fields.get("startDate"),
                "duedate": fields.get("dueDate"),
                "completeddate": fields.get("completedDate"),
                "externalid": fields.get("externalId"),
                "createddate": record.created_at,
                "lastmodifieddate": record.seen(self.now)[-1].at,
            }

    def _accounting_rows(self) -> Iterator[dict[str, Any]]:
        """What a posting transaction does to the ledger: of its main line only, debts on the credit side."""
        for record in self.transactions():
            fields, kind = self.fields(record), TYPES[record.type]
            if kind in ("PurchOrd", "ItemRcpt"):
                continue
            amount, paid = total(fields), self.paid(record.id)
            bill = kind == "VendBill"
            yield {
                "transaction": record.id,
                "transactionline": 0,
                "account": 111,
                "accountingbook": 1,
                "amount": amount if bill else -amount,
                "credit" if bill else "debit": amount,
                "netamount": amount if bill else -amount,
                "amountpaid": paid if bill else None,
                "amountunpaid": amount - paid if bill else None,
                "exchangerate": 1,
                "posting": True,
                "lastmodifieddate": self.modified(record),
            }

    def _status_rows(self) -> Iterator[dict[str, Any]]:
        for key, name in STATUSES.items():
            kind, letter = key.split(":")
            yield {"id": letter, "name": name, "fullname": f"{LABELS[kind]} : {name}", "trantype": kind}

    def _entity_rows(self) -> Iterator[dict[str, Any]]:
        for row in self._vendor_rows():
            yield {**row, "type": "Vendor", "entitytitle": row["companyname"]}

    def _link_rows(self) -> Iterator[dict[str, Any]]:
        for record in self.transactions():
            fields = self.fields(record)
            common = {
                "nextdoc": record.id,
                "nexttype": TYPES[record.type],
                "lastmodifieddate": self.modified(record),
            }
            if "apply" in fields:
                for one in () if fields.get("voided") else fields["apply"]:
                    yield {
                        **common,
                        "previousdoc": one["doc"],
                        "previoustype": "VendBill",
                        "linktype": "Payment",
                        "foreignamount": one["amount"],
                        "previousline": 0,
                        "nextline": 0,
                    }
            elif fields.get("createdFrom") and record.type != "vendorCredit":
                kind = "ShipRcpt" if record.type == "itemReceipt" else "OrdBill"
                for line in fields.get("lines", ()):
                    yield {
                        **common,
                        "previousdoc": fields["createdFrom"],
                        "previoustype": "PurchOrd",
                        "linktype": kind,
                        "foreignamount": line["quantity"] * line["rate"],
                        "previousline": line.get("orderLine", line["line"]),
                        "nextline": line["line"],
                    }

    def _vendor_rows(self) -> Iterator[dict[str, Any]]:
        for record in self.books.seen("vendor", self.now):
            fields = self.fields(record)
            yield {
                "id": record.id,
                "entityid": fields["entityId"],
                "companyname": fields["companyName"],
                "legalname": fields["companyName"],
                "externalid": fields.get("externalId"),
                "accountnumber": fields.get("accountNumber"),
                "isinactive": fields.get("isInactive", False),
                "datecreated": record.created_at,
                "lastmodifieddate": record.seen(self.now)[-1].at,
            }

    def _note_rows(self) -> Iterator[dict[str, Any]]:
        """One row for each field that a write changed; the first write of a record sets them all."""
        for record in self.transactions():
            values: Fields = {}
            for place, entry in enumerate(record.seen(self.now)):
                for field, old, new in _changes(values, entry.fields):
                    yield {
                        "id": record.id * 1000 + place * 20 + list(NOTED).index(field),
                        "recordid": record.id,
                        "recordtypeid": -30,
                        "field": NOTED[field],
                        "oldvalue": old,
                        "newvalue": new,
                        "date": entry.at,
                        "name": entry.by,
                        "type": 2 if place == 0 else 4,
                    }
                values |= entry.fields

    def _deleted_rows(self) -> Iterator[dict[str, Any]]:
        for record in self.books.records.values():
            if record.deleted is not None and record.deleted.at <= self.now:
                fields = self.fields(record)
                yield {
                    "deleteddate": record.deleted.at,
                    "recordtypeid": -30,
                    "scriptid": record.type.upper(),
                    "name": f"{LABELS.get(TYPES.get(record.type, ''), record.type)} #{fields.get('tranId')}",
                    "recordid": record.id,
                    "deletedby": record.deleted.by,
                }

    def display(self, column: Any, value: Any) -> str | None:
        """What a person sees for a column's value."""
        if value is None:
            return None
        if column == "status":
            kind = str(value).split(":", 1)[0]
            return f"{LABELS.get(kind, kind)} : {STATUSES.get(str(value), value)}"
        lists = {"currency": ("currencies", "name"), "terms": ("terms", "name"), "item": ("items", "code")}
        if column in lists:
            rows, name = lists[column]
            return next((str(one[name]) for one in story()[rows] if one["id"] == value), None)
        if column == "type":
            return LABELS.get(str(value), str(value))
        if column == "approvalstatus":
            return APPROVAL.get(int(value))
        if column == "subsidiary":
            return str(story()["subsidiary"]["name"])
        if column in ("createdby", "lastmodifiedby", "name", "deletedby"):
            return next((one["name"] for one in story()["people"] if one["id"] == value), None)
        record = self.books.records.get(int(value)) if str(value).isdigit() else None
        if record is None:
            return str(value)
        return self.label(record)

    def label(self, record: Record) -> str:
        fields = self.fields(record)
        if record.type == "vendor":
            return f"{fields['entityId']} {fields['companyName']}"
        if record.type == "task":
            return str(fields["title"])
        return f"{LABELS[TYPES[record.type]]} #{fields['tranId']}"


def _changes(values: Fields, new: Fields) -> Iterator[tuple[str, str | None, str | None]]:
    for name, value in new.items():
        if name not in NOTED:
            continue
        old = values.get(name)
        if name == "lines":
            before, after = (None if one is None else total({"lines": one}) for one in (old, value))
            if before != after:
                yield "lines", None if before is None else str(before), str(after)
            for was, now in zip(old or (), value, strict=False):
                days = [one.get("expectedReceiptDate") for one in (was, now)]
                told = [None if day is None else f"{day.month}/{day.day}/{day.year}" for day in days]
                if days[0] != days[1]:
                    yield (
                        "expected",
                        told[0],
                        told[1],
                    )
        elif old != value and (name != "voided" or value):
            yield name, None if old is None else str(old), None if value is None else str(value)


def currency(symbol: str) -> dict[str, Any]:
    return dict(next(one for one in story()["currencies"] if one["symbol"] == symbol))


def term(name: str | None) -> dict[str, Any] | None:
    return next((dict(one) for one in story()["terms"] if one["name"] == name), None)


def utc(moment: datetime) -> str:
    """An instant as REST has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_day(moment: datetime) -> Any:
    return moment.astimezone(ZONE).date()
