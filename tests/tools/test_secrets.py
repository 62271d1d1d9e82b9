"""Secrets from the environment, a file and a secrets manager, which stands in over real HTTP."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.tools.vendors import SECRET, ServiceNowVendor
from tools import connect
from tools.kit import Misconfigured
from tools.kit.secrets import SOURCES, Secret
from tools.kit.vault import Vault

VAULT_TOKEN = "hvs.local-token-1"


def secret(value: Any) -> str:
    held = TypeAdapter(Secret).validate_python(value)
    assert "hush" not in repr(held)
    return str(held.get_secret_value())


class StandIn:
    """A key-value store, version 2: mounts, namespaces, deleted versions, tokens."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.status = 0
        self.secrets: dict[str, Any] = {
            "/v1/secret/data/pacta/coupa": {"client_secret": SECRET, "id": "pacta", "port": 7, "empty": ""},
            "/v1/team/kv/data/a%20b": {"value": "spaced"},
        }
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.requests.append(self.path)
                status, body = stand_in.answer(self.path, self.headers)
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str, headers: Any) -> tuple[int, Any]:
        if self.status:
            return self.status, {"errors": ["sealed"]}
        if headers.get("X-Vault-Token") != VAULT_TOKEN or headers.get("X-Vault-Namespace", "") not in (
            "",
            "ops",
        ):
            return 403, {"errors": ["permission denied"]}
        if path == "/v1/secret/data/gone":
            return 404, {"data": {"data": None, "metadata": {"deletion_time": "2026-11-01T00:00:00Z"}}}
        if path == "/v1/old/data/flat":
            return 200, {"data": {"client_secret": SECRET}}
        if path not in self.secrets:
            return 404, {"errors": []}
        return 200, {"data": {"data": self.secrets[path], "metadata": {"version": 3}}}


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    stand_in = StandIn()
    monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{stand_in.server.server_port}")
    monkeypatch.setenv("VAULT_TOKEN", VAULT_TOKEN)
    for name in ("VAULT_NAMESPACE", "VAULT_TOKEN_FILE", "VAULT_CACERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(SOURCES, "vault", Vault())
    yield stand_in
    stand_in.server.shutdown()


class TestPlaces:
    def test_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PACTA_TEST_SECRET", "hush")
        assert secret({"env": "PACTA_TEST_SECRET"}) == "hush"

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "s").write_text("  hush\n")
        assert secret({"file": str(tmp_path / "s")}) == "hush"

    @pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\xfa"])
    def test_a_file_that_holds_none_is_named(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "s").write_bytes(content)
        with pytest.raises(ValidationError, match=r"is empty|is no text"):
            secret({"file": str(tmp_path / "s")})

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"env": "A", "file": "B"},
            {"env": "A", "field": "x"},
            {"aws": "x"},
            {"vault": "a/b", "env": "X"},
        ],
    )
    def test_another_form_is_refused(self, given: dict[str, str]) -> None:
        with pytest.raises(ValidationError, match="a secret is"):
            secret(given)


class TestVault:
    def test_a_field_of_a_secret(self, vault: StandIn) -> None:
        assert secret({"vault": "secret/pacta/coupa", "field": "client_secret"}) == SECRET
        assert vault.requests == ["/v1/secret/data/pacta/coupa"]

    def test_several_fields_are_one_request(self, vault: StandIn) -> None:
        for field in ("client_secret", "id", "client_secret"):
            secret({"vault": "secret/pacta/coupa", "field": field})
        assert len(vault.requests) == 1

    def test_a_mount_of_several_parts_and_odd_letters(self, vault: StandIn) -> None:
        assert secret({"vault": "team/kv/data/a b"}) == "spaced"

    def test_the_token_may_be_in_a_file_that_changes(
        self, vault: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("VAULT_TOKEN")
        monkeypatch.setenv("VAULT_TOKEN_FILE", str(tmp_path / "token"))
        (tmp_path / "token").write_text("old")
        with pytest.raises(ValidationError, match="403"):
            secret({"vault": "secret/pacta/coupa", "field": "id"})
        (tmp_path / "token").write_text(f"{VAULT_TOKEN}\n")
        assert secret({"vault": "secret/pacta/coupa", "field": "id"}) == "pacta"

    def test_the_namespace_is_told(self, vault: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VAULT_NAMESPACE", "ops")
        assert secret({"vault": "secret/pacta/coupa", "field": "id"}) == "pacta"
        monkeypatch.setenv("VAULT_NAMESPACE", "other")
        with pytest.raises(ValidationError, match="403"):
            secret({"vault": "secret/pacta/coupa", "field": "id"})

    @pytest.mark.parametrize(
        ("path", "field", "why"),
        [
            ("secret/absent", "x", "404"),
            ("secret/gone", "x", "404"),
            ("old/flat", "client_secret", "version 2"),
            ("secret/pacta/coupa", "nothing", "no field 'nothing'"),
            ("secret/pacta/coupa", "port", "no field 'port'"),
            ("secret/pacta/coupa", "empty", "no field 'empty'"),
            ("secret", "x", "mount/path"),
            ("", "x", "mount/path"),
        ],
    )
    def test_what_is_missing_is_told_without_what_is_there(
        self, vault: StandIn, path: str, field: str, why: str
    ) -> None:
        with pytest.raises(ValidationError, match=why) as caught:
            secret({"vault": path, "field": field})
        assert SECRET not in str(caught.value)
        assert VAULT_TOKEN not in str(caught.value)

    def test_a_path_cannot_leave_its_place(self, vault: StandIn) -> None:
        with pytest.raises(ValidationError, match="404"):
            secret({"vault": "secret/../../sys/mounts?x=1", "field": "x"})
        assert vault.requests[0].startswith("/v1/secret/data/")

    @pytest.mark.parametrize("status", [500, 302, 400])
    def test_one_that_is_sealed_or_elsewhere_is_told(self, vault: StandIn, status: int) -> None:
        vault.status = status
        with pytest.raises(ValidationError, match=str(status)):
            secret({"vault": "secret/pacta/coupa", "field": "id"})

    def test_one_that_nobody_named_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VAULT_ADDR", raising=False)
        with pytest.raises(ValidationError, match="VAULT_ADDR"):
            secret({"vault": "secret/x"})
        monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
        monkeypatch.delenv("VAULT_TOKEN", raising=False)
        monkeypatch.delenv("VAULT_TOKEN_FILE", raising=False)
        with pytest.raises(ValidationError, match="VAULT_TOKEN"):
            secret({"vault": "secret/x"})

    def test_a_token_does_not_travel_in_clear(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VAULT_ADDR", "http://vault.example")
        monkeypatch.setenv("VAULT_TOKEN", VAULT_TOKEN)
        with pytest.raises(ValidationError, match="unencrypted"):
            secret({"vault": "secret/x"})

    def test_a_connector_takes_its_secret_from_there(self, vault: StandIn) -> None:
        given = ServiceNowVendor().settings()
        given["auth"] = {
            "type": "bearer",
            "token": {"vault": "secret/pacta/coupa", "field": "client_secret"},
        }
        made: Any = connect({"servicenow": given})["servicenow"]
        assert made.settings.auth.token.get_secret_value() == SECRET
        given["auth"]["token"]["field"] = "absent"
        with pytest.raises(Misconfigured, match="absent") as caught:
            connect({"servicenow": given})
        assert caught.value.place == "connectors.servicenow.auth.bearer.token"
