"""The API over a small store: two contracts of two business units, keys of every kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from flows.settings import Settings
from flows.wiring import Pacta
from store import Scope
from tests.store import make


@dataclass
class Office:
    """The product, its API, and a key for each role; `it_only` sees one business unit."""

    pacta: Pacta
    client: TestClient
    keys: dict[str, str]

    def call(self, method: str, path: str, key: str | None = "admin", **rest: object):  # type: ignore[no-untyped-def]
        headers = {"Authorization": f"Bearer {self.keys[key]}"} if key else {}
        return self.client.request(method, path, headers={**headers, **rest.pop("headers", {})}, **rest)  # type: ignore[arg-type, dict-item]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Pacta(Settings(home=tmp_path), clock=lambda: make.NOW) as pacta:
        make.ingest(pacta.store, "A", "acme", "it")
        make.ingest(pacta.store, "B", "birch", "operations")
        pacta.store.put_facts([make.fact("1", "acme"), make.fact("2", "birch")], by="t", at=make.NOW)
        pacta.store.propose_action(make.action("r1", "A"), by="t")
        pacta.store.propose_action(make.action("r2", "B"), by="t")
        keys = {
            role: pacta.store.create_key(role, role, Scope.all(), by="t", at=make.NOW)[1]  # type: ignore[arg-type]
            for role in ("reader", "reviewer", "approver", "admin")
        }
        it = Scope(business_units=frozenset({"it"}))
        keys["it_only"] = pacta.store.create_key("it", "admin", it, by="t", at=make.NOW)[1]
        client = TestClient(create_app(pacta), raise_server_exceptions=False)
        yield Office(pacta, client, keys)
