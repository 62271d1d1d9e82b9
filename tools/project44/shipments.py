"""From the history of a shipment to deliveries and milestones, as known after each new event; pure.

A history holds `shipment` (identifiers, attributes, routeInfo with stops), `events` and, not used here,
`states` and `positions`. An event tells when it was planned, when it happened, and when it was received.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from obligations.facts import Delivery, Fact, Milestone, MilestoneEvent, Source
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.paging import Row
from tools.kit.values import count, decimal, only
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.project44.settings import Project44Settings


def facts_of(settings: Project44Settings, system: str, raw: RawRecord) -> tuple[Fact, ...]:
    """Every version of the shipment's deliveries and milestones. Raises ValueError for a bad one."""
    return tuple(_Reader(settings, system, raw).facts())


def instant(value: Any) -> datetime | None:
    """A time with its offset, UTC where it has none; None for an empty one. Raises ValueError."""
    given = text(value)
    if not given:
        return None
    moment = datetime.fromisoformat(given)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{given[:40]!r} lies outside the calendar") from None
    return moment


def text(value: Any) -> str:
    """A plain value as text; empty for what is none."""
    plain = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    return str(value).strip() if plain else ""


def rows(value: Any) -> list[Row]:
    """The objects in a list; none where it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def held(value: Any) -> Row:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class _Event:
    """An event that can be told of: its stop's type and id, its times, when it was received."""

    type: str
    stop: str
    stop_id: str
    at: datetime | None
    planned_at: datetime | None
    known_at: datetime
    document: str


class _Reader:
    """Reads one shipment."""

    def __init__(self, settings: Project44Settings, system: str, raw: RawRecord) -> None:
        self._own = settings
        self._system = system
        self._zone = ZoneInfo(settings.zone)
        self._shipment = held(raw.data.get("shipment"))
        self._id = text(self._shipment.get("id"))
        self._changed_at = raw.updated_at
        if not self._id or self._changed_at is None:
            raise ValueError("there is no id, or no time of change")
        self._stops = rows(held(self._shipment.get("routeInfo")).get("stops"))
        self._types = {text(stop.get("id")): text(stop.get("type")) for stop in self._stops}
        self._events = sorted(
            (self._event(each) for each in rows(raw.data.get("events"))), key=lambda event: event.known_at
        )
        self._causes = [text(each.get("category")) for each in rows(raw.data.get("exceptions"))]
        self._number = self._identifier(settings.number_types) or self._id

    def facts(self) -> Iterator[Fact]:
        hints = Hints(self._party(), self._attribute(self._own.contract_attributes))
        for stop_id in self._delivery_stops():
            yield from self._deliveries(stop_id, hints)
        for rule, label in self._own.milestones.items():
            yield from self._milestones(rule, label, hints)

    # -- deliveries ---------------------------------------------------------------------------------

    def _delivery_stops(self) -> list[str]:
        """Stops at which goods are handed over; without a route, whatever the events say."""
        wanted = [key for key, kind in self._types.items() if kind in self._own.delivery_stops and key]
        return wanted if self._stops else [""]

    def _deliveries(self, stop_id: str, hints: Hints) -> Iterator[Fact]:
        """What was known of the hand-over at a stop, each time something new was received."""
        here = [event for event in self._events if not stop_id or event.stop_id == stop_id]
        orders = self._identifiers(self._own.order_types) or [""]
        known: Delivery | None = None
        for moment in sorted({event.known_at for event in self._events}):
            delivered = self._delivered(
                [event for event in here if event.known_at <= moment],
                [event for event in self._events if event.known_at <= moment],
            )
            if delivered is None or delivered == known:
                continue
            known = delivered
            for order in orders:
                record = "/".join(filter(None, ("shipment", self._id, stop_id, order)))
                occurred_at = delivered.delivered_at or start_of(
                    delivered.delivered_on or date.min, self._zone
                )
                data = delivered.model_copy(update={"order": order})
                yield make_fact(self._source(record), data, occurred_at, moment, hints)

    def _delivered(self, here: Sequence[_Event], all_events: Sequence[_Event]) -> Delivery | None:
        """The hand-over as these events tell it; None before it."""
        handed = self._first(here, self._own.delivered_events)
        if handed is None or handed.at is None:
            return None
        arrived = self._first(here, ("ARRIVAL_AT_STOP",))
        left = self._first(
            [event for event in all_events if event.stop in ("", *self._own.origin_stops)],
            self._own.shipped_events,
        )
        proof = [event for event in all_events if event.document in self._own.proofs and event.at]
        quantity = decimal(self._attribute(self._own.quantity_attributes))
        return Delivery(
            number=self._number,
            order="",
            item=self._attribute(self._own.item_attributes),
            quantity=Decimal(1) if quantity is None else count(quantity, "the quantity"),
            unit="shipment" if quantity is None else self._attribute(self._own.unit_attributes),
            shipped_on=self._day(left.at) if left and left.at else None,
            delivered_on=self._day(handed.at),
            delivered_at=handed.at.astimezone(UTC),
            appointment_at=arrived.at.astimezone(UTC) if arrived and arrived.at else None,
            proof_on=min((self._day(event.at) for event in proof if event.at), default=None),
            cause=next((self._own.causes[each] for each in self._causes if each in self._own.causes), ""),
        )

    def _first(self, events: Sequence[_Event], types: Iterable[str]) -> _Event | None:
        """The event of the first of some types that happened at all; of several the one received last."""
        for kind in types:
            found = [event for event in events if event.type == kind and event.at is not None]
            if found:
                return max(found, key=lambda event: event.known_at)
        return None

    # -- milestones ---------------------------------------------------------------------------------

    def _milestones(self, rule: str, label: str, hints: Hints) -> Iterator[Fact]:
        """A kind of event at a kind of stop (`ARRIVAL_AT_STOP/DESTINATION`), planned and reached."""
        kind, _, stop = rule.partition("/")
        mine = [event for event in self._events if event.type == kind and (not stop or event.stop == stop)]
        before: Milestone | None = None
        for moment in sorted({event.known_at for event in mine}):
            so_far = [event for event in mine if event.known_at <= moment]
            planned = [event.planned_at for event in so_far if event.planned_at]
            reached = self._first(so_far, (kind,))
            done_on = self._day(reached.at) if reached and reached.at else None
            step = MilestoneEvent(on=done_on, change="completed", evidence=self._number) if done_on else None
            milestone = Milestone(
                name=f"{label} {self._number}",
                planned_on=self._day(planned[-1]) if planned else None,
                events=(step,) if step else (),
            )
            if milestone == before:
                continue
            before = milestone
            record = f"shipment/{self._id}/{rule}"
            occurred_at = reached.at if reached and reached.at else planned[-1] if planned else moment
            yield make_fact(self._source(record), milestone, occurred_at, moment, hints)

    # -- fields -------------------------------------------------------------------------------------

    def _event(self, row: Row) -> _Event:
        stop_id = text(row.get("stopId"))
        received = instant(row.get("receivedDateTime")) or instant(row.get("estimateLastCalculatedDateTime"))
        assert self._changed_at is not None
        return _Event(
            type=text(row.get("type")),
            stop=self._types.get(stop_id, ""),
            stop_id=stop_id,
            at=instant(row.get("dateTime")),
            planned_at=instant(row.get("plannedDateTime")),
            known_at=(received or self._changed_at).astimezone(UTC),
            document=text(held(row.get("details")).get("documentType")),
        )

    def _party(self) -> str:
        """Who is meant: by an attribute, an identifier, or as the company at the origin."""
        own = self._own
        named = self._attribute(own.party_attributes) or self._identifier(own.party_types)
        if named or not own.shipper_is_party:
            return named
        origins = [stop for stop in self._stops if text(stop.get("type")) in own.origin_stops]
        return only(_company(stop) for stop in origins)

    def _identifier(self, types: Sequence[str]) -> str:
        return next(iter(self._identifiers(types)), "")

    def _identifiers(self, types: Sequence[str]) -> list[str]:
        """The shipment's identifiers of some types, each once."""
        given = [
            (text(each.get("type")), text(each.get("value")))
            for each in rows(self._shipment.get("identifiers"))
        ]
        found = [value for wanted in types for kind, value in given if kind == wanted and value]
        return list(dict.fromkeys(found))

    def _attribute(self, names: Sequence[str]) -> str:
        """The first filled attribute; its values are a list."""
        given: Mapping[str, str] = {
            text(each.get("name")): _value(each) for each in rows(self._shipment.get("attributes"))
        }
        return next((given[name] for name in names if given.get(name)), "")

    def _day(self, moment: datetime) -> date:
        """The day where it happened: as written with an offset of its own, else in our zone."""
        own = moment.utcoffset() != timedelta()
        return moment.date() if own else moment.astimezone(self._zone).date()

    def _source(self, record: str) -> Source:
        link = text(self._shipment.get("shipmentShareLink"))
        url = link if link.startswith("https://") else ""
        return Source(system=self._system, record=record, url=url, label=f"shipment {self._number}")


def _value(attribute: Row) -> str:
    given = attribute.get("values")
    return text(given[0]) if isinstance(given, list) and given else text(attribute.get("value"))


def _company(stop: Row) -> str:
    """The company at a stop: of its contact, else the place's own name."""
    place = held(stop.get("location"))
    return text(held(place.get("contact")).get("companyName")) or text(place.get("name"))
