"""Salesforce's REST API: token endpoint, queries, records, composite requests.

Base `<sandbox>/salesforce`, which the token's answer gives as `instance_url`; the paths in answers begin
with `/services/data`, as real ones do, and are to be appended to it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults, oauth
from sandbox.salesforce.errors import Failure, no_session, not_found, salesforce_failure
from sandbox.salesforce.rest import Call, Rest
from sandbox.salesforce.schema import make_id
from sandbox.salesforce.world import fill
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

CLIENT_ID, CLIENT_SECRET = "pacta-salesforce-client", "salesforce-demo-secret"
USERNAME = "pacta@tessaly.example"
ORG = make_id("00D", 4120)
SESSION_SECONDS = 7200
CALLS_PER_DAY = 15000
OLDEST, NEWEST = 31, 68
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
MY_DOMAIN = "https://tessaly.my.salesforce.com"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# An assertion may be valid for five minutes at most, and clocks may differ by three.
LONGEST_ASSERTION, LEEWAY = 300, 180


class Salesforce:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=SESSION_SECONDS)
        self.reset()

    def reset(self) -> None:
        self.rest = Rest(fill(self.sandbox.world))
        self.tokens.forget()
        self.public_key = b""
        self.used = 0

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/salesforce")
        router.add_api_route("/_setup/certificate", self.register, methods=["PUT"])
        router.add_api_route("/services/oauth2/token", self.token, methods=["POST"])
        router.add_api_route("/services/oauth2/userinfo", self.userinfo, methods=["GET"])
        router.add_api_route("/services/data", self.versions, methods=["GET"])
        router.add_api_route("/services/data/", self.versions, methods=["GET"])
        every = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]
        router.add_api_route("/services/data/{rest:path}", self.api, methods=every)
        return router

    # -- logging in ---------------------------------------------------------------------------------

    async def register(self, request: Request) -> Response:
        """Not Salesforce's: stands for the page on which a certificate is added to the connected app."""
        self.public_key = await request.body()
        return Response(status_code=204)

    async def token(self, request: Request) -> Response:
        if "x-www-form-urlencoded" not in request.headers.get("content-type", ""):
            return _denied("unsupported_grant_type", "grant type not supported")
        given = await oauth.grant(request)
        kind = given.get("grant_type", "")
        if kind == "client_credentials":
            if given.get("client_id") != CLIENT_ID:
                return _denied("invalid_client_id", "client identifier invalid")
            if given.get("client_secret") != CLIENT_SECRET:
                return _denied("invalid_client", "invalid client credentials")
        elif kind == JWT_GRANT:
            wrong = self._assertion(given.get("assertion", ""), _instance(request))
            if wrong:
                return _denied("invalid_grant", wrong)
        else:
            return _denied("unsupported_grant_type", "grant type not supported")
        return JSONResponse(self._session(request))

    def _session(self, request: Request) -> dict[str, str]:
        identity = f"https://login.salesforce.com/id/{ORG}/{self.rest.org.integration}"
        issued = str(int(time.time() * 1000))
        signed = hmac.new(CLIENT_SECRET.encode(), (identity + issued).encode(), hashlib.sha256).digest()
        return {
            "access_token": f"{ORG[:15]}!{self.tokens.issue()}",
            "signature": base64.b64encode(signed).decode(),
            "scope": "api",
            "instance_url": _instance(request),
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
        }

    def _assertion(self, text: str, instance: str) -> str:
        """What is wrong with a signed assertion, "" for nothing."""
        try:
            head, payload, signature = text.split(".")
            header, claims = json.loads(_decoded(head)), json.loads(_decoded(payload))
            expires = int(claims["exp"])
        except (ValueError, TypeError, KeyError, binascii.Error):
            return "invalid assertion"
        if header.get("alg") != "RS256" or not self._signed(f"{head}.{payload}", signature):
            return "invalid assertion"
        if claims.get("iss") != CLIENT_ID:
            return "invalid client credentials"
        if claims.get("aud") not in (*AUDIENCES, MY_DOMAIN, instance):
            return "audience is invalid"
        now = time.time()
        if expires < now - LEEWAY or expires > now + LONGEST_ASSERTION + LEEWAY:
            return "expired authorization code"
        return "" if claims.get("sub") == USERNAME else "user hasn't approved this consumer"

    def _signed(self, content: str, signature: str) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
        from cryptography.x509 import load_pem_x509_certificate

        try:
            if b"BEGIN CERTIFICATE" in self.public_key:
                key = load_pem_x509_certificate(self.public_key).public_key()
            else:
                key = load_pem_public_key(self.public_key)  # type: ignore[assignment]
            if not isinstance(key, rsa.RSAPublicKey):
                return False
            key.verify(_decoded(signature), content.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            return False
        return True

    async def userinfo(self, request: Request) -> Response:
        if not self._knows(request):
            return Response("Bad_OAuth_Token", 403, media_type="text/plain")
        user = self.rest.org.integration
        body = {"user_id": user, "organization_id": ORG, "preferred_username": USERNAME, "active": True}
        return JSONResponse({"sub": f"https://login.salesforce.com/id/{ORG}/{user}", **body})

    def _knows(self, request: Request) -> bool:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        org, _, token = text.strip().partition("!")
        known = scheme.lower() in ("bearer", "oauth") and org == ORG[:15]
        return known and self.tokens.scopes(token) is not None

    # -- the API --------------------------------------------------------------------------------------

    async def versions(self, request: Request) -> Response:
        known = range(OLDEST, NEWEST + 1)
        return JSONResponse(
            [{"label": f"API {n}", "url": f"/services/data/v{n}.0", "version": f"{n}.0"} for n in known]
        )

    async def api(self, request: Request) -> Response:
        try:
            if not self._knows(request):
                raise no_session()
            self.used += 1
            if self.used > CALLS_PER_DAY:
                return salesforce_failure(429, {})
            call = await self._call(request)
            status, body, headers = self.rest.answer(call)
        except Failure as failure:
            status, body, headers = failure.status, failure.body(), {}
        if self.used and status != 401:
            headers = {**headers, "Sforce-Limit-Info": f"api-usage={self.used}/{CALLS_PER_DAY}"}
        return (
            Response(status_code=status, headers=headers)
            if body is None
            else JSONResponse(body, status, headers)
        )

    async def _call(self, request: Request) -> Call:
        raw = request.scope["raw_path"].decode("ascii").split("/services/data/", 1)[1]
        version, *path = [unquote(part) for part in raw.rstrip("/").split("/")]
        found = re.fullmatch(r"v(\d+)\.0", version)
        if found is None or not OLDEST <= int(found[1]) <= NEWEST:
            raise not_found()
        query = dict(request.query_params)
        method = "GET" if request.method == "HEAD" else request.method
        if method == "POST":
            method = query.pop("_HttpMethod", method).upper()
        if "application/json" not in request.headers.get(
            "accept", "*/*"
        ) and "*/*" not in request.headers.get("accept", "*/*"):
            text = "The Accept header asks for a form that is not offered here"
            raise Failure(406, "NOT_ACCEPTABLE", text)
        body = await self._body(request) if method in ("POST", "PATCH", "PUT") else None
        base = f"/services/data/{version}"
        return Call(
            method, path, query, body, base, int(found[1]), self.sandbox.now, faults.kind_of(request),
            _options(request.headers),
        )  # fmt: skip

    async def _body(self, request: Request) -> Any:
        if "application/json" not in request.headers.get("content-type", ""):
            text = f"Content type '{request.headers.get('content-type', '')}' is not supported"
            raise Failure(415, "UNSUPPORTED_MEDIA_TYPE", text)
        try:
            return json.loads(await request.body())
        except ValueError as error:
            raise Failure(400, "JSON_PARSER_ERROR", f"Unexpected character at {error}") from None


def _options(headers: Mapping[str, str]) -> int:
    """The batch size asked for: 200 to 2,000, whatever the header says."""
    found = re.search(r"batchSize\s*=\s*(\d+)", headers.get("sforce-query-options", ""), re.IGNORECASE)
    return min(max(int(found[1]), 200), 2000) if found else 2000


def _instance(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/salesforce"


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _denied(error: str, text: str) -> Response:
    return JSONResponse({"error": error, "error_description": text}, 400)


VENDOR = Vendor("salesforce", "salesforce", Salesforce, salesforce_failure)
