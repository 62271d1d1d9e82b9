"""How SAP's OData V4 runtime words a failure."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import answers
from sandbox.errors import Refusal


def failure(
    status: int, code: str, text: str, target: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """`{"error": {"code", "message", "target"?, "details": […]}}`"""
    error: dict[str, Any] = {"code": code, "message": text, "details": []}
    if target:
        error["target"] = target
    return JSONResponse({"error": error}, status, headers={"odata-version": "4.0", **(headers or {})})


def refuse(status: int, code: str, text: str, target: str = "") -> Refusal:
    headers = {"allow": "GET, HEAD"} if status == 405 else {}
    return Refusal(failure(status, code, text, target, headers))


def sap_revenue_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What SAP answers with `status` when nothing more particular is known."""
    if status == 401:
        return answers.sap_logon_failed()
    return failure(status, f"SY/{status}", "The request could not be processed", "", headers)
