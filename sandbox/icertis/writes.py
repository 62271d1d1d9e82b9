"""What clients may write: agreements, obligations, fulfilments and exhibits, with the checks on them."""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.icertis.query import read
from sandbox.icertis.schema import MAX_TEXT, PARENTS, Attribute, Entity
from sandbox.icertis.shapes import message
from sandbox.icertis.world import Company, Fields, Instance, story, with_status

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Invalid(Exception):
    """What was sent cannot be taken; `messages` say why, one for each attribute."""

    def __init__(self, messages: list[dict[str, Any]], status: int = 400) -> None:
        super().__init__(str(messages))
        self.messages, self.status = messages, status


def refuse(code: str, text: str, field: str | None = None, status: int = 400) -> Invalid:
    return Invalid([message(code, text, field)], status)


class Writer:
    def __init__(self, company: Company, now: datetime, user: str) -> None:
        self.company, self.now, self.user = company, now, user

    def create(
        self, entity: Entity, given: Mapping[str, Any], parent: Instance | None = None, key: str = ""
    ) -> Instance:
        fields = self._read(entity, given)
        parent = parent or self._parent(entity, given)
        missing = [
            message("Required", f"{one.name} is required", one.name)
            for one in entity.attributes.values()
            if one.required and not fields.get(one.name)
        ]
        if missing:
            raise Invalid(missing)
        if parent is not None:
            if entity.name in PARENTS and parent.entity not in PARENTS[entity.name]:
                raise refuse("InvalidParent", f"{entity.name} cannot be associated with {parent.entity}")
            fields |= {"ParentEntityInstanceID": parent.id, "ParentEntityName": parent.entity}
        elif entity.name in PARENTS:
            raise refuse("Required", "An association needs its parent", "ParentEntityInstanceID")
        if entity.category == "Agreement":
            fields.setdefault("ICMIsAmendment", False)
        fields = {"Status": entity.first, **fields}
        if fields.get("ICMCompletionDate"):
            fields = with_status(fields)
        return self.company.add(entity.name, self.now, self.user, fields, checked_id(key))

    def update(self, entity: Entity, one: Instance, given: Mapping[str, Any], whole: bool = False) -> None:
        """`whole`: the instance comes back as it was read, so attributes that only Icertis writes are
        passed over instead of refused."""
        fields = self._read(entity, given, lenient=whole)
        emptied = [
            message("Required", f"{name} is required", name)
            for name, value in fields.items()
            if value in (None, "") and (found := entity.attribute(name)) is not None and found.required
        ]
        if emptied:
            raise Invalid(emptied)
        before = one.fields(self.now)
        if before.get("Status") in ("Cancelled", "Terminated"):
            raise refuse("InvalidState", f"{one.name} is {before['Status']}", "Status")
        changed = {name: value for name, value in fields.items() if before.get(name) != value}
        one.write(self.now, self.user, with_status(changed))

    def _parent(self, entity: Entity, given: Mapping[str, Any]) -> Instance | None:
        found = {name.lower(): value for name, value in given.items()}.get("parententityinstanceid")
        if not found:
            return None
        parent = self.company.anywhere(str(found), self.now)
        if parent is None:
            raise refuse("NotFound", "There is no such parent", "ParentEntityInstanceID")
        return parent

    def _read(self, entity: Entity, given: Mapping[str, Any], lenient: bool = False) -> Fields:
        fields: Fields = {}
        wrong: list[dict[str, Any]] = []
        for name, value in given.items():
            attribute = entity.attribute(name)
            if attribute is None:
                wrong.append(message("UnknownAttribute", f"{entity.name} has no attribute {name}", name))
            elif attribute.readonly:
                # Where it belongs is told by the parent, once.
                if not lenient and attribute.name not in ("ParentEntityInstanceID", "ParentEntityName"):
                    wrong.append(message("ReadOnly", f"{attribute.name} cannot be written", attribute.name))
            else:
                try:
                    fields[attribute.name] = self._value(attribute, value)
                except ValueError as error:
                    text = str(error) or f"{attribute.name} cannot hold this value"
                    wrong.append(message("InvalidValue", text, attribute.name))
        if wrong:
            raise Invalid(wrong)
        return fields

    def _value(self, attribute: Attribute, value: Any) -> Any:
        """Raises ValueError where the attribute cannot hold the value."""
        if value in (None, ""):
            return None
        if attribute.kind == "lookup":
            return self._looked_up(attribute, value)
        if isinstance(value, dict | list):
            raise ValueError
        if attribute.kind == "bool" and isinstance(value, bool):
            return value
        if attribute.kind == "number":
            if isinstance(value, bool):
                raise ValueError
            return read(attribute, str(value))
        if not isinstance(value, str):
            raise ValueError
        if attribute.choices and value not in attribute.choices:
            raise ValueError(f"{value} is not one of the choices of {attribute.name}")
        if len(value) > (MAX_TEXT if attribute.kind == "memo" else 255):
            raise ValueError(f"{attribute.name} is too long")
        return read(attribute, value)

    def _looked_up(self, attribute: Attribute, value: Any) -> str:
        """By id, or as it is shown: JSON within a string, or an object."""
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = json.loads(value)
        key = str(value.get("Id") if isinstance(value, dict) else value)
        if attribute.name == "ICMContractOwner":
            if key in [person["login"] for person in story()["people"]]:
                return key
        elif self.company.one("ICMVendor", key, self.now):
            return key.lower()
        raise ValueError(f"{attribute.name} points at nothing")


def checked_id(key: Any) -> str:
    """An id that a client chose, in lower case; "" for none. Raises Invalid where it is no GUID."""
    if not key:
        return ""
    if not isinstance(key, str) or not _GUID.fullmatch(key):
        raise refuse("InvalidValue", "An id is a GUID", "sysId")
    return str(uuid.UUID(key))
