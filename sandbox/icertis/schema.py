"""Entities of the invented tenant: contract types, associated ones, master data, with their attributes."""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_TEXT = 4000


@dataclass(frozen=True)
class Attribute:
    """`kind`: text, memo, choice, date, datetime, number, bool, id, lookup. A summary leaves memos out."""

    name: str
    kind: str = "text"
    readonly: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def filterable(self) -> bool:
        return self.kind not in ("memo", "lookup")


@dataclass(frozen=True)
class Entity:
    """`category`: Agreement, Associated or Masterdata; `first` is the status of a new instance."""

    name: str
    category: str
    label: str
    attributes: Mapping[str, Attribute]
    first: str = "Draft"

    def attribute(self, name: str) -> Attribute | None:
        """By name, whatever its case."""
        return next((one for key, one in self.attributes.items() if key.lower() == name.lower()), None)


SYSTEM = (
    Attribute("SysId", "id", readonly=True),
    Attribute("EntityInstanceId", "id", readonly=True),
    Attribute("EntityName", readonly=True),
    Attribute("Name", readonly=True),
    Attribute("Status", readonly=True),
    Attribute("CreatedOn", "datetime", readonly=True),
    Attribute("CreatedBy", readonly=True),
    Attribute("ModifiedOn", "datetime", readonly=True),
    Attribute("ModifiedBy", readonly=True),
)
PARENT = (
    Attribute("ParentEntityInstanceID", "id", readonly=True),
    Attribute("ParentEntityName", readonly=True),
)
CURRENCY = Attribute("ICMCurrency", "choice", choices=("EUR", "USD", "GBP"))
AGREEMENT = (
    Attribute("ICMAgreementName", required=True),
    Attribute("ICMDescription", "memo"),
    Attribute("ICMExternalId"),
    Attribute("ICMSupplier", "lookup"),
    Attribute("ICMSupplierName", readonly=True),
    Attribute("ICMSupplierNumber", readonly=True),
    Attribute("ICMContractOwner", "lookup"),
    Attribute("ICMBusinessUnit"),
    Attribute("ICMExecutionDate", "date"),
    Attribute("ICMEffectiveDate", "date"),
    Attribute("ICMExpiryDate", "date"),
    Attribute("ICMNoticeDate", "date"),
    Attribute("ICMRenewalType", "choice", choices=("Automatic", "None")),
    Attribute("ICMGoverningLaw"),
    Attribute("ICMContractValue", "number"),
    CURRENCY,
    Attribute("ICMIsAmendment", "bool", readonly=True),
    Attribute("ICMPerformanceStatus", "choice", choices=("On track", "At risk", "Breached")),
    Attribute("ICMOpenObligations", "number"),
    Attribute("ICMPerformanceSummary", "memo"),
)
DUTY = (
    Attribute("ICMTitle", required=True),
    Attribute("ICMDescription", "memo"),
    Attribute("ICMDueDate", "date"),
    Attribute("ICMCompletionDate", "date"),
    Attribute("ICMExternalReference"),
)
OBLIGATION = (
    *DUTY,
    Attribute(
        "ICMObligationType",
        "choice",
        choices=("Reporting", "Payment", "Delivery", "Certificate", "Meeting", "Notice", "Other"),
    ),
    Attribute("ICMResponsibleParty", "choice", choices=("Tessaly", "Counterparty", "Both")),
    Attribute("ICMAmount", "number"),
    CURRENCY,
)
VENDOR = (
    Attribute("ICMVendorName", required=True),
    Attribute("ICMVendorNumber"),
    Attribute("ICMCustomerNumber"),
    Attribute("ICMCountry"),
    Attribute("ICMCity"),
)
EXHIBIT = (Attribute("ICMTitle"), Attribute("ICMFileName", readonly=True))


def _entity(name: str, category: str, label: str, own: tuple[Attribute, ...], first: str = "Draft") -> Entity:
    parts = (*SYSTEM, *(() if category == "Masterdata" else PARENT), *own)
    return Entity(name, category, label, {one.name: one for one in parts}, first)


AGREEMENTS = {
    "ICMMSA": "Master Services Agreement",
    "ICMServiceSchedule": "Service Schedule",
    "ICMSOW": "Statement of Work",
    "ICMServicesAgreement": "Services Agreement",
    "ICMSupplyAgreement": "Supply Agreement",
    "ICMSalesAgreement": "Sales Agreement",
    "ICMNDA": "Non-Disclosure Agreement",
}
ENTITIES: Mapping[str, Entity] = {
    **{name: _entity(name, "Agreement", label, AGREEMENT) for name, label in AGREEMENTS.items()},
    "Obligations": _entity("Obligations", "Associated", "Obligation", OBLIGATION, "Open"),
    "Fulfillments": _entity("Fulfillments", "Associated", "Fulfillment", DUTY, "Open"),
    "ICMExhibit": _entity("ICMExhibit", "Associated", "Exhibit", EXHIBIT),
    "ICMVendor": _entity("ICMVendor", "Masterdata", "Vendor", VENDOR, "Active"),
}
# What an associated contract type may hang below.
PARENTS: Mapping[str, frozenset[str]] = {
    "Obligations": frozenset(AGREEMENTS),
    "ICMExhibit": frozenset(AGREEMENTS),
    "Fulfillments": frozenset({"Obligations"}),
}


def entity(name: str) -> Entity | None:
    """By name, whatever its case."""
    return next((one for key, one in ENTITIES.items() if key.lower() == name.lower()), None)
