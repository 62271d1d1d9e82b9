"""Writing in OneTrust: vendors, contracts, and objects with the attributes of their type."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sandbox.onetrust.records import TYPES, Fields, Record, Tenant, key, story
from sandbox.onetrust.search import refusal

STATUSES = frozenset(["NEW", "IN_PROGRESS", "ACTIVE", "INACTIVE", "EXPIRED", "TERMINATED", "ARCHIVED"])


class Writer:
    """Writes as one user at one instant."""

    def __init__(self, tenant: Tenant, now: datetime, by: str) -> None:
        self.tenant, self.now, self.by = tenant, now, by

    def vendor(self, given: Mapping[str, Any], record: Record | None = None) -> Record:
        for name in ("name", "organization", "type"):
            if not given.get(name):
                raise refusal(f"{name} is missing")
        organization = given["organization"]
        if not isinstance(organization, dict) or organization.get("id") != self.tenant.organization["id"]:
            raise refusal("the organization is not known")
        kept = {name: given[name] for name in ("externalId", "riskLevel", "textFields") if given.get(name)}
        fields = {"name": str(given["name"]), **kept}
        if record is None:
            return self.tenant.add(self.tenant.vendors, "vendors", self.now, self.by, fields)
        record.write(self.now, self.by, fields)
        return record

    def contract(self, given: Mapping[str, Any], record: Record | None = None) -> Record:
        for name in ("name", "status", "agreementCreatedDate", "vendorId"):
            if not given.get(name):
                raise refusal(f"{name} is missing")
        if given["status"] not in STATUSES:
            raise refusal("the status is not known")
        if given["vendorId"] not in self.tenant.vendors:
            raise refusal("the vendor is not known")
        fields = {
            "name": str(given["name"]),
            "vendor": given["vendorId"],
            "status": given["status"],
            "contract": given.get("note"),
            "type": str(given.get("contractTypeName") or "Other"),
            "created": _day(given["agreementCreatedDate"]),
            "approved": _day(given["approvedDate"]) if given.get("approvedDate") else None,
            "expires": _day(given["expirationDate"]) if given.get("expirationDate") else None,
            "value": None,
        }
        if record is None:
            return self.tenant.add(self.tenant.contracts, "contracts", self.now, self.by, fields)
        record.write(self.now, self.by, fields)
        return record

    def object(self, kind: str, given: Mapping[str, Any], record: Record | None = None) -> Record:
        """A new object, or `record` changed: attributes that are not given stay as they are."""
        name, attributes = given.get("name"), given.get("attributes") or {}
        if (record is None or "name" in given) and not (isinstance(name, str) and name.strip()):
            raise refusal("name is missing")
        if not isinstance(attributes, dict):
            raise refusal("attributes is no object")
        fields: Fields = {at: self._values(kind, at, values) for at, values in attributes.items()}
        if name:
            fields["name"] = name
        if record is None:
            return self.tenant.add(self.tenant.objects, kind, self.now, self.by, fields)
        record.write(self.now, self.by, fields)
        return record

    def _values(self, kind: str, name: str, values: Any) -> list[str]:
        how = TYPES[kind].get(name)
        if how is None:
            raise refusal(f"{kind} has no attribute {name[:40]}")
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            raise refusal(f"{name} is no list of values")
        return [self._value(how, name, one) for one in values]

    def _value(self, how: str, name: str, given: Mapping[str, Any]) -> str:
        value, identifier = given.get("value"), given.get("id")
        if how == "vendor":
            if identifier in self.tenant.vendors:
                return str(identifier)
            raise refusal(f"{name} names a vendor by its id")
        if how in story()["options"]:
            for option in story()["options"][how]:
                if identifier == key(f"options/{how}", option) or (identifier is None and value == option):
                    return str(option)
            raise refusal(f"{name} has no such option")
        if not isinstance(value, str) or not value:
            raise refusal(f"a value of {name} is a text")
        if how == "date":
            _day(value)
        elif how == "number" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise refusal(f"{name} is no number")
        return value


def _day(value: Any) -> date:
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        raise refusal(f"{str(value)[:40]!r} is no day") from None
