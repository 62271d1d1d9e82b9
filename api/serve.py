"""Serving the API: with the durable worker in the same process, or beside it."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from store import LOCAL, Scope

if TYPE_CHECKING:
    from flows.wiring import Pacta


def first_key(pacta: "Pacta") -> str | None:
    """An administrator's key for a store that has none; None when there are keys already."""
    if pacta.store.keys():
        return None
    _, secret = pacta.store.create_key("first", "admin", Scope.all(), by=LOCAL.id, at=pacta.wall_clock())
    return secret


def serve(pacta: "Pacta", host: str, port: int, *, work: bool = True) -> None:
    """Serve until interrupted. The first start prints an administrator's key, once. Raises UnmeasuredPrompt
    before anything is served where a prompt of the configured model has not passed the gate."""
    import uvicorn

    from api.app import create_app
    from flows.prompts import check

    check(pacta)

    with ExitStack() as stack:
        worker = None
        if work:
            from flows.durable import Work

            worker = Work(pacta)
            worker.start()
            stack.callback(worker.stop)
        secret = first_key(pacta)
        print(f"Pacta on http://{host}:{port}  (OpenAPI page: http://{host}:{port}/docs)")
        if secret:
            print(f"A first administrator's key, shown once:\n  {secret}")
            print(f"Try:\n  curl -s http://{host}:{port}/v1/ask -H 'Authorization: Bearer {secret}' \\")
            print("    -H 'Content-Type: application/json' -d '{\"question\": \"Is Acme in SLA breach?\"}'")
        uvicorn.run(create_app(pacta, worker), host=host, port=port, log_level="warning")
