"""How Docusign words its answers: CLM's errors and collections, Navigator's problems, OAuth's refusals."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults
from sandbox.errors import Refusal

Json = dict[str, Any]
T = TypeVar("T")
PAGE, LARGEST = 20, 100
PER_WINDOW, WINDOW_SECONDS = 6250, 900
LIMITED: Mapping[str, str] = {"x-ratelimit-limit": str(PER_WINDOW * 4)}


def stamp(at: datetime) -> str:
    """An instant as CLM writes it: UTC, milliseconds only as far as there are some."""
    utc = at.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def clm_error(
    status: int,
    code: int,
    text: str,
    wrong: Sequence[tuple[str, int, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """CLM: `{"Error": {…}, "ValidationErrors": […]}`; `wrong` holds (property, code, text)."""
    error = {
        "HttpStatusCode": status,
        "UserMessage": text,
        "DeveloperMessage": text,
        "ErrorCode": code,
        "ReferenceId": str(uuid4()),
    }
    body: Json = {"Error": error}
    if wrong:
        body["ValidationErrors"] = [
            {"PropertyName": name, "UserMessage": told, "DeveloperMessage": told, "ErrorCode": number}
            for name, number, told in wrong
        ]
    return JSONResponse(body, status, headers=dict(headers or {}))


def refuse(status: int, code: int, text: str) -> Refusal:
    return Refusal(clm_error(status, code, text))


def invalid(*wrong: tuple[str, int, str]) -> Refusal:
    """422 with one entry for each property that is not as it should be."""
    return Refusal(clm_error(422, 101, "The request does not pass validation", wrong))


def missing(what: str) -> Refusal:
    """Also what is there but may not be seen is not found."""
    return refuse(404, 104, f"{what} was not found")


def problem(status: int, text: str, now: datetime, headers: Mapping[str, str] | None = None) -> Response:
    """Navigator: `application/problem+json`."""
    body = {"error": text, "code": status, "timestamp": stamp(now)}
    media = "application/problem+json"
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=media)


def denied(error: str, text: str = "", status: int = 400) -> Response:
    """The account server: `{"error", "error_description"?}`."""
    return JSONResponse({"error": error, **({"error_description": text} if text else {})}, status)


def docusign_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What CLM answers with `status` when nothing more particular is known."""
    codes = {401: 103, 403: 103, 404: 104, 429: 103}
    texts = {401: "Access Denied", 404: "Not found", 405: "Method not allowed", 429: "Rate limit exceeded."}
    extra = {**LIMITED, "x-ratelimit-reset": stamp(datetime.now(UTC))} if status == 429 else {}
    text = texts.get(status, "The request could not be carried out")
    return clm_error(status, codes.get(status, 100), text, headers={**headers, **extra})


def asked(request: Request, name: str) -> str | None:
    """A parameter of a collection under its reference name or the short one."""
    return request.query_params.get(f"pageSortParams.{name}", request.query_params.get(_SHORT[name]))


_SHORT = {
    "offset": "offset",
    "limit": "limit",
    "filter": "filter",
    "filterExact": "filterexact",
    "caseInsensitive": "caseinsensitive",
    "sortProperty": "sortproperty",
    "sortDirection": "sortdirection",
}


def collection(
    request: Request,
    found: Sequence[T],
    show: Callable[[T], Json],
    sortable: Mapping[str, Callable[[T], Any]],
    filterable: Mapping[str, Callable[[T], str]] | None = None,
) -> Json:
    """One page of a collection: filtered, sorted and cut as the request asks."""
    fault = faults.kind_of(request)
    rows = _sorted(request, _filtered(request, list(found), filterable or {}), sortable)
    rows = faults.reorder(rows, fault)
    limit = min(_whole(request, "limit", PAGE, 1), LARGEST)
    offset = _whole(request, "offset", 0, 0)
    page = rows[:limit] if fault == "loop" else rows[offset : offset + limit]
    body: Json = {"Items": [show(row) for row in faults.repeat(page, fault)]}
    last = max(0, (len(rows) - 1) // limit * limit)
    body |= {"Href": _at(request, offset, limit), "Offset": offset, "Limit": limit, "Total": len(rows)}
    body |= {"First": _at(request, 0, limit), "Last": _at(request, last, limit)}
    if offset:
        body["Previous"] = _at(request, max(0, offset - limit), limit)
    if fault == "loop":
        body["Next"] = _at(request, offset, limit)
    elif offset + limit < len(rows):
        body["Next"] = _at(request, offset + limit, limit)
    return body


def _at(request: Request, offset: int, limit: int) -> str:
    kept = {name: value for name, value in request.query_params.items() if name not in ("offset", "limit")}
    kept |= {"pageSortParams.offset": str(offset), "pageSortParams.limit": str(limit)}
    return f"{str(request.url).split('?')[0]}?{urlencode(kept)}"


def _whole(request: Request, name: str, default: int, least: int) -> int:
    text = asked(request, name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < least:
        raise invalid((f"pageSortParams.{name}", 1002, f"{text!r} is no number that {name} may have"))
    return int(text)


def _filtered(request: Request, rows: list[T], filterable: Mapping[str, Callable[[T], str]]) -> list[T]:
    for part in (asked(request, "filter") or "").split(","):
        if not part:
            continue
        name, equals, wanted = part.partition("=")
        if not equals or name not in filterable:
            raise refuse(422, 133, f"{part!r} is no filter of this collection")
        exact = (asked(request, "filterExact") or "").lower() == "true"
        fold = not exact or (asked(request, "caseInsensitive") or "").lower() == "true"
        rows = [row for row in rows if _fits(filterable[name](row), wanted, exact, fold)]
    return rows


def _fits(actual: str, wanted: str, exact: bool, fold: bool) -> bool:
    if fold:
        actual, wanted = actual.casefold(), wanted.casefold()
    return actual == wanted if exact else wanted in actual


def _sorted(request: Request, rows: list[T], sortable: Mapping[str, Callable[[T], Any]]) -> list[T]:
    name, way = asked(request, "sortProperty"), (asked(request, "sortDirection") or "ASC").upper()
    if name is None:
        return rows
    if name not in sortable or way not in ("ASC", "DESC"):
        raise refuse(422, 110, f"{name} {way} is no order of this collection")
    return sorted(rows, key=sortable[name], reverse=way == "DESC")
