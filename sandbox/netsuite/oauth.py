"""NetSuite's two ways in: requests signed by OAuth 1.0 with a token, and OAuth 2.0 with a signed assertion.

Both signatures are checked for real. A nonce is taken once, a timestamp within five minutes.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

ACCOUNT = "7654321_SB1"
CONSUMER_KEY, CONSUMER_SECRET = "pacta-netsuite-consumer", "netsuite-demo-consumer-secret"
TOKEN_ID, TOKEN_SECRET = "pacta-netsuite-token", "netsuite-demo-token-secret"
TOLERANCE = 300
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = 3600


@dataclass
class Gate:
    """Knows who may come in, and the nonces that were used."""

    nonces: set[tuple[str, str]] = field(default_factory=set)
    keys: dict[str, bytes] = field(default_factory=dict)

    def signed(self, request: Mapping[str, Any]) -> bool:
        """Whether a request (`method`, `url`, `query`, `header`, `body`) is signed right by OAuth 1.0."""
        given = _oauth(str(request["header"]))
        try:
            fresh = abs(time.time() - int(given.get("oauth_timestamp", ""))) <= TOLERANCE
        except ValueError:
            return False
        known = (given.get("oauth_consumer_key"), given.get("oauth_token")) == (CONSUMER_KEY, TOKEN_ID)
        stamp = (given.get("oauth_timestamp", ""), given.get("oauth_nonce", ""))
        if not (fresh and known and stamp[1] and stamp not in self.nonces):
            return False
        if given.get("realm") != ACCOUNT or given.get("oauth_signature_method") != "HMAC-SHA256":
            return False
        if given.get("oauth_version", "1.0") != "1.0" or not _body_fits(given, request["body"]):
            return False
        right = signature(str(request["method"]), str(request["url"]), str(request["query"]), given)
        if not hmac.compare_digest(right, given.get("oauth_signature", "")):
            return False
        self.nonces.add(stamp)
        return True

    def register(self, pem: bytes) -> str:
        """Keep a public key or certificate; the id that NetSuite would give it."""
        key = f"custcertificate_{hashlib.sha256(pem).hexdigest()[:12]}"
        self.keys[key] = pem
        return key

    def assertion(self, text: str, audience: str) -> bool:
        """Whether a JWT is one of ours, signed PS256 or ES256, for this endpoint and for an hour at most."""
        try:
            head, payload, coded = text.split(".")
            header, claims = json.loads(_decoded(head)), json.loads(_decoded(payload))
            begins, ends = int(claims["iat"]), int(claims["exp"])
        except (ValueError, TypeError, KeyError, binascii.Error):
            return False
        scopes = claims.get("scope")
        scopes = scopes if isinstance(scopes, list) else str(scopes).replace(",", " ").split()
        right = (claims.get("iss"), claims.get("aud")) == (
            CONSUMER_KEY,
            audience,
        ) and "rest_webservices" in scopes
        timely = begins - TOLERANCE <= time.time() < ends <= begins + LONGEST_ASSERTION
        pem = self.keys.get(str(header.get("kid")))
        content = f"{head}.{payload}".encode()
        return right and timely and pem is not None and _verified(pem, str(header.get("alg")), content, coded)


def signature(method: str, url: str, query: str, given: Mapping[str, str]) -> str:
    """The signature of a request by RFC 5849: HMAC-SHA256 over method, address and sorted parameters."""
    pairs = parse_qsl(query, keep_blank_values=True)
    pairs += [(name, value) for name, value in given.items() if name not in ("realm", "oauth_signature")]
    coded = sorted((_coded(name), _coded(value)) for name, value in pairs)
    joined = "&".join(f"{name}={value}" for name, value in coded)
    base = "&".join(_coded(part) for part in (method.upper(), url, joined))
    key = f"{_coded(CONSUMER_SECRET)}&{_coded(TOKEN_SECRET)}"
    digest = hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _oauth(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        return {}
    pairs = (part.strip().partition("=") for part in rest.split(","))
    return {name: unquote(value.strip().strip('"')) for name, _, value in pairs}


def _body_fits(given: Mapping[str, str], body: bytes) -> bool:
    """A hash of the body, where the client sends one, has to be right."""
    told = given.get("oauth_body_hash")
    hashes = (base64.b64encode(how(body).digest()).decode() for how in (hashlib.sha1, hashlib.sha256))
    return told is None or told in hashes


def _coded(text: str) -> str:
    return quote(text, safe="-._~")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _verified(pem: bytes, how: str, content: bytes, coded: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        if b"BEGIN CERTIFICATE" in pem:
            key: Any = load_pem_x509_certificate(pem).public_key()
        else:
            key = load_pem_public_key(pem)
        raw = _decoded(coded)
        if how == "PS256" and isinstance(key, rsa.RSAPublicKey):
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            key.verify(raw, content, scheme, hashes.SHA256())
        elif how == "ES256" and isinstance(key, ec.EllipticCurvePublicKey) and len(raw) == 64:
            pair = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
            key.verify(encode_dss_signature(*pair), content, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (ValueError, InvalidSignature, binascii.Error):
        return False
    return True
