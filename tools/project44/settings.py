"""Settings of the project44 connector: which shipments there are, and what tells what in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.facts.orders import Cause
from obligations.quantities import Frozen
from tools.kit.settings import HttpSettings, VendorSettings, Zone
from tools.kit.webhooks import WebhookSettings

Names = tuple[str, ...]
ShipmentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class Project44Http(HttpSettings):
    """Limits are not published; a token may be asked for five times a minute."""

    requests_per_second: float | None = Field(default=5, gt=0)


class Listing(Frozen):
    """A list of shipments, from page to page: by a token where `next` names the field that holds it, else by
    number."""

    path: str = Field(pattern=r"^/[A-Za-z0-9_./-]+$", description="below base_url")
    params: dict[str, str] = Field(default={})
    rows: str = Field(default="shipments", description="field with the list; empty: the answer is the list")
    next: str = Field(default="", description="field with the next page's token")
    token_param: str = "pageToken"  # noqa: S105 - the name of a parameter
    page_param: str = "page"
    first_page: int = Field(default=0, ge=0, le=1)
    size_param: str = "pageSize"
    since_param: str = Field(default="", description="parameter for the time of change asked from")


class Hook(WebhookSettings):
    """Deliveries are not signed: `header` holds a secret of ours, as it was set up for them."""

    header: str = Field(default="authorization", pattern=r"^[A-Za-z0-9-]+$")


class Project44Settings(VendorSettings):
    """Settings of the project44 connector; `base_url` is the region's host (eu12.api.project44.com)."""

    kind: Literal["project44"] = "project44"
    http: Project44Http = Project44Http()
    shipments: tuple[ShipmentId, ...] = Field(default=(), description="ids that are read each time")
    kept_in: Path | None = Field(
        default=None, description="file with the ids of shipments that webhooks told of; they are read, too"
    )
    listing: Listing | None = None
    page_size: int = Field(default=100, ge=1, le=1000)
    zone: Zone = Field(default="UTC", description="IANA zone of days whose times are told in UTC")
    number_types: Names = ("BILL_OF_LADING", "PRO", "ORDER", "BOOKING_NUMBER", "CONTAINER_ID")
    order_types: Names = ("PURCHASE_ORDER",)
    party_types: Names = Field(
        default=(), description="identifiers that name the party, such as CARRIER_SCAC"
    )
    party_attributes: Names = ()
    shipper_is_party: bool = Field(default=True, description="the company at the origin, where nothing else")
    contract_attributes: Names = ()
    quantity_attributes: Names = ()
    unit_attributes: Names = ()
    item_attributes: Names = ()
    origin_stops: Names = ("ORIGIN", "PICKUP")
    delivery_stops: Names = ("DESTINATION", "DELIVERY")
    shipped_events: Names = ("DEPARTURE_FROM_STOP", "PICKED_UP")
    delivered_events: Names = ("DELIVERY", "ARRIVAL_AT_STOP")
    proofs: Names = ("PROOF_OF_DELIVERY", "DELIVERY_RECEIPT")
    causes: dict[str, Cause] = Field(
        default={"WEATHER": "force_majeure", "STRIKE": "force_majeure"},
        description="category of an exception -> who made it late",
    )
    milestones: dict[str, str] = Field(
        default={"DEPARTURE_FROM_STOP/ORIGIN": "Departure", "ARRIVAL_AT_STOP/DESTINATION": "Arrival"},
        description="event and type of stop -> what we call it",
    )
    webhook: Hook = Hook()

    @model_validator(mode="after")
    def _has_shipments(self) -> Project44Settings:
        if not self.shipments and self.kept_in is None and self.listing is None:
            raise ValueError("name shipments, a list of them, or a file for those that webhooks tell of")
        return self
