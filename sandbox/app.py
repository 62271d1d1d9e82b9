"""The sandbox as one ASGI application: three vendors, a scripted model, admin routes, the gate of faults."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sandbox import answers, llm
from sandbox.admin import Admin
from sandbox.errors import Refusal
from sandbox.faults import FaultGate, vendor_of
from sandbox.ironclad import Ironclad
from sandbox.sap_s4hana import Sap
from sandbox.servicenow import ServiceNow
from sandbox.state import Sandbox


def build(
    clock: datetime | None = None,
    withhold: Sequence[str] = (),
    corpus: Path | None = None,
    webhook_wait: float = 0.05,
) -> FastAPI:
    """The application. `withhold` names records that appear only when their signing is emitted;
    `corpus` is where signed copies lie; `webhook_wait` is the pause before a webhook's first retry."""
    sandbox = Sandbox(clock, corpus)
    ironclad, servicenow = Ironclad(sandbox, withhold, webhook_wait), ServiceNow(sandbox)
    sap = Sap(sandbox)
    sandbox.on_reset += [ironclad.reset, servicenow.reset, sap.reset]
    app = FastAPI(title="Sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(FaultGate, sandbox=sandbox)
    app.add_exception_handler(Refusal, _refuse)
    app.add_exception_handler(HTTPException, _not_offered)
    app.add_api_route("/", _index, methods=["GET"])
    for router in (ironclad.router(), servicenow.router(), sap.router(), Admin(sandbox, ironclad).router()):
        app.include_router(router)
    app.include_router(llm.router())
    return app


async def _index(request: Request) -> Response:
    base = str(request.base_url).rstrip("/")
    return JSONResponse(
        {
            "ironclad": f"{base}/ironclad",
            "servicenow": f"{base}/servicenow",
            "sap_s4hana": f"{base}/sap",
            "model": f"{base}/llm/v1",
            "admin": f"{base}/_sandbox",
        }
    )


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # registered for this class only
    return error.response


async def _not_offered(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return answers.vendor_error(vendor_of(request.url.path), status)
