"""Coupa's records of the invented company: `world/coupa.yaml` and the shared parties, as logs of writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sandbox.world import HERE, World

ZONE = ZoneInfo("Europe/Berlin")
BEGAN = datetime(2025, 1, 7, 8, tzinfo=UTC)
CENT = Decimal("0.01")
VOIDED_TYPE = {"ReceivingQuantityConsumption": "VoidReceivingQuantityConsumption"}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Fields = dict[str, Any]


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "coupa.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


@dataclass
class Record:
    """One record as the log of what was written to it: instant and fields."""

    kind: str
    id: int
    log: list[tuple[datetime, Fields]]

    @property
    def created_at(self) -> datetime:
        return self.log[0][0]

    def fields(self, now: datetime) -> Fields:
        found: Fields = {}
        for at, fields in self.log:
            if at <= now:
                found |= fields
        return found

    def updated_at(self, now: datetime) -> datetime:
        return max(at for at, _ in self.log if at <= now)

    def write(self, at: datetime, **fields: Any) -> None:
        self.log.append((at, {name.replace("_", "-"): value for name, value in fields.items()}))
        self.log.sort(key=lambda line: line[0])


@dataclass
class Company:
    """Every record by kind and id; ids count up in the order in which records were made."""

    world: World
    records: dict[str, dict[int, Record]] = field(default_factory=dict)
    next_id: dict[str, int] = field(default_factory=dict)
    suppliers: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    contracts: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, at: datetime, **fields: Any) -> Record:
        number = self.number(kind)
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        made = Record(kind, number, [(at, named)])
        self.records.setdefault(kind, {})[number] = made
        return made

    def number(self, kind: str) -> int:
        first = {"order-line": 40001, "invoice-line": 60001, "supplier": 11, "user": 3}.get(kind, 101)
        self.next_id[kind] = self.next_id.get(kind, first - 1) + 1
        return self.next_id[kind]

    def seen(self, kind: str, now: datetime) -> Iterator[Record]:
        for record in self.records.get(kind, {}).values():
            if record.created_at <= now:
                yield record

    def one(self, kind: str, key: Any, now: datetime) -> Record | None:
        record = self.records.get(kind, {}).get(key)
        return record if record is not None and record.created_at <= now else None


def fill(world: World) -> Company:
    company = Company(world)
    told = story()
    for user in told["users"]:
        made = company.add("user", BEGAN, login=user["login"], firstname=user["first"], lastname=user["last"])
        company.users[user["login"]] = made.id
    for party in world.parties.values():
        if party.supplier:
            made = company.add(
                "supplier", BEGAN, name=party.name, number=party.supplier, status="active", party=party.key
            )
            company.suppliers[party.key] = made.id
    _contracts(company)
    ordered = [*told["orders"], *(one for series in told["series"] for one in _series(series))]
    # Ids follow the order in which the records came to be, as a database counts them.
    ordered.sort(key=lambda one: moment(one["ordered"]))
    for one in ordered:
        _order(company, one)
    _renumber(company)
    return company


def _contracts(company: Company) -> None:
    for told in company.world.contracts:
        if told.party not in company.suppliers:
            continue
        parent = company.contracts.get(told.parent or "")
        made = company.add(
            "contract",
            told.recorded_at,
            name=told.title[:100],
            number=told.key,
            external_contract_id=told.ironclad,
            status="published",
            supplier=company.suppliers[told.party],
            parent=parent,
            start_date=_midnight(told.effective_on),
            end_date=_midnight(told.expires_on),
            execution_date=_midnight(told.agreed_on),
            term_type="auto_renew" if told.renewal == "automatic" else "fixed",
            currency=told.value.currency if told.value else "EUR",
            version=1,
            terminated=False,
            max_commit=Decimal(told.value.amount) if told.value else None,
            contract_terms=[],
            description=None,
        )
        company.contracts[told.ironclad] = made.id


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The orders of a series: each delivered after `lead` days, invoiced the day after, paid on its day."""
    days = story()["terms"][told["terms"]]
    for at in range(told["count"]):
        ordered = told["first"] + timedelta(days=told["every"] * at)
        here, billed = ordered + timedelta(days=told["lead"]), ordered + timedelta(days=told["lead"] + 1)
        paid = billed + timedelta(days=days - 2)
        line = {name: told[name] for name in ("text", "quantity", "uom", "price")}
        yield {
            "po": f"{told['number']}-{at + 1:02d}",
            "party": told["party"],
            "contract": told["contract"],
            "ordered": f"{ordered} 09:15",
            "buyer": told["buyer"],
            "terms": told["terms"],
            "currency": told["currency"],
            "lines": [{**line, "need_by": here + timedelta(days=1)}],
            "receipts": [{"line": 1, "quantity": told["quantity"], "day": here, "at": f"{here} 10:30"}],
            "invoices": [
                {
                    "number": f"{told['number']}{at + 1:03d}",
                    "dated": billed,
                    "at": f"{billed} 11:00",
                    "lines": [{"line": 1, "quantity": told["quantity"]}],
                    "steps": [{"at": f"{billed + timedelta(days=2)} 09:00", "status": "approved"}],
                    "paid": [
                        {"at": f"{paid} 11:00", "day": paid, "amount": "all", "check": f"10{at:02d}{days}"}
                    ],
                }
            ],
        }


def _order(company: Company, told: Mapping[str, Any]) -> None:
    at, buyer = moment(told["ordered"]), company.users[told["buyer"]]
    lines = [
        {
            "id": company.number("order-line"),
            "line-num": str(place),
            "description": line["text"],
            "quantity": Decimal(line["quantity"]),
            "price": Decimal(line["price"]),
            "uom": line["uom"],
            "need-by-date": _midnight(line["need_by"]),
            "created-at": at,
        }
        for place, line in enumerate(told["lines"], 1)
    ]
    order = company.add(
        "purchase_order",
        at,
        po_number=str(told["po"]),
        status="issued",
        version=1,
        exported=False,
        lines=lines,
        currency=told["currency"],
        payment_term=told["terms"],
        supplier=company.suppliers[told["party"]],
        contract=company.contracts[told["contract"]],
        created_by=buyer,
        acknowledged_flag=False,
        acknowledged_at=None,
        milestones=_milestones(company, told, at),
    )
    if "acknowledged" in told:
        when = moment(told["acknowledged"])
        order.write(when, acknowledged_flag=True, acknowledged_at=when)
    for change in told.get("revised", ()):
        lines = [dict(line) for line in lines]
        lines[change["line"] - 1]["need-by-date"] = _midnight(change["need_by"])
        # A new version for the supplier takes back the flag of the export.
        order.write(moment(change["at"]), lines=lines, version=2, exported=False)
    for milestone in told.get("milestones", ()):
        if "reached" in milestone:
            _reach(order, milestone)
    if "cancelled" in told:
        order.write(moment(told["cancelled"]), status="cancelled")
    for receipt in told.get("receipts", ()):
        _receipt(company, order, lines, receipt, buyer)
    if "asn" in told:
        _notice(company, order, lines, told["asn"])
    for invoice in told.get("invoices", ()):
        _invoice(company, order, lines, invoice, told)


def _milestones(company: Company, told: Mapping[str, Any], at: datetime) -> list[Fields]:
    return [
        {
            "id": company.number("milestone"),
            "description": one["text"],
            "due-date": one["due"],
            "amount": Decimal(one["amount"]),
            "status": "pending",
            "created-at": at,
            "updated-at": at,
        }
        for one in told.get("milestones", ())
    ]


def _reach(order: Record, milestone: Mapping[str, Any]) -> None:
    at = moment(milestone["reached"])
    changed = [
        {**one, "status": "completed", "updated-at": at} if one["description"] == milestone["text"] else one
        for one in order.fields(at)["milestones"]
    ]
    order.write(at, milestones=changed)


def _receipt(company: Company, order: Record, lines: list[Fields], told: Mapping[str, Any], by: int) -> None:
    line, at = lines[told["line"] - 1], moment(told["at"])
    kind = told.get("type", "ReceivingQuantityConsumption")
    given: Fields = {
        "order_line": line["id"],
        "order": order.id,
        "quantity": Decimal(told["quantity"]),
        "price": line["price"],
        "transaction_date": _midnight(told["day"]),
        "type": kind,
        "status": "created",
        "exported": False,
        "created_by": by,
        "original_transaction": None,
        "uom": line["uom"],
    }
    made = company.add("receiving_transaction", at, **given)
    if "voided" in told:
        void(company, made, moment(told["voided"]))


def void(company: Company, receipt: Record, at: datetime) -> Record:
    """Void a receipt: it says so, and a transaction of the opposite kind refers to it."""
    before = receipt.fields(at)
    receipt.write(at, status="voided")
    named = {name.replace("-", "_"): value for name, value in before.items()}
    kind = f"Void{before['type']}"
    return company.add(
        "receiving_transaction",
        at,
        **{**named, "type": kind, "status": "created", "original_transaction": receipt.id, "exported": False},
    )


def _notice(company: Company, order: Record, lines: list[Fields], told: Mapping[str, Any]) -> None:
    fields = order.fields(order.created_at)
    company.add(
        "asn",
        moment(told["at"]),
        asn_number=told["number"],
        supplier=fields["supplier"],
        status="pending_receipt",
        ship_date=_midnight(told["ships"]),
        delivery_date=_midnight(told["arrives"]),
        order=order.id,
        lines=[{"line-num": "1", "order-line": lines[0]["id"], "quantity": Decimal(told["quantity"])}],
    )


def _invoice(
    company: Company, order: Record, lines: list[Fields], told: Mapping[str, Any], whole: Mapping[str, Any]
) -> None:
    at, header = moment(told["at"]), order.fields(moment(told["at"]))
    own = []
    for place, part in enumerate(told["lines"], 1):
        line = lines[part["line"] - 1]
        quantity = Decimal(part.get("quantity", 1))
        price = Decimal(part["share"]) if "share" in part else line["price"]
        own.append(
            {
                "id": company.number("invoice-line"),
                "line-num": place,
                "description": line["description"],
                "quantity": quantity,
                "price": price,
                "total": (quantity * price).quantize(CENT),
                "order-line-id": line["id"],
                "order-line-num": line["line-num"],
                "po-number": header["po-number"],
                "created-at": at,
                "uom": line["uom"],
            }
        )
    net = sum((line["total"] for line in own), Decimal(0))
    rate = Decimal("0.20") if whole["currency"] == "GBP" else Decimal("0.19")
    tax = (net * rate).quantize(CENT)
    due = told["dated"] + timedelta(days=story()["terms"][whole["terms"]])
    made = company.add(
        "invoice",
        at,
        invoice_number=told["number"],
        invoice_date=_midnight(told["dated"]),
        date_received=at,
        status="pending_approval",
        supplier=header["supplier"],
        currency=whole["currency"],
        lines=own,
        payment_term=whole["terms"],
        net_due_date=_midnight(due),
        tax_amount=tax,
        gross_total=net + tax,
        contract=header["contract"],
        paid=False,
        payment_date=None,
        payment_notes=None,
        payments=[],
        exported=False,
        is_credit_note=bool(told.get("credit")),
        document_type="Credit Note" if told.get("credit") else "Invoice",
        created_by=header["created-by"],
        comments=None,
    )
    for step in told.get("steps", ()):
        made.write(moment(step["at"]), status=step["status"])
    left = net + tax
    for paid in told.get("paid", ()):
        amount = left if paid["amount"] in ("all", "rest") else Decimal(paid["amount"])
        left -= Decimal(0) if "failed" in paid else amount
        _pay(company, made, paid, amount, left)


def _pay(company: Company, invoice: Record, told: Mapping[str, Any], amount: Decimal, left: Decimal) -> None:
    """A payment that Coupa makes: initiated, in progress, completed two days later, or returned."""
    at = moment(told["at"])
    fields = invoice.fields(at)
    payment = company.add(
        "payment",
        at,
        status="payment_initiated",
        amount=amount,
        currency=fields["currency"],
        invoice=invoice.id,
        invoice_number=fields["invoice-number"],
        supplier=fields["supplier"],
        requested_execution_date=told["day"],
        released_at=at,
        external_ref_id=int(told["check"]),
        exported=False,
        error_text=None,
        contract=fields["contract"],
    )
    if "failed" in told:
        payment.write(moment(told["failed"]), status="completed_with_errors", error_text="Account is closed")
        return
    payment.write(at + timedelta(hours=5), status="payment_in_progress")
    done = at + timedelta(days=1, hours=21)
    payment.write(done, status="completed_successfully")
    entry = {
        "id": company.number("invoice-payment"),
        "amount-paid": amount,
        "notes": told["check"],
        "payment-date": _midnight(told["day"]),
        "created-at": at,
        "updated-at": at,
    }
    payments = [*fields["payments"], entry]
    invoice.write(at, payments=payments, paid=left <= 0, payment_date=_midnight(told["day"]))


def _renumber(company: Company) -> None:
    """Give the records of each kind ids in the order of their making."""
    for kind in ("receiving_transaction", "invoice", "payment"):
        records = sorted(
            company.records.get(kind, {}).values(), key=lambda record: (record.created_at, record.id)
        )
        ids = sorted(record.id for record in records)
        moved = {record.id: new for record, new in zip(records, ids, strict=True)}
        for record in records:
            record.id = moved[record.id]
        company.records[kind] = {record.id: record for record in records}
        link = {
            "receiving_transaction": ("receiving_transaction", "original-transaction"),
            "invoice": ("payment", "invoice"),
        }.get(kind)
        if link is None:
            continue
        for other in company.records.get(link[0], {}).values():
            for _, fields in other.log:
                if fields.get(link[1]) is not None:
                    fields[link[1]] = moved[fields[link[1]]]


def moment(text: str) -> datetime:
    """`2026-09-01 10:20` in the company's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def _midnight(day: date | None) -> datetime | None:
    """A day as Coupa keeps it: midnight in the company's zone."""
    return None if day is None else datetime.combine(day, time(), ZONE).astimezone(UTC)
