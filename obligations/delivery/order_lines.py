"""Lines of orders with what was delivered on them, and how each stands against its due day.

A delivery that names no line is that of the only line, or of the only one with its item; else it may be any
line's. What the records leave open is resolved twice, once for and once against the supplier.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal

from obligations.facts import Delivery, Fact, OrderLine, PurchaseOrder, Source, latest
from obligations.matching import covers, records, same_service
from obligations.model import AsOf, Obligation
from obligations.terms.delivery import DeliveryTime

Delivered = tuple[Fact, Delivery]


@dataclass(frozen=True)
class Side:
    """How what is left open is resolved. `strict`: readings of the text against the supplier;
    `benefit`: doubts of the records in its favour."""

    strict: bool
    benefit: bool


@dataclass(frozen=True)
class Ordered:
    """One line of an order with its deliveries: those that are surely on it, and those that may be.
    `contradicted` says where another system tells the same order otherwise."""

    fact: Fact
    order: PurchaseOrder
    line: OrderLine
    deliveries: tuple[Delivered, ...] = ()
    unclear: tuple[Delivered, ...] = ()
    contradicted: str = ""

    @property
    def key(self) -> str:
        return f"{self.order.number}/{self.line.number}" if self.line.number else self.order.number

    @property
    def amount(self) -> str:
        unit = f" {self.line.unit}" if self.line.unit else ""
        return f"{count(self.line.quantity)}{unit}"

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.fact.source, *(fact.source for fact, _ in (*self.deliveries, *self.unclear)))

    def required(self, side: Side) -> Decimal:
        """What is still owed of the line: what the buyer cancelled is not, what the supplier did is."""
        by = self.line.cancelled_by
        taken = self.line.cancelled if by == "buyer" or (not by and side.benefit) else Decimal(0)
        return max(self.line.quantity - taken, Decimal(0))

    def twins(self, fact: Fact, delivery: Delivery) -> list[Delivered]:
        """The same delivery as other systems know it, each once, by system. Several records of one system
        under the same number are parts, not twins."""
        held = (*self.deliveries, *self.unclear)
        same = [d for d in held if delivery.number and _number(d[1].number) == _number(delivery.number)]
        systems = [f.source.system for f, _ in same]
        if len(set(systems)) != len(systems):
            return []
        return sorted((d for d in same if d[0] is not fact), key=lambda d: d[0].source.system)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What the records of the line leave open, whatever the terms."""
        found = [self.contradicted] if self.contradicted else []
        found += [f"which line {_name(fact)} was delivered on" for fact, _ in self.unclear]
        if self.line.cancelled and not self.line.cancelled_by:
            found.append(f"who cancelled {count(self.line.cancelled)} of {self.key}")
        return tuple(found)


@dataclass(frozen=True)
class Arrival:
    """A part that arrived on a day. `excused`: its delay, if any, was not the supplier's."""

    on: date
    quantity: Decimal
    source: Source
    excused: bool = False


@dataclass(frozen=True)
class Arrivals:
    """What arrived of one line by one reading, in order of day; `doubts` say what was left open."""

    parts: tuple[Arrival, ...] = ()
    doubts: tuple[str, ...] = ()

    def by(self, last: date, first: date | None = None) -> Decimal:
        """The quantity that arrived from `first` to `last`."""
        within = (p.quantity for p in self.parts if p.on <= last and (first is None or p.on >= first))
        return sum(within, Decimal(0))

    @property
    def total(self) -> Decimal:
        return sum((part.quantity for part in self.parts), Decimal(0))

    def completed_on(self, required: Decimal) -> date | None:
        """The day on which the parts reached what was required."""
        reached = Decimal(0)
        for part in self.parts:
            reached += part.quantity
            if reached >= required:
                return part.on
        return None


def ordered_lines(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, today: date, item: str | None = None
) -> list[Ordered]:
    """The lines of the orders under a promise that were placed by `today`, by order and line."""
    direction = {True: "receivable", False: "payable", None: None}[obligation.we_owe]
    delivered = _by_order(facts, at, today)
    found: list[Ordered] = []
    orders: dict[tuple[str | None, str], list[tuple[Fact, PurchaseOrder]]] = {}
    for fact, order in records(obligation, facts, at.known_at, PurchaseOrder):
        if direction not in (None, order.direction) or order.ordered_on > today:
            continue
        if covers(obligation, fact, order.ordered_on):
            orders.setdefault((fact.party, _number(order.number)), []).append((fact, order))
    for key, same in orders.items():
        fact, order = min(same, key=lambda o: (o[0].source.system, o[0].source.record))
        alike = all(
            (o.ordered_on, o.freight, o.lines) == (order.ordered_on, order.freight, order.lines)
            for _, o in same
        )
        doubt = "" if alike else f"which record of order {order.number} is right"
        named = (line for line in order.lines if same_service(item, line.item) is not False)
        found += [
            replace(_ordered(fact, order, line, delivered.get(key, [])), contradicted=doubt) for line in named
        ]
    return sorted(found, key=lambda o: (o.order.ordered_on, o.key, o.fact.id))


def _by_order(
    facts: Sequence[Fact], at: AsOf, today: date
) -> Mapping[tuple[str | None, str], list[Delivered]]:
    found: dict[tuple[str | None, str], list[Delivered]] = {}
    for fact in latest((f for f in facts if isinstance(f.data, Delivery)), at.known_at):
        if isinstance(fact.data, Delivery) and under_way(fact.data, today):
            found.setdefault((fact.party, _number(fact.data.order)), []).append((fact, fact.data))
    return found


def _ordered(fact: Fact, order: PurchaseOrder, line: OrderLine, delivered: Sequence[Delivered]) -> Ordered:
    sure: list[Delivered] = []
    unclear: list[Delivered] = []
    for each in delivered:
        of = _of_line(each[1], order, line)
        if of is not False:
            (sure if of else unclear).append(each)
    return Ordered(fact, order, line, tuple(sure), tuple(unclear))


def _of_line(delivery: Delivery, order: PurchaseOrder, line: OrderLine) -> bool | None:
    """Whether a delivery is on a line; None where it may be."""
    if delivery.order_line:
        return _number(delivery.order_line) == _number(line.number)
    if len(order.lines) == 1:
        return True
    named = [
        other for other in order.lines if delivery.item and _number(other.item) == _number(delivery.item)
    ]
    if len(named) == 1:
        return named[0] is line
    return None if not named or any(other is line for other in named) else False


def arrivals(
    ordered: Ordered, terms: DeliveryTime, side: Side, days: tuple[date, date], zone: tzinfo
) -> Arrivals:
    """What arrived of a line by today, by the evidence that the terms accept. `days` are the due day, on
    which an undated delivery came at best, and today."""
    due, today = days
    parts: list[Arrival] = []
    doubts = list(ordered.doubts)
    for fact, delivery in (*ordered.deliveries, *(ordered.unclear if side.benefit else ())):
        twins = ordered.twins(fact, delivery)
        if twins and twins[0][0].source.system < fact.source.system:
            continue
        if twins:
            delivery, doubt = _merged([(fact, delivery), *twins], zone, side.benefit)
            doubts += [doubt] if doubt else []
        quantity = in_units(delivery, ordered.line)
        if quantity is None:
            doubts.append(f"how many {ordered.line.unit} the {delivery.unit} of {_name(fact)} are")
            quantity = ordered.line.quantity if side.benefit else Decimal(0)
        excused = _excused(delivery, ordered.order)
        if excused is None:
            doubts.append(f"who paid the carrier of {_name(fact)}, prepaid or collect")
        on = arrived_on(delivery, terms.evidence, side.strict, zone)
        if on is None:
            doubts.append(f"the day of {EVIDENCE[terms.evidence]} of {_name(fact)}")
            on = due if side.benefit else date.max
        if on <= today and quantity:
            held = excused if excused is not None else side.benefit
            parts.append(Arrival(on, quantity, fact.source, held))
    parts.sort(key=lambda p: (p.on, p.source.system, p.source.record))
    return Arrivals(tuple(parts), tuple(dict.fromkeys(doubts)))


def _merged(same: Sequence[Delivered], zone: tzinfo, benefit: bool) -> tuple[Delivery, str]:
    """One delivery from what several systems record of it, and what they contradict each other in."""
    pick = min if benefit else max
    days = {on for _, d in same if (on := arrived_on(d, "receipt", False, zone)) is not None}
    amounts = {max(d.quantity - d.returned, Decimal(0)) for _, d in same}
    causes = {d.cause for _, d in same if d.cause}
    first = min(same, key=lambda d: d[0].source.system)[1]
    update = {
        "delivered_on": pick(days) if days else None,
        "delivered_at": None,
        "appointment_at": next((d.appointment_at for _, d in same if d.appointment_at), None),
        "proof_on": next((d.proof_on for _, d in same if d.proof_on), None),
        "shipped_on": next((d.shipped_on for _, d in same if d.shipped_on), None),
        "quantity": max(amounts) if benefit else min(amounts),
        "returned": Decimal(0),
        "cause": causes.pop() if len(causes) == 1 else "",
    }
    if len(days) > 1:
        doubt = f"which day of {first.number} is right, {' or '.join(str(on) for on in sorted(days))}"
    else:
        doubt = f"how much {first.number} brought" if len(amounts) > 1 else ""
    return first.model_copy(update=update), doubt


EVIDENCE = {
    "receipt": "receipt",
    "appointment": "readiness at the appointment",
    "proof": "the proof of delivery",
    "dispatch": "dispatch",
    None: "arrival",
}
"""What proves the day of a delivery, in words."""


def arrived_on(delivery: Delivery, evidence: str | None, strict: bool, zone: tzinfo) -> date | None:
    """The day of a delivery by the clocks of its destination; None where it is not on record.

    Where the terms do not say what proves the day, the first of those recorded counts, or the last where
    `strict`. Dispatch counts only where they say so.
    """
    received = delivery.delivered_at.astimezone(zone).date() if delivery.delivered_at else None
    ready = delivery.appointment_at.astimezone(zone).date() if delivery.appointment_at else None
    days = {
        "receipt": received or delivery.delivered_on,
        "appointment": ready,
        "proof": delivery.proof_on,
        "dispatch": delivery.shipped_on,
    }
    if evidence is not None:
        return days[evidence]
    known = [day for name, day in days.items() if day is not None and name != "dispatch"]
    return (max(known) if strict else min(known)) if known else None


def under_way(delivery: Delivery, today: date) -> bool:
    """Whether anything had happened to a delivery by `today`; one without any day may have come."""
    instants = (delivery.delivered_at, delivery.appointment_at)
    days = [at.date() for at in instants if at is not None]
    days += [
        day for day in (delivery.shipped_on, delivery.delivered_on, delivery.proof_on) if day is not None
    ]
    return not days or min(days) <= today


def in_units(delivery: Delivery, line: OrderLine) -> Decimal | None:
    """What a delivery brought, less what went back, in the unit of its line; None where that is not known."""
    net = max(delivery.quantity - delivery.returned, Decimal(0))
    brought, wanted = delivery.unit.casefold(), line.unit.casefold()
    if not brought or not wanted or brought == wanted:
        return net
    if line.units_per_case and brought == "case":
        return net * line.units_per_case
    if line.units_per_case and wanted == "case":
        return net / line.units_per_case
    return None


def _excused(delivery: Delivery, order: PurchaseOrder) -> bool | None:
    """Whether a delay of this delivery is not the supplier's; None where it hangs on who paid the carrier."""
    if delivery.cause == "carrier":
        return {"collect": True, "prepaid": False}.get(order.freight)
    return delivery.cause in ("buyer", "force_majeure")


def count(number: Decimal) -> str:
    """A quantity as people write it: "1,200", "2.5"."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(text: str) -> str:
    """A number for comparing: "00010" is "10"."""
    return text.strip().casefold().lstrip("0")


def _name(fact: Fact) -> str:
    return fact.source.label or fact.source.record
