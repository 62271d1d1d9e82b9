"""Webhooks: verified on the raw body, taken in once, read durably."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from api.auth import Product, Worker
from flows import webhook as flow

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.post("/{system}", status_code=202)
async def receive(system: str, request: Request, pacta: Product, work: Worker) -> Response:
    """A signed event of a configured system, or its handshake. Nothing unsigned, tampered or too old is kept.

    A handshake is answered with 200 and what the system wants to hear.
    """
    raw = await request.body()
    got = await run_in_threadpool(flow.receive, pacta, system, raw, dict(request.headers), work)
    if not isinstance(got, flow.Received):
        return JSONResponse(got.body or {}, 200, headers=got.headers)
    kept = {"event": got.event_id, "record": got.record, "streams": list(got.streams), "fresh": got.fresh}
    return JSONResponse(kept, 202)
