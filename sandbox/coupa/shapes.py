"""What Coupa shows of a record: its own fields and those of the records it belongs to.

Values are Python's; `coupa.text` writes them as JSON or XML. Field names are those of Coupa's schema.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from sandbox.coupa.world import Company, Fields, Record, story

CURRENCIES = {"EUR": 1, "USD": 2, "GBP": 3}
UOMS = {"EA": "Each", "LOT": "Lot"}
SIGNS = {"Return": -1, "Void": -1}


class Shapes:
    def __init__(self, company: Company, now: datetime) -> None:
        self.company, self.now = company, now
        self._received: dict[int, tuple[Decimal, datetime]] | None = None
        self._invoiced: dict[int, tuple[Decimal, Decimal, datetime]] = {}

    def show(self, record: Record) -> Fields:
        makers: Mapping[str, Callable[[Record, Fields], Fields]] = {
            "supplier": self._supplier,
            "contract": self._contract,
            "purchase_order": self._order,
            "invoice": self._invoice,
            "receiving_transaction": self._receipt,
            "payment": self._payment,
            "asn": self._notice,
            "task": self._task,
            "comment": self._comment,
            "contract_term": self._term,
            "user": lambda record, fields: self.user(record.id) or {},
        }
        fields = record.fields(self.now)
        own = {"id": record.id, "created-at": record.created_at, "updated-at": record.updated_at(self.now)}
        return {**own, **makers[record.kind](record, fields)}

    # -- what records belong to -----------------------------------------------------------------------

    def user(self, key: int | None) -> Fields | None:
        record = self.company.one("user", key or self.company.users["pacta.integration"], self.now)
        if record is None:
            return None
        fields = record.fields(self.now)
        login = fields["login"]
        full = f"{fields['firstname']} {fields['lastname']}"
        return {
            "id": record.id,
            "login": login,
            "email": f"{login}@tessaly.example",
            "fullname": full,
            **fields,
        }

    def supplier(self, key: int | None) -> Fields | None:
        record = self.company.one("supplier", key, self.now)
        if record is None:
            return None
        fields = record.fields(self.now)
        return {"id": record.id, "name": fields["name"], "number": fields["number"]}

    def contract(self, key: int | None) -> Fields | None:
        record = self.company.one("contract", key, self.now)
        if record is None:
            return None
        fields = record.fields(self.now)
        names = ("name", "number", "external-contract-id", "status")
        return {"id": record.id, **{name: fields[name] for name in names}}

    @staticmethod
    def currency(code: str) -> Fields:
        return {"id": CURRENCIES.get(code, 9), "code": code, "decimals": 2}

    @staticmethod
    def uom(code: str) -> Fields:
        return {"id": list(UOMS).index(code) + 1, "code": code, "name": UOMS[code]}

    @staticmethod
    def term(code: str | None) -> Fields | None:
        days = story()["terms"].get(code)
        if days is None:
            return None
        kind = "DaysAfterNetPaymentTerm"
        key = list(story()["terms"]).index(code) + 1
        return {"id": key, "code": code, "days-for-net-payment": days, "type": kind, "active": True}

    # -- records --------------------------------------------------------------------------------------

    def _supplier(self, record: Record, fields: Fields) -> Fields:
        party = self.company.world.parties[fields["party"]]
        return {
            "name": fields["name"],
            "display-name": fields["name"],
            "number": fields["number"],
            "status": fields["status"],
            "on-hold": False,
            "tax-id": None,
            "default-locale": "en",
            "primary-address": {"id": 500 + record.id, "city": party.city},
            "invoice-matching-level": "3-way",
        }

    def _contract(self, record: Record, fields: Fields) -> Fields:
        plain = (
            "name",
            "number",
            "external-contract-id",
            "status",
            "start-date",
            "end-date",
            "execution-date",
            "term-type",
            "version",
            "terminated",
            "max-commit",
            "description",
        )
        terms = [self.show(one) for one in self._children("contract_term", record.id)]
        return {
            **{name: fields.get(name) for name in plain},
            "supplier": self.supplier(fields["supplier"]),
            "currency": self.currency(fields["currency"]),
            "parent": self.contract(fields.get("parent")),
            "master-contract": self.contract(fields.get("parent")),
            "contract-terms": terms,
            "created-by": self.user(fields.get("created-by")),
        }

    def _term(self, record: Record, fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if name != "of"}

    def _children(self, kind: str, parent: int) -> list[Record]:
        return [one for one in self.company.seen(kind, self.now) if one.fields(self.now)["of"] == parent]

    def order_lines(self, record: Record, fields: Fields) -> list[Fields]:
        self._count()
        shown = []
        for line in fields["lines"]:
            received = (self._received or {}).get(line["id"], (Decimal(0), record.created_at))
            invoiced = self._invoiced.get(line["id"], (Decimal(0), Decimal(0), record.created_at))
            shown.append(
                {
                    **{name: value for name, value in line.items() if name != "uom"},
                    "updated-at": max(record.updated_at(self.now), received[1], invoiced[2]),
                    "order-header-id": record.id,
                    "order-header-number": fields["po-number"],
                    "status": "cancelled" if fields["status"] == "cancelled" else "created",
                    "total": (line["quantity"] * line["price"]).quantize(Decimal("0.01")),
                    # Documented as text, unlike the other quantities.
                    "received": str(received[0]),
                    "invoiced": invoiced[0],
                    "total-invoiced": str(invoiced[1]),
                    "uom": self.uom(line["uom"]),
                    "currency": self.currency(fields["currency"]),
                    "contract": self.contract(fields["contract"]),
                    "match-type": "3-way",
                    "receipt-required": True,
                    "supplier": self.supplier(fields["supplier"]),
                    "type": "OrderQuantityLine",
                }
            )
        return shown

    def _count(self) -> None:
        """What was received and invoiced of each order line so far, and when last."""
        if self._received is not None:
            return
        received: dict[int, tuple[Decimal, datetime]] = {}
        for record in self.company.seen("receiving_transaction", self.now):
            fields = record.fields(self.now)
            sign = -1 if fields["type"].startswith("Void") else 1
            sign *= -1 if "Return" in fields["type"] else 1
            before, at = received.get(fields["order-line"], (Decimal(0), record.created_at))
            received[fields["order-line"]] = (before + sign * fields["quantity"], max(at, record.created_at))
        for record in self.company.seen("invoice", self.now):
            fields = record.fields(self.now)
            if fields["status"] in ("voided", "abandoned", "draft", "disputed"):
                continue
            for line in fields["lines"]:
                key = line.get("order-line-id")
                number, total, at = self._invoiced.get(key, (Decimal(0), Decimal(0), record.created_at))
                at = max(at, record.created_at)
                self._invoiced[key] = (number + line["quantity"], total + line["total"], at)
        self._received = received

    def _order(self, record: Record, fields: Fields) -> Fields:
        lines = self.order_lines(record, fields)
        plain = ("po-number", "status", "version", "exported", "acknowledged-flag", "acknowledged-at")
        currency = self.currency(fields["currency"])
        return {
            **{name: fields[name] for name in plain},
            "updated-at": max([record.updated_at(self.now), *(line["updated-at"] for line in lines)]),
            "internal-revision": fields["version"],
            "transmission-status": "sent_via_email",
            "type": "ExternalOrderHeader",
            "invoice-stop": False,
            "last-exported-at": fields.get("last-exported-at"),
            "supplier": self.supplier(fields["supplier"]),
            "currency": currency,
            "payment-term": self.term(fields["payment-term"]),
            "milestones": [{**one, "currency": currency} for one in fields["milestones"]],
            "order-lines": lines,
            "created-by": self.user(fields["created-by"]),
            "updated-by": self.user(fields.get("updated-by") or fields["created-by"]),
        }

    def _invoice(self, record: Record, fields: Fields) -> Fields:
        plain = (
            "invoice-number",
            "invoice-date",
            "date-received",
            "status",
            "net-due-date",
            "tax-amount",
            "gross-total",
            "paid",
            "payment-date",
            "payment-notes",
            "exported",
            "is-credit-note",
            "document-type",
            "comments",
            "internal-note",
            "supplier-note",
        )
        currency = self.currency(fields["currency"])
        lines = [
            {
                **{name: value for name, value in line.items() if name != "uom"},
                "uom": self.uom(line["uom"]) if line.get("uom") else None,
                "currency": currency,
                "updated-at": record.created_at,
                "type": "InvoiceQuantityLine",
            }
            for line in fields["lines"]
        ]
        paid = sum((one["amount-paid"] for one in fields["payments"]), Decimal(0))
        return {
            **{name: fields.get(name) for name in plain},
            "total-with-taxes": fields["gross-total"],
            "amount-due": fields["gross-total"] - paid,
            "canceled": fields["status"] == "voided",
            "line-level-taxation": False,
            "last-exported-at": fields.get("last-exported-at"),
            "dispute-method": "manual" if fields["status"] == "disputed" else None,
            "supplier": self.supplier(fields["supplier"]),
            "currency": currency,
            "payment-term": self.term(fields["payment-term"]),
            "contract": self.contract(fields.get("contract")),
            "invoice-lines": lines,
            "payments": [
                {**one, "payable-id": record.id, "payable-type": "InvoiceHeader"}
                for one in fields["payments"]
            ],
            "created-by": self.user(fields.get("created-by")),
        }

    def _receipt(self, record: Record, fields: Fields) -> Fields:
        plain = ("quantity", "price", "transaction-date", "type", "status", "exported")
        order = self.company.records["purchase_order"][fields["order"]]
        header = order.fields(self.now)
        line = next(one for one in header["lines"] if one["id"] == fields["order-line"])
        original = self.company.one("receiving_transaction", fields["original-transaction"], self.now)
        return {
            **{name: fields[name] for name in plain},
            "total": (fields["quantity"] * fields["price"]).quantize(Decimal("0.01")),
            "last-exported-at": fields.get("last-exported-at"),
            "original-transaction": None if original is None else {"id": original.id},
            "original-transaction-id": fields["original-transaction"],
            "uom": self.uom(fields["uom"]),
            "order-line": {
                "id": line["id"],
                "line-num": line["line-num"],
                "order-header-id": order.id,
                "order-header-number": header["po-number"],
                "description": line["description"],
                "quantity": line["quantity"],
                "price": line["price"],
                "need-by-date": line["need-by-date"],
                "supplier": self.supplier(header["supplier"]),
                "contract": self.contract(header["contract"]),
                "currency": self.currency(header["currency"]),
            },
            "created-by": self.user(fields["created-by"]),
        }

    def _payment(self, record: Record, fields: Fields) -> Fields:
        currency = self.currency(fields["currency"])
        zero = Decimal("0.00")
        detail = {
            "id": 7000 + record.id,
            "created-at": record.created_at,
            "updated-at": record.created_at,
            "payment-id": str(record.id),
            "payable-id": 3000 + fields["invoice"],
            "payable-type": "CoupaPay::Invoice",
            "source-transaction-id": str(fields["invoice"]),
            "source-transaction-type": "InvoiceHeader",
            "source-transaction-reference": fields["invoice-number"],
            "transaction-total": fields["amount"],
            "discount-total": zero,
            "adjustment-total": zero,
            "payment-total": fields["amount"],
            "currency": currency,
            "payable-allocations": [],
        }
        plain = (
            "status",
            "exported",
            "external-ref-id",
            "error-text",
            "requested-execution-date",
            "released-at",
        )
        return {
            **{name: fields[name] for name in plain},
            "line-num": 1,
            "last-exported-at": fields.get("last-exported-at"),
            "payment-batch-id": 300 + record.id,
            "pay-from-total": fields["amount"],
            "pay-to-total": fields["amount"],
            "pay-from-currency": currency,
            "pay-to-currency": currency,
            "payee": self.supplier(fields["supplier"]),
            "payment-details": [detail],
            "created-by": self.user(None),
        }

    def _notice(self, record: Record, fields: Fields) -> Fields:
        lines = []
        self._count()
        for place, line in enumerate(fields["lines"], 1):
            got = (self._received or {}).get(line["order-line"], (Decimal(0), record.created_at))[0]
            lines.append(
                {
                    "id": 100 * record.id + place,
                    "line-num": line["line-num"],
                    "quantity": line["quantity"],
                    "received-qty": got,
                    "status": "received" if got >= line["quantity"] else "pending_receipt",
                    "order-line": {"id": line["order-line"]},
                }
            )
        done = all(line["status"] == "received" for line in lines)
        return {
            "asn-number": fields["asn-number"],
            "ship-date": fields["ship-date"],
            "delivery-date": fields["delivery-date"],
            "status": "received" if done else fields["status"],
            "supplier": self.supplier(fields["supplier"]),
            "lines": lines,
        }

    def _task(self, record: Record, fields: Fields) -> Fields:
        plain = (
            "title",
            "description",
            "status",
            "due-date",
            "start-date",
            "percentage",
            "linkable-id",
            "linkable-type",
            "resolved-at",
        )
        people = {"owner": self.user(fields["owner"]), "created-by": self.user(None)}
        return {**{name: fields.get(name) for name in plain}, "owner-id": fields["owner"], **people}

    def _comment(self, record: Record, fields: Fields) -> Fields:
        plain = ("comments", "commentable-id", "commentable-type", "comment-type", "to-supplier")
        return {**{name: fields.get(name) for name in plain}, "created-by": self.user(None)}
