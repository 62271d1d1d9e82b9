"""Revenue accounting of the invented company: obligations and what was done of them.

What follows from these (quantities, states, the revenue of each period) is worked out when it is shown.
"""

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
CENT = Decimal("0.01")
CLOSES_ON, CLOSES_AT = 5, time(6)
"""The day of the following month, and the hour, at which a period's revenue is posted."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Period = tuple[int, int]


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "sap_revenue.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


@dataclass(frozen=True)
class Fulfilment:
    number: str
    at: datetime
    on: date
    by: str
    quantity: Decimal | None
    percent: Decimal | None
    source: str
    key: str


@dataclass
class Obligation:
    """A performance obligation as the log of what was written to it: instant, user, fields."""

    number: str
    contract: "Contract"
    text: str
    type: str
    kind: str
    event: str
    unit: str
    quantity: Decimal
    price: Decimal
    allocated: Decimal
    log: list[tuple[datetime, str, dict[str, Any]]]
    done: list[Fulfilment] = field(default_factory=list)
    manual: bool = False

    def fields(self, now: datetime) -> dict[str, Any]:
        """`starts`, `ends` and `reference` as they are at `now`."""
        found: dict[str, Any] = {}
        for at, _, given in self.log:
            found |= given if at <= now else {}
        return found

    def fulfilled(self, now: datetime) -> list[Fulfilment]:
        return [one for one in self.done if one.at <= now]

    def share(self, upto: list[Fulfilment]) -> Decimal:
        """The part of the obligation that these fulfilments make, 0 to 1."""
        if self.kind == "P":
            return (upto[-1].percent or Decimal(0)) / 100 if upto else Decimal(0)
        return sum((one.quantity or Decimal(0) for one in upto), Decimal(0)) / self.quantity

    def touched(self, now: datetime) -> tuple[datetime, str]:
        told = [(at, by) for at, by, _ in self.log if at <= now]
        return max([*told, *((one.at, one.by) for one in self.fulfilled(now))])


@dataclass
class Contract:
    number: str
    contract: str
    text: str
    order: str
    at: datetime
    by: str
    price: Decimal
    currency: str
    deleted: datetime | None = None
    obligations: list[Obligation] = field(default_factory=list)

    def is_deleted(self, now: datetime) -> bool:
        return self.deleted is not None and self.deleted <= now


@dataclass
class Ledger:
    """Everything; numbers count up in the order in which records came to be."""

    customer: str
    contracts: dict[str, Contract] = field(default_factory=dict)
    obligations: dict[str, Obligation] = field(default_factory=dict)
    fulfilments: int = 0

    def add(self, contract: Contract, **given: Any) -> Obligation:
        number = f"{2_000_001 + len(self.obligations):016d}"
        made = Obligation(number=number, contract=contract, **given)
        contract.obligations.append(made)
        self.obligations[number] = made
        return made

    def fulfil(self, one: Obligation, at: datetime, by: str, told: Mapping[str, Any]) -> Fulfilment:
        self.fulfilments += 1
        on: date = told["day"]
        made = Fulfilment(
            f"{self.fulfilments:010d}",
            at,
            on,
            by,
            None if told.get("of") is None else Decimal(str(told["of"])),
            None if told.get("percent") is None else Decimal(str(told["percent"])),
            str(told.get("source", "")),
            reconciliation_key(one.contract, open_period(on, at)),
        )
        one.done.append(made)
        one.done.sort(key=lambda other: other.at)
        return made


def fill(world: World) -> Ledger:
    customer = world.parties[story()["customer"]].customer
    assert customer is not None  # the story's party is a customer
    ledger = Ledger(customer)
    told = [*story()["contracts"], *(one for series in story()["series"] for one in _series(series))]
    for entry in sorted(told, key=lambda one: moment(one["at"])):
        _contract(ledger, entry)
    return ledger


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for place in range(told["count"]):
        day: date = told["first"] + timedelta(days=told["every"] * place)
        done = day + timedelta(days=told["after"])
        order = f"{told['order']}{place + 1:02d}"
        yield {
            "number": told["number"],
            "text": f"{told['text']} {order}",
            "at": f"{day} 11:20",
            "price": told["price"],
            "order": order,
            "obligations": [
                {
                    "text": told["text"],
                    "type": "GOODS",
                    "kind": "E",
                    "event": "GI",
                    "quantity": told["quantity"],
                    "price": told["price"],
                    "allocated": told["price"],
                    "starts": day,
                    "ends": day + timedelta(days=told["within"]),
                    "did": [
                        {
                            "at": f"{done} 18:15",
                            "day": done,
                            "of": told["quantity"],
                            "source": f"00800020{place + 1:02d}",
                        }
                    ],
                }
            ],
        }


def _contract(ledger: Ledger, told: Mapping[str, Any]) -> None:
    at = moment(told["at"])
    made = Contract(
        f"{30_000_001 + len(ledger.contracts):014d}",
        told["number"],
        told["text"],
        told["order"],
        at,
        "RAR_BATCH",
        Decimal(told["price"]),
        "USD",
        moment(told["deleted"]) if "deleted" in told else None,
    )
    ledger.contracts[made.number] = made
    for one in told["obligations"]:
        first = {"starts": one["starts"], "ends": one["ends"], "reference": ""}
        changes = [
            (moment(c["at"]), "PRIYA.NAIR", {k: v for k, v in c.items() if k != "at"})
            for c in one.get("changes", ())
        ]
        obligation = ledger.add(
            made,
            text=one["text"],
            type=one["type"],
            kind=one["kind"],
            event=one.get("event", ""),
            unit="MON" if one["kind"] == "T" else "EA",
            quantity=Decimal(one["quantity"]),
            price=Decimal(one["price"]),
            allocated=Decimal(one["allocated"]),
            log=[(at, "RAR_BATCH", first), *changes],
        )
        for step in one.get("did", ()):
            by = "PRIYA.NAIR" if one.get("event") == "MA" else "RAR_BATCH"
            ledger.fulfil(obligation, moment(step["at"]), by, step)


def moment(told: Any) -> datetime:
    """A time of the story, local to Munich."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return at.replace(tzinfo=ZONE).astimezone(UTC)


# -- periods ------------------------------------------------------------------------------------------------


def closing(period: Period) -> datetime:
    """When the revenue of a period is posted and the period closed."""
    year, month = period
    day = date(year + month // 12, month % 12 + 1, CLOSES_ON)
    return datetime.combine(day, CLOSES_AT, ZONE).astimezone(UTC)


def open_period(on: date, at: datetime) -> Period:
    """The period in which something of the day `on`, entered at `at`, is posted: no closed one."""
    period = (on.year, on.month)
    local = at.astimezone(ZONE)
    while closing(period) <= at and period < (local.year, local.month):
        period = (period[0] + period[1] // 12, period[1] % 12 + 1)
    return period


def reconciliation_key(contract: Contract, period: Period) -> str:
    return f"{period[0]}{period[1]:03d}{int(contract.number) % 10_000_000:07d}"
