"""The contract repository's records as Ironclad would hold them, made from the world's contracts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.webhooks import moment
from sandbox.world import World, signed_file
from sandbox.world.records import ContractRecord

Json = dict[str, Any]

# What this tenant's administrators have set up: property id -> (label, type).
PROPERTIES: Mapping[str, tuple[str, str]] = {
    "counterpartyName": ("Counterparty Name", "string"),
    "ourEntity": ("Our Entity", "string"),
    "businessUnit": ("Business Unit", "string"),
    "contractRelation": ("Relation to Parent", "string"),
    "agreementDate": ("Agreement Date", "date"),
    "effectiveDate": ("Effective Date", "date"),
    "expirationDate": ("Expiration Date", "date"),
    "renewalType": ("Renewal Type", "string"),
    "nonRenewalNoticeDate": ("Notice of Non-Renewal Given", "date"),
    "governingLaw": ("Governing Law", "string"),
    "contractValue": ("Contract Value", "monetary_amount"),
    "supplierNumber": ("Supplier Number (ERP)", "string"),
    "customerNumber": ("Customer Number (ERP)", "string"),
    "workflowId": ("Workflow ID", "string"),
    "contractOwner": ("Contract Owner", "email"),
}
RECORD_TYPES: Mapping[str, str] = {
    "msa": "Master Agreement",
    "sla": "Service Level Agreement",
    "amendment": "Amendment",
    "sow": "Statement of Work",
    "hosting": "Hosting Agreement",
    "logistics": "Logistics Agreement",
    "saas": "Software Subscription",
    "supply": "Supply Agreement",
    "sales": "Sales Agreement",
    "facilities": "Facilities Agreement",
    "nda": "Non-Disclosure Agreement",
    "network": "Network Services Agreement",
    "services": "Professional Services Agreement",
    "data": "Data Subscription",
}
MEDIA = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain",
}
OWNERS = {
    "it": "lena.hartmann@tessaly.example",
    "operations": "jonas.weidner@tessaly.example",
    "sales": "priya.nair@tessaly.example",
    "legal": "lena.hartmann@tessaly.example",
}


def record_id(ironclad: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"https://tessaly.example/records/{ironclad}"))


def workflow_id(ironclad: str) -> str:
    """The id of the workflow in which the contract was signed."""
    return uuid5(NAMESPACE_URL, f"https://tessaly.example/workflows/{ironclad}").hex[:24]


def day(value: date) -> str:
    return moment(datetime.combine(value, time(), UTC))


def build(contract: ContractRecord, world: World) -> Json:
    """The stored part of a record; children, attachments and status are added when it is shown."""
    body: Json = {
        "id": record_id(contract.ironclad),
        "ironcladId": contract.ironclad,
        "type": contract.type,
        "name": contract.title,
        "lastUpdated": moment(contract.recorded_at),
        "properties": _properties(contract, world),
        "links": [{"recordId": record_id(other)} for other in contract.links],
        "source": {"type": "workflow", "workflowId": workflow_id(contract.ironclad)},
    }
    if contract.parent is not None:
        body["parentId"] = record_id(contract.parent)
        if contract.relation == "amendment":
            body["parentLinkType"] = "amendment"
    return body


def _properties(contract: ContractRecord, world: World) -> Json:
    party = world.party(contract.party)
    days = {
        "agreementDate": contract.agreed_on,
        "effectiveDate": contract.effective_on,
        "expirationDate": contract.expires_on,
        "nonRenewalNoticeDate": contract.notice_on,
    }
    texts = {
        "counterpartyName": party.name,
        "ourEntity": world.us.name,
        "businessUnit": contract.business_unit,
        "contractRelation": contract.relation,
        "renewalType": contract.renewal or "",
        "governingLaw": contract.governing_law,
        "supplierNumber": party.supplier or "",
        "customerNumber": party.customer or "",
        "workflowId": workflow_id(contract.ironclad),
        "contractOwner": OWNERS[contract.business_unit],
    }
    found: Json = {name: {"type": PROPERTIES[name][1], "value": text} for name, text in texts.items() if text}
    found |= {name: {"type": "date", "value": day(on)} for name, on in days.items() if on is not None}
    if contract.value is not None:
        amount = {"amount": contract.value.amount, "currency": contract.value.currency}
        found["contractValue"] = {"type": "monetary_amount", "value": amount}
    return found


def status(record: Json, now: datetime) -> Json:
    """Where the contract stands at `now`, from its effective, expiration and notice dates."""
    effective = _date(record, "effectiveDate")
    expires = _date(record, "expirationDate")
    if effective is None:
        return {"status": "indeterminate", "enhancedStatus": "unknown"}
    if effective > now:
        return {"status": "inactive", "enhancedStatus": "activating", "eventDate": moment(effective)}
    if expires is None:
        return {"status": "active", "enhancedStatus": "active", "eventDate": moment(effective)}
    renewal = record["properties"].get("renewalType", {}).get("value")
    noticed = _date(record, "nonRenewalNoticeDate")
    if renewal == "automatic" and (noticed is None or noticed > now):
        return {"status": "active", "enhancedStatus": "auto-renewing", "eventDate": moment(expires)}
    if expires.date() < now.date():
        return {"status": "inactive", "enhancedStatus": "inactive", "eventDate": moment(expires)}
    return {"status": "active", "enhancedStatus": "expiring", "eventDate": moment(expires)}


def _date(record: Json, name: str) -> datetime | None:
    held = record["properties"].get(name)
    return datetime.fromisoformat(held["value"]) if held else None


def file_of(record: Json, world: World, corpus: Path) -> Path | None:
    """The signed copy of a record, None where the corpus does not hold it."""
    for contract in world.contracts:
        if contract.ironclad == record["ironcladId"]:
            return signed_file(contract.key, corpus)
    return None


def schema() -> Json:
    """What GET /records/metadata answers."""
    return {
        "recordTypes": {key: {"displayName": label} for key, label in RECORD_TYPES.items()},
        "properties": {
            key: {"displayName": label, "type": kind, "visible": True}
            for key, (label, kind) in PROPERTIES.items()
        },
        "attachments": {"signedCopy": {"displayName": "Signed Document"}},
        "links": {},
    }
