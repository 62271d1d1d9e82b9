"""How Ariba shows records: on the network, in reports, as contract workspaces."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sandbox.ariba.world import ZONE, Company, Fields, Record, story
from sandbox.world import signed_file


class Shapes:
    def __init__(self, company: Company, now: datetime) -> None:
        self.company, self.now = company, now

    # -- the network ----------------------------------------------------------------------------------

    def network_order(self, one: Record) -> Fields:
        fields = one.fields(self.now)
        billed = [
            each.fields(self.now)
            for each in self.company.seen("invoice", self.now)
            if each.log[0][1]["order"] == one.name
        ]
        counted = [each for each in billed if each["status"] != "Rejected"]
        total = sum((line["quantity"] * line["price"] for line in fields["lines"]), Decimal(0))
        return {
            "documentNumber": one.name,
            # Times of the network's order list are those of its screens.
            "orderDate": one.created_at.astimezone(ZONE).strftime("%d %b %Y %I:%M:%S %p"),
            "created": instant(one.created_at),
            "lastUpdated": instant(one.updated_at(self.now)),
            "orderStatus": self.order_status(fields),
            "documentStatus": "Acknowledged",
            "revision": "Changed" if fields["version"] > 1 else "Original",
            "orderVersion": str(fields["version"]),
            **self._parties(fields["party"]),
            "paymentTerms": fields["terms"],
            "agreementId": fields["contract"],
            "poAmount": amount(total, fields["currency"]),
            "invoicedAmount": amount(sum((each["net"] for each in counted), Decimal(0)), fields["currency"]),
            "numberOfInvoices": len(billed),
        }

    def order_status(self, fields: Fields) -> str:
        if fields["status"] == "Canceled":
            return "Canceled"
        if fields["status"] in ("Received", "Receiving"):
            return "Received" if fields["status"] == "Received" else "PartiallyReceived"
        if fields["confirmed"]:
            return "Confirmed"
        return "Changed" if fields["version"] > 1 else "New"

    def network_items(self, one: Record) -> list[Fields]:
        fields = one.fields(self.now)
        got: dict[int, Decimal] = {}
        for receipt in self.company.seen("receipt", self.now):
            if receipt.log[0][1]["order"] == one.name:
                line = receipt.log[0][1]["line"]["number"]
                got[line] = got.get(line, Decimal(0)) + receipt.log[0][1]["quantity"]
        return [
            {
                "documentNumber": one.name,
                "itemNumber": str(line["number"] * 10),
                "lineNumber": line["number"],
                "orderStatus": self.order_status(fields),
                "orderVersion": str(fields["version"]),
                "created": instant(one.created_at),
                "lastUpdated": instant(one.updated_at(self.now)),
                **self._parties(fields["party"]),
                "description": line["text"],
                "quantity": number(line["quantity"]),
                "unitOfMeasure": line["unit"],
                "unitPrice": amount(line["price"], fields["currency"]),
                "subtotal": amount(line["quantity"] * line["price"], fields["currency"]),
                "requestedDeliveryDate": midnight(line["need_by"]),
                "receivedQuantity": number(got.get(line["number"], Decimal(0))),
                "agreementId": fields["contract"],
                "itemShipToName": "Tessaly Instruments GmbH, goods in",
                "itemShipToCity": "Munich",
            }
            for line in fields["lines"]
        ]

    def network_invoice(self, one: Record) -> Fields:
        fields = one.fields(self.now)
        names = {"supplierName", "supplierANID"}
        parties = {name: value for name, value in self._parties(fields["party"]).items() if name in names}
        buyer = story()["buyer"]
        return {
            "documentNumber": fields["number"],
            **parties,
            "buyerName": buyer["name"],
            "buyerANID": buyer["anid"],
            "createdDate": instant(one.created_at, local=True),
            "documentDate": midnight(fields["dated"]),
            "documentStatus": fields["status"],
            "documentStatusUpdatedDate": instant(one.updated_at(self.now), local=True),
            "routingStatus": "Acknowledged",
            "payloadId": f"{one.name.lower()}.{int(one.created_at.timestamp())}@network.example",
            "externalOrderNumber": fields["order"],
            "agreementId": fields["contract"],
            "netDueDate": midnight(fields["due"]),
            "numberOfItems": len(fields["lines"]),
            "purpose": fields["purpose"],
            "type": "TypeSinglePO",
            "tax": amount(fields["tax"], fields["currency"]),
            "totalAmount": amount(fields["net"] + fields["tax"], fields["currency"]),
        }

    def _parties(self, key: str) -> Fields:
        party = self.company.world.party(key)
        buyer = story()["buyer"]
        return {
            "supplierName": party.name,
            "supplierANID": story()["anids"][key],
            "vendorId": party.supplier,
            "customerName": buyer["name"],
            "customerANID": buyer["anid"],
        }

    # -- reports --------------------------------------------------------------------------------------

    def report(self, one: Record) -> Fields:
        fields = one.fields(self.now)
        if one.kind == "order":
            shown = self._order(fields, one.name, one.created_at)
        else:
            kinds = {"receipt": self._receipt, "invoice": self._invoice, "payment": self._payment}
            shown = kinds[one.kind](fields)
        return {
            "UniqueName": one.name,
            "StatusString": fields["status"],
            "TimeCreated": instant(one.created_at),
            "TimeUpdated": instant(one.updated_at(self.now)),
            "CreateDate": instant(one.created_at),
            "LastModified": instant(one.updated_at(self.now)),
            "Active": True,
            "InitialUniqueName": one.name,
            "Supplier": self._supplier(fields["party"]),
            **shown,
        }

    def _order(self, fields: Fields, name: str, ordered: datetime) -> Fields:
        total = sum((line["quantity"] * line["price"] for line in fields["lines"]), Decimal(0))
        return {
            "OrderID": name,
            "OrderedDate": instant(ordered),
            "VersionNumber": fields["version"],
            "TotalCost": money(total, fields["currency"]),
            "PaymentTerms": {"UniqueName": fields["terms"]},
            "MasterAgreement": self._agreement(fields),
            "LineItems": [_line(line, fields["currency"]) for line in fields["lines"]],
        }

    def _receipt(self, fields: Fields) -> Fields:
        currency = self.company.records["order"][fields["order"]].fields(self.now)["currency"]
        item = {
            "NumberInCollection": 1,
            "NumberAccepted": number(fields["quantity"]),
            "NumberRejected": 0,
            "AmountAccepted": money(fields["quantity"] * fields["line"]["price"], currency),
            "Date": midnight(fields["day"]),
            "LineItem": {
                "NumberInCollection": fields["line"]["number"],
                "Description": {"Description": fields["line"]["text"]},
            },
        }
        return {
            "Order": {"UniqueName": fields["order"]},
            "ReceiptDate": midnight(fields["day"]),
            "RecentReceiveDate": midnight(fields["day"]),
            "ReceiptItems": [item],
        }

    def _invoice(self, fields: Fields) -> Fields:
        return {
            "InvoiceNumber": fields["number"],
            "InvoiceDate": midnight(fields["dated"]),
            "NetDueDate": midnight(fields["due"]),
            "InvoicePurpose": fields["purpose"],
            "InvoiceStatusString": fields["status"],
            "Order": {"UniqueName": fields["order"]},
            "MasterAgreement": self._agreement(fields),
            "TotalCost": money(fields["net"], fields["currency"]),
            "TaxAmount": money(fields["tax"], fields["currency"]),
            "TotalInvoiced": money(fields["net"] + fields["tax"], fields["currency"]),
            "LineItems": [_line(line, fields["currency"]) for line in fields["lines"]],
        }

    def _payment(self, fields: Fields) -> Fields:
        return {
            "Invoice": {"UniqueName": fields["invoice"], "InvoiceNumber": fields["number"]},
            "MasterAgreement": self._agreement(fields),
            "GrossAmount": money(fields["amount"], fields["currency"]),
            "ScheduledPaymentDate": midnight(fields["scheduled"]),
            "ActualPaymentDate": midnight(fields["day"]),
        }

    def payment_fact(self, one: Record) -> Fields:
        """A payment as analytical reporting shows it: flat, days by themselves, the company's amounts."""
        fields = one.fields(self.now)
        party = self.company.world.party(fields["party"])
        invoice = self.company.records["invoice"][fields["invoice"]].fields(self.now)
        paid = number(fields["amount"])
        return {
            "PaymentId": one.name,
            "PayableUniqueName": fields["invoice"],
            "PayableType": "InvoiceReconciliation",
            "InvoiceNumber": fields["number"],
            "Status": fields["status"],
            "DebitCredit": "Debit",
            "OrigCurrencyCode": fields["currency"],
            "OrigPaidAmount": paid,
            "OrigGrossAmount": paid,
            "OrigInvoiceAmount": number(invoice["net"] + invoice["tax"]),
            "OrigDiscountEarned": 0,
            "CreatedDate": {"Day": local_day(one.created_at)},
            "PaymentDate": {"Day": fields["day"].isoformat()},
            "NetDueDate": {"Day": fields["scheduled"].isoformat()},
            "Supplier": {"SupplierId": party.supplier, "SupplierName": party.name},
            "PaidOnTime": "Yes" if fields["day"] <= fields["scheduled"] else "No",
            "IsPaid": 1 if fields["status"] == "Paid" else 0,
            "LoadCreateTime": instant(one.created_at),
            "LoadUpdateTime": instant(one.updated_at(self.now)),
        }

    def _agreement(self, fields: Fields) -> Fields:
        return {"UniqueName": fields["contract"], "ExternalId": fields["external"]}

    def _supplier(self, key: str) -> Fields:
        party = self.company.world.party(key)
        return {"UniqueName": party.supplier, "Name": party.name, "ANId": story()["anids"][key]}

    # -- contract workspaces --------------------------------------------------------------------------

    def workspace(self, one: Record) -> Fields:
        fields = one.fields(self.now)
        party = self.company.world.party(fields["party"])
        parent = fields["parent"]
        known = parent is not None and self.company.one("contract", parent, self.now) is not None
        value = fields["amount"]
        return {
            "contractId": one.name,
            "internalId": f"WS{one.name[2:]}",
            "version": fields.get("version", 1),
            "title": fields["title"],
            "description": fields["description"],
            "contractStatus": fields["status"],
            "hierarchicalType": fields["hierarchy"],
            "parentAgreement": parent if known else None,
            "amendmentType": fields["amendment"],
            "owner": {"uniqueName": "lena.hartmann", "name": "Lena Hartmann"},
            "supplier": {"systemID": party.supplier or party.customer, "name": party.name},
            "agreementDate": _day(fields["agreed_on"]),
            "effectiveDate": _day(fields["effective_on"]),
            "expirationDate": _day(fields["expires_on"]),
            "expirationTermType": "AutoRenew" if fields["auto_renew"] else "Fixed",
            "amount": None if value is None else {"amount": number(value[0]), "currency": value[1]},
            "createDate": instant(one.created_at),
            "lastModified": instant(one.updated_at(self.now)),
            "customFields": [
                {"fieldId": name, "value": value}
                for name, value in {"cus_RepositoryNumber": fields["external"], **fields["custom"]}.items()
            ],
        }

    def documents(self, one: Record, corpus: Any) -> list[Fields]:
        path = signed_file(one.fields(self.now)["key"], corpus)
        if path is None:
            return []
        shown = {"title": path.stem, "fileName": path.name, "status": "Published"}
        return [
            {
                "internalId": f"Doc{one.name[2:]}01",
                "version": 1,
                **shown,
                "createDate": instant(one.created_at),
            }
        ]


def _line(line: Mapping[str, Any], currency: str) -> Fields:
    return {
        "NumberInCollection": line["number"],
        "Description": {
            "Description": line["text"],
            "Price": money(line["price"], currency),
            "UnitOfMeasure": {"UniqueName": line["unit"]},
        },
        "Quantity": number(line["quantity"]),
        "NeedBy": midnight(line["need_by"]),
        "Amount": money(line["quantity"] * line["price"], currency),
    }


def number(value: Decimal) -> int | float:
    return float(value) if value % 1 else int(value)


def amount(value: Decimal, currency: str) -> Fields:
    return {"amount": number(value), "currencyCode": currency}


def money(value: Decimal, currency: str) -> Fields:
    return {"Amount": number(value), "Currency": {"UniqueName": currency}}


def instant(at: datetime, local: bool = False) -> str:
    """UTC with a Z; with the offset of the company's zone where `local`."""
    if local:
        return at.astimezone(ZONE).isoformat(timespec="seconds")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_day(at: datetime) -> str:
    return at.astimezone(ZONE).date().isoformat()


def midnight(day: date) -> str:
    """A day as the instant it begins in the company's zone."""
    return instant(datetime.combine(day, time(), ZONE))


def _day(day: date | None) -> str | None:
    return None if day is None else midnight(day)
