"""Asana's batch: up to ten requests in one, each answered for itself."""

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.asana.answers import Routes, data, wrong
from sandbox.asana.shapes import Json

if TYPE_CHECKING:
    from sandbox.asana.service import Asana

MOST = 10
METHODS = ("get", "post", "put", "delete")
OPTIONS = {"fields": "opt_fields", "opt_fields": "opt_fields", "limit": "limit", "offset": "offset"}


def routes(asana: "Asana") -> Routes:
    own = Batch(asana)
    return (("POST", "/batch", own.answer),)


class Batch:
    def __init__(self, asana: "Asana") -> None:
        self.asana = asana

    async def answer(self, request: Request) -> Response:
        from httpx import ASGITransport, AsyncClient

        self.asana.enter(request, "tasks:read")
        actions = (await data(request)).get("actions")
        if not isinstance(actions, list) or not actions:
            raise wrong("actions: Missing input")
        if len(actions) > MOST:
            raise wrong(f"actions: A batch holds up to {MOST} actions")
        prepared = [_prepared(action) for action in actions]
        base = str(request.url).split("?")[0].removesuffix("/batch")
        headers = {"authorization": request.headers["authorization"]}
        # Each request takes the way of every other, so faults and the log meet it too.
        async with AsyncClient(transport=ASGITransport(app=request.app), headers=headers) as client:
            answers = [await client.request(url=base + path, **call) for path, call in prepared]
        shown = [
            {"status_code": one.status_code, "headers": _location(one), "body": one.json()} for one in answers
        ]
        return JSONResponse({"data": shown})


def _prepared(action: Any) -> tuple[str, Json]:
    """The path of an action and how to ask for it; what a GET is given goes into its query."""
    if not isinstance(action, dict):
        raise wrong("actions: Value is not an array of objects")
    path, method = str(action.get("relative_path", "")), str(action.get("method", "")).lower()
    if not path.startswith("/") or path.startswith("/batch"):
        raise wrong("relative_path: Missing input, or not a path that a batch may hold")
    if method not in METHODS:
        raise wrong("method: Value is not one of get, post, put, delete")
    params: dict[str, str] = {}
    for name, value in (action.get("options") or {}).items():
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        params[OPTIONS.get(name, name)] = text
    given = action.get("data") or {}
    if method in ("get", "delete"):
        params |= {name: str(value) for name, value in given.items()}
        return path, {"method": method.upper(), "params": params}
    return path, {"method": method.upper(), "params": params, "json": {"data": given}}


def _location(answer: Any) -> dict[str, str]:
    if answer.status_code != 201:
        return {}
    made = answer.json().get("data", {})
    kind = str(made.get("resource_type", "task"))
    return {"location": f"/{'stories' if kind == 'story' else kind + 's'}/{made.get('gid')}"}
