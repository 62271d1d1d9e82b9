"""project44's unified shipment tracking: shipments one by one, their events, positions and route; pushes.

Base `<sandbox>/project44/api/v4`, tokens at `/oauth2/token` below it. Shipments cannot be listed.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults, oauth, outgoing
from sandbox.errors import Refusal
from sandbox.project44 import shapes
from sandbox.project44.shapes import Json
from sandbox.project44.world import Shipment, Stop, fill, number
from sandbox.state import Sandbox
from sandbox.vendors import Vendor
from sandbox.webhooks import Delivery, is_loopback

CLIENT_ID, CLIENT_SECRET = "pacta-project44-client", "project44-demo-secret"
PUSH_USER, PUSH_PASSWORD = "p44-push", "project44-push-password"
TOKEN_SECONDS = 43_200
IDENTIFIERS = (
    "BILL_OF_LADING",
    "BOOKING_NUMBER",
    "CARRIER_SCAC",
    "CONTAINER_ID",
    "ORDER",
    "PRO",
    "PURCHASE_ORDER",
    "TRACKING_NUMBER",
)
TRACKED_BY = ("BILL_OF_LADING", "BOOKING_NUMBER", "CONTAINER_ID", "ORDER", "PRO", "TRACKING_NUMBER")
"""One of these and the carrier tell which shipment is meant."""
EVENTS = ("tracking-updated",)
MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


def failure(
    status: int, text: str, wrong: Sequence[str] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """`{"httpStatusCode", "httpMessage", "errorMessage", "errors", "supportReferenceId"}`"""
    body = {
        "httpStatusCode": status,
        "httpMessage": MESSAGES.get(status, "Error"),
        "errorMessage": text,
        "errors": [{"severity": "ERROR", "message": one, "source": "SYSTEM"} for one in wrong],
        "supportReferenceId": str(uuid4()),
    }
    return JSONResponse(body, status, headers=dict(headers or {}))


def project44_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What project44 answers with `status` when nothing more particular is known."""
    texts = {401: "The credentials are missing or not valid", 429: "There were too many requests"}
    return failure(status, texts.get(status, "The request could not be carried out"), (), headers)


class Project44:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.deliveries: list[Delivery] = []
        self.reset()

    def reset(self) -> None:
        self.shipments: dict[str, Shipment] = fill(self.sandbox.world)
        self.tokens.forget()
        self.deliveries.clear()
        self.made = 0

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/project44/api/v4")
        router.add_api_route("/oauth2/token", self.token, methods=["POST"])
        router.add_api_route("/shipments/tracking", self.create, methods=["POST"])
        router.add_api_route("/shipments/{id}/tracking", self.route, methods=["GET"])
        router.add_api_route("/shipments/{id}/tracking", self.stop, methods=["DELETE"])
        router.add_api_route("/shipments/{id}/tracking/history", self.history, methods=["GET"])
        router.add_api_route("/shipments/{id}/eventhistory", self.events, methods=["GET"])
        router.add_api_route("/shipments/{id}/positionhistory", self.positions, methods=["GET"])
        return router

    # -- who may come in ------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        if "x-www-form-urlencoded" not in request.headers.get("content-type", ""):
            return failure(415, "A token is asked for with a form")
        given = await oauth.grant(request)
        if given.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        granted = {"access_token": self.tokens.issue(), "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return JSONResponse({**granted, "scope": "all"})

    def _enter(self, request: Request) -> None:
        if self.tokens.scopes(oauth.bearer(request)) is None:
            raise Refusal(project44_failure(401, {}))

    def _one(self, request: Request) -> Shipment:
        self._enter(request)
        key = str(request.path_params["id"])
        try:
            UUID(key)
        except ValueError:
            raise Refusal(failure(400, "The shipment's id is no UUID")) from None
        found = self.shipments.get(key.lower())
        if found is None or not found.seen(self.sandbox.now):
            raise Refusal(failure(404, "There is no such shipment"))
        return found

    # -- reading --------------------------------------------------------------------------------------

    def _part(self, request: Request, name: str, found: list[Json], one: Shipment) -> Response:
        """Events or positions, with the shipment beside them."""
        fault = faults.kind_of(request)
        given = request.query_params.get("includeRouteInfo", "false").lower()
        if given not in ("true", "false"):
            raise Refusal(failure(400, "includeRouteInfo is true or false"))
        shown = shapes.shipment(one, self.sandbox.now, route=given == "true")
        return JSONResponse({"shipment": shown, name: faults.repeat(faults.reorder(found, fault), fault)})

    async def route(self, request: Request) -> Response:
        return JSONResponse(shapes.shipment(self._one(request), self.sandbox.now))

    async def events(self, request: Request) -> Response:
        one = self._one(request)
        return self._part(request, "events", shapes.events(one, self.sandbox.now), one)

    async def positions(self, request: Request) -> Response:
        one = self._one(request)
        return self._part(request, "positions", shapes.positions(one, self.sandbox.now), one)

    async def history(self, request: Request) -> Response:
        body, fault = shapes.history(self._one(request), self.sandbox.now), faults.kind_of(request)
        body["events"] = faults.repeat(faults.reorder(body["events"], fault), fault)
        return JSONResponse(body)

    # -- writing --------------------------------------------------------------------------------------

    async def stop(self, request: Request) -> Response:
        """No more tracking; the shipment is gone."""
        self._one(request).stopped_at = self.sandbox.now
        return Response(status_code=204)

    async def create(self, request: Request) -> Response:
        """A new shipment, or more about one that is known by its id or its identifiers."""
        self._enter(request)
        given = await _body(request)
        wrong = _faults(given)
        if wrong:
            return failure(400, "The shipment is not valid", wrong)
        one = self._known(given)
        if one is None:
            one = self._new(given)
        one.changed_at = self.sandbox.now
        named = {name["type"]: name["value"] for name in [*one.identifiers, *given.get("identifiers", ())]}
        one.identifiers = [{"type": kind, "value": value} for kind, value in named.items()]
        held = {attribute["name"]: attribute for attribute in one.attributes}
        held |= {attribute["name"]: attribute for attribute in given.get("attributes", ())}
        one.attributes = list(held.values())
        told = {stop.id: stop for stop in one.stops}
        told |= {stop.id: stop for stop in map(_stop, given.get("stops", ()))}
        one.stops = list(told.values())
        return JSONResponse(shapes.shipment(one, self.sandbox.now))

    def _known(self, given: Json) -> Shipment | None:
        if given.get("id"):
            found = self.shipments.get(str(given["id"]).lower())
            if found is None or not found.seen(self.sandbox.now):
                raise Refusal(failure(404, "There is no such shipment"))
            return found
        named = {one["type"]: one["value"] for one in given["identifiers"]}
        for one in self.shipments.values():
            same = any(one.named(kind) == named[kind] for kind in TRACKED_BY if kind in named)
            if same and one.named("CARRIER_SCAC") == named.get("CARRIER_SCAC") and one.seen(self.sandbox.now):
                return one
        return None

    def _new(self, given: Json) -> Shipment:
        named = {one["type"]: one["value"] for one in given["identifiers"]}
        if "CARRIER_SCAC" not in named or not any(kind in named for kind in TRACKED_BY):
            text = "The carrier and an identifier by which it tracks are needed"
            raise Refusal(failure(400, "The shipment is not valid", [text]))
        self.made += 1
        one = Shipment(number("shipment", f"made-{self.made}"), self.sandbox.now, [], [], "FTL", [])
        self.shipments[one.id] = one
        return one

    # -- pushes ---------------------------------------------------------------------------------------

    def sent(self) -> list[Json]:
        return [asdict(one) for one in self.deliveries]

    async def emit(self, event: str, record: str, to: str | None = None) -> list[Json]:
        """Push what is known of a shipment, named by its id or bill of lading, to `to`."""
        if event not in EVENTS:
            raise ValueError(f"{event!r} is no event of project44: {', '.join(EVENTS)}")
        now = self.sandbox.now
        found = [one for one in self.shipments.values() if record in (one.id, one.named("BILL_OF_LADING"))]
        if not found or not found[0].seen(now):
            raise KeyError(record)
        if to is None:
            return []
        if not is_loopback(to):
            raise ValueError(f"{to} is not on this machine; the sandbox calls nothing else")
        body = json.dumps(shapes.history(found[0], now, latest=True), separators=(",", ":")).encode()
        delivery = Delivery(str(uuid4()), "push", to, event)
        self.deliveries.append(delivery)
        for _ in range(3):
            reply = await outgoing.post(to, body, {"Content-Type": "application/json", **_basic()})
            delivery.attempts.append(reply.status)
            delivery.delivered = reply.taken
            if reply.taken:
                break
        return [asdict(delivery)]


def _basic() -> dict[str, str]:
    """The credentials that the customer gave project44 for its pushes."""
    return {"Authorization": f"Basic {b64encode(f'{PUSH_USER}:{PUSH_PASSWORD}'.encode()).decode()}"}


async def _body(request: Request) -> Json:
    if "json" not in request.headers.get("content-type", ""):
        raise Refusal(failure(415, "The body has to be JSON and to say so"))
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal(failure(400, "The body is no JSON object"))
    return given


def _faults(given: Json) -> list[str]:
    """What is wrong with a shipment that a client wrote."""
    lists = ("identifiers", "attributes", "stops")
    wrong = [f"{name} cannot be written" for name in given if name not in ("id", *lists)]
    wrong += [f"{name} is a list of objects" for name in lists if not _objects(given.get(name, []))]
    if wrong:
        return wrong
    if not given.get("identifiers") and not given.get("id"):
        wrong.append("id or identifiers tell which shipment is meant")
    wrong += [
        f"{one.get('type')} is no identifier, or has no value"
        for one in given.get("identifiers", ())
        if one.get("type") not in IDENTIFIERS or not isinstance(one.get("value"), str) or not one["value"]
    ]
    wrong += [
        "an attribute has a name and values"
        for one in given.get("attributes", ())
        if not isinstance(one.get("name"), str) or not isinstance(one.get("values"), list)
    ]
    return wrong + [fault for one in given.get("stops", ()) for fault in _stop_faults(one)]


def _objects(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(one, dict) for one in given)


def _stop_faults(given: Json) -> list[str]:
    location = given.get("location")
    address = location.get("address") if isinstance(location, dict) else None
    if given.get("type") not in ("ORIGIN", "DESTINATION"):
        return ["a stop is an ORIGIN or a DESTINATION"]
    if not isinstance(address, dict) or not address.get("city") or not address.get("country"):
        return ["a stop has an address with city and country"]
    try:
        UUID(str(given.get("id", number("stop", "any"))))
    except ValueError:
        return ["the id of a stop is a UUID"]
    return []


def _stop(given: Json) -> Stop:
    address = given["location"]["address"]
    place = {
        "name": str(given["location"].get("name", "")),
        "street": str(address.get("street", "")),
        "city": str(address["city"]),
        "state": str(address.get("state", "")),
        "postal": str(address.get("postalCode", "")),
        "country": str(address["country"]),
        "zone": "UTC",
    }
    made = str(given.get("id") or number("stop", f"{given['type']}/{json.dumps(address, sort_keys=True)}"))
    return Stop(made, str(given["type"]), place, None)


VENDOR = Vendor("project44", "project44", Project44, project44_failure)
