"""Health, readiness, metrics, and the audit trail."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from api.auth import Admin, Product
from api.problems import problem
from store import StoreError

router = APIRouter()


@router.get("/health", tags=["system"])
def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready", tags=["system"])
def ready(pacta: Product) -> Response:
    """The store and the index answer; 503 otherwise."""
    try:
        revision = pacta.store.revision()
        chunks = pacta.index.count()
    except StoreError as error:
        return problem(503, str(error))
    return JSONResponse({"status": "ready", "revision": revision, "chunks": chunks})


@router.get("/metrics", tags=["system"], response_class=PlainTextResponse)
def metrics(caller: Admin) -> Response:
    """Exchanges with outside systems since this process began, in the text format of Prometheus."""
    from tools.kit.metrics import KEPT
    from tools.kit.prometheus import MEDIA_TYPE, text

    return Response(text(KEPT), media_type=MEDIA_TYPE)


@router.get("/v1/audit", tags=["system"])
def audit(caller: Admin, pacta: Product, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
    """The newest entries of the audit trail."""
    return pacta.store.audit_trail(min(limit, 1000), before)


@router.get("/v1/audit/verify", tags=["system"])
def verify(caller: Admin, pacta: Product) -> dict[str, Any]:
    """Recompute the whole chain."""
    report = pacta.store.verify_audit()
    return {**vars(report), "intact": report.intact}
