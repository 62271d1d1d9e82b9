"""How Ironclad, ServiceNow and SAP word a failure: status, headers and body."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response


def ironclad(
    status: int, code: str, message: str, param: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """Ironclad: `{"code", "message", "param"?}`."""
    body = {"code": code, "message": message}
    if param:
        body["param"] = param
    return JSONResponse(body, status, headers=dict(headers or {}))


def servicenow(
    status: int, message: str, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """ServiceNow: `{"error": {"message", "detail"}, "status": "failure"}`."""
    body = {"error": {"message": message, "detail": detail}, "status": "failure"}
    return JSONResponse(body, status, headers=dict(headers or {}))


def sap(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """SAP OData V2: `{"error": {"code", "message": {"lang", "value"}, "innererror"}}`."""
    detail = {"code": code, "message": message, "severity": "error", "propertyref": "", "target": ""}
    inner = {"transactionid": "0" * 32, "timestamp": "", "errordetails": [detail]}
    error: dict[str, Any] = {"code": code, "message": {"lang": "en", "value": message}, "innererror": inner}
    answer = {"DataServiceVersion": "1.0", **(headers or {})}
    return JSONResponse({"error": error}, status, headers=answer)


def sap_logon_failed() -> Response:
    """SAP refuses a log-on below OData, so the answer is a page, not JSON."""
    page = "<html><head><title>Logon failed</title></head><body><h1>Logon failed</h1></body></html>"
    return HTMLResponse(page, 401, headers={"www-authenticate": 'Basic realm="SAP S/4HANA [S4H]"'})


def ironclad_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Ironclad answers with `status` when nothing more particular is known."""
    code = {401: "UNAUTHORIZED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 429: "TOO_MANY_REQUESTS"}
    text = {401: "invalid authentication token", 404: "not found", 429: "too many requests"}
    return ironclad(
        status, code.get(status, "INTERNAL_ERROR"), text.get(status, "unexpected error"), headers=headers
    )


def servicenow_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What ServiceNow answers with `status` when nothing more particular is known."""
    messages = {
        401: ("User Not Authenticated", "Required to provide Auth information"),
        404: ("Requested URI does not represent any resource", None),
        405: ("Method not supported", None),
        429: ("Rate limit exceeded", "Rate limit of 100 requests per hour for Table API exceeded"),
    }
    message, detail = messages.get(status, ("Transaction failed", "The request could not be processed"))
    return servicenow(status, message, detail, headers)


def sap_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What SAP answers with `status` when nothing more particular is known."""
    if status == 401:
        return sap_logon_failed()
    return sap(status, f"SY/{status}", "The request could not be processed", headers)


def nobody(status: int) -> Response:
    """A path that belongs to no vendor."""
    return JSONResponse({"detail": f"HTTP {status}"}, status)
