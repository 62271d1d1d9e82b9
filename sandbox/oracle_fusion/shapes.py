"""How Oracle's resources look: links, children inside their row, chosen attributes, failures, numbers."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.errors import QuerySyntax, Refusal
from sandbox.oracle_fusion.world import CHILDREN, Fields, path_key

COLLECTION = "application/vnd.oracle.adf.resourcecollection+json"
ITEM = "application/vnd.oracle.adf.resourceitem+json"
ERROR = "application/vnd.oracle.adf.error+json"
CHILD_PAGE = 25
TITLES = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}


def version_of(request: Request) -> int:
    """1 to 9; the first where none is named."""
    text = request.headers.get("rest-framework-version", "1")
    if not text.isdigit() or not 1 <= int(text) <= 9:
        raise Refusal(PlainTextResponse("The framework version is not known", 400))
    return int(text)


def refusal(version: int, status: int, detail: str, code: str = "", path: str = "") -> Refusal:
    """Plain text, as of version 4 an object that names each failure."""
    if version < 4:
        return Refusal(PlainTextResponse(detail, status))
    told = {
        "detail": detail,
        **({"o:errorCode": code} if code else {}),
        **({"o:errorPath": path} if path else {}),
    }
    body = {"title": TITLES.get(status, "Bad Request"), "status": str(status), "o:errorDetails": [told]}
    return Refusal(Response(json.dumps(body), status, media_type=ERROR))


def failure(status: int, headers: Mapping[str, str]) -> Response:
    """What stands before the resources: no body for a refused log-on, plain text otherwise."""
    if status == 401:
        asks = {"www-authenticate": 'Basic realm="fscm"', **headers}
        return Response(status_code=401, headers=asks)
    return PlainTextResponse(
        TITLES.get(status, "The request was not carried out"), status, headers=dict(headers)
    )


class Shown:
    """Rows the way one request asked for them."""

    def __init__(self, request: Request, version: int) -> None:
        self.version, asked = version, request.query_params
        before, _, _ = str(request.url).split("?")[0].partition("/fscmRestApi")
        self.base = f"{before}/fscmRestApi/resources/{request.path_params['release']}"
        self.only_data = asked.get("onlyData", "").lower() == "true"
        self.rels = [one for one in asked.get("links", "").split(",") if one]
        self.fields = _fields(asked["fields"]) if "fields" in asked else None
        self.expand = [one for one in asked.get("expand", "").split(",") if one and not self.fields]

    def item(self, name: str, row: Fields, steps: list[str], status: int = 200) -> Response:
        return self.answer(self.row(name, row, steps), ITEM, status)

    def answer(self, body: Any, kind: str, status: int = 200) -> Response:
        headers = {"rest-framework-version": str(self.version)}
        return Response(json.dumps(body), status, headers=headers, media_type=kind)

    def row(self, name: str, row: Fields, steps: list[str], trail: str = "") -> Fields:
        """One row; `trail` is the way of children that led to it."""
        children = _children(name)
        wanted = None if self.fields is None else self.fields.get(trail, [])
        shown = {
            attribute: self._value(attribute, value)
            for attribute, value in row.items()
            if attribute not in children and attribute != "of" and (wanted is None or attribute in wanted)
        }
        if wanted is not None and set(wanted) - set(row):
            raise QuerySyntax(f"{min(set(wanted) - set(row))[:40]} is no attribute")
        for child in children:
            way = f"{trail}.{child}".lstrip(".")
            if self._expanded(way):
                shown[child] = self._inside(child, row[child], [*steps, "child", child], way)
        return shown if self.only_data else {**shown, "links": self.links(steps, name, "item", children)}

    def _expanded(self, way: str) -> bool:
        if self.fields is not None:
            return any(one == way or one.startswith(f"{way}.") for one in self.fields)
        named = any(one == way or one.startswith(f"{way}.") for one in self.expand)
        return named or ("all" in self.expand and "." not in way)

    def _inside(self, child: str, rows: list[Fields], steps: list[str], way: str) -> Any:
        """Rows below a row: a list, as of version 3 a page of its own that tells whether there are more."""
        some = [self.row(child, row, [*steps, path_key(child, row)], way) for row in rows[:CHILD_PAGE]]
        if self.version < 3:
            return some
        body: Fields = {"items": some, "count": len(some), "hasMore": len(rows) > CHILD_PAGE}
        body |= {"limit": CHILD_PAGE, "offset": 0}
        return body if self.only_data else {**body, "links": self.links(steps, child, "collection")}

    def links(
        self, steps: Sequence[str], name: str, kind: str, children: Mapping[str, Any] | None = None
    ) -> list[Fields]:
        own = f"{self.base}/{'/'.join(steps)}"
        found: list[Fields] = [
            {"rel": rel, "href": own, "name": name, "kind": kind} for rel in ("self", "canonical")
        ]
        if kind == "item":
            found[0]["properties"] = {"changeIndicator": sha256(own.encode()).hexdigest()[:24].upper()}
        for child in children or ():
            below = {"rel": "child", "href": f"{own}/child/{child}", "name": child, "kind": "collection"}
            found.append(below)
        return [one for one in found if not self.rels or one["rel"] in self.rels]

    def _value(self, name: str, value: Any) -> Any:
        """JSON of a value: instants in UTC with an offset, days as days, from version 9 long ids as texts."""
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+00:00"
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        if self.version >= 9 and isinstance(value, int) and value > 2**31 and not isinstance(value, bool):
            return str(value)
        return value


def _children(name: str) -> Mapping[str, Any]:
    for resource, children in CHILDREN.items():
        if name == resource:
            return children
        if name in children:
            below: Mapping[str, Any] = children[name]
            return below
    return {}


def _fields(text: str) -> dict[str, list[str]]:
    """`A,B;lines:C,D;lines.schedules:E` by the way of children, "" for the row itself."""
    found: dict[str, list[str]] = {"": []}
    for part in text.split(";"):
        way, colon, names = part.rpartition(":")
        found.setdefault(way if colon else "", []).extend(
            one.strip() for one in names.split(",") if one.strip()
        )
    return found
