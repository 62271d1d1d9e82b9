"""Oracle Transportation Management: shipments with stops and tracking events in; remarks on shipments and
their flexible attributes out.

Shipments are listed in order of change with their children expanded; a child that the answer cuts off, or
names by a link only, is fetched on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from obligations.facts import Cause, Fact
from obligations.quantities import Frozen
from tools.kit.call import Call, segment
from tools.kit.errors import Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change, by_number
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.otm.fields import first_instant, text
from tools.otm.shipments import Shipment
from tools.otm.writer import OtmWriter

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]
Child = Annotated[str, Field(pattern=r"^[A-Za-z]+$")]

ACCEPT = {"Accept": "application/vnd.oracle.resource+json;type=collection"}


class StopFields(Frozen):
    """Times of a stop; of several the first filled one counts."""

    planned_arrival: Names = ("plannedArrival",)
    planned_departure: Names = ("plannedDeparture",)
    actual_arrival: Names = Field(
        default=("actualArrival", "actualDeparture"), description="who left was there"
    )
    actual_departure: Names = ("actualDeparture",)
    appointment: Names = ("appointmentDelivery",)


class OtmSettings(VendorSettings):
    """Settings of the OTM connector; `base_url` ends in /logisticsRestApi/resources-int/v2."""

    kind: Literal["otm"] = "otm"
    domain: str = Field(default="", pattern=r"^[A-Za-z0-9_/-]*$", description="before ids without one")
    page_size: int = Field(default=50, ge=1, le=500)
    filter: str = Field(default="", description="a condition that shipments must fit, in OTM's words")
    since: str = Field(
        default='updateDate ge "{since}"', description="what selects changed shipments, with {since}"
    )
    order_by: str = "updateDate asc"
    changed_fields: Names = Field(default=("updateDate", "insertDate"), description="time of the last change")
    children: tuple[Child, ...] = ("stops", "refnums", "trackingEvents", "statuses")
    zone: Zone = Field(default="UTC", description="IANA zone of days")
    stops: StopFields = StopFields()
    pickup_types: Names = ("P",)
    delivery_types: Names = ("D",)
    quantity_fields: Names = ("totalShipUnitCount", "totalWeight")
    order_refnums: Names = Field(default=("PO", "PURCHASE_ORDER"), description="qualifiers, without domain")
    order_line_refnums: Names = ("PO_LINE",)
    contract_refnums: Names = ("CONTRACT", "CONTRACT_NUMBER")
    party_fields: Names = Field(default=("servprovGid",), description="the carrier; the first filled one")
    event_names: dict[str, str] = Field(default={}, description="code of a tracking event -> our name")
    causes: dict[str, Cause] = Field(default={}, description="responsible party of an event -> who caused it")
    refused_events: Names = Field(default=("A7",), description="codes: the goods were not taken")
    cancelled_statuses: Names = Field(
        default=("SECURE RESOURCES_CANCELED",), description="values, without domain: nothing will be moved"
    )
    web_url: str = Field(default="", description="page of a shipment for people, with {id}")
    remark_qualifier: str = Field(default="", description="qualifier of the remarks we write")
    shipment_fields: dict[str, Annotated[str, Field(pattern=r"^attribute[A-Za-z]*\d{1,2}$")]] = Field(
        default={}, description="our field -> flexible attribute, for set_fields"
    )

    def gid(self, shipment: str) -> str:
        """A shipment's whole identifier."""
        return shipment if "." in shipment or not self.domain else f"{self.domain}.{shipment}"


class Otm:
    """Reads the shipments of one instance."""

    def __init__(self, settings: OtmSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http

    def check(self) -> Health:
        return probe(self.name, {"shipments": lambda: self._page("/shipments", {}, 0, 1)})

    def discover(self) -> tuple[Stream, ...]:
        facts = ("delivery", "milestone", "event")
        return (Stream(kind="shipment", label="Shipments", facts=facts, watermark="updateDate"),)

    def writer(self) -> OtmWriter:
        return OtmWriter(self.settings, self._http, self._all)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Shipments changed since the cursor, oldest change first, with their children."""
        if kind != "shipment":
            raise unknown_kind(self.name, kind, self.discover())
        own, size = self.settings, self.settings.page_size

        def fetch(since: datetime | None, offset: int) -> Page:
            parts = [own.filter] if own.filter else []
            if since is not None:
                parts.append(own.since.format(since=f"{since:%Y-%m-%dT%H:%M:%SZ}"))
            params = {"orderBy": own.order_by, "expand": ",".join(own.children)}
            if parts:
                params["q"] = " and ".join(parts)
            return self._page("/shipments", params, offset, size)

        since = resume_at(self.name, cursor, own.overlap)
        order = Order(lambda row: text(row, "shipmentGid"), self._changed_at, size)
        for part in by_change(fetch, since, order, LoopGuard(self.name, "GET /shipments")):
            records = tuple(self._raw(row) for row in part.rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor, problems=part.problems)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a shipment, pure. Raises Skippable for missing or unreadable fields."""
        with readable(
            self.name, f"shipment/{raw.id}", "Correct the shipment in the source, or the settings."
        ):
            return Shipment(self.settings, self.name, raw).facts()

    # -- asking -------------------------------------------------------------------------------------

    def _page(self, path: str, params: Mapping[str, str], offset: int, size: int) -> Page:
        """One page of a collection, with identifiers instead of links where it names other resources."""
        asked: dict[str, str | int] = {**params, "expandRefs": "false", "limit": size, "offset": offset}
        data = self._http.send(Call("GET", path, asked, headers=ACCEPT)).data
        rows = data.get("items") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "no items in the answer", place=f"GET {path}")
        more, given = data.get("hasMore"), data.get("limit")
        if more is True and isinstance(given, int) and given < size:
            remedy = f"Set page_size to {given}."
            what = f"pages hold {given} rows, not {size}"
            raise WrongAnswer(self.name, what, place=f"GET {path}", remedy=remedy)
        return Page(rows, more=more is True)

    def _all(self, path: str) -> list[Row]:
        """All rows of a child collection."""
        size, guard = self.settings.page_size, LoopGuard(self.name, f"GET {path}")
        pages = by_number(lambda n: self._page(path, {}, n * size, size), str, guard)
        return [row for page in pages for row in page.rows]

    def _raw(self, row: Row) -> RawRecord:
        """The shipment with all its children."""
        gid = text(row, "shipmentGid")
        whole = {name: self._child(gid, name, row.get(name)) for name in self.settings.children}
        data: dict[str, Any] = {"row": {**row, **whole}}
        return RawRecord(kind="shipment", id=gid, data=data, updated_at=self._changed_at(row))

    def _child(self, gid: str, name: str, held: Any) -> Any:
        """A child as it came, where it came whole; else all of it."""
        if isinstance(held, list):
            return {"items": held}
        if isinstance(held, dict) and isinstance(held.get("items"), list) and held.get("hasMore") is not True:
            return held
        return {"items": self._all(f"/shipments/{segment(gid)}/{name}")}

    def _changed_at(self, row: Row) -> datetime:
        gid = text(row, "shipmentGid")
        try:
            moment = first_instant(row, self.settings.changed_fields)
        except ValueError:
            moment = None
        if moment is None or not gid:
            remedy = "Check changed_fields in the settings."
            what = "a shipment without shipmentGid or readable time of change"
            raise Skippable(self.name, what, place=gid, remedy=remedy)
        return moment


PROFILE = Profile(
    kind="otm",
    title="Oracle Transportation Management",
    area="transport",
    settings=OtmSettings,
    make=Otm,
    reads=("shipments with their stops, reference numbers and tracking events",),
    writes=("remarks on shipments", "flexible attributes of shipments"),
    proved=(("documentation", "reads, writes and faults against a stand-in made from public facts"),),
    waits=(
        "names of the times of a stop, and how times are compared in a query",
        "whether a change of a stop or a new tracking event moves the shipment's updateDate",
        "which statuses and codes are in use, and which qualifiers hold order and contract numbers",
        "who sees a remark, and rate limits",
    ),
)
