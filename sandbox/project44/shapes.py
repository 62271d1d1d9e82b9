"""A tracked shipment in JSON: route, states, positions, events. Times carry the offset of their stop."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.project44.world import MUNICH, Shipment, Stop, number

Json = dict[str, Any]
EVENTS = {"ARRIVAL": "ARRIVAL_AT_STOP", "DEPARTURE": "DEPARTURE_FROM_STOP"}
EVERY = timedelta(hours=6)
"""Between two positions of a vehicle."""
MODES = {"FTL": "ROAD", "LTL": "ROAD", "OCEAN": "OCEAN", "AIR": "AIR"}


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """An instant with the offset of its place, without a colon in it."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")


def shipment(one: Shipment, now: datetime, route: bool = True) -> Json:
    body: Json = {
        "id": one.id,
        "identifiers": one.identifiers,
        "attributes": one.attributes,
        "accessGroups": [],
        "plan": {"expectedTransportationModes": [MODES[one.mode]]},
        "relatedShipments": [],
        "createdDateTime": stamp(one.created_at, MUNICH),
        "lastModifiedDateTime": stamp(one.modified_at(now), MUNICH),
        "shipmentShareLink": f"https://movement.project44.example/share/{one.id}",
    }
    return {**body, **({"routeInfo": route_of(one)} if route else {})}


def route_of(one: Shipment) -> Json:
    legs = zip(one.stops, one.stops[1:], strict=False)
    return {
        "stops": [stop_of(stop, place) for place, stop in enumerate(one.stops, 1)],
        "routeSegments": [
            {
                "id": segment_id(one, place),
                "fromStopId": begin.id,
                "toStopId": end.id,
                "transportationMode": MODES[one.mode],
            }
            for place, (begin, end) in enumerate(legs)
        ],
    }


def segment_id(one: Shipment, place: int) -> str:
    return number("segment", f"{one.id}/{place}")


def stop_of(stop: Stop, place: int) -> Json:
    where = stop.place
    body: Json = {
        "id": stop.id,
        "type": stop.type,
        "stopNumber": place,
        "location": {
            "name": where.get("name", ""),
            "address": {
                "addressLines": [where.get("street", "")],
                "city": where.get("city", ""),
                **({"state": where["state"]} if where.get("state") else {}),
                "postalCode": where.get("postal", ""),
                "country": where.get("country", ""),
            },
            "timeZone": where["zone"],
        },
    }
    if where.get("at"):
        body["location"]["coordinates"] = {"latitude": where["at"][0], "longitude": where["at"][1]}
    if stop.window is not None:
        begins, ends = (stamp(at, stop.zone) for at in stop.window)
        body["appointmentWindow"] = {"startDateTime": begins, "endDateTime": ends}
    return body


def events(one: Shipment, now: datetime) -> list[Json]:
    """What happened and what is planned, at each stop: an arrival but for the first, then a departure."""
    found = []
    for place, stop in enumerate(one.stops):
        for kind in ("ARRIVAL", "DEPARTURE") if place else ("DEPARTURE",):
            happened = one.last(now, kind, place)
            expected = one.last(now, kind, place, estimate=True)
            planned = stop.window[1] if stop.window is not None else None
            # A departure from the last stop is nobody's plan; it is told when it has happened.
            if happened is None and (planned is None or (kind == "DEPARTURE" and stop.type == "DESTINATION")):
                continue
            event: Json = {"type": EVENTS[kind], "stopId": stop.id}
            if planned is not None:
                event["plannedDateTime"] = stamp(planned, stop.zone)
            if expected is not None:
                event["estimateDateTime"] = stamp(expected.at, stop.zone)
            if happened is not None:
                event["dateTime"] = stamp(happened.at, stop.zone)
                event["receivedDateTime"] = stamp(happened.known_at, stop.zone)
            found.append(event)
    return found


def states(one: Shipment, now: datetime) -> list[Json]:
    """Where it was from when to when: at a stop, in between, done."""
    found: list[Json] = []

    def enter(kind: str, at: datetime, stop: Stop, **more: str) -> None:
        if found:
            found[-1]["endDateTime"] = stamp(at, stop.zone)
        found.append({"type": kind, "startDateTime": stamp(at, stop.zone), **more})

    for place, stop in enumerate(one.stops):
        arrived, left = one.last(now, "ARRIVAL", place), one.last(now, "DEPARTURE", place)
        if arrived is not None:
            enter("AT_STOP", arrived.at, stop, stopId=stop.id)
        if left is not None and place < len(one.stops) - 1:
            enter("IN_TRANSIT", left.at, stop, routeSegmentId=segment_id(one, place))
        if left is not None and place == len(one.stops) - 1:
            enter("TRACKING_COMPLETED", left.at, stop)
    return found


def positions(one: Shipment, now: datetime) -> list[Json]:
    """Every six hours on the straight line between two stops, oldest first."""
    found: list[Json] = []
    for place, (begin, end) in enumerate(zip(one.stops, one.stops[1:], strict=False)):
        left = one.last(now, "DEPARTURE", place)
        if left is None or not begin.place.get("at") or not end.place.get("at"):
            continue
        arrived = one.last(now, "ARRIVAL", place + 1)
        expected = one.last(now, "ARRIVAL", place + 1, estimate=True)
        goal = arrived or expected
        until = goal.at if goal is not None else left.at + timedelta(days=1)
        at = left.at
        while at <= min(until, now):
            share = (at - left.at) / (until - left.at) if until > left.at else 0.0
            point = [
                round(b + (e - b) * share, 4) for b, e in zip(begin.place["at"], end.place["at"], strict=True)
            ]
            found.append(
                {
                    "dateTime": stamp(at, begin.zone),
                    "receivedDateTime": stamp(at + timedelta(minutes=2), begin.zone),
                    "coordinates": {"latitude": point[0], "longitude": point[1]},
                    "routeSegmentId": segment_id(one, place),
                }
            )
            at += EVERY
    return found


def history(one: Shipment, now: datetime, latest: bool = False) -> Json:
    """Everything; a push holds only the `latest` position."""
    where = positions(one, now)
    return {
        "shipment": shipment(one, now),
        "states": states(one, now),
        "positions": where[-1:] if latest else where,
        "events": events(one, now),
    }
