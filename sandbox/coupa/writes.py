"""Writing Coupa's records: what a body may change, what Coupa adds, what it refuses in its own words."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.coupa.query import company_day, moment
from sandbox.coupa.world import CENT, Company, Fields, Record, story, void


class Invalid(Exception):
    """What Coupa objects to; `about` is the kind of record, "missing" where there is none."""

    def __init__(self, about: str, messages: list[str]) -> None:
        super().__init__(about)
        self.about, self.messages = about, messages


ABOUT = {
    "purchase_order": "order_header",
    "invoice": "invoice_header",
    "receiving_transaction": "inventory_transaction",
    "payment": "coupa_pay_payment",
}
# What a PUT may change; the rest of a body is passed over, as documented.
EDITABLE: Mapping[str, frozenset[str]] = {
    "purchase_order": frozenset({"acknowledged-flag"}),
    "invoice": frozenset(
        {"paid", "payment-date", "payment-notes", "comments", "internal-note", "supplier-note"}
    ),
    "contract": frozenset(
        {
            "name",
            "description",
            "end-date",
            "start-date",
            "status",
            "max-commit",
            "external-contract-id",
            "terminated",
        }
    ),
    "task": frozenset({"title", "description", "status", "due-date", "percentage"}),
    "supplier": frozenset({"status", "on-hold"}),
    "receiving_transaction": frozenset(),
    "payment": frozenset(),
    "asn": frozenset(),
}
RECEIPTS = frozenset(
    f"Receiving{what}{how}"
    for what in ("Quantity", "Amount")
    for how in ("Consumption", "Disposal", "ReturnToSupplier")
) | {"InventoryReceipt"}
EXPORTED = ("payment", "receiving_transaction", "purchase_order", "invoice")
# Action: the statuses it may start from, and the one it leads to.
ACTIONS: Mapping[tuple[str, str], tuple[frozenset[str], str]] = {
    ("purchase_order", "cancel"): (
        frozenset({"issued", "buyer_hold", "supplier_hold", "draft"}),
        "cancelled",
    ),
    ("purchase_order", "close"): (frozenset({"issued"}), "closed"),
    ("purchase_order", "reopen"): (frozenset({"closed"}), "issued"),
    ("purchase_order", "issue"): (frozenset({"draft", "buyer_hold", "supplier_hold"}), "issued"),
    ("invoice", "submit"): (frozenset({"draft"}), "pending_approval"),
    ("invoice", "void"): (frozenset({"approved", "pending_receipt"}), "voided"),
    ("invoice", "dispute"): (
        frozenset({"pending_approval", "pending_receipt", "pending_action", "ap_hold", "on_hold"}),
        "disputed",
    ),
    ("invoice", "withdraw_dispute"): (frozenset({"disputed"}), "pending_approval"),
    ("invoice", "abandon"): (frozenset({"draft", "disputed"}), "abandoned"),
    ("contract", "complete"): (frozenset({"published"}), "completed"),
}


class Writer:
    def __init__(self, company: Company, now: datetime) -> None:
        self.company, self.now = company, now

    def create(self, kind: str, body: Mapping[str, Any]) -> Record:
        makers = {
            "invoice": self._invoice,
            "receiving_transaction": self._receipt,
            "contract": self._contract,
            "task": self._task,
        }
        if kind not in makers:
            raise Invalid(ABOUT.get(kind, kind), ["This resource cannot be created through the API here"])
        return makers[kind](body)

    def export(self, record: Record, exported: bool) -> None:
        """The flag of the export by itself; anything else in the request is passed over."""
        if exported:
            record.write(self.now, exported=True, last_exported_at=self.now)
        else:
            record.write(self.now, exported=False)

    def update(self, record: Record, body: Mapping[str, Any]) -> None:
        if record.kind in EXPORTED and "exported" in body:
            self.export(record, _truth(body["exported"]))
            return
        changes = {name: value for name, value in body.items() if name in EDITABLE[record.kind]}
        fields = {name: self._typed(record, name, value) for name, value in changes.items()}
        if record.kind == "invoice" and "payments" in body:
            fields |= self._payments(record, body["payments"])
        if record.kind == "task" and fields.get("status") in ("completed", "resolved"):
            fields["resolved-at"] = self.now
        if fields:
            record.write(self.now, **fields)

    def act(self, record: Record, action: str, body: Mapping[str, Any]) -> None:
        if (record.kind, action) == ("receiving_transaction", "void"):
            if record.fields(self.now)["status"] == "voided":
                raise Invalid("inventory_transaction", ["Transaction has already been voided"])
            void(self.company, record, self.now)
            return
        if (record.kind, action) not in ACTIONS:
            raise Invalid("missing", ["The requested resource does not exist"])
        allowed, target = ACTIONS[record.kind, action]
        status = record.fields(self.now)["status"]
        if status not in allowed:
            raise Invalid(ABOUT.get(record.kind, record.kind), [f"Cannot {action} in status {status}"])
        record.write(self.now, status=target)

    def add_part(self, child: str, parent: Record, about: str, body: Mapping[str, Any]) -> Record:
        if child == "comment":
            text = str(body.get("comments") or "")
            if not text:
                raise Invalid("comment", ["Comments can't be blank"])
            return self.company.add(
                "comment",
                self.now,
                of=parent.id,
                comments=text,
                commentable_id=parent.id,
                commentable_type=about,
                comment_type=body.get("comment-type"),
                to_supplier=None,
            )
        if not body.get("name"):
            raise Invalid("contract_term", ["Name can't be blank"])
        kept = {name.replace("-", "_"): value for name, value in body.items()}
        return self.company.add("contract_term", self.now, of=parent.id, **kept)

    def knows_parent(self, about: str, key: int) -> bool:
        told = story()["projects" if about == "Project" else "groups"]
        return any(one["id"] == key for one in told)

    # -- new records ----------------------------------------------------------------------------------

    def _invoice(self, body: Mapping[str, Any]) -> Record:
        wrong = [
            f"{label} can't be blank"
            for name, label in (
                ("invoice-number", "Invoice #"),
                ("invoice-date", "Invoice Date"),
                ("supplier", "Supplier"),
                ("currency", "Currency"),
                ("account-type", "Chart of Accounts"),
                ("invoice-lines", "Invoice Lines"),
            )
            if not body.get(name)
        ]
        if wrong:
            raise Invalid("invoice_header", wrong)
        supplier = self._supplier(body["supplier"])
        number = str(body["invoice-number"])
        for other in self.company.seen("invoice", self.now):
            fields = other.fields(self.now)
            if (fields["invoice-number"], fields["supplier"]) == (number, supplier):
                raise Invalid("invoice_header", ["Invoice # has already been taken"])
        lines = [
            self._invoice_line(line, at)
            for at, line in enumerate(_several(body["invoice-lines"], "invoice-line"), 1)
        ]
        net = sum((line["total"] for line in lines), Decimal(0))
        tax = _decimal(body.get("tax-amount") or "0", "Tax amount")
        code = str(_inner(body["currency"], "code"))
        term = str(_inner(body.get("payment-term"), "code") or "Net 30")
        dated = self._day(body["invoice-date"], "Invoice Date")
        contract = _inner(body.get("contract"), "id")
        return self.company.add(
            "invoice",
            self.now,
            invoice_number=number,
            invoice_date=dated,
            date_received=self.now,
            status="draft",
            supplier=supplier,
            currency=code,
            lines=lines,
            payment_term=term,
            net_due_date=dated + timedelta(days=story()["terms"].get(term, 30)),
            tax_amount=tax,
            gross_total=net + tax,
            contract=_int(contract),
            paid=False,
            payment_date=None,
            payment_notes=None,
            payments=[],
            exported=False,
            is_credit_note=_truth(body.get("is-credit-note")),
            document_type="Credit Note" if _truth(body.get("is-credit-note")) else "Invoice",
            created_by=None,
            comments=body.get("comments"),
            internal_note=body.get("internal-note"),
            supplier_note=body.get("supplier-note"),
        )

    def _invoice_line(self, line: Mapping[str, Any], place: int) -> Fields:
        wrong = [
            f"{label} can't be blank"
            for name, label in (("description", "Description"), ("price", "Price"))
            if line.get(name) in (None, "")
        ]
        if wrong:
            raise Invalid("invoice_header", [f"Invoice Line {place}: {text}" for text in wrong])
        price, quantity = _decimal(line["price"], "Price"), _decimal(line.get("quantity") or "1", "Quantity")
        key, number, line_number = (
            line.get("order-line-id"),
            line.get("po-number"),
            line.get("order-line-num"),
        )
        for order in self.company.seen("purchase_order", self.now):
            fields = order.fields(self.now)
            for own in fields["lines"]:
                if own["id"] == _int(key) or (fields["po-number"], own["line-num"]) == (
                    number,
                    str(line_number),
                ):
                    key, number, line_number = own["id"], fields["po-number"], own["line-num"]
        return {
            "id": self.company.number("invoice-line"),
            "line-num": place,
            "description": str(line["description"]),
            "quantity": quantity,
            "price": price,
            "total": (price * quantity).quantize(CENT),
            "order-line-id": _int(key),
            "order-line-num": line_number,
            "po-number": number,
            "created-at": self.now,
        }

    def _receipt(self, body: Mapping[str, Any]) -> Record:
        key, quantity = _int(_inner(body.get("order-line"), "id")), body.get("quantity")
        for order in self.company.seen("purchase_order", self.now):
            fields = order.fields(self.now)
            for line in fields["lines"]:
                if line["id"] == key and quantity not in (None, ""):
                    day = body.get("transaction-date")
                    return self.company.add(
                        "receiving_transaction",
                        self.now,
                        order_line=line["id"],
                        order=order.id,
                        quantity=_decimal(quantity, "Quantity"),
                        price=line["price"],
                        uom=line["uom"],
                        transaction_date=self._day(day, "Transaction date") if day else self.now,
                        type=_receipt_type(body.get("type")),
                        status="created",
                        exported=False,
                        created_by=None,
                        original_transaction=None,
                    )
        wrong = "Quantity can't be blank" if quantity in (None, "") else "Order line can't be blank"
        raise Invalid("inventory_transaction", [wrong])

    def _contract(self, body: Mapping[str, Any]) -> Record:
        wrong = [
            f"{label} can't be blank"
            for name, label in (
                ("name", "Name"),
                ("supplier", "Supplier"),
                ("start-date", "Starts"),
                ("status", "Status"),
            )
            if not body.get(name)
        ]
        if wrong:
            raise Invalid("contract", wrong)
        number = body.get("number")
        if number and any(
            one.fields(self.now)["number"] == number for one in self.company.seen("contract", self.now)
        ):
            raise Invalid("contract", ["Contract # has already been taken"])
        end = body.get("end-date")
        commit = body.get("max-commit")
        return self.company.add(
            "contract",
            self.now,
            name=str(body["name"])[:100],
            number=number,
            status=str(body["status"]),
            external_contract_id=body.get("external-contract-id"),
            supplier=self._supplier(body["supplier"]),
            parent=_int(_inner(body.get("parent"), "id")),
            start_date=self._day(body["start-date"], "Starts"),
            end_date=self._day(end, "Expires") if end else None,
            execution_date=None,
            term_type=body.get("term-type") or "fixed",
            currency=str(_inner(body.get("currency"), "code") or "EUR"),
            max_commit=_decimal(commit, "Maximum commit") if commit else None,
            version=1,
            terminated=False,
            description=body.get("description"),
        )

    def _task(self, body: Mapping[str, Any]) -> Record:
        about, key = body.get("linkable-type"), _int(body.get("linkable-id"))
        wrong = [] if body.get("title") else ["Title can't be blank"]
        if about is None or key is None:
            wrong.append("Linkable can't be blank")
        owner = _int(_inner(body.get("owner"), "id")) or _int(body.get("owner-id"))
        login = _inner(body.get("owner"), "login")
        owner = owner or self.company.users.get(str(login).split("@")[0])
        if owner is None or self.company.one("user", owner, self.now) is None:
            wrong.append("Owner can't be blank")
        if wrong:
            raise Invalid("task", wrong)
        due = body.get("due-date")
        return self.company.add(
            "task",
            self.now,
            title=str(body["title"])[:255],
            description=body.get("description"),
            owner=owner,
            status=body.get("status") or "pending",
            due_date=self._day(due, "Due date") if due else None,
            start_date=None,
            percentage=0,
            linkable_id=key,
            linkable_type=about,
            resolved_at=None,
        )

    # -- values ---------------------------------------------------------------------------------------

    def _payments(self, record: Record, given: Any) -> Fields:
        before = record.fields(self.now)
        new = []
        for one in _several(given, "payment"):
            amount = _decimal(one.get("amount-paid") or "", "Amount paid")
            day = one.get("payment-date")
            notes = one.get("notes") or one.get("check-number")
            new.append(
                {
                    "id": self.company.number("invoice-payment"),
                    "amount-paid": amount,
                    "notes": None if notes is None else str(notes)[:255],
                    "payment-date": self._day(day, "Payment date") if day else None,
                    "created-at": self.now,
                    "updated-at": self.now,
                }
            )
        return {"payments": [*before["payments"], *new]}

    def _supplier(self, given: Any) -> int:
        for record in self.company.seen("supplier", self.now):
            fields = record.fields(self.now)
            if _int(_inner(given, "id")) == record.id:
                return record.id
            if any(_inner(given, name) == fields[name] for name in ("name", "number")):
                return record.id
        raise Invalid("invoice_header", ["Supplier can't be blank"])

    def _typed(self, record: Record, name: str, value: Any) -> Any:
        if name in ("paid", "terminated", "on-hold", "acknowledged-flag"):
            return _truth(value)
        if name in ("payment-date", "end-date", "start-date", "due-date"):
            return self._day(value, name) if value else None
        return _decimal(value, name) if name == "max-commit" and value else value

    def _day(self, value: Any, label: str) -> datetime:
        text = str(value)
        try:
            if len(text) == 10:
                return company_day(date.fromisoformat(text))
            return moment(text).astimezone(UTC)
        except ValueError:
            raise Invalid("base", [f"{label} is not a valid date"]) from None


def _receipt_type(given: Any) -> str:
    kind = given or "ReceivingQuantityConsumption"
    if not isinstance(kind, str) or kind not in RECEIPTS:
        raise Invalid("inventory_transaction", ["Type is not included in the list"])
    return kind


def _several(given: Any, name: str) -> list[Mapping[str, Any]]:
    """A list however it was written: as a list, or wrapped in the name of its elements."""
    if isinstance(given, Mapping):
        given = given.get(name, [])
    found = given if isinstance(given, list) else [given]
    return [one for one in found if isinstance(one, Mapping)]


def _inner(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, Mapping) else None


def _int(value: Any) -> int | None:
    return int(value) if str(value).isdigit() else None


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


def _decimal(value: Any, label: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Invalid("base", [f"{label} is not a number"]) from None
    if not number.is_finite():
        raise Invalid("base", [f"{label} is not a number"])
    return number
