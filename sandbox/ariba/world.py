"""Ariba's records of the invented company, as logs of writes: `world/ariba.yaml` and the shared contracts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sandbox.world import HERE, World
from sandbox.world.records import ContractRecord

ZONE = ZoneInfo("Europe/Berlin")
CENT = Decimal("0.01")
FIRST = {"order": 1, "receipt": 1, "invoice": 2601, "payment": 1, "contract": 2100}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Fields = dict[str, Any]


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "ariba.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


@dataclass
class Record:
    """One record as the log of what was written to it: instant and fields. `name` is its unique name."""

    kind: str
    name: str
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
        self.log.append((at, fields))
        self.log.sort(key=lambda line: line[0])


@dataclass
class Company:
    """Every record by kind and unique name."""

    world: World
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    contracts: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, name: str, at: datetime, **fields: Any) -> Record:
        made = Record(kind, name, [(at, fields)])
        self.records.setdefault(kind, {})[name] = made
        return made

    def seen(self, kind: str, now: datetime) -> Iterator[Record]:
        for record in self.records.get(kind, {}).values():
            if record.created_at <= now:
                yield record

    def one(self, kind: str, name: str, now: datetime) -> Record | None:
        record = self.records.get(kind, {}).get(name)
        return record if record is not None and record.created_at <= now else None


def fill(world: World) -> Company:
    company = Company(world)
    numbers = {told.ironclad: f"CW{FIRST['contract'] + place}" for place, told in enumerate(world.contracts)}
    company.contracts = numbers
    for told in world.contracts:
        _contract(company, told)
    for change in story()["changes"]:
        record = company.records["contract"][numbers[change["contract"]]]
        record.write(moment(change["at"]), description=change["description"])
    told_orders = [*story()["orders"], *(one for told in story()["series"] for one in _series(told))]
    for one in sorted(told_orders, key=lambda order: moment(order["ordered"])):
        _order(company, one)
    return company


def _contract(company: Company, told: ContractRecord) -> None:
    made = company.add(
        "contract",
        company.contracts[told.ironclad],
        told.recorded_at,
        title=told.title,
        description=None,
        external=told.ironclad,
        key=told.key,
        party=told.party,
        status="Published",
        hierarchy={"master": "MasterAgreement", "standalone": "StandAlone"}.get(
            told.relation, "SubAgreement"
        ),
        parent=company.contracts.get(told.parent or ""),
        amendment="Amend" if told.relation == "amendment" else None,
        agreed_on=told.agreed_on,
        effective_on=told.effective_on,
        expires_on=told.expires_on,
        auto_renew=told.renewal == "automatic",
        amount=None if told.value is None else (Decimal(told.value.amount), told.value.currency),
        business_unit=told.business_unit,
        custom={},
    )
    if told.expires_on is not None and (told.renewal != "automatic" or told.notice_on is not None):
        made.write(morning(told.expires_on + timedelta(days=1)), status="Expired")


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The orders of a series: each delivered after `lead` days, invoiced the day after, paid on its day."""
    days = story()["terms"][told["terms"]]
    for place in range(told["count"]):
        number = f"{told['number']}{place + 1:02d}"
        ordered = told["first"] + timedelta(days=told["every"] * place)
        here = ordered + timedelta(days=told["lead"])
        billed = here + timedelta(days=1)
        paid = billed + timedelta(days=days - 2)
        line = {name: told[name] for name in ("text", "quantity", "unit", "price")}
        payment = {"number": f"PAY-{number}", "at": f"{paid} 11:00", "day": paid, "amount": "all"}
        invoice = {
            "number": f"{number}-R",
            "dated": billed,
            "at": f"{billed} 11:00",
            "lines": [{"line": 1, "quantity": told["quantity"]}],
            "steps": [{"at": f"{billed + timedelta(days=2)} 09:00", "status": "Approved"}],
            "paid": [payment],
        }
        receipt = {"number": f"RC-{number}", "line": 1, "quantity": told["quantity"], "day": here}
        yield {
            **{name: told[name] for name in ("party", "contract", "terms", "currency")},
            "po": number,
            "ordered": f"{ordered} 09:15",
            "lines": [{**line, "need_by": here + timedelta(days=1)}],
            "receipts": [{**receipt, "at": f"{here} 10:30"}],
            "invoices": [invoice],
        }


def _order(company: Company, told: Mapping[str, Any]) -> None:
    lines: list[Fields] = [
        {
            "number": place,
            "text": line["text"],
            "quantity": Decimal(line["quantity"]),
            "price": Decimal(line["price"]),
            "unit": line["unit"],
            "need_by": line["need_by"],
        }
        for place, line in enumerate(told["lines"], 1)
    ]
    order = company.add(
        "order",
        told["po"],
        moment(told["ordered"]),
        party=told["party"],
        contract=company.contracts[told["contract"]],
        external=told["contract"],
        status="Ordered",
        version=1,
        currency=told["currency"],
        terms=told["terms"],
        lines=lines,
        confirmed=False,
    )
    if "confirmed" in told:
        order.write(moment(told["confirmed"]), confirmed=True)
    for change in told.get("changed", ()):
        lines = [dict(line) for line in lines]
        lines[change["line"] - 1]["need_by"] = change["need_by"]
        order.write(moment(change["at"]), lines=lines, version=2)
    if "cancelled" in told:
        order.write(moment(told["cancelled"]), status="Canceled", version=2)
    got = Decimal(0)
    for receipt in sorted(told.get("receipts", ()), key=lambda one: moment(one["at"])):
        got += Decimal(receipt["quantity"])
        full = got >= sum((line["quantity"] for line in lines), Decimal(0))
        at = moment(receipt["at"])
        order.write(at, status="Received" if full else "Receiving")
        company.add(
            "receipt",
            receipt["number"],
            at,
            order=order.name,
            line=lines[receipt["line"] - 1],
            quantity=Decimal(receipt["quantity"]),
            day=receipt["day"],
            party=told["party"],
            status="Approved",
        )
    for invoice in told.get("invoices", ()):
        _invoice(company, order, lines, invoice, told)


def _invoice(
    company: Company, order: Record, lines: list[Fields], told: Mapping[str, Any], whole: Mapping[str, Any]
) -> None:
    at = moment(told["at"])
    own: list[Fields] = [
        {**lines[part["line"] - 1], "quantity": Decimal(part["quantity"])} for part in told["lines"]
    ]
    net = sum((line["quantity"] * line["price"] for line in own), Decimal(0)).quantize(CENT)
    rate = Decimal("0.20") if whole["currency"] == "GBP" else Decimal("0.19")
    tax = (net * rate).quantize(CENT)
    name = f"INV{FIRST['invoice'] + len(company.records.get('invoice', {}))}"
    made = company.add(
        "invoice",
        name,
        at,
        number=told["number"],
        dated=told["dated"],
        due=told["dated"] + timedelta(days=story()["terms"][whole["terms"]]),
        purpose=told.get("purpose", "standard"),
        party=whole["party"],
        order=order.name,
        contract=order.fields(at)["contract"],
        external=whole["contract"],
        currency=whole["currency"],
        lines=own,
        net=net,
        tax=tax,
        status="Sent",
    )
    for step in told.get("steps", ()):
        made.write(moment(step["at"]), status=step["status"])
    left = net + tax
    for paid in told.get("paid", ()):
        amount = left if paid["amount"] in ("all", "rest") else Decimal(paid["amount"])
        left -= Decimal(0) if "returned" in paid else amount
        _payment(company, made, paid, amount, left)


def _payment(
    company: Company, invoice: Record, told: Mapping[str, Any], amount: Decimal, left: Decimal
) -> None:
    at = moment(told["at"])
    fields = invoice.fields(at)
    made = company.add(
        "payment",
        told["number"],
        at,
        invoice=invoice.name,
        number=fields["number"],
        party=fields["party"],
        currency=fields["currency"],
        amount=amount,
        day=told["day"],
        scheduled=fields["due"],
        contract=fields["contract"],
        external=fields["external"],
        status="Paid",
    )
    if "returned" in told:
        made.write(moment(told["returned"]), status="Failed")
    elif not left:
        invoice.write(at, status="Paid")


def moment(told: Any) -> datetime:
    """An instant of the story: without a zone it is local to Munich."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(2), ZONE).astimezone(UTC)
