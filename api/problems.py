"""Every error as problem+json (RFC 9457): type, title, status, detail, and what to do about it."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from agent.errors import AgentError, UnmeasuredPrompt
from flows.errors import FlowError, NotReady, UnknownSystem
from obligations.errors import PactaError
from store import Conflict, NotFound
from tools.kit.errors import ConnectorError, Retryable, SignatureError

log = structlog.get_logger("api")

MEDIA_TYPE = "application/problem+json"
STATUS: tuple[tuple[type[PactaError], int], ...] = (
    (NotFound, 404),
    (UnknownSystem, 404),
    (Conflict, 409),
    (NotReady, 409),
    (UnmeasuredPrompt, 409),
    (SignatureError, 401),
    (Retryable, 503),
    (ConnectorError, 502),
    (AgentError, 422),
    (FlowError, 422),
    (PactaError, 422),
)


class Forbidden(PactaError):
    """The caller's key does not carry the role."""


def problem(status: int, detail: str, *, name: str = "about:blank", **more: Any) -> JSONResponse:
    """A problem document; `name` is the kind of error, such as "urn:pacta:not-found"."""
    body = {"type": name, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body |= {key: value for key, value in more.items() if value}
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def _name(error: Exception) -> str:
    words = "".join(f"-{c.lower()}" if c.isupper() else c for c in type(error).__name__)
    return f"urn:pacta:{words.strip('-')}"


async def on_purpose(_: Request, error: Exception) -> JSONResponse:
    """An error the product raises on purpose."""
    assert isinstance(error, PactaError)
    if isinstance(error, Forbidden):
        return problem(403, str(error), name=_name(error), remedy=error.remedy)
    status = next(code for kind, code in STATUS if isinstance(error, kind))
    return problem(status, str(error), name=_name(error), remedy=error.remedy)


async def invalid(_: Request, error: Exception) -> JSONResponse:
    """A request that does not fit its schema: where, and why."""
    assert isinstance(error, RequestValidationError)
    found = [{"where": ".".join(str(part) for part in e["loc"]), "why": e["msg"]} for e in error.errors()]
    detail = "; ".join(f"{e['where']}: {e['why']}" for e in found[:5])
    return problem(
        422, detail, name="urn:pacta:invalid-request", errors=found, remedy="see /docs for the schema"
    )


async def http(_: Request, error: Exception) -> JSONResponse:
    """What the framework refuses: unknown routes, methods, missing credentials."""
    assert isinstance(error, HTTPException)
    response = problem(error.status_code, str(error.detail))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def unexpected(_: Request, error: Exception) -> JSONResponse:
    """A defect of ours: the caller gets an id to report, the log the rest."""
    incident = uuid4().hex[:12]
    log.error("unexpected", incident=incident, error=type(error).__name__, exc_info=error)
    return problem(
        500,
        "something went wrong on our side",
        incident=incident,
        remedy="report this incident id; it is in the log",
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(PactaError, on_purpose)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)
