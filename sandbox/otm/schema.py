"""Resources of the transport system: their fields, references and children."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resource:
    """`fields` by kind: text, number, bool, time, weight, cost. `references` name the resource they show;
    the row holds the id under the name with `Gid`. `key` is the field that an address ends with."""

    name: str
    key: str
    fields: Mapping[str, str]
    references: Mapping[str, str] = field(default_factory=dict)
    children: Mapping[str, "Resource"] = field(default_factory=dict)

    def knows(self, path: str) -> bool:
        head, _, rest = path.partition(".")
        if rest:
            return head in self.children and self.children[head].knows(rest)
        return head in self.fields or head in {f"{name}Gid" for name in self.references}


STAMPS = {"domainName": "text", "insertDate": "time", "updateDate": "time"}
ATTRIBUTES = {f"attribute{number}": "text" for number in range(1, 21)}
STATUSES = Resource("statuses", "statusTypeGid", {"statusTypeGid": "text", "statusValueGid": "text"})
REMARKS = Resource(
    "remarks",
    "remarkSequence",
    {"remarkSequence": "number", "remarkQualGid": "text", "remarkText": "text"},
)
STOPS = Resource(
    "stops",
    "stopNum",
    {
        "stopNum": "number",
        "stopType": "text",
        "plannedArrival": "time",
        "estimatedArrival": "time",
        "actualArrival": "time",
        "actualDeparture": "time",
    },
    {"location": "locations"},
)
EVENTS = Resource(
    "trackingEvents",
    "iTransactionNo",
    {
        "iTransactionNo": "number",
        "shipmentGid": "text",
        "statusCodeGid": "text",
        "statusReasonCodeGid": "text",
        "responsiblePartyGid": "text",
        "eventdate": "time",
        "eventReceivedDate": "time",
        "estimatedDate": "time",
        "eventLocationGid": "text",
        "stopSequence": "number",
        "servprovGid": "text",
        "reportingMethod": "text",
        "reportingGluser": "text",
        "isHidden": "bool",
        **STAMPS,
    },
)


# Where a report says it was; only of events by themselves, not below a shipment.
EVENT_STOPS = Resource(
    "stops",
    "iRecNo",
    {"iRecNo": "number", "eventdate": "time", "eventCity": "text", "eventCountry": "text"},
)


def _refnums(of: str) -> Resource:
    return Resource(
        "refnums", f"{of}RefnumQualGid", {f"{of}RefnumQualGid": "text", f"{of}RefnumValue": "text"}
    )


def _shipments(name: str) -> Resource:
    fields = {
        "shipmentGid": "text",
        "shipmentXid": "text",
        "shipmentName": "text",
        "transportModeGid": "text",
        "startTime": "time",
        "endTime": "time",
        "numStops": "number",
        "totalWeight": "weight",
        "totalActualCost": "cost",
        **ATTRIBUTES,
        **STAMPS,
    }
    references = {
        "sourceLocation": "locations",
        "destLocation": "locations",
        "servprov": "serviceProviders",
    }
    children = {
        "statuses": STATUSES,
        "refnums": _refnums("shipment"),
        "stops": STOPS,
        "remarks": REMARKS,
        "trackingEvents": EVENTS,
    }
    return Resource(name, "shipmentGid", fields, references, children)


RESOURCES: Mapping[str, Resource] = {
    "shipments": _shipments("shipments"),
    # The same without ship units.
    "shipmentNoSSUs": _shipments("shipmentNoSSUs"),
    "orderReleases": Resource(
        "orderReleases",
        "orderReleaseGid",
        {
            "orderReleaseGid": "text",
            "orderReleaseXid": "text",
            "lateDeliveryDate": "time",
            "totalWeight": "weight",
            **ATTRIBUTES,
            **STAMPS,
        },
        {"sourceLocation": "locations", "destinationLocation": "locations"},
        {"statuses": STATUSES, "refnums": _refnums("orderRelease")},
    ),
    "trackingEvents": Resource(EVENTS.name, EVENTS.key, EVENTS.fields, children={"stops": EVENT_STOPS}),
    "locations": Resource(
        "locations",
        "locationGid",
        {
            "locationGid": "text",
            "locationXid": "text",
            "locationName": "text",
            "city": "text",
            "countryCode3Gid": "text",
            "timeZoneGid": "text",
            **STAMPS,
        },
    ),
    "serviceProviders": Resource(
        "serviceProviders",
        "servprovGid",
        {"servprovGid": "text", "servprovXid": "text", "servprovName": "text", "scacCode": "text"}
        | {"attribute1": "text", **STAMPS},
    ),
}
