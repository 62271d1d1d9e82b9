"""The sandbox as one ASGI application: the vendors, a scripted model, admin routes, the gate of faults."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sandbox import answers
from sandbox.admin import Admin
from sandbox.errors import Refusal
from sandbox.faults import FaultGate
from sandbox.state import Sandbox
from sandbox.vendors import vendor_of, vendors
from sandbox.volume import Volume


def build(
    clock: datetime | None = None,
    withhold: Sequence[str] = (),
    corpus: Path | None = None,
    webhook_wait: float = 0.05,
    volume: Volume | None = None,
) -> FastAPI:
    """The application; see `Sandbox` for what is given."""
    sandbox = Sandbox(clock, corpus, withhold, webhook_wait, volume)
    stand_ins = {name: vendor.make(sandbox) for name, vendor in vendors().items()}
    sandbox.on_reset += [stand_in.reset for stand_in in stand_ins.values()]
    app = FastAPI(title="Sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(FaultGate, sandbox=sandbox)
    app.add_exception_handler(Refusal, _refuse)
    app.add_exception_handler(HTTPException, _not_offered)
    app.add_api_route("/", _index, methods=["GET"])
    for stand_in in stand_ins.values():
        app.include_router(stand_in.router())
    app.include_router(Admin(sandbox, stand_ins).router())
    return app


async def _index(request: Request) -> Response:
    base = str(request.base_url).rstrip("/")
    places = {name: f"{base}/{vendor.prefix}" for name, vendor in vendors().items()}
    return JSONResponse({**places, "model": f"{base}/llm/v1", "admin": f"{base}/_sandbox"})


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # registered for this class only
    return error.response


async def _not_offered(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    vendor = vendors().get(vendor_of(request.url.path))
    return vendor.failure(status, {}) if vendor else answers.nobody(status)
