"""Webhooks: verified on the raw body, taken in once, read durably."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from api.auth import Product, Worker
from flows import webhook as flow

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


@router.post("/{system}", status_code=202)
async def receive(system: str, request: Request, pacta: Product, work: Worker) -> dict[str, object]:
    """A signed event of a configured system. Nothing unsigned, tampered or too old is kept."""
    raw = await request.body()
    got = await run_in_threadpool(flow.receive, pacta, system, raw, dict(request.headers), work)
    return {"event": got.event_id, "record": got.record, "fresh": got.fresh}
