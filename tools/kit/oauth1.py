"""OAuth1 with HMAC-SHA256: each request is signed with its method, address, query and form (RFC 5849)."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Literal

from tools.kit.schemes import Authenticator, Door, Outgoing, Scheme
from tools.kit.secrets import Secret

_FORM = "application/x-www-form-urlencoded"


class OAuth1(Scheme):
    """Token-based authentication. `realm` is the account where the vendor wants it (NetSuite: 123456_SB1)."""

    type: Literal["oauth1"] = "oauth1"
    consumer_key: str
    consumer_secret: Secret
    token: str
    token_secret: Secret
    realm: str = ""

    def authenticator(self, door: Door) -> Authenticator:
        return Signed(self)


class Signed(Authenticator):
    """Signs anew for every attempt: nonce and time must not come twice."""

    def __init__(self, settings: OAuth1) -> None:
        self._settings = settings

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        oauth: Any = import_module("oauthlib.oauth1")  # it has no types, and it is not needed before
        given = self._settings
        client = oauth.Client(
            given.consumer_key,
            client_secret=given.consumer_secret.get_secret_value(),
            resource_owner_key=given.token,
            resource_owner_secret=given.token_secret.get_secret_value(),
            signature_method=oauth.SIGNATURE_HMAC_SHA256,
            realm=given.realm or None,
        )
        form = request.content_type.partition(";")[0].strip() == _FORM
        body = request.body.decode() if form else None
        sent = {"Content-Type": _FORM} if form else {}
        _, headers, _ = client.sign(request.url, request.method, body, sent)
        return {"Authorization": headers["Authorization"]}

    def secrets(self) -> tuple[str, ...]:
        given = self._settings
        return (
            given.consumer_secret.get_secret_value(),
            given.token_secret.get_secret_value(),
            given.consumer_key,
            given.token,
        )
