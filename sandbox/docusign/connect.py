"""Connect: configurations of webhooks, signed messages about envelopes, and the envelopes themselves.

A message is signed with every active key of the account: `X-DocuSign-Signature-1`, `-2` … hold the base64
of HMAC-SHA256 over the body as it was sent. A message that nobody takes is sent again, `retryCount` higher.
"""

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import oauth, outgoing
from sandbox.docusign.accounts import Desk
from sandbox.docusign.clm import Clm
from sandbox.docusign.text import Json, stamp
from sandbox.docusign.world import ACCOUNT, Document, number
from sandbox.errors import Refusal
from sandbox.webhooks import Delivery, is_loopback

KEYS = ("docusign-connect-key-one", "docusign-connect-key-two")
SCOPE = "signature"
RETRIES, LONGEST_WAIT = 5, 1.0
EVENTS: Mapping[str, str] = {
    "envelope-sent": "sent",
    "envelope-delivered": "delivered",
    "envelope-completed": "completed",
    "envelope-declined": "declined",
    "envelope-voided": "voided",
    "recipient-completed": "sent",
}
"""What can happen, and the state in which it leaves the envelope."""
SETTABLE = (
    "name",
    "urlToPublishTo",
    "events",
    "eventData",
    "allowEnvelopePublish",
    "includeHMAC",
    "allUsers",
    "configurationType",
    "deliveryMode",
    "requiresAcknowledgement",
)


@dataclass
class Configuration:
    id: int
    given: Json

    @property
    def url(self) -> str:
        return str(self.given["urlToPublishTo"])

    def wants(self, event: str) -> bool:
        return self.given.get("allowEnvelopePublish", "true") == "true" and event in self.given["events"]

    def shown(self) -> Json:
        return {"connectId": str(self.id), **self.given}


@dataclass
class Connect:
    clm: Clm
    desk: Desk
    configurations: dict[int, Configuration] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    happened: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    made: int = 0

    def begin(self) -> None:
        self.configurations.clear()
        self.deliveries.clear()
        self.happened.clear()
        self.made = 0

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/docusign/esign/restapi/v2.1/accounts/{account}")
        router.add_api_route("/connect", self.listed, methods=["GET"])
        router.add_api_route("/connect", self.create, methods=["POST"])
        router.add_api_route("/connect", self.change, methods=["PUT"])
        router.add_api_route("/connect/{id}", self.one, methods=["GET"])
        router.add_api_route("/connect/{id}", self.delete, methods=["DELETE"])
        router.add_api_route("/envelopes/{id}", self.envelope, methods=["GET"])
        return router

    def _enter(self, request: Request) -> None:
        session = self.desk.session(oauth.bearer(request))
        if session is None:
            raise _refuse(401, "USER_AUTHENTICATION_FAILED", "The access token is not valid")
        if SCOPE not in session.scopes:
            raise _refuse(401, "AUTHORIZATION_INVALID_TOKEN", f"The token lacks the scope {SCOPE}")
        if request.path_params["account"] != ACCOUNT:
            raise _refuse(401, "USER_LACKS_MEMBERSHIP", "The user has no part in this account")

    def _configuration(self, request: Request, key: str) -> Configuration:
        found = self.configurations.get(int(key)) if key.isdigit() else None
        if found is None:
            raise _refuse(400, "CONNECT_CONFIGURATION_NOT_FOUND", "There is no such configuration")
        return found

    # -- routes -----------------------------------------------------------------------------------------

    async def listed(self, request: Request) -> Response:
        self._enter(request)
        shown = [one.shown() for one in self.configurations.values()]
        return JSONResponse({"configurations": shown, "totalRecords": str(len(shown))})

    async def one(self, request: Request) -> Response:
        self._enter(request)
        shown = self._configuration(request, request.path_params["id"]).shown()
        return JSONResponse({"configurations": [shown], "totalRecords": "1"})

    async def create(self, request: Request) -> Response:
        self._enter(request)
        given = _wanted(await _body(request))
        for name in ("urlToPublishTo", "events"):
            if not given.get(name):
                raise _refuse(400, "INVALID_REQUEST_PARAMETER", f"{name} is required")
        self.made += 1
        self.configurations[10_000 + self.made] = made = Configuration(10_000 + self.made, given)
        return JSONResponse(made.shown(), 201)

    async def change(self, request: Request) -> Response:
        """The configuration is named in the body."""
        self._enter(request)
        body = await _body(request)
        one = self._configuration(request, str(body.pop("connectId", "")))
        one.given |= _wanted(body)
        return JSONResponse(one.shown())

    async def delete(self, request: Request) -> Response:
        self._enter(request)
        del self.configurations[self._configuration(request, request.path_params["id"]).id]
        return Response(status_code=200)

    async def envelope(self, request: Request) -> Response:
        self._enter(request)
        for contract in self.clm.sandbox.world.contracts:
            document = self.clm.account.of_contract(contract.ironclad)
            if document is not None and envelope_id(contract.ironclad) == request.path_params["id"]:
                state, at = self.happened.get(contract.ironclad, ("completed", document.writes[0].at))
                if at <= self.clm.sandbox.now:
                    return JSONResponse(self.summary(document, state, at))
        raise _refuse(404, "ENVELOPE_DOES_NOT_EXIST", "There is no such envelope")

    # -- envelopes and messages -------------------------------------------------------------------------

    def summary(self, document: Document, state: str, at: datetime) -> Json:
        """The envelope in which a contract was signed; the repository's number is a custom field."""
        told = next(c for c in self.clm.sandbox.world.contracts if c.ironclad == document.contract)
        envelope, sent_at = envelope_id(told.ironclad), stamp(at - timedelta(days=1))
        name = document.name(self.clm.sandbox.now)
        body: Json = {
            "status": state,
            "documentsUri": f"/envelopes/{envelope}/documents",
            "recipientsUri": f"/envelopes/{envelope}/recipients",
            "envelopeUri": f"/envelopes/{envelope}",
            "emailSubject": f"Please sign: {told.title}",
            "envelopeId": envelope,
            "createdDateTime": sent_at,
            "sentDateTime": sent_at,
            "initialSentDateTime": sent_at,
            "lastModifiedDateTime": stamp(at),
            "statusChangedDateTime": stamp(at),
            "sender": {**self._sender(document), "accountId": ACCOUNT},
            "customFields": {"textCustomFields": _custom_fields(document), "listCustomFields": []},
            "recipients": {
                "signers": [self._signer(told.party, state, at)],
                "recipientCount": "1",
                "currentRoutingOrder": "1",
            },
            "envelopeDocuments": [{"documentId": "1", "name": name, "type": "content", "order": "1"}],
        }
        return {**body, **({"completedDateTime": stamp(at)} if state == "completed" else {})}

    def _signer(self, key: str, state: str, at: datetime) -> Json:
        party = self.clm.sandbox.world.party(key)
        signer = party.people[0] if party.people else None
        return {
            "name": signer.name if signer else party.name,
            "email": signer.user if signer else "contracts@counterparty.example",
            "recipientId": "1",
            "routingOrder": "1",
            "status": "completed" if state == "completed" else "sent",
            **({"signedDateTime": stamp(at)} if state == "completed" else {}),
        }

    def _sender(self, document: Document) -> Json:
        person = self.clm.account.people[document.writes[0].by]
        return {"userName": person.name, "userId": person.id, "email": person.email}

    async def emit(self, event: str, record: str, to: str | None) -> list[Json]:
        if event not in EVENTS:
            raise ValueError(f"{event!r} is no event of Connect: {', '.join(EVENTS)}")
        document = self.clm.account.of_contract(record)
        if document is None:
            raise KeyError(record)
        if to is not None and not is_loopback(to):
            raise ValueError(f"{to} is not on this machine; the sandbox calls nothing else")
        now = self.clm.sandbox.now
        if event == "envelope-completed" and (record in self.clm.held_back or not document.seen(now)):
            self._file(document, now)
        self.happened[record] = (EVENTS[event], now)
        if to is not None and all(one.url != to for one in self.configurations.values()):
            self.made += 1
            given = {"urlToPublishTo": to, "events": [event], "includeHMAC": "true", "name": "from the test"}
            self.configurations[10_000 + self.made] = Configuration(10_000 + self.made, given)
        wanting = [one for one in self.configurations.values() if one.wants(event) or one.url == to]
        data = {
            "accountId": ACCOUNT,
            "userId": self._sender(document)["userId"],
            "envelopeId": envelope_id(record),
            "envelopeSummary": self.summary(document, EVENTS[event], now),
        }
        if event.startswith("recipient-"):
            data["recipientId"] = "1"
        return [asdict(one) for one in await asyncio.gather(*(self._send(c, event, data) for c in wanting))]

    def _file(self, document: Document, now: datetime) -> None:
        """A contract that was signed appears in the repository."""
        self.clm.held_back.discard(document.contract)
        earlier = document.writes[0].at - now
        if earlier > timedelta(0):
            document.writes = [
                type(write)(write.at - earlier, write.by, write.action, write.groups, write.plain)
                for write in document.writes
            ]

    async def _send(self, one: Configuration, event: str, data: Json) -> Delivery:
        delivery = Delivery(f"{data['envelopeId']}:{event}", str(one.id), one.url, event)
        self.deliveries.append(delivery)
        wait = self.clm.sandbox.webhook_wait
        for attempt in range(1 + RETRIES):
            if attempt:
                await asyncio.sleep(min(wait * 2 ** (attempt - 1), LONGEST_WAIT))
            message = {
                "event": event,
                "apiVersion": "v2.1",
                "uri": f"/restapi/v2.1/accounts/{ACCOUNT}/envelopes/{data['envelopeId']}",
                "retryCount": attempt,
                "configurationId": one.id,
                "generatedDateTime": stamp(self.clm.sandbox.now),
                "data": data,
            }
            body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
            signed = one.given.get("includeHMAC") == "true"
            reply = await outgoing.post(one.url, body, signatures(body) if signed else JSON_ONLY)
            delivery.attempts.append(reply.status)
            if reply.taken:
                delivery.delivered = True
                break
        return delivery


JSON_ONLY: Mapping[str, str] = {"Content-Type": "application/json"}


def signatures(body: bytes) -> dict[str, str]:
    """The headers of a signed message."""
    headers = {**JSON_ONLY, "X-Authorization-Digest": "HMACSHA256"}
    for place, key in enumerate(KEYS, 1):
        digest = hmac.new(key.encode(), body, sha256).digest()
        headers[f"X-DocuSign-Signature-{place}"] = base64.b64encode(digest).decode()
    return headers


def _custom_fields(document: Document) -> list[Json]:
    given = {"Contract Number": document.contract, "CLM Document": document.id}
    return [
        {"fieldId": str(10_000 + place), "name": name, "show": "false", "required": "false", "value": value}
        for place, (name, value) in enumerate(given.items(), 1)
    ]


def envelope_id(contract: str) -> str:
    return number("envelope", contract)


def _refuse(status: int, code: str, text: str) -> Refusal:
    return Refusal(JSONResponse({"errorCode": code, "message": text}, status))


def _wanted(given: Json) -> Json:
    wrong = sorted(set(given) - set(SETTABLE))
    if wrong:
        raise _refuse(400, "INVALID_REQUEST_BODY", f"Not known: {', '.join(wrong)}")
    events = given.get("events", [])
    if not isinstance(events, list) or not set(events) <= set(EVENTS):
        raise _refuse(400, "INVALID_REQUEST_PARAMETER", f"events are {', '.join(EVENTS)}")
    if "urlToPublishTo" in given and not is_loopback(str(given["urlToPublishTo"])):
        raise _refuse(400, "INVALID_REQUEST_PARAMETER", "urlToPublishTo lies beyond this machine")
    return dict(given)


async def _body(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _refuse(400, "INVALID_REQUEST_BODY", "The body is no JSON object")
    return given
