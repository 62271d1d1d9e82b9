"""What both surfaces of Agiloft have in common: pages of a search, bodies, files that come in."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from sandbox import faults
from sandbox.agiloft.records import Desk
from sandbox.agiloft.schema import Table
from sandbox.agiloft.text import Failure
from sandbox.agiloft.world import Document, Fields, Record


def page(request: Request, records: Sequence[Record], number: Any, limit: Any) -> list[Record]:
    """One page of what the query found just now. Pages count from 0; a limit of 0 is all, on page 0."""
    fault = faults.kind_of(request)
    at, size = whole("page", number), whole("limit", limit)
    if fault == "loop":
        at = 0
    found = faults.reorder(records, fault)
    if size == 0:
        return faults.repeat(found, fault) if at == 0 else []
    return faults.repeat(found[at * size : (at + 1) * size], fault)


def whole(name: str, given: Any) -> int:
    if given in (None, ""):
        return 0
    if not str(given).isdecimal():
        raise Failure(400, f"Wrong value for '{name}' parameter")
    return int(given)


def searched(desk: Desk, table: Table, text: str, label: str | None) -> list[Record]:
    """What a query, a saved search, or both together find."""
    found = desk.search(table, text)
    if not label:
        return found
    kept = {record.id for record in desk.search(table, desk.saved(table, label))}
    return [record for record in found if record.id in kept]


async def json_body(request: Request) -> Fields:
    """The body as a JSON object, empty where there is none."""
    content = await request.body()
    if not content:
        return {}
    try:
        given = json.loads(content)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Failure(400, "The request body is not a JSON object", thrown=True)
    return given


async def form(request: Request) -> list[tuple[str, str]]:
    """The pairs of a form body, whatever its type is called; files are left out."""
    if "multipart" in request.headers.get("content-type", ""):
        return []
    text = (await request.body()).decode("utf-8", "replace")
    return parse_qsl(text, keep_blank_values=True)


async def upload(request: Request, field: str, name: str | None) -> Document:
    """The file of a multipart body, in the part `field` or, where that is "", in any part."""
    if not name:
        raise Failure(400, "No value for 'fileName' parameter specified.")
    if "multipart/form-data" not in request.headers.get("content-type", ""):
        raise Failure(400, "The request is not multipart/form-data")
    async with request.form() as parts:
        for part, value in parts.multi_items():
            if isinstance(value, UploadFile) and field in ("", part):
                media = value.content_type or "application/octet-stream"
                return Document(name, media, await value.read())
    raise Failure(400, "No file in the request")


def served(document: tuple[str, str, bytes]) -> Response:
    name, media, content = document
    plain = name.encode("ascii", "replace").decode().replace('"', "")
    return Response(
        content, media_type=media, headers={"content-disposition": f'attachment; filename="{plain}"'}
    )


def coded(query: Mapping[str, str]) -> bool:
    """Whether the request asks for real statuses."""
    return query.get("err_code_resp") == "1"
