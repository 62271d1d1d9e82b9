"""Settings of the connector to SAP revenue accounting: the services that a customer made, and their fields.

SAP has no interface of its own for it; views such as I_RAPerfOblgnWithoutAcctAssgmt are put behind services
of the customer's making. Fields are named as in these views unless the service renames them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from obligations.quantities import Frozen
from tools.kit.settings import VendorSettings, Zone

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Maybe = Name | Literal[""]
Names = tuple[Name, ...]
Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.;=-]*(/[A-Za-z0-9_][A-Za-z0-9_.;=-]*)+$")]
Stamp = Literal["day", "instant"]


class ObligationMap(Frozen):
    """Performance obligations: `path` is service and set; of several fields the first filled one counts."""

    path: Path
    key: Name = "PerformanceObligation"
    changed: Name = "PerfOblgnLastChangeDate"
    created: Maybe = Field(
        default="PerfOblgnCreationDate", description="asked for, too: what is new may lack `changed`"
    )
    changed_is: Stamp = "day"
    name: Names = Field(default=("PerformanceObligationClass",), description="as the contract names it")
    contract: Maybe = "RevenueAccountingContract"
    references: Names = Field(default=("RevenueAccountingContract",), description="our contract's number")
    customer: Names = ("Customer",)
    type: Maybe = "PerfOblgnFulfillmentType"
    allocated: Maybe = "AllocatedPriceInSalesDocCrcy"
    currency: Maybe = "SalesDocumentCurrency"
    quantity: Maybe = "PerfOblgnContractualQuantity"
    starts_on: Names = ("PerformanceObligationStartDate",)
    ends_on: Names = ("PerformanceObligationEndDate",)
    fulfilled: Maybe = "PerfOblgnIsFullyFulfilled"
    fulfilled_on: Names = ("RAPerfOblgnCompletionDate", "PerformanceObligationEndDate")
    deleted: Maybe = "PerfOblgnIsSoftDeleted"


class ContractMap(Frozen):
    """Revenue contracts, for the number of our contract and the customer where obligations lack them."""

    path: Path
    key: Name = "RevenueAccountingContract"
    references: Names = Field(min_length=1)
    customer: Names = ("Customer",)


class FulfilmentMap(Frozen):
    """What was fulfilled on a day: `quantity` in units or `percent` of the whole. Each may add to the rows
    before, or tell the state reached."""

    path: Path
    key: Names = Field(min_length=1)
    obligation: Name = "PerformanceObligation"
    day: Name
    percent: Maybe = ""
    quantity: Maybe = ""
    quantity_adds: bool = True
    percent_adds: bool = False
    changed: Maybe = ""
    changed_is: Stamp = "day"


class ScheduleMap(Frozen):
    """Revenue posted by period. Periods beyond the twelfth belong to the twelfth."""

    path: Path
    key: Names = ("PerformanceObligation", "FiscalYear", "FiscalPeriod")
    obligation: Name = "PerformanceObligation"
    year: Name = "FiscalYear"
    period: Name = "FiscalPeriod"
    posted: Name = "PostedRevnInSlsDocCrcy"
    only: dict[Name, tuple[str, ...]] = Field(
        default={}, description="rows that count: field -> its values, such as a state that is posted"
    )
    changed: Maybe = ""
    changed_is: Stamp = "day"
    first_month: int = Field(default=1, ge=1, le=12, description="month of the fiscal year's first period")
    named_by: Literal["start", "end"] = Field(default="start", description="calendar year that names it")
    as_progress: bool = Field(default=False, description="posted revenue tells how much is fulfilled")


class RecordMap(Frozen):
    """A set that takes records of ours; `reference` holds our reference, `fields` are ours -> theirs."""

    path: Path
    key: Names = Field(min_length=1)
    reference: Name
    under: Path | Literal[""] = Field(default="", description="set of what it is entered below: the target")
    way: Maybe = Field(default="", description="how the service calls that way")
    fields: dict[str, Name] = Field(min_length=1)


class SapRevenueSettings(VendorSettings):
    """`base_url` ends where the paths begin: in /sap/opu/odata4/sap, or /sap/opu/odata/sap for V2."""

    kind: Literal["sap_revenue"] = "sap_revenue"
    odata: Literal["v4", "v2"] = "v4"
    sap_client: str = Field(default="", pattern=r"^\d{0,3}$")
    zone: Zone = Field(default="UTC", description="IANA zone of the company code's calendar days")
    filter: str = Field(default="", description="a condition that obligations must fit, in OData's words")
    reread: str = Field(
        default="",
        description="obligations that fit it are read each time: for fulfilment that tells no change",
    )
    page_size: int = Field(default=500, ge=1, le=5000)
    overlap: timedelta = Field(default=timedelta(days=2), ge=timedelta(days=1))
    obligations: ObligationMap
    contracts: ContractMap | None = None
    fulfilment: FulfilmentMap | None = None
    schedule: ScheduleMap | None = None
    event_types: tuple[str, ...] = Field(
        default=("E",), description="fulfilment types that are done at once: milestones, too"
    )
    says_yes: tuple[str, ...] = Field(default=("X", "true", "1"), description="what says yes, besides true")
    records: dict[str, RecordMap] = Field(default={}, description="our word -> a set that we write")
    obligation_fields: dict[str, Name] = Field(
        default={}, description="our field -> theirs, for set_fields on a performance obligation"
    )

    def headers(self) -> dict[str, str]:
        return {"sap-client": self.sap_client} if self.sap_client else {}
