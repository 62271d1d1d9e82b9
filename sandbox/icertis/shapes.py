"""How instances look on the wire, and the envelope of the business API."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.icertis.schema import ENTITIES, Attribute, Entity
from sandbox.icertis.world import Company, Fields, Instance, story


class Shapes:
    def __init__(self, company: Company, now: datetime) -> None:
        self.company, self.now = company, now

    def value(self, one: Instance, name: str, fields: Fields | None = None) -> Any:
        """An attribute as a Python value; lookups are the id (or log-on) they point at."""
        at, by = one.touched(self.now)
        system = {
            "SysId": one.id,
            "EntityInstanceId": one.id,
            "EntityName": one.entity,
            "Name": one.name,
            "CreatedOn": one.log[0][0],
            "CreatedBy": one.log[0][1],
            "ModifiedOn": at,
            "ModifiedBy": by,
        }
        if name in system:
            return system[name]
        fields = one.fields(self.now) if fields is None else fields
        if name in ("ICMSupplierName", "ICMSupplierNumber"):
            vendor = self._vendor(fields.get("ICMSupplier"))
            if vendor is None:
                return None
            return vendor.get("ICMVendorName" if name.endswith("Name") else "ICMVendorNumber")
        return fields.get(name)

    def _vendor(self, key: Any) -> Fields | None:
        found = self.company.one("ICMVendor", str(key or ""), self.now)
        return None if found is None else found.fields(self.now)

    def show(self, one: Instance, names: Sequence[str] | None = None, summary: bool = False) -> Fields:
        """The instance as JSON values: the named attributes, or all of a summary or a detail."""
        entity, fields = ENTITIES[one.entity], one.fields(self.now)
        shown = [
            attribute
            for attribute in entity.attributes.values()
            if (attribute.name in names if names is not None else not (summary and attribute.kind == "memo"))
        ]
        return {each.name: self._plain(each, self.value(one, each.name, fields)) for each in shown}

    def _plain(self, attribute: Attribute, value: Any) -> Any:
        if value is None:
            return None
        if attribute.kind == "lookup":
            return self._looked_up(attribute, str(value))
        if isinstance(value, Decimal):
            return float(value) if value % 1 else int(value)
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return f"{value.isoformat()} 00:00:00" if isinstance(value, date) else value

    def _looked_up(self, attribute: Attribute, key: str) -> str:
        """A lookup is JSON within a string."""
        if attribute.name == "ICMContractOwner":
            names = {one["login"]: f"{one['first']} {one['last']}" for one in story()["people"]}
            return json.dumps({"DisplayValue": names.get(key, key), "Id": key, "EntityName": "User"})
        shown = (self._vendor(key) or {}).get("ICMVendorName")
        return json.dumps({"DisplayValue": shown, "Id": key, "EntityName": "ICMVendor"})

    def described(self, entity: Entity) -> Fields:
        return {
            "Name": entity.name,
            "DisplayName": entity.label,
            "Category": entity.category,
            "Attributes": [
                {
                    "Name": one.name,
                    "DataType": one.kind,
                    "IsReadOnly": one.readonly,
                    "IsMandatory": one.required,
                    "IsFilterable": one.filterable,
                    "Choices": list(one.choices),
                }
                for one in entity.attributes.values()
            ],
        }


def message(code: str, text: str, field: str | None = None) -> dict[str, Any]:
    return {"code": code, "message": text, "field": field}


def envelope(
    data: Any,
    status: int = 200,
    messages: Sequence[Mapping[str, Any]] = (),
    paging: tuple[int, int, int] | None = None,
    more: bool = False,
) -> Response:
    """`paging` is page, rows of a page and all rows, -1 where they were not counted."""
    page, rows, total = paging or (1, 0, -1)
    pages = -1 if total < 0 else -(-total // max(rows, 1))
    body = {
        "Messages": list(messages),
        "Data": data,
        "HasMoreData": more,
        "PagingData": {
            "RowsPerPage": rows,
            "PageNumber": page,
            "TotalNumberOfPages": pages,
            "TotalRowCount": total,
        },
    }
    return JSONResponse(body, status)


def gateway(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """How the gateway before the API words a refusal."""
    return JSONResponse({"statusCode": status, "message": text}, status, headers=dict(headers or {}))


def icertis_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Icertis answers with `status` when nothing more particular is known."""
    texts = {
        401: "Access denied.",
        404: "Resource not found",
        405: "Method not allowed",
        429: "Rate limit is exceeded.",
    }
    return gateway(status, texts.get(status, "Internal server error"), headers)
