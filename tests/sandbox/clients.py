"""The few lines a client of each vendor needs, written for these tests only."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx


@dataclass
class ServiceNow:
    web: httpx.Client
    base: str
    auth: tuple[str, str] = ("pacta.integration", "servicenow-demo-password")

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.web.request(method, f"{self.base}/api/now/{path}", auth=self.auth, **options)

    def get(self, table: str, **params: str) -> httpx.Response:
        """`get("incident", query="active=true", limit="5")`: names without their `sysparm_`."""
        asked = {f"sysparm_{name}": value for name, value in params.items()}
        return self.ask("GET", f"table/{table}", params=asked)

    def rows(self, table: str, **params: str) -> list[dict[str, Any]]:
        answer = self.get(table, exclude_reference_link="true", **params)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["result"]
        return rows

    def incident(self, number: str) -> dict[str, Any]:
        return self.rows("incident", query=f"number={number}")[0]


@dataclass
class Sap:
    web: httpx.Client
    base: str
    auth: tuple[str, str] = ("PACTA_COMM", "sap-demo-password")

    def url(self, path: str) -> str:
        return f"{self.base}/sap/opu/odata/sap/{path}"

    def get(self, path: str, **params: str) -> httpx.Response:
        """`get("SRV/Set", filter="…", top="2")`: system options without their `$`."""
        asked = {f"${name}": value for name, value in params.items()}
        headers = {"accept": "application/json"}
        return self.web.get(self.url(path), params=asked, auth=self.auth, headers=headers)

    def all(self, path: str, **params: str) -> list[dict[str, Any]]:
        """Every row, following the server's own next links."""
        answer, rows = self.get(path, **params), []
        for _ in range(50):
            assert answer.status_code == 200, answer.text
            body = answer.json()["d"]
            rows += body["results"]
            if "__next" not in body:
                return rows
            answer = self.web.get(body["__next"], auth=self.auth, headers={"accept": "application/json"})
        raise AssertionError("the pages do not end")

    def token(self, service: str) -> dict[str, str]:
        answer = self.web.get(
            self.url(f"{service}/"),
            auth=self.auth,
            headers={"x-csrf-token": "Fetch", "accept": "application/json"},
        )
        return {"x-csrf-token": answer.headers["x-csrf-token"]}

    def post(self, path: str, headers: dict[str, str], **options: Any) -> httpx.Response:
        sent = {"accept": "application/json", **headers}
        return self.web.post(self.url(path), auth=self.auth, headers=sent, **options)


@dataclass
class Ironclad:
    web: httpx.Client
    base: str
    client: tuple[str, str] = ("pacta-ironclad-client", "ironclad-demo-secret")
    _token: str = field(default="")

    def token(self, scope: str = "") -> httpx.Response:
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        return self.web.post(f"{self.base}/oauth/token", data=form, auth=self.client)

    def headers(self) -> dict[str, str]:
        self._token = self._token or self.token().json()["access_token"]
        return {"authorization": f"Bearer {self._token}", "x-as-user-email": "pacta@tessaly.example"}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers(), **options.pop("headers", {})}
        return self.web.request(method, f"{self.base}/public/api/v1{path}", headers=headers, **options)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.ask("GET", path, params=params)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.ask("POST", path, json=body)

    def patch(self, path: str, body: Any) -> httpx.Response:
        return self.ask("PATCH", path, json=body)


def utc(text: str) -> datetime:
    """A time of ServiceNow's database."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def odata_day(text: str | None) -> str:
    """`/Date(ms)/` as 2026-10-01, "" for none."""
    if text is None:
        return ""
    found = re.fullmatch(r"/Date\((\d+)\)/", text)
    assert found, text
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date().isoformat()


def compact(body: Any) -> bytes:
    """What JSON.stringify makes of it."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
