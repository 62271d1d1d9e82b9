"""How Asana words failures, and what every request shares: the `data` envelope, paging, `opt_fields`."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults
from sandbox.asana.shapes import COMPACT, Json, chosen, compact
from sandbox.errors import Refusal

HELP = "What each status means is told under "
HELP += "https://developers.asana.com/docs/errors"
Routes = Sequence[tuple[str, str, Callable[..., Any]]]
MOST = 100


def error(status: int, message: str, **more: Any) -> Response:
    """`{"errors": [{"message", "help"}]}`; `more` stands beside it, as the new token of a 412 does."""
    return JSONResponse({"errors": [{"message": message, "help": HELP}], **more}, status)


def failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Asana answers with `status` when nothing more particular is known."""
    texts = {
        401: "Not Authorized",
        403: "Forbidden",
        404: "No matching route for request",
        405: "Method not allowed",
        429: "You have made too many requests recently. Please, be chill.",
    }
    entry: Json = {"message": texts.get(status, "Server Error")}
    if status >= 500:
        entry["phrase"] = "6 calm otters count softly"
    else:
        entry["help"] = HELP
    return JSONResponse({"errors": [entry]}, status, headers=dict(headers))


def wrong(message: str) -> Refusal:
    return Refusal(error(400, message))


async def data(request: Request) -> Json:
    """The object under `data` of a JSON body."""
    if "application/json" not in request.headers.get("content-type", ""):
        raise Refusal(error(415, "Send application/json."))
    try:
        given = json.loads(await request.body())
    except ValueError as problem:
        raise wrong("Could not parse request data, invalid JSON") from problem
    if not isinstance(given, dict) or not isinstance(given.get("data"), dict):
        raise wrong("Request data must be an object under the key 'data'")
    found: Json = given["data"]
    return found


def paths(request: Request) -> list[list[str]] | None:
    """The paths of `opt_fields`, None where it is not given."""
    given = request.query_params.getlist("opt_fields")
    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    return [name.split(".") for name in names] if given else None


def one(request: Request, full: Json, shown: Callable[[Json], Json], status: int = 200) -> Response:
    """A single record: as `shown` without `opt_fields`."""
    asked = paths(request)
    return JSONResponse({"data": shown(full) if asked is None else chosen(full, asked)}, status)


def page(
    request: Request, records: Sequence[Any], full: Callable[[Any], Json], keys: Sequence[str] = COMPACT
) -> Response:
    """A list: all of it without `limit`, else a page with `next_page`, which is null at the end."""
    kind, asked = faults.kind_of(request), paths(request)
    found = faults.reorder(records, kind)
    limit, start = _limit(request), _offset(request)

    def shown(record: Any) -> Any:
        whole = full(record)
        return compact_of(whole, keys) if asked is None else chosen(whole, asked)

    if limit is None:
        return JSONResponse({"data": [shown(record) for record in faults.repeat(found[start:], kind)]})
    start = 0 if kind == "loop" else start
    part = faults.repeat(found[start : start + limit], kind)
    following: Json | None = None
    if kind == "loop" or start + limit < len(found):
        offset = token(start if kind == "loop" else start + limit)
        pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "offset"]
        path = "/" + request.url.path.split("/api/1.0/", 1)[1]
        query = urlencode([*pairs, ("offset", offset)])
        base = str(request.url).split("?")[0]
        following = {"offset": offset, "path": f"{path}?{query}", "uri": f"{base}?{query}"}
    return JSONResponse({"data": [shown(record) for record in part], "next_page": following})


def compact_of(record: Json, keys: Sequence[str]) -> Json:
    return {key: compact(record[key]) for key in keys if key in record}


def token(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"from": start}).encode()).decode()


def _offset(request: Request) -> int:
    text = request.query_params.get("offset")
    if text is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(text))["from"])
    except (ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise wrong("offset: Your pagination token is invalid.") from problem


def _limit(request: Request) -> int | None:
    text = request.query_params.get("limit")
    if text is None:
        return None
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise wrong(f"limit: Limit must be between 1 and {MOST}.")
    return int(text)
