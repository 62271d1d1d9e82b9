"""Transports of the invented company, as logs of writes: `world/otm.yaml`.

A carrier's report changes the shipment when it is received, not when it happened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from sandbox.world import HERE, World

DOMAIN = "TES"
BEGAN = datetime(2025, 1, 7, 8, tzinfo=UTC)
FIRST_EVENT = 40_001
# What a report says of a stop: which one, and which of its times.
MEANS: Mapping[str, tuple[int, str]] = {
    "X3": (1, "actualArrival"),
    "AF": (1, "actualDeparture"),
    "X1": (2, "actualArrival"),
    "D1": (2, "actualDeparture"),
    "A7": (2, "actualDeparture"),
    "AG": (2, "estimatedArrival"),
    "SD": (2, ""),
}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Fields = dict[str, Any]


@cache
def story() -> Mapping[str, Any]:
    text = (HERE / "otm.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    return loaded


@cache
def zones() -> Mapping[str, ZoneInfo]:
    return {one["xid"]: ZoneInfo(one["zone"]) for one in story()["locations"]}


@dataclass
class Record:
    """One record as the log of what was written to it: instant and fields. `key` is its global id."""

    kind: str
    key: str
    log: list[tuple[datetime, Fields]]
    deleted_at: datetime | None = None

    def seen(self, now: datetime) -> bool:
        return self.log[0][0] <= now and (self.deleted_at is None or self.deleted_at > now)

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
    """Every record by resource and key."""

    world: World
    records: dict[str, dict[str, Record]] = field(default_factory=dict)

    def add(self, kind: str, key: str, at: datetime, /, **fields: Any) -> Record:
        made = Record(kind, key, [(at, fields)])
        self.records.setdefault(kind, {})[key] = made
        return made

    def seen(self, kind: str, now: datetime) -> Iterator[Record]:
        for record in self.records.get(kind, {}).values():
            if record.seen(now):
                yield record

    def one(self, kind: str, key: str, now: datetime) -> Record | None:
        record = self.records.get(kind, {}).get(key)
        return record if record is not None and record.seen(now) else None

    def report(self, shipment: Record, told: datetime, **fields: Any) -> Record:
        """A tracking event, received at `told`: it and what it says of the shipment."""
        key = str(FIRST_EVENT + len(self.records.get("trackingEvents", {})))
        given = {"shipment": shipment.key, "received": told, "reason": "NS", "party": "CARRIER", **fields}
        made = self.add("trackingEvents", key, told, **given)
        stop, column = MEANS[given["code"]]
        times = dict(shipment.fields(told)["times"])
        value = given["at"] if column != "estimatedArrival" else given.get("eta", given["at"])
        if column:
            times[stop, column] = value
        if given["code"] == "X1":
            times.pop((2, "estimatedArrival"), None)
        state = {"D1": "COMPLETED", "A7": "COMPLETED"}.get(given["code"], "ENROUTE")
        if given["code"] == "X3":
            state = "NOT STARTED"
        before = shipment.fields(told)["enroute"]
        shipment.write(told, times=times, enroute=before if before == "COMPLETED" else state)
        return made


def fill(world: World) -> Company:
    company = Company(world)
    for told in story()["locations"]:
        company.add("locations", f"{DOMAIN}.{told['xid']}", BEGAN, **told)
    for key, xid in story()["carriers"].items():
        company.add("serviceProviders", f"{DOMAIN}.{xid}", BEGAN, xid=xid, party=key)
    planned = [*story()["shipments"], *(one for told in story()["series"] for one in _series(told))]
    for one in sorted(planned, key=lambda told: moment(told["planned"], "Europe/Berlin")):
        _shipment(company, one)
    _reports(company, planned)
    return company


def _series(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The transports of a series: picked up and delivered as planned, told within the hour."""
    zone_from, zone_to = (zones()[told[name]] for name in ("from", "to"))
    for place in range(told["count"]):
        day = told["first"] + timedelta(days=told["every"] * place)
        start = datetime.combine(day, time(6), zone_from)
        end = (start.astimezone(UTC) + timedelta(hours=told["hours"])).astimezone(zone_to)
        shared = ("contract", "order", "carrier", "from", "to", "weight", "cost", "currency")
        yield {
            **{name: told[name] for name in shared},
            "xid": f"{told['prefix']}-{place + 1:03d}",
            "planned": f"{day - timedelta(days=5)} 10:00",
            "pickup": start,
            "delivery": end,
            "agreed": end.date() + timedelta(days=1),
            "events": [
                {"code": "AF", "at": start + timedelta(minutes=10)},
                {"code": "D1", "at": end - timedelta(minutes=25)},
            ],
        }


def _shipment(company: Company, told: Mapping[str, Any]) -> None:
    at = moment(told["planned"], "Europe/Berlin")
    release = f"{DOMAIN}.OR-{told['xid']}"
    agreed = datetime.combine(told["agreed"], time(23, 59), zones()[told["to"]]).astimezone(UTC)
    shared: Fields = {
        "order": told["order"],
        "contract": told["contract"],
        "source": f"{DOMAIN}.{told['from']}",
        "dest": f"{DOMAIN}.{told['to']}",
        "weight": Decimal(told["weight"]),
    }
    company.add("orderReleases", release, at, **shared, agreed=agreed, shipment=f"{DOMAIN}.{told['xid']}")
    made = company.add(
        "shipments",
        f"{DOMAIN}.{told['xid']}",
        at,
        **shared,
        carrier=f"{DOMAIN}.{story()['carriers'][told['carrier']]}",
        cost=Decimal(told["cost"]),
        currency=told["currency"],
        release=release,
        times=_times(told, told),
        enroute="NOT STARTED",
        secured="ACCEPTED",
        remarks={},
        refnums={"PO": told["order"], "CONTRACT": told["contract"]},
        attributes={},
    )
    if "replanned" in told:
        change = told["replanned"]
        made.write(moment(change["at"], "Europe/Berlin"), times=_times(change, told))
    if "cancelled" in told:
        made.write(moment(told["cancelled"], "Europe/Berlin"), secured="CANCELED")
    if "deleted" in told:
        made.deleted_at = moment(told["deleted"], "Europe/Berlin")
    for number, remark in enumerate(told.get("remarks", ()), 1):
        text = {"qualifier": remark["qualifier"], "text": remark["text"]}
        made.write(moment(remark["at"], "Europe/Berlin"), remarks={number: text})


def _times(plan: Mapping[str, Any], told: Mapping[str, Any]) -> dict[tuple[int, str], datetime]:
    start, end = moment(plan["pickup"], told["from"]), moment(plan["delivery"], told["to"])
    return {(1, "plannedArrival"): start, (2, "plannedArrival"): end}


def _reports(company: Company, planned: list[Mapping[str, Any]]) -> None:
    """Every report in the order in which it was received; twenty minutes after, unless told otherwise."""
    found = []
    for told in planned:
        for event in told.get("events", ()):
            stop, _ = MEANS[event["code"]]
            place = told["from" if stop == 1 else "to"]
            at = moment(event["at"], place)
            received = moment(event["told"], place) if "told" in event else at + timedelta(minutes=20)
            own = {name: event[name] for name in ("code", "reason") if name in event}
            if "eta" in event:
                own["eta"] = moment(event["eta"], place)
            found.append(
                (received, f"{DOMAIN}.{told['xid']}", {**own, "at": at, "place": f"{DOMAIN}.{place}"})
            )
    for received, key, own in sorted(found, key=lambda one: (one[0], one[1])):
        company.report(company.records["shipments"][key], received, **own)


def moment(told: Any, place: str) -> datetime:
    """An instant of the story: without a zone it is local to the place (a location, or a zone)."""
    zone = zones().get(place) or ZoneInfo(place)
    at = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
