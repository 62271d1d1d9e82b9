"""How Salesforce words a failure: a list of `{"message", "errorCode", "fields"?}`, whatever went wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse
from starlette.responses import Response


@dataclass
class Failure(Exception):
    """One request of the API that failed."""

    status: int
    code: str
    message: str
    fields: Sequence[str] | None = None

    def body(self) -> list[dict[str, Any]]:
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        return [error | ({"fields": list(self.fields)} if self.fields is not None else {})]

    def saved(self) -> dict[str, Any]:
        """The same in the form of collections: one record's result."""
        error = {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}
        return {"success": False, "errors": [error]}


def not_found() -> Failure:
    return Failure(404, "NOT_FOUND", "The requested resource does not exist")


def no_session() -> Failure:
    return Failure(401, "INVALID_SESSION_ID", "Session expired or invalid")


def not_allowed(method: str, allowed: str) -> Failure:
    return Failure(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {allowed}")


def no_column(name: str, kind: str) -> Failure:
    return Failure(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")


def salesforce_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Salesforce answers with `status` when nothing more particular is known. 429 does not exist there:
    too many requests are a 403."""
    known = {
        401: no_session(),
        403: Failure(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        404: not_found(),
        405: not_allowed("", "GET,HEAD,POST,PATCH,DELETE"),
        429: Failure(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        503: Failure(503, "SERVER_UNAVAILABLE", "Service temporarily unavailable, try again later"),
    }
    failure = known.get(status) or Failure(status, "UNKNOWN_EXCEPTION", "An unexpected error occurred")
    return JSONResponse(failure.body(), failure.status, headers=dict(headers) if status == 503 else {})
