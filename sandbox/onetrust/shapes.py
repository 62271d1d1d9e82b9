"""How OneTrust shows its records: objects whole or flat, vendors of the inventory, contracts, pages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.onetrust.records import LABELS, TYPES, Fields, Record, Tenant, key, story


def stamp(at: datetime) -> str:
    """An instant in UTC with milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def person(user: str) -> Fields:
    name = story()["users"][user]
    initials = "".join(word[0] for word in name.split())
    return {"id": key("users", user), "name": name, "email": f"{user}@tessaly.example", "initials": initials}


def type_reference(name: str) -> Fields:
    return {"id": key("types", name), "name": name, "seeded": False, "moduleName": "CustomEntityManagement"}


def audit(record: Record, now: datetime) -> Fields:
    changed_at, changed_by, _ = record.at(now)
    created_at, created_by = record.created
    return {
        "createdDate": stamp(created_at),
        "lastUpdatedDate": stamp(changed_at),
        "createdBy": person(created_by),
        "lastModifiedBy": person(changed_by),
    }


def attributes(tenant: Tenant, record: Record, now: datetime) -> Fields:
    """Every attribute that says something, as lists of values; choices and vendors carry an id."""
    _, _, fields = record.at(now)
    kinds = TYPES[record.type]
    return {
        name: [_value(tenant, kinds[name], one, now) for one in values]
        for name, values in fields.items()
        if name in kinds and values
    }


def _value(tenant: Tenant, kind: str, value: str, now: datetime) -> Fields:
    if kind == "vendor":
        vendor = tenant.vendors.get(value)
        return {"id": value, "value": vendor.at(now)[2]["name"] if vendor else "", "disabled": False}
    if kind in story()["options"]:
        label = f"Option.{kind}.{value.replace(' ', '')}"
        return {"id": key(f"options/{kind}", value), "value": value, "valueKey": label, "disabled": False}
    return {"value": value, "disabled": False}


def whole(tenant: Tenant, record: Record, now: datetime) -> Fields:
    """One object by itself: attributes and times in places of their own."""
    return {
        "id": record.id,
        "number": record.number,
        "name": record.at(now)[2]["name"],
        "orgGroupId": tenant.organization["id"],
        "schemaId": key("schemas", record.type),
        "entityType": type_reference(record.type),
        "attributes": attributes(tenant, record, now),
        "auditFields": audit(record, now),
    }


def flat(tenant: Tenant, record: Record, now: datetime) -> Fields:
    """One object in a list: attributes and times beside its name."""
    changed_at, changed_by, fields = record.at(now)
    created_at, created_by = record.created
    return {
        "id": record.id,
        "number": record.number,
        "name": fields["name"],
        "organization": tenant.organization,
        "schemaId": key("schemas", record.type),
        "entityType": type_reference(record.type),
        "createdDate": stamp(created_at),
        "createdBy": [_by(created_by)],
        "lastModifiedDate": stamp(changed_at),
        "lastModifiedBy": [_by(changed_by)],
        **attributes(tenant, record, now),
    }


def _by(user: str) -> Fields:
    told = person(user)
    return {"id": told["id"], "value": told["name"], "disabled": False}


def object_type(name: str) -> Fields:
    marks = ("Workflow", "WorkflowStageTracking", "Task", "Risk", "Document", "Control", "WebForm", "Comment")
    return {
        **type_reference(name),
        "description": LABELS[name],
        "enabled": True,
        "settings": {"assessable": False, **{f"enable{mark}": False for mark in marks}},
        "auditFields": {"createdDate": "2024-01-15T08:00:00.000Z"},
    }


def vendor(tenant: Tenant, record: Record, now: datetime, alone: bool = False) -> Fields:
    """A vendor of the inventory; when it was changed is told of one `alone`, not in lists."""
    changed_at, _, fields = record.at(now)
    name = tenant.organization["name"]
    shown = {
        "id": record.id,
        "name": fields["name"],
        "number": record.number,
        "organization": {"id": tenant.organization["id"], "value": name},
        "type": {
            "id": key("vendorTypes", "Supplier"),
            "value": "Supplier",
            "valueKey": "VendorsTypeSupplier",
        },
        "status": {"key": "active", "name": "Active"},
        "externalId": fields.get("externalId"),
        "riskLevel": fields.get("riskLevel"),
        "textFields": fields.get("textFields"),
        "createdDate": stamp(record.created[0]) if alone else None,
        "updatedDate": stamp(changed_at) if alone else None,
        "canViewDetails": True,
        "isParent": False,
    }
    return {name: value for name, value in shown.items() if value is not None}


def contract(tenant: Tenant, record: Record, now: datetime, alone: bool) -> Fields:
    """A contract as a list shows it, or `alone`, where status and days are written differently."""
    _, _, fields = record.at(now)
    expires, value = fields["expires"], fields["value"]
    over = expires is not None and expires < now.date()
    status = fields.get("status") or ("EXPIRED" if over else "ACTIVE" if alone else "SIGNED")
    end = "" if alone else "T00:00:00.000Z"
    shown = {
        "id": record.id,
        "name": fields["name"],
        "vendorId": fields["vendor"],
        "vendorName": tenant.vendors[fields["vendor"]].at(now)[2]["name"],
        "orgGroupId": tenant.organization["id"],
        "status" if alone else "agreementStatus": status,
        "agreementCreatedDate": f"{fields['created']}T00:00:00.000Z",
        "approvedDate": f"{fields['approved']}{end}" if fields["approved"] else None,
        "expirationDate": f"{expires}{end}" if expires else None,
        "contractTypeId": key("contractTypes", fields["type"]),
        "contractTypeName": fields["type"],
        "note": fields["contract"],
        "cost": float(value.amount) if value else None,
        "currency": {"currencyCode": value.currency} if value else None,
        "viewOnly": False,
    }
    return {name: told for name, told in shown.items() if told is not None}


def page(rows: Sequence[Fields], number: int, size: int, total: int, more: bool) -> Fields:
    """A page of objects or contracts."""
    return {
        "content": list(rows),
        "totalElements": total,
        "totalPages": -(-total // size),
        "number": number,
        "size": size,
        "first": number == 0,
        "last": not more,
        "empty": not rows,
        "numberOfElements": len(rows),
        "hasNext": more,
        "hasPrevious": number > 0,
        "sort": {"sorted": False, "unsorted": True, "empty": True},
    }


def inventory_page(rows: Sequence[Fields], number: int, size: int, total: int, more: bool) -> dict[str, Any]:
    told = {
        "first": number == 0,
        "last": not more,
        "number": number,
        "size": size,
        "totalElements": total,
        "totalPages": -(-total // size),
        "sort": [{"direction": "ASC", "property": "name"}],
    }
    return {"data": list(rows), "meta": {"page": told}}
