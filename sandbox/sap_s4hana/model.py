"""The OData services the SAP stand-in exposes: entity sets, keys, fields and ways between them.

Only fields the world fills are exposed; their names, types and lengths are those of SAP's metadata.
The `$metadata` document and every answer are made from these tables, so they cannot drift apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from xml.sax.saxutils import quoteattr

Value = str | Decimal | datetime | bool | None
Row = dict[str, Value]

_FIELD = re.compile(r"(\w+):(\w+)(?:\((\d+)(?:,(\d+))?\))?$")


@dataclass(frozen=True)
class Field:
    """One property: EDM type without `Edm.`, and length (String) or precision and scale (Decimal)."""

    name: str
    type: str
    size: int = 0
    scale: int = 0


@dataclass(frozen=True)
class Way:
    """A navigation property: the set it leads to, and which keys both sides share."""

    name: str
    target: str
    shared: tuple[str, ...]


@dataclass(frozen=True)
class EntitySet:
    name: str
    keys: tuple[str, ...]
    fields: Mapping[str, Field]
    ways: Mapping[str, Way] = field(default_factory=dict)
    creatable: bool = False
    updatable: bool = False

    @property
    def type(self) -> str:
        return f"{self.name}Type"


@dataclass(frozen=True)
class Action:
    """A function import called with POST."""

    name: str
    returns: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Service:
    name: str
    sets: Mapping[str, EntitySet]
    actions: Mapping[str, Action] = field(default_factory=dict)


def _fields(text: str) -> dict[str, Field]:
    found = {}
    for word in text.split():
        match = _FIELD.match(word)
        if match is None:
            raise ValueError(f"not a field: {word!r}")
        name, kind, size, scale = match.groups()
        found[name] = Field(name, kind, int(size or 0), int(scale or 0))
    return found


SUPPLIER_INVOICE = EntitySet(
    "A_SupplierInvoice",
    ("SupplierInvoice", "FiscalYear"),
    _fields(
        """SupplierInvoice:String(10) FiscalYear:String(4) CompanyCode:String(4) DocumentDate:DateTime
        PostingDate:DateTime CreationDate:DateTime SupplierInvoiceIDByInvcgParty:String(16)
        InvoicingParty:String(10) DocumentCurrency:String(5) InvoiceGrossAmount:Decimal(14,3)
        DocumentHeaderText:String(25) PaymentTerms:String(4) DueCalculationBaseDate:DateTime
        NetPaymentDays:Decimal(3,0) PaymentBlockingReason:String(1) AccountingDocumentType:String(2)
        SupplierInvoiceStatus:String(1) PaymentMethod:String(1) PaymentReference:String(30)
        InvoiceReference:String(10) TaxIsCalculatedAutomatically:Boolean
        AssignmentReference:String(18) SupplierPostingLineItemText:String(50)
        SupplierInvoiceIsCreditMemo:String(1) InvoiceReceiptDate:DateTime IsReversal:Boolean
        IsReversed:Boolean"""
    ),
    {
        "to_SuplrInvcItemPurOrdRef": Way(
            "to_SuplrInvcItemPurOrdRef", "A_SuplrInvcItemPurOrdRef", ("SupplierInvoice", "FiscalYear")
        ),
        "to_SupplierInvoiceItemGLAcct": Way(
            "to_SupplierInvoiceItemGLAcct", "A_SupplierInvoiceItemGLAcct", ("SupplierInvoice", "FiscalYear")
        ),
    },
    creatable=True,
)
INVOICE_ORDER_ITEM = EntitySet(
    "A_SuplrInvcItemPurOrdRef",
    ("SupplierInvoice", "FiscalYear", "SupplierInvoiceItem"),
    _fields(
        """SupplierInvoice:String(10) FiscalYear:String(4) SupplierInvoiceItem:String(6)
        PurchaseOrder:String(10) PurchaseOrderItem:String(5) TaxCode:String(2) DocumentCurrency:String(5)
        SupplierInvoiceItemAmount:Decimal(14,3) SupplierInvoiceItemText:String(50)"""
    ),
)
INVOICE_ACCOUNT_ITEM = EntitySet(
    "A_SupplierInvoiceItemGLAcct",
    ("SupplierInvoice", "FiscalYear", "SupplierInvoiceItem"),
    _fields(
        """SupplierInvoice:String(10) FiscalYear:String(4) SupplierInvoiceItem:String(4) CompanyCode:String(4)
        CostCenter:String(10) GLAccount:String(10) DocumentCurrency:String(5)
        SupplierInvoiceItemAmount:Decimal(14,3) TaxCode:String(2) DebitCreditCode:String(1)
        SupplierInvoiceItemText:String(50)"""
    ),
)
PURCHASE_ORDER = EntitySet(
    "A_PurchaseOrder",
    ("PurchaseOrder",),
    _fields(
        """PurchaseOrder:String(10) CompanyCode:String(4) PurchaseOrderType:String(4) CreatedByUser:String(12)
        CreationDate:DateTime LastChangeDateTime:DateTimeOffset Supplier:String(10) Language:String(2)
        PaymentTerms:String(4) NetPaymentDays:Decimal(3,0) PurchasingOrganization:String(4)
        PurchasingGroup:String(3) PurchaseOrderDate:DateTime DocumentCurrency:String(5)
        CorrespncExternalReference:String(12) CorrespncInternalReference:String(12) InvoicingParty:String(10)
        PurchasingProcessingStatus:String(2) PurchasingCompletenessStatus:Boolean"""
    ),
    {
        "to_PurchaseOrderItem": Way("to_PurchaseOrderItem", "A_PurchaseOrderItem", ("PurchaseOrder",)),
        "to_PurchaseOrderNote": Way("to_PurchaseOrderNote", "A_PurchaseOrderNote", ("PurchaseOrder",)),
    },
)
PURCHASE_ORDER_NOTE = EntitySet(
    "A_PurchaseOrderNote",
    ("PurchaseOrder", "TextObjectType", "Language"),
    _fields("PurchaseOrder:String(10) TextObjectType:String(4) Language:String(2) PlainLongText:String"),
    creatable=True,
    updatable=True,
)
PURCHASE_ORDER_ITEM = EntitySet(
    "A_PurchaseOrderItem",
    ("PurchaseOrder", "PurchaseOrderItem"),
    _fields(
        """PurchaseOrder:String(10) PurchaseOrderItem:String(5) PurchaseOrderItemText:String(40)
        Plant:String(4) OrderQuantity:Decimal(13,3) PurchaseOrderQuantityUnit:String(3)
        DocumentCurrency:String(5) NetPriceAmount:Decimal(12,3) NetPriceQuantity:Decimal(5,0)
        TaxCode:String(2) IsCompletelyDelivered:Boolean IsFinallyInvoiced:Boolean
        InvoiceIsExpected:Boolean"""
    ),
)
ACCOUNTING_ITEM = EntitySet(
    "A_OperationalAcctgDocItemCube",
    ("CompanyCode", "FiscalYear", "AccountingDocument", "AccountingDocumentItem"),
    _fields(
        """CompanyCode:String(4) FiscalYear:String(4) AccountingDocument:String(10)
        AccountingDocumentItem:String(3) AccountingDocumentType:String(2) FinancialAccountType:String(1)
        PostingKey:String(2) DebitCreditCode:String(1) Supplier:String(10) SupplierName:String(80)
        Customer:String(10) CustomerName:String(80) DocumentDate:DateTime PostingDate:DateTime
        AccountingDocumentCreationDate:DateTime CreationTime:Time LastChangeDate:DateTime
        DocumentReferenceID:String(16) InvoiceReceiptDate:DateTime InvoiceReference:String(10)
        ReferenceDocumentType:String(5) OriginalReferenceDocument:String(20) PurchasingDocument:String(10)
        AssignmentReference:String(18) DocumentItemText:String(50) TransactionCurrency:String(5)
        AmountInTransactionCurrency:Decimal(24,3) PaymentTerms:String(4) DueCalculationBaseDate:DateTime
        NetPaymentDays:Decimal(3,0) NetDueDate:DateTime PaymentMethod:String(1)
        PaymentBlockingReason:String(1) IsCleared:Boolean ClearingDate:DateTime
        ClearingCreationDate:DateTime ClearingAccountingDocument:String(10) ClearingDocFiscalYear:String(4)
        IsUsedInPaymentTransaction:Boolean IsReversal:Boolean IsReversed:Boolean"""
    ),
)

SERVICES = {
    service.name: service
    for service in (
        Service(
            "API_SUPPLIERINVOICE_PROCESS_SRV",
            {s.name: s for s in (SUPPLIER_INVOICE, INVOICE_ORDER_ITEM, INVOICE_ACCOUNT_ITEM)},
            {
                "Post": Action(
                    "Post",
                    "PostInvoiceExportParameters",
                    {"SupplierInvoice": "String", "FiscalYear": "String"},
                ),
                "Release": Action(
                    "Release",
                    "ReleaseInvoiceExportParameters",
                    {
                        "SupplierInvoice": "String",
                        "FiscalYear": "String",
                        "DiscountDaysHaveToBeShifted": "Boolean",
                    },
                ),
            },
        ),
        Service(
            "API_PURCHASEORDER_PROCESS_SRV",
            {s.name: s for s in (PURCHASE_ORDER, PURCHASE_ORDER_ITEM, PURCHASE_ORDER_NOTE)},
        ),
        Service("API_OPLACCTGDOCITEMCUBE_SRV", {ACCOUNTING_ITEM.name: ACCOUNTING_ITEM}),
    )
}


def metadata(service: Service) -> str:
    """The service's EDMX document: OData V2, with SAP's marks for what clients may not do."""
    types = "".join(_entity_type(service, each) for each in service.sets.values())
    pairs = [(each, way) for each in service.sets.values() for way in each.ways.values()]
    associations = "".join(_association(service, each, way) for each, way in pairs)
    results = "".join(
        f'<ComplexType Name="{action.returns}">'
        '<Property Name="Success" Type="Edm.Boolean" Nullable="false"/></ComplexType>'
        for action in service.actions.values()
    )
    container = "".join(_container_set(service, each) for each in service.sets.values())
    container += "".join(_association_set(service, each, way) for each, way in pairs)
    container += "".join(_function(service, action) for action in service.actions.values())
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"'
        ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
        ' xmlns:sap="http://www.sap.com/Protocols/SAPData">'
        '<edmx:DataServices m:DataServiceVersion="2.0">'
        f'<Schema Namespace="{service.name}" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        f"{types}{results}{associations}"
        f'<EntityContainer Name="{service.name}_Entities" m:IsDefaultEntityContainer="true">'
        f"{container}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(service: Service, each: EntitySet) -> str:
    keys = "".join(f'<PropertyRef Name="{key}"/>' for key in each.keys)
    properties = "".join(_property(each, one) for one in each.fields.values())
    ways = "".join(
        f'<NavigationProperty Name="{way.name}" Relationship="{service.name}.assoc_{way.name}"'
        ' FromRole="From" ToRole="To"/>'
        for way in each.ways.values()
    )
    return f'<EntityType Name="{each.type}"><Key>{keys}</Key>{properties}{ways}</EntityType>'


def _property(each: EntitySet, one: Field) -> str:
    marks = {"Name": one.name, "Type": f"Edm.{one.type}"}
    if one.name in each.keys:
        marks["Nullable"] = "false"
    if one.type == "String" and one.size:
        marks["MaxLength"] = str(one.size)
    if one.type == "Decimal":
        marks |= {"Precision": str(one.size), "Scale": str(one.scale)}
    if one.type == "DateTime":
        marks |= {"Precision": "0", "sap:display-format": "Date"}
    return "<Property " + " ".join(f"{name}={quoteattr(value)}" for name, value in marks.items()) + "/>"


def _association(service: Service, each: EntitySet, way: Way) -> str:
    target = service.sets[way.target]
    return (
        f'<Association Name="assoc_{way.name}">'
        f'<End Type="{service.name}.{each.type}" Multiplicity="1" Role="From"/>'
        f'<End Type="{service.name}.{target.type}" Multiplicity="*" Role="To"/></Association>'
    )


def _association_set(service: Service, each: EntitySet, way: Way) -> str:
    return (
        f'<AssociationSet Name="set_{way.name}" Association="{service.name}.assoc_{way.name}">'
        f'<End EntitySet="{each.name}" Role="From"/><End EntitySet="{way.target}" Role="To"/>'
        "</AssociationSet>"
    )


def _container_set(service: Service, each: EntitySet) -> str:
    marks = "" if each.creatable else ' sap:creatable="false"'
    marks += "" if each.updatable else ' sap:updatable="false"'
    return (
        f'<EntitySet Name="{each.name}" EntityType="{service.name}.{each.type}"{marks}'
        ' sap:deletable="false"/>'
    )


def _function(service: Service, action: Action) -> str:
    parameters = "".join(
        f'<Parameter Name="{name}" Type="Edm.{kind}" Mode="In"/>' for name, kind in action.parameters.items()
    )
    return (
        f'<FunctionImport Name="{action.name}" ReturnType="{service.name}.{action.returns}"'
        f' m:HttpMethod="POST">{parameters}</FunctionImport>'
    )
