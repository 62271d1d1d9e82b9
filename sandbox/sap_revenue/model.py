"""The customer's OData V4 service over views of revenue accounting: entity sets, fields, ways, `$metadata`.

Names are those of SAP's released views I_RevenueAccountingContract and I_RAPerformanceObligation, as far as
they have them; `YY1_…` are the customer's own fields. The document and every answer are made from here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

NAMESPACE = "com.sap.gateway.srvd_a2x.zrevenueaccounting.v0001"
_FIELD = re.compile(r"(\w+):(\w+)(?:\((\d+)(?:,(\d+))?\))?")


@dataclass(frozen=True)
class Field:
    """One property: EDM type without `Edm.`, and length (String) or precision and scale (Decimal)."""

    name: str
    type: str
    size: int = 0
    scale: int = 0


@dataclass(frozen=True)
class Way:
    """A navigation property: where it leads, and the field that both sides share."""

    target: str
    by: str
    many: bool = True


@dataclass(frozen=True)
class EntitySet:
    name: str
    keys: tuple[str, ...]
    fields: Mapping[str, Field]
    ways: Mapping[str, Way] = field(default_factory=dict)
    writable: frozenset[str] = frozenset()
    """What a PATCH may change."""
    creatable: frozenset[str] = frozenset()
    """What a POST along a way may say."""

    @property
    def type(self) -> str:
        return f"{self.name}_Type"

    @property
    def kinds(self) -> Mapping[str, str]:
        return {name: one.type for name, one in self.fields.items()}


def _fields(text: str) -> dict[str, Field]:
    found = {}
    for word in text.split():
        match = _FIELD.fullmatch(word)
        assert match is not None, word
        name, kind, size, scale = match.groups()
        found[name] = Field(name, kind, int(size or 0), int(scale or 0))
    return found


CONTRACT = EntitySet(
    "RevenueAccountingContract",
    ("RevenueAccountingContract",),
    _fields(
        """RevenueAccountingContract:String(14) CompanyCode:String(4) AccountingPrinciple:String(4)
        RevnAcctgContractDescription:String(100) RevnAcctgContractCategory:String(4)
        TotContractualPrcInSlsDocCrcy:Decimal(23,2) SalesDocumentCurrency:String(5)
        NumberOfPerformanceObligations:Int32 BusinessPartner:String(10) Customer:String(10)
        RevnAcctgContractStatus:String(1) RAContractCompletionDate:Date RevnAcctgContractCreationDate:Date
        RevnAcctgContractCreatedByUser:String(12) RAContractLastChangeDate:Date
        RAContractLastChangedByUsr:String(12) RAContractLastSavedDateTime:DateTimeOffset
        RAContractIsSoftDeleted:String(1) YY1_ContractNumber_RAC:String(20)
        YY1_PurchaseOrderByCustomer_RAC:String(35)"""
    ),
    {
        "_PerformanceObligation": Way("PerformanceObligation", "RevenueAccountingContract"),
        "_RevenueSchedule": Way("RevenueScheduleItem", "RevenueAccountingContract"),
    },
)
OBLIGATION = EntitySet(
    "PerformanceObligation",
    ("PerformanceObligation",),
    _fields(
        """PerformanceObligation:String(16) RevenueAccountingContract:String(14) CompanyCode:String(4)
        AccountingPrinciple:String(4) PerformanceObligationClass:String(100)
        RAPerformanceObligationType:String(10) RevnAcctgPerfOblgnStatus:String(1)
        PerfOblgnFulfillmentType:String(1) PerfOblgnEventType:String(2)
        ContractualPrcInSlsDocCrcy:Decimal(23,2) AllocatedPriceInSalesDocCrcy:Decimal(23,2)
        SSPriceInSalesDocCrcy:Decimal(23,2) SalesDocumentCurrency:String(5)
        PerfOblgnContractualQuantity:Decimal(18,2) PerfOblgnContractualQtyUnit:String(3)
        PerfOblgnDeliveredQuantity:Decimal(18,2) PerformanceObligationStartDate:Date
        PerformanceObligationEndDate:Date RAPerfOblgnInceptionDate:Date RAPerfOblgnCompletionDate:Date
        PerfOblgnIsFullyFulfilled:String(1) PerfOblgnIsFinallyInvoiced:String(1)
        RAPerfOblgnIsManuallyCreated:String(1) PerfOblgnIsSoftDeleted:String(1) Customer:String(10)
        PerfOblgnCreationDate:Date PerfOblgnCreatedByUser:String(12) PerfOblgnLastChangeDate:Date
        PerfOblgnLastChangedByUsr:String(12) YY1_LastChangeDateTime_POB:DateTimeOffset
        YY1_ContractNumber_POB:String(20) YY1_ExternalReference_POB:String(60)"""
    ),
    {
        "_RevenueAccountingContract": Way("RevenueAccountingContract", "RevenueAccountingContract", False),
        "_Fulfillment": Way("PerfOblgnFulfillment", "PerformanceObligation"),
        "_RevenueSchedule": Way("RevenueScheduleItem", "PerformanceObligation"),
    },
    frozenset(
        {"PerformanceObligationStartDate", "PerformanceObligationEndDate", "YY1_ExternalReference_POB"}
    ),
    frozenset(
        {
            "PerformanceObligationClass",
            "RAPerformanceObligationType",
            "PerfOblgnFulfillmentType",
            "PerfOblgnEventType",
            "SSPriceInSalesDocCrcy",
            "SalesDocumentCurrency",
            "PerfOblgnContractualQuantity",
            "PerfOblgnContractualQtyUnit",
            "PerformanceObligationStartDate",
            "PerformanceObligationEndDate",
            "YY1_ExternalReference_POB",
        }
    ),
)
FULFILLMENT = EntitySet(
    "PerfOblgnFulfillment",
    ("PerformanceObligation", "RAFulfillment"),
    _fields(
        """PerformanceObligation:String(16) RAFulfillment:String(10) RevenueAccountingContract:String(14)
        PerfOblgnEventType:String(2) RAFulfillmentDate:Date RAFulfilledQuantity:Decimal(18,2)
        RAFulfilledQuantityUnit:String(3) RAFulfillmentPercent:Decimal(5,2)
        RevnAcctgReconciliationKey:String(14) RASndgCompDocumentItem:String(35) CreatedByUser:String(12)
        CreationDateTime:DateTimeOffset"""
    ),
    {"_PerformanceObligation": Way("PerformanceObligation", "PerformanceObligation", False)},
    creatable=frozenset(
        {
            "RAFulfillmentDate",
            "RAFulfilledQuantity",
            "RAFulfilledQuantityUnit",
            "RAFulfillmentPercent",
            "RASndgCompDocumentItem",
        }
    ),
)
SCHEDULE = EntitySet(
    "RevenueScheduleItem",
    ("PerformanceObligation", "RevnAcctgReconciliationKey"),
    _fields(
        """PerformanceObligation:String(16) RevnAcctgReconciliationKey:String(14)
        RevenueAccountingContract:String(14) CompanyCode:String(4) AccountingPrinciple:String(4)
        FiscalYear:String(4) FiscalPeriod:String(3) FiscalYearPeriod:String(7)
        RevnAcctgPostingCategory:String(2) RevnAcctgPostgAmtInSlsDocCrcy:Decimal(23,2)
        SalesDocumentCurrency:String(5) RevnAcctgRecnclnKeyStatus:String(1) PostingDate:Date
        YY1_LastChangeDateTime_SCH:DateTimeOffset"""
    ),
    {"_PerformanceObligation": Way("PerformanceObligation", "PerformanceObligation", False)},
)
SETS: Mapping[str, EntitySet] = {each.name: each for each in (CONTRACT, OBLIGATION, FULFILLMENT, SCHEDULE)}


def metadata() -> str:
    """The service's `$metadata` document."""
    types = "".join(_entity_type(each) for each in SETS.values())
    container = "".join(_container_set(each) for each in SETS.values())
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        f'<edmx:DataServices><Schema Namespace="{NAMESPACE}" Alias="SAP__self"'
        f' xmlns="http://docs.oasis-open.org/odata/ns/edm">{types}'
        f'<EntityContainer Name="Container">{container}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(each: EntitySet) -> str:
    keys = "".join(f'<PropertyRef Name="{key}"/>' for key in each.keys)
    properties = "".join(_property(each, one) for one in each.fields.values())
    ways = "".join(_navigation(name, way) for name, way in each.ways.items())
    return f'<EntityType Name="{each.type}"><Key>{keys}</Key>{properties}{ways}</EntityType>'


def _navigation(name: str, way: Way) -> str:
    kind = f"{NAMESPACE}.{SETS[way.target].type}"
    return f'<NavigationProperty Name="{name}" Type="{f"Collection({kind})" if way.many else kind}"/>'


def _property(each: EntitySet, one: Field) -> str:
    marks = {"Name": one.name, "Type": f"Edm.{one.type}"}
    if one.name in each.keys or one.type in ("String", "Int32"):
        marks["Nullable"] = "false"
    if one.type == "String":
        marks["MaxLength"] = str(one.size)
    if one.type == "Decimal":
        marks |= {"Precision": str(one.size), "Scale": str(one.scale)}
    return "<Property " + " ".join(f"{name}={quoteattr(value)}" for name, value in marks.items()) + "/>"


def _container_set(each: EntitySet) -> str:
    ways = "".join(
        f'<NavigationPropertyBinding Path="{name}" Target="{way.target}"/>' for name, way in each.ways.items()
    )
    return f'<EntitySet Name="{each.name}" EntityType="{NAMESPACE}.{each.type}">{ways}</EntitySet>'
