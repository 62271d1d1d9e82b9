"""Transports of the invented company: `world/project44.yaml`, and what clients had tracked besides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import yaml

from sandbox.world import HERE, World

MUNICH = ZoneInfo("Europe/Berlin")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "project44.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


def number(kind: str, key: str) -> str:
    """The id of a record, the same in every run."""
    return str(uuid5(NAMESPACE_URL, f"https://tessaly.example/project44/{kind}/{key}"))


@dataclass(frozen=True)
class Stop:
    id: str
    type: str
    place: Mapping[str, Any]
    window: tuple[datetime, datetime] | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(str(self.place["zone"]))


@dataclass(frozen=True)
class Report:
    """What became known at an instant: that something happened at a stop, or is now expected there."""

    known_at: datetime
    event: str
    stop: int
    at: datetime
    estimate: bool = False


@dataclass
class Shipment:
    id: str
    created_at: datetime
    identifiers: list[dict[str, str]]
    attributes: list[dict[str, Any]]
    mode: str
    stops: list[Stop]
    reports: list[Report] = field(default_factory=list)
    stopped_at: datetime | None = None
    changed_at: datetime | None = None

    def seen(self, now: datetime) -> bool:
        return self.created_at <= now and (self.stopped_at is None or self.stopped_at > now)

    def known(self, now: datetime) -> list[Report]:
        """What was reported so far, in the order in which it became known."""
        return [report for report in self.reports if report.known_at <= now]

    def modified_at(self, now: datetime) -> datetime:
        told = [self.created_at, *(report.known_at for report in self.known(now))]
        return max([*told, self.changed_at]) if self.changed_at is not None else max(told)

    def last(self, now: datetime, event: str, stop: int, estimate: bool = False) -> Report | None:
        """The report on an event that holds: the latest one."""
        found = [
            report
            for report in self.known(now)
            if (report.event, report.stop, report.estimate) == (event, stop, estimate)
        ]
        return found[-1] if found else None

    def named(self, kind: str) -> str:
        return next((one["value"] for one in self.identifiers if one["type"] == kind), "")


def fill(world: World) -> dict[str, Shipment]:
    told = [*story()["shipments"], *(one for series in story()["series"] for one in _series(series))]
    made = [_shipment(one, world) for one in told]
    return {shipment.id: shipment for shipment in sorted(made, key=lambda one: one.created_at)}


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for place in range(told["count"]):
        day: date = told["first"] + timedelta(days=told["every"] * place)
        there = day + timedelta(days=told["days"])
        label = f"{place + 1:02d}"
        yield {
            **{name: told[name] for name in ("contract", "party", "carrier", "mode")},
            "bol": f"{told['bol']}-{label}",
            "po": f"{told['po']}-{label}",
            "created": f"{day - timedelta(days=1)} 10:00",
            "note": "Call-off",
            "plan": [
                [told["from"], f"{day} 08:00", f"{day} 14:00"],
                [told["to"], f"{there} 07:00", f"{there} 15:00"],
            ],
            "seen": [
                ["DEPARTURE", 0, f"{day} 11:15", f"{day} 11:18"],
                ["ARRIVAL", 1, f"{there} 09:40", f"{there} 09:42"],
                ["DEPARTURE", 1, f"{there} 10:25", f"{there} 10:27"],
            ],
        }


def _shipment(told: Mapping[str, Any], world: World) -> Shipment:
    last = len(told["plan"]) - 1
    stops = []
    for place, (name, begins, ends) in enumerate(told["plan"]):
        where = story()["places"][name]
        zone = ZoneInfo(where["zone"])
        kind = "ORIGIN" if place == 0 else "DESTINATION" if place == last else "PORT"
        window = (moment(begins, zone), moment(ends, zone))
        stops.append(Stop(number("stop", f"{told['bol']}/{place}"), kind, where, window))
    reports = [
        Report(moment(known, stops[stop].zone), event, stop, moment(at, stops[stop].zone))
        for event, stop, at, known in told.get("seen", ())
    ]
    reports += [
        Report(moment(known), "ARRIVAL", stop, moment(at, stops[stop].zone), estimate=True)
        for known, stop, at in told.get("eta", ())
    ]
    identifiers = {
        "BILL_OF_LADING": told["bol"],
        "CARRIER_SCAC": told["carrier"],
        "PURCHASE_ORDER": told.get("po", ""),
    }
    return Shipment(
        number("shipment", told["bol"]),
        moment(told["created"]),
        [{"type": kind, "value": value} for kind, value in identifiers.items() if value],
        _attributes(told, world),
        told["mode"],
        stops,
        sorted(reports, key=lambda report: report.known_at),
        moment(told["stopped"]) if "stopped" in told else None,
    )


def _attributes(told: Mapping[str, Any], world: World) -> list[dict[str, Any]]:
    """What this tenant writes to a shipment: contract, number of the party in the ERP, what is in it."""
    party = world.parties.get(told.get("party", ""))
    given = {
        "Contract": told.get("contract", ""),
        "Supplier Number": (party.supplier or "") if party else "",
        "Customer Number": (party.customer or "") if party else "",
        "Contents": told["note"],
    }
    return [{"name": name, "values": [value]} for name, value in given.items() if value]


def moment(told: Any, zone: ZoneInfo = MUNICH) -> datetime:
    """A time of the story, local to `zone`."""
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return at.replace(tzinfo=zone).astimezone(UTC)
