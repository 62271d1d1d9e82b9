"""Everyday business in any quantity, on top of the world: tickets with their history, and supplier invoices.

Made by arithmetic over their number, so that the same number gives the same records every time. They are
spread over the two years before the world's day; what comes in the month after it is there as well, and is
seen when the clock moves. What many records have in common is held once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from sandbox.tickets import (
    CLOSED,
    FROM_PRIORITY,
    HOLD_REASONS,
    IN_PROGRESS,
    NEW,
    ON_HOLD,
    Entry,
    Ticket,
    resolution,
    stamp,
    sys_id,
)
from sandbox.world import AS_OF, World
from sandbox.world.records import Invoice, OrderItem, Party, PurchaseOrder, Service

SPREAD = timedelta(days=720)
AHEAD = timedelta(days=30)
ORDER_OF = 10
"""Invoices to one purchase order."""

_SUBJECTS = (
    "Password reset does not arrive",
    "Report runs longer than usual",
    "New colleague needs access",
    "Interface delivers an empty file",
    "Printer in the second floor is offline",
    "Search finds nothing since this morning",
    "Certificate expires next week",
)
_ANSWERS = ("We are looking into it.", "Taken over, more in an hour.", "Thank you, we can see it here too.")
_QUESTIONS = ("Which user is it about?", "Could you try again and send us the message?")
_REPLIES = ("It happens with every user.", "The message is the same as before.")
_NOTES = ("Logs requested.", "Same cause as last week.", "Second line informed.")
_ENDINGS = ("Restarted the job.", "Access was granted.", "Wrong setting corrected.")
_PRIORITIES = (3, 4, 3, 2, 4, 5, 3, 1, 4, 3)
_ITEM = "Services as ordered"


@dataclass(frozen=True)
class Volume:
    """How many tickets and invoices are known on the world's day besides the story's own.

    `page` is how many rows SAP hands out at once where its story shows a few: a large system is set up
    with larger pages. 0 leaves it as it is.
    """

    tickets: int = 0
    invoices: int = 0
    page: int = 0


def tickets(volume: Volume, world: World) -> list[Ticket]:
    """The tickets, in order of opening; those of the month ahead come after the `volume.tickets` first."""
    services = [one for one in world.services.values() if world.party(one.vendor).people]
    return [_ticket(place, at, services, world) for place, at in enumerate(_moments(volume.tickets))]


def _moments(count: int) -> Iterator[datetime]:
    """`count` instants before the world's day at even distances, and those of the month after it."""
    if count:
        seconds, begin = int(SPREAD.total_seconds()), AS_OF - SPREAD
        ahead = int(count * (AHEAD / SPREAD))
        for place in range(count + ahead):
            yield begin + timedelta(seconds=(place + 1) * seconds // count)


def _days(count: int) -> Iterator[date]:
    """The days of `_moments`; what comes after the world's instant comes on a later day."""
    tomorrow = AS_OF.date() + timedelta(days=1)
    return (at.date() if at <= AS_OF else max(at.date(), tomorrow) for at in _moments(count))


def _dice(place: int, faces: int, throw: int) -> int:
    """One of `faces` numbers, always the same for the same place and throw."""
    mixed = ((place * 2_654_435_761) ^ (throw * 40_503)) & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 15)) * 2_246_822_519 & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 13)) >> 4) % faces


def _ticket(place: int, at: datetime, services: list[Service], world: World) -> Ticket:
    service = services[_dice(place, len(services), 1)]
    vendor = world.party(service.vendor)
    caller = world.us.people[_dice(place, len(world.us.people) - 1, 2)].user
    priority = _PRIORITIES[_dice(place, len(_PRIORITIES), 3)]
    opening = _opening(_dice(place, len(_SUBJECTS), 4), service.name, priority, caller, vendor)
    ticket = Ticket(f"INC{1_000_000 + place:07d}", at, caller, opening)
    ticket.entries.extend(_history(place, at, caller, priority, vendor))
    return ticket


@cache
def _shared(*pairs: tuple[str, str]) -> Mapping[str, str]:
    """The same changes of many tickets, held once."""
    return dict(pairs)


_OPENINGS: dict[tuple[int, str, int, str], dict[str, str]] = {}


def _opening(subject: int, service: str, priority: int, caller: str, vendor: Party) -> dict[str, str]:
    """The fields of a new ticket; tickets alike share them, for a ticket's opening never changes."""
    key = (subject, service, priority, caller)
    if key not in _OPENINGS:
        impact, urgency = FROM_PRIORITY[priority]
        _OPENINGS[key] = {
            "short_description": f"{service}: {_SUBJECTS[subject]}",
            "priority": str(priority),
            "impact": impact,
            "urgency": urgency,
            "state": NEW,
            "company": sys_id("core_company", vendor.key),
            "cmdb_ci": sys_id("cmdb_ci", service),
            "assignment_group": sys_id("sys_user_group", vendor.desk or ""),
            "caller_id": sys_id("sys_user", caller),
            "opened_by": sys_id("sys_user", caller),
            "contact_type": "self-service",
        }
    return _OPENINGS[key]


def _history(place: int, at: datetime, caller: str, priority: int, vendor: Party) -> Iterator[Entry]:
    """An answer, sometimes a question or another priority, a resolution, and a week later the closing."""
    worker = vendor.people[_dice(place, len(vendor.people), 5)].user
    at += timedelta(minutes=5 + _dice(place, 90, 6))
    begun = _shared(("state", IN_PROGRESS), ("assigned_to", sys_id("sys_user", worker)))
    yield Entry(at, worker, begun, _ANSWERS[_dice(place, len(_ANSWERS), 7)])
    if _dice(place, 3, 8) == 0:
        at += timedelta(minutes=20 + _dice(place, 60, 9))
        yield Entry(at, worker, {}, "", _NOTES[_dice(place, len(_NOTES), 10)])
    if _dice(place, 4, 11) == 0:
        at += timedelta(minutes=30)
        waiting = _shared(("state", ON_HOLD), ("hold_reason", HOLD_REASONS["awaiting_caller"]))
        yield Entry(at, worker, waiting, _QUESTIONS[_dice(place, len(_QUESTIONS), 12)])
        at += timedelta(minutes=15 + _dice(place, 600, 13))
        resumed = _shared(("state", IN_PROGRESS), ("hold_reason", ""))
        yield Entry(at, caller, resumed, _REPLIES[_dice(place, len(_REPLIES), 14)])
    if _dice(place, 6, 15) == 0:
        at += timedelta(minutes=10)
        other = priority % 5 + 1
        impact, urgency = FROM_PRIORITY[other]
        moved = _shared(("priority", str(other)), ("impact", impact), ("urgency", urgency))
        yield Entry(at, worker, moved)
    at += timedelta(minutes=30 + _dice(place, 2_000, 16))
    yield Entry(at, worker, resolution(at, worker, _ENDINGS[_dice(place, len(_ENDINGS), 17)]), "Done.")
    at += timedelta(days=7)
    yield Entry(at, "system", {"state": CLOSED, "closed_at": stamp(at)})


def orders(volume: Volume, world: World) -> list[PurchaseOrder]:
    """A purchase order for every few invoices, placed before the first of them."""
    suppliers = _suppliers(world)
    days = list(_days(volume.invoices))
    firsts = range(0, len(days), ORDER_OF)
    return [_order(place, days[first], suppliers) for place, first in enumerate(firsts)]


def invoices(volume: Volume, world: World) -> list[Invoice]:
    """The invoices in order of entry; most are paid a month after they came, some are blocked."""
    suppliers = _suppliers(world)
    return [_invoice(place, day, suppliers) for place, day in enumerate(_days(volume.invoices))]


def _suppliers(world: World) -> list[Party]:
    return [party for party in world.parties.values() if party.supplier]


def _order(place: int, day: date, suppliers: list[Party]) -> PurchaseOrder:
    return PurchaseOrder.model_construct(
        number=f"47{place:08d}",
        party=suppliers[place % len(suppliers)].key,
        contract="",
        ordered_on=day - timedelta(days=10),
        currency="EUR",
        terms="NT30",
        net_days=30,
        items=(_item(Decimal(1 + _dice(place, 40, 20)), Decimal(50 + _dice(place, 900, 21))),),
    )


@cache
def _item(quantity: Decimal, price: Decimal) -> OrderItem:
    return OrderItem(text=_ITEM, quantity=quantity, unit="PC", price=price)


def _invoice(place: int, day: date, suppliers: list[Party]) -> Invoice:
    order = place // ORDER_OF
    blocked = _dice(place, 100, 22) == 0
    return Invoice.model_construct(
        number=f"EV-{place:08d}",
        document=f"52{place:08d}",
        journal=f"53{10_000_000 + place:08d}",
        party=suppliers[order % len(suppliers)].key,
        order=f"47{order:08d}",
        period=f"{day:%Y-%m}",
        invoiced_on=day - timedelta(days=2),
        received_on=day,
        gross=Decimal(10_000 + _dice(place, 900_000, 23)) / 100,
        currency="EUR",
        baseline_on=day,
        net_days=30,
        terms="NT30",
        cleared_on=None if blocked else day + timedelta(days=27 + _dice(place, 8, 24)),
        credit_memo=_dice(place, 100, 25) == 0,
        block="R" if blocked else "",
    )
