"""The sandbox's own routes under `/_sandbox`: clock, faults, log, reset, events. No credentials."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.faults import Fault, Storm
from sandbox.state import Sandbox
from sandbox.vendors import Emitter


class Admin:
    def __init__(self, sandbox: Sandbox, stand_ins: Mapping[str, object]) -> None:
        self.sandbox = sandbox
        self.stand_ins = stand_ins

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/_sandbox")
        router.add_api_route("/clock", self.clock, methods=["GET"])
        router.add_api_route("/clock", self.set_clock, methods=["PUT", "POST"])
        router.add_api_route("/faults", self.faults, methods=["GET"])
        router.add_api_route("/faults", self.order_fault, methods=["POST"])
        router.add_api_route("/faults", self.clear_faults, methods=["DELETE"])
        router.add_api_route("/storm", self.storm, methods=["POST"])
        router.add_api_route("/log", self.log, methods=["GET"])
        router.add_api_route("/log", self.clear_log, methods=["DELETE"])
        router.add_api_route("/reset", self.reset, methods=["POST"])
        router.add_api_route("/emit", self.emit, methods=["POST"])
        router.add_api_route("/deliveries", self.deliveries, methods=["GET"])
        return router

    async def clock(self) -> Response:
        return JSONResponse({"now": self.sandbox.now.isoformat()})

    async def set_clock(self, request: Request) -> Response:
        given = await _json(request)
        try:
            self.sandbox.set_clock(datetime.fromisoformat(str(given.get("now"))))
        except ValueError as error:
            return _wrong(error)
        return await self.clock()

    async def faults(self) -> Response:
        return JSONResponse({"faults": [asdict(fault) for fault in self.sandbox.faults]})

    async def order_fault(self, request: Request) -> Response:
        """`{"kind": "429", "vendor": "servicenow", "path": "/table/", "times": 2, "skip": 1, …}`."""
        try:
            self.sandbox.faults.append(Fault(**await _json(request)))
        except (TypeError, ValueError) as error:
            return _wrong(error)
        return await self.faults()

    async def clear_faults(self) -> Response:
        """No more faults, neither ordered ones nor a storm's."""
        self.sandbox.faults.clear()
        self.sandbox.storm = None
        return await self.faults()

    async def storm(self, request: Request) -> Response:
        """`{"share": 0.1, "seed": 7, "kinds": ["429", "cut"]}`: until the faults are cleared."""
        try:
            self.sandbox.storm = Storm(**await _json(request))
        except (TypeError, ValueError) as error:
            return _wrong(error)
        return await self.faults()

    async def log(self, request: Request) -> Response:
        """The requests so far; `vendor`, `method`, `path` (part of it) and `status` narrow them down."""
        asked = request.query_params
        seen = [
            one
            for one in self.sandbox.requests()
            if asked.get("vendor", one["vendor"]) == one["vendor"]
            and asked.get("method", one["method"]) == one["method"]
            and asked.get("path", "") in one["path"]
            and asked.get("status", str(one["status"])) == str(one["status"])
        ]
        return JSONResponse({"count": len(seen), "requests": seen})

    async def clear_log(self) -> Response:
        self.sandbox.log.clear()
        return Response(status_code=204)

    async def reset(self) -> Response:
        self.sandbox.reset()
        return await self.clock()

    async def emit(self, request: Request) -> Response:
        """`{"event": "workflow_completed", "record": "IC-103", "to": "http://127.0.0.1:…"}`, of Ironclad
        unless `vendor` says otherwise; answers when every hook has taken it or every retry is spent."""
        given = await _json(request)
        vendor = self.stand_ins.get(str(given.get("vendor", "ironclad")))
        if not isinstance(vendor, Emitter):
            return _wrong(ValueError(f"{given.get('vendor')} sends no webhooks"))
        event, record = str(given.get("event", "workflow_completed")), str(given.get("record"))
        try:
            sent = await vendor.emit(event, record, given.get("to"))
        except KeyError:
            return _wrong(ValueError(f"there is no record {record}"))
        except ValueError as error:
            return _wrong(error)
        return JSONResponse({"deliveries": sent})

    async def deliveries(self) -> Response:
        """Every webhook sent so far, vendor by vendor."""
        emitters = [one for one in self.stand_ins.values() if isinstance(one, Emitter)]
        return JSONResponse({"deliveries": [sent for one in emitters for sent in one.sent()]})


async def _json(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.body())
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _wrong(error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 400)
