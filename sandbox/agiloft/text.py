"""How Agiloft words its answers: the JSON envelope, `EWREST_…` lines, and failures in either or in HTML."""

import html
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from sandbox.agiloft.query import ZONE
from sandbox.errors import SandboxError

HIDDEN = 200
"""The status of every failure unless the request says `err_code_resp=1`."""


class Failure(SandboxError):
    """A refusal: the status it has where statuses are asked for, and its text.

    `thrown` is one that the server's code throws: JSON requests get it as a page of HTML as well."""

    def __init__(self, status: int, text: str, *, thrown: bool = False) -> None:
        super().__init__(text)
        self.status, self.text, self.thrown = status, text, thrown


def plain(value: Any) -> Any:
    """A value as it stands in JSON."""
    if isinstance(value, datetime):
        return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def envelope(result: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`{"success": true, "message": "", "result": …}`"""
    body = {"success": True, "message": "", "result": result}
    return _json(body, status, headers)


def refused(failure: Failure, coded: bool, headers: Mapping[str, str] | None = None) -> Response:
    status = failure.status if coded else HIDDEN
    if failure.thrown:
        return page(failure, status)
    return _json({"success": False, "message": failure.text, "result": None}, status, headers)


def page(failure: Failure, status: int) -> Response:
    """The exception as the server's page shows it."""
    text = f"EWWrongDataException has occurred: [default task-418][1786479740423] {failure.text}"
    return HTMLResponse(
        f"<html><head><title>Error</title></head><body>{html.escape(text)}</body></html>", status
    )


def _json(body: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, status, media_type="application/json", headers=dict(headers or {}))


def lines(values: Mapping[str, Any], status: int = 200) -> Response:
    """`EWREST_name='value';`, a line each, to be evaluated by JavaScript."""
    text = "".join(f"EWREST_{name}={_quoted(value)};\n" for name, value in values.items())
    return PlainTextResponse(text.encode("utf-8", "replace"), status)


def _quoted(value: Any) -> str:
    value = plain(value)
    if value is None:
        return "null"
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return "'" + text.replace("\r", "\\r").replace("\n", "\\n") + "'"


def agiloft_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Agiloft answers with `status` when nothing more particular is known."""
    texts = {
        401: "Wrong Authorization data",
        404: "Not found",
        405: "HTTP method is not supported by this URL",
        503: "Service is temporarily unavailable",
    }
    return refused(Failure(status, texts.get(status, "Unexpected error, please consult logs")), True, headers)
