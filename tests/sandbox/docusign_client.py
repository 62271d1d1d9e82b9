"""The few lines of a client of Docusign that the tests of its stand-in need."""

import time
from functools import cache
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.docusign.accounts import INTEGRATION_KEY, JWT_GRANT
from sandbox.docusign.world import ACCOUNT, number

ALL = "signature impersonation spring_read spring_write adm_store_unified_repo_read models_read"


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Tenant:
    def __init__(self, web: httpx.Client, root: str) -> None:
        self.web, self.root = web, f"{root}/docusign"
        self.bearer = ""
        public = key().public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        pem = public.public_bytes(serialization.Encoding.PEM, form)
        assert web.put(f"{self.root}/_setup/public-key", content=pem).status_code == 204

    def token(self, signed_by: rsa.RSAPrivateKey | None = None, **changed: Any) -> httpx.Response:
        now = int(time.time())
        claims = {
            "iss": INTEGRATION_KEY,
            "sub": number("user", "pacta.integration"),
            "aud": "account-d.docusign.com",
            "iat": now,
            "exp": now + 3600,
            "scope": ALL,
            **changed,
        }
        form = {
            "grant_type": JWT_GRANT,
            "assertion": jwt.encode(claims, signed_by or key(), algorithm="RS256"),
        }
        return self.web.post(f"{self.root}/account/oauth/token", data=form)

    def ask(self, method: str, path: str, host: str = "apiuatna11", **options: Any) -> httpx.Response:
        """A call of CLM below the account; `path` may also be a whole address."""
        self.bearer = self.bearer or self.token().json()["access_token"]
        headers = {"authorization": f"Bearer {self.bearer}", **options.pop("headers", {})}
        whole = path if path.startswith("http") else f"{self.root}/{host}/v2/{ACCOUNT}/{path}"
        return self.web.request(method, whole, headers=headers, **options)

    def get(self, path: str, /, **params: Any) -> dict[str, Any]:
        answer = self.ask("GET", path, params={k.replace("__", "."): v for k, v in params.items()})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def every(self, path: str, /, **params: Any) -> list[dict[str, Any]]:
        """All items of a collection, along its Next."""
        body, items = self.get(path, **params), []
        for _ in range(50):
            items += body["Items"]
            if not body.get("Next"):
                return items
            body = self.ask("GET", body["Next"]).json()
        raise AssertionError("the pages do not end")

    def navigator(self, method: str, path: str = "", **params: Any) -> httpx.Response:
        self.bearer = self.bearer or self.token().json()["access_token"]
        address = f"{self.root}/api/v1/accounts/{ACCOUNT}/agreements{path}"
        headers = {"authorization": f"Bearer {self.bearer}"}
        return self.web.request(method, address, headers=headers, params=params)

    def connect(self, method: str, path: str = "/connect", **options: Any) -> httpx.Response:
        self.bearer = self.bearer or self.token().json()["access_token"]
        address = f"{self.root}/esign/restapi/v2.1/accounts/{ACCOUNT}{path}"
        return self.web.request(
            method, address, headers={"authorization": f"Bearer {self.bearer}"}, **options
        )

    def folder(self, party: str) -> str:
        """The address of a party's folder."""
        found = self.get("folders/path", path=f"/Contracts/{party}")
        return str(found["Href"])

    def document(self, contract: str) -> dict[str, Any]:
        return self.get(f"documents/{number('document', contract)}", expand="AttributeGroups")
