"""How Jira words failures, and what every request shares: JSON bodies, paging, answers.

The platform answers `{"errorMessages": […], "errors": {field: text}}`, Service Management
`{"errorMessage": …, "i18nErrorMessage": {"i18nKey", "parameters"}}`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults
from sandbox.errors import Refusal

LIMIT = 350
T = TypeVar("T")
Routes = Sequence[tuple[str, str, Callable[..., Any]]]


def platform(
    status: int,
    *messages: str,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {"errorMessages": list(messages), "errors": dict(errors or {})}
    return JSONResponse(body, status, headers=dict(headers or {}))


def desk(status: int, message: str, key: str = "sd.error") -> Response:
    body = {"errorMessage": message, "i18nErrorMessage": {"i18nKey": key, "parameters": []}}
    return JSONResponse(body, status)


def failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Jira answers with `status` when nothing more particular is known."""
    texts = {
        401: "Client must be authenticated to access this resource.",
        404: "null for uri",
        405: "Method Not Allowed",
        429: "Rate limit exceeded.",
    }
    more = dict(headers)
    if status == 401:
        more.setdefault("www-authenticate", 'OAuth realm="https%3A%2F%2Ftessaly.atlassian.net"')
    if status == 429:
        more |= {
            "x-ratelimit-limit": str(LIMIT),
            "x-ratelimit-remaining": "0",
            "x-ratelimit-nearlimit": "true",
            "x-ratelimit-reset": (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%MZ"),
            "ratelimit-reason": "jira-burst-based",
        }
    return platform(status, texts.get(status, "Internal server error"), headers=more)


def not_found() -> Response:
    return platform(404, "The requested resource was not found.")


def no_issue() -> Response:
    return platform(404, "There is no such issue, or none that this user may see.")


def no_request() -> Response:
    message = "The request you're looking for doesn't exist or you don't have permission to view it."
    return desk(404, message, "sd.request.error.notfound")


def scope_refusal() -> Response:
    return JSONResponse({"code": 401, "message": "Unauthorized; scope does not match"}, 401)


async def body(request: Request, wrong: Callable[..., Response] = platform) -> dict[str, Any]:
    """The JSON object sent. Refuses another content type and what is no object."""
    if "application/json" not in request.headers.get("content-type", ""):
        raise Refusal(wrong(415, "Unsupported Media Type"))
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        text = "Invalid request payload. Refer to the REST API documentation and try again."
        raise Refusal(wrong(400, text))
    return given


def answer(content: Any, status: int = 200) -> Response:
    """A JSON answer with the headers of the rate limit."""
    limits = {"x-ratelimit-limit": str(LIMIT), "x-ratelimit-remaining": str(LIMIT - 1)}
    return JSONResponse(content, status, headers=limits)


def number(request: Request, name: str, default: int, most: int | None = None) -> int:
    """A count or an offset of the query; refuses what is none."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise Refusal(platform(400, f"'{name}' is not a whole number from 0."))
    return int(text) if most is None else min(int(text), most)


def names(request: Request, name: str) -> list[str]:
    """A list of the query: repeated, or with commas."""
    given = request.query_params.getlist(name)
    return [part.strip() for text in given for part in text.split(",") if part.strip()]


def window(request: Request, records: Sequence[T], start: int, limit: int) -> tuple[list[T], int, bool]:
    """The records of one page, where it begins, and whether it is the last; faults have their way."""
    kind = faults.kind_of(request)
    ordered = faults.reorder(records, kind)
    start = 0 if kind == "loop" else start
    page = faults.repeat(ordered[start : start + limit], kind)
    last = kind != "loop" and start + limit >= len(ordered)
    return page, start, last


def desk_page(request: Request, base: str, records: Sequence[T], shown: Callable[[T], Any]) -> Response:
    """A page of the service desk's lists: `start`, `limit` (50 at most), links to its neighbours."""
    limit = number(request, "limit", 50, 50)
    start = number(request, "start", 0)
    page, at, last = window(request, records, start, limit)
    path = f"{base}/rest/{request.url.path.split('/rest/', 1)[1]}"
    links = {"self": f"{path}?start={at}&limit={limit}", "base": base, "context": ""}
    asked = [pair for pair in request.query_params.multi_items() if pair[0] not in ("start", "limit")]
    rest = f"&{urlencode(asked)}" if asked else ""
    if not last:
        links["next"] = f"{path}?start={at + limit if at == start else start}&limit={limit}{rest}"
    if at > 0:
        links["prev"] = f"{path}?start={max(at - limit, 0)}&limit={limit}{rest}"
    content = {
        "_expands": [],
        "size": len(page),
        "start": at,
        "limit": limit,
        "isLastPage": last,
        "_links": links,
        "values": [shown(record) for record in page],
    }
    return answer(content)
