"""The headers that people give their columns, for each role."""

from __future__ import annotations

import re
import unicodedata

# Header names by role, first choice first, as `key` writes them: lower case, letters and digits only.
_TICKET = (
    "number incidentnumber incident ticketnumber ticketid ticket casenumber caseid issuekey key nummer id"
)
_OPENED = "openedat opened openedon createdat created createdon opendate createddate reportedat eroffnetam"
_RESOLVED = "resolvedat resolved resolvedon resolutiondate solvedat gelostam closedat closed closedon"
_SERVICE = "service businessservice cmdbci configurationitem ci application system component dienst"
_INVOICE = "invoicenumber invoiceno invoiceid invoice rechnungsnummer rechnung belegnummer"
NAMES: dict[str, dict[str, str]] = {
    "ticket": {
        "number": _TICKET,
        "opened_at": _OPENED,
        "priority": "priority prio severity prioritat",
        "status": "status state incidentstate ticketstatus",
        "subject": "shortdescription subject summary title betreff",
        "service": _SERVICE,
        "responded_at": "firstresponseat firstresponse respondedat firstreplyat",
        "resolved_at": _RESOLVED,
    },
    "ticket_log": {
        "number": _TICKET,
        "status": "incidentstate status state ticketstatus",
        "priority": "priority prio severity prioritat",
        "updated_at": "sysupdatedat sysupdatedon updatedat updatedon updated changedat modifiedat timestamp",
        "opened_at": _OPENED,
        "resolved_at": "resolvedat resolved resolvedon resolutiondate solvedat",
        "subject": "shortdescription subject summary title betreff",
        "service": _SERVICE,
    },
    "outage": {
        "service": _SERVICE,
        "started_at": "startedat start starttime outagestart begin beginsat beginn downfrom",
        "ended_at": "endedat end endtime outageend ende downuntil until",
        "type": "outagetype type",
        "announced_at": "announcedat announced announcedon",
        "cause": "cause ursache",
    },
    "invoice": {
        "number": f"{_INVOICE} number",
        "invoiced_on": "invoicedate invoicedon documentdate rechnungsdatum belegdatum date datum",
        "gross": "grossamount gross invoiceamount totalamount total bruttobetrag brutto amount betrag",
        "currency": "currency currencycode wahrung waehrung",
        "received_on": "receivedon receiptdate datereceived invoicereceiptdate eingangsdatum received",
        "net": "netamount net nettobetrag netto",
        "order": "purchaseorder ponumber po ordernumber bestellnummer bestellung",
        "period": "serviceperiod period leistungszeitraum zeitraum month",
        "direction": "direction",
    },
    "payment": {
        "invoice": _INVOICE,
        "paid_on": "paidon paymentdate paid clearingdate clearedon zahlungsdatum ausgleichsdatum bezahltam",
        "amount": "paidamount paymentamount amount grossamount gross betrag bruttobetrag",
        "currency": "currency currencycode wahrung waehrung",
        "direction": "direction",
    },
    "credit": {
        "number": "creditmemonumber creditmemo creditnotenumber creditnote gutschriftsnummer gutschrift",
        "credited_on": "creditedon creditdate creditnotedate gutschriftsdatum date datum",
        "amount": "creditamount amount gross grossamount betrag",
        "currency": "currency currencycode wahrung waehrung",
        "period": "serviceperiod period zeitraum month",
        "reason": "reason grund text description",
    },
    "purchase_order": {
        "number": "purchaseorder ponumber po ordernumber bestellnummer bestellung",
        "ordered_on": "orderedon orderdate podate purchaseorderdate bestelldatum date",
        "amount": "orderamount ordervalue amount total betrag bestellwert",
        "currency": "currency currencycode wahrung waehrung",
    },
    "report_received": {
        "report": "report reportname statement bericht document",
        "period": "period reportingperiod month zeitraum berichtszeitraum",
        "received_at": "receivedat received receivedon datereceived arrivedat deliveredat eingang",
    },
    "notice": {
        "subject": "notice subject betreff title",
        "effect": "effect noticetype type wirkung",
        "sent_on": "senton sentdate datesent sent sentat versandam dispatchedon",
        "received_on": "receivedon receiveddate datereceived received receivedat zugangam",
        "by": "sentby by sender from absender",
    },
    "relief": {
        "cause": "reliefcause excusedby cause",
        "started_at": "reliefstart excusedfrom startedat start from",
        "ended_at": "reliefend excuseduntil endedat end until",
        "reason": "reliefreason reason",
        "of": "promise obligation of",
    },
    "exchange_rate": {
        "base": "basecurrency base fromcurrency",
        "quote": "quotecurrency quote tocurrency targetcurrency",
        "rate": "exchangerate fxrate wechselkurs kurs rate",
        "on": "ratedate validon on date datum",
        "publisher": "publisher source quelle",
    },
    "index_value": {
        "index": "indexname priceindex index preisindex",
        "period": "indexperiod period month monat",
        "value": "indexvalue indexlevel value wert",
        "published_on": "publishedon publicationdate releasedate",
    },
    "reference_rate": {
        "rate": "referencerate interestrate ratename zinssatz",
        "percent": "percent percentage ratepercent prozent",
        "from_on": "fromon validfrom effectivefrom gultigab",
    },
    "progress": {
        "of": "performanceobligation project projectname projekt",
        "on": "statuson progresson asof stichtag reportdate",
        "percent": "percentcomplete progress progresspercent fortschritt",
        "incurred": "costincurred actualcost incurred istkosten",
        "expected": "expectedcost budget estimateatcompletion plankosten",
    },
    "order_lines": {
        "number": "purchaseorder ponumber po ordernumber bestellnummer bestellung",
        "ordered_on": "orderedon orderdate podate purchaseorderdate bestelldatum date",
        "line": "poline poitem lineno linenumber orderline line position pos",
        "quantity": "orderquantity orderedquantity quantity qty menge",
        "unit": "unit uom einheit",
        "unit_price": "unitprice priceperunit netprice stuckpreis einzelpreis",
        "item": "material article item sku artikel",
        "currency": "currency currencycode wahrung waehrung",
        "requested_on": "requestedon requesteddate wunschtermin",
        "promised_on": "promisedon promiseddate",
        "confirmed_on": "confirmedon confirmeddate bestatigtertermin",
    },
    "invoice_lines": {
        "number": _INVOICE,
        "invoiced_on": "invoicedate invoicedon rechnungsdatum",
        "gross": "grossamount gross invoiceamount totalamount bruttobetrag",
        "line": "invoiceline lineno linenumber line position pos",
        "line_amount": "lineamount linetotal linenet positionsbetrag",
        "currency": "currency currencycode wahrung waehrung",
        "item": "material article item sku artikel",
        "quantity": "invoicedquantity quantity qty menge",
        "unit": "unit uom einheit",
        "unit_price": "unitprice priceperunit einzelpreis",
        "line_order": "purchaseorder ponumber po bestellnummer",
        "order_line": "poline poitem",
    },
    "delivery": {
        "number": "deliverynumber deliverynote delivery goodsreceipt receiptnumber lieferschein shipment",
        "order": "purchaseorder ponumber po ordernumber bestellnummer",
        "quantity": "deliveredquantity receivedquantity quantity qty menge",
        "order_line": "poline poitem orderline",
        "item": "material article item sku artikel",
        "unit": "unit uom einheit",
        "shipped_on": "shippedon shipdate versanddatum",
        "delivered_on": "deliveredon deliverydate lieferdatum goodsreceiptdate wareneingang",
        "delivered_at": "deliveredat arrivedat",
        "appointment_at": "appointmentat appointment",
        "proof_on": "proofofdelivery pod",
        "returned": "returnedquantity returned",
    },
    "usage": {
        "item": "meter usageitem product item sku service",
        "quantity": "usage usedquantity consumption consumed quantity qty verbrauch",
        "period": "usageperiod billingperiod period month monat",
        "unit": "unit uom einheit",
    },
    "milestone": {
        "name": "milestone milestonename meilenstein",
        "planned_on": "plannedon planneddate planned duedate due baseline termin",
        "completed_on": "completedon completiondate finishedon",
        "submitted_on": "submittedon handedover",
        "accepted_on": "acceptedon acceptancedate accepted abnahme",
        "rejected_on": "rejectedon rejected",
        "percent_complete": "percentcomplete progress",
        "amount": "milestoneamount amount value betrag",
        "currency": "currency currencycode wahrung waehrung",
        "evidence": "evidence acceptanceprotocol protocol",
    },
    "certificate": {
        "type": "certificatetype certificate coverage coveragetype policytype zertifikat",
        "effective_on": "effectiveon effectivedate validfrom policyeffective gultigab",
        "expires_on": "expireson expirydate expirationdate validto validuntil gultigbis",
        "insured": "namedinsured insured holder certifiedcompany",
        "insurer": "insurer carrier insurancecompany issuer",
        "policy": "policynumber policy certificatenumber",
        "issued_on": "issuedon issuedate",
        "cancelled_on": "cancelledon cancellationdate",
        "each_occurrence": "eachoccurrence occurrencelimit",
        "aggregate": "aggregate aggregatelimit",
        "currency": "currency currencycode wahrung waehrung",
        "additional_insured": "additionalinsured",
        "waiver_of_subrogation": "waiverofsubrogation",
        "endorsements": "endorsements forms",
    },
    "event": {
        "name": "event eventname ereignis",
        "on": "eventdate occurredon happenedon",
        "at": "occurredat eventtime",
        "reference": "eventreference reference",
    },
    "deed": {
        "of": "duty obligation promise pflicht",
        "done_on": "doneon completedon fulfilledon erledigtam",
        "occurrence": "occurrence",
        "by": "doneby by",
        "evidence": "evidence proof nachweis",
    },
    "decision": {
        "decision": "decision entscheidung",
        "obligation": "obligationid obligation promise",
        "on": "decidedon decisiondate",
        "occurrence": "occurrence",
        "until": "until validuntil",
        "by": "decidedby",
        "reason": "reason grund",
    },
}
COMMON_NAMES = {
    "party": "vendor vendorname supplier suppliername provider counterparty company party customer lieferant",
    "contract": "contract contractid contractnumber contractreference agreement vertrag vertragsnummer",
    "url": "url link",
}
_ANY_FILE = (
    "number id date amount total type time status state period start end begin received sent title "
    "item product quantity qty unit line position pos value cause reason from until service month base rate "
    "event project duty due usage index policy shipment delivery purchaseorder ponumber po ordernumber "
    "currency order"
)
EVERYWHERE = frozenset(_ANY_FILE.split())


def key(header: str) -> str:
    """A header as it is looked up: lower case, letters and digits only, without accents."""
    plain = unicodedata.normalize("NFKD", header.casefold().replace("ß", "ss"))
    return re.sub(r"[^a-z0-9]", "", plain)
