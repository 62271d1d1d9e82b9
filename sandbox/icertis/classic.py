"""The older API of a tenant: `/api/Instance/…`, `/api/Agreement/…`, users and groups. No envelope.

Instances come as they are; what is saved comes as JSON within a JSON string."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.icertis.schema import Entity, entity
from sandbox.icertis.shapes import Shapes
from sandbox.icertis.world import Company, Instance, story
from sandbox.icertis.writes import Writer, checked_id, refuse
from sandbox.state import Sandbox

Query = Mapping[str, str]


class Classic:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.company = Company()

    async def answer(self, request: Request, path: str, user: str) -> Response | None:
        """None where the path is not one of this API."""
        query = {name.lower(): value for name, value in request.query_params.items()}
        asked = (request.method, path.lower())
        body = await request.body()
        writer = Writer(self.company, self.sandbox.now, user)
        if asked == ("GET", "instance/getinstance"):
            return self._shown(self._one(query, "entityname", "entityinstanceid"), query)
        if asked == ("GET", "agreement/getparent"):
            return self._parent(query)
        if asked == ("PUT", "instance/saveinstance"):
            return self._save(writer, body)
        if asked == ("POST", "agreement/saveassociateddocument"):
            return self._attach(writer, query, body)
        if asked == ("POST", "agreement/deleteassociateddocument"):
            self._one(query, "entityname", "instanceid").deleted_at = self.sandbox.now
            return Response(status_code=200)
        if asked == ("GET", "users"):
            return JSONResponse(_users())
        if asked == ("GET", "groups"):
            return JSONResponse(_groups(query))
        return None

    def _entity(self, name: str | None) -> Entity:
        found = entity(name or "")
        if found is None:
            raise refuse("NotFound", f"There is no entity {name}", status=404)
        return found

    def _one(self, query: Query, entity_name: str, key: str) -> Instance:
        wanted = self._entity(query.get(entity_name))
        found = self.company.one(wanted.name, query.get(key, ""), self.sandbox.now)
        if found is None:
            raise refuse("NotFound", f"There is no such instance of {wanted.name}", status=404)
        return found

    def _shown(self, one: Instance, query: Query) -> Response:
        """The instance, with what is associated below it where it is asked for."""
        shapes = Shapes(self.company, self.sandbox.now)
        row = shapes.show(one)
        row["ICMContractTypeName"] = one.entity
        if query.get("includechildcollection", "false").lower() == "true":
            row["ChildCollection"] = [shapes.show(child) for child in children(self.company, one, shapes)]
        return JSONResponse(row)

    def _parent(self, query: Query) -> Response:
        child = self.company.anywhere(query.get("childid", ""), self.sandbox.now)
        fields = child.fields(self.sandbox.now) if child else {}
        wanted = self._entity(query.get("parententityname"))
        key = str(fields.get("ParentEntityInstanceID") or "")
        parent = self.company.one(wanted.name, key, self.sandbox.now)
        if parent is None:
            raise refuse("NotFound", f"There is no parent of {wanted.name}", status=404)
        return self._shown(parent, query)

    def _save(self, writer: Writer, body: bytes) -> Response:
        """The whole instance comes back; an id that is not known makes a new one. The id, quoted."""
        given = _twice(body)
        named = {name.lower(): value for name, value in given.items()}
        wanted = self._entity(str(named.get("entityname") or named.get("icmcontracttypename") or ""))
        key = checked_id(named.get("entityinstanceid") or named.get("sysid"))
        kept = {
            name: value
            for name, value in given.items()
            if name.lower() not in ("childcollection", "icmcontracttypename")
        }
        found = self.company.one(wanted.name, key, self.sandbox.now)
        if found is None:
            system = ("sysid", "entityinstanceid", "entityname")
            own = {name: value for name, value in kept.items() if name.lower() not in system}
            found = writer.create(wanted, own, key=key)
        else:
            writer.update(wanted, found, kept, whole=True)
        return JSONResponse(found.id)

    def _attach(self, writer: Writer, query: Query, body: bytes) -> Response:
        """An associated document with its file. Under an id that is there, it is written over."""
        parent = self._one(query, "parentcontracttype", "parentagreementid")
        wanted = self._entity(query.get("childcontracttype"))
        if wanted.category != "Associated":
            raise refuse("InvalidValue", f"{wanted.name} is not an associated contract type")
        given = _object(body)
        document = given.get("associatedDocument")
        if not isinstance(document, dict):
            raise refuse("Required", "The associated document is missing", "associatedDocument")
        key = checked_id(document.get("sysId"))
        own = {name: value for name, value in document.items() if name != "sysId"}
        content = _file(given.get("fileData"))
        found = self.company.one(wanted.name, key, self.sandbox.now) if key else None
        if found is None:
            found = writer.create(wanted, own, parent, key)
        else:
            writer.update(wanted, found, own)
        if content:
            found.files = [*found.files, (str(given.get("fileName") or f"{found.name}.pdf"), content)]
        return JSONResponse(found.id)


def children(company: Company, one: Instance, shapes: Shapes, name: str = "") -> list[Instance]:
    """What hangs below the instance, of one entity where it is named."""
    return [
        child
        for each in ([name] if name else list(company.instances))
        for child in company.seen(each, shapes.now)
        if shapes.value(child, "ParentEntityInstanceID") == one.id
    ]


def _users() -> list[dict[str, Any]]:
    return [
        {
            "UserName": one["login"],
            "FirstName": one["first"],
            "LastName": one["last"],
            "Email": one["login"],
            "Status": "Active",
        }
        for one in story()["people"]
    ]


def _groups(query: Query) -> list[dict[str, Any]]:
    try:
        page, size = int(query.get("page", "1")), int(query.get("pagesize", "10"))
    except ValueError:
        raise refuse("InvalidValue", "page and pageSize are whole numbers") from None
    names = story()["groups"][max(page - 1, 0) * size :][: max(size, 0)]
    return [{"Name": name, "IsActive": True} for name in names]


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise refuse("InvalidBody", "The body has to be a JSON object")
    return given


def _twice(body: bytes) -> dict[str, Any]:
    """JSON within a JSON string; anything else is refused."""
    try:
        inner = json.loads(body)
    except ValueError:
        inner = None
    if not isinstance(inner, str):
        raise refuse("InvalidBody", "The body has to be the instance as a JSON string")
    return _object(inner.encode())


def _file(given: Any) -> bytes:
    if not given:
        return b""
    try:
        return base64.b64decode(str(given), validate=True)
    except (binascii.Error, ValueError):
        raise refuse("InvalidValue", "The file has to be in base64", "fileData") from None
