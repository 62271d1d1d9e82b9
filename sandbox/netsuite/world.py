"""NetSuite's records of the invented company: `world/netsuite.yaml` and the parties, as logs of writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sandbox.world import HERE, World

ZONE = ZoneInfo("America/New_York")
BEGAN = datetime(2025, 1, 6, 14, tzinfo=UTC)
GRACE, ROBOT = 7, 9
CENT = Decimal("0.01")
PREFIXES = {"itemReceipt": "IR", "vendorPayment": "VP", "purchaseOrder": "PO"}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Fields = dict[str, Any]


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "netsuite.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


@dataclass(frozen=True)
class Entry:
    at: datetime
    by: int
    fields: Fields


@dataclass
class Record:
    """One record as the log of what was written to it. `type` is REST's name: purchaseOrder, vendorBill …"""

    type: str
    id: int
    log: list[Entry]
    deleted: Entry | None = None

    @property
    def created_at(self) -> datetime:
        return self.log[0].at

    def seen(self, now: datetime) -> list[Entry]:
        return [entry for entry in self.log if entry.at <= now]

    def fields(self, now: datetime) -> Fields:
        found: Fields = {}
        for entry in self.seen(now):
            found |= entry.fields
        return found

    def gone(self, now: datetime) -> bool:
        return self.deleted is not None and self.deleted.at <= now

    def write(self, at: datetime, by: int, **fields: Any) -> None:
        self.log.append(Entry(at, by, fields))
        self.log.sort(key=lambda entry: entry.at)


@dataclass
class Books:
    """Every record by type and id; transactions share one run of ids."""

    world: World
    records: dict[int, Record] = field(default_factory=dict)
    vendors: dict[str, int] = field(default_factory=dict)
    last: int = 1800
    version: int = 0

    def add(self, kind: str, at: datetime, by: int, **fields: Any) -> Record:
        self.last += 1
        self.version += 1
        made = Record(kind, self.last, [Entry(at, by, fields)])
        self.records[made.id] = made
        return made

    def seen(self, kind: str, now: datetime) -> Iterator[Record]:
        for record in self.records.values():
            if record.type == kind and record.created_at <= now and not record.gone(now):
                yield record

    def one(self, kind: str, key: int | None, now: datetime) -> Record | None:
        record = self.records.get(key or 0)
        if record is None or record.type != kind or record.created_at > now or record.gone(now):
            return None
        return record

    def number(self, kind: str) -> str:
        """The next number of a transaction that nobody gives one."""
        have = sum(record.type == kind for record in self.records.values())
        return f"{PREFIXES.get(kind, 'TR')}-{have + 1:05d}"


def fill(world: World) -> Books:
    books = Books(world)
    for party in world.parties.values():
        if party.supplier:
            made = books.add(
                "vendor",
                BEGAN,
                GRACE,
                entityId=f"V{party.supplier}",
                companyName=party.name,
                externalId=f"SAP-{party.supplier}",
                accountNumber=party.supplier,
                isInactive=False,
                city=party.city,
                country=party.country,
            )
            books.vendors[party.key] = made.id
    ordered = [*story()["orders"], *(one for series in story()["series"] for one in _series(series))]
    for told in sorted(ordered, key=lambda one: str(one["ordered"])):
        _order(books, told)
    return books


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    days = next(term["days"] for term in story()["terms"] if term["name"] == told["terms"])
    for at in range(told["count"]):
        ordered = told["first"] + timedelta(days=told["every"] * at)
        here, billed = ordered + timedelta(days=told["lead"]), ordered + timedelta(days=told["lead"] + 1)
        paid = billed + timedelta(days=days - 1)
        line = {"item": told["item"], "quantity": told["quantity"], "rate": told["rate"]}
        yield {
            "tran": f"PO-{told['number']}-{at + 1:02d}",
            "party": told["party"],
            "contract": told["contract"],
            "ordered": f"{ordered} 09:10",
            "currency": told["currency"],
            "terms": told["terms"],
            "lines": [{**line, "expected": here + timedelta(days=1)}],
            "receipts": [{"quantity": [told["quantity"]], "day": here, "at": f"{here} 15:00"}],
            "bills": [
                {
                    "number": f"{told['number']}-{at + 1:03d}",
                    "day": billed,
                    "at": f"{billed} 10:30",
                    "quantity": [told["quantity"]],
                    "approved": f"{billed + timedelta(days=1)} 09:00",
                    "paid": [{"day": paid, "at": f"{paid} 11:00"}],
                }
            ],
        }


def _order(books: Books, told: Mapping[str, Any]) -> None:
    at = moment(told["ordered"])
    lines = [
        {
            "line": place,
            "item": item_id(line["item"]),
            "quantity": Decimal(line["quantity"]),
            "rate": Decimal(line["rate"]),
            "expectedReceiptDate": line["expected"],
            "isClosed": False,
        }
        for place, line in enumerate(told["lines"], 1)
    ]
    order = books.add(
        "purchaseOrder",
        at,
        GRACE,
        tranId=told["tran"],
        tranDate=at.astimezone(ZONE).date(),
        entity=books.vendors[told["party"]],
        currency=told["currency"],
        terms=told["terms"],
        memo=f"Call-off under {told['contract']}",
        contract=told["contract"],
        lines=lines,
    )
    for change in told.get("moved", ()):
        lines = [dict(line) for line in lines]
        lines[change["line"] - 1]["expectedReceiptDate"] = change["expected"]
        order.write(moment(change["at"]), GRACE, lines=lines)
    for change in told.get("closed", ()):
        lines = [dict(line) for line in lines]
        lines[change["line"] - 1]["isClosed"] = True
        order.write(moment(change["at"]), GRACE, lines=lines)
    for receipt in told.get("receipts", ()):
        own = _taken(lines, receipt["quantity"])
        common = _common(books, order, "itemReceipt", receipt["day"])
        books.add("itemReceipt", moment(receipt["at"]), GRACE, **common, lines=own)
    for bill in told.get("bills", ()):
        _bill(books, order, lines, bill)
    for credit in told.get("credits", ()):
        common = _common(books, order, "vendorCredit", credit["day"]) | {"tranId": credit["number"]}
        line = {
            "line": 1,
            "item": lines[0]["item"],
            "quantity": Decimal(1),
            "rate": Decimal(credit["amount"]),
        }
        books.add("vendorCredit", moment(credit["at"]), GRACE, **common, lines=[line])


def _common(books: Books, source: Record, kind: str, day: date) -> Fields:
    fields = source.log[0].fields
    return {
        "tranId": books.number(kind),
        "tranDate": day,
        "entity": fields["entity"],
        "currency": fields["currency"],
        "terms": fields["terms"],
        "contract": fields["contract"],
        "memo": None,
        "createdFrom": source.id,
    }


def _taken(lines: list[Fields], quantities: list[int]) -> list[Fields]:
    return [
        {
            "line": place,
            "orderLine": line["line"],
            "item": line["item"],
            "quantity": Decimal(quantity),
            "rate": line["rate"],
        }
        for place, (line, quantity) in enumerate(zip(lines, quantities, strict=True), 1)
    ]


def _bill(books: Books, order: Record, lines: list[Fields], told: Mapping[str, Any]) -> None:
    at = moment(told["at"])
    common = _common(books, order, "vendorBill", told["day"]) | {"tranId": told["number"]}
    days = next(term["days"] for term in story()["terms"] if term["name"] == common["terms"])
    bill = books.add(
        "vendorBill",
        at,
        GRACE,
        **common,
        dueDate=told["day"] + timedelta(days=days),
        approvalStatus=1,
        lines=_taken(lines, told["quantity"]),
    )
    if "corrected" in told:
        change = told["corrected"]
        bill.write(moment(change["at"]), GRACE, lines=_taken(lines, change["quantity"]))
    if "approved" in told:
        bill.write(moment(told["approved"]), GRACE, approvalStatus=2)
    if "deleted" in told:
        bill.deleted = Entry(moment(told["deleted"]), GRACE, {})
    left = total(bill.fields(at + timedelta(days=30)))
    for paid in told.get("paid", ()):
        amount = Decimal(paid["amount"]) if "amount" in paid else left
        made = pay(books, bill, (moment(paid["at"]), GRACE), paid["day"], amount)
        if "voided" in paid:
            made.write(moment(paid["voided"]), GRACE, voided=True)
        else:
            left -= amount


def pay(books: Books, bill: Record, when: tuple[datetime, int], day: date, amount: Decimal) -> Record:
    """A payment that is applied to one bill."""
    common = _common(books, bill, "vendorPayment", day)
    applied = [{"doc": bill.id, "amount": amount}]
    return books.add("vendorPayment", *when, **common, apply=applied, voided=False)


def total(fields: Fields) -> Decimal:
    """Sum of the lines, or of what is applied."""
    if "apply" in fields:
        return sum((one["amount"] for one in fields["apply"]), Decimal(0))
    lines = sum((line["quantity"] * line["rate"] for line in fields.get("lines", ())), Decimal(0))
    expenses = sum((one["amount"] for one in fields.get("expenses", ())), Decimal(0))
    return (lines + expenses).quantize(CENT)


def item_id(code: str) -> int:
    return int(next(item["id"] for item in story()["items"] if item["code"] == code))


def moment(text: str) -> datetime:
    """`2026-08-31 10:00` in the branch's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
