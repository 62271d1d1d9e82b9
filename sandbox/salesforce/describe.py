"""Descriptions of Salesforce's objects: what a client asks to learn fields, types and external ids."""

import re
from typing import Any

from sandbox.salesforce.schema import CHILDREN, OBJECTS, Field, SObject

_SOAP = {"id": "tns:ID", "reference": "tns:ID", "datetime": "xsd:dateTime", "boolean": "xsd:boolean",
         "date": "xsd:date", "int": "xsd:int", "double": "xsd:double", "currency": "xsd:double"}  # fmt: skip


def listed(base: str) -> dict[str, Any]:
    """Every object in short."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [_short(each, base) for each in OBJECTS.values()],
    }


def described(schema: SObject, base: str) -> dict[str, Any]:
    children = [
        {"childSObject": kind, "field": link, "relationshipName": name}
        for (parent, name), (kind, link) in CHILDREN.items()
        if parent == schema.name
    ]
    fields = [_field(each) for each in schema.fields.values()]
    return {**_short(schema, base), "childRelationships": children, "fields": fields}


def _short(schema: SObject, base: str) -> dict[str, Any]:
    where = f"{base}/sobjects/{schema.name}"
    return {
        "name": schema.name,
        "label": _label(schema.name),
        "keyPrefix": schema.prefix,
        "custom": False,
        "createable": schema.creatable,
        "updateable": schema.updatable,
        "deletable": schema.creatable,
        "queryable": True,
        "retrieveable": True,
        "urls": {"sobject": where, "describe": f"{where}/describe", "rowTemplate": where + "/{ID}"},
    }


def _field(each: Field) -> dict[str, Any]:
    return {
        "name": each.name,
        "label": _label(each.name.removesuffix("__c").removesuffix("Id") or each.name),
        "type": each.type,
        "soapType": _SOAP.get(each.type, "xsd:string"),
        "length": each.size,
        "custom": each.name.endswith("__c"),
        "nillable": not each.required and each.type not in ("id", "boolean"),
        "createable": each.create,
        "updateable": each.update,
        "filterable": each.filterable,
        "sortable": each.filterable,
        "externalId": each.external,
        "unique": each.external,
        "idLookup": each.external or each.type == "id",
        "referenceTo": list(each.targets),
        "relationshipName": each.relationship or None,
        "picklistValues": [
            {"value": value, "label": value, "active": True, "defaultValue": False} for value in each.values
        ],
    }


def _label(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
