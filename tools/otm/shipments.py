"""From shipments to facts, pure: deliveries, stops as milestones, tracking events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from obligations.facts import Cause, Delivery, Event, Fact, Milestone, MilestoneEvent, Source
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact
from tools.kit.paging import Row
from tools.kit.values import count
from tools.kit.verbs import RawRecord
from tools.otm.fields import bare, children, first_instant, measure, text

if TYPE_CHECKING:
    from tools.otm.connector import OtmSettings

_EVENT_AT = ("eventdate", "eventDate", "eventDt")


class Shipment:
    """One shipment. Every method raises Skippable or ValueError for a bad field."""

    def __init__(self, settings: OtmSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._row: Row = raw.data.get("row") or {}
        self._zone = ZoneInfo(settings.zone)
        self._number = text(self._row, "shipmentXid") or bare(raw.id)
        self._cancelled = any(
            bare(text(each, "statusValueGid")) in settings.cancelled_statuses
            for each in children(self._row, "statuses")
        )

    def facts(self) -> tuple[Fact, ...]:
        """The delivery where the goods arrived, a milestone for each stop, an event for each report."""
        if self._raw.updated_at is None:
            raise self._skip("no time of change")
        stops = sorted(children(self._row, "stops"), key=_sequence)
        return (*self._delivery(stops), *self._milestones(stops), *self._events())

    def _delivery(self, stops: Sequence[Row]) -> Iterator[Fact]:
        """The goods' arrival at the last stop that takes them; nothing before it happened. What was refused
        there went back: all of it returned, never delivered."""
        names = self._settings.stops
        ends = [stop for stop in stops if text(stop, "stopType") in self._settings.delivery_types]
        starts = [stop for stop in stops if text(stop, "stopType") in self._settings.pickup_types]
        came_at = first_instant(ends[-1], names.actual_arrival) if ends else None
        if came_at is None:
            return
        taken_at = self._arrived_at(ends[-1], ends)
        left_at = first_instant(starts[0], names.actual_departure) if starts else None
        quantity, unit = self._quantity()
        delivery = Delivery(
            number=self._number,
            order=self._refnum(self._settings.order_refnums),
            order_line=self._refnum(self._settings.order_line_refnums),
            quantity=quantity,
            unit=unit,
            shipped_on=left_at.astimezone(self._zone).date() if left_at else None,
            delivered_on=taken_at.astimezone(self._zone).date() if taken_at else None,
            delivered_at=taken_at,
            appointment_at=first_instant(ends[-1], names.appointment),
            returned=Decimal() if taken_at else quantity,
            cause=self._cause(),
        )
        yield make_fact(self._source(), delivery, came_at, self._changed(), self._hints())

    def _arrived_at(self, end: Row, ends: Sequence[Row]) -> datetime | None:
        """When the goods came to a stop that takes them; nothing where they were refused then and there."""
        names = self._settings.stops.actual_arrival
        arrived_at = first_instant(end, names)
        if arrived_at is None:
            return None
        others = [held for each in ends if (held := first_instant(each, names)) is not None]
        following = min((held for held in others if held > arrived_at), default=None)
        refused = any(arrived_at <= at and (following is None or at < following) for at in self._refused_at())
        return None if refused else arrived_at

    def _refused_at(self) -> Iterator[datetime]:
        for each in children(self._row, "trackingEvents"):
            at = first_instant(each, _EVENT_AT)
            if at is not None and bare(text(each, "statusCodeGid")) in self._settings.refused_events:
                yield at

    def _quantity(self) -> tuple[Decimal, str]:
        """How much was carried: the first filled of the configured measures; nothing where none is."""
        for name in self._settings.quantity_fields:
            held = measure(self._row.get(name))
            if held is not None:
                return count(held[0], name), bare(held[1]) or name
        return Decimal(), ""

    def _milestones(self, stops: Sequence[Row]) -> Iterator[Fact]:
        """Each stop: its planned day, completed on the day of its actual arrival, at a pick-up departure;
        withdrawn where the shipment was cancelled before."""
        names = self._settings.stops
        ends = [stop for stop in stops if text(stop, "stopType") not in self._settings.pickup_types]
        for stop in stops:
            number = text(stop, "stopNum")
            picks = text(stop, "stopType") in self._settings.pickup_types
            planned_at = first_instant(stop, names.planned_departure if picks else names.planned_arrival)
            done_at = first_instant(stop, names.actual_departure) if picks else self._arrived_at(stop, ends)
            what = "pick-up" if picks else "delivery"
            place = bare(text(stop, "locationGid"))
            milestone = Milestone(
                name=f"{self._number} {what} {place or number}".strip(),
                planned_on=planned_at.astimezone(self._zone).date() if planned_at else None,
                events=tuple(self._outcome(done_at)),
            )
            at = done_at or planned_at or self._changed()
            source = self._source(f"stops/{number}")
            yield make_fact(source, milestone, at, self._changed(), self._hints())

    def _outcome(self, done_at: datetime | None) -> Iterator[MilestoneEvent]:
        if done_at is not None:
            yield MilestoneEvent(on=done_at.astimezone(self._zone).date(), change="completed")
        elif self._cancelled:
            yield MilestoneEvent(on=self._changed().astimezone(self._zone).date(), change="withdrawn")

    def _events(self) -> Iterator[Fact]:
        """What carriers reported, known since it came in."""
        for each in children(self._row, "trackingEvents"):
            at = first_instant(each, _EVENT_AT)
            code = bare(text(each, "statusCodeGid"))
            if at is None or not code:
                raise self._skip("a tracking event without code or time")
            received_at = first_instant(each, ("eventReceivedDate", "insertDate")) or self._changed()
            event = Event(
                name=self._settings.event_names.get(code, code),
                on=at.astimezone(self._zone).date(),
                at=at,
                reference=self._number,
            )
            number = text(each, "iTransactionNo") or f"{code}-{at:%Y%m%dT%H%M%SZ}"
            yield make_fact(self._source(f"trackingEvents/{number}"), event, at, received_at, self._hints())

    def _cause(self) -> Cause:
        """Who made it late, by the last event that names a responsible party."""
        found: list[tuple[datetime, Cause]] = []
        for each in children(self._row, "trackingEvents"):
            cause = self._settings.causes.get(bare(text(each, "responsiblePartyGid")))
            at = first_instant(each, _EVENT_AT)
            if cause and at:
                found.append((at, cause))
        return max(found, key=lambda one: one[0])[1] if found else ""

    # -- shared -------------------------------------------------------------------------------------

    def _refnum(self, qualifiers: Sequence[str]) -> str:
        """The value of the first reference number with one of these qualifiers."""
        held: Mapping[str, str] = {
            bare(text(each, "shipmentRefnumQualGid")): text(each, "shipmentRefnumValue")
            for each in reversed(children(self._row, "refnums"))
        }
        return next((held[name] for name in qualifiers if held.get(name)), "")

    def _hints(self) -> Hints:
        party = next(
            (text(self._row, name) for name in self._settings.party_fields if text(self._row, name)), ""
        )
        return Hints(bare(party), self._refnum(self._settings.contract_refnums))

    def _source(self, part: str = "") -> Source:
        record = f"shipment/{self._raw.id}" + (f"/{part}" if part else "")
        url = self._settings.web_url.format(id=self._raw.id) if self._settings.web_url else ""
        return Source(system=self._system, record=record, url=url, label=self._number)

    def _changed(self) -> datetime:
        assert self._raw.updated_at is not None
        return self._raw.updated_at

    def _skip(self, what: str) -> Skippable:
        remedy = "Correct the shipment in the source, or the settings."
        return Skippable(self._system, what, place=f"shipment/{self._raw.id}", remedy=remedy)


def _sequence(stop: Row) -> tuple[int, str]:
    number = text(stop, "stopNum")
    return (int(number) if number.isdigit() and len(number) < 10 else 10**9, number)
