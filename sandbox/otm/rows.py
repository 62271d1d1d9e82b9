"""Records as rows of Python values, and rows as JSON with their links.

Instants carry the zone they are shown in; a row's children are lists of rows under their names.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.otm.schema import RESOURCES, Resource
from sandbox.otm.world import DOMAIN, MEANS, Company, Fields, Record, story, zones

UTC_ZONE = ZoneInfo("UTC")


class Rows:
    def __init__(self, company: Company, now: datetime) -> None:
        self.company, self.now = company, now

    def row(self, name: str, one: Record) -> Fields:
        kind = "shipments" if name == "shipmentNoSSUs" else name
        fields = one.fields(self.now)
        made: Fields = getattr(self, f"_{kind}")(one, fields)
        return {
            **made,
            "domainName": DOMAIN,
            "insertDate": one.log[0][0].astimezone(UTC_ZONE),
            "updateDate": one.updated_at(self.now).astimezone(UTC_ZONE),
        }

    def all(self, name: str) -> list[Fields]:
        kind = "shipments" if name == "shipmentNoSSUs" else name
        found = [self.row(name, one) for one in self.company.seen(kind, self.now)]
        if kind == "trackingEvents":
            # What is told of a shipment goes with it.
            gone = {
                key
                for key, one in self.company.records.get("shipments", {}).items()
                if not one.seen(self.now)
            }
            found = [row for row in found if row["shipmentGid"] not in gone]
        return found

    def _zone(self, place: str) -> ZoneInfo:
        return zones()[place.partition(".")[2]]

    def _shipments(self, one: Record, fields: Fields) -> Fields:
        places = {1: fields["source"], 2: fields["dest"]}
        times: Mapping[tuple[int, str], datetime] = fields["times"]
        stops: list[Fields] = [
            {
                "stopNum": number,
                "stopType": "P" if number == 1 else "D",
                "locationGid": place,
                **{
                    name: times[number, name].astimezone(self._zone(place))
                    for name in ("plannedArrival", "estimatedArrival", "actualArrival", "actualDeparture")
                    if (number, name) in times
                },
            }
            for number, place in places.items()
        ]
        first, last = stops
        start = first.get("actualDeparture") or first["plannedArrival"]
        known = ("actualArrival", "actualDeparture", "estimatedArrival", "plannedArrival")
        end = next(last[name] for name in known if name in last)
        xid = one.key.partition(".")[2]
        return {
            "shipmentGid": one.key,
            "shipmentXid": xid,
            "shipmentName": fields["attributes"].get("shipmentName", f"Transport {xid}"),
            "transportModeGid": "TL",
            "startTime": start,
            "endTime": end,
            "numStops": 2,
            "totalWeight": fields["weight"],
            "totalActualCost": fields["cost"],
            "currency": fields["currency"],
            "sourceLocationGid": fields["source"],
            "destLocationGid": fields["dest"],
            "servprovGid": fields["carrier"],
            "attribute1": fields["order"],
            "attribute2": fields["contract"],
            **{name: value for name, value in fields["attributes"].items() if name.startswith("attribute")},
            "stops": stops,
            "statuses": _statuses(fields),
            "refnums": [
                {"shipmentRefnumQualGid": name, "shipmentRefnumValue": value}
                for name, value in fields["refnums"].items()
            ],
            "remarks": [
                {"remarkSequence": number, "remarkQualGid": told["qualifier"], "remarkText": told["text"]}
                for number, told in sorted(fields["remarks"].items())
            ],
            "trackingEvents": [
                self.row("trackingEvents", event)
                for event in self.company.seen("trackingEvents", self.now)
                if event.log[0][1]["shipment"] == one.key
            ],
        }

    def _trackingEvents(self, one: Record, fields: Fields) -> Fields:
        shipment = self.company.records["shipments"][fields["shipment"]].fields(self.now)
        stop = MEANS[fields["code"]][0]
        place = fields.get("place") or shipment["source" if stop == 1 else "dest"]
        zone = self._zone(place)
        eta = fields.get("eta")
        where = self.company.records["locations"][place].fields(self.now)
        return {
            "iTransactionNo": int(one.key),
            "shipmentGid": fields["shipment"],
            "statusCodeGid": fields["code"],
            "statusReasonCodeGid": fields["reason"],
            "responsiblePartyGid": fields["party"],
            "eventdate": fields["at"].astimezone(zone),
            "eventReceivedDate": fields["received"].astimezone(UTC_ZONE),
            **({"estimatedDate": eta.astimezone(zone)} if eta is not None else {}),
            "eventLocationGid": place,
            "stopSequence": stop,
            "servprovGid": shipment["carrier"],
            "reportingMethod": fields.get("method", "EDI"),
            "reportingGluser": fields.get("user"),
            "isHidden": False,
            "stops": [
                {
                    "iRecNo": 1,
                    "eventdate": fields["at"].astimezone(zone),
                    "eventCity": where["city"],
                    "eventCountry": where["country"],
                }
            ],
        }

    def _orderReleases(self, one: Record, fields: Fields) -> Fields:
        shipment = self.company.one("shipments", fields["shipment"], self.now)
        planned = shipment is not None and shipment.fields(self.now)["secured"] != "CANCELED"
        value = "PLANNING_PLANNED - FINAL" if planned else "PLANNING_UNSCHEDULED"
        refnums = {"PO": fields["order"], "CONTRACT": fields["contract"]}
        return {
            "orderReleaseGid": one.key,
            "orderReleaseXid": one.key.partition(".")[2],
            "lateDeliveryDate": fields["agreed"].astimezone(self._zone(fields["dest"])),
            "totalWeight": fields["weight"],
            "sourceLocationGid": fields["source"],
            "destinationLocationGid": fields["dest"],
            "attribute1": fields["order"],
            "attribute2": fields["contract"],
            "attribute3": fields["shipment"],
            "statuses": [{"statusTypeGid": f"{DOMAIN}.PLANNING", "statusValueGid": f"{DOMAIN}.{value}"}],
            "refnums": [
                {"orderReleaseRefnumQualGid": name, "orderReleaseRefnumValue": told}
                for name, told in refnums.items()
            ],
        }

    def _locations(self, one: Record, fields: Fields) -> Fields:
        return {
            "locationGid": one.key,
            "locationXid": fields["xid"],
            "locationName": fields["name"],
            "city": fields["city"],
            "countryCode3Gid": fields["country"],
            "timeZoneGid": fields["zone"],
        }

    def _serviceProviders(self, one: Record, fields: Fields) -> Fields:
        party = self.company.world.party(fields["party"])
        return {
            "servprovGid": one.key,
            "servprovXid": fields["xid"],
            "servprovName": party.name,
            "scacCode": fields["xid"][:4],
            "attribute1": party.supplier,
        }


def _statuses(fields: Fields) -> list[Fields]:
    told = {"ENROUTE": fields["enroute"], "SECURE RESOURCES": fields["secured"]}
    return [
        {"statusTypeGid": f"{DOMAIN}.{name}", "statusValueGid": f"{DOMAIN}.{name}_{value}"}
        for name, value in told.items()
    ]


class Shown:
    """Rows as JSON. `base` is the address of the API, without a slash at its end."""

    def __init__(self, base: str, rows: Rows, expand: Sequence[str] = (), references: bool = True) -> None:
        self.base, self.rows, self.expand, self.references = base, rows, expand, references

    def one(self, resource: Resource, row: Fields, path: str, names: Sequence[str] | None = None) -> Fields:
        """`path` is the row's own address below the base; `names` are the fields that were asked for."""
        href = f"{self.base}/{path}"
        shown: Fields = {
            name: _plain(row[name], kind, row)
            for name, kind in resource.fields.items()
            if row.get(name) is not None
        }
        for name, target in resource.references.items():
            key = row.get(f"{name}Gid")
            if key is not None:
                shown |= self._reference(name, target, str(key))
        for name, child in resource.children.items():
            shown[name] = self._children(child, row[name], f"{path}/{name}", name in self.expand)
        if names is not None:
            shown = {name: value for name, value in shown.items() if name in names}
        return {**shown, "links": [{"rel": rel, "href": href} for rel in ("self", "canonical")]}

    def _reference(self, name: str, target: str, key: str) -> Fields:
        if name in self.expand:
            found = self.rows.company.one(target, key, self.rows.now)
            assert found is not None  # references are never deleted
            return {name: self.one(RESOURCES[target], self.rows.row(target, found), f"{target}/{key}")}
        if not self.references:
            return {f"{name}Gid": key}
        return {name: {"links": [{"rel": "canonical", "href": f"{self.base}/{target}/{key}"}]}}

    def _children(self, child: Resource, rows: list[Fields], path: str, open_: bool) -> Fields:
        links = [{"rel": "child", "href": f"{self.base}/{path}"}]
        if not open_:
            return {"links": links}
        items = [self.one(child, row, f"{path}/{row[child.key]}") for row in rows]
        return {"items": items, "links": links}


def _plain(value: Any, kind: str, row: Fields) -> Any:
    if kind == "time":
        zone = value.tzinfo
        return {"value": value.isoformat(timespec="seconds"), "timezone": zone.key}
    if kind in ("weight", "cost"):
        number = _number(value)
        return (
            {"value": number, "unit": "KG"}
            if kind == "weight"
            else {"value": number, "currency": row["currency"]}
        )
    return _number(value) if isinstance(value, Decimal) else value


def _number(value: Decimal) -> int | float:
    return float(value) if value % 1 else int(value)


def zone_named(name: str) -> ZoneInfo | None:
    """A zone by its name, None for one there is not."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def user() -> str:
    return str(story()["user"])
