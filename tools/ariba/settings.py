"""What a realm of Ariba needs to be told: where, who we are, its views, fields and status words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from obligations.model import Relation
from obligations.quantities import Frozen
from tools.kit.budget import RateHeaders
from tools.kit.settings import HttpSettings, VendorSettings, Zone

Names = tuple[str, ...]
View = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
Path = Annotated[str, Field(pattern=r"^/[A-Za-z0-9/_{}.-]*$")]
Category = Literal["goods", "service", "tax", "freight", "fee", "other"]


class AribaHttp(HttpSettings):
    """Each API allows so many calls a second, a minute, an hour and a day, and says how many are left."""

    requests_per_second: float | None = Field(default=1, gt=0)
    concurrency: int = Field(default=1, ge=1)
    rate_headers: tuple[RateHeaders, ...] = (
        RateHeaders(remaining="X-RateLimit-Remaining-minute", window=60),
        RateHeaders(remaining="X-RateLimit-Remaining-hour", window=3600),
    )


class Views(Frozen):
    """View templates, published in the realm: of operational reporting, payments of analytical reporting."""

    purchase_order: tuple[View, ...] = ("DirectOrderSystemView", "ERPOrderSystemView")
    invoice: tuple[View, ...] = ("InvoiceSystemView",)
    receipt: tuple[View, ...] = ("ReceiptSystemView",)
    payment: tuple[View, ...] = ("PaymentFactSystemView",)


class PaymentFields(Frozen):
    """Fields of a payment; of several the first filled one counts. Defaults: the fact, then the document."""

    id: Names = ("PaymentId", "UniqueName")
    invoice: Names = ("InvoiceNumber", "Invoice.InvoiceNumber", "Invoice")
    amount: Names = ("OrigPaidAmount", "GrossAmount")
    discount: Names = ("OrigDiscountEarned", "DiscountAmount")
    paid_on: Names = ("PaymentDate", "ActualPaymentDate")
    status: Names = ("Status", "StatusString")


class AribaSettings(VendorSettings):
    """Settings of the Ariba connector; `base_url` is the runtime address, ending in /api."""

    kind: Literal["ariba"] = "ariba"
    http: AribaHttp = AribaHttp()
    overlap: timedelta = Field(default=timedelta(hours=1), ge=timedelta())
    realm: str = Field(min_length=1)
    user: str = Field(default="", description="on whose behalf contract workspaces are read and changed")
    password_adapter: str = "PasswordAdapter1"  # noqa: S105 - the name of a directory of users
    begin_on: date = Field(description="the first read begins with what changed on this day")
    zone: Zone = Field(default="UTC", description="IANA zone of days")
    views: Views = Views()
    reporting_path: Path = "/procurement-reporting-details/v2/prod/views/{view}"
    analytics_path: Path = "/analytics-reporting-details/v1/prod/views/{view}"
    contracts_path: Path = "/retrieve-contract-workspaces/v1/prod/contractWorkspaces"
    changes_path: Path = "/contract-workspace-modification/v1/prod/contractWorkspaces"
    window: timedelta = Field(default=timedelta(days=31), gt=timedelta(), le=timedelta(days=31))
    analytics_window: timedelta = Field(default=timedelta(days=365), gt=timedelta(), le=timedelta(days=366))
    changed_fields: Names = Field(
        default=("TimeUpdated", "LastModified", "LoadUpdateTime"), description="time of change of a record"
    )
    contract_changed: Names = Field(
        default=("lastModifiedDate", "lastModified", "creationDate"), description="of a workspace"
    )
    contract_filter: str = Field(default="", description="what selects changed workspaces, with {since}")
    contract_number: Names = Field(default=("contractId",), description="fields or ids of custom fields")
    contract_page: int = Field(default=100, ge=1, le=1000)
    party_fields: Names = Field(
        default=("Supplier.UniqueName", "Supplier.SupplierId", "Supplier.Name", "SupplierName"),
        description="the first filled one",
    )
    agreement_fields: Names = Field(
        default=("MasterAgreement.UniqueName",), description="what names the contract; the first filled one"
    )
    received_fields: Names = Field(
        default=("RecentReceiveDate", "ReceiptDate"), description="day of a receipt whose items tell none"
    )
    payments: PaymentFields = PaymentFields()
    unissued_statuses: Names = ("Composing", "Submitted", "Approved", "Denied", "Ordering", "Invalid")
    draft_statuses: Names = ("Composing", "Loading", "Invalid", "Failed")
    returned_statuses: Names = ("Rejected", "Denied", "Canceled")
    pending_statuses: Names = ("Composing", "Submitted", "Denied")
    paid_statuses: Names = ("Paid",)
    line_categories: dict[str, Category] = Field(
        default={"2": "tax", "4": "freight", "8": "fee"}, description="number of a line's category -> ours"
    )
    history: bool = Field(default=True, description="also the version as made")
    relations: dict[str, Relation] = Field(default={}, description="hierarchical or amendment type -> ours")
    types: dict[str, str] = Field(default={}, description="their contract type -> ours")
    web_url: str = Field(default="", description="page of a workspace for people, with {id}")
    contract_fields: dict[str, str] = Field(
        default={}, description="our field -> id of a custom field, or title"
    )
    reference_field: str = Field(
        default="", description="id of the custom field for our reference; description: at its end"
    )
    open_statuses: Names = Field(
        default=("Draft", "DraftAmendment"), description="in which a workspace may be changed"
    )

    def who(self) -> dict[str, str]:
        """In whose name a workspace is read or changed."""
        more = {"user": self.user, "passwordAdapter": self.password_adapter} if self.user else {}
        return {"realm": self.realm, **more}
