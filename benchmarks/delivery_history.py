"""Reading a history of order lines: what is a date, what is none, and which dates contradict each other.

A date that is none, or that contradicts another, is listed with its row, field, value and reason, and is
never replaced by a guess: the product is given it as not known.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from obligations.facts import Delivery, Fact, OrderLine, PurchaseOrder, Source
from obligations.quantities import Money

FILE = "scms_delivery_history.csv"
QUOTED, ORDERED = "PQ First Sent to Client Date", "PO Sent to Vendor Date"
SCHEDULED, DELIVERED = "Scheduled Delivery Date", "Delivered to Client Date"
RECORDED = "Delivery Recorded Date"
FIELDS = (QUOTED, ORDERED, SCHEDULED, DELIVERED, RECORDED)
_FORMATS = ("%d-%b-%y", "%m/%d/%y")

# (earlier, later): a row where the first is after the second contradicts itself.
_SEQUENCE = ((QUOTED, DELIVERED), (ORDERED, SCHEDULED), (ORDERED, DELIVERED), (DELIVERED, RECORDED))


@dataclass(frozen=True)
class BadDate:
    """One date that is none, or that cannot be true beside another one of its row."""

    row: str
    field: str
    value: str
    reason: str


@dataclass(frozen=True)
class Line:
    """One row with its dates; `bad` are those not to be relied on."""

    row: Mapping[str, str]
    dates: Mapping[str, date | None]
    bad: tuple[BadDate, ...] = ()

    @property
    def vendor(self) -> str:
        return self.row["Vendor"].strip()

    @property
    def order(self) -> str:
        return self.row["PO / SO #"].strip()

    def sure(self, name: str) -> date | None:
        """A date of the row, None where it is none or contradicts another."""
        return None if any(bad.field == name for bad in self.bad) else self.dates[name]


@dataclass
class Facts:
    """The product's records, by vendor. `undated_orders` counts orders on none of whose lines the day of the
    order is known: they carry their first scheduled day instead, on which no figure rests."""

    by_vendor: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    undated_orders: int = 0


def read(folder: Path) -> list[Line]:
    """Every row of the history. Raises FileNotFoundError where it is not there."""
    with (folder / FILE).open(encoding="utf-8-sig", newline="") as file:
        return [_line(row) for row in csv.DictReader(file)]


def day(text: str) -> date | None:
    """ "2-Jun-06" or "11/13/06"; None for anything else."""
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _line(row: Mapping[str, str]) -> Line:
    dates = {name: day(row[name]) for name in FIELDS}
    bad = [
        BadDate(row["ID"], name, row[name], "not a date") for name, value in dates.items() if value is None
    ]
    for first, second in _SEQUENCE:
        earlier, later = dates[first], dates[second]
        if earlier is not None and later is not None and earlier > later:
            reason = f'contradicts "{second}" {row[second]}: it must not be after it'
            bad.append(BadDate(row["ID"], first, row[first], reason))
            reason = f'contradicts "{first}" {row[first]}: it must not be before it'
            bad.append(BadDate(row["ID"], second, row[second], reason))
    return Line(row, dates, tuple(bad))


def facts_of(lines: Sequence[Line]) -> Facts:
    """Orders with their lines, and a delivery for each line."""
    found = Facts()
    orders: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        orders[line.vendor, line.order].append(line)
    for (vendor, number), own in orders.items():
        known = [on for line in own if (on := line.sure(ORDERED)) is not None]
        days = known or [on for line in own if (on := line.sure(SCHEDULED)) is not None]
        if not days:
            continue
        found.undated_orders += not known
        found.by_vendor[vendor] += _facts(vendor, number, own, min(days))
    return found


def _facts(vendor: str, number: str, lines: Sequence[Line], ordered_on: date) -> Iterator[Fact]:
    made = tuple(
        OrderLine(
            number=line.row["ID"],
            item=line.row["Item Description"],
            quantity=_number(line.row["Line Item Quantity"]),
            promised_on=line.sure(SCHEDULED),
        )
        for line in lines
    )
    value = sum((_number(line.row["Line Item Value"]) for line in lines), Decimal(0))
    amount = Money(amount=value, currency="USD")
    order = PurchaseOrder(number=number, ordered_on=ordered_on, amount=amount, lines=made)
    yield _fact(order, f"{vendor}/{number}", number, vendor, ordered_on)
    for line, ordered in zip(lines, made, strict=True):
        came = Delivery(
            number=f"{line.row['ASN/DN #']}/{line.row['ID']}",
            order=number,
            order_line=ordered.number,
            quantity=ordered.quantity,
            delivered_on=line.sure(DELIVERED),
        )
        yield _fact(came, came.number, came.number, vendor, ordered_on)


def _fact(data: PurchaseOrder | Delivery, record: str, label: str, vendor: str, on: date) -> Fact:
    at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    return Fact(
        id=f"{data.kind}/{record}",
        source=Source(system="history", record=record, label=label),
        occurred_at=at,
        known_at=at,
        data=data,
        party=vendor,
    )


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return Decimal(0)
